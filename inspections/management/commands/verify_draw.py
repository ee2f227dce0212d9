"""Recompute a draw from its published evidence file, without the database."""

from django.core.management.base import BaseCommand, CommandError

from inspections.verify_draw import Unreadable, check_file


class Command(BaseCommand):
    help = "核验抽取证据文件：逐项重算，一致则退出码为 0，否则报告第一处不一致，退出码为 1。"
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", help="证据文件（JSON）")
        parser.add_argument("--seal-digest", metavar="HEX", help="封存时公布的封存摘要")

    def handle(self, *, file, seal_digest, **options):
        try:
            verified, answer = check_file(file, seal_digest)
        except Unreadable as unreadable:
            raise CommandError(str(unreadable)) from unreadable
        if not verified:
            raise CommandError(answer)
        self.stdout.write(answer)
