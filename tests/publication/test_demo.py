"""The demo is real input: every step by its verb, and an evidence file that anybody can recompute."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from inspections import evidence, verify_draw
from inspections.models import Draw, Visit
from inspections.states import ENDED, DrawState, VisitState
from publication.demo import lists
from registries.identifiers import id_number_problem, insurance_code_problem, social_credit_code_problem
from registries.imports.spreadsheet import read_rows
from registries.models import Bureau, Facility, Inspector, TrailEntry, User

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Told once for the module, and taken back whole at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        printed = io.StringIO()
        call_command("load_demo", stdout=printed)
        yield printed.getvalue()
        transaction.set_rollback(True)


def test_the_county_has_1200_facilities_and_16_inspectors(demo):
    county = Bureau.objects.get(code="410403")
    assert Facility.objects.filter(bureau=county).count() == 1200
    assert Inspector.objects.filter(bureau=county, kind="inspector").count() == 16


def test_every_code_in_the_demo_is_valid(demo):
    for facility in Facility.objects.all():
        assert insurance_code_problem(facility.insurance_code) is None
        assert social_credit_code_problem(facility.social_credit_code) is None
    for person in Inspector.objects.all():
        assert id_number_problem(person.id_number, person.sex) is None


def test_two_draws_are_held_and_one_of_them_has_ended_with_a_substitution(demo):
    held = Draw.objects.filter(state=DrawState.HELD)
    assert held.count() == 2
    (ended,) = [draw for draw in held if evidence.is_due(draw)]
    assert ended.visits.filter(substitutions__state="approved").count() == 1
    assert all(visit.state in ENDED for visit in ended.visits.all())
    assert verify_draw.first_difference(evidence.of(ended)) is None


def test_no_page_is_empty_because_visits_stand_at_every_step(demo):
    states = set(Visit.objects.values_list("state", flat=True))
    assert states >= {
        VisitState.ASSIGNED,
        VisitState.ON_SITE,
        VisitState.TO_REPORT,
        VisitState.TO_APPROVE,
        VisitState.TO_PUBLISH,
        VisitState.PUBLISHED,
    }


def test_the_command_prints_every_account(demo):
    assert all(user.username in demo for user in User.objects.all())
    assert "密码" in demo


def test_a_second_loading_is_refused_and_changes_nothing(demo):
    before = TrailEntry.objects.count()
    with pytest.raises(CommandError, match="已有数据"):
        call_command("load_demo")
    assert TrailEntry.objects.count() == before


def test_the_same_year_gives_the_same_facilities():
    def rows():
        return read_rows(lists.facilities(2025), filename="x.xlsx").sheets[0].rows

    assert rows() == rows()
