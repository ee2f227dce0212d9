from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from registries.access import Permission, load, requires
from registries.forms.imports import UploadForm
from registries.forms.items import PublishForm
from registries.imports import drafts
from registries.imports.formats import FORMS, KIND_TITLES, ImportKind
from registries.models import ImportDraft
from registries.models.imports import ImportState
from registries.models.items import ItemVersionState
from registries.progress import standing
from registries.views.lists import ROWS

P = Permission
RECENT = 10
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REGISTERS = {
    ImportKind.FACILITIES: "registries:facilities",
    ImportKind.INSPECTORS: "registries:inspectors",
    ImportKind.EXPERTS: "registries:inspectors",
    ImportKind.ITEMS: "registries:items",
    ImportKind.GRADES: "registries:facilities",
}
# Which list of the report is shown: what the page calls it, and what the report calls its count.
LISTS = {
    "problems": ("问题", "problem_count"),
    "changes": ("变更", "changed"),
    "new": ("新增", "new"),
    "unchanged": ("无变化", "unchanged"),
    "missing": ("文件中没有", "missing"),
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
        request,
        "registries/imports.html",
        {"form": form, "recent": [(draft, standing(draft)) for draft in recent], "templates": templates},
    )


@requires(P.REGISTRY_EDIT)
def import_draft(request, pk):
    draft = _own(request, pk)
    shown = _shown_list(draft.report, request.GET.get("list"))
    context = {
        "draft": draft,
        "standing": standing(draft),
        "report": draft.report,
        "kind_title": KIND_TITLES[ImportKind(draft.kind)],
        "register": REGISTERS[ImportKind(draft.kind)],
        "unpublished": drafts.drafted(draft).filter(state=ItemVersionState.DRAFT),
        "earlier": drafts.imported_before(draft),
        "shown": shown,
        "shown_title": LISTS[shown][0],
        "shown_count": draft.report.get(LISTS[shown][1]) or 0,
        "page": Paginator(_rows(draft.report, shown), ROWS).get_page(request.GET.get("page")),
    }
    return render(request, "registries/import_draft.html", context)


@requires(P.REGISTRY_EDIT)
def progress(request, pk):
    """The piece of the page that changes while a worker has the list."""
    draft = load(ImportDraft.objects.defer("report"), request.user, change=P.REGISTRY_EDIT, pk=pk)
    return render(request, "registries/_import_progress.html", {"draft": draft, "standing": standing(draft)})


@requires(P.PERSONAL_VIEW)
@require_POST
def marked_copy(request, pk):
    draft = load(ImportDraft.objects.all(), request.user, change=P.PERSONAL_VIEW, pk=pk)
    if not draft.marked_copy:
        raise Http404
    response = HttpResponse(drafts.marked_copy(draft, by=request.user), content_type=XLSX)
    name = f"检查结果-{draft.filename.rpartition('.')[0] or draft.filename}.xlsx"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@requires(P.REGISTRY_EDIT)
@require_POST
def confirm(request, pk):
    draft = drafts.confirm(_own(request, pk), by=request.user)
    if draft.state == ImportState.IMPORTED:
        messages.success(request, f"“{draft.filename}”已导入。")
    elif draft.state == ImportState.CHECKED:
        messages.error(request, "上传以后登记情况有了变化，名单没有导入。请看下面新的检查结果。")
    return redirect("registries:import_draft", pk)


@requires(P.REGISTRY_EDIT)
@require_POST
def restart(request, pk):
    draft = drafts.restart(_own(request, pk), by=request.user)
    messages.success(request, f"“{draft.filename}”已重新开始检查。")
    return redirect("registries:import_draft", pk)


@requires(P.REGISTRY_EDIT)
def publish(request, pk):
    draft = _own(request, pk)
    form = PublishForm(request.POST or None)
    if form.carried_out(lambda values: drafts.publish(draft, **values, by=request.user)):
        messages.success(request, f"已公布 {form.outcome} 项抽查事项。")
        return redirect("registries:items")
    return render(request, "registries/import_publish.html", {"form": form, "draft": draft})


def _shown_list(report: dict, asked: str | None) -> str:
    if asked in LISTS:
        return asked
    return next((name for name, (_, count) in LISTS.items() if report.get(count)), "new")


def _rows(report: dict, shown: str) -> list:
    if shown in ("problems", "changes"):
        return report.get(shown, [])
    return report.get("named", {}).get(shown, [])
