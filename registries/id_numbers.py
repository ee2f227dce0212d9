"""Finding a person by the whole ID number, through its keyed hash."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet

from registries import trail
from registries.access import Permission, in_sight, require
from registries.errors import DomainError
from registries.fields import keyed_hashes
from registries.identifiers import id_number_problem, mask_id_number, normalise_code
from registries.models import Bureau, Inspector, User

KNOWN = "这个身份证号的人员已在本局名录库中，请核对；不能重复登记。"


def holders(id_number: str) -> QuerySet[Inspector]:
    return Inspector.objects.filter(id_number_hash__in=keyed_hashes(id_number))


def refuse_known(bureau: Bureau, id_number: str, *, besides: Inspector | None = None) -> None:
    """Beside the unique constraint, which compares hashes of one key: while keys are rotated there are two."""
    others = holders(id_number).filter(bureau=bureau)
    if others.exclude(pk=besides.pk if besides else None).exists():
        raise DomainError(KNOWN, field="id_number")


@transaction.atomic
def find(id_number: str, *, by: User, now: dt.datetime | None = None) -> list[Inspector]:
    """Those in sight, of each bureau at most one. Asking is on the trail whether or not it finds somebody."""
    require(by, Permission.PERSONAL_VIEW)
    number = normalise_code(id_number)
    if problem := id_number_problem(number):
        raise DomainError(problem, field="id_number")
    found = list(in_sight(holders(number).select_related("bureau"), by).order_by("bureau__path"))
    note = f"身份证号：{mask_id_number(number)}；找到 {len(found)} 人"
    for about in found or [by.bureau]:
        trail.record("按身份证号查找", by=by, about=about, bureau=by.bureau, note=note, now=now)
    return found
