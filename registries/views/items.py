from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from registries import items as verbs
from registries import timeline
from registries.access import Permission, load, may, requires
from registries.filters import ItemFilter
from registries.forms.decisions import ReasonForm
from registries.forms.items import ItemForm, PublishForm
from registries.models import InspectionItem, ItemVersion
from registries.models.items import ItemVersionState
from registries.views.lists import listing

P = Permission
DRAFT, PUBLISHED = ItemVersionState.DRAFT, ItemVersionState.PUBLISHED


def _own(request, pk) -> InspectionItem:
    return load(InspectionItem.objects.all(), request.user, change=P.REGISTRY_EDIT, pk=pk)


def _version(item: InspectionItem, state: ItemVersionState) -> ItemVersion:
    return get_object_or_404(item.versions, state=state)


def _form_page(request, form, item, heading: str, **context):
    context |= {"form": form, "item": item, "heading": heading}
    return render(request, "registries/item_form.html", context)


@requires(P.REGISTRY_VIEW)
def items(request):
    rows = (
        verbs.readable(request.user)
        .select_related("bureau")
        .prefetch_related(Prefetch("versions", ItemVersion.objects.order_by("-number")))
    )
    filterset = ItemFilter(request.GET, rows, user=request.user)
    return listing(request, "registries/items.html", filterset, may_edit=may(request.user, P.REGISTRY_EDIT))


@requires(P.REGISTRY_VIEW)
def item(request, pk):
    """One version on the page, the newest published one unless ?version= names another."""
    item = get_object_or_404(verbs.readable(request.user).select_related("bureau"), pk=pk)
    own = item.bureau_id == request.user.bureau_id
    versions = item.versions.select_related("drafted_by", "published_by")
    if not own:
        versions = versions.exclude(state=DRAFT)
    shown = _chosen(list(versions), request.GET.get("version", ""))
    context = {
        "item": item,
        "versions": versions,
        "shown": shown,
        "rows": shown.rows.all() if shown else (),
        "timeline": timeline.of(shown) if shown else (),
        "may_edit": own and may(request.user, P.REGISTRY_EDIT),
        "has_draft": any(version.state == DRAFT for version in versions),
    }
    return render(request, "registries/item.html", context)


def _chosen(versions: list[ItemVersion], number: str) -> ItemVersion | None:
    by_number = {str(version.number): version for version in versions}
    published = next((version for version in versions if version.state == PUBLISHED), None)
    return by_number.get(number) or published or next(iter(versions), None)


@requires(P.REGISTRY_EDIT)
def create(request):
    form = ItemForm(request.POST or None)
    if form.carried_out(
        lambda values: verbs.draft_item(
            request.user.bureau,
            values["name"],
            values,
            form.rows(),
            list_kind=values["list_kind"],
            by=request.user,
        )
    ):
        messages.success(request, "草稿已保存，公布后才能使用。")
        return redirect("registries:item", form.outcome.item_id)
    return _form_page(request, form, None, "新增抽查事项", submit_label="保存草稿")


@requires(P.REGISTRY_EDIT)
def draft(request, pk):
    """The draft of the next version; without one, a new one that starts from the newest version."""
    item = _own(request, pk)
    newest = item.versions.first()
    form = ItemForm(request.POST or None, version=newest)
    if form.carried_out(lambda values: _save_draft(item, newest, values, form.rows(), by=request.user)):
        messages.success(request, "草稿已保存，公布后才能使用。")
        return redirect(f"{reverse('registries:item', args=[pk])}?version={form.outcome.number}")
    heading = f"修改第{newest.number}版草稿" if newest.state == DRAFT else f"起草第{newest.number + 1}版"
    return _form_page(request, form, item, heading, submit_label="保存草稿")


def _save_draft(item, newest, values, rows, *, by) -> ItemVersion:
    if "revision" in values:
        return verbs.amend_draft(newest, values, rows, revision=values["revision"], by=by)
    return verbs.draft_version(item, values, rows, by=by)


@requires(P.REGISTRY_EDIT)
def publish(request, pk):
    item = _own(request, pk)
    version = _version(item, DRAFT)
    form = PublishForm(request.POST or None)
    if form.carried_out(lambda values: verbs.publish(version, **values, by=request.user)):
        messages.success(request, f"第{version.number}版已公布，自 {form.outcome.effective_from} 起生效。")
        return redirect("registries:item", pk)
    intro = "公布后不能再改，只能以新版本替代；原版本在新版本生效的前一天失效。公布之前不得实施。"
    return _form_page(request, form, item, f"公布第{version.number}版", intro=intro, submit_label="公布")


@requires(P.REGISTRY_EDIT)
def withdraw(request, pk):
    item = _own(request, pk)
    version = _version(item, PUBLISHED)
    form = ReasonForm(request.POST or None)
    if form.carried_out(lambda values: verbs.withdraw(version, **values, by=request.user)):
        messages.success(request, "事项已停用，新的计划不能再选用。")
        return redirect("registries:item", pk)
    intro = "停用立即生效，已安排的检查不受影响。"
    return _form_page(request, form, item, "停用事项", intro=intro, submit_label="停用", danger=True)
