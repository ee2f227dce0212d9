"""What the public may see: the only door for public views and open data (A8, F4).

Every query names the columns it loads. Phones, ID numbers, the names of people, secrets and seeds are not among them,
so a template cannot show by mistake what was never read.
"""

from collections import defaultdict

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from inspections import pool
from inspections.models import AnnualPlan, Draw, PlanTask, Substitution, TeamMember, Visit
from inspections.models.visits import SubstitutionReason
from inspections.sealing import IN
from inspections.states import PlanState, SubstitutionState
from publication.models import Notice, NoticeState
from publication.states import PUBLIC
from registries.facility_search import named
from registries.models import Bureau, Facility, Inspector, ItemVersion
from registries.models.items import ChecklistRow, ItemVersionState
from registries.models.people import InspectorStatus
from registries.pages import BUREAU_BY_BUREAU

BUREAU = ("bureau__code", "bureau__name", "bureau__path")
ITEM = (
    "item__name", "item__list_kind", "item__bureau__code", "item__bureau__name", "number", "state", "department",
    "sub_item", "content", "legal_basis", "inspecting_body", "category", "target", "method", "ratio_a_bp",
    "ratio_b_bp", "ratio_c_bp", "ratio_d_bp", "frequency_per_year", "qualification", "materials", "remarks",
    "joint_only", "effective_from", "effective_to", "published_at",
)  # fmt: skip
FACILITY = (
    "insurance_code", "social_credit_code", "name", "kind", "level", "ownership", "region", "address",
    "agreement_status", "agreement_from", "agreement_to", "grade",
)  # fmt: skip
INSPECTOR = ("number", "kind", "unit", "department", "qualifications", "certificate_valid_until", "status")
PLAN = (
    "year", "version", "title", "work_requirements", "discipline_requirements", "adjustment_reason", "state",
    "published_at",
)  # fmt: skip
DRAW = (
    "number", "year", "round", "state", "seal", "seal_digest", "sealed_at", "held_at", "public_value", "void_reason",
    "voided_at", "lineage_id", "task__number", "task__name", "task__assignment", "task__plan_id", "task__cap_ground",
    "task__winners_shown", "task__ends_on", "task__clue", "task__assisted__initiator",
    "task__assisted__document_number",
)  # fmt: skip
NOTICE = ("visit_id", "version", "state", "content", "sha256", "correction_reason", "published_at")


def bureaus() -> QuerySet[Bureau]:
    return Bureau.objects.only("code", "name", "level", "path")


# 抽查事项清单


def published_items() -> QuerySet[ItemVersion]:
    """The version of each item that is in force or about to be."""
    return _item_versions().filter(state=ItemVersionState.PUBLISHED).order_by("item__bureau__path", "item")


def item_history(item_id: int) -> QuerySet[ItemVersion]:
    """All versions that were ever published, the newest first."""
    return _item_versions().filter(item__id=item_id).exclude(state=ItemVersionState.DRAFT).order_by("-number")


def checklist(version: ItemVersion) -> QuerySet[ChecklistRow]:
    return version.rows.only("version_id", "position", "content", "how", "legal_basis", "is_key", "is_veto")


def _item_versions() -> QuerySet[ItemVersion]:
    return ItemVersion.objects.select_related("item__bureau").only(*ITEM)


# 年度计划


def published_plans() -> QuerySet[AnnualPlan]:
    return plan_versions().filter(state=PlanState.PUBLISHED).annotate(task_count=Count("tasks"))


def plan_versions() -> QuerySet[AnnualPlan]:
    """Published ones and those that an adjustment replaced: all stay readable (B2)."""
    plans = AnnualPlan.objects.filter(state__in=[PlanState.PUBLISHED, PlanState.SUPERSEDED])
    return plans.select_related("bureau").only(*PLAN, *BUREAU).order_by("-year", "bureau__path", "-version")


def published_tasks() -> QuerySet[PlanTask]:
    return (
        PlanTask.objects.filter(plan__state=PlanState.PUBLISHED)
        .select_related("plan")
        .only("number", "name", "position", "plan__title", "plan__version", "plan__year")
        .order_by("-plan__year", "plan__bureau__path", "position")
    )


def task_details() -> QuerySet[PlanTask]:
    items = ItemVersion.objects.select_related("item").only("number", "item__name")
    return PlanTask.objects.select_related("plan__bureau", "assisted").prefetch_related(
        Prefetch("items", items), "tags"
    )


def published_task_details() -> QuerySet[PlanTask]:
    return (
        task_details()
        .filter(plan__state=PlanState.PUBLISHED)
        .order_by("-plan__year", "plan__bureau__path", "position")
    )


def tasks_of(plan: AnnualPlan) -> list[PlanTask]:
    """In `public_draws` the draws made for each, whatever version of the plan they fell in."""
    tasks = list(task_details().filter(plan=plan))
    draws = defaultdict(list)
    for draw in published_draws().filter(lineage__in=[task.lineage_id for task in tasks]).order_by("pk"):
        draws[draw.lineage_id].append(draw)
    for task in tasks:
        task.public_draws = draws[task.lineage_id]
    return tasks


# 两库


def published_facilities() -> QuerySet[Facility]:
    rows = Facility.objects.in_registry().select_related("bureau")
    return rows.only(*FACILITY, *BUREAU).order_by(*BUREAU_BY_BUREAU)


