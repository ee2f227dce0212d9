"""Whose names a text about a visit must not carry to the public (003§12)."""

from inspections.models import Visit
from registries.models import Inspector, User


def names_to_keep_in(visit: Visit) -> set[str]:
    """Everybody of the bureau, of the team and of other departments there, and who is in charge of the facility."""
    names = set(Inspector.objects.filter(bureau=visit.bureau).values_list("name", flat=True))
    names |= set(Inspector.objects.filter(memberships__visit=visit).values_list("name", flat=True))
    names |= set(visit.partner_inspectors.values_list("name", flat=True))
    names |= set(User.objects.filter(bureau=visit.bureau).values_list("display_name", flat=True))
    return names | {visit.facility.person_in_charge}
