import os
import secrets

from django.core.management.base import BaseCommand, CommandError

from publication.demo.people import account_lines
from publication.demo.story import tell
from registries.models import Bureau, User


class Command(BaseCommand):
    help = "在空数据库中装入演示用的医保局；已有数据的数据库一律拒绝。DEMO_PASSWORD 指定演示账号的密码。"

    def handle(self, **options):
        if Bureau.objects.exists() or User.objects.exists():
            raise CommandError("数据库里已有数据，没有装入演示数据。演示数据只装入刚迁移好的空数据库。")
        password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(9)
        tell(password)
        for line in account_lines():
            self.stdout.write(line)
        self.stdout.write(f"  密码 {password}")
