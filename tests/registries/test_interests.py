"""Declared interests (A4, 002§13): who may say so, who answers, and on which days they hold."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from registries import inspectors, interests, trail
from registries.errors import DomainError
from registries.models import Interest
from tests.cast import make_user
from tests.factories import make_facility, make_inspector

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
TODAY = NOW.date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def account(county):
    return make_user("jian.cha", "检查员1", county, "inspector")


@pytest.fixture
def inspector(county, account):
    return make_inspector(county, 1, user=account)


@pytest.fixture
def facility(county):
    return make_facility(county, 1)


def declare(inspector, facility, by, **fields):
    return interests.declare(inspector, facility, "配偶在该机构任职", by=by, now=NOW, **fields)


def test_staff_declares_and_ends_an_interest(inspector, facility, drafter):
    interest = declare(inspector, facility, drafter, who="spouse")
    ended = interests.end(interest, by=drafter)
    assert (ended.declared_by, ended.ended_by) == (drafter, drafter)
    assert [entry.event for entry in trail.about(inspector)] == ["解除利害关系", "申报利害关系"]
    with pytest.raises(DomainError, match="已经解除"):
        interests.end(interest, by=drafter)


def test_whose_relative_works_where_stays_with_the_declaration(inspector, facility, drafter):
    interest = declare(inspector, facility, drafter, who="spouse")
    entry = trail.about(inspector).get()
    assert interest.relation not in f"{entry.after} {entry.note}"
    assert "配偶" not in f"{entry.after} {entry.note}"


def test_what_staff_declare_of_somebody_else_is_confirmed_at_once(inspector, facility, drafter):
    interest = declare(inspector, facility, drafter)
    assert (interest.confirmed_by, interest.confirmed_at) == (drafter, NOW)


def test_what_inspectors_declare_waits_for_staff_and_holds_meanwhile(inspector, facility, account, drafter):
    interest = declare(inspector, facility, account)
    assert interest.confirmed_at is None
    assert list(interests.in_force(TODAY)) == list(interests.waiting(TODAY)) == [interest]
    confirmed = interests.confirm(interest, by=drafter, now=NOW)
    assert (confirmed.confirmed_by, list(interests.waiting(TODAY))) == (drafter, [])
    with pytest.raises(DomainError, match="已由周经办核实"):
        interests.confirm(interest, by=drafter)


def test_a_rejected_declaration_ends_with_its_reason_on_the_trail(inspector, facility, account, drafter):
    interest = declare(inspector, facility, account)
    interests.reject(interest, reason="经核实该亲属已离职", by=drafter)
    assert list(interests.in_force(TODAY)) == []
    entry = trail.about(inspector).first()
    assert (entry.event, entry.note) == (
        "不予认定利害关系",
        "机构：第1诊所\n原因：经核实该亲属已离职",
    )


def test_a_confirmed_declaration_is_ended_rather_than_rejected(inspector, facility, drafter):
    with pytest.raises(DomainError, match="请办理解除"):
        interests.reject(declare(inspector, facility, drafter), reason="误报", by=drafter)


def test_a_rejection_without_a_reason_is_refused(inspector, facility, account, drafter):
    with pytest.raises(DomainError, match="请写明原因"):
        interests.reject(declare(inspector, facility, account), reason=" ", by=drafter)


def test_nobody_answers_their_own_declaration(facility, county, drafter, colleague):
    both = make_user("liang.yong", "兼职经办", county, "staff", "inspector")
    inspector = make_inspector(county, 2, user=both)
    interest = declare(inspector, facility, both)
    assert interest.confirmed_at is None
    for answer in (
        lambda: interests.confirm(interest, by=both),
        lambda: interests.reject(interest, reason="误报", by=both),
        lambda: interests.end(interest, by=both),
    ):
        with pytest.raises(DomainError, match="另一位经办人员"):
            answer()
    assert interests.confirm(interest, by=colleague).confirmed_by == colleague


def test_inspectors_do_not_end_or_confirm_what_they_declared(inspector, facility, account):
    interest = declare(inspector, facility, account)
    for answer in (interests.end, interests.confirm):
        with pytest.raises(PermissionDenied):
            answer(interest, by=account)


def test_an_inspector_declares_nothing_for_a_colleague(county, facility, account, inspector):
    with pytest.raises(PermissionDenied):
        declare(make_inspector(county, 2), facility, account)


@pytest.mark.parametrize("person", ["city_staff", "outsider", "approver", "witness"])
def test_only_the_bureaus_own_staff_answer(request, inspector, facility, account, person):
    user = request.getfixturevalue(person)
    interest = declare(inspector, facility, account)
    for answer in (
        lambda: declare(inspector, facility, user),
        lambda: interests.confirm(interest, by=user),
        lambda: interests.reject(interest, reason="误报", by=user),
        lambda: interests.end(interest, by=user),
    ):
        with pytest.raises(PermissionDenied):
            answer()


def test_an_ended_interest_can_be_declared_again_a_standing_one_cannot(inspector, facility, drafter):
    interest = declare(inspector, facility, drafter)
    with pytest.raises(DomainError, match="不能重复申报"):
        declare(inspector, facility, drafter)
    interests.end(interest, by=drafter)
    declare(inspector, facility, drafter)
    assert Interest.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"who": "neighbour"}, "who"),
        ({"since": TODAY, "until": TODAY - DAY}, "until"),
        ({"until": TODAY - DAY}, "until"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(inspector, facility, drafter, fields, field):
    with pytest.raises(DomainError) as refusal:
        declare(inspector, facility, drafter, **fields)
    assert refusal.value.field == field


def test_an_interest_lies_within_the_bureaus_area(inspector, neighbour, drafter):
    with pytest.raises(DomainError, match="不在本局辖区"):
        declare(inspector, make_facility(neighbour, 1), drafter)


@pytest.mark.parametrize(
    ("since", "until", "on", "through", "holds"),
    [
        (None, None, TODAY, None, True),
        (TODAY, TODAY, TODAY, None, True),
        (TODAY + DAY, None, TODAY, None, False),
        (TODAY + DAY, None, TODAY, TODAY + DAY, True),
        (None, TODAY, TODAY, TODAY + 30 * DAY, True),
        (None, TODAY, TODAY + DAY, None, False),
    ],
)
def test_a_declaration_holds_in_its_dates_ends_included(
    inspector, facility, drafter, since, until, on, through, holds
):
    declare(inspector, facility, drafter, since=since, until=until)
    assert interests.in_force(on, through=through).exists() is holds


def test_what_is_over_waits_for_nobody(inspector, facility, account):
    declare(inspector, facility, account, until=TODAY)
    assert not interests.waiting(TODAY + DAY).exists()


def test_linking_and_unlinking_an_account_decides_whose_declaration_it_is(county, facility, drafter):
    inspector = make_inspector(county, 3)
    user = make_user("jian.cha3", "检查员3", county, "inspector")
    inspectors.link_account(inspector, user, by=drafter)
    inspector.refresh_from_db()
    assert declare(inspector, facility, user).confirmed_at is None
