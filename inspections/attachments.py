"""Evidence photos: checked to be pictures, stored as the bytes that came, never lost without a trace (002§19)."""

import hashlib
import io
import re

from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageOps

from inspections import filing
from inspections.models import Attachment, InspectionRecord
from inspections.pictures import NotAPicture, TooManyPixels, decode
from inspections.records import lock_open, refuse_when_signed
from inspections.states import lock
from registries import trail
from registries.errors import DomainError

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 8192 * 6144  # a sensor sold as 50 megapixels
# MPO is what many phones call a JPEG that carries a second, smaller picture.
CONTENT_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
FORMATS = ["JPEG", "PNG", "WEBP"]
SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
CLIENT_KEY = re.compile(r"[A-Za-z0-9-]{8,40}")


def attach(
    record: InspectionRecord, row, file, client_key: str, caption: str = "", *, by, now=None
) -> Attachment:
    """Keeps a photo; `row` is the checklist row it belongs to, or None. The same `client_key` is kept once."""
    now = now or timezone.now()
    if not CLIENT_KEY.fullmatch(client_key):
        raise DomainError("照片没有收到完整，请重新拍摄或选择。", field="photos")
    if len(caption) > Attachment._meta.get_field("caption").max_length:
        raise DomainError("照片说明不能超过100字。", field="photos")
    if not caption.isprintable():
        raise DomainError("照片说明须为一行文字，请删去看不见的字符。", field="photos")
    content = _read(file)
    digest = hashlib.sha256(content).hexdigest()
    content_type = check_picture(content)
    with transaction.atomic():
        locked = lock_open(record, by=by)
        sent_before = locked.attachments.filter(client_key=client_key).first()
        if sent_before is not None:
            return _same(sent_before, digest)
        refuse_when_signed(locked)
        if row is not None and not locked.answers.filter(row=row).exists():
            raise DomainError("照片所属的检查内容不在这次检查中，请刷新页面。", field="photos")
        name = filing.keep(f"evidence/{now:%Y/%m}/{digest[:32]}.{SUFFIXES[content_type]}", content)
        attachment = Attachment.objects.create(
            record=locked, row=row, client_key=client_key, file=name, content_type=content_type,
            size=len(content), sha256=digest, caption=caption, uploaded_at=now, uploaded_by=by,
        )  # fmt: skip
        trail.record("上传证据照片", by=by, about=locked.visit, after={"SHA-256": digest}, now=now)
    return attachment


def detach(attachment: Attachment, *, by, now=None) -> Attachment:
    """Takes a photo off the record. The file and its row stay: evidence is never deleted."""
    now = now or timezone.now()
    with transaction.atomic():
        record = lock_open(attachment.record, by=by)
        refuse_when_signed(record)
        locked = lock(attachment)
        if locked.removed_at is None:
            locked.removed_at, locked.removed_by = now, by
            locked.save(update_fields=["removed_at", "removed_by"])
            trail.record(
                "撤下证据照片", by=by, about=record.visit, before={"SHA-256": locked.sha256}, now=now
            )
    return locked


def check_picture(content: bytes) -> str:
    """The content type of a whole JPEG, PNG or WebP picture; anything else is refused."""
    try:
        picture = decode(content, FORMATS, max_pixels=MAX_PIXELS, small=(1024, 1024))
    except TooManyPixels as huge:
        raise DomainError(
            "照片像素过大（超过5000万像素），请用相机的普通模式重拍。", field="photos"
        ) from huge
    except NotAPicture as broken:
        raise DomainError(
            "这个文件不是完整的照片。请拍照或选择 JPG、PNG、WebP 格式的图片。", field="photos"
        ) from broken
    return CONTENT_TYPES[picture.format]


def thumbnail(attachment: Attachment, side: int = 800) -> bytes:
    """A small JPEG for screen and paper, turned the right way up, without the data that phones add."""
    with filing.opened(attachment.file) as file:
        content = file.read()
    picture = decode(content, FORMATS, max_pixels=MAX_PIXELS, small=(side * 2, side * 2))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((side, side))
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright, mask=upright.convert("RGBA").getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=80)
    return out.getvalue()


def _read(file) -> bytes:
    if file.size > MAX_BYTES:
        raise DomainError("照片超过10MB，没有上传。请降低相机分辨率后重拍。", field="photos")
    return file.read()


def _same(sent_before: Attachment, digest: str) -> Attachment:
    if sent_before.sha256 != digest:
        raise DomainError("这张照片的标识已用于另一张照片，请重新选择。", field="photos")
    return sent_before
