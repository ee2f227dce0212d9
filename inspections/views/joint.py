"""联合抽查: the initiator's lists of a task, and who and what comes from the other departments to a visit."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from inspections import assisted_lists as lists
from inspections import embargo
from inspections import joint as verbs
from inspections.forms.joint import ListForm, PartnerForm, ResultForm
from inspections.models import (
    ORIGINS,
    Assignment,
    AssistedList,
    JointKind,
    PartnerInspector,
    PlanTask,
    Visit,
)
from registries import timeline
from registries.access import Permission, load, may, requires
from registries.views.lists import ROWS

P = Permission


def _task(request, pk, **options) -> PlanTask:
    rows = PlanTask.objects.filter(
        joint_kind=JointKind.ASSIST, assisted=None, plan__bureau=request.user.bureau_id
    )
    return load(rows.select_related("plan__bureau"), request.user, through="plan__bureau", pk=pk, **options)


@requires(*embargo.HANDLING)
def assisted_lists(request, pk):
    task = _task(request, pk)
    operates = may(request.user, P.DRAW_OPERATE)
    context = {"task": task, "lists": lists.lists_of(task), "may_bring_in": operates}
    return render(request, "inspections/assisted_lists.html", context)


@requires(P.DRAW_OPERATE)
def check_list(request, pk):
    task = _task(request, pk, change=P.DRAW_OPERATE)
    form = ListForm(request.POST or None, request.FILES or None, task=task)
    if form.carried_out(
        lambda values: lists.check(
            task, values, values["file"].read(), filename=values["file"].name, by=request.user
        )
    ):
        ticket = lists.ticket(form.outcome, by=request.user)
        context = {"task": task, "checked": form.outcome, "ticket": ticket}
        return render(request, "inspections/assisted_check.html", context)
    return render(request, "inspections/assisted_form.html", {"task": task, "form": form})


@requires(P.DRAW_OPERATE)
@require_POST
def take_over(request, pk):
    task = _task(request, pk, change=P.DRAW_OPERATE)
    listed = lists.take_over(task, request.POST.get("ticket", ""), by=request.user)
    next_step = "封存名单，抽取检查人员" if task.assignment == Assignment.DRAWN else "为每家机构选派检查人员"
    messages.success(request, f"名单已导入，编号{listed.number}。请{next_step}。")
    return redirect("inspections:assisted_list", listed.pk)


@requires(*embargo.HANDLING)
def assisted_list(request, pk):
    rows = AssistedList.objects.filter(bureau=request.user.bureau_id)
    found = load(
        rows.select_related("bureau", "task__plan", "brought_in_by", "drawn_task"), request.user, pk=pk
    )
    visits = lists.visits_of(found).select_related("facility", "leader")
    matched = found.entries.exclude(facility=None).select_related("facility")
    shown = visits if visits.exists() else matched
    context = {
        "listed": found,
        "drawn_task": getattr(found, "drawn_task", None),
        "draw": lists.draw_of(found),
        "may_seal": may(request.user, P.DRAW_OPERATE),
        "drawing": shown is matched,
        "page": Paginator(shown, ROWS).get_page(request.GET.get("page")),
        "unmatched": found.entries.filter(facility=None),
        "timeline": timeline.of(found),
    }
    return render(request, "inspections/assisted_list.html", context)


def _visit(request, pk) -> Visit:
    visits = Visit.objects.select_related("bureau", "facility", "leader", *ORIGINS)
    found = load(embargo.named(visits, request.user), request.user, pk=pk)
    verbs.require_entering(found, request.user)
    return found


def _form_page(request, form, visit, heading: str, intro: str):
    context = {"form": form, "visit": visit, "heading": heading, "intro": intro}
    return render(request, "inspections/partner_form.html", context)


@requires(P.DRAW_OPERATE, P.RECORD_FILL)
def enter_inspector(request, pk):
    visit = _visit(request, pk)
    form = PartnerForm(request.POST or None, visit=visit)
    if form.carried_out(lambda values: verbs.enter_inspector(visit, values, by=request.user)):
        return redirect("inspections:visit", pk)
    intro = "一次登记一人。姓名和执法证号只在局内使用，不公开。"
    return _form_page(request, form, visit, "登记联合部门检查人员", intro)


@requires(P.DRAW_OPERATE, P.RECORD_FILL)
@require_POST
def remove_inspector(request, pk, partner):
    visit = _visit(request, pk)
    rows = PartnerInspector.objects.select_related("visit__leader")
    verbs.remove_inspector(get_object_or_404(rows, visit=visit, pk=partner), by=request.user)
    return redirect("inspections:visit", pk)


@requires(P.DRAW_OPERATE, P.RECORD_FILL)
def record_result(request, pk):
    visit = _visit(request, pk)
    form = ResultForm(request.POST or None, visit=visit)
    if form.carried_out(lambda values: verbs.record_result(visit, **values, by=request.user)):
        return redirect("inspections:visit", pk)
    intro = "各部门的检查结果由各部门分别公示，这里留存备查，随检查报告送审。"
    return _form_page(request, form, visit, "登记联合部门检查结果", intro)
