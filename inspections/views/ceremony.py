"""The draw before its witnesses: the full screen, its state for the projector, and what operator and witness do."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from inspections import draw_jobs, draw_sheet, embargo, evidence, rosters, voids
from inspections import draws as verbs
from inspections.forms.draws import ContributionForm, ValueForm
from inspections.lottery import IN
from inspections.models import Draw, DrawJob
from inspections.states import DrawState
from inspections.views.draws import operates, rows
from inspections.witnessing import has_spoken, invited, may_contribute, why_not_operate, why_not_witness
from registries import progress
from registries.access import Permission, load, requires
from registries.progress import Standing

P = Permission
# More names than anybody reads on a wall; the draw's own page turns over all of them.
ON_THE_WALL = 300


@requires(P.DRAW_VIEW)
def ceremony(request, pk):
    draw = load(rows(), request.user, pk=pk)
    seal, sealed = rosters.seal_of(draw), draw_sheet.arithmetic(draw).quotas
    job, standing = _hold_under_way(draw)
    context = {
        "draw": draw,
        "seal": seal,
        "steps": draw_sheet.steps(draw),
        "room": _room(draw),
        "job": job,
        "standing": standing,
        "sealed": sealed,
        "in_pool": sum(row.pool for row in sealed.rows),
        "able": draw.inspectors.filter(status=IN).count(),
        "results": _results(draw),
        "with_names": embargo.is_on_the_wall(draw),
        "seal_told": evidence.seal_public(draw),
        "drawn": draw.visits.count() if draw.held_at else 0,
        **_possible(draw, seal, request.user),
    }
    return render(request, "inspections/ceremony.html", context)


def _possible(draw: Draw, seal: dict, user) -> dict:
    """What this person may do now."""
    sealed = draw.state == DrawState.SEALED
    return {
        "waits_for_value": bool(sealed and seal["public_source"] and not draw.public_value),
        "may_operate": sealed and operates(user, draw) and not why_not_operate(draw, user),
        "may_void": sealed and voids.may_propose(draw, user),
        "may_witness": may_contribute(draw, user),
        "why_not_hold": verbs.why_not_hold(draw, user),
    }


def _hold_under_way(draw: Draw) -> tuple[DrawJob | None, Standing]:
    """The last press that a worker was asked for, while the draw is not yet held."""
    job = draw_jobs.last_hold(draw) if draw.state == DrawState.SEALED else None
    return job, progress.standing(job) if job else Standing()


@requires(P.DRAW_VIEW)
@never_cache
def ceremony_state(request, pk):
    """What the screen in the room looks at again and again: who has spoken, never what."""
    return JsonResponse(_room(load(rows(), request.user, pk=pk)))


def _room(draw: Draw) -> dict:
    """`mark` changes whenever the page has to be set anew; witnesses are filled in as they speak."""
    job, standing = _hold_under_way(draw)
    waits_for = "正在抽取，请稍候。" if standing.moving else draw_sheet.waits_for(draw)
    absent = list(invited(draw))
    own = [one for one in absent if one.bureau_id == draw.bureau_id]
    return {
        "mark": f"{draw.state} {waits_for} {job.state if job else ''} {standing.stalled}",
        "waits_for": waits_for,
        "witnesses": [
            {
                "name": one.name,
                "role": one.role,
                "at": timezone.localtime(one.contributed_at).strftime("%H:%M:%S"),
            }
            for one in draw.contributions.all()
        ],
        "absent": [one.display_name for one in own],
        "superiors": len(absent) - len(own),
    }


def _grade(grade: str, top_up: bool) -> str:
    return f"{'未评级' if grade == 'NONE' else f'{grade}级'}{'·补足' if top_up else ''}"


def _results(draw: Draw) -> list[dict]:
    """In draw order, as many as fit on the wall."""
    if draw.state != DrawState.HELD:
        return []
    drawn = draw.visits.order_by("position").values_list("facility__name", "grade", "ticket", "top_up")
    with_names, seal_told = embargo.is_on_the_wall(draw), evidence.seal_public(draw)
    return [
        {
            "name": name if with_names else f"第{place}家",
            "grade": _grade(grade, top_up) if seal_told else "",
            "ticket": ticket[:8],
        }
        for place, (name, grade, ticket, top_up) in enumerate(drawn[:ON_THE_WALL], 1)
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
    context = {"draw": draw, "form": form, "done": has_spoken(draw, request.user)}
    return render(request, "inspections/draw_contribute.html", context)


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
    draw_jobs.hold(draw, by=request.user)
    return redirect("inspections:ceremony", pk)
