"""Visits: the list, one visit, and what staff decide about its team."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, F, Prefetch, When
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from inspections import embargo, joint, substitutions, teams
from inspections.forms.visits import AssignForm, LeaderForm, ScheduleForm, VisitFilter
from inspections.models import ORIGINS, Assignment, SubstitutionReason, TeamMember, Visit
from inspections.reach import open_visit, within_reach
from inspections.records import has_accepted
from inspections.states import VisitState
from inspections.views.files import send_document
from registries import trail
from registries.access import Permission, load, may, requires
from registries.errors import DomainError

P = Permission
TONES = {
    VisitState.ASSIGNED: "info",
    VisitState.ON_SITE: "info",
    VisitState.TO_REPORT: "warn",
    VisitState.TO_APPROVE: "info",
    VisitState.RETURNED: "danger",
    VisitState.TO_PUBLISH: "warn",
    VisitState.PUBLISHED: "ok",
    VisitState.ARCHIVED: "ok",
}
# Databases disagree about where an empty date belongs.
IN_ORDER = (
    Case(When(state__in=teams.UNDER_WAY, then=0), default=1),
    F("planned_on").asc(nulls_last=True),
    "-given_at",
    "position",
)


def _visits():
    active = TeamMember.objects.filter(is_active=True).select_related("inspector__user")
    return Visit.objects.select_related("bureau", "facility", *ORIGINS, "leader").prefetch_related(
        Prefetch("members", active, to_attr="active_members")
    )


@requires(P.VISIT_VIEW)
def visits(request):
    form = VisitFilter(request.GET)
    shown = embargo.visits_shown(within_reach(_visits(), request.user), request.user)
    found = form.apply(shown, request.user)
    page = Paginator(found.order_by(*IN_ORDER), 25).get_page(request.GET.get("page"))
    nameless = embargo.without_names(page, request.user)
    for one in page:
        _dress(one, request.user).is_nameless = one.pk in nameless
    return render(request, "inspections/visits.html", {"form": form, "page": page})


@requires(P.VISIT_VIEW)
def visit(request, pk):
    found = _dress(_shown(request, pk), request.user)
    if embargo.without_names([found], request.user):
        return _before_acceptance(request, found)
    return _detail(request, found)


def _shown(request, pk):
    return open_visit(embargo.visits_shown(_visits(), request.user), request.user, pk=pk)


@requires(P.RECORD_FILL)
@require_POST
def visit_accept(request, pk):
    teams.accept(_shown(request, pk), by=request.user)
    messages.success(request, "已接受任务，现在可以看到受检机构。请注意保密。")
    return redirect("inspections:visit", pk)


@requires(P.DRAW_OPERATE)
@require_POST
def visit_leader(request, pk):
    found = load(_visits(), request.user, change=P.DRAW_OPERATE, pk=pk)
    form = LeaderForm(request.POST, found)
    if not form.is_valid():
        raise DomainError("组长只能从检查组现有成员中确定。")
    teams.choose_leader(found, form.cleaned_data["leader"], by=request.user)
    return redirect("inspections:visit", pk)


@requires(P.DRAW_OPERATE)
@require_POST
def visit_schedule(request, pk):
    found = load(_visits(), request.user, change=P.DRAW_OPERATE, pk=pk)
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        raise DomainError("计划检查日期不是有效的日期，请重新选择。")
    teams.schedule(found, form.cleaned_data["planned_on"], by=request.user)
    return redirect("inspections:visit", pk)


@requires(P.DRAW_OPERATE)
def visit_assign(request, pk):
    found = load(_visits(), request.user, change=P.DRAW_OPERATE, pk=pk)
    form = AssignForm(request.POST or None, found)
    if form.is_valid():
        try:
            teams.assign(found, form.cleaned_data["inspectors"], by=request.user)
        except DomainError as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            return redirect("inspections:visit", pk)
    later = "要更换，须申请调换。" if found.draw_id else "检查开始前可以更换，更换留痕。"
    intro = f"只列出本局在库、执法证在有效期内、与该机构没有利害关系的执法检查人员。选派后{later}"
    return render(request, "inspections/visit_assign.html", {"visit": found, "form": form, "intro": intro})


@requires(P.VISIT_VIEW)
def document(request, pk, document):
    found = open_visit(embargo.named(Visit.objects.all(), request.user), request.user, pk=pk)
    return send_document(get_object_or_404(found.documents, pk=document))


@requires(P.RECORD_FILL)
@require_POST
@never_cache
def visit_contact(request, pk):
    """The answer to the press shows the number once; the page of the visit never does."""
    found = open_visit(embargo.named(_visits(), request.user), request.user, pk=pk)
    phone = teams.contact(found, by=request.user)
    return render(request, "inspections/visit_contact.html", {"visit": found, "phone": phone})


def _dress(found, user):
    """Adds what the templates show of a visit to this person."""
    found.tone = TONES.get(found.state, "neutral")
    found.is_mine = any(member.inspector.user_id == user.pk for member in found.active_members)
    return found


def _before_acceptance(request, found):
    """What an inspector may know while the bureau keeps the facility's name: nothing that gives it away."""
    context = {
        "visit": found,
        "errand": found.errand,
        "items": found.errand.items.select_related("item"),
        "may_accept": found.is_mine and may(request.user, P.RECORD_FILL),
        **substitutions.on_visit(found, request.user),
        # Reasons given for earlier swaps may name the facility.
        "swaps": (),
    }
    return render(request, "inspections/visit_before_acceptance.html", context)


