"""Personal data is encrypted at rest, masked on screen, absent from trail and log; looking leaves a trace."""

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from registries import facilities, inspectors, trail
from registries.errors import DomainError
from registries.identifiers import mask_id_number, mask_phone
from registries.models import Inspector, TrailEntry
from tests.factories import id_number, make_facility, make_inspector

pytestmark = pytest.mark.django_db

ID, PHONE, NEW_PHONE = id_number(1), "13912345678", "13987654321"


@pytest.fixture
def inspector(county, drafter):
    values = {
        "unit": "卫东区医疗保障局",
        "name": "检查员一",
        "post": "科员",
        "id_number": ID,
        "sex": "男",
        "phone": PHONE,
    }
    return inspectors.register(county, values, by=drafter)


def stored(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return repr(cursor.fetchall())


def test_the_database_holds_no_plain_text(inspector, county):
    make_facility(county, 1, phone=NEW_PHONE)
    kept = stored("registries_inspector") + stored("registries_facility")
    assert "检查员一" in kept
    for secret in (ID, PHONE, NEW_PHONE):
        assert secret not in kept


def test_the_same_number_is_encrypted_differently_each_time(county):
    make_inspector(county, 1, phone=PHONE)
    make_inspector(county, 2, phone=PHONE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM registries_inspector")
        first, second = (row[0] for row in cursor.fetchall())
    assert first != second
    assert {row.phone for row in Inspector.objects.all()} == {PHONE}


def test_neither_trail_nor_log_ever_holds_a_number(inspector, drafter, county, caplog):
    caplog.set_level(logging.DEBUG)
    facility = make_facility(county, 1, phone=PHONE)
    inspectors.amend(inspector, {"phone": NEW_PHONE, "id_number": id_number(3)}, revision=1, by=drafter)
    inspectors.reveal(inspector, purpose="通知到岗", by=drafter)
    facilities.amend(facility, {"phone": NEW_PHONE}, revision=1, by=drafter)
    facilities.reveal(facility, purpose="通知检查", by=drafter)
    assert TrailEntry.objects.count() == 5
    logged = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    for secret in (ID, id_number(3), PHONE, NEW_PHONE):
        assert secret not in stored("registries_trailentry")
        assert secret not in logged


def test_a_refusal_does_not_repeat_the_id_number(county, drafter):
    wrong = ID[:-1] + ("0" if ID[-1] != "0" else "1")
    values = {
        "unit": "局",
        "name": "检查员一",
        "post": "科员",
        "id_number": wrong,
        "sex": "男",
        "phone": PHONE,
    }
    with pytest.raises(DomainError) as refusal:
        inspectors.register(county, values, by=drafter)
    assert wrong not in refusal.value.message


def test_looking_leaves_a_trace_with_its_purpose(inspector, drafter):
    assert inspectors.reveal(inspector, purpose="核对出入证", by=drafter) == {"id_number": ID, "phone": PHONE}
    entry = trail.about(inspector).first()
    assert (entry.event, entry.actor, entry.note) == (
        "查看身份证号和联系电话原文",
        drafter,
        "用途：核对出入证",
    )


def test_looking_without_a_purpose_is_refused_and_leaves_no_trace(inspector, county, drafter):
    for look in (
        lambda: inspectors.reveal(inspector, purpose=" ", by=drafter),
        lambda: facilities.reveal(make_facility(county, 1), purpose="", by=drafter),
    ):
        with pytest.raises(DomainError, match="请写明查看用途"):
            look()
    assert [entry.event for entry in TrailEntry.objects.all()] == ["登记检查人员"]


def test_those_without_the_permission_do_not_look(inspector, approver, witness, city_staff):
    for somebody in (approver, witness, city_staff):
        with pytest.raises(PermissionDenied):
            inspectors.reveal(inspector, purpose="好奇", by=somebody)


def test_masks_keep_what_tells_people_apart_and_no_more():
    assert mask_id_number(ID) == f"{ID[:4]}**********{ID[-4:]}"
    assert mask_phone(PHONE) == "139****5678"
