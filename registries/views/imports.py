from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from registries.access import Permission, load, requires
from registries.forms.imports import UploadForm
from registries.forms.items import PublishForm
from registries.imports import drafts
from registries.imports.formats import FORMS, KIND_TITLES, ImportKind
from registries.models import ImportDraft
from registries.models.items import ItemVersionState

P = Permission
RECENT = 10
LISTS = {
    ImportKind.FACILITIES: "registries:facilities",
    ImportKind.INSPECTORS: "registries:inspectors",
    ImportKind.EXPERTS: "registries:inspectors",
    ImportKind.ITEMS: "registries:items",
    ImportKind.GRADES: "registries:facilities",
}


def _own(request, pk) -> ImportDraft:
    return load(ImportDraft.objects.all(), request.user, change=P.REGISTRY_EDIT, pk=pk)


@requires(P.REGISTRY_EDIT)
def imports(request):
    bureau = request.user.bureau
    asked = request.GET.get("kind")
    kind = asked if asked in KIND_TITLES else ImportKind.FACILITIES
    form = UploadForm(request.POST or None, request.FILES or None, initial={"kind": kind})
    if form.carried_out(
        lambda values: drafts.upload(
            values["kind"],
            values["file"].read(),
            filename=values["file"].name,
            bureau=bureau,
            by=request.user,
        )
    ):
        return redirect("registries:import_draft", form.outcome.pk)
    recent = bureau.import_drafts.select_related("uploaded_by", "confirmed_by")[:RECENT]
    templates = [(name, sheet.title) for name, sheet in FORMS.items()]
    return render(
        request, "registries/imports.html", {"form": form, "recent": recent, "templates": templates}
    )


@requires(P.REGISTRY_EDIT)
def import_draft(request, pk):
    draft = _own(request, pk)
    unpublished = drafts.drafted(draft).filter(state=ItemVersionState.DRAFT)
    context = {
        "draft": draft,
        "report": draft.report,
        "kind_title": KIND_TITLES[ImportKind(draft.kind)],
        "list": LISTS[ImportKind(draft.kind)],
        "unpublished": unpublished,
    }
    return render(request, "registries/import_draft.html", context)


@requires(P.REGISTRY_EDIT)
@require_POST
def confirm(request, pk):
    draft = drafts.confirm(_own(request, pk), by=request.user)
    if draft.confirmed_at:
        messages.success(request, f"“{draft.filename}”已导入。")
    else:
        messages.error(request, "上传以后登记情况有了变化，名单没有导入。请看下面新的检查结果。")
    return redirect("registries:import_draft", pk)


@requires(P.REGISTRY_EDIT)
def publish(request, pk):
    draft = _own(request, pk)
    form = PublishForm(request.POST or None)
    if form.carried_out(lambda values: drafts.publish(draft, **values, by=request.user)):
        messages.success(request, f"已公布 {form.outcome} 项抽查事项。")
        return redirect("registries:items")
    return render(request, "registries/import_publish.html", {"form": form, "draft": draft})
