import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from registries import certificates, inspector_sheet, trail
from registries.certificates import holds
from registries.errors import DomainError
from registries.models import Inspector
from tests.factories import make_inspector

DAY = dt.date(2026, 5, 20)
NOW = dt.datetime(2026, 5, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
EVE, NEXT = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("number", "issued_on", "valid_until", "held"),
    [
        ("16040300001", EVE, NEXT, True),
        ("16040300001", DAY, DAY, True),
        ("16040300001", None, None, True),
        ("", EVE, NEXT, False),
        ("16040300001", NEXT, None, False),
        ("16040300001", None, EVE, False),
    ],
)
def test_a_certificate_holds_from_its_issue_to_its_last_day(number, issued_on, valid_until, held):
    assert holds(number, issued_on, valid_until, on=DAY) is held


def test_a_certificate_that_ends_during_the_task_does_not_hold_for_it():
    assert holds("16040300001", EVE, NEXT, on=DAY, until=NEXT)
    assert not holds("16040300001", EVE, DAY, on=DAY, until=NEXT)


# Sixty days before the end, and the certificates beside the 执法证


@pytest.mark.parametrize(
    ("days_left", "standing"),
    [(None, "valid"), (61, "valid"), (60, "ending"), (1, "ending"), (0, "ending"), (-1, "expired")],
)
def test_a_certificate_warns_from_sixty_days_before_its_last_day(days_left, standing):
    ends = None if days_left is None else DAY + dt.timedelta(days=days_left)
    assert certificates.validity(ends, on=DAY) == standing


def until(days):
    return DAY + dt.timedelta(days=days)


@pytest.mark.django_db
def test_the_list_and_the_rule_name_the_same_people(county, drafter):
    ends = {1: 61, 2: 60, 3: 0, 4: -1, 5: None}
    for n, days in ends.items():
        make_inspector(county, n, certificate_valid_until=None if days is None else until(days))
    make_inspector(county, 6, certificate_valid_until=until(10), status="retired")
    for standing in (certificates.Validity.ENDING, certificates.Validity.EXPIRED):
        listed = certificates.holders(Inspector.objects.all(), standing, on=DAY).exclude(status="retired")
        assert set(listed) == {
            one
            for one in Inspector.objects.exclude(status="retired")
            if certificates.validity(one.certificate_valid_until, on=DAY) == standing
        }
    ending = certificates.holders(Inspector.objects.all(), certificates.Validity.ENDING, on=DAY)
    assert [one.number[-3:] for one in ending.order_by("number")] == ["002", "003"]


def record(inspector, by, **fields):
    values = {"kind": "执业药师资格证", "number": "ＺＹ 001", "valid_until": until(30)} | fields
    return certificates.record(inspector, values, by=by, now=NOW)


@pytest.mark.django_db
def test_a_further_certificate_warns_like_the_first(county, drafter):
    inspector = make_inspector(county, 1, certificate_valid_until=None)
    record(inspector, drafter)
    ending = certificates.holders(Inspector.objects.all(), certificates.Validity.ENDING, on=DAY)
    assert list(ending) == [inspector]
    assert inspector_sheet.papers_to_renew(inspector, on=DAY) == [
        (str(inspector.certificates.get()), until(30), "ending")
    ]


@pytest.mark.django_db
def test_a_removed_certificate_warns_no_more_and_stays_in_the_history(county, drafter):
    inspector = make_inspector(county, 1)
    certificate = certificates.remove(record(inspector, drafter), by=drafter, now=NOW)
    assert (certificate.removed_by, inspector.certificates.count()) == (drafter, 1)
    assert inspector_sheet.papers_to_renew(inspector, on=DAY) == []
    assert [entry.event for entry in trail.about(inspector)] == ["注销资格证书", "登记资格证书"]
    with pytest.raises(DomainError, match="已经注销"):
        certificates.remove(certificate, by=drafter)


@pytest.mark.django_db
def test_the_same_certificate_is_recorded_once_until_it_is_removed(county, drafter):
    inspector = make_inspector(county, 1)
    first = record(inspector, drafter)
    with pytest.raises(DomainError, match="已经登记过"):
        record(inspector, drafter)
    certificates.remove(first, by=drafter)
    record(inspector, drafter)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": " "}, "kind"),
        ({"kind": "证" * 41}, "kind"),
        ({"issued_on": dt.date(2099, 1, 1)}, "issued_on"),
        ({"issued_on": until(-10), "valid_until": until(-11)}, "valid_until"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(county, drafter, fields, field):
    with pytest.raises(DomainError) as refusal:
        record(make_inspector(county, 1), drafter, **fields)
    assert refusal.value.field == field


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["city_staff", "outsider", "approver"])
def test_only_the_bureaus_own_staff_keep_certificates(request, county, drafter, person):
    inspector, user = make_inspector(county, 1), request.getfixturevalue(person)
    kept = record(inspector, drafter)
    for attempt in (
        lambda: record(inspector, user, number="2"),
        lambda: certificates.remove(kept, by=user),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
