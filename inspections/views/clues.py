"""线索: the register, one clue with its steps, and the forms of staff. A bureau's clues are seen by nobody outside it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from inspections import clue_sheet, frequency
from inspections import clues as verbs
from inspections.approvals import may_decide, open_approval
from inspections.clue_rules import target, target_of, was_missed
from inspections.forms.clues import CloseForm, ClueFilter, ClueForm, ProposalForm
from inspections.models import ApprovalSubject, Clue
from inspections.states import ClueState
from registries import timeline
from registries.access import Permission, load, may, requires
from registries.views.lists import listing

P = Permission


def _own(request):
    rows = Clue.objects.filter(bureau=request.user.bureau_id)
    return rows.select_related("bureau", "facility__merged_into", "registered_by", "closed_by")


def _form_page(request, form, clue, heading: str, **context):
    context |= {"form": form, "clue": clue, "heading": heading}
    return render(request, "inspections/clue_form.html", context)


@requires(P.CLUE_VIEW)
def clues(request):
    context = {"may_handle": may(request.user, P.CLUE_HANDLE)}
    return listing(request, "inspections/clues.html", ClueFilter(request.GET, _own(request)), **context)


@requires(P.CLUE_HANDLE)
def create(request):
    form = ClueForm(request.POST or None, user=request.user)
    if form.carried_out(lambda values: verbs.register(request.user.bureau, values, by=request.user)):
        messages.success(request, f"线索已登记，编号{form.outcome}。请研判是否需要检查。")
        return redirect("inspections:clue", form.outcome.pk)
    intro = "线索只在本局经办人员和分管领导之间流转，不公开。"
    return _form_page(request, form, None, "登记线索", intro=intro, submit_label="登记")


@requires(P.CLUE_VIEW)
def clue(request, pk):
    found = load(_own(request), request.user, pk=pk)
    waiting = open_approval(ApprovalSubject.CLUE, found.pk)
    handles = may(request.user, P.CLUE_HANDLE)
    registered = found.state == ClueState.REGISTERED
    context = {
        "clue": found,
        "steps": clue_sheet.steps(found),
        "items": found.items.select_related("item"),
        "target": target(found),
        "visit": clue_sheet.visit(found),
        "others_drawn": clue_sheet.others_drawn(found),
        "missed": was_missed(found),
        "task": (task := getattr(found, "task", None)),
        "task_target": target_of(task) if task else {},
        "draws": clue_sheet.draws(found),
        "timeline": timeline.of(found),
        "why_not_closed": verbs.why_not_closed(found),
        "approval": waiting if waiting and may_decide(waiting, request.user) else None,
        "may_amend": handles and registered,
        "may_propose": handles and registered,
        "may_propose_anew": handles and clue_sheet.may_propose_anew(found),
        "may_seal": may(request.user, P.DRAW_OPERATE) and clue_sheet.waits_for_its_draw(found),
        "may_close": handles and clue_sheet.may_close(found),
    }
    return render(request, "inspections/clue.html", context)


@requires(P.CLUE_HANDLE)
def amend(request, pk):
    found = load(_own(request), request.user, change=P.CLUE_HANDLE, pk=pk)
    form = ClueForm(request.POST or None, user=request.user, clue=found)
    if form.carried_out(
        lambda values: verbs.amend(found, values, revision=values["revision"], by=request.user)
    ):
        messages.success(request, "线索已修改。")
        return redirect("inspections:clue", pk)
    intro = "提请审批之前可以修改。办理经过记下改了哪几项，不记线索内容。"
    return _form_page(request, form, found, "修改线索", intro=intro, submit_label="保存")


@requires(P.CLUE_HANDLE)
def propose(request, pk):
    found = load(_own(request), request.user, change=P.CLUE_HANDLE, pk=pk)
    form = ProposalForm(request.POST or None, clue=found)
    if form.carried_out(
        lambda values: verbs.propose(found, values | {"items": list(values["items"])}, by=request.user)
    ):
        messages.success(request, "已提请审批，等待分管领导决定。")
        return redirect("inspections:clue", pk)
    intro = f"“{found.facility}”本年度{_so_often(found)}。批准后，直接检查由本局选派检查人员；触发定向抽查的检查人员随机抽取。"
    return _form_page(request, form, found, "提请检查", intro=intro, submit_label="提请审批")


def _so_often(clue: Clue) -> str:
    facility, cap = clue.facility.merged_into or clue.facility, clue.bureau.frequency_cap
    times = frequency.times(facility, clue.bureau, timezone.localdate())
    return f"已安排检查{times}次" + (f"，本局上限为{cap}次" if cap is not None else "")


@requires(P.CLUE_HANDLE)
def close(request, pk):
    found = load(_own(request), request.user, change=P.CLUE_HANDLE, pk=pk)
    form = CloseForm(request.POST or None)
    if form.carried_out(lambda values: verbs.close(found, values["outcome"], by=request.user)):
        messages.success(request, f"{found}已办结。")
        return redirect("inspections:clue", pk)
    unchecked = found.state == ClueState.REGISTERED
    intro = "不需要检查的，写明理由后办结。办结后不能再提请检查。" if unchecked else ""
    return _form_page(request, form, found, "办结线索", intro=intro, submit_label="办结")
