"""Signatures vouch for the record as it was read."""

import base64

import pytest
from django.core.exceptions import PermissionDenied

from inspections import fieldwork
from inspections.signatures import MAX_CHARACTERS, sign, withdraw_signatures
from registries import trail
from registries.errors import DomainError
from tests.factories.fieldwork import (
    ARRIVED,
    LEFT,
    account,
    complete_values,
    fill,
    jpeg,
    make_expert,
    make_member,
    make_team_visit,
    png,
    signature,
)


@pytest.fixture
def visit(county, drafter):
    return make_team_visit(county, drafter)


@pytest.fixture
def member(visit):
    return account(visit, 1)


@pytest.fixture
def record(visit, member):
    return fill(fieldwork.start(visit, by=member, now=ARRIVED), by=member)


def inspector(visit, place):
    return visit.members.get(place=place).inspector


def test_a_colleague_signs_on_the_device_of_the_one_who_fills_in(visit, record, member):
    signed = sign(record, "inspector", "", signature(), inspector(visit, 2), by=member, now=LEFT)
    assert (signed.name, signed.signed_by, signed.signed_at) == ("检查员2", member, LEFT)
    assert base64.b64decode(signed.image) == png()


def test_somebody_outside_the_team_neither_signs_nor_lends_a_device(county, visit, record, member):
    stranger = make_member(county, 8)
    with pytest.raises(DomainError, match="检查组现有成员"):
        sign(record, "inspector", "", signature(), stranger, by=member)
    with pytest.raises(PermissionDenied):
        sign(record, "inspector", "", signature(), inspector(visit, 1), by=stranger.user)


def test_only_who_is_present_signs(county, drafter, visit, record, member):
    alone = fieldwork.save(record, {"present": [inspector(visit, 1)]}, revision=record.revision, by=member)
    with pytest.raises(DomainError, match="没有登记为到场"):
        sign(alone, "inspector", "", signature(), inspector(visit, 2), by=member)


def test_an_expert_who_was_present_may_sign_too(county, visit, record, member):
    expert = make_expert(county, 5)
    everybody = [inspector(visit, 1), inspector(visit, 2), expert]
    record = fieldwork.save(record, {"present": everybody}, revision=record.revision, by=member)
    assert sign(record, "inspector", "", signature(), expert, by=member).name == expert.name


@pytest.mark.parametrize("name", ["", "   ", "名" * 41])
def test_facility_and_witness_sign_with_a_name(record, member, name):
    for role in ("facility", "witness"):
        with pytest.raises(DomainError, match="签名人姓名"):
            sign(record, role, name, signature(), by=member)


def test_a_witnesss_signature_names_the_witness(record, member):
    sign(record, "witness", " 某  见证 ", signature(), by=member)
    record.refresh_from_db()
    assert record.witness_name == "某 见证"


def test_signing_again_replaces_the_first_signature(record, member):
    sign(record, "facility", "某甲", signature(), by=member)
    sign(record, "facility", "某乙", signature(width=50), by=member)
    assert list(record.signatures.values_list("name", flat=True)) == ["某乙"]


@pytest.mark.parametrize("role", ["", "leader", "inspector"])
def test_a_role_that_is_none_is_refused(record, member, role):
    with pytest.raises(DomainError):
        sign(record, role, "某人", signature(), by=member)


NO_SIGNATURES = {
    "nothing": "",
    "another address": "https://example.test/a.png",
    "a page": "data:text/html;base64,PHNjcmlwdD4=",
    "no base64": "data:image/png;base64,***",
    "no picture": "data:image/png;base64," + base64.b64encode(b"no picture").decode(),
    "a JPEG that says PNG": "data:image/png;base64," + base64.b64encode(jpeg()).decode(),
    "half a picture": "data:image/png;base64," + base64.b64encode(png()[:-30]).decode(),
    "too many pixels": signature(width=2001, height=2000),
    "too long": signature() + "A" * MAX_CHARACTERS,
}


@pytest.mark.parametrize("image", NO_SIGNATURES.values(), ids=NO_SIGNATURES)
def test_what_is_no_drawn_picture_is_no_signature(record, member, image):
    with pytest.raises(DomainError, match="没有收到完整"):
        sign(record, "facility", "某人", image, by=member)
    assert record.signatures.count() == 0


def test_an_empty_sheet_is_no_signature(record, member):
    with pytest.raises(DomainError, match="空白"):
        sign(record, "facility", "某人", signature(stroke=False), by=member)


def test_what_was_signed_cannot_be_changed_any_more(record, member):
    sign(record, "facility", "某人", signature(), by=member)
    with pytest.raises(DomainError, match="已有人在记录上签名"):
        fieldwork.save(record, {"opinion": "改"}, revision=record.revision, by=member)
    with pytest.raises(DomainError, match="已有人在记录上签名"):
        fieldwork.save(record, {"rights_told": False}, revision=record.revision, by=member)


def test_the_same_content_may_be_sent_again_after_a_signature(record, member):
    sign(record, "facility", "某人", signature(), by=member)
    values = complete_values(record)
    assert fieldwork.save(record, values, revision=record.revision, by=member).revision == record.revision


def test_why_a_signature_is_missing_is_still_written_after_the_others_signed(visit, record, member):
    sign(record, "inspector", "", signature(), inspector(visit, 1), by=member)
    saved = fieldwork.save(record, {"no_signature_reason": "拒签"}, revision=record.revision, by=member)
    assert saved.no_signature_reason == "拒签"


def test_clearing_the_signatures_opens_the_record_again_and_is_on_the_trail(visit, record, member):
    sign(record, "facility", "某人", signature(), by=member)
    withdraw_signatures(record, by=member)
    assert record.signatures.count() == 0
    assert fieldwork.save(record, {"opinion": "改"}, revision=record.revision, by=member).opinion == "改"
    assert trail.about(visit).first().event == "清除签名，修改记录"
