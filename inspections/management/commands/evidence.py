"""Write the evidence files of draws whose visits have ended (draw protocol, section 4)."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from inspections import evidence
from inspections.models import Draw
from registries.errors import DomainError


class Command(BaseCommand):
    help = "输出一次抽取的证据文件；--all 把全部已到公开时间的证据文件写入一个目录。"

    def add_arguments(self, parser):
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("number", nargs="?", metavar="NUMBER", help="抽取编号，例如 卫医保抽〔2026〕3号")
        which.add_argument("--all", type=Path, metavar="DIR", dest="directory", help="写入全部证据文件的目录")

    def handle(self, *, number, directory, **options):
        if directory is None:
            self._print(number)
        else:
            self._write_all(directory)

    def _print(self, number: str) -> None:
        draw = Draw.objects.filter(number=number).first()
        if draw is None:
            raise CommandError(f"没有编号为 {number} 的抽取。")
        try:
            self.stdout.write(evidence.as_bytes(draw).decode(), ending="")
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _write_all(self, directory: Path) -> None:
        due, waiting = [], 0
        for draw in Draw.objects.select_related("bureau", "task").order_by(
            "bureau__path", "year", "sequence"
        ):
            if evidence.is_due(draw):
                due.append(draw)
            else:
                waiting += 1
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for draw in due:
                path = directory / evidence.file_name(draw)
                path.write_bytes(evidence.as_bytes(draw))
                self.stdout.write(str(path))
        except OSError as error:
            raise CommandError(f"无法写入 {error.filename}：{error.strerror}。") from error
        self.stdout.write(f"已写出 {len(due)} 份证据文件；{waiting} 次抽取的检查尚未全部结束。")
