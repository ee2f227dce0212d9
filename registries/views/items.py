from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from registries import inheritance, legal_sources, timeline
from registries import items as verbs
from registries.access import Permission, load, may, requires
from registries.comparison import compare as compared
from registries.filters import ItemFilter
from registries.forms.decisions import ReasonForm
from registries.forms.items import CompareForm, ItemForm, PublishForm
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
    may_edit = may(request.user, P.REGISTRY_EDIT)
    return listing(request, "registries/items.html", filterset, beside=_flags_of_page, may_edit=may_edit)


def _flags_of_page(items) -> dict:
    current = [
        version for item in items for version in item.versions.all() if version.state in (DRAFT, PUBLISHED)
    ]
    return _flags(current)


def _flags(versions) -> dict:
    """What the screen warns of, by version: lapsed laws, and supplements that the bureau above has overtaken."""
    return {
        "lapsed": legal_sources.expired(versions, timezone.localdate()),
        "outdated": inheritance.outdated(versions, inheritance.published()),
    }


@requires(P.REGISTRY_VIEW)
def item(request, pk):
    """One version on the page, the newest published one unless ?version= names another."""
    item = _readable(request, pk)
    own = item.bureau_id == request.user.bureau_id
    may_edit = may(request.user, P.REGISTRY_EDIT)
    versions = _visible(item, request.user)
    shown = _chosen(versions, request.GET.get("version", ""))
    context = _flags([shown] if shown else []) | {
        "item": item,
        "versions": versions,
        "shown": shown,
        "rows": shown.rows.all() if shown else (),
        "basis": shown.basis.select_related("source") if shown else (),
        "lines": set(request.user.bureau.with_ancestors().values_list("pk", flat=True)),
        "timeline": timeline.of(shown) if shown else (),
        "may_edit": own and may_edit,
        "may_supplement": may_edit and _may_supplement(item, versions, request.user),
        "supplements": verbs.readable(request.user).filter(based_on=item).select_related("bureau"),
        "has_draft": any(version.state == DRAFT for version in versions),
    }
    return render(request, "registries/item.html", context)


def _readable(request, pk) -> InspectionItem:
    return get_object_or_404(verbs.readable(request.user).select_related("bureau", "based_on__bureau"), pk=pk)


def _visible(item: InspectionItem, user) -> list[ItemVersion]:
    """The newest first; drafts are the bureau's own business."""
    versions = item.versions.select_related("item__bureau", "drafted_by", "published_by")
    return list(versions if item.bureau_id == user.bureau_id else versions.exclude(state=DRAFT))


def _may_supplement(item: InspectionItem, versions, user) -> bool:
    above = user.bureau.path != item.bureau.path and user.bureau.path.startswith(item.bureau.path)
    published = any(version.state == PUBLISHED for version in versions)
    top = item.based_on_id or item.pk
    return above and published and not user.bureau.items.filter(based_on=top).exists()


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
            form.rows,
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
    if form.carried_out(lambda values: _save_draft(item, newest, values, form.rows, by=request.user)):
        messages.success(request, "草稿已保存，公布后才能使用。")
        return redirect(f"{reverse('registries:item', args=[pk])}?version={form.outcome.number}")
    heading = f"修改第{newest.number}版草稿" if newest.state == DRAFT else f"起草第{newest.number + 1}版"
    return _form_page(request, form, item, heading, submit_label="保存草稿")


def _save_draft(item, newest, values, rows, *, by) -> ItemVersion:
    if "revision" in values:
        return verbs.amend_draft(newest, values, rows, revision=values["revision"], by=by)
    return verbs.draft_version(item, values, rows, by=by)


@requires(P.REGISTRY_EDIT)
def supplement(request, pk):
    """A lower bureau adds its own requirements to an item of a bureau above."""
    parent = _readable(request, pk)
    base = _version(parent, PUBLISHED)
    form = ItemForm(
        request.POST or None, version=base, otherwise={"inspecting_body": request.user.bureau.name}
    )
    if form.carried_out(lambda values: verbs.supplement(parent, values, form.rows, by=request.user)):
        messages.success(request, "补充内容已保存为本局草稿，公布后替代上级版本使用。")
        return redirect("registries:item", form.outcome.item_id)
    intro = "以上级已公布的版本为起点：可以增加检查内容、依据和材料，提高比例和频次，增加关键项、否决项标记；不能放宽。"
    return _form_page(request, form, parent, "补充上级事项", intro=intro, submit_label="保存草稿")


@requires(P.REGISTRY_VIEW)
def compare(request, pk):
    """Any two versions of the item, for a supplement also those of the item above, side by side."""
    item = _readable(request, pk)
    versions = _visible(item, request.user)
    if item.based_on:
        versions += _visible(item.based_on, request.user)
    form = CompareForm(request.GET, versions=versions)
    left, right = form.chosen()
    comparison = compared(left, right) if left and right else None
    context = {"item": item, "form": form, "comparison": comparison}
    return render(request, "registries/item_compare.html", context)


@requires(P.REGISTRY_EDIT)
def publish(request, pk):
    item = _own(request, pk)
    version = _version(item, DRAFT)
    form = PublishForm(request.POST or None)
    if form.carried_out(lambda values: verbs.publish(version, **values, by=request.user)):
        messages.success(request, f"第{version.number}版已公布，自 {form.outcome.effective_from} 起生效。")
        return redirect("registries:item", pk)
    intro = "公布后不能再改，只能以新版本替代；原版本在新版本生效的前一天失效。公布之前不得实施。"
    before = item.versions.filter(inheritance.in_force(timezone.localdate())).first() or inheritance.base_of(
        item, inheritance.published()
    )
    context = {"comparison": compared(before, version) if before else None, **_flags([version])}
    heading = f"公布第{version.number}版"
    return _form_page(
        request, form, item, heading, intro=intro, submit_label="公布", version=version, **context
    )


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
