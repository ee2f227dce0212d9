"""A visit whose team has accounts, pictures and signatures that need no camera, and a record that could be closed."""

import base64
import datetime as dt
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from inspections import fieldwork
from registries.models.people import InspectorKind
from tests.cast import make_user
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task, make_visit

ARRIVED = NOW + dt.timedelta(days=1)
LEFT = ARRIVED + dt.timedelta(hours=2)


def make_member(bureau, n, **fields):
    """An inspector with an account."""
    user = make_user(f"jiancha{n}", f"检查员{n}", bureau, "inspector")
    return make_inspector(bureau, n, user=user, **fields)


def make_expert(bureau, n):
    return make_inspector(bureau, n, kind=InspectorKind.EXPERT, certificate_number="")


def make_team_visit(bureau, by, *, rows=3, **fields):
    """An assigned visit of inspectors 1 (leader) and 2, both with accounts."""
    members = [make_member(bureau, 1), make_member(bureau, 2)]
    task = make_task(bureau, by, items=[make_item(bureau, by, rows=rows)])
    return make_visit(task, make_facility(bureau, 1), members, by=by, **fields)


def account(visit, place):
    return visit.members.get(place=place, is_active=True).inspector.user


def png(width=40, height=20, stroke=True):
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    if stroke:
        ImageDraw.Draw(picture).line((2, 2, width - 3, height - 3), fill="black", width=2)
    return _bytes(picture, "PNG")


def jpeg(width=64, height=48, colour="red"):
    return _bytes(Image.new("RGB", (width, height), colour), "JPEG")


def webp():
    return _bytes(Image.new("RGB", (32, 32), "blue"), "WEBP")


def _bytes(picture, kind):
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def stored(kept):
    """The bytes of an attachment or document as they lie in the storage."""
    with kept.file.open("rb") as file:
        return file.read()


def upload(content, name="photo.jpg"):
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def signature(**size):
    return "data:image/png;base64," + base64.b64encode(png(**size)).decode()


def complete_values(record, **over):
    """Everything a record needs but its signatures."""
    values = {
        "arrived_at": ARRIVED,
        "left_at": LEFT,
        "place": "建设路1号",
        "site_conditions": "正常营业。",
        "certificates_shown": True,
        "rights_told": True,
        "present": [member.inspector for member in record.visit.members.filter(is_active=True)],
        "answers": {row: {"answer": "conforms"} for row in record.answers.values_list("row_id", flat=True)},
    }
    return values | over


def fill(record, *, by, now=LEFT, **over):
    return fieldwork.save(record, complete_values(record, **over), revision=record.revision, by=by, now=now)


def sign_everything(record, *, by, now=LEFT):
    for inspector in record.present.filter(kind=InspectorKind.INSPECTOR):
        fieldwork.sign(record, "inspector", "", signature(), inspector, by=by, now=now)
    fieldwork.sign(record, "facility", "某负责人", signature(), by=by, now=now)


def make_ready_record(visit, **over):
    """Started, filled in and signed: the next thing is to close it."""
    user = account(visit, 1)
    record = fill(fieldwork.start(visit, by=user, now=ARRIVED), by=user, **over)
    sign_everything(record, by=user)
    return record
