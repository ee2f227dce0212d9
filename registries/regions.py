"""The towns and streets (所在乡镇街道) of a bureau's facilities: ticked on a form where they are few, else typed."""

from collections.abc import Iterable

from django.db.models import QuerySet

from registries.models import Bureau, Facility

# A county's towns fit on a form; a province's are typed.
MOST_TICKED, LOOKED_THROUGH = 60, 5000


def to_tick(bureau: Bureau) -> list[str] | None:
    """None where there are too many of them, or too many facilities to look through."""
    found = list(_borne(bureau)[: LOOKED_THROUGH + 1])
    named = sorted(set(found))
    return named if len(found) <= LOOKED_THROUGH and len(named) <= MOST_TICKED else None


def without_facility(bureau: Bureau, names: Iterable[str]) -> list[str]:
    """Those of the names that no facility bears as its region."""
    return sorted(set(names) - set(_borne(bureau).filter(region__in=names).distinct()))


def _borne(bureau: Bureau) -> QuerySet:
    within = Facility.objects.in_registry().filter(bureau__path__startswith=bureau.path).exclude(region="")
    return within.order_by().values_list("region", flat=True)
