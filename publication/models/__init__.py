from publication.models.certificates import CertificateWarning
from publication.models.notices import Notice, NoticeState
from publication.models.reminders import DeadlineKind, EmailState, Message, Reminder, Stage

__all__ = [
    "CertificateWarning", "DeadlineKind", "EmailState", "Message", "Notice", "NoticeState", "Reminder", "Stage",
]  # fmt: skip
