"""The numbers below a person's list, each linking to the rows that it counts."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from inspections import approvals, embargo
from inspections.models import Visit
from inspections.reach import within_reach
from inspections.states import VisitState
from publication import overdue
from registries import certificates
from registries.access import Permission, in_sight, may
from registries.certificates import Validity
from registries.models import Inspector, TrailEntry, User

UNDER_WAY = (
    VisitState.ASSIGNED,
    VisitState.ON_SITE,
    VisitState.TO_REPORT,
    VisitState.TO_APPROVE,
    VisitState.RETURNED,
    VisitState.TO_PUBLISH,
    VisitState.PUBLISHED,
)


@dataclass(frozen=True)
class Figure:
    label: str
    count: int
    url: str


def for_user(user: User) -> list[Figure]:
    figures = []
    if may(user, Permission.VISIT_VIEW):
        figures += _visits(user)
    if may(user, Permission.REGISTRY_EDIT):
        figures += _certificates(user)
    if any(may(user, permission) for permission in approvals.APPROVERS):
        figures.append(Figure("待我审批", approvals.open_for(user).count(), reverse("inspections:approvals")))
    if may(user, Permission.REPORT_APPROVE):
        figures.append(Figure("本局已逾期", len(overdue.of(user.bureau)), reverse("overdue")))
    if may(user, Permission.ACCOUNT_MANAGE):
        accounts = User.objects.filter(bureau=user.bureau, is_active=True)
        figures.append(Figure("在用账号", accounts.count(), reverse("registries:accounts")))
    if may(user, Permission.ROLE_GRANT):
        holders = User.objects.filter(bureau=user.bureau, is_active=True, role_grants__isnull=False)
        figures.append(Figure("已授角色的账号", holders.distinct().count(), reverse("registries:roles")))
    if may(user, Permission.TRAIL_VIEW):
        figures.append(Figure("今日留痕", _trail_today(user), reverse("registries:trail")))
    return figures


def _visits(user: User) -> list[Figure]:
    """Visits in sight by state; an inspector counts their own."""
    visits, mine = embargo.visits_shown(within_reach(Visit.objects.all(), user), user), {}
    if may(user, Permission.RECORD_FILL):
        visits, mine = visits.filter(members__inspector__user=user, members__is_active=True), {"mine": "on"}
    counted = dict(visits.order_by().values_list("state").annotate(Count("pk", distinct=True)))
    address = reverse("inspections:visits")
    return [
        Figure(state.label, counted.get(state, 0), f"{address}?{urlencode({'state': state.value} | mine)}")
        for state in UNDER_WAY
    ]


def _certificates(user: User) -> list[Figure]:
    """People of the bureau and those below it, as the list counts them."""
    people, address = in_sight(Inspector.objects.all(), user), reverse("registries:inspectors")
    return [
        Figure(
            f"证件{standing.label}",
            certificates.holders(people, standing, on=timezone.localdate()).count(),
            f"{address}?{urlencode({'papers': standing.value})}",
        )
        for standing in (Validity.ENDING, Validity.EXPIRED)
    ]


def _trail_today(user: User) -> int:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return in_sight(TrailEntry.objects.filter(at__gte=midnight), user).count()
