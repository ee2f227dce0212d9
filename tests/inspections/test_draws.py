"""Seal, witness, hold, void: C1–C5 and draw protocol v1, by the named cast."""

import datetime as dt
import json
import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from inspections import approvals, draws, lottery, rosters
from inspections.models import (
    AnnualPlan,
    Approval,
    ApprovalOutcome,
    ApprovalSubject,
    Contribution,
    Draw,
    PlanTask,
    RosterFacility,
    TeamMember,
    Visit,
)
from inspections.states import DrawState, PlanState, VisitState
from registries.errors import DomainError
from registries.models import Interest, NumberSeries, RoleGrant, TrailEntry, User
from tests.cast import make_user
from tests.factories import NOW, make_facility, make_item, make_task
from tests.factories.draws import (
    DICE,
    drawable_task,
    end_visit,
    held_draw,
    member_of,
    minutes,
    sealed_draw,
    substitute,
    voided_draw,
    witnessed_draw,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(county, drafter):
    return drawable_task(county, by=drafter)


@pytest.fixture
def sealed(task, drafter):
    return sealed_draw(task, by=drafter)


@pytest.fixture
def witnessed(task, drafter, witness):
    return witnessed_draw(task, by=drafter, witness=witness)


@pytest.fixture
def held(task, drafter, witness):
    return held_draw(task, by=drafter, witness=witness)


def also(user, role):
    """The same person with one more role; the roles read before are remembered by the old object."""
    RoleGrant.objects.create(user=user, role=role)
    return User.objects.get(pk=user.pk)


def refused(verb, *args, **kwargs) -> str:
    with pytest.raises(DomainError) as error:
        verb(*args, **kwargs)
    return str(error.value)


# Seal


def test_the_seal_has_the_protocols_keys_and_the_digest_of_its_own_text(sealed, task, county):
    seal = json.loads(sealed.seal)
    assert sorted(seal) == [
        "bureau", "commitment", "facility_digest", "hash", "inspector_digest", "number", "previous", "protocol",
        "public_source", "quotas", "recusal_digest", "round", "rules", "sealed_at", "task", "top_up", "year",
    ]  # fmt: skip
    assert sealed.seal == lottery.canonical(seal)
    assert sealed.seal_digest == lottery.digest(sealed.seal)
    assert seal["commitment"] == lottery.digest(sealed.secret)
    assert (seal["number"], seal["bureau"], seal["task"]) == ("卫医保抽〔2026〕1号", "410403", task.number)
    assert (seal["sealed_at"], seal["previous"]) == ("2026-04-01T09:00:00+08:00", None)


def test_the_rosters_are_frozen_whole_with_a_reason_for_everybody_left_out(task, drafter, county):
    gone = make_facility(county, 50, grade="D", agreement_status="ended")
    draw = sealed_draw(task, by=drafter)
    rows = dict(draw.facilities.values_list("code", "status"))
    assert len(rows) == 13
    assert rows.pop(gone.insurance_code) == "agreement_ended"
    assert set(rows.values()) == {"in"}
    assert json.loads(draw.seal)["facility_digest"] == lottery.facility_digest(rosters.of(draw).facilities)
    assert json.loads(draw.seal)["quotas"][3] == {"grade": "D", "base": 2, "pool": 1, "quota": 1}


def test_every_seal_has_its_own_secret(task, drafter, county, city):
    other = drawable_task(city, inspectors=3)
    assert sealed_draw(task, by=drafter).secret != sealed_draw(other).secret


def test_the_secret_is_encrypted_at_rest(sealed):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM inspections_draw WHERE id = %s", [sealed.pk])
        stored = cursor.fetchone()[0]
    assert sealed.secret not in stored
    assert stored.startswith("gAAAA")


def test_pressing_again_names_the_draw_that_is_there(sealed, task, colleague):
    message = refused(draws.seal, task, 1, by=colleague, now=minutes(1))
    assert sealed.number in message
    assert "没有重复封存" in message
    assert Draw.objects.count() == 1
    assert NumberSeries.objects.get(kind="抽").last == 1


def test_a_refused_seal_uses_up_no_number(task, drafter):
    task.qualification = "没有人会"
    task.save()
    refused(draws.seal, task, 1, by=drafter, now=NOW)
    assert not NumberSeries.objects.filter(kind="抽", last__gt=0).exists()
    assert not RosterFacility.objects.exists()


def test_the_database_itself_refuses_a_second_draw_of_a_round(held):
    copy = Draw.objects.get(pk=held.pk)
    copy.pk, copy._state.adding = None, True
    copy.number, copy.seal_digest, copy.sequence, copy.previous = "另一号", "f" * 64, 9, held
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()


def test_an_adjusted_plans_task_gives_no_second_chance_at_a_round(held, task, drafter):
    AnnualPlan.objects.filter(pk=task.plan_id).update(state=PlanState.SUPERSEDED)
    AnnualPlan.objects.create(
        bureau=task.bureau,
        year=2026,
        version=2,
        title="调整后的计划",
        state=PlanState.PUBLISHED,
        drafted_by=drafter,
        published_at=NOW,
        published_by=drafter,
    )
    later = make_task(task.bureau, drafter, items=task.items.all(), root=task)
    assert later.plan != task.plan
    assert held.number in refused(draws.seal, later, 1, by=drafter, now=minutes(60))


def test_a_second_sealed_draw_waits_for_the_first(sealed, task, drafter, county):
    other = drawable_task(county, by=drafter, grades="AA", inspectors=0, items=list(task.items.all()))
    assert sealed.number in refused(draws.seal, other, 1, by=drafter, now=minutes(1))


def test_rounds_come_in_their_order(task, drafter):
    assert "第1轮" in refused(draws.seal, task, 2, by=drafter, now=NOW)


@pytest.mark.parametrize("round", [0, 3, -1])
def test_a_round_that_the_plan_does_not_have_is_refused(task, drafter, round):
    assert "没有第" in refused(draws.seal, task, round, by=drafter, now=NOW)


def test_the_next_round_leaves_out_who_was_drawn_and_is_chained_to_the_one_before(held, task, drafter):
    second = draws.seal(task, 2, by=drafter, now=minutes(60))
    drawn = set(held.visits.values_list("code", flat=True))
    out = dict(second.facilities.exclude(status="in").values_list("code", "status"))
    assert out == dict.fromkeys(drawn, "drawn_this_year")
    assert (second.number, second.previous) == ("卫医保抽〔2026〕2号", held)
    assert json.loads(second.seal)["previous"] == held.seal_digest


def test_a_voided_draw_stays_in_the_chain(sealed, task, drafter):
    voided_draw(sealed)
    again = draws.seal(task, 1, by=drafter, now=minutes(60))
    assert json.loads(again.seal)["previous"] == sealed.seal_digest
    assert again.number == "卫医保抽〔2026〕2号"


def test_an_unpublished_plan_cannot_be_drawn_from(county, drafter):
    task = drawable_task(county, by=drafter, state=PlanState.APPROVED)
    assert "公布后才能抽取" in refused(draws.seal, task, 1, by=drafter, now=NOW)


def test_last_years_plan_cannot_be_drawn_from(task, drafter):
    later = dt.datetime(2027, 1, 4, 9, tzinfo=NOW.tzinfo)
    assert "2026年度" in refused(draws.seal, task, 1, by=drafter, now=later)


def test_a_task_whose_days_are_over_is_not_drawn_for(county, drafter):
    yesterday = NOW.date() - dt.timedelta(days=1)
    task = drawable_task(county, by=drafter, ends_on=yesterday)
    assert "请先调整年度计划中的任务日期" in refused(draws.seal, task, 1, by=drafter, now=NOW)
    PlanTask.objects.update(ends_on=NOW.date())
    assert sealed_draw(task, by=drafter).state == DrawState.SEALED


def test_a_joint_plan_that_we_assist_is_drawn_by_its_initiator(county, drafter):
    task = drawable_task(county, by=drafter, joint_kind="assist")
    assert "发起部门" in refused(draws.seal, task, 1, by=drafter, now=NOW)


def test_an_item_kept_for_joint_inspection_is_not_drawn_alone(county, drafter):
    item = make_item(county, drafter, joint_only=True)
    task = drawable_task(county, by=drafter, items=[item])
    assert "不再单独开展" in refused(draws.seal, task, 1, by=drafter, now=NOW)


def test_the_same_item_may_be_drawn_in_a_joint_plan_that_we_lead(county, drafter):
    item = make_item(county, drafter, joint_only=True)
    assert sealed_draw(drawable_task(county, by=drafter, items=[item], joint_kind="lead"), by=drafter).pk


@pytest.mark.parametrize(
    "unpublished",
    [{"state": "withdrawn"}, {"state": "draft"}, {"effective_from": dt.date(2026, 5, 1)}],
)
def test_no_item_is_drawn_for_that_is_not_in_force(county, drafter, unpublished):
    item = make_item(county, drafter, **unpublished)
    task = drawable_task(county, by=drafter, items=[item])
    assert "没有公布生效" in refused(draws.seal, task, 1, by=drafter, now=NOW)


def test_a_task_without_items_is_not_drawn_for(task, drafter):
    task.items.clear()
    assert "没有抽查事项" in refused(draws.seal, task, 1, by=drafter, now=NOW)


def test_an_empty_scope_and_an_empty_pool_are_told_apart(county, drafter):
    empty = drawable_task(county, by=drafter, grades="")
    assert "没有机构" in refused(draws.seal, empty, 1, by=drafter, now=NOW)
    make_facility(county, 1, agreement_status="ended")
    assert "1家机构都不在抽取池中" in refused(draws.seal, empty, 1, by=drafter, now=NOW)


def test_where_no_team_can_be_formed_the_facilities_are_named_and_nothing_is_sealed(county, drafter):
    task = drawable_task(county, by=drafter, grades="A" * 12, inspectors=1)
    message = refused(draws.seal, task, 1, by=drafter, now=NOW)
    assert "第1诊所（H41040300001）" in message
    assert "第10诊所" in message
    assert "第11诊所" not in message
    assert "等12家" in message
    assert not Draw.objects.exists()


def test_only_the_facility_whose_inspectors_are_recused_is_named(county, drafter):
    task = drawable_task(county, by=drafter, grades="AA", inspectors=2)
    first, second = county.facilities.all()
    Interest.objects.create(
        inspector=county.inspectors.first(), facility=second, relation="亲属", declared_by=drafter
    )
    message = refused(draws.seal, task, 1, by=drafter, now=NOW)
    assert second.insurance_code in message
    assert first.insurance_code not in message


def test_a_public_source_is_one_line(task, drafter):
    assert "一行文字" in refused(draws.seal, task, 1, by=drafter, public_source="甲\n乙", now=NOW)


@pytest.mark.parametrize("person", ["approver", "witness", "outsider", "city_staff", "auditor"])
def test_only_staff_of_the_bureau_seal_and_hold(request, task, witnessed, person):
    user = request.getfixturevalue(person)
    with pytest.raises(PermissionDenied):
        draws.seal(task, 2, by=user, now=NOW)
    with pytest.raises(PermissionDenied):
        draws.hold(witnessed, by=user, now=minutes(10))
    with pytest.raises(PermissionDenied):
        draws.propose_void(witnessed, reason="试试", by=user, now=minutes(10))


# Witness


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


# Hold


def test_a_draw_without_a_witness_is_not_held(sealed, drafter):
    assert "还没有见证人员" in refused(draws.hold, sealed, by=drafter, now=minutes(10))


def test_the_result_is_the_lotterys(held):
    frozen, seal = rosters.of(held), json.loads(held.seal)
    assert held.seed == lottery.seed_of(held.seal_digest, held.secret, [DICE])
    quotas = lottery.quotas_of(lottery.tally(frozen.facilities), lottery.Rules(**seal["rules"]))
    winners = lottery.draw_facilities(held.seed, frozen.facilities, quotas)
    visits = list(held.visits.all())
    assert [(v.position, v.code, v.grade, v.ticket, v.top_up) for v in visits] == [
        (position, *winner) for position, winner in enumerate(winners, 1)
    ]
    teams = lottery.deal_teams(
        held.seed, [v.code for v in visits], frozen.inspectors, frozen.recusals, team_size=2
    )
    for visit, team in zip(visits, teams, strict=True):
        members = list(visit.members.all())
        assert [(m.visit_number, m.card, m.code) for m in members] == list(team.members)
        assert [m.inspector.number for m in members] == [card.inspector for card in team.members]
        assert visit.leader == members[0].inspector
        assert visit.facility.insurance_code == visit.code


def test_a_second_press_draws_nothing_twice(held, colleague):
    before = list(Visit.objects.values_list("pk", flat=True))
    message = refused(draws.hold, held, by=colleague, now=minutes(11))
    assert "不会再次抽取" in message
    assert held.number in message
    assert list(Visit.objects.values_list("pk", flat=True)) == before


def test_a_hold_that_dies_in_the_middle_leaves_the_seal_and_can_be_pressed_again(
    witnessed, drafter, monkeypatch
):
    def die(*args, **kwargs):
        raise ConnectionError("the process is gone")

    with monkeypatch.context() as patch:
        patch.setattr(TeamMember.objects, "bulk_create", die)
        with pytest.raises(ConnectionError):
            draws.hold(witnessed, by=drafter, now=minutes(10))
    witnessed.refresh_from_db()
    assert (witnessed.state, witnessed.seed, Visit.objects.count()) == (DrawState.SEALED, "", 0)
    assert draws.hold(witnessed, by=drafter, now=minutes(11)).state == DrawState.HELD


def test_what_the_registries_become_after_the_seal_does_not_matter(witnessed, drafter, county):
    county.facilities.update(grade="D", agreement_status="ended")
    county.inspectors.update(status="suspended", qualifications=[])
    make_facility(county, 99, grade="D")
    held = draws.hold(witnessed, by=drafter, now=minutes(10))
    assert held.visits.count() == sum(row["quota"] for row in json.loads(held.seal)["quotas"])
    assert set(held.visits.values_list("grade", flat=True)) == {"A", "B", "C", "D"}
    assert all(visit.members.count() == 2 for visit in held.visits.all())


def test_a_roster_row_slipped_in_after_the_seal_is_noticed(witnessed, drafter, county):
    friend = make_facility(county, 99)
    RosterFacility.objects.create(
        draw=witnessed, facility=friend, code=friend.insurance_code, grade="A", status="in"
    )
    assert "与封存摘要不符" in refused(draws.hold, witnessed, by=drafter, now=minutes(10))


def test_of_a_qualified_team_the_first_member_has_the_qualification(county, drafter):
    held = held_draw(drawable_task(county, by=drafter, qualification="药学"), by=drafter)
    assert all("药学" in member_of(visit).inspector.qualifications for visit in held.visits.all())


def test_directly_assigned_teams_start_empty(county, drafter):
    held = held_draw(drawable_task(county, by=drafter, assignment="assigned"), by=drafter)
    assert held.visits.count() == 7
    assert not TeamMember.objects.exists()
    assert set(held.visits.values_list("leader", flat=True)) == {None}


# Void


def test_a_void_needs_a_reason_and_a_second_person(sealed, drafter, colleague, approver):
    assert "原因" in refused(draws.propose_void, sealed, reason="  ", by=drafter)
    drafter = also(drafter, "supervisor")
    approval = draws.propose_void(sealed, reason="名单有误", by=colleague, now=minutes(20))
    with pytest.raises(DomainError):
        approvals.decide(approval, ApprovalOutcome.APPROVED, by=drafter)
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=approver, now=minutes(25))
    sealed.refresh_from_db()
    assert (sealed.state, sealed.voided_by, sealed.void_proposed_by) == ("voided", approver, colleague)
    assert (sealed.voided_at, sealed.void_reason) == (minutes(25), "名单有误")


