"""Witnesses and the announced public value (C3)."""

import pytest
from django.core.exceptions import PermissionDenied

from inspections import draws, lottery
from inspections.models import (
    Approval,
    ApprovalOutcome,
    ApprovalSubject,
    Contribution,
)
from inspections.states import DrawState
from registries.errors import DomainError
from tests.cast import also, make_user, refused
from tests.factories import NOW
from tests.factories.draws import (
    DICE,
    minutes,
    sealed_draw,
    witnessed_draw,
)

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db


def test_a_contribution_is_kept_encrypted_with_name_role_and_time(sealed, witness):
    contribution = draws.contribute(sealed, DICE, by=witness, now=minutes(5))
    assert (contribution.role, contribution.name, contribution.text) == ("见证人员", "冯见证", DICE)
    assert contribution.contributed_at == minutes(5)


def test_a_witness_of_a_bureau_above_may_witness(sealed, city):
    above = make_user("ji.shiju", "纪市局", city, "witness")
    assert draws.contribute(sealed, DICE, by=above, now=minutes(5)).position == 1


def test_a_witness_of_another_county_may_not(sealed, neighbour):
    stranger = make_user("ji.waixian", "纪外县", neighbour, "witness")
    with pytest.raises(PermissionDenied):
        draws.contribute(sealed, DICE, by=stranger, now=minutes(5))


@pytest.mark.parametrize("person", ["colleague", "approver", "outsider", "auditor"])
def test_nobody_witnesses_without_the_role(request, sealed, person):
    with pytest.raises(PermissionDenied):
        draws.contribute(sealed, DICE, by=request.getfixturevalue(person), now=minutes(5))


def test_the_operator_is_no_witness(sealed, drafter):
    drafter = also(drafter, "witness")
    with pytest.raises(PermissionDenied, match="封存了这次抽取的名单"):
        draws.contribute(sealed, DICE, by=drafter, now=minutes(5))


def test_the_drafter_of_the_plan_is_no_witness(task, drafter, colleague):
    draw = sealed_draw(task, by=colleague)
    drafter = also(drafter, "witness")
    with pytest.raises(PermissionDenied, match="编制了这份年度计划"):
        draws.contribute(draw, DICE, by=drafter, now=minutes(5))


def test_the_supervisor_of_the_plan_is_no_witness(sealed, task, drafter, approver):
    approver = also(approver, "witness")
    Approval.objects.create(
        subject_kind=ApprovalSubject.PLAN,
        subject_id=task.plan.pk,
        title="年度计划",
        bureau=task.bureau,
        applied_by=drafter,
        decided_at=NOW,
        decided_by=approver,
        outcome=ApprovalOutcome.APPROVED,
    )
    with pytest.raises(PermissionDenied, match="审批了这份年度计划"):
        draws.contribute(sealed, DICE, by=approver, now=minutes(5))


@pytest.mark.parametrize(
    "text", ["123456789012345", "1 2 3 4 5 6\n7 8 9 1 2", DICE + "\n", " " * 16, "6" * 501]
)
def test_a_contribution_is_one_line_of_sixteen_characters_or_more(sealed, witness, text):
    refused(draws.contribute, sealed, text, by=witness, now=minutes(5))
    assert not Contribution.objects.exists()


def test_a_witness_speaks_once(witnessed, witness):
    assert "已经完成见证" in refused(draws.contribute, witnessed, DICE, by=witness, now=minutes(6))


def test_a_witness_who_is_staff_too_neither_holds_nor_announces(task, drafter, county):
    both = make_user("liang.zhong", "两重", county, "staff", "witness")
    draw = witnessed_draw(task, by=drafter, witness=both, public_source="当日福彩3D开奖号")
    with pytest.raises(DomainError, match="请由另一位经办人员办理"):
        draws.announce(draw, "1 2 3", by=both, now=minutes(8))
    draws.announce(draw, "1 2 3", by=drafter, now=minutes(10))
    with pytest.raises(DomainError, match="请由另一位经办人员办理"):
        draws.hold(draw, by=both, now=minutes(11))
    assert draws.hold(draw, by=drafter, now=minutes(12)).state == DrawState.HELD


def test_after_the_hold_nobody_speaks(held, county):
    late = make_user("lai.wan", "来晚", county, "witness")
    assert "见证已经结束" in refused(draws.contribute, held, DICE, by=late, now=minutes(20))


def test_contributions_keep_the_order_in_which_they_were_entered(witnessed, city):
    above = make_user("ji.shiju", "纪市局", city, "witness")
    draws.contribute(witnessed, "另一位见证人掷出的点数六五四三二一", by=above, now=minutes(4))
    entered = witnessed.contributions.all()
    assert [(one.position, one.name) for one in entered] == [(1, "冯见证"), (2, "纪市局")]
    assert entered[0].contributed_at <= entered[1].contributed_at


# Public value


SOURCE = "2026年4月1日上证综指收盘点位"


@pytest.fixture
def awaiting_value(task, drafter, witness):
    return witnessed_draw(task, by=drafter, witness=witness, public_source=SOURCE)


def test_a_draw_with_a_source_is_not_held_without_its_value(awaiting_value, drafter):
    assert SOURCE in refused(draws.hold, awaiting_value, by=drafter, now=minutes(10))
    draws.announce(awaiting_value, "3388.06", by=drafter, now=minutes(9))
    draw = draws.hold(awaiting_value, by=drafter, now=minutes(10))
    assert draw.seed == lottery.seed_of(draw.seal_digest, draw.secret, [DICE], "3388.06")


def test_the_value_is_entered_once(awaiting_value, drafter):
    draws.announce(awaiting_value, "3388.06", by=drafter, now=minutes(9))
    assert "3388.06" in refused(draws.announce, awaiting_value, "1.00", by=drafter, now=minutes(9))


def test_the_value_closes_the_witnesses_part(awaiting_value, drafter, city):
    draws.announce(awaiting_value, "3388.06", by=drafter, now=minutes(9))
    late = make_user("ji.shiju", "纪市局", city, "witness")
    assert "不能再增加" in refused(draws.contribute, awaiting_value, DICE, by=late, now=minutes(10))


def test_the_value_comes_after_a_witness(task, drafter):
    draw = sealed_draw(task, by=drafter, public_source=SOURCE)
    assert "见证人员先" in refused(draws.announce, draw, "3388.06", by=drafter, now=minutes(2))


def test_without_a_source_there_is_no_value(witnessed, drafter):
    assert "不需要录入" in refused(draws.announce, witnessed, "3388.06", by=drafter, now=minutes(9))


@pytest.mark.parametrize("value", ["", " ", "1\n2", "9" * 201])
def test_the_value_is_one_line(awaiting_value, drafter, value):
    refused(draws.announce, awaiting_value, value, by=drafter, now=minutes(9))
