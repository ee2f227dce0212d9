"""What happened at the demo bureau: last year's finished round, this year's plan, and work at every step."""

import datetime as dt

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from inspections import approvals, draws, plans, substitutions, witnessing
from inspections.models import AnnualPlan, ApprovalOutcome, ApprovalSubject, PlanTask, Visit
from publication.demo import absences, clues, legal_basis, lists, visits
from publication.demo.people import Cast, open_accounts, open_inspectors_accounts
from registries import calendar, facilities, interests, items
from registries.imports import importing
from registries.models import Bureau, Facility, FacilityKind, ItemVersion
from registries.workdays import is_workday

CLINICS = ["clinic", "outpatient", "community_center"]
HOSPITALS = ["general_hospital", "tcm_hospital", "specialist_hospital"]
WORK = (
    "一、对同一检查对象的多个检查事项一次完成，检查人员不少于两人，出示执法证件，如实记录。\n"
    "二、检查结束后5个工作日内完成检查报告，20个工作日内向社会公示结果。"
)
DISCIPLINE = "严格依法行政、廉洁执法，遵守回避和保密规定，不得泄露抽取结果，不得妨碍检查对象正常经营。"
PARTNERS_LED = [
    {
        "department": "区市场监督管理局",
        "items": ["药品经营和使用单位监督检查", "医疗器械经营和使用单位监督检查"],
    }
]
PARTNERS_ASSISTED = [
    {
        "department": "区卫生健康委员会（发起）",
        "items": [
            "公共场所卫生监督执法检查", "传染病卫生监督执法检查", "职业卫生监督检查", "职业、放射卫生监督执法检查",
        ],
    },
    *PARTNERS_LED,
]  # fmt: skip
DICE = ("3 5 1 6 2 2 4 6 1 3", "6 1 4 4 2 5 3 1 6 5")


@transaction.atomic
def tell(password: str, *, now: dt.datetime | None = None) -> Cast:
    """Fills an empty database. The same day gives the same registries; the draws are real and differ each time."""
    now = now or timezone.now()
    last_year = timezone.localdate(now).year - 1
    begin = moment(last_year, 1, 6)
    hashed = make_password(password)
    cast = open_accounts(hashed, begin)
    _fill_registries(cast, last_year, begin, hashed)
    _last_year(cast, last_year)
    _this_year(cast, last_year + 1, now)
    absences.tell(cast, now)
    clues.tell(cast, ItemVersion.objects.get(item__name=lists.ITEM_003[0]), now)
    legal_basis.tell(cast, now)
    return cast


def moment(year: int, month: int, day: int, hour: int = 9) -> dt.datetime:
    return timezone.make_aware(dt.datetime(year, month, day, hour))


def _fill_registries(cast: Cast, year: int, now, hashed: str) -> None:
    by, above = cast["jingban1"], cast["shiju1"]
    # The city keeps the ordinary items for its counties (002§4); the county adds its own.
    _take_in(cast.city, "items", "监管检查事项清单.xlsx", lists.ordinary_items(), by=above, now=now)
    for kind, name, content in (
        ("items", "卫东区监督检查事项清单.xlsx", lists.key_items()),
        ("facilities", "定点医药机构名录.xlsx", lists.facilities(year)),
        ("inspectors", "执法检查人员清单.xlsx", lists.inspectors(year)),
        ("experts", "专业技术人员库.xlsx", lists.experts(year)),
    ):
        _take_in(cast.county, kind, name, content, by=by, now=now)
    registered = open_inspectors_accounts(cast, hashed, now)
    mine = Facility.objects.filter(bureau=cast.county, agreement_status="active")
    for inspector, facility in zip(registered, mine.filter(kind=FacilityKind.PHARMACY)[:5], strict=False):
        interests.declare(inspector, facility, "近亲属在该机构任职", by=by, now=now)
    facilities.blacklist(
        mine.filter(grade="D").first(), reason="因违法使用医保基金受到行政处罚", by=by, now=now
    )


def _take_in(bureau: Bureau, kind: str, filename: str, content: bytes, *, by, now) -> None:
    """Imports a list, and publishes what it drafts."""
    outcome = importing.run(kind, content, filename=filename, bureau=bureau, by=by, now=now)
    if not outcome.written:
        raise RuntimeError(f"{filename}: {outcome.problems[0]}")
    for version in ItemVersion.objects.filter(pk__in=outcome.drafted):
        items.publish(version, effective_from=timezone.localdate(now), by=by, now=now)


