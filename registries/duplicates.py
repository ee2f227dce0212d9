"""Rows that are probably one facility. They are shown to people, who compare and decide; nothing is merged by itself."""

from collections.abc import Iterable

from django.db.models import CharField, Count, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, Replace, Upper

from registries import standing
from registries.models import AgreementStatus, Bureau, Facility

# What people write one way or the other: widths, brackets, spaces.
ALIKE = ((" ", ""), ("　", ""), ("（", "("), ("）", ")"), ("－", "-"), ("·", ""))
FINAL = [status for status in AgreementStatus if standing.is_final(status)]


def _normal(field: str):
    expression = Upper(F(field))
    for written, meant in ALIKE:
        expression = Replace(expression, Value(written), Value(meant))
    return expression


def _key(*parts) -> Concat:
    """One text for each group of likenesses, so that the database finds all groups in one pass."""
    texts = [Cast("bureau_id", CharField()), *parts]
    return Concat(*(one for text in texts for one in (text, Value("\t"))), output_field=CharField())


# The chains share one credit code, so the code alone says nothing.
KEYS = {
    "code_and_name": _key(F("social_credit_code"), _normal("name")),
    "code_and_address": _key(F("social_credit_code"), _normal("address")),
    "name_and_region": _key(_normal("name"), F("region")),
}


def suspects(bureau: Bureau) -> Q:
    """Everybody at the bureau or below it who has a probable duplicate at their own bureau.

    One subquery for all keys: beside an OR, PostgreSQL may look through each of them again for every row.
    """
    rows = _keyed(bureau.with_descendants()).order_by()
    first, *others = (_repeated(rows, key) for key in KEYS)
    return Q(pk__in=first.union(*others))


def _repeated(rows: QuerySet[Facility], key: str) -> QuerySet:
    keys = rows.values(key).annotate(rows=Count("pk")).filter(rows__gt=1).values(key)
    return rows.filter(**{f"{key}__in": keys}).values("pk")


def of(facility: Facility) -> QuerySet[Facility]:
    """The probable duplicates of one facility."""
    rows = _keyed([facility.bureau])
    own = rows.filter(pk=facility.pk).values(*KEYS).first()
    if own is None:
        return Facility.objects.none()
    alike = Q()
    for key in KEYS:
        alike |= Q(**{key: own[key]})
    return rows.filter(alike).exclude(pk=facility.pk)


def _keyed(bureaus: Iterable[Bureau]) -> QuerySet[Facility]:
    """Who was deregistered or moved away may have a successor of the same name."""
    rows = Facility.objects.in_registry().filter(bureau__in=bureaus)
    return rows.exclude(agreement_status__in=FINAL).annotate(**KEYS)
