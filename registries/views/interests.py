"""Declared interests: inspectors declare, staff confirm, reject and end."""

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from registries import interests as verbs
from registries.access import Permission, load, requires
from registries.forms.decisions import ReasonForm
from registries.forms.interests import InterestForm
from registries.inspectors import require_staff_or_self
from registries.models import Interest
from registries.views.inspectors import form_page, visible

P = Permission


def _own(request, pk) -> Interest:
    rows = Interest.objects.select_related("inspector__bureau", "facility")
    return load(rows, request.user, change=P.REGISTRY_EDIT, through="inspector__bureau", pk=pk)


@requires(P.REGISTRY_EDIT, P.RECORD_FILL)
def declare(request, pk):
    inspector = visible(request, pk)
    require_staff_or_self(inspector, request.user)
    form = InterestForm(
        request.POST or None, user=request.user, initial={"facility": request.GET.get("facility", "")}
    )
    if form.carried_out(lambda values: verbs.declare(inspector, **values, by=request.user)):
        waiting = "" if form.outcome.confirmed_at else "请经办人员核实。"
        messages.success(
            request, f"已申报与“{form.outcome.facility}”的利害关系，今后抽取时自动回避。{waiting}"
        )
        return redirect("registries:inspector", pk)
    return form_page(request, form, inspector, "申报利害关系", submit_label="申报")


@requires(P.REGISTRY_EDIT)
@require_POST
def confirm(request, pk):
    interest = verbs.confirm(_own(request, pk), by=request.user)
    messages.success(request, f"已核实与“{interest.facility}”的利害关系，抽取时自动回避。")
    return redirect("registries:inspector", interest.inspector_id)


@requires(P.REGISTRY_EDIT)
def reject(request, pk):
    interest = _own(request, pk)
    form = ReasonForm(request.POST or None)
    if form.carried_out(lambda values: verbs.reject(interest, **values, by=request.user)):
        messages.success(request, "已不予认定，今后的抽取不因此回避。")
        return redirect("registries:inspector", interest.inspector_id)
    intro = f"申报的机构：{interest.facility}。不予认定后，今后的抽取可能派其检查这家机构。"
    context = {"intro": intro, "submit_label": "不予认定"}
    return form_page(request, form, interest.inspector, "不予认定利害关系", **context)


@requires(P.REGISTRY_EDIT)
@require_POST
def end(request, pk):
    interest = verbs.end(_own(request, pk), by=request.user)
    messages.success(request, "已解除，今后的抽取不再因此回避。")
    return redirect("registries:inspector", interest.inspector_id)
