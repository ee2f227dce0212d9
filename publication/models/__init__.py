from publication.models.notices import Notice, NoticeState
from publication.models.reminders import DeadlineKind, Message, Reminder, Stage

__all__ = ["DeadlineKind", "Message", "Notice", "NoticeState", "Reminder", "Stage"]
