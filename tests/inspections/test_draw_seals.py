"""Sealing: who may, when, and what the seal holds (C1, C2, C4, draw protocol v1)."""

import datetime as dt
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from inspections import draws, lottery, rosters
from inspections.models import (
    AnnualPlan,
    Draw,
    PlanTask,
    RosterFacility,
)
from inspections.states import DrawState, PlanState
from registries.models import NumberSeries
from tests.cast import refused
from tests.factories import NOW, make_facility, make_interest, make_item, make_task
from tests.factories.draws import (
    drawable_task,
    minutes,
    sealed_draw,
    voided_draw,
)

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db


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
    make_interest(county.inspectors.first(), second, drafter)
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
