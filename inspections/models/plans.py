from django.db import models
from django.utils import timezone

from inspections.states import PlanState
from registries.models import Bureau, FacilityTag, ItemVersion, User
from registries.models.pairs import together


class AnnualPlan(models.Model):
    """年度抽查计划. A published plan is never edited; an adjustment is the next version with a reason (B2)."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="plans", verbose_name="医保局")
    year = models.PositiveSmallIntegerField("年度")
    version = models.PositiveSmallIntegerField("版本", default=1)
    title = models.CharField("标题", max_length=100)
    work_requirements = models.TextField("工作要求")
    discipline_requirements = models.TextField("纪律要求")
    adjustment_reason = models.TextField("调整原因", blank=True)
    state = models.CharField("状态", max_length=12, choices=PlanState, default=PlanState.DRAFT)
    drafted_at = models.DateTimeField("编制时间", default=timezone.now)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="编制人")
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="公布人"
    )
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "年度计划"
        ordering = ["-year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "year", "version"], name="plan_version_once"),
            models.UniqueConstraint(
                fields=["bureau", "year"],
                condition=models.Q(state__in=["draft", "submitted", "returned", "approved"]),
                name="one_plan_in_the_making",
            ),
            models.UniqueConstraint(
                fields=["bureau", "year"],
                condition=models.Q(state="published"),
                name="one_published_plan_of_a_year",
            ),
            together("plan", "published"),
        ]

    def __str__(self) -> str:
        return self.title if self.version == 1 else f"{self.title}（第{self.version}版）"


class WinnersShown(models.TextChoices):
    """Who may see who was drawn before the visits are over (draw protocol, section 4)."""

    AT_ONCE = "at_once", "抽取后立即向社会公布"
    OFFICE = "office", "检查结束前仅本局人员可见"
    HANDLERS = "handlers", "检查结束前仅经办、审批和检查组人员可见"


class JointKind(models.TextChoices):
    NONE = "none", "本单位单独开展"
    LEAD = "lead", "联合抽查（本单位发起）"
    ASSIST = "assist", "联合抽查（本单位配合）"


class Assignment(models.TextChoices):
    DRAWN = "drawn", "随机抽取检查人员"
    ASSIGNED = "assigned", "直接选派检查人员"


# What the plan's own text says; the other tasks were set off by a clue or an initiator's list.
WRITTEN = models.Q(clue=None, assisted=None)


class PlanTask(models.Model):
    """抽查任务: what is inspected, at whom, how often. Empty scope lists mean 不定向 (everybody of that target)."""

    plan = models.ForeignKey(AnnualPlan, models.CASCADE, related_name="tasks", verbose_name="年度计划")
    # The same task in the plan version where it first stood; empty there.
    root = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="continuations", verbose_name="最初任务"
    )
    position = models.PositiveSmallIntegerField("序号")
    number = models.CharField("任务编号", max_length=40, blank=True, help_text="计划公布时编号")
    name = models.CharField("任务名称", max_length=100)
    items = models.ManyToManyField(ItemVersion, related_name="plan_tasks", verbose_name="抽查事项")
    kinds = models.JSONField("机构类型", default=list, blank=True)
    levels = models.JSONField("机构等级", default=list, blank=True)
    ownerships = models.JSONField("所有制", default=list, blank=True)
    regions = models.JSONField("所在乡镇街道", default=list, blank=True)
    grades = models.JSONField("信用等级", default=list, blank=True)
    # 国家医保编码 of a task that a clue or an initiator's list set off; everything else scopes by criteria.
    named_codes = models.JSONField("指定机构", default=list, blank=True, editable=False)
    tags = models.ManyToManyField(FacilityTag, blank=True, related_name="+", verbose_name="标签")
    ratio_a_bp = models.PositiveIntegerField("A级比例（万分之）", default=500)
    ratio_b_bp = models.PositiveIntegerField("B级比例（万分之）", default=1000)
    ratio_c_bp = models.PositiveIntegerField("C级比例（万分之）", default=1500)
    ratio_d_bp = models.PositiveIntegerField("D级比例（万分之）", default=2000)
    ratio_none_bp = models.PositiveIntegerField("未评级比例（万分之）", default=1000)
    floor_bp = models.PositiveIntegerField("抽取总量下限（万分之）", default=300)
    rounds = models.PositiveSmallIntegerField("全年抽取次数", default=2)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    method = models.CharField("检查方式", max_length=60, default="实地检查")
    team_size = models.PositiveSmallIntegerField("检查组人数", default=2)
    qualification = models.CharField("组内至少一人具备的专业", max_length=30, blank=True)
    assignment = models.CharField(
        "检查人员产生方式", max_length=10, choices=Assignment, default=Assignment.DRAWN
    )
    joint_kind = models.CharField("开展方式", max_length=10, choices=JointKind, default=JointKind.NONE)
    partners = models.JSONField("联合部门及其事项", default=list, blank=True)
    winners_shown = models.CharField(
        "抽中名单可见范围", max_length=10, choices=WinnersShown, default=WinnersShown.OFFICE
    )
    cap_ground = models.CharField(
        "超过年度检查次数上限的法定依据",
        max_length=200,
        blank=True,
        help_text="填写后，已达到上限的机构仍可抽取",
    )
    # 线索触发的定向抽查 (000§2): approved by itself, beside the tasks of the plan.
    clue = models.OneToOneField(
        "inspections.Clue", models.PROTECT, null=True, blank=True, related_name="task", verbose_name="线索"
    )
    # 配合检查: all whom an initiator's list names, so that what is drawn is who of ours goes there (C8).
    assisted = models.OneToOneField(
        "inspections.AssistedList",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="drawn_task",
        verbose_name="发起部门名单",
    )

    class Meta:
        verbose_name = "抽查任务"
        ordering = ["plan", "position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="task_position_once"),
            models.UniqueConstraint(fields=["plan", "root"], name="task_continued_once_in_a_version"),
            models.CheckConstraint(name="task_team_of_two_or_more", condition=models.Q(team_size__gte=2)),
            models.CheckConstraint(
                name="task_ends_after_it_starts", condition=models.Q(ends_on__gte=models.F("starts_on"))
            ),
            models.CheckConstraint(name="task_has_a_round", condition=models.Q(rounds__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def bureau(self) -> Bureau:
        return self.plan.bureau

    @property
    def is_set_off(self) -> bool:
        """By a clue or an initiator's list: who is in scope says who will be inspected."""
        return self.clue_id is not None or self.assisted_id is not None

    @property
    def lineage_id(self) -> int:
        """What stays the same when an adjusted plan takes the task over: a round is drawn once in it (C4)."""
        return self.root_id or self.pk

    @property
    def ratios_bp(self) -> dict[str, int]:
        """Basis points by grade in the protocol's order."""
        return {
            "A": self.ratio_a_bp,
            "B": self.ratio_b_bp,
            "C": self.ratio_c_bp,
            "D": self.ratio_d_bp,
            "NONE": self.ratio_none_bp,
        }


class SavedScope(models.Model):
    """A directed scope (定向, 000§8) kept under a name, to be taken up in later tasks."""

    bureau = models.ForeignKey(Bureau, models.CASCADE, related_name="scopes", verbose_name="医保局")
    name = models.CharField("名称", max_length=40)
    kinds = models.JSONField("机构类型", default=list, blank=True)
    levels = models.JSONField("机构等级", default=list, blank=True)
    ownerships = models.JSONField("所有制", default=list, blank=True)
    regions = models.JSONField("所在乡镇街道", default=list, blank=True)
    grades = models.JSONField("信用等级", default=list, blank=True)
    tags = models.ManyToManyField(FacilityTag, blank=True, related_name="+", verbose_name="标签")
    saved_at = models.DateTimeField("保存时间", default=timezone.now)
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="保存人")

    class Meta:
        verbose_name = "抽查范围"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["bureau", "name"], name="scope_name_once")]

    def __str__(self) -> str:
        return self.name
