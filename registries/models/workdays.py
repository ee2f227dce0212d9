from django.db import models
from django.utils import timezone

from registries.models.people import User


class HolidayNotice(models.Model):
    """国务院办公厅's notice on one year's holidays. A year without one has provisional dates only."""

    year = models.PositiveSmallIntegerField("年度", unique=True)
    document = models.CharField("文号", max_length=60, blank=True)
    amendment = models.CharField("修改通知文号", max_length=60, blank=True)
    entered_at = models.DateTimeField("登记时间", default=timezone.now)
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="登记人")

    class Meta:
        verbose_name = "节假日通知"
        ordering = ["-year"]

    def __str__(self) -> str:
        return f"{self.year}年节假日安排 {self.document}".strip()


class HolidayDay(models.Model):
    """A day that differs from the week's pattern; it may lie in the December before the notice's year."""

    notice = models.ForeignKey(HolidayNotice, models.CASCADE, related_name="days", verbose_name="通知")
    date = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("是否上班", help_text="是：调休上班；否：放假")
    name = models.CharField("节日", max_length=20, blank=True)

    class Meta:
        verbose_name = "节假日"
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {'上班' if self.is_workday else '放假'}"
