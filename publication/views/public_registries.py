"""一单两库 and annual plans, for everybody."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from inspections import plan_versions
from publication import queries
from publication.filters import FacilityFilter, InspectorFilter, ItemFilter, PlanFilter
from publication.views.public import listing, open_page
from registries import legal_sources


@open_page
def items(request):
    return listing(request, "public/items.html", ItemFilter(request.GET, queries.published_items()))


@open_page
def item(request, pk):
    versions = list(queries.item_history(pk))
    if not versions:
        raise Http404
    asked_for = request.GET.get("version")
    shown = next((one for one in versions if str(one.number) == asked_for), versions[0])
    context = {
        "versions": versions,
        "shown": shown,
        "rows": queries.checklist(shown),
        "lapsed": legal_sources.expired([shown], timezone.localdate()).get(shown.pk, ()),
    }
    return render(request, "public/item.html", context)


@open_page
def plans(request):
    return listing(request, "public/plans.html", PlanFilter(request.GET, queries.published_plans()))


@open_page
def plan(request, pk):
    plan = get_object_or_404(queries.plan_versions(), pk=pk)
    versions = list(queries.plan_versions().filter(bureau=plan.bureau_id, year=plan.year))
    earlier = next((one for one in versions if one.version < plan.version), None)
    context = {
        "plan": plan,
        "versions": versions,
        "tasks": [(task, plan_versions.describe(task)[2:]) for task in queries.tasks_of(plan)],
        "earlier": earlier,
        "changes": plan_versions.differences(earlier, plan) if earlier else [],
    }
    return render(request, "public/plan.html", context)


@open_page
def facilities(request):
    rows = queries.published_facilities()
    return listing(request, "public/facilities.html", FacilityFilter(request.GET, rows))


@open_page
def facility(request, code):
    facility = get_object_or_404(queries.published_facilities(), insurance_code=code)
    results = queries.results_of([facility.pk])[facility.pk]
    return render(request, "public/facility.html", {"facility": facility, "results": results})


@open_page
def inspectors(request):
    rows = queries.published_inspectors()
    return listing(request, "public/inspectors.html", InspectorFilter(request.GET, rows))
