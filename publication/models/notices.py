from django.db import models
from django.utils import timezone

from inspections.models import Visit
from publication.states import NoticeState
from registries.models import Bureau, User
from registries.models.pairs import together


class Notice(models.Model):
    """公示 of one visit's result. Its text is frozen with a digest; a correction is a new version beside the old one."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="notices", verbose_name="医保局")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="notices", verbose_name="检查任务")
    version = models.PositiveSmallIntegerField("版本", default=1)
    state = models.CharField("状态", max_length=10, choices=NoticeState, default=NoticeState.PREPARED)
    content = models.JSONField("公示内容")
    sha256 = models.CharField("内容摘要", max_length=64)
    correction_reason = models.CharField("更正原因", max_length=300, blank=True)
    prepared_at = models.DateTimeField("拟定时间", default=timezone.now)
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="拟定人")
    checked_at = models.DateTimeField("复核时间", null=True, blank=True)
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    return_reason = models.CharField("退回原因", max_length=300, blank=True)
    published_at = models.DateTimeField("公示时间", null=True, blank=True, db_index=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发布人"
    )

    class Meta:
        verbose_name = "结果公示"
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "version"], name="notice_version_once"),
            models.UniqueConstraint(
                fields=["visit"],
                condition=models.Q(state="published"),
                name="one_published_notice_of_a_visit",
            ),
            models.CheckConstraint(
                name="a_second_person_checks_a_notice",
                condition=models.Q(checked_by__isnull=True) | ~models.Q(checked_by=models.F("prepared_by")),
            ),
            together("notice", "checked"),
            together("notice", "published"),
        ]

    def __str__(self) -> str:
        return f"结果公示：{self.visit}"
