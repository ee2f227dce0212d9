"""抽取公示: the seal from the first moment, winners when the bureau says so, evidence after the last visit.

Of a draw that a clue or a list set off the seal's digest comes at once, all else with the evidence (evidence.seal_public).
"""

import json
from types import SimpleNamespace

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header

from inspections import evidence, voids
from inspections.models import Draw
from inspections.states import DrawState
from publication import queries
from publication.filters import DrawFilter
from publication.views.public import listing, open_page
from publication.views.public_verification import script_digest

WINNERS_ON_A_PAGE = 50


@open_page
def draws(request):
    return listing(request, "public/draws.html", DrawFilter(request.GET, queries.published_draws()))


@open_page
def draw(request, pk):
    draw = get_object_or_404(queries.published_draws(), pk=pk)
    due, winners_public = evidence.is_due(draw), evidence.winners_public(draw)
    witnessed = queries.witness_times(draw)
    context = {
        "draw": draw,
        "steps": _steps(draw, witnessed, winners_public),
        "script_digest": script_digest(),
        "voided_before": voids.voided_before(draw),
        "void_people": queries.void_people(draw) if draw.state == DrawState.VOIDED else None,
    }
    if not evidence.seal_public(draw):
        return render(request, "public/draw_kept_close.html", context)
    context |= {
        "seal": _seal_in_words(draw),
        "counts": queries.roster_counts(draw),
        "witness_count": len(witnessed),
        "evidence_due": due,
        "winners": _winners(request, draw, with_teams=due) if winners_public else None,
        "substitutions": queries.substitutions_of(draw) if due else [],
    }
    return render(request, "public/draw.html", context)


@open_page
def seal(request, pk):
    """The very bytes whose SHA-256 is the seal digest."""
    draw = get_object_or_404(queries.published_draws(), pk=pk)
    if not evidence.seal_public(draw):
        return _not_due(request, draw)
    return _file(draw.seal.encode(), f"{draw.number}封存内容.json")


@open_page
def evidence_file(request, pk):
    draw = get_object_or_404(queries.published_draws(), pk=pk)
    if not evidence.is_due(draw):
        return _not_due(request, draw)
    return _file(evidence.as_bytes(draw), f"{draw.number}证据文件.json")


def _not_due(request, draw: Draw) -> HttpResponse:
    context = {"draw": draw, "seal_public": evidence.seal_public(draw)}
    return render(request, "public/evidence_not_due.html", context, status=404)


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _seal_in_words(draw: Draw) -> dict:
    sealed = json.loads(draw.seal)
    ratios = sealed["rules"]["ratios_bp"]
    quotas = [row | {"ratio_bp": ratios[row["grade"]]} for row in sealed["quotas"]]
    drawn = sum(row["quota"] for row in quotas)
    return sealed | {
        "quotas": quotas,
        "base": sum(row["base"] for row in quotas),
        "pool": sum(row["pool"] for row in quotas),
        "drawn": drawn,
        "total": drawn + sealed["top_up"],
    }


def _steps(draw: Draw, witnessed: list, winners_public: bool) -> list[SimpleNamespace]:
    done = [draw.sealed_at, witnessed[-1] if witnessed else None, draw.held_at]
    steps = [
        SimpleNamespace(label=label, at=at, state="done" if at else "todo")
        for label, at in zip(("封存", "见证", "抽取"), done, strict=True)
    ]
    steps.append(SimpleNamespace(label="公布名单", at=None, state="done" if winners_public else "todo"))
    waiting = next((step for step in steps if step.state == "todo"), None)
    if waiting and draw.state != DrawState.VOIDED:
        waiting.state = "current"
    return steps


def _winners(request, draw: Draw, *, with_teams: bool) -> Page:
    page = Paginator(queries.winners_of(draw), WINNERS_ON_A_PAGE).get_page(request.GET.get("page"))
    teams = queries.teams_of([row["pk"] for row in page]) if with_teams else {}
    page.object_list = [row | {"team": teams.get(row["pk"], [])} for row in page]
    return page
