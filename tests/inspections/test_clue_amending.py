"""A clue is set right until it is proposed: by whom, beside whom, and what the trail tells of it (C7)."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from inspections import clues
from inspections.models import Clue
from inspections.states import ClueState
from registries import timeline, trail
from tests.cast import refused
from tests.factories import NOW, make_facility, make_item
from tests.factories.clues import CONTENT, proposed_clue, registered_clue
from tests.factories.draws import minutes

pytestmark = pytest.mark.django_db
BETTER = "反映该诊所三月、四月均有串换药品。"


@pytest.fixture(autouse=True)
def morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clue(county, drafter):
    return registered_clue(county, make_facility(county, 1), by=drafter)


def amended(clue, *, by, revision=1, **fields):
    values = {name: getattr(clue, name) for name in ("source", "content", "facility", "received_on")}
    return clues.amend(clue, values | fields, revision=revision, by=by, now=minutes(5))


def test_everything_registered_can_be_set_right(clue, county, colleague):
    other = make_facility(county, 2)
    amended(
        clue, by=colleague, source="risk", content=BETTER, facility=other, received_on=dt.date(2026, 3, 28)
    )
    again = Clue.objects.get()
    assert (again.source, again.content, again.facility, again.received_on) == (
        "risk",
        BETTER,
        other,
        dt.date(2026, 3, 28),
    )
    assert (again.revision, again.number, again.registered_by) == (2, clue.number, clue.registered_by)


def test_the_trail_tells_which_fields_changed_and_never_the_text(clue, drafter):
    amended(clue, by=drafter, source="risk", content=BETTER)
    entry = trail.about(clue).first()
    assert (entry.event, entry.actor) == ("修改线索", drafter)
    assert (entry.before, entry.after) == (
        {"source": "complaint", "content": trail.HIDDEN},
        {"source": "risk", "content": trail.HIDDEN},
    )
    told = timeline.in_words(entry)
    assert told == "来源：投诉举报 → 风险防控\n线索内容：已变更（不显示）"


def test_what_would_not_be_registered_is_not_amended_either(clue, drafter, neighbour):
    assert "为保护举报人" in refused(amended, clue, by=drafter, content="电话13800001234")
    assert "转交其所属医保局" in refused(amended, clue, by=drafter, facility=make_facility(neighbour, 9))
    assert "不能晚于今天" in refused(amended, clue, by=drafter, received_on=dt.date(2026, 4, 2))


def test_the_second_of_two_is_told_what_the_first_one_changed(clue, drafter, colleague):
    amended(clue, by=colleague, source="risk")
    said = refused(amended, clue, by=drafter, content=BETTER)
    assert "吴经办" in said
    assert "来源" in said


def test_nothing_changed_is_nothing_saved(clue, drafter):
    assert "没有变化" in refused(amended, clue, by=drafter)


def test_once_proposed_it_stands_as_it_is(clue, drafter, county):
    proposed_clue(clue, make_item(county, drafter))
    assert "请分管领导退回后再改" in refused(amended, clue, by=drafter, content=BETTER)


def test_only_staff_of_its_bureau_amend_it(clue, approver, outsider):
    for somebody in (approver, outsider):
        with pytest.raises(PermissionDenied):
            amended(clue, by=somebody, content=BETTER)


# On screen


def page(name, *args):
    return reverse(f"inspections:{name}", args=args)


def posted(clue, **fields):
    return {
        "source": clue.source,
        "facility": clue.facility.insurance_code,
        "received_on": "2026-03-30",
        "content": CONTENT,
        "revision": 1,
    } | fields


def test_the_page_brings_the_clue_as_it_stands_and_saves_it(clue, drafter, signed_in):
    client = signed_in(drafter)
    assert page("clue_amend", clue.pk) in client.get(page("clue", clue.pk)).content.decode()
    shown = client.get(page("clue_amend", clue.pk)).content.decode()
    assert CONTENT in shown
    assert "现为“第1诊所”" in shown
    assert client.post(page("clue_amend", clue.pk), posted(clue, content=BETTER)).status_code == 302
    assert Clue.objects.get().content == BETTER


def test_two_at_one_clue_choose_field_by_field(clue, drafter, colleague, signed_in):
    client = signed_in(drafter)
    opened = client.get(page("clue_amend", clue.pk)).context["form"].initial["opened"]
    amended(clue, by=colleague, content="对方写的内容。")
    late = client.post(page("clue_amend", clue.pk), posted(clue, content=BETTER, opened=opened))
    assert [clash.name for clash in late.context["form"].clashes] == ["content"]
    assert Clue.objects.get().content == "对方写的内容。"


def test_the_link_is_there_as_long_as_it_can_be_amended(clue, drafter, county, signed_in):
    proposed_clue(clue, make_item(county, drafter))
    shown = signed_in(drafter).get(page("clue", clue.pk)).content.decode()
    assert Clue.objects.get().state == ClueState.TO_APPROVE
    assert page("clue_amend", clue.pk) not in shown


@pytest.mark.parametrize(
    ("person", "status"), [("approver", 403), ("witness", 403), ("outsider", 404), ("city_staff", 404)]
)
def test_others_do_not_open_the_page(clue, signed_in, request, person, status):
    client = signed_in(request.getfixturevalue(person))
    assert client.get(page("clue_amend", clue.pk)).status_code == status