def _detail(request, found):
    user = request.user
    operates = may(user, P.DRAW_OPERATE) and user.bureau_id == found.bureau_id
    context = {
        "visit": found,
        "facility": found.facility,
        "errand": found.errand,
        "record": getattr(found, "record", None),
        "documents": found.documents.select_related("made_by"),
        "former_members": found.members.filter(is_active=False).select_related("inspector"),
        "timeline": [
            {"at": entry.at, "actor": entry.actor_name, "text": entry.event, "note": entry.note}
            for entry in trail.about(found)
        ],
        "step": _next_step(found, user, operates),
        "may_view_clue": may(user, P.CLUE_VIEW) and user.bureau_id == found.bureau_id,
        "may_view_list": embargo.handles(user, found.bureau),
        "may_call": found.is_mine and found.state in teams.UNDER_WAY and may(user, P.RECORD_FILL),
        "way_out": teams.way_out(found, SubstitutionReason.POST_CHANGE),
        "lapsing": teams.lapsing(timezone.localdate()).filter(visit=found).select_related("inspector"),
        **substitutions.on_visit(found, user),
        **joint.on_visit(found, user),
    }
    if operates and found.state in teams.LEADER_MAY_CHANGE and found.active_members:
        context["leader_form"] = LeaderForm(None, found)
    if operates and found.state == VisitState.ASSIGNED:
        context["schedule_form"] = ScheduleForm(initial={"planned_on": found.planned_on})
    return render(request, "inspections/visit.html", context)


def _next_step(found, user, operates) -> dict | None:
    """The one thing that this person can do now: a POST or a link."""
    if found.is_mine and found.state in teams.UNDER_WAY and not has_accepted(found, user):
        return {"post": reverse("inspections:visit_accept", args=[found.pk]), "label": "接受任务"}
    if found.state == VisitState.ASSIGNED and found.is_mine:
        return {"post": reverse("inspections:record_start", args=[found.pk]), "label": "开始检查"}
    direct = found.errand.assignment == Assignment.ASSIGNED
    if (
        found.state == VisitState.ASSIGNED
        and operates
        and direct
        and not (found.draw_id and found.active_members)
    ):
        label = "更换检查人员" if found.active_members else "选派检查人员"
        return {"url": reverse("inspections:visit_assign", args=[found.pk]), "label": label}
    if found.state == VisitState.ON_SITE and found.is_mine:
        return {"url": reverse("inspections:record", args=[found.pk]), "label": "继续填写记录"}
    if found.state in (VisitState.TO_REPORT, VisitState.RETURNED) and found.is_mine:
        return {"url": reverse("inspections:report", args=[found.pk]), "label": "写检查报告"}
    return None
