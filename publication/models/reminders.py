from django.db import models
from django.utils import timezone

from inspections.models import Visit
from publication.deadlines import DeadlineKind, Stage
from registries.models import User


class EmailState(models.TextChoices):
    NONE = "none", "无邮箱"
    WAITING = "waiting", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发送"
    FAILED = "failed", "发送失败"


class Message(models.Model):
    """A notice in a person's list."""

    user = models.ForeignKey(User, models.CASCADE, related_name="inbox", verbose_name="收件人")
    title = models.CharField("标题", max_length=100)
    body = models.TextField("内容")
    link = models.CharField("链接", max_length=200, blank=True)
    created_at = models.DateTimeField("时间", default=timezone.now)
    read_at = models.DateTimeField("已读时间", null=True, blank=True)
    email_state = models.CharField("邮件", max_length=10, choices=EmailState, default=EmailState.NONE)

    class Meta:
        verbose_name = "消息"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["user"], condition=models.Q(read_at__isnull=True), name="message_unread"),
            models.Index(
                fields=["email_state"],
                condition=models.Q(email_state__in=["waiting", "failed"]),
                name="message_email_to_send",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Reminder(models.Model):
    """The ledger: a reminder is claimed here, once, before anything is sent (handbook 4, habit 12)."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="reminders", verbose_name="检查任务")
    deadline = models.CharField("期限", max_length=12, choices=DeadlineKind)
    due_on = models.DateField("到期日")
    stage = models.CharField("阶段", max_length=15, choices=Stage)
    recipient = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="收件人")
    message = models.OneToOneField(Message, models.CASCADE, related_name="reminder", verbose_name="消息")
    claimed_at = models.DateTimeField("登记时间", default=timezone.now)

    class Meta:
        verbose_name = "提醒台账"
        ordering = ["-claimed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "deadline", "due_on", "stage", "recipient"], name="reminder_claimed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}：{self.visit}（{self.due_on}）"