def published_inspectors() -> QuerySet[Inspector]:
    """Under their numbers, without names: the registry is public, personal data is not (A8)."""
    return (
        Inspector.objects.exclude(status=InspectorStatus.RETIRED)
        .select_related("bureau")
        .only(*INSPECTOR, *BUREAU)
        .order_by("number")
    )


# 抽取公示


def published_draws() -> QuerySet[Draw]:
    """Every draw from its seal on; `secret` and `seed` are left in the database.

    Ask evidence.seal_public before anything of `seal` is told.
    """
    return (
        Draw.objects.select_related("bureau", "task__assisted")
        .only(*DRAW, *BUREAU)
        .order_by("-sealed_at", "-pk")
    )


def witness_times(draw: Draw) -> list:
    """When each witness spoke; what they said is in the evidence file."""
    return list(draw.contributions.order_by("position").values_list("contributed_at", flat=True))


def void_people(draw: Draw) -> tuple[str, str]:
    """A void is published with its reason and two names (draw protocol, section 5)."""
    return Draw.objects.values_list("void_proposed_by__display_name", "voided_by__display_name").get(
        pk=draw.pk
    )


def roster_counts(draw: Draw) -> dict[str, list[tuple[str, int]]]:
    """How many were in the pool, and how many each reason kept out; who they are is in the evidence file."""
    return {
        "facilities": _counted(draw.facilities, pool.REASONS),
        "inspectors": _counted(draw.inspectors, pool.INSPECTOR_REASONS),
    }


def _counted(roster, reasons: dict[str, str]) -> list[tuple[str, int]]:
    counts = dict(roster.order_by().values_list("status").annotate(Count("pk")))
    inside = [("进入抽取名单", counts.pop(IN, 0))]
    return inside + [(reasons.get(status, status), number) for status, number in sorted(counts.items())]


def winners_of(draw: Draw) -> QuerySet:
    """In draw order; `has_result` once the result is published. Ask evidence.winners_public first."""
    results = Notice.objects.filter(visit=OuterRef("pk"), state=NoticeState.PUBLISHED)
    rows = draw.visits.order_by("position").annotate(has_result=Exists(results))
    return rows.values("pk", "position", "code", "grade", "ticket", "top_up", "facility__name", "has_result")


def teams_of(visit_ids: list[int]) -> dict[int, list[str]]:
    """Codes of the inspectors who went on site. Part of the evidence: ask evidence.is_due first."""
    teams = defaultdict(list)
    members = TeamMember.objects.filter(visit__in=visit_ids, is_active=True).order_by("visit", "place")
    for visit_id, code in members.values_list("visit_id", "code"):
        teams[visit_id].append(code)
    return teams


def substitutions_of(draw: Draw) -> list[dict]:
    rows = Substitution.objects.filter(visit__draw=draw, state=SubstitutionState.APPROVED).order_by(
        "approved_at", "incoming_id"
    )
    fields = rows.values(
        "visit__position", "outgoing__code", "incoming__code", "incoming__card", "reason", "approved_at"
    )
    return [row | {"reason": SubstitutionReason(row["reason"]).label} for row in fields]


# 结果公示


def published_notices() -> QuerySet[Notice]:
    """The text in force of each result."""
    return _notices().filter(state=NoticeState.PUBLISHED)


def notice_versions(visit_id: int) -> QuerySet[Notice]:
    """What is and what was public of one result, the newest first (F3)."""
    return _notices().filter(visit__id=visit_id, state__in=PUBLIC).order_by("-version")


def corrections() -> QuerySet[Notice]:
    return _notices().filter(state__in=PUBLIC, version__gt=1)


def _notices() -> QuerySet[Notice]:
    return Notice.objects.select_related("bureau").only(*NOTICE, *BUREAU).order_by("-published_at", "-pk")


def results_of(facilities) -> dict[int, list[Notice]]:
    """The published results of these facilities and of the duplicates merged into them, by facility."""
    found = defaultdict(list)
    survivor = Coalesce("visit__facility__merged_into_id", "visit__facility_id")
    theirs = Q(visit__facility__in=facilities) | Q(visit__facility__merged_into__in=facilities)
    for notice in published_notices().filter(theirs).annotate(survivor=survivor):
        found[notice.survivor].append(notice)
    return found


def draw_of(notice: Notice) -> int | None:
    return Visit.objects.filter(pk=notice.visit_id).values_list("draw_id", flat=True).first()


# 查一查


def facilities_like(text: str) -> QuerySet[Facility]:
    return published_facilities().filter(named(text))


def draws_like(text: str) -> QuerySet[Draw]:
    return published_draws().filter(Q(number__icontains=text) | Q(task__number__icontains=text))


def tasks_like(text: str) -> QuerySet[PlanTask]:
    return published_tasks().filter(Q(number__icontains=text) | Q(name__icontains=text))


def counts() -> dict[str, int]:
    """How much there is behind each entry of the home page."""
    return {
        "items": published_items().count(),
        "plans": published_plans().count(),
        "facilities": published_facilities().count(),
        "inspectors": published_inspectors().count(),
        "draws": published_draws().count(),
        "results": published_notices().count(),
        "corrections": corrections().count(),
    }
