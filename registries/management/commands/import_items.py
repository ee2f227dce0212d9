from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from registries.errors import DomainError
from registries.imports import items
from registries.imports.formats import ImportKind
from registries.management.import_command import ImportCommand
from registries.models import ItemVersion


class Command(ImportCommand):
    help = "导入抽查事项清单，成为草稿；加 --publish 则当日公布。有任何问题则全部列出且不写入。"
    kind = ImportKind.ITEMS

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--publish", action="store_true", help="导入后即公布，当日起生效")

    def handle(self, *, publish, **options):
        self.publish = publish
        with transaction.atomic():
            super().handle(**options)

    def written(self, outcome, *, by):
        if not outcome.drafted:
            return
        if not self.publish:
            self.stdout.write(f"{len(outcome.drafted)} 个版本为草稿，公布后才能使用。")
            return
        versions = ItemVersion.objects.filter(pk__in=outcome.drafted).select_related("item__bureau")
        try:
            count = items.publish(versions, effective_from=timezone.localdate(), by=by)
        except DomainError as refusal:
            raise CommandError(f"没有写入任何内容：{refusal.message}") from refusal
        self.stdout.write(f"已公布 {count} 个版本，自今日起生效。")
