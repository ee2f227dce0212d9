"""Versions written before laws had a validity of their own name them by entries too; their texts stay as they are."""

from django.db import migrations

from registries.basis import LONGEST_ARTICLE, LONGEST_TITLE, parse


def enter(apps, schema_editor):
    source, entry = apps.get_model("registries", "LegalSource"), apps.get_model("registries", "BasisEntry")
    versions = apps.get_model("registries", "ItemVersion").objects.filter(basis=None)
    # The highest bureau first: those below name its sources.
    for version in versions.select_related("item__bureau").order_by("item__bureau__path", "pk"):
        lines = version.item.bureau.path.rstrip("/").split("/")
        for position, named in enumerate(parse(version.legal_basis), 1):
            if len(named.title) > LONGEST_TITLE or len(named.article) > LONGEST_ARTICLE:
                continue
            known = source.objects.filter(bureau__code__in=lines, title=named.title)
            law = known.order_by("bureau__path").first() or source.objects.create(
                bureau=version.item.bureau, title=named.title
            )
            entry.objects.create(version=version, position=position, source=law, article=named.article)


class Migration(migrations.Migration):
    dependencies = [("registries", "0010_find_among_a_million")]
    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]
