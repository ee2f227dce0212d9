from django.db import models
from django.utils import timezone

from registries.models.bureaus import Bureau
from registries.models.people import User


class OnlyGrows(models.QuerySet):
    def update(self, *args, **kwargs):
        raise TypeError("The trail only grows.")

    def delete(self):
        raise TypeError("The trail only grows.")

    bulk_update = update


class TrailEntry(models.Model):
    """One thing that somebody did. Text copies outlive the rows; triggers in the database refuse any change."""

    at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    actor = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, null=True, related_name="+", verbose_name="操作人"
    )
    actor_name = models.CharField("操作人姓名", max_length=40)
    bureau = models.ForeignKey(
        Bureau, models.DO_NOTHING, db_constraint=False, null=True, related_name="+", verbose_name="医保局"
    )
    event = models.CharField("事件", max_length=60)
    subject_kind = models.CharField("对象种类", max_length=60)
    subject_id = models.CharField("对象标识", max_length=40)
    subject_name = models.CharField("对象", max_length=200)
    before = models.JSONField("变更前", null=True)
    after = models.JSONField("变更后", null=True)
    note = models.TextField("说明", blank=True)

    objects = OnlyGrows.as_manager()

    class Meta:
        verbose_name = "操作留痕"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="trail_subject")]

    def __str__(self) -> str:
        return f"{self.actor_name}{self.event}：{self.subject_name}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError("The trail only grows.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("The trail only grows.")
