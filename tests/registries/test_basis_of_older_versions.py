"""Lists that were kept before laws had a validity of their own are flagged like all others."""

from importlib import import_module

import pytest
from django.apps import apps

from registries.models import LegalSource
from tests.factories import make_item

pytestmark = pytest.mark.django_db

enter = import_module("registries.migrations.0011_basis_of_older_versions").enter


def test_older_versions_name_their_laws_and_keep_their_text(city, county, city_staff, drafter):
    text = f"医疗保障基金管理条例第三条；《{'长' * 151}》"
    above = make_item(city, city_staff, "全市事项", legal_basis=text)
    ours = make_item(county, drafter, "本区事项", legal_basis="《医疗保障基金管理条例》\n《本区办法》")
    enter(apps, None)
    assert [(source.title, source.bureau) for source in LegalSource.objects.order_by("pk")] == [
        ("医疗保障基金管理条例", city),
        ("本区办法", county),
    ]
    assert [str(entry) for version in (above, ours) for entry in version.basis.all()] == [
        "《医疗保障基金管理条例》第三条",
        "《医疗保障基金管理条例》",
        "《本区办法》",
    ]
    above.refresh_from_db()
    assert above.legal_basis == text
    enter(apps, None)
    assert ours.basis.count() == 2
