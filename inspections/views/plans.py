import datetime as dt
from collections import defaultdict

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from inspections import embargo, scopes
from inspections import plans as verbs
from inspections.approvals import may_decide, open_approval
from inspections.forecast import forecast_plan
from inspections.forms.plans import PlanFilter, PlanForm, TaskForm
from inspections.models import AnnualPlan, ApprovalSubject, Draw, PlanTask
from inspections.plan_rules import item_warnings
from inspections.plan_versions import differences, earlier, in_brief, versions
from inspections.states import PlanState
from registries import timeline
from registries.access import Permission, in_sight, load, may, requires
from registries.forms.decisions import ReasonForm
from registries.views.lists import listing

P = Permission


def _own(request, pk) -> AnnualPlan:
    return load(AnnualPlan.objects.select_related("bureau"), request.user, change=P.PLAN_DRAFT, pk=pk)


def _own_task(request, pk) -> PlanTask:
    rows = PlanTask.objects.select_related("plan__bureau")
    return load(rows, request.user, change=P.PLAN_DRAFT, through="plan__bureau", pk=pk)


def _form_page(request, form, plan, heading: str, **context):
    return render(
        request, "inspections/plan_form.html", {"form": form, "plan": plan, "heading": heading, **context}
    )


@requires(P.PLAN_VIEW)
def plans(request):
    rows = in_sight(AnnualPlan.objects.select_related("bureau", "drafted_by"), request.user)
    rows = rows.annotate(task_count=Count("tasks")).order_by("-year", "bureau__path", "-version")
    filterset = PlanFilter(request.GET, rows, user=request.user)
    return listing(request, "inspections/plans.html", filterset, may_draft=may(request.user, P.PLAN_DRAFT))


@requires(P.PLAN_VIEW)
def plan(request, pk):
    plan = load(
        AnnualPlan.objects.select_related("bureau", "drafted_by", "published_by"), request.user, pk=pk
    )
    tasks = _tasks(plan, request.user)
    may_draft = plan.bureau_id == request.user.bureau_id and may(request.user, P.PLAN_DRAFT)
    context = {
        "plan": plan,
        "tasks": tasks,
        "basis_warnings": item_warnings(
            [version for task, *_ in tasks for version in task.items.all()], timezone.localdate()
        ),
        "due": dt.date(plan.year, plan.bureau.plan_due_month, plan.bureau.plan_due_day),
        "today": timezone.localdate(),
        "timeline": timeline.of(plan),
        "versions": versions(plan),
        "may_draft": may_draft,
        "may_edit": may_draft and plan.state in verbs.EDITABLE,
        "may_publish": may_draft and plan.state == PlanState.APPROVED,
        "may_adjust": may_draft and plan.state == PlanState.PUBLISHED,
        "may_discard": may_draft and verbs.may_discard(plan),
        **_before_publication(plan, request.user),
    }
    return render(request, "inspections/plan.html", context)


def _tasks(plan: AnnualPlan, user) -> list[tuple]:
    """Each task with its description, its draws, those under earlier versions of the plan included, and who is in it."""
    tasks = list(plan.tasks.select_related("assisted").prefetch_related("items__item", "tags"))
    draws = defaultdict(list)
    for draw in Draw.objects.filter(lineage__in={task.lineage_id for task in tasks}).order_by("round", "pk"):
        draws[draw.lineage_id].append(draw)
    return [
        (
            task,
            in_brief(task),
            draws[task.lineage_id],
            embargo.may_read_lists(task, user),
            scopes.may_be_saved(task),
        )
        for task in tasks
    ]


def _before_publication(plan: AnnualPlan, user) -> dict:
    """What is being decided on; a plan once published speaks through its draws."""
    if plan.state not in verbs.IN_THE_MAKING:
        return {}
    waiting = open_approval(ApprovalSubject.PLAN, plan.pk)
    old = earlier(plan)
    return {
        "forecast": forecast_plan(plan, on=timezone.localdate()),
        "differences": differences(old, plan) if old else [],
        "earlier": old,
        "approval": waiting if waiting and may_decide(waiting, user) else None,
    }


