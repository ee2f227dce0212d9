"""我来验证: the program that recomputes a draw, and what one needs to check a ticket by hand."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header

from inspections import evidence, verify_draw
from publication import open_data, queries, ticket_sheets
from publication.views.public import open_page, searched
from publication.views.public_data import guarded

SCRIPT = Path(verify_draw.__file__)


@open_page
def verify_script(request):
    """The very file of this repository: nothing is added or left out on the way."""
    response = HttpResponse(_script(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, SCRIPT.name)
    return response


def script_digest() -> str:
    return sha256(_script()).hexdigest()


@cache
def _script() -> bytes:
    return SCRIPT.read_bytes()


@open_page
def by_hand(request, pk):
    draw = get_object_or_404(queries.published_draws(), pk=pk)
    seal = json.loads(draw.seal) if evidence.seal_public(draw) else {}
    context = {"draw": draw, "seal": seal, "ticket": ticket_sheets.has_tickets(draw)}
    if not context["ticket"]:
        return render(request, "public/by_hand.html", context | {"shown": ticket_sheets.example()})
    code = searched(request.GET.get("code", ""))
    shown = ticket_sheets.of(draw, code)
    context |= {"unknown": "" if shown else code, "shown": shown or ticket_sheets.of(draw, "")}
    return render(request, "public/by_hand.html", context)


@open_page
def tickets(request, pk):
    draw = get_object_or_404(queries.published_draws(), pk=pk)
    if not ticket_sheets.has_tickets(draw):
        raise Http404
    table = ticket_sheets.table(draw)
    response = StreamingHttpResponse(guarded(open_data.as_csv(table)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"{table.title}.csv")
    return response
