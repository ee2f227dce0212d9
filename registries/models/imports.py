import datetime as dt

from django.db import models
from django.utils import timezone

from registries.fields import EncryptedFileField
from registries.models.bureaus import Bureau
from registries.models.pairs import together
from registries.models.people import User


class ImportState(models.TextChoices):
    CHECKING = "checking", "正在检查"
    CHECKED = "checked", "待确认"
    WRITING = "writing", "正在导入"
    IMPORTED = "imported", "已导入"
    FAILED = "failed", "已中断"


class ImportDraft(models.Model):
    """A list that was uploaded, is checked by a worker, waits for its confirmation and is written by a worker.

    The files hold ID numbers: they are stored encrypted, and only until the list is imported or forgotten. `report`
    is what the check found, without personal data. `beat_at` is when the worker last said that it was at work.
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="import_drafts", verbose_name="医保局")
    kind = models.CharField("名单种类", max_length=12)
    filename = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64, editable=False)
    file = EncryptedFileField("文件", upload_to="imports/%Y/%m", max_length=200, blank=True)
    marked_copy = EncryptedFileField("标注副本", upload_to="imports/%Y/%m", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=ImportState, default=ImportState.CHECKING)
    done = models.PositiveIntegerField("已处理行数", default=0)
    total = models.PositiveIntegerField("总行数", default=0)
    beat_at = models.DateTimeField("最近一次进展", null=True, blank=True)
    failure = models.CharField("中断原因", max_length=300, blank=True)
    report = models.JSONField("检查结果", default=dict)
    uploaded_at = models.DateTimeField("上传时间", default=timezone.now)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="上传人")
    confirmed_at = models.DateTimeField("导入时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="导入人"
    )

    class Meta:
        verbose_name = "待导入名单"
        ordering = ["-uploaded_at", "-pk"]
        constraints = [together("import_draft", "confirmed")]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_moving(self) -> bool:
        """It waits for a worker, or one has it in hand."""
        return self.state in (ImportState.CHECKING, ImportState.WRITING)

    @property
    def asked_at(self) -> dt.datetime:
        return self.confirmed_at or self.uploaded_at
