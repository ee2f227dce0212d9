from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache

from registries import exports as verbs
from registries import items
from registries.access import Permission, in_sight, requires
from registries.filters import FacilityFilter, ItemFilter
from registries.forms.decisions import PurposeForm
from registries.forms.inspectors import InspectorFilter
from registries.imports.formats import FORMS
from registries.models import Facility, Inspector
from registries.models.people import InspectorKind

P = Permission
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _known(kind: str) -> str:
    if kind not in FORMS:
        raise Http404
    return kind


def _subjects(request, kind: str):
    """The rows of the list page with the same filters."""
    user = request.user
    if kind == "facilities":
        return FacilityFilter(request.GET, in_sight(Facility.objects.all(), user), user=user).qs
    if kind in ("inspectors", "experts"):
        people = Inspector.objects.filter(
            kind=InspectorKind.EXPERT if kind == "experts" else InspectorKind.INSPECTOR
        )
        return InspectorFilter(request.GET, in_sight(people, user), user=user).qs
    return ItemFilter(request.GET, items.readable(user), user=user).qs


def _download(content: bytes, filename: str) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(True, filename)}
    return HttpResponse(content, content_type=XLSX, headers=headers)


@requires(P.REGISTRY_EDIT)
def template(request, kind):
    content = verbs.template(_known(kind))
    return _download(content, f"{FORMS[kind].title}_模板.xlsx")


@requires(P.REGISTRY_VIEW)
def export(request, kind):
    content = verbs.export(_known(kind), _subjects(request, kind), by=request.user)
    return _download(content, verbs.filename(kind))


@requires(P.PERSONAL_VIEW)
@never_cache
def export_clear(request, kind):
    """With ID numbers and phones in clear: for the own bureau, with a purpose, never by a mere link."""
    if kind not in verbs.PERSONAL_KINDS:
        raise Http404
    form = PurposeForm(request.POST or None)
    if form.carried_out(
        lambda values: verbs.export(kind, _subjects(request, kind), by=request.user, **values)
    ):
        return _download(form.outcome, verbs.filename(kind))
    return render(request, "registries/export_clear.html", {"form": form, "title": FORMS[kind].title})
