import datetime as dt

from django.core.management.base import BaseCommand, CommandError

from registries.calendar import register
from registries.workdays import add_workdays


class Command(BaseCommand):
    help = "打印起始日之后第N个工作日（起始日不计）；通知尚未发布的年份，日期后注明 provisional。"

    def add_arguments(self, parser):
        parser.add_argument("start", help="起始日，如 2026-02-10")
        parser.add_argument("days", help="工作日天数，如 20")

    def handle(self, *args, start: str, days: str, **options):
        try:
            day = dt.date.fromisoformat(start)
        except ValueError as error:
            raise CommandError(f"“{start}”不是有效的日期。用法：manage.py workdays 2026-02-10 20") from error
        if not days.isdecimal():
            raise CommandError(
                f"“{days}”不是工作日天数，应为 0 或正整数。用法：manage.py workdays 2026-02-10 20"
            )
        try:
            deadline = add_workdays(day, int(days), register())
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{deadline.date}{' provisional' if deadline.provisional else ''}")
