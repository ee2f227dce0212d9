from django.db import models
from django.utils import timezone

from inspections.models.visits import Visit
from registries.models import Bureau, User


class DocumentKind(models.TextChoices):
    RECORD = "record", "现场检查记录"
    REPORT = "report", "检查情况报告"


class Document(models.Model):
    """A document as it was made: template version, bytes, SHA-256. Never made again; a correction supersedes it."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="documents", verbose_name="检查任务")
    kind = models.CharField("种类", max_length=10, choices=DocumentKind)
    template = models.CharField("模板", max_length=60)
    file = models.FileField("文件", upload_to="documents/%Y/%m/", max_length=200)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    made_at = models.DateTimeField("生成时间", default=timezone.now)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="生成人")

    class Meta:
        verbose_name = "文书"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.visit}"

    @property
    def bureau(self) -> Bureau:
        return self.visit.bureau
