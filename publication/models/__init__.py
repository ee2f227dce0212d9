from publication.models.notices import Notice, NoticeState
from publication.models.reminders import DeadlineKind, EmailState, Message, Reminder, Stage

__all__ = ["DeadlineKind", "EmailState", "Message", "Notice", "NoticeState", "Reminder", "Stage"]
