from celery import shared_task
from django.utils import timezone

from publication import certificate_warnings, reminders


@shared_task
def send_due_reminders() -> None:
    """The periodic scan; any number of workers may run it at once."""
    now = timezone.now()
    reminders.claim(now)
    certificate_warnings.claim(now)
    reminders.send(now)
