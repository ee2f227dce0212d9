from io import BytesIO
from typing import IO

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django_filters import FilterSet

from registries import exports as verbs
from registries import items
from registries.access import Permission, in_sight, in_sight_by_key, requires
from registries.filters import FacilityFilter, ItemFilter, chosen
from registries.forms.decisions import PurposeForm
from registries.forms.inspectors import InspectorFilter
from registries.imports.formats import FORMS
from registries.models import Facility, Inspector
from registries.models.people import InspectorKind
from registries.pages import BUREAU_BY_BUREAU

P = Permission
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _listed(request, kind: str) -> FilterSet:
    """The list page's rows: its filters stand in the address of the form too."""
    user = request.user
    if kind == "facilities":
        rows = in_sight_by_key(Facility.objects.in_registry(), user).order_by(*BUREAU_BY_BUREAU)
        return FacilityFilter(request.GET, rows, user=user)
    if kind in ("inspectors", "experts"):
        people = Inspector.objects.filter(
            kind=InspectorKind.EXPERT if kind == "experts" else InspectorKind.INSPECTOR
        )
        return InspectorFilter(request.GET, in_sight(people, user), user=user)
    return ItemFilter(request.GET, items.readable(user), user=user)


def _export(request, kind: str, **values) -> IO[bytes]:
    filterset = _listed(request, kind)
    return verbs.export(kind, filterset.qs, by=request.user, filters=chosen(filterset), **values)


def _download(content: IO[bytes], filename: str) -> FileResponse:
    """Read from the disk as it is sent, then gone."""
    return FileResponse(content, as_attachment=True, filename=filename, content_type=XLSX)


@requires(P.REGISTRY_EDIT)
def template(request, kind):
    if kind not in FORMS:
        raise Http404
    return _download(BytesIO(verbs.template(kind)), f"{FORMS[kind].title}_模板.xlsx")


@requires(P.REGISTRY_VIEW)
@require_POST
def export(request, kind):
    """An act, which the trail keeps: never by a mere link."""
    if kind not in verbs.EXPORTED:
        raise Http404
    return _download(_export(request, kind), verbs.filename(kind))


@requires(P.PERSONAL_VIEW)
@never_cache
def export_clear(request, kind):
    """With ID numbers and phones in clear: for the own bureau, with a purpose."""
    if kind not in verbs.PERSONAL_KINDS:
        raise Http404
    form = PurposeForm(request.POST or None)
    if form.carried_out(lambda values: _export(request, kind, **values)):
        return _download(form.outcome, verbs.filename(kind))
    return render(request, "registries/export_clear.html", {"form": form, "title": FORMS[kind].title})
