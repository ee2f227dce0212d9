"""Search everywhere: what a person may open, by name, code or number."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.paginator import Page
from django.db.models import Q, QuerySet
from django.urls import reverse

from inspections import embargo
from inspections.models import Draw, PlanTask, Visit
from inspections.reach import within_reach
from registries.access import Permission, in_sight, in_sight_by_key, may
from registries.facility_search import named
from registries.models import Facility, Inspector, User
from registries.pages import BUREAU_BY_BUREAU, FoundPages, Pages

SHORTEST = 2
SHOWN = 20


@dataclass(frozen=True)
class Hit:
    title: str
    note: str
    url: str


@dataclass(frozen=True)
class Section:
    title: str
    total: int
    # There are more than that, and nobody counted them.
    more: bool
    hits: list[Hit]


def find(user: User, text: str) -> list[Section]:
    """One section for each kind of thing in which something was found."""
    sections = [
        _section(title, pages(user, text).page(1), hit)
        for permission, title, pages, hit in KINDS
        if may(user, permission)
    ]
    return [section for section in sections if section.total]


def _section(title: str, page: Page, hit: Callable) -> Section:
    return Section(title, page.paginator.count, page.paginator.more, [hit(row) for row in page])


def _pages(rows: Callable[[User, str], QuerySet]) -> Callable[[User, str], Pages]:
    return lambda user, text: Pages(rows(user, text), SHOWN)


def _facilities(user: User, text: str) -> Pages:
    rows = in_sight_by_key(Facility.objects.in_registry(), user).order_by(*BUREAU_BY_BUREAU)
    return FoundPages(rows.filter(named(text)), SHOWN, among=rows)


def _inspectors(user: User, text: str) -> QuerySet:
    return in_sight(Inspector.objects.filter(Q(name__icontains=text) | Q(number__istartswith=text)), user)


def _tasks(user: User, text: str) -> QuerySet:
    named = Q(number__icontains=text) | Q(name__icontains=text)
    rows = PlanTask.objects.filter(named).select_related("plan").order_by("-plan__year", "position")
    return in_sight(rows, user, through="plan__bureau")


def _draws(user: User, text: str) -> QuerySet:
    return in_sight(Draw.objects.filter(number__icontains=text).select_related("task"), user)


def _visits(user: User, text: str) -> QuerySet:
    named = Q(facility__name__icontains=text) | Q(code__istartswith=text) | Q(number__icontains=text)
    rows = Visit.objects.filter(named).select_related("facility").order_by("-given_at", "number", "position")
    return embargo.named(within_reach(rows, user), user)


def _facility_hit(row: Facility) -> Hit:
    note = f"{row.insurance_code} · {row.get_kind_display()} · {row.address}"
    return Hit(row.name, note, reverse("registries:facility", args=[row.pk]))


def _inspector_hit(row: Inspector) -> Hit:
    return Hit(row.name, f"{row.number} · {row.unit}", reverse("registries:inspector", args=[row.pk]))


def _task_hit(row: PlanTask) -> Hit:
    title = f"{row.number} {row.name}".strip()
    return Hit(title, str(row.plan), reverse("inspections:plan", args=[row.plan_id]))


def _draw_hit(row: Draw) -> Hit:
    note = f"{row.task.name} · {row.get_state_display()}"
    return Hit(row.number, note, reverse("inspections:draw", args=[row.pk]))


def _visit_hit(row: Visit) -> Hit:
    note = f"{row.reference} · {row.get_state_display()}"
    return Hit(row.facility.name, note, reverse("inspections:visit", args=[row.pk]))


KINDS = (
    (Permission.REGISTRY_VIEW, "检查对象", _facilities, _facility_hit),
    (Permission.REGISTRY_VIEW, "检查人员", _pages(_inspectors), _inspector_hit),
    (Permission.PLAN_VIEW, "抽查任务", _pages(_tasks), _task_hit),
    (Permission.DRAW_VIEW, "抽取", _pages(_draws), _draw_hit),
    (Permission.VISIT_VIEW, "检查", _pages(_visits), _visit_hit),
)
