"""What waits for a person today: each source is one step of one permission, with the date it is due by."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Min, Q
from django.urls import reverse
from django.utils import timezone

from inspections import approvals, clues, draws, embargo, loans, teams, witnessing
from inspections.models import AnnualPlan, Clue, Draw, PlanTask, TeamMember, Visit
from inspections.states import ClueState, DrawState, PlanState, VisitState
from publication import deadlines
from publication.deadlines import DeadlineKind, DueDate
from publication.models import Notice, NoticeState
from registries import calendar, inspector_sheet, interests
from registries.access import Permission, may
from registries.models import Inspector, ItemVersion, User
from registries.models.items import ItemVersionState
from registries.models.people import InspectorStatus
from registries.workdays import Register, workdays_between

SOON_WORKDAYS = 3


@dataclass(frozen=True)
class Task:
    """One step: what to do, with what, by when, and where."""

    title: str
    subject: str
    url: str
    due: DueDate | None = None

    @property
    def urgency(self) -> str:
        """overdue, soon or normal."""
        if self.due is None or self.due.workdays_left > SOON_WORKDAYS:
            return "normal"
        return "overdue" if self.due.workdays_left < 0 else "soon"


@dataclass(frozen=True)
class Desk:
    """A person at a moment, and the workday register that their dates are computed from."""

    user: User
    now: dt.datetime
    register: Register

    @property
    def today(self) -> dt.date:
        return timezone.localdate(self.now)

    def due(self, kind: DeadlineKind, visit: Visit) -> DueDate | None:
        return deadlines.running(kind, visit, self.today, self.register)

    def plain(self, day: dt.date | None, explanation: str) -> DueDate | None:
        """A date that somebody set, rather than one counted in working days."""
        left = day and workdays_between(self.today, day, self.register)
        return day and DueDate(day, provisional=False, workdays_left=left, explanation=explanation)


def for_user(user: User, now: dt.datetime) -> list[Task]:
    """Everything that waits for this person, by due date: what is overdue comes first, what has no date last."""
    desk = Desk(user, now, calendar.register())
    tasks = [
        task
        for permissions, source in SOURCES
        if any(may(user, one) for one in permissions)
        for task in source(desk)
    ]
    return sorted(tasks, key=lambda task: (task.due is None, task.due.date if task.due else dt.date.max))


PLAN_STEPS = {
    PlanState.DRAFT: "编制并提交年度计划",
    PlanState.RETURNED: "修改被退回的年度计划",
    PlanState.APPROVED: "公布年度计划",
}


def _plans(desk: Desk) -> Iterable[Task]:
    """B1: every bureau publishes its plan by the day of its setting; a missing one is a step as well."""
    year, bureau = desk.today.year, desk.user.bureau
    due_day = dt.date(year, bureau.plan_due_month, bureau.plan_due_day)
    due = desk.plain(
        due_day, f"年度计划应在每年{bureau.plan_due_month}月{bureau.plan_due_day}日前公布（本局设置）。"
    )
    plans = list(AnnualPlan.objects.filter(bureau=bureau, year__gte=year))
    for plan in plans:
        if plan.state in PLAN_STEPS:
            first_of_this_year = plan.version == 1 and plan.year == year
            yield Task(
                PLAN_STEPS[plan.state],
                str(plan),
                reverse("inspections:plan", args=[plan.pk]),
                due if first_of_this_year else None,
            )
    if not any(plan.year == year for plan in plans):
        yield Task("编制年度计划", f"{year}年度抽查计划", reverse("inspections:plans"), due)


def _item_drafts(desk: Desk) -> Iterable[Task]:
    drafts = ItemVersion.objects.filter(item__bureau=desk.user.bureau, state=ItemVersionState.DRAFT)
    for version in drafts.select_related("item"):
        yield Task("公布事项清单草稿", str(version), reverse("registries:item", args=[version.item_id]))


def _arrivals(desk: Desk) -> Iterable[Task]:
    for facility in desk.user.bureau.arriving.select_related("bureau").order_by("moving_at", "pk"):
        subject = f"{facility}（由{facility.bureau}迁入）"
        yield Task("接收迁入机构", subject, reverse("registries:facility", args=[facility.pk]))


def _interests_to_confirm(desk: Desk) -> Iterable[Task]:
    """Until they are answered no list is sealed that they touch."""
    waiting = interests.waiting(desk.today).filter(inspector__bureau=desk.user.bureau)
    answerable = waiting.exclude(inspector__user=desk.user).order_by("declared_at")
    for interest in answerable.select_related("inspector", "facility"):
        yield Task(
            "核实利害关系申报",
            f"{interest.inspector.name}与{interest.facility.name}",
            reverse("registries:inspector", args=[interest.inspector_id]) + "#interests",
        )


def _visits_during_leave(desk: Desk) -> Iterable[Task]:
    """Somebody took leave after the day was fixed."""
    planned = TeamMember.objects.filter(
        inspector__leaves__cancelled_at=None,
        inspector__leaves__begins_on__lte=F("visit__planned_on"),
        inspector__leaves__ends_on__gte=F("visit__planned_on"),
        is_active=True,
        visit__bureau=desk.user.bureau,
        visit__state=VisitState.ASSIGNED,
        visit__planned_on__gte=desk.today,
    )
    for member in planned.select_related("inspector", "visit__facility"):
        yield Task(
            "检查当天有人请假，请改期或换人",
            f"{member.visit.facility.name}（{member.inspector.name}）",
            reverse("inspections:visit", args=[member.visit_id]),
            desk.plain(member.visit.planned_on, "计划检查日期。"),
        )


def _certificates_before_visits(desk: Desk) -> Iterable[Task]:
    """The certificate ends between the draw and the visit."""
    lapsing = teams.lapsing(desk.today).filter(visit__bureau=desk.user.bureau)
    for member in lapsing.select_related("inspector", "visit__facility"):
        yield Task(
            "检查人员的执法证在检查日无效，请改期或换人",
            f"{member.visit.facility.name}（{member.inspector.name}）",
            reverse("inspections:visit", args=[member.visit_id]),
            desk.plain(member.visit.planned_on, "计划检查日期。"),
        )


def _draws_to_seal(desk: Desk) -> Iterable[Task]:
    """The next round of every task that has begun and could be sealed today."""
    tasks = PlanTask.objects.filter(
        plan__bureau=desk.user.bureau,
        plan__state=PlanState.PUBLISHED,
        starts_on__lte=desk.today,
        ends_on__gte=desk.today,
    )
    for task, round in draws.sealable(tasks.select_related("plan", "clue"), now=desk.now):
        yield Task(
            "封存名单，组织抽取",
            f"{task.number} {task.name}" + (f"（第{round}轮）" if task.rounds > 1 else ""),
            reverse("inspections:draw_new", args=[task.pk]),
        )


def _draws_to_hold(desk: Desk) -> Iterable[Task]:
    sealed = Draw.objects.filter(bureau=desk.user.bureau, state=DrawState.SEALED)
    for draw in sealed.select_related("task").annotate(witnesses=Count("contributions")):
        yield Task(
            "组织抽取" if draw.witnesses else "请见证人员到场，组织抽取",
            f"{draw.number} {draw.task.name}",
            reverse("inspections:ceremony", args=[draw.pk]),
        )


def _draws_to_witness(desk: Desk) -> Iterable[Task]:
    for draw in witnessing.waiting_for(desk.user):
        yield Task(
            "到场见证抽取",
            f"{draw.number} {draw.task.name}",
            reverse("inspections:ceremony", args=[draw.pk]),
        )


def _clues(desk: Desk) -> Iterable[Task]:
    bureau = desk.user.bureau
    registered = Clue.objects.filter(bureau=bureau, state=ClueState.REGISTERED)
    for step, found in (("研判线索", registered), ("办结线索", clues.inspected(bureau))):
        for clue in found.select_related("facility"):
            yield Task(step, f"{clue} {clue.facility}", reverse("inspections:clue", args=[clue.pk]))


def _clues_to_staff(desk: Desk) -> Iterable[Task]:
    unstaffed = Visit.objects.filter(
        bureau=desk.user.bureau, clue__isnull=False, leader=None, state=VisitState.ASSIGNED
    )
    for visit in unstaffed.select_related("clue", "facility"):
        yield Task(
            "选派检查人员",
            f"{visit.reference} {visit.facility.name}",
            reverse("inspections:visit", args=[visit.pk]),
            desk.plain(visit.clue.ends_on, "线索检查的完成期限。"),
        )


def _visits_to_arrange(desk: Desk) -> Iterable[Task]:
    """One step for each draw and each list of an initiator, since they may have hundreds of visits."""
    open_ones = Q(leader__isnull=True) | Q(planned_on__isnull=True)
    waiting = Visit.objects.filter(open_ones, bureau=desk.user.bureau, state=VisitState.ASSIGNED)
    waiting = waiting.exclude(clue__isnull=False, leader=None)
    origins = waiting.order_by().values("draw", "assisted", "number")
    for given in origins.annotate(visits=Count("pk"), first=Min("pk")):
        page, key = next(
            (page, given[origin])
            for page, origin in (("draw", "draw"), ("assisted_list", "assisted"), ("visit", "first"))
            if given[origin]
        )
        yield Task(
            "确定检查组组长和检查日期",
            f"{given['number']}，{given['visits']}户未定",
            reverse(f"inspections:{page}", args=[key]),
        )


def _results_to_publish(desk: Desk) -> Iterable[Task]:
    visits = Visit.objects.filter(bureau=desk.user.bureau, state=VisitState.TO_PUBLISH, notices__isnull=True)
    for visit in visits.select_related("facility", "bureau"):
        yield Task(
            "拟定结果公示",
            visit.facility.name,
            reverse("notice_prepare", args=[visit.pk]),
            desk.due(DeadlineKind.PUBLICATION, visit),
        )


NOTICE_STEPS = {NoticeState.RETURNED: "修改被退回的公示", NoticeState.CHECKED: "发布已复核的公示"}


def _notices_to_move_on(desk: Desk) -> Iterable[Task]:
    for notice in _notices(desk).filter(state__in=NOTICE_STEPS):
        yield _notice_task(desk, NOTICE_STEPS[notice.state], notice)


def _notices_to_check(desk: Desk) -> Iterable[Task]:
    mine = Q(prepared_by=desk.user) | Q(visit__report__written_by=desk.user)
    for notice in _notices(desk).filter(state=NoticeState.PREPARED).exclude(mine):
        yield _notice_task(desk, "复核公示", notice)


def _notices(desk: Desk):
    return Notice.objects.filter(bureau=desk.user.bureau).select_related("visit__facility", "visit__bureau")


def _notice_task(desk: Desk, step: str, notice: Notice) -> Task:
    return Task(
        f"{step}（更正）" if notice.correction_reason else step,
        notice.visit.facility.name,
        reverse("notice", args=[notice.pk]),
        desk.due(DeadlineKind.PUBLICATION, notice.visit),
    )


def _approvals(desk: Desk) -> Iterable[Task]:
    for approval in approvals.open_for(desk.user):
        yield Task(
            f"审批{approval.get_subject_kind_display()}",
            approval.title,
            reverse("inspections:approval", args=[approval.pk]),
        )


def _loans(desk: Desk) -> Iterable[Task]:
    for loan in loans.waiting_for(desk.user):
        visit = loan.substitution.visit
        yield Task(
            "答复借调检查人员的请求",
            f"{loan.bureau}：{visit.reference}",
            reverse("inspections:loan", args=[loan.pk]),
            desk.plain(visit.planned_on, "计划检查日期。"),
        )


def _my_visits(desk: Desk) -> Iterable[Task]:
    mine = Visit.objects.filter(
        members__inspector__user=desk.user,
        members__is_active=True,
        state__in=[VisitState.ASSIGNED, VisitState.ON_SITE],
    )
    nameless = embargo.without_names(mine, desk.user)
    for visit in mine.select_related("facility"):
        if visit.pk in nameless:
            yield Task(
                "接受检查任务",
                f"{visit.reference}，受检机构接受后显示",
                reverse("inspections:visit", args=[visit.pk]),
                desk.plain(visit.planned_on, "计划检查日期。"),
            )
            continue
        on_site = visit.state == VisitState.ON_SITE
        yield Task(
            "填写现场检查记录" if on_site else "到现场检查",
            f"{visit.facility.name}（{visit.facility.address}）",
            reverse("inspections:record" if on_site else "inspections:visit", args=[visit.pk]),
            desk.plain(visit.planned_on, "计划检查日期。"),
        )


def _my_certificates(desk: Desk) -> Iterable[Task]:
    own = Inspector.objects.exclude(status=InspectorStatus.RETIRED).filter(user=desk.user).first()
    for name, ends, standing in inspector_sheet.papers_to_renew(own, on=desk.today) if own else []:
        yield Task(
            "办理证件换证，并请经办人员更新登记",
            f"{name}{standing.label}",
            reverse("registries:inspector", args=[own.pk]),
            desk.plain(ends, "证件有效期的最后一天。"),
        )


REPORT_STEPS = {VisitState.TO_REPORT: "写检查报告", VisitState.RETURNED: "修改被退回的检查报告"}


def _my_reports(desk: Desk) -> Iterable[Task]:
    led = Visit.objects.filter(leader__user=desk.user, state__in=REPORT_STEPS)
    for visit in led.select_related("facility", "bureau"):
        yield Task(
            REPORT_STEPS[visit.state],
            visit.facility.name,
            reverse("inspections:report", args=[visit.pk]),
            desk.due(DeadlineKind.REPORT, visit),
        )


def _accounts_without_a_role(desk: Desk) -> Iterable[Task]:
    fresh = User.objects.filter(bureau=desk.user.bureau, is_active=True, role_grants__isnull=True)
    for user in fresh:
        yield Task(
            "授予角色",
            f"{user.display_name}（{user.username}）",
            reverse("registries:account", args=[user.pk]),
        )


P = Permission
# Who holds one of the permissions has the step.
SOURCES: tuple[tuple[tuple[Permission, ...], Callable[[Desk], Iterable[Task]]], ...] = (
    ((P.PLAN_DRAFT,), _plans),
    ((P.REGISTRY_EDIT,), _item_drafts),
    ((P.REGISTRY_EDIT,), _arrivals),
    ((P.REGISTRY_EDIT,), _interests_to_confirm),
    ((P.DRAW_OPERATE,), _draws_to_seal),
    ((P.DRAW_OPERATE,), _draws_to_hold),
    ((P.DRAW_OPERATE,), _clues_to_staff),
    ((P.DRAW_OPERATE,), _visits_to_arrange),
    ((P.DRAW_OPERATE,), _visits_during_leave),
    ((P.DRAW_OPERATE,), _certificates_before_visits),
    ((P.CLUE_HANDLE,), _clues),
    ((P.DRAW_WITNESS,), _draws_to_witness),
    ((P.NOTICE_PREPARE,), _results_to_publish),
    ((P.NOTICE_PREPARE,), _notices_to_move_on),
    ((P.NOTICE_CHECK,), _notices_to_check),
    (approvals.APPROVERS, _approvals),
    ((P.SUBSTITUTION_APPROVE,), _loans),
    ((P.RECORD_FILL,), _my_visits),
    ((P.RECORD_FILL,), _my_reports),
    ((P.RECORD_FILL,), _my_certificates),
    ((P.ROLE_GRANT,), _accounts_without_a_role),
)
