"""The database refuses to change what was sealed and drawn, whoever asks and by whatever way (draw protocol, 5)."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.models import ProtectedError
from django.urls import NoReverseMatch, reverse

from inspections.models import (
    Contribution,
    Draw,
    RosterFacility,
    RosterInspector,
    RosterRecusal,
    Substitution,
    TeamMember,
    Visit,
)
from registries import bulk
from registries.models import Facility, TrailEntry
from tests.factories import make_facility, make_interest
from tests.factories.draws import (
    drawable_task,
    held_draw,
    member_of,
    substitute,
    voided_draw,
    witnessed_draw,
)

pytestmark = pytest.mark.django_db

CLOSED = [RosterFacility, RosterInspector, RosterRecusal, Contribution, Visit]
SEALED = [RosterFacility, RosterInspector, RosterRecusal, Contribution, Draw]
KEPT = [*CLOSED, Draw, TeamMember, Substitution, TrailEntry]
# What goes on after the draw. Whoever adds a column to one of these tables decides here whether it may change.
FREE = {
    Draw: {"state", "void_reason", "void_proposed_by_id", "voided_at", "voided_by_id"},
    Visit: {"state", "leader_id", "planned_on", "ended_on"},
    TeamMember: {"is_active", "accepted_at"},
}
STILL_TO_COME = {
    "seed", "held_at", "held_by_id", "public_value", "public_value_at", "public_value_by_id",
}  # fmt: skip
REASONS = ("does not change", "only grows", "stay on the record", "gets no more rows", "refers to nothing")


@pytest.fixture
def told(county, drafter):
    """A draw with an interest, held, with an approved substitution."""
    task = drawable_task(county, by=drafter, grades="AABB")
    make_interest(county.inspectors.first(), county.facilities.first(), drafter)
    draw = held_draw(task, by=drafter)
    substitute(member_of(draw.visits.first()))
    return draw


@pytest.fixture
def waiting(county, drafter):
    """Sealed and witnessed, not yet held."""
    task = drawable_task(county, by=drafter, grades="AA")
    make_interest(county.inspectors.first(), county.facilities.first(), drafter)
    return witnessed_draw(task, by=drafter, public_source="彩票")


def refused(change) -> bool:
    """By our own triggers, or by Django for an object that others refer to; not by some other mishap."""
    try:
        with transaction.atomic():
            change()
    except ProtectedError:
        return True
    except DatabaseError as error:
        return any(reason in str(error) for reason in REASONS)
    except TypeError as error:
        return "only grows" in str(error)
    return False


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def everything(tables) -> dict:
    """All rows of these tables; none of them is empty."""
    found = {model: list(model.objects.order_by("pk").values()) for model in tables}
    assert all(found.values())
    return found


def another(column) -> str:
    """SQL for a value that differs from the present one."""
    name = column.column
    if isinstance(column, models.BooleanField):
        return f"NOT {name}"
    if isinstance(column, models.DateTimeField):
        return "'2020-01-01 00:00:00'"
    if isinstance(column, models.JSONField):
        return "'[1]'"
    if isinstance(column, models.CharField | models.TextField):
        return "'x'"
    return f"COALESCE({name}, 0) + 1"


def changeable(tables, free) -> list[str]:
    """The columns that one statement may change, of those not declared free."""
    return [
        f"{model.__name__}.{one.column}"
        for model in tables
        for one in model._meta.concrete_fields
        if one.column not in free.get(model, set())
        and not refused(
            lambda table=model._meta.db_table, one=one: sql(
                f"UPDATE {table} SET {one.column} = {another(one)}"
            )
        )
    ]


def allowed(ways) -> list[str]:
    """Of these (name, change), those that nobody refused."""
    return [name for name, change in ways if not refused(change)]


# Changing


def test_no_column_that_is_not_declared_free_changes_after_the_draw(told):
    before = everything(KEPT)
    assert changeable(KEPT, FREE) == []
    assert everything(KEPT) == before


def test_no_column_of_a_seal_changes_before_the_draw(waiting):
    before = everything(SEALED)
    assert changeable(SEALED, {Draw: FREE[Draw] | STILL_TO_COME}) == []
    assert everything(SEALED) == before


CHANGES = {
    Draw: ("seal", "{}"),
    RosterFacility: ("status", "x"),
    RosterInspector: ("qualifications", "x"),
    RosterRecusal: ("facility_code", "x"),
    Contribution: ("text", "6 6 6 6 6 6 6 6 6 6"),
    Visit: ("ticket", "0" * 64),
    TeamMember: ("card", "0" * 64),
    Substitution: ("explanation", "x"),
    TrailEntry: ("note", "x"),
}


def changes_by_the_orm(model, field, value):
    row = model.objects.first()
    setattr(row, field, value)
    upsert = {"update_conflicts": True, "unique_fields": ["id"], "update_fields": [field]}
    yield "save", row.save
    yield "save one field", lambda: row.save(update_fields=[field])
    yield "update", lambda: model.objects.update(**{field: value})
    yield "bulk_update", lambda: model.objects.bulk_update([row], [field])
    yield "update past the manager", lambda: model._base_manager.update(**{field: value})
    yield "upsert", lambda: model._base_manager.bulk_create([row], **upsert)


def test_no_way_of_the_orm_changes_them(told):
    before = everything(KEPT)
    for model, (field, value) in CHANGES.items():
        assert (model, allowed(changes_by_the_orm(model, field, value))) == (model, [])
    assert everything(KEPT) == before


def test_a_result_is_not_taken_back_and_gets_no_public_value(told):
    for column, value in {"seed": "", "held_at": None, "held_by": None, "public_value": "1 2 3"}.items():
        assert refused(lambda column=column, value=value: Draw.objects.update(**{column: value}))


def test_a_public_value_is_written_once(waiting, drafter):
    values = {"public_value": "1 2 3", "public_value_at": waiting.sealed_at, "public_value_by": drafter}
    Draw.objects.update(**values)
    assert refused(lambda: Draw.objects.update(public_value="3 2 1"))
    assert refused(lambda: Draw.objects.update(public_value=""))


def test_a_held_draw_is_not_sealed_again_and_a_void_one_stays_void(told):
    assert refused(lambda: Draw.objects.update(state="sealed"))
    voided_draw(told)
    for state in ("held", "sealed"):
        assert refused(lambda state=state: Draw.objects.update(state=state))
    assert refused(lambda: Draw.objects.update(void_reason="另一个原因"))
    assert refused(lambda: Draw.objects.update(voided_at=None, voided_by=None))


def test_who_was_replaced_does_not_come_back(told):
    replaced = TeamMember.objects.get(is_active=False)
    assert refused(lambda: TeamMember.objects.filter(pk=replaced.pk).update(is_active=True))


def test_what_goes_on_after_the_draw_is_free(told):
    visit = told.visits.first()
    visit.planned_on = "2026-05-01"
    visit.save()
    assert Visit.objects.filter(state="assigned").update(state="on_site") == told.visits.count()


# Deleting


def ways_to_delete(model):
    yield "delete a row", model.objects.first().delete
    yield "delete all", lambda: model.objects.all().delete()
    yield "delete past Django's collector", lambda: model._base_manager.all()._raw_delete("default")
    yield "DELETE", lambda: sql(f"DELETE FROM {model._meta.db_table}")


def test_no_way_deletes_them(told):
    before = everything(KEPT)
    for model in KEPT:
        assert (model, allowed(ways_to_delete(model))) == (model, [])
    assert everything(KEPT) == before


def test_they_do_not_go_with_what_they_belong_to(told):
    member = TeamMember.objects.first()
    owners = (told.bureau, told.task.plan, told.task, member.visit.facility, member.inspector, told.sealed_by)
    assert allowed((str(owner), owner.delete) for owner in owners) == []


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite empties by DELETE")
def test_no_table_is_emptied(told):
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table in [*(model._meta.db_table for model in KEPT), "registries_bureau"]:
        assert refused(lambda table=table: sql(f"TRUNCATE {table} CASCADE")), table


def replacing(model):
    table = model._meta.db_table
    return table, lambda: sql(f"REPLACE INTO {table} SELECT * FROM {table}")


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite knows REPLACE")
def test_no_row_is_replaced_after_the_draw(told):
    before = everything(KEPT)
    assert allowed(map(replacing, KEPT)) == []
    assert everything(KEPT) == before


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite knows REPLACE")
def test_no_row_is_replaced_before_the_draw_either(waiting):
    before = everything(SEALED)
    assert allowed(map(replacing, SEALED)) == []
    assert everything(SEALED) == before


# Adding


def one_more(model, draw, by):
    """A row that no other constraint would refuse."""
    row = model.objects.filter(draw=draw).order_by("pk").last()
    fresh = {"code": "H99999999999", "facility_code": "H99999999999", "position": 999, "contributed_by": by}
    for name in fresh.keys() & {field.name for field in model._meta.fields}:
        setattr(row, name, fresh[name])
    row.pk, row._state.adding = None, True
    return row


def ways_to_add(model, row):
    names = [one.attname for one in model._meta.concrete_fields if not one.primary_key]
    yield "save", row.save
    yield "bulk_create", lambda: model.objects.bulk_create([row])
    yield "COPY", lambda: bulk.insert(model, {}, names, [[getattr(row, name) for name in names]])


def test_a_held_draw_gets_no_more_rows(told, colleague):
    before = everything(CLOSED)
    for model in CLOSED:
        assert (model, allowed(ways_to_add(model, one_more(model, told, colleague)))) == (model, [])
    assert everything(CLOSED) == before


def test_a_void_draw_gets_none_either(waiting, colleague):
    voided_draw(waiting)
    for model in (RosterFacility, RosterInspector, RosterRecusal, Contribution):
        assert refused(one_more(model, waiting, colleague).save)


def test_a_draw_that_waits_takes_another_witness(waiting, colleague):
    one_more(Contribution, waiting, colleague).save()
    assert waiting.contributions.count() == 2


# Referring


@pytest.mark.parametrize("key", ["facility_id", "draw_id"])
def test_a_roster_names_no_facility_and_no_draw_that_is_not_there(waiting, colleague, key):
    row = one_more(RosterFacility, waiting, colleague)
    setattr(row, key, 0)
    assert allowed(ways_to_add(RosterFacility, row)) == []
    assert not RosterFacility.objects.filter(**{key: 0}).exists()


def test_no_facility_is_taken_out_of_the_registry_under_a_roster(waiting):
    facility = make_facility(waiting.bureau, 99)
    for way in (facility.delete, lambda: sql(f"DELETE FROM registries_facility WHERE id = {facility.pk}")):
        assert refused(way)
    assert Facility.objects.filter(pk=facility.pk).exists()


# The admin


def test_there_is_no_admin_site_that_could_ask():
    assert not apps.is_installed("django.contrib.admin")
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")
