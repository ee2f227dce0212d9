"""Signatures drawn on the device. Each vouches for the record as it was read; whoever changes it clears them."""

import base64
import binascii

from django.db import transaction
from django.utils import timezone

from inspections.models import InspectionRecord, Signature, SignerRole
from inspections.pictures import NotAPicture, TooManyPixels, decode
from inspections.records import companions, lock_open
from registries import trail
from registries.errors import DomainError

PREFIX = "data:image/png;base64,"
MAX_CHARACTERS = 400_000
MAX_PIXELS = 4_000_000
# What belongs to the signing itself and may still be written after the first signature.
SIGNING_FIELDS = frozenset({"no_signature_reason", "witness_name"})


def sign(
    record: InspectionRecord, role: str, name: str, image_data_url: str, inspector=None, *, by, now=None
) -> Signature:
    """Keeps one signature; the same person signing again replaces it while the record is open.

    Colleagues sign on the device of the one who fills in, so `by` (whose device it was) need not be the signer.
    """
    now = now or timezone.now()
    if role not in SignerRole.values:
        raise DomainError("签名人身份不正确，请刷新页面。")
    image = _png(image_data_url)
    with transaction.atomic():
        locked = lock_open(record, by=by)
        signer = _signer(locked, role, name, inspector)
        signature, _ = Signature.objects.update_or_create(
            record=locked,
            role=role,
            inspector=inspector,
            defaults={"name": signer, "image": image, "signed_at": now, "signed_by": by},
        )
        if role == SignerRole.WITNESS and locked.witness_name != signer:
            locked.witness_name = signer
            locked.save(update_fields=["witness_name"])
        trail.record(f"签名：{SignerRole(role).label}", by=by, about=locked.visit, now=now)
    return signature


def withdraw_signatures(record: InspectionRecord, *, by, now=None) -> InspectionRecord:
    """Clears every signature, so that the record can be changed and signed anew."""
    with transaction.atomic():
        locked = lock_open(record, by=by)
        cleared, _ = locked.signatures.all().delete()
        if cleared:
            trail.record(
                "清除签名，修改记录", by=by, about=locked.visit, note=f"清除{cleared}个签名", now=now
            )
    return locked


def _signer(record, role, name, inspector) -> str:
    if role == SignerRole.INSPECTOR:
        if inspector is None or not companions(record.visit).filter(pk=inspector.pk).exists():
            raise DomainError("只有检查组现有成员和到场的专业技术人员可以作为检查人员签名。")
        if not record.present.filter(pk=inspector.pk).exists():
            raise DomainError(f"{inspector.name}没有登记为到场，请先在“到场检查人员”中勾选。")
        return inspector.name
    if inspector is not None:
        raise DomainError("签名人身份不正确，请刷新页面。")
    cleaned = " ".join(name.split())
    if not 0 < len(cleaned) <= Signature._meta.get_field("name").max_length:
        raise DomainError("请填写签名人姓名（40字以内）。", field="name")
    if not cleaned.isprintable():
        raise DomainError("签名人姓名里有看不见的字符，请重新填写。", field="name")
    return cleaned


def _png(data_url: str) -> str:
    """The base64 text of a drawn PNG picture; an empty sheet is no signature."""
    refusal = DomainError("签名没有收到完整，请清除后重新签名。", field="signatures")
    if not data_url.startswith(PREFIX) or len(data_url) > MAX_CHARACTERS:
        raise refusal
    text = data_url.removeprefix(PREFIX)
    try:
        picture = decode(base64.b64decode(text, validate=True), ["PNG"], max_pixels=MAX_PIXELS)
    except (binascii.Error, NotAPicture, TooManyPixels) as broken:
        raise refusal from broken
    if all(low == high for low, high in picture.convert("RGBA").getextrema()):
        raise DomainError("签名是空白的，请手写签名。", field="signatures")
    return text
