from django.db import models

from inspections.models.clues import Clue
from inspections.models.draws import Draw
from inspections.models.joint import AssistedList
from inspections.models.plans import PlanTask
from inspections.states import LoanState, SubstitutionState, VisitState
from registries.models import Bureau, Facility, Inspector, User
from registries.models.pairs import together


def _exactly_one(*names: str) -> models.Q:
    condition = models.Q()
    for chosen in names:
        condition |= models.Q(**{f"{name}__isnull": name != chosen for name in names})
    return condition


# What `Visit.errand` and the texts about a visit read; for select_related.
ORIGINS = ("draw__task__assisted", "assisted__task", "clue")


class Visit(models.Model):
    """One facility and its inspection. It comes from exactly one of a draw, an initiator's list or a clue.

    `position` is its place there, from 1: the draw order, the list's row. Only a drawn one has a ticket.
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="visits", verbose_name="医保局")
    draw = models.ForeignKey(
        Draw, models.PROTECT, null=True, blank=True, related_name="visits", verbose_name="抽取"
    )
    assisted = models.ForeignKey(
        AssistedList,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="visits",
        verbose_name="发起部门名单",
    )
    clue = models.ForeignKey(
        Clue, models.PROTECT, null=True, blank=True, related_name="visits", verbose_name="线索"
    )
    number = models.CharField("来源编号", max_length=40)
    given_at = models.DateTimeField("产生时间")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="visits", verbose_name="机构")
    position = models.PositiveIntegerField("顺序")
    code = models.CharField("机构编码", max_length=20)
    grade = models.CharField("信用等级", max_length=4)
    ticket = models.CharField("签号", max_length=64, blank=True)
    top_up = models.BooleanField("补足下限抽中", default=False)
    state = models.CharField("状态", max_length=12, choices=VisitState, default=VisitState.ASSIGNED)
    leader = models.ForeignKey(
        Inspector, models.PROTECT, null=True, blank=True, related_name="led_visits", verbose_name="组长"
    )
    planned_on = models.DateField("计划检查日期", null=True, blank=True)
    ended_on = models.DateField("检查结束日期", null=True, blank=True)

    class Meta:
        verbose_name = "检查任务"
        ordering = ["draw", "position"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "position"], name="visit_position_once"),
            models.UniqueConstraint(fields=["draw", "code"], name="visit_facility_once"),
            models.UniqueConstraint(fields=["assisted", "code"], name="assisted_visit_facility_once"),
            models.UniqueConstraint(fields=["clue", "code"], name="clue_visit_facility_once"),
            models.CheckConstraint(
                name="visit_has_one_origin", condition=_exactly_one("draw", "assisted", "clue")
            ),
        ]
        indexes = [models.Index(fields=["bureau", "state"], name="visit_state")]

    def __str__(self) -> str:
        """Kept on the trail for good, whose readers are told no facility before its time: its number alone."""
        return self.reference

    @property
    def reference(self) -> str:
        return self.number if self.clue_id else f"{self.number}第{self.position}户"

    @property
    def listed(self) -> AssistedList | None:
        """The initiator's list that names the facility, be those who go there drawn or assigned."""
        return self.draw.task.assisted if self.draw_id else self.assisted

    @property
    def told_number(self) -> str:
        """For what leaves the bureau: a clue's number would lead to who sent it, so there is none."""
        return "" if self.clue_id else self.reference

    @property
    def errand(self) -> PlanTask | Clue:
        """What is inspected, how and until when: both have `name`, `number`, `items`, `method`, `team_size`,
        `qualification`, `assignment` and `ends_on`."""
        if self.draw_id:
            return self.draw.task
        return self.assisted.task if self.assisted_id else self.clue


class TeamMember(models.Model):
    """A place in a team and who holds it. Somebody substituted stays on the record, no longer active."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="members", verbose_name="检查任务")
    place = models.PositiveSmallIntegerField("席位", help_text="从1开始；要求的专业由第1席满足")
    inspector = models.ForeignKey(
        Inspector, models.PROTECT, related_name="memberships", verbose_name="检查人员"
    )
    # Of somebody lent "division code:number" (draw protocol, section 4).
    code = models.CharField("人员编号", max_length=40)
    visit_number = models.PositiveIntegerField("本次抽取中第几次派出", default=0)
    card = models.CharField("人员签号", max_length=64, blank=True)
    is_active = models.BooleanField("在组", default=True)
    # The facility's name may be kept from the team until then (Bureau.names_hidden).
    accepted_at = models.DateTimeField("接受任务时间", null=True, blank=True)

    class Meta:
        verbose_name = "检查组成员"
        ordering = ["visit", "place", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "place"], condition=models.Q(is_active=True), name="one_member_of_a_place"
            ),
            models.UniqueConstraint(
                fields=["visit", "inspector"],
                condition=models.Q(is_active=True),
                name="member_once_in_a_team",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit} {self.code}"

    @property
    def is_lent(self) -> bool:
        return bool(self.lending_division)

    @property
    def lending_division(self) -> str:
        """The division code of the bureau that lent this member, as the evidence says it."""
        division, colon, _ = self.code.partition(":")
        return division if colon else ""


class SubstitutionReason(models.TextChoices):
    """002§13: the closed list."""

    POST_CHANGE = "post_change", "岗位调整"
    WORK_CONFLICT = "work_conflict", "工作冲突"
    HEALTH = "health", "健康状况"
    RECUSAL = "recusal", "执法回避"


class Substitution(models.Model):
    """调换. The substitute is found by its card when the supervisor approves, never chosen by hand."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name="医保局")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="substitutions", verbose_name="检查任务")
    outgoing = models.ForeignKey(TeamMember, models.PROTECT, related_name="+", verbose_name="被调换人")
    incoming = models.ForeignKey(
        TeamMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="接替人"
    )
    reason = models.CharField("原因", max_length=15, choices=SubstitutionReason)
    explanation = models.CharField("说明", max_length=300)
    state = models.CharField(
        "状态", max_length=10, choices=SubstitutionState, default=SubstitutionState.REQUESTED
    )
    requested_at = models.DateTimeField("申请时间")
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申请人")
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批准人"
    )

    class Meta:
        verbose_name = "调换"
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["outgoing"],
                condition=models.Q(state="requested"),
                name="one_open_substitution_of_a_member",
            ),
            together("substitution", "approved"),
        ]

    def __str__(self) -> str:
        return f"{self.visit.reference}调换{self.outgoing.code}"


class Loan(models.Model):
    """借调: an inspector asked of another bureau where nobody on the sealed roster can take the place (C6)."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name="借调单位")
    substitution = models.ForeignKey(Substitution, models.PROTECT, related_name="loans", verbose_name="调换")
    lender = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name="出借单位")
    state = models.CharField("状态", max_length=10, choices=LoanState, default=LoanState.ASKED)
    asked_at = models.DateTimeField("提出时间")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提出人")
    inspector = models.ForeignKey(
        Inspector, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="借调人员"
    )
    reason = models.CharField("理由", max_length=300, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="答复人"
    )

    class Meta:
        verbose_name = "借调"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["substitution"],
                condition=models.Q(state="asked"),
                name="one_open_loan_of_a_substitution",
            ),
            models.CheckConstraint(
                name="loan_lent_names_somebody",
                condition=models.Q(state="lent", inspector__isnull=False)
                | (~models.Q(state="lent") & models.Q(inspector__isnull=True)),
            ),
            together("loan", "answered"),
        ]
        indexes = [models.Index(fields=["lender", "state"], name="loan_of_a_lender")]

    def __str__(self) -> str:
        return f"{self.substitution}，向{self.lender}借调"
