from django.db import models
from django.utils import timezone

from inspections.models.plans import PlanTask
from inspections.states import DrawState
from registries.fields import EncryptedTextField
from registries.models import Bureau, Facility, Inspector, User
from registries.models.pairs import together


class Draw(models.Model):
    """抽取. The seal is public from the start; secret and seed are encrypted, shown to nobody before the last visit."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="draws", verbose_name="医保局")
    task = models.ForeignKey(PlanTask, models.PROTECT, related_name="draws", verbose_name="抽查任务")
    lineage = models.ForeignKey(
        PlanTask, models.PROTECT, related_name="lineage_draws", verbose_name="最初任务", editable=False
    )
    round = models.PositiveSmallIntegerField("轮次")
    year = models.PositiveSmallIntegerField("年度")
    sequence = models.PositiveIntegerField("序号")
    number = models.CharField("抽取编号", max_length=40, unique=True)
    state = models.CharField("状态", max_length=10, choices=DrawState, default=DrawState.SEALED)
    seal = models.TextField("封存内容")
    seal_digest = models.CharField("封存摘要", max_length=64, unique=True)
    secret = EncryptedTextField("系统秘密数")
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next", verbose_name="本局上一次抽取"
    )
    sealed_at = models.DateTimeField("封存时间")
    sealed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="封存人")
    public_value = models.CharField("公开随机值", max_length=200, blank=True)
    public_value_at = models.DateTimeField("公开值录入时间", null=True, blank=True)
    public_value_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="公开值录入人"
    )
    seed = EncryptedTextField("种子", blank=True)
    held_at = models.DateTimeField("抽取时间", null=True, blank=True)
    held_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="抽取人"
    )
    void_reason = models.TextField("作废原因", blank=True)
    void_proposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作废提出人"
    )
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    voided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作废批准人"
    )

    class Meta:
        verbose_name = "抽取"
        ordering = ["-year", "-sequence"]
        constraints = [
            # Over the lineage: an adjusted plan's new version of a task gives no second chance at a round.
            models.UniqueConstraint(
                fields=["lineage", "round"],
                condition=~models.Q(state="voided"),
                name="one_draw_of_a_task_and_round",
            ),
            models.UniqueConstraint(fields=["bureau", "year", "sequence"], name="draw_sequence_once"),
            models.UniqueConstraint(
                fields=["bureau"], condition=models.Q(state="sealed"), name="one_sealed_draw_at_a_time"
            ),
            together("draw", "held"),
            together("draw", "voided"),
            together("draw", "public_value"),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args, **kwargs):
        if self._state.adding:
            self.lineage_id = self.task.lineage_id
        super().save(*args, **kwargs)


class RosterFacility(models.Model):
    """One line of the sealed facility roster. Its keys are looked at by a trigger (registries.append_only.refers_to)."""

    draw = models.ForeignKey(
        Draw,
        models.PROTECT,
        related_name="facilities",
        verbose_name="抽取",
        db_constraint=False,
        db_index=False,
    )
    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="+", verbose_name="机构", db_constraint=False
    )
    code = models.CharField("机构编码", max_length=20)
    grade = models.CharField("信用等级", max_length=4)
    status = models.CharField("入池状态", max_length=30)

    class Meta:
        verbose_name = "封存机构"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["draw", "code"], name="roster_facility_once")]

    def __str__(self) -> str:
        return self.code


class RosterInspector(models.Model):
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="inspectors", verbose_name="抽取")
    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="+", verbose_name="检查人员")
    code = models.CharField("人员编号", max_length=20)
    qualifications = models.CharField("专业", max_length=300, blank=True, help_text="按字节顺序以逗号连接")
    status = models.CharField("入池状态", max_length=30)

    class Meta:
        verbose_name = "封存检查人员"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["draw", "code"], name="roster_inspector_once")]

    def __str__(self) -> str:
        return self.code


class RosterRecusal(models.Model):
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="recusals", verbose_name="抽取")
    facility_code = models.CharField("机构编码", max_length=20)
    inspector_code = models.CharField("人员编号", max_length=20)

    class Meta:
        verbose_name = "封存回避关系"
        ordering = ["facility_code", "inspector_code"]
        constraints = [
            models.UniqueConstraint(
                fields=["draw", "facility_code", "inspector_code"], name="roster_recusal_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.facility_code} — {self.inspector_code}"


class Contribution(models.Model):
    """A witness's presence and what they threw into the seed; nobody reads another's before the draw is held."""

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="contributions", verbose_name="抽取")
    position = models.PositiveSmallIntegerField("顺序")
    role = models.CharField("身份", max_length=40)
    name = models.CharField("姓名", max_length=40)
    text = EncryptedTextField("随机内容")
    contributed_at = models.DateTimeField("投入时间", default=timezone.now)
    contributed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="见证人")

    class Meta:
        verbose_name = "见证"
        ordering = ["draw", "position"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "position"], name="contribution_position_once"),
            models.UniqueConstraint(fields=["draw", "contributed_by"], name="one_contribution_of_a_witness"),
        ]

    def __str__(self) -> str:
        return f"{self.draw} {self.name}"
