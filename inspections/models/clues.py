from django.db import models
from django.utils import timezone

from inspections.models.plans import Assignment, SavedScope
from inspections.states import ClueState
from registries.models import Bureau, Facility, ItemVersion, User
from registries.models.pairs import together


class ClueSource(models.TextChoices):
    """000§4, 002§9: what may set off an inspection beside the plan."""

    COMPLAINT = "complaint", "投诉举报"
    ASSIGNED = "assigned", "转办交办"
    MONITORING = "monitoring", "网络监测"
    RISK = "risk", "风险防控"


class ClueWay(models.TextChoices):
    DIRECT = "direct", "直接检查"
    DRAW = "draw", "触发定向抽查"


class Clue(models.Model):
    """线索: what was heard of a facility, and what the bureau decided to do with it (C7)."""

    assignment = Assignment.ASSIGNED

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="clues", verbose_name="医保局")
    number = models.CharField("线索编号", max_length=40, unique=True)
    source = models.CharField("来源", max_length=12, choices=ClueSource)
    content = models.TextField("线索内容")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="clues", verbose_name="涉及机构")
    received_on = models.DateField("收到日期")
    registered_at = models.DateTimeField("登记时间", default=timezone.now)
    registered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    state = models.CharField("状态", max_length=12, choices=ClueState, default=ClueState.REGISTERED)

    # What is proposed, and approved by somebody else.
    way = models.CharField("办理方式", max_length=8, choices=ClueWay, blank=True)
    items = models.ManyToManyField(ItemVersion, blank=True, related_name="clues", verbose_name="检查事项")
    method = models.CharField("检查方式", max_length=60, default="实地检查")
    ends_on = models.DateField("完成期限", null=True, blank=True)
    team_size = models.PositiveSmallIntegerField("检查组人数", default=2)
    qualification = models.CharField("组内至少一人具备的专业", max_length=30, blank=True)
    cap_ground = models.CharField("超过年度检查次数上限的法定依据", max_length=200, blank=True)
    # Of a draw among others: whom besides, and how many of them. Once it is approved its task holds both.
    scope = models.ForeignKey(
        SavedScope, models.PROTECT, null=True, blank=True, related_name="clues", verbose_name="抽查范围"
    )
    ratio_bp = models.PositiveIntegerField("抽查比例（万分之）", null=True, blank=True)

    outcome = models.TextField("办理结论", blank=True)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办结人"
    )
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "线索"
        ordering = ["-registered_at", "-pk"]
        constraints = [
            together("clue", "closed"),
            models.CheckConstraint(name="clue_team_of_two_or_more", condition=models.Q(team_size__gte=2)),
            models.CheckConstraint(
                name="clue_scope_with_its_ratio",
                condition=models.Q(scope__isnull=True, ratio_bp__isnull=True)
                | models.Q(scope__isnull=False, ratio_bp__gte=1, ratio_bp__lte=10_000),
            ),
        ]
        indexes = [models.Index(fields=["bureau", "state"], name="clue_state")]

    def __str__(self) -> str:
        return self.number

    @property
    def name(self) -> str:
        """Printed on the record that the facility reads: not even the kind of source."""
        return "线索核查"