def _plan_texts(year: int) -> dict:
    return {
        "title": f"{year}年度“双随机、一公开”抽查计划",
        "work_requirements": WORK,
        "discipline_requirements": DISCIPLINE,
    }


def _submitted(bureau: Bureau, year: int, tasks: list[dict], *, by, now) -> AnnualPlan:
    plan = plans.draft(bureau, year, _plan_texts(year), by=by, now=now)
    for task in tasks:
        whole_year = {"starts_on": dt.date(year, 1, 1), "ends_on": dt.date(year, 12, 31)}
        plans.add_task(plan, task | whole_year, by=by, now=now)
    plans.submit(plan, by=by, now=now)
    return plan


def _decide(kind: ApprovalSubject, subject_id: int, reason: str, at: dt.datetime, *, by) -> None:
    approval = approvals.open_approval(kind, subject_id)
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=by, reason=reason, now=at)


def _published_plan(bureau: Bureau, year: int, tasks: list[dict], *, by, approver, drafted_at) -> AnnualPlan:
    """Drafted, approved and published within nine days."""
    approved_at = drafted_at + dt.timedelta(days=6)
    plan = _submitted(bureau, year, tasks, by=by, now=drafted_at)
    _decide(ApprovalSubject.PLAN, plan.pk, "同意。", approved_at, by=approver)
    return plans.publish(plan, by=by, now=approved_at + dt.timedelta(days=3))


def _plan_of_the_county(cast: Cast, year: int, tasks: list[dict], *, drafted_at) -> AnnualPlan:
    people = {"by": cast["jingban1"], "approver": cast["lingdao1"]}
    return _published_plan(cast.county, year, tasks, drafted_at=drafted_at, **people)


def _drawn(cast: Cast, task: PlanTask, at: dt.datetime) -> list[Visit]:
    """Sealed, witnessed by two, held; the visits in draw order."""
    draw = draws.seal(task, 1, by=cast["jingban1"], now=at)
    for n, (username, dice) in enumerate(zip(("jianzheng1", "jianzheng2"), DICE, strict=True), 1):
        witnessing.contribute(draw, dice, by=cast[username], now=at + dt.timedelta(minutes=5 + n))
    draw = draws.hold(draw, by=cast["jingban1"], now=at + dt.timedelta(minutes=15))
    return list(draw.visits.order_by("position"))


def _swap_one(cast: Cast, visit: Visit, at: dt.datetime) -> None:
    """The second member cannot come; the next card takes the place."""
    member = visit.members.get(place=2, is_active=True)
    asked = substitutions.request(member, "work_conflict", "当日须出庭应诉", by=cast["jingban1"], now=at)
    _decide(
        ApprovalSubject.SUBSTITUTION, asked.pk, "同意调换。", at + dt.timedelta(hours=1), by=cast["lingdao1"]
    )


def _last_year(cast: Cast, year: int) -> None:
    """One directed round over the hospitals, finished to the last notice."""
    item = ItemVersion.objects.get(item__name=lists.ITEM_003[0])
    tasks = [{"name": "定点医院常规检查", "kinds": HOSPITALS, "items": [item]}]
    plan = _plan_of_the_county(cast, year, tasks, drafted_at=moment(year, 2, 17))
    drawn = _drawn(cast, plan.tasks.get(), moment(year, 4, 15))
    _swap_one(cast, drawn[0], moment(year, 4, 16))
    for n, visit in enumerate(drawn):
        arrived = moment(year, 4, 21 + n % 8, 9)
        ended = visits.end(visit, arrived, finding=n % 3 == 1)
        approval = visits.report(ended, arrived + dt.timedelta(days=1), finding=n % 3 == 1)
        visits.approve(cast, approval, arrived + dt.timedelta(days=2))
        visits.publish(cast, ended, arrived + dt.timedelta(days=6))


def _tasks(key: ItemVersion, ordinary: ItemVersion) -> list[dict]:
    return [
        {
            "name": "药品零售单位监督检查",
            "kinds": ["pharmacy"],
            "items": [key],
            "joint_kind": "lead",
            "partners": PARTNERS_LED,
        },
        {
            "name": "医疗机构监督检查",
            "kinds": HOSPITALS,
            "items": [key],
            "joint_kind": "assist",
            "assignment": "assigned",
            "partners": PARTNERS_ASSISTED,
        },
        {"name": "基层医疗机构常规检查", "kinds": CLINICS, "items": [ordinary]},
    ]


