"""The database refuses to change a published version of an item, whoever asks and by whatever way (A1, A2)."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from registries import items
from registries.checklists import Row
from registries.models import ChecklistRow, ItemVersion
from tests.factories import NOW, make_item

pytestmark = pytest.mark.django_db

# What ends or replaces a version, and what counts its changes.
STILL_TO_COME = {"id", "state", "effective_to", "revision"}
VALUES = {"legal_basis": "《条例》第三条", "inspecting_body": "局"}
FROZEN = [field.name for field in ItemVersion._meta.concrete_fields if field.name not in STILL_TO_COME]


@pytest.fixture
def version(county, drafter):
    return make_item(county, drafter)


@pytest.fixture
def draft(version, drafter):
    return items.draft_version(version.item, VALUES, [Row("药师在岗")], by=drafter, now=NOW)


def another(field, value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, dt.date):
        return value - dt.timedelta(1)
    return value + 1 if isinstance(value, int) else f"{value or ''}改"


def refused(change) -> bool:
    try:
        with transaction.atomic():
            change()
    except DatabaseError as error:
        return "does not change" in str(error) or "stay on the record" in str(error)
    return False


@pytest.mark.parametrize("name", FROZEN)
def test_no_fact_of_a_published_version_changes(version, name, colleague, neighbour, outsider):
    values = {
        "item": make_item(neighbour, outsider).item_id,
        "drafted_by": colleague.pk,
        "published_by": colleague.pk,
    }
    value = values.get(name) or another(name, getattr(version, name))
    assert refused(lambda: ItemVersion.objects.filter(pk=version.pk).update(**{name: value}))


def test_a_published_version_and_its_rows_are_not_deleted(version):
    assert refused(version.delete)
    assert refused(lambda: ItemVersion.objects.filter(pk=version.pk)._raw_delete("default"))
    assert refused(version.rows.first().delete)
    assert version.rows.count() == 3


def test_its_checklist_neither_changes_nor_grows_nor_loses_rows_to_a_draft(version, draft):
    rows, theirs = ChecklistRow.objects.filter(version=version), draft.rows.all()
    assert refused(lambda: rows.update(is_veto=True))
    assert refused(lambda: ChecklistRow.objects.create(version=version, position=9, content="补一项"))
    assert refused(lambda: rows.filter(position=3).update(version=draft))
    assert refused(lambda: theirs.update(version=version, position=9))


def test_a_draft_changes_until_it_is_published_and_the_old_version_ends_then(version, draft, drafter):
    rows = [Row("药师在岗"), Row("人证相符")]
    amended = items.amend_draft(draft, {"remarks": "改"}, rows, revision=1, by=drafter, now=NOW)
    new = items.publish(amended, effective_from=dt.date(2026, 5, 1), by=drafter, now=NOW)
    version.refresh_from_db()
    assert (version.state, version.effective_to) == ("superseded", dt.date(2026, 4, 30))
    assert items.withdraw(new, reason="停用", by=drafter, now=NOW).state == "withdrawn"
    assert refused(lambda: ItemVersion.objects.filter(pk=new.pk).update(state="draft", remarks="又改"))


def test_a_draft_can_be_deleted(draft):
    draft.delete()
    assert not ChecklistRow.objects.filter(content="药师在岗").exists()
