from django.db import models
from django.utils import timezone

from inspections.models.visits import Visit
from registries.models import Bureau, User


class ResultCode(models.Model):
    """抽查结果 (handbook 3) with one export code per target platform. An exclusive code stands alone."""

    code = models.CharField("代码", max_length=30, primary_key=True)
    label = models.CharField("抽查结果", max_length=60)
    is_exclusive = models.BooleanField("不与其他结果并列")
    position = models.PositiveSmallIntegerField("顺序")
    publicity_code = models.CharField("企业信用信息公示系统代码", max_length=20, blank=True)
    credit_platform_code = models.CharField("信用平台代码", max_length=20, blank=True)

    class Meta:
        verbose_name = "抽查结果代码"
        ordering = ["position"]

    def __str__(self) -> str:
        return self.label


class HandlingCode(models.Model):
    """后续处置 (handbook 3)."""

    code = models.CharField("代码", max_length=30, primary_key=True)
    label = models.CharField("后续处置", max_length=60)
    position = models.PositiveSmallIntegerField("顺序")
    closes_at_once = models.BooleanField("登记即完结", default=False)

    class Meta:
        verbose_name = "后续处置代码"
        ordering = ["position"]

    def __str__(self) -> str:
        return self.label


class InspectionReport(models.Model):
    """检查情况报告, written by the leader within 5 working days of the visit's end (003§12)."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="report", verbose_name="检查任务")
    results = models.ManyToManyField(ResultCode, related_name="+", verbose_name="抽查结果")
    handling = models.ForeignKey(
        HandlingCode, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="后续处置"
    )
    summary = models.TextField("检查情况", blank=True)
    public_summary = models.TextField("向社会公示的检查情况", blank=True)
    written_at = models.DateTimeField("最近编写时间", default=timezone.now)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="编写人")
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "检查报告"

    def __str__(self) -> str:
        return f"检查报告：{self.visit}"

    @property
    def bureau(self) -> Bureau:
        return self.visit.bureau