def test_while_a_void_waits_for_its_answer_nothing_is_drawn(witnessed, drafter, approver):
    approval = draws.propose_void(witnessed, reason="名单有误", by=drafter, now=minutes(8))
    assert "申请作废" in refused(draws.hold, witnessed, by=drafter, now=minutes(10))
    approvals.decide(approval, ApprovalOutcome.RETURNED, by=approver, reason="名单无误", now=minutes(9))
    held = draws.hold(witnessed, by=drafter, now=minutes(10))
    assert (held.state, held.void_reason, held.void_proposed_by) == ("held", "", None)


def test_a_void_cancels_the_visits_and_frees_the_round(held, task, drafter):
    voided_draw(held)
    assert set(held.visits.values_list("state", flat=True)) == {VisitState.CANCELLED}
    again = draws.seal(task, 1, by=drafter, now=minutes(60))
    assert set(again.facilities.values_list("status", flat=True)) == {"in"}


def test_once_a_visit_has_ended_the_draw_stands(held, drafter):
    end_visit(held.visits.first())
    assert "1户检查结束" in refused(draws.propose_void, held, reason="不满意", by=drafter)


def test_a_visit_that_ends_while_the_void_waits_saves_the_draw(held, drafter, approver):
    approval = draws.propose_void(held, reason="名单有误", by=drafter, now=minutes(20))
    end_visit(held.visits.first())
    refused(approvals.decide, approval, ApprovalOutcome.APPROVED, by=approver, now=minutes(30))
    held.refresh_from_db()
    approval.refresh_from_db()
    assert (held.state, approval.decided_at) == (DrawState.HELD, None)


def test_a_void_draw_is_neither_held_nor_witnessed_nor_voided_again(witnessed, drafter, city):
    voided_draw(witnessed)
    late = make_user("ji.shiju", "纪市局", city, "witness")
    assert "已作废" in refused(draws.hold, witnessed, by=drafter)
    assert "已作废" in refused(draws.contribute, witnessed, DICE, by=late)
    assert "已作废" in refused(draws.propose_void, witnessed, reason="再来", by=drafter)


# What must not leak


def test_neither_trail_nor_log_knows_secret_seed_or_contribution(task, drafter, witness, caplog):
    caplog.set_level(logging.DEBUG)
    held = held_draw(task, by=drafter, witness=witness)
    substitute(member_of(held.visits.first()))
    rows = TrailEntry.objects.values_list("event", "subject_name", "before", "after", "note")
    told = json.dumps(list(rows), ensure_ascii=False) + "".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    assert "封存抽取名单" in told
    assert "举行抽取" in told
    assert [secret for secret in (held.secret, held.seed, DICE) if secret in told] == []


def test_the_next_round_is_the_first_that_is_not_drawn(held, task):
    assert draws.next_round(task) == 2
    voided_draw(held)
    assert draws.next_round(task) == 1
