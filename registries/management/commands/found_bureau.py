from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from registries.bureaus import appoint_administrators, found
from registries.errors import DomainError
from registries.models import Bureau


class Command(BaseCommand):
    help = "设立一个医保局，并开设系统管理员、安全保密管理员、安全审计员三个账号（初始密码只显示这一次）。"

    def add_arguments(self, parser):
        parser.add_argument("code", metavar="CODE", help="行政区划代码，如 410403")
        parser.add_argument("name", metavar="NAME", help="全称，如 卫东区医疗保障局")
        parser.add_argument("short_name", metavar="SHORT", help="文号用的简称，如 卫医保")
        parser.add_argument("--parent", metavar="CODE", help="上级医保局的行政区划代码；省级不写")

    def handle(self, *, code, name, short_name, parent, **options):
        above = Bureau.objects.filter(code=parent).first()
        if parent and above is None:
            raise CommandError(f"没有行政区划代码为 {parent} 的医保局，请先设立上级。")
        try:
            with transaction.atomic():
                bureau = found(code, name, short_name, parent=above)
                appointed = appoint_administrators(bureau)
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"已设立{bureau.name}（{bureau.get_level_display()}）。请分别交给三个人：")
        for user, password in appointed:
            self.stdout.write(f"  {user.display_name}  用户名 {user.username}  初始密码 {password}")
