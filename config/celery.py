"""Celery application. The schedule's keys are sentences that an administrator can read."""

import os

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

SEND_DUE_REMINDERS = "publication.tasks.send_due_reminders"
FIVE_MINUTES = 300

app = Celery("double_random")
app.set_default()  # for every thread: Celery keeps the current application of each thread apart
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "every five minutes send every reminder that has come due": {
        "task": SEND_DUE_REMINDERS,
        "schedule": FIVE_MINUTES,
        # A queue without workers must not fill up with the same request: the next scan asks again.
        "options": {"expires": FIVE_MINUTES},
    },
}


@worker_ready.connect
def send_what_came_due_while_no_worker_ran(sender, **kwargs) -> None:
    """Reminders are claimed before they are sent, so that any number of workers may start at once."""
    with sender.app.connection_for_write() as connection:
        sender.app.send_task(SEND_DUE_REMINDERS, connection=connection, expires=FIVE_MINUTES)
