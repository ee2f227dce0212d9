"""The states of a notice, added to the one table that `inspections.states.advance` consults."""

from django.db import models

from inspections.states import ALLOWED


class NoticeState(models.TextChoices):
    PREPARED = "prepared", "待复核"
    RETURNED = "returned", "已退回"
    CHECKED = "checked", "待发布"
    PUBLISHED = "published", "已公示"
    CORRECTED = "corrected", "已更正"


ALLOWED[NoticeState] = {
    NoticeState.PREPARED: {NoticeState.CHECKED, NoticeState.RETURNED},
    NoticeState.RETURNED: {NoticeState.PREPARED},
    NoticeState.CHECKED: {NoticeState.PUBLISHED, NoticeState.RETURNED},
    NoticeState.PUBLISHED: {NoticeState.CORRECTED},
    NoticeState.CORRECTED: set(),
}

# Still on somebody's desk. A visit has at most one such notice: its first, or one correction.
IN_THE_MAKING = (NoticeState.PREPARED, NoticeState.RETURNED, NoticeState.CHECKED)
# What the public sees (F3): a corrected notice stays beside the one that took its place.
PUBLIC = (NoticeState.PUBLISHED, NoticeState.CORRECTED)
