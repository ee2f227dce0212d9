"""What the three import commands share. They run what the page runs and print every problem."""

from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from registries.access import Permission, may
from registries.errors import DomainError
from registries.imports import importing
from registries.imports.formats import KIND_TITLES, ImportKind
from registries.imports.outcomes import Outcome
from registries.models import Bureau, User


class ImportCommand(BaseCommand):
    kind: ImportKind

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="Excel 或 CSV 文件")
        parser.add_argument("--bureau", required=True, metavar="CODE", help="医保局的行政区划代码，如 410403")
        parser.add_argument("--check", action="store_true", help="只检查，不写入")
        parser.add_argument("--by", metavar="USERNAME", help="以谁的名义导入；不写则为该局第一位经办人员")

    def handle(self, *, file, bureau, check, by, **options):
        bureau = _bureau(bureau)
        by = _person(bureau, by)
        try:
            outcome = importing.run(
                self.import_kind(options),
                _readable(file),
                filename=file.name,
                bureau=bureau,
                by=by,
                check_only=check,
            )
        except (DomainError, PermissionDenied) as refusal:
            raise CommandError(str(refusal)) from refusal
        for note in outcome.notes:
            self.stderr.write(note)
        if outcome.problems:
            for problem in outcome.problems:
                self.stdout.write(str(problem))
            raise CommandError(f"发现 {len(outcome.problems)} 处问题，没有写入任何内容。")
        if outcome.written:
            self.written(outcome, by=by)
        self.stdout.write(self.summary(outcome))

    def import_kind(self, options: dict) -> ImportKind:
        return self.kind

    def summary(self, outcome: Outcome) -> str:
        counts = f"新增 {outcome.new}，变更 {outcome.changed}，无变化 {outcome.unchanged}"
        how = "已导入" if outcome.written else "检查通过，没有写入"
        return f"{KIND_TITLES[self.kind]}：{how}（{counts}）。"

    def written(self, outcome: Outcome, *, by: User) -> None:
        """What follows once the list is in the registry."""


def _bureau(code: str) -> Bureau:
    bureau = Bureau.objects.filter(code=code).first()
    if bureau is None:
        known = "、".join(f"{one.code} {one.name}" for one in Bureau.objects.all()[:10])
        raise CommandError(f"没有行政区划代码为 {code} 的医保局。已有：{known or '无'}。")
    return bureau


def _person(bureau: Bureau, username: str | None) -> User:
    """Every change is somebody's: the trail names them."""
    if username:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"没有在用的账号“{username}”。")
        return user
    for user in bureau.users.filter(is_active=True).order_by("pk"):
        if may(user, Permission.REGISTRY_EDIT):
            return user
    raise CommandError(f"{bureau.name}没有在用的经办人员账号，请先开设账号并授予角色，或用 --by 指定。")


def _readable(file: Path) -> Path:
    try:
        with file.open("rb"):
            return file
    except OSError as error:
        raise CommandError(f"无法读取文件 {file}：{error.strerror}。") from error
