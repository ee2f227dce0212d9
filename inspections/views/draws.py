"""The list of draws, one draw with its figures and digests, its frozen roster, its evidence."""

from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from inspections import draw_jobs, draw_sheet, embargo, evidence, readiness, roster_sheet, rosters, voids
from inspections import draws as verbs
from inspections.approvals import open_approval
from inspections.forecast import forecast
from inspections.forms.draws import DrawFilter, RosterFilter, SealForm, VoidForm
from inspections.models import ApprovalSubject, Draw, DrawJob, PlanTask, TeamMember
from inspections.plan_rules import item_warnings
from inspections.states import DrawState
from registries import timeline
from registries.access import Permission, in_sight, load, may, requires
from registries.views.lists import ROWS, listing

P = Permission


def rows():
    return Draw.objects.select_related(
        "bureau",
        "task__plan",
        "task__assisted",
        "sealed_by",
        "held_by",
        "public_value_by",
        "void_proposed_by",
        "voided_by",
    )


def operates(user, draw) -> bool:
    return draw.bureau_id == user.bureau_id and may(user, P.DRAW_OPERATE)


@requires(P.DRAW_VIEW)
def draws(request):
    found = in_sight(Draw.objects.select_related("bureau", "task", "sealed_by"), request.user)
    filterset = DrawFilter(request.GET, found, user=request.user)
    return listing(request, "inspections/draws.html", filterset, tones=draw_sheet.TONES)


@requires(P.DRAW_VIEW)
def draw(request, pk):
    found = load(rows(), request.user, pk=pk)
    page = Paginator(_visits(found, request.user), ROWS).get_page(request.GET.get("page"))
    context = {
        "draw": found,
        "seal": rosters.seal_of(found),
        "seal_told": embargo.may_read_seal(found, request.user),
        "tone": draw_sheet.TONES[found.state],
        "steps": draw_sheet.steps(found),
        "arithmetic": draw_sheet.arithmetic(found),
        "excluded": draw_sheet.excluded(found),
        "inspectors_out": draw_sheet.inspectors_out(found),
        "contributions": found.contributions.all(),
        "page": page,
        "drawn": (drawn := found.visits.count()),
        "kept_back": drawn - page.paginator.count,
        "voided_before": voids.voided_before(found),
        "evidence_due": evidence.is_due(found),
        "void_approval": open_approval(ApprovalSubject.VOID, found.pk),
        "timeline": timeline.of(found),
        **_possible(found, request.user),
    }
    return render(request, "inspections/draw.html", context)


def _visits(draw: Draw, user):
    """Those that this person may be told, in draw order, with who goes now."""
    active = TeamMember.objects.filter(is_active=True).select_related("inspector")
    members = Prefetch("members", active, to_attr="active_members")
    visits = embargo.named(draw.visits.select_related("facility"), user)
    return visits.prefetch_related(members).order_by("position")


def _possible(draw: Draw, user) -> dict:
    return {"may_operate": operates(user, draw), "may_void": voids.may_propose(draw, user)}


@requires(P.DRAW_VIEW)
def draw_roster(request, pk):
    found = load(rows(), request.user, pk=pk)
    if not embargo.may_read_seal(found, request.user):
        raise Http404
    filterset = RosterFilter(request.GET, found, user=request.user)
    kept_back = roster_sheet.told(found, request.user).exclude(told=F("status")).count()
    return listing(request, "inspections/draw_roster.html", filterset, draw=found, kept_back=kept_back)


@requires(P.DRAW_VIEW)
def draw_evidence(request, pk):
    found = load(rows(), request.user, pk=pk)
    response = HttpResponse(evidence.as_bytes(found), content_type="application/json; charset=utf-8")
    name = quote(evidence.file_name(found))
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


def _own_task(request, task_pk) -> PlanTask:
    tasks = PlanTask.objects.select_related("plan__bureau")
    return load(tasks, request.user, change=P.DRAW_OPERATE, through="plan__bureau", pk=task_pk)


@requires(P.DRAW_OPERATE)
def draw_new(request, task_pk):
    """What sealing means, before it is done; `draw_seal` does it."""
    task = _own_task(request, task_pk)
    if job := draw_jobs.running(task):
        return redirect("inspections:draw_job", job.pk)
    return _seal_page(request, task, SealForm(initial={"round": verbs.next_round(task)}))


@requires(P.DRAW_OPERATE)
def draw_seal(request, task_pk):
    task = _own_task(request, task_pk)
    if request.method != "POST":
        return redirect("inspections:draw_new", task.pk)
    form = SealForm(request.POST)
    if form.carried_out(lambda values: draw_jobs.seal(task, **values, by=request.user)):
        if isinstance(form.outcome, DrawJob):
            return redirect("inspections:draw_job", form.outcome.pk)
        messages.success(request, f"名单已封存，编号{form.outcome.number}。请见证人员登录见证。")
        return redirect("inspections:draw", form.outcome.pk)
    return _seal_page(request, task, form)


def _seal_page(request, task, form):
    round, now = verbs.next_round(task), timezone.now()
    today = timezone.localdate(now)
    found = forecast(task, on=today)
    context = {
        "task": task,
        "round": round,
        "form": form,
        "forecast": found,
        "obstacles": readiness.obstacles(task, round, found, now=now),
        "basis_warnings": item_warnings(task.items.select_related("item"), today),
        "drawn": Draw.objects.filter(lineage=task.lineage_id).order_by("pk"),
    }
    return render(request, "inspections/draw_new.html", context)


@requires(P.DRAW_OPERATE)
def draw_void(request, pk):
    found = load(rows(), request.user, change=P.DRAW_OPERATE, pk=pk)
    form = VoidForm(request.POST or None)
    if form.carried_out(lambda values: verbs.propose_void(found, **values, by=request.user)):
        messages.success(request, "作废申请已提交，等待分管领导审批。审批之前不能抽取。")
        return redirect("inspections:draw", pk)
    held = found.state == DrawState.HELD
    return render(request, "inspections/draw_void.html", {"draw": found, "form": form, "held": held})
