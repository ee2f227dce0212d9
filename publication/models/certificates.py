from django.db import models
from django.utils import timezone

from publication.models.reminders import Message
from registries.models import Inspector, User


class CertificateWarning(models.Model):
    """The ledger: each certificate that ends is claimed here, once for each person to be told (handbook 4, habit 12)."""

    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="+", verbose_name="检查人员")
    # Its name, not its row: an 执法证 is two fields of the inspector.
    certificate = models.CharField("证件", max_length=90)
    due_on = models.DateField("到期日")
    recipient = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="收件人")
    message = models.OneToOneField(Message, models.CASCADE, related_name="+", verbose_name="消息")
    claimed_at = models.DateTimeField("登记时间", default=timezone.now)

    class Meta:
        verbose_name = "证件到期提醒台账"
        ordering = ["-claimed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspector", "certificate", "due_on", "recipient"],
                name="certificate_warning_claimed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.inspector.number} {self.certificate}（{self.due_on}）"
