"""What a facility was and what happened to it: out of the trail, as far as its reader may see."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registries import facilities
from registries.histories import History
from registries.models import TrailEntry
from tests.factories import NOW, insurance_code, make_facility, social_credit_code

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def facility(county):
    return make_facility(county, 1, name="光明路诊所", address="光明路1号", person_in_charge="张某")


def url(facility):
    return reverse("registries:facility", args=[facility.pk])


def amended(facility, by, days, **values):
    return facilities.amend(facility, values, revision=facility.revision, by=by, now=NOW + days * DAY)


def past(facility, user, name):
    history = History(facility, user)
    fields = {field.name: field for field in history.fields(history.entries())}
    return fields[name].pasts if name in fields else []


def test_each_earlier_value_has_its_time_its_author_and_its_reason(facility, drafter, colleague):
    changed = amended(facility, drafter, 1, name="光明路第一诊所")
    changed = amended(changed, colleague, 5, name="东风诊所")
    last, first = past(changed, drafter, "name")
    assert (first.value, first.since, first.until, first.by) == ("光明路诊所", None, NOW + DAY, "周经办")
    assert (last.value, last.since, last.until, last.by, last.why) == (
        "光明路第一诊所",
        NOW + DAY,
        NOW + 5 * DAY,
        "吴经办",
        "修改检查对象",
    )


def test_the_first_value_counts_from_the_registration(county, drafter):
    values = {
        "insurance_code": insurance_code(7),
        "social_credit_code": social_credit_code(7),
        "name": "光明路诊所",
        "kind": "clinic",
        "address": "光明路1号",
    }
    registered = facilities.register(county, values, by=drafter, now=NOW)
    changed = amended(registered, drafter, 1, name="东风诊所", person_in_charge="李某")
    (earlier,) = past(changed, drafter, "name")
    assert (earlier.since, earlier.until) == (NOW, NOW + DAY)
    assert past(changed, drafter, "person_in_charge") == []


def test_decisions_show_their_reason_and_choices_are_in_words(facility, drafter):
    facilities.change_agreement(facility, "suspended", reason="整改期间", by=drafter, now=NOW)
    (earlier,) = past(facility, drafter, "agreement_status")
    assert (earlier.value, earlier.why) == ("有效", "整改期间")


def test_a_field_that_never_changed_has_no_history_and_a_phone_leaves_no_value(facility, drafter):
    changed = amended(facility, drafter, 1, phone="13800000009")
    assert past(changed, drafter, "phone") == []
    assert past(changed, drafter, "address") == []


def test_former_names_stand_below_the_present_one(facility, drafter, signed_in):
    changed = amended(facility, drafter, 1, name="东风诊所")
    assert "曾用名：光明路诊所" in signed_in(drafter).get(url(changed)).content.decode()


def test_a_blacklisting_that_lapsed_stays_in_the_history(facility, drafter):
    listed = facilities.blacklist(facility, reason="骗保", until=NOW.date(), by=drafter, now=NOW)
    facilities.blacklist(listed, reason="再次骗保", by=drafter, now=NOW + 9 * DAY)
    assert [one.value for one in past(facility, drafter, "blacklist_reason")] == ["骗保"]


def test_the_timeline_is_read_newest_first_and_by_chapter(facility, drafter, signed_in):
    amended(facility, drafter, 1, name="东风诊所")
    facilities.regrade(
        facility, "C", source="年度评价", effective_on=NOW.date(), by=drafter, now=NOW + 2 * DAY
    )
    staff = signed_in(drafter)
    shown = [event.text for event in staff.get(url(facility)).context["timeline"]]
    assert shown == ["变更信用等级", "修改检查对象"]
    assert staff.get(url(facility), {"chapter": "inspection"}).context["timeline"] == []
    assert len(staff.get(url(facility), {"chapter": "registry"}).context["timeline"]) == 2


def test_the_page_asks_as_often_for_three_events_as_for_one(facility, drafter, signed_in):
    staff = signed_in(drafter)

    def asked():
        with CaptureQueriesContext(connection) as captured:
            staff.get(url(facility))
        return len(captured)

    changed = amended(facility, drafter, 1, name="甲诊所")
    asked()
    one = asked()
    changed = amended(changed, drafter, 2, name="乙诊所")
    amended(changed, drafter, 3, name="丙诊所")
    assert TrailEntry.objects.count() == 3
    assert asked() == one
