from django.db import models
from django.utils import timezone

from inspections.models.draws import Draw
from inspections.models.plans import PlanTask
from registries.models import User


class DrawJobKind(models.TextChoices):
    SEAL = "seal", "封存名单"
    HOLD = "hold", "抽取"


class DrawJobState(models.TextChoices):
    RUNNING = "running", "正在进行"
    DONE = "done", "已完成"
    REFUSED = "refused", "没有进行"


class DrawJob(models.Model):
    """A seal or a draw over so many facilities that a worker carries it out, for the person who pressed (ADR 16).

    `beat_at` is when a worker took it in hand, `refusal` why it was not done.
    """

    kind = models.CharField("种类", max_length=4, choices=DrawJobKind)
    task = models.ForeignKey(PlanTask, models.CASCADE, related_name="draw_jobs", verbose_name="抽查任务")
    round = models.PositiveSmallIntegerField("轮次")
    public_source = models.CharField("公开随机数的来源", max_length=200, blank=True)
    draw = models.ForeignKey(
        Draw, models.PROTECT, null=True, blank=True, related_name="jobs", verbose_name="抽取"
    )
    state = models.CharField("状态", max_length=8, choices=DrawJobState, default=DrawJobState.RUNNING)
    beat_at = models.DateTimeField("最近一次进展", null=True, blank=True)
    refusal = models.TextField("没有进行的原因", blank=True)
    asked_at = models.DateTimeField("提出时间", default=timezone.now)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提出人")

    class Meta:
        verbose_name = "后台抽取"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "round", "kind"],
                condition=models.Q(state="running"),
                name="one_running_job_of_a_round",
            )
        ]

    def __str__(self) -> str:
        return f"{self.task} 第{self.round}轮{self.get_kind_display()}"

    @property
    def is_moving(self) -> bool:
        return self.state == DrawJobState.RUNNING
