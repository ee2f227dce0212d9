from registries.imports.formats import ImportKind
from registries.management.import_command import ImportCommand


class Command(ImportCommand):
    help = "导入执法检查人员清单和专业技术人员库：逐格检查，有任何问题则全部列出且不写入。"
    kind = ImportKind.INSPECTORS

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--experts", action="store_true", help="文件中全部为专业技术人员")

    def import_kind(self, options):
        return ImportKind.EXPERTS if options["experts"] else self.kind
