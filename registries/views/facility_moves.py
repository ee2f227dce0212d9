"""A facility on its way to another bureau: proposed and withdrawn by the old one, accepted or declined by the new."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from registries import moves
from registries.access import Permission, load, require, requires
from registries.forms.decisions import ReasonForm
from registries.forms.facility_moves import MoveForm
from registries.histories import History
from registries.models import Facility

P = Permission


def _page(request, form, facility: Facility, heading: str, **context):
    context |= {"form": form, "facility": facility, "heading": heading}
    return render(request, "registries/facility_form.html", context)


def _arriving(request, pk) -> Facility:
    """404 for whoever may not even read it, 403 for whoever reads it and is not the bureau that it moves to."""
    facility = get_object_or_404(Facility.objects.select_related("bureau", "moving_to"), pk=pk)
    if not History(facility, request.user).is_readable:
        raise Http404
    require(request.user, P.REGISTRY_EDIT, bureau=facility.moving_to or facility.bureau)
    return facility


@requires(P.REGISTRY_EDIT)
def move(request, pk):
    facility = load(Facility.objects.all(), request.user, change=P.REGISTRY_EDIT, pk=pk)
    form = MoveForm(request.POST or None, facility=facility)
    if form.carried_out(lambda values: moves.propose(facility, **values, by=request.user)):
        messages.success(request, f"已提出迁往{form.outcome.moving_to}，等待对方接收。")
        return redirect("registries:facility", pk)
    intro = (
        "对方接收之前，该机构仍由本局管理并参加本局的抽取。接收之后编码和全部历史随机构转去，本局标签不再保留，"
        "本局做过的检查仍归本局。迁往系统以外地区的，请改为变更协议状态“迁出”。"
    )
    return _page(request, form, facility, "迁往其他医保局", intro=intro, submit_label="提出迁移")


@requires(P.REGISTRY_EDIT)
def withdraw(request, pk):
    facility = load(Facility.objects.all(), request.user, change=P.REGISTRY_EDIT, pk=pk)
    form = ReasonForm(request.POST or None)
    if form.carried_out(lambda values: moves.withdraw(facility, **values, by=request.user)):
        messages.success(request, "迁移已撤回。")
        return redirect("registries:facility", pk)
    return _page(request, form, facility, "撤回迁移", submit_label="撤回")


@requires(P.REGISTRY_EDIT)
@require_POST
def accept(request, pk):
    facility = moves.accept(_arriving(request, pk), by=request.user)
    messages.success(request, f"“{facility}”已转入本局名录库。请核对地址、所在乡镇街道和标签。")
    return redirect("registries:facility", pk)


@requires(P.REGISTRY_EDIT)
def decline(request, pk):
    facility = _arriving(request, pk)
    form = ReasonForm(request.POST or None)
    if form.carried_out(lambda values: moves.decline(facility, **values, by=request.user)):
        messages.success(request, f"没有接收“{facility}”，已退回{facility.bureau}。")
        return redirect("registries:facilities")
    return _page(request, form, facility, "不予接收", submit_label="退回对方", danger=True)