def _this_year(cast: Cast, year: int, now: dt.datetime) -> None:
    """A plan of three tasks. The joint round over the pharmacies stands at every step between draw and notice,
    the round over the clinics is sealed and waits for its witnesses, and next year's plan waits for approval."""
    # The first hours of a year are too few for all that happens in it.
    now = max(now, moment(year, 1, 1, 6))
    key = ItemVersion.objects.get(item__name=lists.ITEM_004[2])
    ordinary = ItemVersion.objects.get(item__name=lists.ITEM_003[0])
    tasks = _tasks(key, ordinary)
    drafted_at = min(moment(year, 2, 16), now - dt.timedelta(days=60))
    plan = _plan_of_the_county(cast, year, tasks, drafted_at=drafted_at)
    _published_plan(
        cast.city,
        year,
        [{"name": "全市定点医院抽查", "kinds": HOSPITALS, "items": [ordinary]}],
        by=cast["shiju1"],
        approver=cast["shiju2"],
        drafted_at=drafted_at,
    )
    joint, _, clinics = plan.tasks.all()
    # Early in January the draws of the year have only just begun.
    held_at = max(moment(year, 1, 1, 1), _morning(now - dt.timedelta(days=46)))
    _take_further(cast, _drawn(cast, joint, held_at), now)
    draws.seal(clinics, 1, by=cast["jingban1"], now=now - dt.timedelta(hours=1))
    # Nobody drafts a plan earlier than in the year before it.
    _submitted(
        cast.county,
        year + 1,
        tasks,
        by=cast["jingban2"],
        now=max(moment(year, 1, 1, 2), now - dt.timedelta(days=2)),
    )


def _take_further(cast: Cast, drawn: list[Visit], now: dt.datetime) -> None:
    """Each visit as far as its age in days lets it be; one that would lie before the draw stays where it is."""
    for visit, age, finding, step in zip(drawn, AGES, FINDINGS, STEPS, strict=False):
        arrived = _morning(now - dt.timedelta(days=age))
        if arrived > visit.given_at:
            step(cast, visit, arrived, finding)
    waiting = drawn[len(STEPS) :]
    visits.go_on_site(waiting[0], now - dt.timedelta(hours=1))
    visits.answer(Visit.objects.get(pk=waiting[0].pk), now - dt.timedelta(hours=1), finding=True, rows=6)
    today = timezone.localdate(now)
    for n, visit in enumerate(waiting[1:9]):
        # At the turn of the year the task ends before the visits would.
        day = min(today + dt.timedelta(days=n // 3), dt.date(today.year, 12, 31))
        visits.schedule(cast, visit, day, now - dt.timedelta(days=1))
    substitutions.request(
        waiting[2].members.get(place=1, is_active=True),
        "health",
        "住院治疗，无法参加",
        by=cast["jingban2"],
        now=now - dt.timedelta(hours=3),
    )


def _published(cast, visit, arrived, finding):
    _approved(cast, visit, arrived, finding)
    visits.publish(cast, visit, arrived + dt.timedelta(days=9))


def _approved(cast, visit, arrived, finding):
    visits.approve(cast, _reported(cast, visit, arrived, finding), arrived + dt.timedelta(days=2))


def _prepared(cast, visit, arrived, finding):
    _approved(cast, visit, arrived, finding)
    visits.prepare(cast, visit, arrived + dt.timedelta(days=4))


def _reported(cast, visit, arrived, finding):
    return visits.report(
        _ended(cast, visit, arrived, finding), arrived + dt.timedelta(days=1), finding=finding
    )


def _ended(cast, visit, arrived, finding):
    return visits.end(visit, arrived, finding=finding, signed=not finding)


STEPS = (
    _published, _published, _published, _published, _approved, _approved, _prepared, _reported, _reported,
    _ended, _ended,
)  # fmt: skip
AGES = (40, 39, 38, 36, 35, 18, 17, 8, 7, 13, 4)
FINDINGS = (False, True, False, False, True, False, False, True, False, False, True)


def _morning(at: dt.datetime) -> dt.datetime:
    """Half past nine on that day, or on the last working day before it."""
    register, day = calendar.register(), timezone.localdate(at)
    while not is_workday(day, register):
        day -= dt.timedelta(days=1)
    return moment(day.year, day.month, day.day) + dt.timedelta(minutes=30)
