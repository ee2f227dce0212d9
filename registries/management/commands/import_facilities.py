from registries.imports.formats import ImportKind
from registries.management.import_command import ImportCommand


class Command(ImportCommand):
    help = "导入定点医药机构名录：逐格检查，有任何问题则全部列出且不写入。"
    kind = ImportKind.FACILITIES
