"""The draw before its witnesses: the full screen, its state for the projector, and what operator and witness do."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from inspections import draw_sheet, rosters
from inspections import draws as verbs
from inspections.forms.draws import ContributionForm, ValueForm
from inspections.models import Draw
from inspections.states import DrawState
from inspections.views.draws import operates, rows
from inspections.witnessing import why_not_witness
from registries.access import Permission, load, may, requires

P = Permission


@requires(P.DRAW_VIEW)
def ceremony(request, pk):
    draw = load(rows(), request.user, pk=pk)
    seal = rosters.seal_of(draw)
    contributions = list(draw.contributions.all())
    sealed = draw.state == DrawState.SEALED
    spoke = request.user.pk in {one.contributed_by_id for one in contributions}
    context = {
        "draw": draw,
        "seal": seal,
        "steps": draw_sheet.steps(draw),
        "contributions": contributions,
        "to_draw": draw_sheet.quotas(draw)[0].total,
        "results": _results(draw),
        "waits_for_value": bool(sealed and seal["public_source"] and not draw.public_value),
        "may_operate": sealed and operates(request.user, draw) and not spoke,
        "may_witness": sealed
        and may(request.user, P.DRAW_WITNESS)
        and not why_not_witness(draw, request.user)
        and not spoke,
    }
    return render(request, "inspections/ceremony.html", context)


@requires(P.DRAW_VIEW)
@never_cache
def ceremony_state(request, pk):
    """Who has spoken, never what; and once the draw is held, who was drawn."""
    draw = load(rows(), request.user, pk=pk)
    return JsonResponse(
        {
            "state": draw.state,
            "public_value": draw.public_value,
            "witnesses": [
                {
                    "role": contribution.role,
                    "name": contribution.name,
                    "at": timezone.localtime(contribution.contributed_at).strftime("%H:%M:%S"),
                }
                for contribution in draw.contributions.all()
            ],
            "results": _results(draw),
        }
    )


def _results(draw: Draw) -> list[dict]:
    if draw.state != DrawState.HELD:
        return []
    drawn = draw.visits.order_by("position").values_list("facility__name", "grade", "ticket", "top_up")
    return [
        {
            "name": name,
            "grade": f"{'未评级' if grade == 'NONE' else f'{grade}级'}{'·补足' if top_up else ''}",
            "ticket": ticket[:8],
        }
        for name, grade, ticket, top_up in drawn
    ]


@requires(P.DRAW_WITNESS)
def draw_contribute(request, pk):
    draw = load(rows(), request.user, pk=pk)
    if refusal := why_not_witness(draw, request.user):
        raise PermissionDenied(refusal)
    form = ContributionForm(request.POST or None)
    if form.carried_out(lambda values: verbs.contribute(draw, **values, by=request.user)):
        messages.success(request, "见证完成。您输入的内容在抽取之前不向任何人显示。")
        return redirect("inspections:ceremony", pk)
    done = draw.contributions.filter(contributed_by=request.user).exists()
    return render(request, "inspections/draw_contribute.html", {"draw": draw, "form": form, "done": done})


@requires(P.DRAW_OPERATE)
def draw_announce(request, pk):
    draw = load(rows(), request.user, change=P.DRAW_OPERATE, pk=pk)
    form = ValueForm(request.POST or None)
    if form.carried_out(lambda values: verbs.announce(draw, **values, by=request.user)):
        messages.success(request, "公开随机数已录入，可以抽取。")
        return redirect("inspections:ceremony", pk)
    context = {"draw": draw, "form": form, "source": rosters.seal_of(draw)["public_source"]}
    return render(request, "inspections/draw_announce.html", context)


@requires(P.DRAW_OPERATE)
@require_POST
def draw_hold(request, pk):
    draw = load(rows(), request.user, change=P.DRAW_OPERATE, pk=pk)
    verbs.hold(draw, by=request.user)
    return redirect(f"{reverse('inspections:ceremony', args=[pk])}?grow=1")
