import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from registries import bulk
from registries.models import Facility, GradeChange
from tests.factories import NOW, make_facility

ODD = "带\t制表符、\\反斜线、\n换行和\r回车"


def test_rows_come_in_as_their_models_would_write_them(county):
    names = ("insurance_code", "name", "phone", "agreement_from")
    keys = bulk.insert(
        Facility,
        {"bureau": county, "kind": "clinic", "address": ODD},
        names,
        [("H41040300001", ODD, "0375-2000001", dt.date(2026, 1, 1)), ("H41040300002", "\\N", "", None)],
        keys=True,
    )
    first, second = Facility.objects.order_by("insurance_code")
    assert [first.pk, second.pk] == keys
    assert (first.name, first.address, first.phone) == (ODD, ODD, "0375-2000001")
    assert (first.agreement_from, first.agreement_status, first.revision) == (
        dt.date(2026, 1, 1),
        "active",
        1,
    )
    assert (second.name, second.phone, second.agreement_from, second.blacklisted_at) == (
        "\\N",
        "",
        None,
        None,
    )


def test_the_phone_is_stored_encrypted(county):
    bulk.insert(Facility, {"bureau": county, "phone": "0375-2000001"}, ("insurance_code",), [("H1",)])
    stored = Facility.objects.extra(select={"raw": "phone"}).values_list("raw", flat=True)
    assert "2000001" not in next(iter(stored))


def test_a_row_added_later_takes_another_key(county):
    (key,) = bulk.insert(Facility, {"bureau": county}, ("insurance_code",), [("H1",)], keys=True)
    assert make_facility(county, 2).pk > key


def test_constraints_hold_as_for_any_other_row(county):
    make_facility(county, 1, insurance_code="H1")
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Facility, {"bureau": county}, ("insurance_code",), [("H1",)])


def test_nothing_to_insert_is_no_error(county, drafter):
    same = {"changed_at": NOW, "changed_by": drafter, "effective_on": NOW.date(), "source": "甲"}
    assert bulk.insert(GradeChange, same, ("facility_id", "grade"), []) == []
