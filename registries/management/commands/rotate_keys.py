from collections import Counter

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from registries import key_rotation

NAMED = 20
ONE_KEY = (
    "FIELD_KEYS 只有一把密钥，没有可更换的。请先生成新密钥，写在旧密钥之前，用逗号隔开，"
    "在每台服务器上改好并重启后再运行。"
)
DONE = (
    "旧密钥下已没有数据。可以从 FIELD_KEYS 中删去旧密钥，只留第一把，然后重启；"
    "用旧密钥加密的数据库备份还在保存期内的，旧密钥须另行保管。"
)
NOT_DONE = "还有 {} 个值不在最新密钥下，旧密钥不能删去。请处理上面列出的问题后再次运行，已更换的不会重复。"


class Command(BaseCommand):
    help = (
        "把身份证号、电话等加密数据和待导入的文件改用 FIELD_KEYS 中的第一把密钥加密；中断后再次运行即可继续。"
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="只按密钥新旧统计，不更换")

    def handle(self, *, check: bool, **options):
        if not check:
            self._rotate()
        ages = key_rotation.ages(progress=self._progress("已统计"))
        self._print(ages)
        left = ages.total() - ages[0]
        if left and not check:
            raise CommandError(NOT_DONE.format(left))
        if not left and len(settings.FIELD_KEYS) > 1:
            self.stdout.write(DONE)

    def _rotate(self) -> None:
        if len(settings.FIELD_KEYS) == 1:
            raise CommandError(ONE_KEY)
        rotation = key_rotation.rotate(progress=self._progress("已更换至"))
        for line in rotation.refused[:NAMED]:
            self.stderr.write(f"{line}。")
        if (more := len(rotation.refused) - NAMED) > 0:
            self.stderr.write(f"另有 {more} 处。")
        self.stdout.write(f"本次更换 {rotation.rotated} 个值。")

    def _progress(self, what: str):
        def say(model, seen: int) -> None:
            self.stdout.write(f"{model._meta.verbose_name}：{what}第 {seen} 条")

        return say

    def _print(self, ages: Counter) -> None:
        for age in range(len(settings.FIELD_KEYS)):
            title = "最新密钥" if age == 0 else f"第 {age + 1} 把密钥"
            self.stdout.write(f"{title}：{ages[age]} 个值")
        if ages[None]:
            self.stdout.write(f"现有的密钥都打不开：{ages[None]} 个值")
