"""The bureau's tags, and a tag for everybody whom the list's filters found."""

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from registries import tags as verbs
from registries.access import Permission, in_sight, load, may, requires
from registries.filters import FacilityFilter
from registries.forms.facility_tags import TagAllForm, TagMergeForm, TagNameForm
from registries.models import Facility, FacilityTag

P = Permission


def _own(request, pk) -> FacilityTag:
    return load(FacilityTag.objects.select_related("bureau"), request.user, change=P.REGISTRY_EDIT, pk=pk)


@requires(P.REGISTRY_VIEW)
def tags(request):
    context = {"tags": verbs.of(request.user.bureau), "may_edit": may(request.user, P.REGISTRY_EDIT)}
    return render(request, "registries/facility_tags.html", context)


@requires(P.REGISTRY_EDIT)
def rename(request, pk):
    tag = _own(request, pk)
    form = TagNameForm(request.POST or None, initial={"name": tag.name})
    if form.carried_out(lambda values: verbs.rename(tag, **values, by=request.user)):
        messages.success(request, f"标签“{tag}”已改名为“{form.outcome}”。")
        return redirect("registries:facility_tags")
    return render(
        request, "registries/facility_tag_form.html", {"form": form, "tag": tag, "heading": "标签改名"}
    )


@requires(P.REGISTRY_EDIT)
def merge(request, pk):
    tag = _own(request, pk)
    form = TagMergeForm(request.POST or None, tag=tag)
    if form.carried_out(lambda values: verbs.merge(tag, **values, by=request.user)):
        messages.success(
            request, f"标签“{tag}”已并入“{form.cleaned_data['into']}”，涉及 {form.outcome} 家机构。"
        )
        return redirect("registries:facility_tags")
    count = tag.facilities.count()
    intro = f"“{tag}”的 {count} 家机构改为选定的标签，“{tag}”不再存在。"
    context = {"form": form, "tag": tag, "heading": "并入其他标签", "intro": intro, "submit_label": "并入"}
    return render(request, "registries/facility_tag_form.html", context)


@requires(P.REGISTRY_EDIT)
@require_POST
def delete(request, pk):
    tag = _own(request, pk)
    verbs.delete(tag, by=request.user)
    messages.success(request, f"标签“{tag}”已删除。")
    return redirect("registries:facility_tags")


@requires(P.REGISTRY_EDIT)
def tag_all(request):
    """The address carries the list's filters; the number that was shown comes back with the confirmation."""
    rows = in_sight(Facility.objects.in_registry(), request.user)
    found = FacilityFilter(request.GET, rows, user=request.user).qs
    count = verbs.own_rows(found, request.user).count()
    form = TagAllForm(request.POST or None, initial={"expected": count})
    if form.carried_out(lambda values: verbs.tag_all(found, **values, by=request.user)):
        messages.success(
            request, f"已给 {form.outcome} 家机构加上标签“{form.cleaned_data['name']}”，原来已有的不变。"
        )
        return redirect(_list_address(request.GET))
    if form.is_bound:
        form.data = form.data.copy()
        form.data["expected"] = count
    context = {
        "form": form,
        "count": count,
        "others": found.count() - count,
        "back": _list_address(request.GET),
    }
    return render(request, "registries/facilities_tag.html", context)


def _list_address(filters: QueryDict) -> str:
    return reverse("registries:facilities") + (f"?{filters.urlencode()}" if filters else "")
