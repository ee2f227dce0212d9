from django.db import models
from django.utils import timezone

from inspections.models.plans import PlanTask
from registries.models import Bureau, Facility, User


class AssistedList(models.Model):
    """The list that another department drew and in whose inspections we assist (配合, C8). It never changes."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="assisted_lists", verbose_name="医保局")
    task = models.ForeignKey(PlanTask, models.PROTECT, related_name="assisted_lists", verbose_name="抽查任务")
    number = models.CharField("编号", max_length=40, unique=True)
    initiator = models.CharField("发起部门", max_length=60)
    document_number = models.CharField("文号", max_length=60)
    drawn_on = models.DateField("发起部门抽取日期")
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("文件 SHA-256", max_length=64)
    brought_in_at = models.DateTimeField("导入时间", default=timezone.now)
    brought_in_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="导入人")

    class Meta:
        verbose_name = "发起部门名单"
        ordering = ["-brought_in_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "document_number"], name="assisted_document_once"),
            models.UniqueConstraint(fields=["bureau", "sha256"], name="assisted_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.initiator}（{self.document_number}）"


class AssistedEntry(models.Model):
    """One row of such a list as it came; `facility` is whom it was matched to by the social credit code."""

    list = models.ForeignKey(AssistedList, models.CASCADE, related_name="entries", verbose_name="名单")
    row = models.PositiveIntegerField("行号")
    social_credit_code = models.CharField("统一社会信用代码", max_length=18)
    name = models.CharField("机构名称", max_length=100)
    facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="对应机构"
    )

    class Meta:
        verbose_name = "名单行"
        ordering = ["row"]
        constraints = [models.UniqueConstraint(fields=["list", "row"], name="assisted_row_once")]

    def __str__(self) -> str:
        return f"{self.row} {self.name}"


class PartnerInspector(models.Model):
    """Somebody of another department who takes part in a visit, by name and certificate (B4)."""

    visit = models.ForeignKey(
        "inspections.Visit", models.PROTECT, related_name="partner_inspectors", verbose_name="检查任务"
    )
    department = models.CharField("部门", max_length=60)
    name = models.CharField("姓名", max_length=40)
    certificate_number = models.CharField("执法证号", max_length=40)
    entered_at = models.DateTimeField("登记时间", default=timezone.now)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")

    class Meta:
        verbose_name = "联合部门检查人员"
        ordering = ["department", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "department", "certificate_number"], name="partner_inspector_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.department} {self.name}"


class PartnerResult(models.Model):
    """What another department found at the same visit; ours stands in the inspection report."""

    visit = models.ForeignKey(
        "inspections.Visit", models.PROTECT, related_name="partner_results", verbose_name="检查任务"
    )
    department = models.CharField("部门", max_length=60)
    result = models.TextField("检查结果")
    entered_at = models.DateTimeField("登记时间", default=timezone.now)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")

    class Meta:
        verbose_name = "联合部门检查结果"
        ordering = ["department", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "department"], name="one_result_of_a_department")
        ]

    def __str__(self) -> str:
        return f"{self.visit} {self.department}"
