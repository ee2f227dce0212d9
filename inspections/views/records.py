"""The record on site: the team's form, everybody else's reading view, photos, signatures, closing."""

from uuid import uuid4

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from inspections import embargo, fieldwork, record_sheet
from inspections.completeness import RecordIncomplete, problems
from inspections.forms.records import RecordForm, as_sent
from inspections.models import ORIGINS, Answer, Attachment, InspectionRecord, SignerRole, Visit
from inspections.reach import open_visit
from inspections.records import companions, membership, require_member, team
from inspections.states import VisitState
from inspections.views.files import show_picture
from registries.access import Permission, requires
from registries.errors import DomainError

P = Permission
LONGEST_NUMBER = 18


def _load(request, pk, *, writing=False) -> InspectionRecord:
    visits = Visit.objects.select_related("bureau", "facility", *ORIGINS, "leader")
    visit = open_visit(embargo.named(visits, request.user), request.user, pk=pk)
    if writing:
        require_member(visit, request.user)
    return get_object_or_404(InspectionRecord.objects.select_related("saved_by", "closed_by"), visit=visit)


def _wants_json(request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


@requires(P.VISIT_VIEW)
def record(request, pk):
    """With ?check, everything that is still missing stands on top, linked to its place."""
    found = _load(request, pk)
    return _page(request, found, shown=problems(found) if "check" in request.GET else ())


@requires(P.RECORD_FILL)
@require_POST
def record_start(request, pk):
    visit = open_visit(embargo.visits_shown(Visit.objects.all(), request.user), request.user, pk=pk)
    fieldwork.start(visit, by=request.user)
    return redirect("inspections:record", pk)


@requires(P.RECORD_FILL)
@require_POST
def record_save(request, pk):
    found = _load(request, pk, writing=True)
    form = RecordForm(request.POST, found)
    try:
        saved = _save(request, found, form)
    except fieldwork.StaleRecord as stale:
        return _stale(request, stale, form)
    if _wants_json(request):
        return JsonResponse(_stored(saved) | {"refusals": form.refusals()})
    _warn_of(request, form.refusals())
    messages.success(request, "已入库。")
    return redirect("inspections:record", pk)


@requires(P.RECORD_FILL)
@require_POST
def record_close(request, pk):
    """Saves what the page shows, then closes: the button stands under the form."""
    found = _load(request, pk, writing=True)
    form = RecordForm(request.POST, found)
    try:
        saved = _save(request, found, form)
        fieldwork.close(saved, by=request.user)
    except fieldwork.StaleRecord as stale:
        return _stale(request, stale, form)
    except RecordIncomplete:
        _warn_of(request, form.refusals())
        return redirect(f"{reverse('inspections:record', args=[pk])}?check=1")
    messages.success(request, "现场检查记录已办结，已生成文书。")
    return redirect("inspections:visit", pk)


@requires(P.RECORD_FILL)
@require_POST
def record_attach(request, pk):
    found = _load(request, pk, writing=True)
    if "photo" not in request.FILES:
        raise DomainError("没有收到照片，请重新拍摄或选择。", field="photos")
    row = _number(request, "row")
    answer = get_object_or_404(found.answers, row_id=row) if row is not None else None
    photo = fieldwork.attach(
        found,
        answer.row if answer else None,
        request.FILES["photo"],
        request.POST.get("client_key", ""),
        request.POST.get("caption", ""),
        by=request.user,
    )
    if _wants_json(request):
        return render(
            request,
            "inspections/record_photo.html",
            {"photo": photo, "visit": found.visit, "removable": True},
        )
    messages.success(request, "照片已入库。")
    return redirect("inspections:record", pk)


@requires(P.RECORD_FILL)
@require_POST
def record_detach(request, pk, photo):
    found = _load(request, pk, writing=True)
    fieldwork.detach(get_object_or_404(found.attachments, pk=photo), by=request.user)
    messages.success(request, "照片已撤下，原件仍留存备查。")
    return redirect("inspections:record", pk)


@requires(P.RECORD_FILL)
@require_POST
def record_sign(request, pk):
    found = _load(request, pk, writing=True)
    inspector = _number(request, "inspector")
    fieldwork.sign(
        found,
        request.POST.get("role", ""),
        request.POST.get("name", ""),
        request.POST.get("image", ""),
        get_object_or_404(companions(found.visit), pk=inspector) if inspector is not None else None,
        by=request.user,
    )
    messages.success(request, "签名已入库。")
    return JsonResponse({"signed": True})


@requires(P.RECORD_FILL)
@require_POST
def record_withdraw(request, pk):
    fieldwork.withdraw_signatures(_load(request, pk, writing=True), by=request.user)
    messages.success(request, "签名已清除，可以修改记录；改好后请重新签名。")
    return redirect("inspections:record", pk)


@requires(P.VISIT_VIEW)
def attachment(request, pk, photo):
    """A photo as it came, or small with ?small=1; a removed one too, for those who check the evidence."""
    visit = open_visit(embargo.named(Visit.objects.all(), request.user), request.user, pk=pk)
    found = get_object_or_404(Attachment, record__visit=visit, pk=photo)
    return show_picture(found, small="small" in request.GET)


def _save(request, found, form):
    revision = _number(request, "revision")
    return fieldwork.save(
        found, form.values(), revision=-1 if revision is None else revision, by=request.user
    )


def _number(request, name) -> int | None:
    """Of a hidden field. What neither Python nor a database takes for a number is none."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def _warn_of(request, refusals):
    for _, refusal in refusals:
        messages.warning(request, f"没有保存 {refusal}")


def _stored(saved) -> dict:
    """What record.js compares its form with."""
    missing = problems(saved)
    return {
        "revision": saved.revision,
        "saved_at": f"{timezone.localtime(saved.saved_at):%H:%M:%S}" if saved.saved_at else "",
        "values": as_sent(saved),
        "sections": {section.key: section.done for section in record_sheet.sections(saved, missing)},
        "missing": [name for name, _ in missing],
    }


def _stale(request, stale, form):
    if _wants_json(request):
        return JsonResponse(_stored(stale.record) | {"error": stale.message}, status=409)
    typed = {
        name: request.POST.getlist(name) if isinstance(stored, list) else request.POST.get(name, "")
        for name, stored in as_sent(stale.record).items()
        if name in form.fields
    }
    messages.warning(request, f"{stale.message} 下面是您刚才填写的内容，还没有保存。")
    return _page(request, stale.record, typed=typed, status=409)


def _may_write(user, found) -> bool:
    visit = found.visit
    return (
        found.closed_at is None and visit.state == VisitState.ON_SITE and membership(visit, user) is not None
    )


def _page(request, found, *, shown=(), typed=None, status=200):
    visit = found.visit
    stored = _stored(found)
    sections = record_sheet.sections(found, problems(found))
    rows = record_sheet.rows(found)
    record_sheet.fill(sections, rows, stored["values"] | (typed or {}))
    context = {
        "record": found,
        "visit": visit,
        "editing": _may_write(request.user, found),
        "signed": found.signatures.exists(),
        "sections": sections,
        "rows": rows,
        "answers": Answer.choices,
        "photos": [photo for photo in record_sheet.kept_photos(found) if photo.row_id is None],
        "photo_key": uuid4(),
        "stored": stored,
        "people": companions(visit),
        "places": _places_to_sign(found),
        "shown": shown,
        "document": visit.documents.filter(kind="record").last(),
    }
    return render(request, "inspections/record.html", context, status=status)


def _places_to_sign(found) -> list[dict]:
    """The team, whoever else is present, the facility and a witness, each with the signature when it is there."""
    signed = {(one.role, one.inspector_id): one for one in found.signatures.select_related("inspector")}
    people = team(found.visit)
    people += [one for one in found.present.all() if one not in people]
    people += [one.inspector for one in signed.values() if one.inspector and one.inspector not in people]
    places = [(SignerRole.INSPECTOR, one, f"检查人员 {one.name}", one.pk) for one in people]
    places += [
        (SignerRole.FACILITY, None, "被检查对象", "facility"),
        (SignerRole.WITNESS, None, "见证人（必要时）", "witness"),
    ]
    return [
        {
            "role": role.value,
            "inspector": one,
            "label": label,
            "anchor": anchor,
            "signature": signed.get((role, one and one.pk)),
        }
        for role, one, label, anchor in places
    ]
