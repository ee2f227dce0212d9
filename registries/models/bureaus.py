from django.core.validators import RegexValidator
from django.db import models


class BureauLevel(models.TextChoices):
    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    COUNTY = "county", "县级"


class WinnersPublic(models.TextChoices):
    AT_ONCE = "at_once", "抽取后立即公布"
    AFTER_VISITS = "after_visits", "检查全部结束后公布，此前本局人员可见"
    HANDLERS = "handlers", "检查全部结束后公布，此前仅经办、审批和检查组人员可见"


class ClueHandling(models.TextChoices):
    """What follows from a clue, where the notices differ: 002§9 and 000§2."""

    DIRECT = "direct", "经审批直接检查"
    DRAW = "draw", "触发定向抽查"
    EITHER = "either", "逐件选择"


class Bureau(models.Model):
    """医疗保障局. Where the notices of two bureaus differ, the difference is a field here."""

    code = models.CharField(
        "行政区划代码",
        max_length=6,
        unique=True,
        validators=[RegexValidator(r"^\d{6}$", "行政区划代码为6位数字。")],
    )
    name = models.CharField("名称", max_length=60)
    short_name = models.CharField(
        "简称", max_length=20, unique=True, help_text="用于文号，例如“卫医保”；两局相同则文号分不清"
    )
    level = models.CharField("层级", max_length=10, choices=BureauLevel)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级医保局"
    )
    path = models.CharField("所属路径", max_length=60, unique=True, editable=False)

    ungraded_ratio_bp = models.PositiveIntegerField("未评级机构抽查比例（万分之）", default=1000)
    floor_ratio_bp = models.PositiveIntegerField("每次抽取总量下限（万分之）", default=300)
    plan_due_month = models.PositiveSmallIntegerField("年度计划应公布月", default=3)
    plan_due_day = models.PositiveSmallIntegerField("年度计划应公布日", default=15)
    report_workdays = models.PositiveSmallIntegerField("检查报告期限（工作日）", default=5)
    publication_workdays = models.PositiveSmallIntegerField("结果公示期限（工作日）", default=20)
    winners_public = models.CharField(
        "抽中名单公布时间", max_length=20, choices=WinnersPublic, default=WinnersPublic.AFTER_VISITS
    )
    names_hidden = models.BooleanField("检查人员接受任务后才显示机构名称", default=False)
    frequency_cap = models.PositiveSmallIntegerField(
        "每家机构每年检查次数上限", null=True, blank=True, help_text="各类检查合计；不填为不限"
    )
    clue_handling = models.CharField(
        "线索办理方式", max_length=8, choices=ClueHandling, default=ClueHandling.DIRECT
    )

    revision = models.PositiveIntegerField("规则修改次数", default=1)

    class Meta:
        verbose_name = "医疗保障局"
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs):
        self.path = f"{self.parent.path if self.parent else ''}{self.code}/"
        super().save(*args, **kwargs)

    def ancestors(self):
        """The bureaus above this one, the highest first."""
        codes = self.path.rstrip("/").split("/")[:-1]
        return Bureau.objects.filter(code__in=codes).order_by("path")

    def with_ancestors(self):
        return Bureau.objects.filter(code__in=self.path.rstrip("/").split("/")).order_by("path")

    def with_descendants(self):
        return Bureau.objects.filter(path__startswith=self.path)
