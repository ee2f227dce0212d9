"""Who is away and when (A4)."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from registries import leaves, trail
from registries.errors import DomainError
from tests.cast import make_user, refused
from tests.factories import make_inspector

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
TODAY = NOW.date()


def day(n):
    return TODAY + dt.timedelta(days=n)


@pytest.fixture
def inspector(county):
    return make_inspector(county, 1, user=make_user("jian.cha", "检查员1", county, "inspector"))


def away(inspector, first, last, by, reason="年休假"):
    return leaves.record(inspector, day(first), day(last), reason, by=by, now=NOW)


def test_inspectors_record_and_cancel_their_own_leave(inspector):
    leave = away(inspector, 3, 5, inspector.user)
    assert list(leaves.on(day(5))) == [leave]
    cancelled = leaves.cancel(leave, by=inspector.user, now=NOW)
    assert (cancelled.cancelled_by, list(leaves.on(day(5)))) == (inspector.user, [])
    with pytest.raises(DomainError, match="已经撤销"):
        leaves.cancel(leave, by=inspector.user)


def test_staff_record_anybodys_of_the_bureau(inspector, drafter):
    assert away(inspector, 3, 5, drafter).recorded_by == drafter


@pytest.mark.parametrize("person", ["city_staff", "outsider", "approver"])
def test_nobody_else_records_or_cancels(request, inspector, drafter, person):
    user, leave = request.getfixturevalue(person), away(inspector, 3, 5, drafter)
    for attempt in (lambda: away(inspector, 8, 9, user), lambda: leaves.cancel(leave, by=user)):
        with pytest.raises(PermissionDenied):
            attempt()


def test_an_inspector_records_nothing_for_a_colleague(county, inspector):
    with pytest.raises(PermissionDenied):
        away(make_inspector(county, 2), 3, 5, inspector.user)


@pytest.mark.parametrize(("first", "last"), [(0, 3), (5, 5), (4, 4), (1, 9)])
def test_overlapping_leave_is_refused(inspector, drafter, first, last):
    away(inspector, 3, 5, drafter)
    with pytest.raises(DomainError, match="与已登记的2026-04-04至2026-04-06重叠") as refusal:
        away(inspector, first, last, drafter)
    assert refusal.value.field == "begins_on"


def test_leave_follows_on_leave_and_on_what_was_cancelled(inspector, drafter):
    leave = away(inspector, 3, 5, drafter)
    away(inspector, 6, 6, drafter)
    leaves.cancel(leave, by=drafter, now=NOW)
    away(inspector, 3, 5, drafter)
    assert leaves.between(day(0), day(9)).count() == 2


@pytest.mark.parametrize(
    ("first", "last", "reason", "field"),
    [
        (5, 3, "年休假", "ends_on"),
        (0, 5000, "年休假", "ends_on"),
        (5000, 5001, "年休假", "begins_on"),
        (0, 1, "  ", "reason"),
        (0, 1, "长" * 101, "reason"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(inspector, drafter, first, last, reason, field):
    with pytest.raises(DomainError) as refusal:
        away(inspector, first, last, drafter, reason)
    assert refusal.value.field == field


def test_leave_is_cancelled_to_its_last_day_and_not_after(inspector, drafter):
    leave, other = away(inspector, -5, -1, drafter), away(inspector, 0, 0, drafter)
    assert "已于2026-03-31结束，不能撤销" in refused(leaves.cancel, leave, by=inspector.user, now=NOW)
    leave.refresh_from_db()
    assert leave.cancelled_at is None
    assert leaves.cancel(other, by=inspector.user, now=NOW).cancelled_at == NOW


def test_the_page_offers_to_cancel_what_is_not_over(inspector, drafter, signed_in, time_machine):
    time_machine.move_to(NOW, tick=False)
    over, coming = away(inspector, -5, -1, drafter), away(inspector, 3, 5, drafter)
    page = signed_in(drafter).get(reverse("registries:inspector", args=[inspector.pk])).content.decode()
    offered = [reverse("registries:leave_cancel", args=[leave.pk]) in page for leave in (over, coming)]
    assert offered == [False, True]


def test_why_somebody_is_away_stays_off_the_trail(inspector, drafter):
    leaves.cancel(away(inspector, 3, 5, drafter, "住院手术"), by=drafter, now=NOW)
    told = [f"{entry.event} {entry.after} {entry.note}" for entry in trail.about(inspector)]
    assert len(told) == 2
    assert not any("住院手术" in line for line in told)


@pytest.mark.parametrize(
    ("spans", "gone"),
    [
        ([], False),
        ([(0, 10)], True),
        ([(-5, 20)], True),
        ([(0, 9)], False),
        ([(1, 10)], False),
        ([(5, 10), (0, 4)], True),
        ([(0, 4), (6, 10)], False),
    ],
)
def test_away_throughout_leaves_no_day(spans, gone):
    assert leaves.away_throughout([(day(a), day(b)) for a, b in spans], day(0), day(10)) is gone
