from django.db import models

from inspections.models.draws import Draw
from inspections.states import SubstitutionState, VisitState
from registries.models import Bureau, Facility, Inspector, User
from registries.models.pairs import together


class Visit(models.Model):
    """One drawn facility and its inspection; `position` is its place in the draw order, from 1."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="visits", verbose_name="医保局")
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="visits", verbose_name="抽取")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="visits", verbose_name="机构")
    position = models.PositiveIntegerField("抽中顺序")
    code = models.CharField("机构编码", max_length=20)
    grade = models.CharField("信用等级", max_length=4)
    ticket = models.CharField("签号", max_length=64)
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
        ]
        indexes = [models.Index(fields=["bureau", "state"], name="visit_state")]

    def __str__(self) -> str:
        return f"{self.draw.number}第{self.position}户 {self.facility.name}"


class TeamMember(models.Model):
    """A place in a team and who holds it. Somebody substituted stays on the record, no longer active."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="members", verbose_name="检查任务")
    place = models.PositiveSmallIntegerField("席位", help_text="从1开始；要求的专业由第1席满足")
    inspector = models.ForeignKey(
        Inspector, models.PROTECT, related_name="memberships", verbose_name="检查人员"
    )
    code = models.CharField("人员编号", max_length=20)
    visit_number = models.PositiveIntegerField("本次抽取中第几次派出", default=0)
    card = models.CharField("人员签号", max_length=64, blank=True)
    is_active = models.BooleanField("在组", default=True)

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
        return f"{self.visit.draw.number}第{self.visit.position}户调换{self.outgoing.code}"
