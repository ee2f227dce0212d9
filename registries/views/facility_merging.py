"""Duplicates: who may be one, side by side, and merged when a person says so."""

from django.contrib import messages
from django.shortcuts import redirect, render

from registries import duplicates, merging
from registries.access import Permission, load, requires
from registries.forms.facility_merging import MergeForm, SurvivorForm
from registries.models import Facility

P = Permission
MOST = 25


def _own(request, pk) -> Facility:
    rows = Facility.objects.select_related("bureau", "merged_into", "moving_to").prefetch_related("tags")
    return load(rows, request.user, change=P.REGISTRY_EDIT, pk=pk)


@requires(P.REGISTRY_EDIT)
def candidates(request, pk):
    facility = _own(request, pk)
    form = SurvivorForm(request.GET or None, facility=facility)
    if form.is_valid():
        return redirect("registries:facility_merge", pk, form.cleaned_data["code"].pk)
    found = duplicates.of(facility)[:MOST]
    context = {"facility": facility, "found": found, "form": form}
    return render(request, "registries/facility_duplicates.html", context)


@requires(P.REGISTRY_EDIT)
def merge(request, pk, into):
    duplicate, survivor = _own(request, pk), _own(request, into)
    form = MergeForm(request.POST or None, duplicate=duplicate, survivor=survivor)
    if form.carried_out(lambda values: merging.merge(duplicate, survivor, **values, by=request.user)):
        messages.success(request, f"“{duplicate}”（{duplicate.insurance_code}）已并入本机构。")
        return redirect("registries:facility", into)
    context = {
        "form": form,
        "rows": form.rows(),
        "duplicate": duplicate,
        "survivor": survivor,
        "bars": merging.bars(duplicate, survivor),
    }
    return render(request, "registries/facility_merge.html", context)
