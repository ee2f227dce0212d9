"""The database refuses to change what was sealed and drawn, whoever asks and by whatever way (draw protocol, 5)."""

import pytest
from django.db import DatabaseError, connection, transaction

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
from tests.factories import make_interest
from tests.factories.draws import (
    drawable_task,
    held_draw,
    member_of,
    sealed_draw,
    substitute,
    voided_draw,
    witnessed_draw,
)

pytestmark = pytest.mark.django_db

GROWING = [RosterFacility, RosterInspector, RosterRecusal, Contribution]
KEPT = [*GROWING, Substitution, TeamMember, Visit, Draw]


@pytest.fixture
def held(county, drafter):
    task = drawable_task(county, by=drafter)
    make_interest(county.inspectors.first(), county.facilities.first(), drafter)
    draw = held_draw(task, by=drafter)
    substitute(member_of(draw.visits.first()))
    return draw


def refused(change) -> bool:
    try:
        with transaction.atomic():
            change()
    except DatabaseError as error:
        return "does not change" in str(error) or "only grows" in str(error) or "stay" in str(error)
    return False


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("model", GROWING, ids=lambda model: model.__name__)
def test_rosters_and_contributions_only_grow(held, model):
    field = {Contribution: "name", RosterRecusal: "facility_code"}.get(model, "status")
    assert model.objects.exists()
    assert refused(lambda: model.objects.update(**{field: "x"}))
    assert refused(lambda: sql(f"UPDATE {model._meta.db_table} SET {field} = 'x'"))


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.__name__)
def test_nothing_of_a_draw_is_deleted(held, model):
    assert model.objects.exists()
    assert refused(lambda: model.objects.all()._raw_delete("default"))
    assert refused(lambda: sql(f"DELETE FROM {model._meta.db_table}"))


@pytest.mark.parametrize(
    "column",
    ["seal", "seal_digest", "secret", "number", "sequence", "sealed_at", "task_id", "round", "sealed_by_id"],
)
@pytest.mark.parametrize("stage", ["sealed", "held"])
def test_the_sealed_columns_never_change(county, drafter, column, stage):
    task = drawable_task(county, by=drafter, grades="AA")
    draw = {"sealed": sealed_draw, "held": held_draw}[stage](task, by=drafter)
    value = {
        "sealed_at": "'2026-01-01'",
        "secret": "'x'",
        "seal": "'{}'",
        "seal_digest": "'x'",
        "number": "'x'",
    }
    new = value.get(column, f"{column} + 1")
    assert refused(lambda: sql(f"UPDATE inspections_draw SET {column} = {new}"))
    assert Draw.objects.get(pk=draw.pk).seal_digest == draw.seal_digest


@pytest.mark.parametrize("column", ["seed", "held_at", "held_by_id"])
def test_a_result_is_written_once(held, column):
    value = {"seed": "''", "held_at": "'2026-01-01'", "held_by_id": "held_by_id + 1"}[column]
    assert refused(lambda: sql(f"UPDATE inspections_draw SET {column} = {value}"))
    assert refused(lambda: Draw.objects.update(**{column.removesuffix("_id"): None}))


def test_a_public_value_is_written_once(county, drafter):
    draw = witnessed_draw(drawable_task(county, by=drafter, grades="AA"), by=drafter, public_source="彩票")
    values = {"public_value": "1 2 3", "public_value_at": draw.sealed_at, "public_value_by": drafter}
    Draw.objects.update(**values)
    assert refused(lambda: Draw.objects.update(public_value="3 2 1"))
    assert refused(lambda: Draw.objects.update(public_value=""))


def test_a_void_draw_stays_void(held):
    draw = voided_draw(held)
    assert refused(lambda: Draw.objects.filter(pk=draw.pk).update(state="held"))
    assert refused(lambda: Draw.objects.update(void_reason="另一个原因"))
    assert refused(lambda: Draw.objects.update(voided_at=None, voided_by=None))


@pytest.mark.parametrize("field", ["code", "grade", "ticket", "position", "top_up"])
def test_who_was_drawn_does_not_change(held, field):
    value = {"position": 999, "top_up": True}.get(field, "x")
    visit = held.visits.order_by("position").last()
    assert refused(lambda: Visit.objects.filter(pk=visit.pk).update(**{field: value}))
    assert refused(lambda: sql(f"UPDATE inspections_visit SET {field} = '{value}' WHERE id = {visit.pk}"))


@pytest.mark.parametrize("field", ["card", "code", "place", "visit_number", "inspector_id"])
def test_the_members_do_not_change(held, field):
    member = TeamMember.objects.last()
    value = {"card": "x", "code": "x"}.get(field, 999)
    assert refused(lambda: TeamMember.objects.filter(pk=member.pk).update(**{field: value}))
    assert refused(
        lambda: sql(f"UPDATE inspections_teammember SET {field} = '{value}' WHERE id = {member.pk}")
    )


@pytest.mark.parametrize(
    "values", [{"reason": "health"}, {"state": "requested"}, {"approved_at": None}, {"incoming": None}]
)
def test_a_decided_swap_does_not_change(held, values):
    assert refused(lambda: Substitution.objects.update(**values))


def test_what_goes_on_after_the_draw_is_free(held):
    visit = held.visits.first()
    visit.planned_on = "2026-05-01"
    visit.save()
    assert Visit.objects.filter(state="assigned").update(state="on_site") == held.visits.count()
