from django.db import models
from django.utils import timezone

from registries.models.bureaus import Bureau
from registries.models.pairs import together
from registries.models.people import User


class ImportDraft(models.Model):
    """A list that was uploaded and checked and waits for its confirmation.

    The file holds ID numbers: it is stored encrypted, and only until the list is imported or forgotten. `report`
    is what the check found, without personal data.
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="import_drafts", verbose_name="医保局")
    kind = models.CharField("名单种类", max_length=12)
    filename = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64, editable=False)
    file = models.FileField("文件", upload_to="imports/%Y/%m", max_length=200, blank=True)
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
