"""What the periodic task does, by hand: claims every reminder that has come due, and sends the waiting mails."""

import datetime as dt

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from publication import certificate_warnings, reminders
from publication.models import EmailState


def moment(text: str) -> dt.datetime:
    """An ISO 8601 date or time; one without an offset is taken as Asia/Shanghai."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"“{text}”不是有效的时间，请按 2026-03-10 或 2026-03-10T09:00:00+08:00 的格式填写。"
        ) from None
    return timezone.make_aware(at) if timezone.is_naive(at) else at


class Command(BaseCommand):
    help = "登记并发送所有到期的提醒；重复运行不会重复发送。"

    def add_arguments(self, parser):
        parser.add_argument("--now", metavar="ISO", help="按这个时间判断，默认为现在；没有时区的按北京时间")

    def handle(self, *, now=None, **options):
        at = moment(now) if now else timezone.now()
        claimed = [*reminders.claim(at), *certificate_warnings.claim(at)]
        tried = reminders.send(at)
        for reminder in claimed:
            self.stdout.write(
                f"{reminder.due_on} {reminder.recipient.display_name}（{reminder.recipient.username}） "
                f"{reminder.message.title}"
            )
        sent = sum(message.email_state == EmailState.SENT for message in tried)
        self.stdout.write(f"提醒 {len(claimed)} 条，邮件发出 {sent} 封、失败 {len(tried) - sent} 封")
