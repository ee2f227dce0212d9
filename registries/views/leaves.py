"""Who is away and when: a month of the bureau, and one person's own days."""

import calendar as months
import datetime as dt

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from registries import calendar
from registries import leaves as verbs
from registries.access import Permission, in_sight, load, may, requires
from registries.forms.attendance import LeaveForm, MonthForm
from registries.inspectors import require_staff_or_self
from registries.models import Inspector, Leave
from registries.views.inspectors import form_page, visible
from registries.workdays import workdays_between

P = Permission
DAY = dt.timedelta(days=1)


@requires(P.REGISTRY_VIEW)
def leave_calendar(request):
    today = timezone.localdate()
    first = MonthForm(request.GET).shown(today)
    last = first.replace(day=months.monthrange(first.year, first.month)[1])
    found = in_sight(verbs.between(first, last), request.user, through="inspector__bureau")
    rows = found.select_related("inspector__bureau").order_by("begins_on", "inspector__number")
    register = calendar.register()
    context = {
        "first": first,
        "before": first - DAY,
        "after": last + DAY,
        "today": today,
        "rows": [(leave, _workdays_away(leave, first, last, register)) for leave in rows],
        "may_edit": may(request.user, P.REGISTRY_EDIT),
        "several_bureaus": request.user.bureau.with_descendants().count() > 1,
    }
    return render(request, "registries/inspector_leaves.html", context)


def _workdays_away(leave: Leave, first: dt.date, last: dt.date, register) -> int:
    return workdays_between(max(leave.begins_on, first) - DAY, min(leave.ends_on, last), register)


@requires(P.REGISTRY_EDIT, P.RECORD_FILL)
def record(request, pk):
    inspector = visible(request, pk)
    require_staff_or_self(inspector, request.user)
    form = LeaveForm(request.POST or None)
    if form.carried_out(lambda values: verbs.record(inspector, **values, by=request.user)):
        messages.success(request, f"已登记{form.outcome.begins_on}至{form.outcome.ends_on}请假。")
        return redirect("registries:inspector", pk)
    intro = "请假期间不能安排检查；任务期间全程请假的，不参加这项任务的抽取。"
    return form_page(request, form, inspector, "登记请假", intro=intro)


@requires(P.REGISTRY_EDIT, P.RECORD_FILL)
@require_POST
def cancel(request, pk):
    rows = Leave.objects.select_related("inspector__bureau").filter(inspector__in=_people(request.user))
    leave = load(rows, request.user, through="inspector__bureau", pk=pk)
    verbs.cancel(leave, by=request.user)
    messages.success(request, f"已撤销{leave.begins_on}至{leave.ends_on}的请假。")
    return redirect("registries:inspector", leave.inspector_id)


def _people(user):
    """Inspectors without a role that reads the registry know of themselves alone."""
    return Inspector.objects.all() if may(user, P.REGISTRY_VIEW) else Inspector.objects.filter(user=user)
