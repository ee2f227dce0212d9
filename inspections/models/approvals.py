from django.db import models
from django.utils import timezone

from registries.models import Bureau, User
from registries.models.pairs import together


class ApprovalSubject(models.TextChoices):
    PLAN = "plan", "年度计划"
    SUBSTITUTION = "substitution", "检查人员调换"
    REPORT = "report", "检查报告"
    VOID = "void", "抽取作废"
    CLUE = "clue", "线索检查"


class ApprovalOutcome(models.TextChoices):
    APPROVED = "approved", "同意"
    RETURNED = "returned", "退回"


class Approval(models.Model):
    """One application to a supervisor and its answer. A subject has at most one that is still open."""

    subject_kind = models.CharField("事项", max_length=15, choices=ApprovalSubject)
    subject_id = models.BigIntegerField("事项标识")
    title = models.CharField("标题", max_length=200)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name="医保局")
    applied_at = models.DateTimeField("申请时间", default=timezone.now)
    applied_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申请人")
    # Everybody who worked on the subject; none of them may decide on it.
    barred = models.ManyToManyField(User, related_name="+", verbose_name="不得审批的人")
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批人"
    )
    outcome = models.CharField("结论", max_length=10, choices=ApprovalOutcome, blank=True)
    reason = models.TextField("意见", blank=True)

    class Meta:
        verbose_name = "审批"
        ordering = ["-applied_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"],
                condition=models.Q(decided_at__isnull=True),
                name="one_open_approval_of_a_subject",
            ),
            together("approval", "decided"),
            models.CheckConstraint(
                name="nobody_approves_their_own_application",
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("applied_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.title
