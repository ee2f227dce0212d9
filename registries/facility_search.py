"""How a facility is found: by part of its name, the beginning of a code, or one of its tags."""

from django.db.models import Q, QuerySet

# Its lookup `holds` is known from here on.
from registries import grams  # noqa: F401
from registries.models import Facility, FacilityTag


def named(text: str) -> Q:
    """Each of these an index answers; a code is never written in Chinese."""
    wanted = Q(name__holds=text)
    if text.isascii():
        code = text.upper()
        wanted |= Q(insurance_code__startswith=code) | Q(social_credit_code__startswith=code)
    return wanted


def named_or_tagged(rows: QuerySet[Facility], text: str) -> QuerySet[Facility]:
    tags = list(FacilityTag.objects.filter(name__icontains=text).values_list("pk", flat=True))
    if not tags:
        return rows.filter(named(text))
    # An OR over two tables would read them both from end to end.
    tagged = Facility.tags.through.objects.filter(facilitytag__in=tags).values("facility")
    return rows.filter(pk__in=Facility.objects.filter(named(text)).order_by().values("pk").union(tagged))
