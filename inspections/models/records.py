from django.db import models
from django.utils import timezone

from inspections.models.visits import Visit
from registries.models import Bureau, ChecklistRow, Inspector, User
from registries.models.pairs import together


class Answer(models.TextChoices):
    CONFORMS = "conforms", "符合"
    VIOLATES = "violates", "不符合"
    NOT_APPLICABLE = "not_applicable", "不适用"
    NOT_CHECKED = "not_checked", "未检查"


class Noncooperation(models.TextChoices):
    """000§12: the four kinds of serious non-cooperation."""

    ENTRY = "entry", "拒绝检查人员或其委托的专业机构进入被检查场所"
    INFORMATION = "information", "拒绝提供相关情况或相关材料"
    UNTRUE = "untrue", "不如实或不按要求提供情况或相关材料"
    OBSTRUCTION = "obstruction", "其他阻挠、妨碍，致使抽查无法正常进行"


class InspectionRecord(models.Model):
    """现场检查记录. Saved as it is typed, strict only when it is closed; `revision` counts the saves."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="record", verbose_name="检查任务")
    revision = models.PositiveIntegerField("保存次数", default=0)
    arrived_at = models.DateTimeField("到达时间", null=True, blank=True)
    left_at = models.DateTimeField("检查结束时间", null=True, blank=True)
    place = models.CharField("检查地点", max_length=200, blank=True)
    site_conditions = models.TextField("现场状况", blank=True)
    certificates_shown_at = models.DateTimeField("出示执法证件时间", null=True, blank=True)
    certificates_shown_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="出示证件登记人"
    )
    rights_told_at = models.DateTimeField("告知权利义务时间", null=True, blank=True)
    rights_told_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="告知登记人"
    )
    present = models.ManyToManyField(Inspector, blank=True, related_name="+", verbose_name="到场检查人员")
    methods = models.JSONField("核查方式", default=list, blank=True)
    materials = models.TextField("查阅、复制的资料", blank=True)
    preservation = models.TextField("证据保全情况", blank=True)
    noncooperation = models.JSONField("不配合情形", default=list, blank=True)
    noncooperation_facts = models.TextField("不配合的经过和证据", blank=True)
    opinion = models.TextField("检查组意见", blank=True)
    no_signature_reason = models.CharField("被检查对象未签章的原因", max_length=300, blank=True)
    witness_name = models.CharField("见证人", max_length=40, blank=True)
    saved_at = models.DateTimeField("最近保存时间", null=True, blank=True)
    saved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="最近保存人"
    )
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办结人"
    )

    class Meta:
        verbose_name = "现场检查记录"
        constraints = [
            together("record", "certificates_shown"),
            together("record", "rights_told"),
            together("record", "saved"),
            together("record", "closed"),
        ]

    def __str__(self) -> str:
        return f"现场检查记录：{self.visit}"

    @property
    def bureau(self) -> Bureau:
        return self.visit.bureau


class RecordAnswer(models.Model):
    record = models.ForeignKey(
        InspectionRecord, models.PROTECT, related_name="answers", verbose_name="检查记录"
    )
    row = models.ForeignKey(ChecklistRow, models.PROTECT, related_name="+", verbose_name="检查内容")
    answer = models.CharField("结果", max_length=15, choices=Answer, blank=True)
    finding = models.TextField("发现的问题", blank=True)

    class Meta:
        verbose_name = "检查内容结果"
        ordering = ["row__version", "row__position"]
        constraints = [models.UniqueConstraint(fields=["record", "row"], name="row_answered_once")]

    def __str__(self) -> str:
        return f"{self.row}：{self.get_answer_display()}"

    @property
    def vetoes(self) -> bool:
        """Whether this answer alone makes its whole item 不符合."""
        return self.row.is_veto and self.answer == Answer.VIOLATES


class Attachment(models.Model):
    """A photo or copy taken as evidence; the bytes as they came, with their SHA-256."""

    record = models.ForeignKey(
        InspectionRecord, models.PROTECT, related_name="attachments", verbose_name="检查记录"
    )
    row = models.ForeignKey(
        ChecklistRow, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="检查内容"
    )
    client_key = models.CharField("客户端标识", max_length=40, help_text="同一张照片重复发送时只存一次")
    file = models.FileField("文件", upload_to="evidence/%Y/%m/", max_length=200)
    content_type = models.CharField("类型", max_length=40)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    caption = models.CharField("说明", max_length=100, blank=True)
    uploaded_at = models.DateTimeField("上传时间", default=timezone.now)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="上传人")
    removed_at = models.DateTimeField("撤下时间", null=True, blank=True)
    removed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤下人"
    )

    class Meta:
        verbose_name = "证据附件"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["record", "client_key"], name="attachment_sent_once"),
            together("attachment", "removed"),
        ]

    def __str__(self) -> str:
        return self.caption or self.sha256[:8]


class SignerRole(models.TextChoices):
    FACILITY = "facility", "被检查对象（法定代表人、负责人或授权人）"
    INSPECTOR = "inspector", "检查人员"
    WITNESS = "witness", "见证人"


class Signature(models.Model):
    record = models.ForeignKey(
        InspectionRecord, models.PROTECT, related_name="signatures", verbose_name="检查记录"
    )
    role = models.CharField("签名人身份", max_length=10, choices=SignerRole)
    inspector = models.ForeignKey(
        Inspector, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="检查人员"
    )
    name = models.CharField("签名人", max_length=40)
    image = models.TextField("签名图样", help_text="PNG，base64")
    signed_at = models.DateTimeField("签名时间", default=timezone.now)
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")

    class Meta:
        verbose_name = "签名"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["record", "role", "inspector"], name="inspector_signs_once"),
            models.UniqueConstraint(
                fields=["record", "role"],
                condition=models.Q(inspector__isnull=True),
                name="facility_and_witness_sign_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.get_role_display()}）"
