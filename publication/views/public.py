"""Front door of the public site, and what all its pages share: read-only, without a session, cached for a minute."""

from django.shortcuts import render
from django.views.decorators.cache import cache_control

from publication import queries
from registries.access import public
from registries.pages import FoundPages, pages_of

ROWS = 25
LATEST = 5
SHORTEST = 2
LONGEST = 60
FOUND = 20
# Nobody's keyboard has the brackets of an official number.
BRACKETS = str.maketrans("[]【】()（）", "〔〕" * 4)


def open_page(view):
    return public(cache_control(public=True, max_age=60)(view))


def listing(request, template: str, filterset, **context):
    page = pages_of(filterset, filterset.qs, ROWS).get_page(request.GET.get("page"))
    filtered = any(value for name, value in request.GET.items() if name not in {"page", "large"})
    return render(request, template, {"form": filterset.form, "page": page, "filtered": filtered, **context})


@open_page
def home(request):
    latest = queries.published_notices()[:LATEST]
    return render(request, "public/home.html", {"counts": queries.counts(), "latest": latest})


@open_page
def search(request):
    text = searched(request.GET.get("q", ""))
    context = {"text": text, "long_enough": len(text) >= SHORTEST}
    if context["long_enough"]:
        context |= _found(text)
    return render(request, "public/search.html", context)


def searched(text: str) -> str:
    """What was typed, as one line of visible characters; PostgreSQL takes no NUL."""
    visible = "".join(character if character.isprintable() else " " for character in text[:1000])
    return " ".join(visible.split())[:LONGEST]


def _found(text: str) -> dict:
    number = text.translate(BRACKETS)
    facilities = FoundPages(queries.facilities_like(text), FOUND, among=queries.published_facilities())
    shown = list(facilities.page(1))
    results = queries.results_of([facility.pk for facility in shown])
    draws = list(queries.draws_like(number)[:FOUND])
    tasks = list(queries.tasks_like(number)[:FOUND])
    return {
        "facility_total": facilities.count,
        "facility_more": facilities.more,
        "facilities": [(facility, results[facility.pk]) for facility in shown],
        "draws": draws,
        "tasks": tasks,
        "found": bool(shown or draws or tasks),
    }