@requires(P.PLAN_DRAFT)
def create(request):
    form = PlanForm(request.POST or None)
    if form.carried_out(
        lambda values: verbs.draft(request.user.bureau, values["year"], values, by=request.user)
    ):
        messages.success(request, "计划已建立，请增加抽查任务。")
        return redirect("inspections:plan", form.outcome.pk)
    return _form_page(request, form, None, "编制年度计划")


@requires(P.PLAN_DRAFT)
def amend(request, pk):
    plan = _own(request, pk)
    form = PlanForm(request.POST or None, plan=plan)
    if form.carried_out(
        lambda values: verbs.amend(plan, values, revision=values["revision"], by=request.user)
    ):
        messages.success(request, "修改已保存。")
        return redirect("inspections:plan", pk)
    return _form_page(request, form, plan, "修改年度计划")


@requires(P.PLAN_DRAFT)
@require_POST
def submit(request, pk):
    verbs.submit(_own(request, pk), by=request.user)
    messages.success(request, "已提交，等待分管领导审批。")
    return redirect("inspections:plan", pk)


@requires(P.PLAN_DRAFT)
@require_POST
def publish(request, pk):
    verbs.publish(_own(request, pk), by=request.user)
    messages.success(request, "计划已公布，任务已编号，可以组织抽取。")
    return redirect("inspections:plan", pk)


@requires(P.PLAN_DRAFT)
def adjust(request, pk):
    plan = _own(request, pk)
    form = ReasonForm(request.POST or None)
    if form.carried_out(lambda values: verbs.adjust(plan, **values, by=request.user)):
        messages.success(request, "已建立调整版本。修改后提交审批，公布之前仍按原计划执行。")
        return redirect("inspections:plan", form.outcome.pk)
    intro = "已公布的计划不能直接修改。调整形成新的版本，须说明原因，经审批后重新公布；各版本都可查看。"
    return _form_page(request, form, plan, "调整年度计划", intro=intro, submit_label="开始调整")


@requires(P.PLAN_DRAFT)
def discard(request, pk):
    plan = _own(request, pk)
    form = ReasonForm(request.POST or None)
    if form.carried_out(lambda values: verbs.discard_adjustment(plan, **values, by=request.user)):
        messages.success(request, "调整版本已放弃，继续按已公布的计划执行。")
        return redirect("inspections:plan", form.outcome.pk)
    intro = "这个调整版本和其中的修改会被删除，已公布的计划不受影响；放弃的原因会留在已公布计划的办理经过中。"
    how = {"submit_label": "放弃调整", "danger": True}
    return _form_page(request, form, plan, "放弃调整", intro=intro, **how)


def _saved_scopes(request, plan: AnnualPlan) -> dict:
    """Those of the bureau, and the one among them that the address names."""
    saved = list(scopes.of(plan.bureau))
    chosen = request.GET.get("scope")
    return {"scopes": saved, "scope": next((one for one in saved if str(one.pk) == chosen), None)}


@requires(P.PLAN_DRAFT)
def create_task(request, pk):
    plan = _own(request, pk)
    saved = _saved_scopes(request, plan)
    form = TaskForm(request.POST or None, plan=plan, scope=saved["scope"])
    if form.carried_out(lambda _: verbs.add_task(plan, form.values(), by=request.user)):
        messages.success(request, f"已增加任务“{form.outcome}”。")
        return redirect("inspections:plan", pk)
    context = {"form": form, "plan": plan, "heading": "增加抽查任务", **saved}
    return render(request, "inspections/task_form.html", context)


@requires(P.PLAN_DRAFT)
def amend_task(request, pk):
    task = _own_task(request, pk)
    saved = _saved_scopes(request, task.plan)
    form = TaskForm(request.POST or None, plan=task.plan, task=task, scope=saved["scope"])
    if form.carried_out(
        lambda values: verbs.amend_task(task, form.values(), revision=values["revision"], by=request.user)
    ):
        messages.success(request, "修改已保存。")
        return redirect("inspections:plan", task.plan_id)
    context = {"form": form, "plan": task.plan, "heading": "修改抽查任务", **saved}
    return render(request, "inspections/task_form.html", context)


@requires(P.PLAN_DRAFT)
@require_POST
def remove_task(request, pk):
    task = _own_task(request, pk)
    verbs.remove_task(task, by=request.user)
    messages.success(request, f"已删除任务“{task}”。")
    return redirect("inspections:plan", task.plan_id)
