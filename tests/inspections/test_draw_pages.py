"""The pages of a draw: who may open what, what they show when, and that nothing leaks before its time."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections import approvals, draws, evidence, substitutions
from inspections.models import Draw, Substitution
from registries.models import RoleGrant
from tests.cast import make_user
from tests.factories import NOW, make_facility
from tests.factories.draws import (
    DICE,
    drawable_task,
    finished_draw,
    held_draw,
    member_of,
    minutes,
    person,
    sealed_draw,
    substitute,
    voided_draw,
    witnessed_draw,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


def page(name, *args):
    return reverse(f"inspections:{name}", args=args)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


READ = ["draw", "draw_roster", "ceremony", "ceremony_state"]


# Who may open what


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("drafter", 200),
        ("approver", 200),
        ("witness", 200),
        ("city_staff", 200),
        ("outsider", 404),
        ("auditor", 403),
    ],
)
def test_a_draw_is_read_by_its_bureau_and_those_above(request, signed_in, sealed, name, person, status):
    browser = signed_in(request.getfixturevalue(person))
    assert browser.get(page(name, sealed.pk)).status_code == status


@pytest.mark.parametrize("name", ["draw_hold", "draw_void", "draw_announce"])
@pytest.mark.parametrize(("person", "status"), [("city_staff", 403), ("outsider", 404), ("approver", 403)])
def test_a_draw_is_worked_on_by_its_own_staff_alone(request, signed_in, witnessed, name, person, status):
    browser = signed_in(request.getfixturevalue(person))
    answer = browser.post(page(name, witnessed.pk), {"reason": "x", "value": "x"})
    assert answer.status_code == status
    assert Draw.objects.get().state == "sealed"


def test_a_draw_is_never_held_by_opening_an_address(signed_in, drafter, witnessed):
    assert signed_in(drafter).get(page("draw_hold", witnessed.pk)).status_code == 405
    signed_in(drafter).get(page("draw_seal", witnessed.task_id))
    assert Draw.objects.get().state == "sealed"


def test_a_task_of_another_bureau_cannot_be_sealed(signed_in, outsider, city_staff, task):
    assert signed_in(outsider).post(page("draw_seal", task.pk), {"round": 1}).status_code == 404
    assert signed_in(city_staff).post(page("draw_seal", task.pk), {"round": 1}).status_code == 403
    assert not Draw.objects.exists()


def test_the_list_shows_the_bureaus_in_sight(signed_in, sealed, outsider, city_staff):
    assert sealed.number in text(signed_in(city_staff).get(page("draws")))
    assert sealed.number not in text(signed_in(outsider).get(page("draws")))


def test_the_list_filters_by_year_and_state(signed_in, drafter, sealed):
    browser = signed_in(drafter)
    assert sealed.number in text(browser.get(page("draws"), {"year": 2026, "state": "sealed"}))
    assert "没有符合条件的抽取" in text(browser.get(page("draws"), {"year": 2025}))


# The way from seal to result


def test_from_seal_to_result_in_the_browser(signed_in, drafter, witness, task, morning):
    staff, present = signed_in(drafter), signed_in(witness)
    form = staff.get(page("draw_new", task.pk))
    assert "封存意味着什么" in text(form)
    answer = staff.post(page("draw_seal", task.pk), {"round": 1, "public_source": ""})
    draw = Draw.objects.get()
    assert answer.url == page("draw", draw.pk)
    assert "没有见证不能抽取" in text(staff.get(answer.url))
    morning.shift(60)
    answer = present.post(page("draw_contribute", draw.pk), {"text": DICE})
    assert answer.url == page("ceremony", draw.pk)
    morning.shift(60)
    answer = staff.post(page("draw_hold", draw.pk))
    assert answer.url == page("ceremony", draw.pk)
    shown = text(staff.get(page("draw", draw.pk)))
    for visit in draw.visits.select_related("facility"):
        assert visit.facility.name in shown
        assert visit.ticket[:8] in shown
        assert visit.leader.name in shown


def test_pressing_seal_twice_shows_the_number_and_seals_once(signed_in, drafter, task):
    browser = signed_in(drafter)
    browser.post(page("draw_seal", task.pk), {"round": 1})
    answer = browser.post(page("draw_seal", task.pk), {"round": 1})
    assert "卫医保抽〔2026〕1号，没有重复封存" in text(answer)
    assert Draw.objects.count() == 1


def test_pressing_hold_twice_says_so_and_draws_once(signed_in, drafter, witnessed):
    browser = signed_in(drafter)
    browser.post(page("draw_hold", witnessed.pk))
    before = witnessed.visits.count()
    came_from = {"referer": "http://testserver" + page("ceremony", witnessed.pk)}
    answer = browser.post(page("draw_hold", witnessed.pk), headers=came_from, follow=True)
    assert "不会再次抽取" in text(answer)
    assert witnessed.visits.count() == before


def test_a_round_made_up_by_hand_is_refused(signed_in, drafter, task):
    for round in ("7", "x", ""):
        answer = signed_in(drafter).post(page("draw_seal", task.pk), {"round": round})
        assert answer.status_code == 200
    assert not Draw.objects.exists()


def test_facilities_without_a_team_are_named_on_the_page(signed_in, drafter, county):
    task = drawable_task(county, by=drafter, grades="AA", inspectors=1)
    answer = signed_in(drafter).post(page("draw_seal", task.pk), {"round": 1})
    assert "第1诊所（H41040300001）" in text(answer)


def test_the_value_is_entered_on_its_page(signed_in, drafter, task, witness):
    draw = witnessed_draw(task, by=drafter, witness=witness, public_source="4月1日福彩3D开奖号码")
    browser = signed_in(drafter)
    assert "录入公开随机数" in text(browser.get(page("ceremony", draw.pk)))
    browser.post(page("draw_announce", draw.pk), {"value": "3 1 9"})
    draw.refresh_from_db()
    assert draw.public_value == "3 1 9"
    assert "3 1 9" in text(browser.get(page("draw", draw.pk)))


# Witnesses


def test_a_contribution_is_taken_exactly_as_typed(signed_in, witness, sealed):
    signed_in(witness).post(page("draw_contribute", sealed.pk), {"text": f"  {DICE} "})
    assert sealed.contributions.get().text == f"  {DICE} "


@pytest.mark.parametrize("typed", ["太短", "", "1 2 3 4 5 6 7 8\n9 1 2 3"])
def test_a_wrong_contribution_is_told_at_the_field(signed_in, witness, sealed, typed):
    answer = signed_in(witness).post(page("draw_contribute", sealed.pk), {"text": typed})
    assert answer.status_code == 200
    assert answer.context["form"].errors["text"]
    assert not sealed.contributions.exists()


def test_the_operator_with_a_witness_role_gets_no_form(signed_in, drafter, sealed):
    RoleGrant.objects.create(user=drafter, role="witness")
    assert signed_in(drafter).get(page("draw_contribute", sealed.pk)).status_code == 403
    assert signed_in(drafter).post(page("draw_contribute", sealed.pk), {"text": DICE}).status_code == 403


def test_a_second_contribution_is_refused_on_the_page(signed_in, witness, witnessed):
    answer = signed_in(witness).post(page("draw_contribute", witnessed.pk), {"text": DICE})
    assert "已完成见证" in text(answer)
    assert witnessed.contributions.count() == 1


def test_the_ceremony_offers_each_what_they_may_do(signed_in, drafter, witness, approver, sealed):
    offered = {
        person.username: [
            page(name, sealed.pk) in signed_in(person).get(page("ceremony", sealed.pk)).content.decode()
            for name in ("draw_contribute", "draw_hold")
        ]
        for person in (drafter, witness, approver)
    }
    assert offered == {
        "zhou.jingban": [False, True], "feng.jianzheng": [True, False], "zheng.lingdao": [False, False]
    }  # fmt: skip


# What must not leak


@pytest.mark.parametrize("stage", ["witnessed", "held"])
@pytest.mark.parametrize("person", ["drafter", "approver", "witness", "city_staff"])
def test_no_page_shows_secret_or_seed_before_the_evidence_is_due(request, signed_in, stage, person):
    draw = request.getfixturevalue(stage)
    browser = signed_in(request.getfixturevalue(person))
    names = [*READ, "draw_evidence"]
    shown = "".join(browser.get(page(name, draw.pk)).content.decode() for name in names)
    assert draw.number in shown
    assert draw.secret not in shown
    assert not draw.seed or draw.seed not in shown
    assert (DICE in shown) is (stage == "held")


def test_the_next_substitute_is_not_told_to_who_decides(signed_in, held, drafter, approver, task):
    member = member_of(held.visits.first())
    asked = substitutions.request(member, "health", "住院", by=drafter, now=minutes(60))
    approval = approvals.open_approval("substitution", asked.pk)
    shown = text(signed_in(approver).get(page("approval", approval.pk)))
    team = {one.inspector.name for one in held.visits.first().members.all()}
    others = [one.name for one in task.bureau.inspectors.all() if one.name not in team]
    assert member.inspector.name in shown
    assert [name for name in others if name in shown] == []


# Roster, evidence, void


def test_the_roster_is_filtered_by_reason(signed_in, drafter, county, task):
    gone = make_facility(county, 77, name="已解除协议的诊所", agreement_status="ended")
    draw = sealed_draw(task, by=drafter)
    browser = signed_in(drafter)
    shown = text(browser.get(page("draw_roster", draw.pk), {"status": "agreement_ended"}))
    assert gone.name in shown
    assert "协议已解除" in shown
    assert "第1诊所" not in shown
    assert "1 家机构" in text(browser.get(page("draw", draw.pk)))


def test_the_roster_shows_the_grade_that_was_sealed(signed_in, drafter, sealed, county):
    county.facilities.update(grade="D")
    page_of_a = signed_in(drafter).get(page("draw_roster", sealed.pk), {"grade": "A"})
    assert page_of_a.context["page"].paginator.count == 4


def test_the_evidence_is_downloaded_when_it_is_due_and_not_before(signed_in, approver, held, task):
    browser = signed_in(approver)
    early = browser.get(page("draw_evidence", held.pk))
    assert early.status_code == 409
    assert held.secret not in early.content.decode()
    voided_draw(held)
    answer = browser.get(page("draw_evidence", held.pk))
    assert answer.content == evidence.as_bytes(Draw.objects.get())
    assert "attachment" in answer["Content-Disposition"]
    assert json.loads(answer.content)["secret"] == held.secret


def test_a_finished_draw_offers_its_evidence(signed_in, drafter, task):
    draw = finished_draw(task, by=drafter)
    shown = signed_in(drafter).get(page("draw", draw.pk))
    assert page("draw_evidence", draw.pk) in shown.content.decode()


def test_a_void_is_asked_for_and_decided_in_the_browser(signed_in, drafter, approver, held):
    signed_in(drafter).post(page("draw_void", held.pk), {"reason": "名单有误"})
    approval = approvals.open_approval("void", held.pk)
    browser = signed_in(approver)
    shown = text(browser.get(page("approval", approval.pk)))
    assert "取消 7 户检查任务" in shown
    assert "名单有误" in shown
    browser.post(page("approval", approval.pk), {"decision": "approve"})
    held.refresh_from_db()
    assert held.state == "voided"
    assert "名单有误" in text(browser.get(page("draw", held.pk)))


def test_a_void_without_a_reason_is_told_at_the_field(signed_in, drafter, held):
    answer = signed_in(drafter).post(page("draw_void", held.pk), {"reason": " "})
    assert answer.context["form"].errors["reason"]


# Swaps


def test_an_inspector_asks_on_the_phone_for_themselves_alone(signed_in, held, county):
    visit = held.visits.first()
    member, other = member_of(visit, 1), member_of(visit, 2)
    user = make_user("jiancha", member.inspector.name, county, "inspector")
    member.inspector.user = user
    member.inspector.save()
    browser = signed_in(user)
    assert browser.get(page("substitution_request", other.pk)).status_code == 403
    values = {"reason": "recusal", "explanation": "与该机构负责人是亲属"}
    answer = browser.post(page("substitution_request", member.pk), values)
    assert answer.url == page("visit", visit.pk)
    assert Substitution.objects.get().requested_by == user
    again = browser.post(page("substitution_request", member.pk), values)
    assert "不需要重复申请" in text(again)


def test_a_reason_outside_the_list_is_refused_on_the_page(signed_in, drafter, held):
    member = member_of(held.visits.first())
    answer = signed_in(drafter).post(
        page("substitution_request", member.pk), {"reason": "别的", "explanation": "x"}
    )
    assert answer.context["form"].errors["reason"]


def test_who_was_replaced_cannot_be_asked_for_again(signed_in, drafter, held):
    swap = substitute(member_of(held.visits.first()))
    shown = text(signed_in(drafter).get(page("substitution_request", swap.outgoing_id)))
    assert "现在不能调换" in shown


# Queries


def queries_of(browser, address) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as queries:
        browser.get(address)
    return len(queries)


@pytest.mark.parametrize("name", ["draw", "draw_roster", "ceremony", "ceremony_state"])
def test_a_draw_of_many_asks_the_database_as_often_as_a_draw_of_few(
    signed_in, drafter, city, county, province, name
):
    few = held_draw(drawable_task(city, grades="AA", inspectors=2))
    many = held_draw(drawable_task(county, by=drafter))
    assert (few.visits.count(), many.visits.count()) == (1, 7)
    # Neither is their own: what may be done with it is not asked of one alone.
    browser = signed_in(person(province, "staff"))
    assert queries_of(browser, page(name, many.pk)) == queries_of(browser, page(name, few.pk))


def test_the_list_asks_as_often_for_three_draws_as_for_one(signed_in, drafter, city, county, province):
    browser = signed_in(make_user("sheng.jingban", "省经办", province, "staff"))
    held_draw(drawable_task(city, grades="AA", inspectors=2))
    one = queries_of(browser, page("draws"))
    first = held_draw(drawable_task(county, by=drafter))
    draws.seal(first.task, 2, by=drafter, now=minutes(60))
    assert queries_of(browser, page("draws")) == one


def test_the_visit_tells_its_swaps_and_offers_staff_to_ask(signed_in, drafter, approver, held):
    visit = held.visits.first()
    swap = substitute(member_of(visit))
    address = page("visit", visit.pk)
    for who, offered in ((drafter, True), (approver, False)):
        shown = signed_in(who).get(address)
        assert f"{swap.outgoing.inspector.name} 换为 {swap.incoming.inspector.name}" in text(shown)
        assert (page("substitution_request", swap.incoming_id) in shown.content.decode()) is offered
        assert page("substitution_request", swap.outgoing_id) not in shown.content.decode()


def test_the_published_plan_leads_to_the_seal(signed_in, drafter, approver, task):
    address = page("plan", task.plan_id)
    assert page("draw_new", task.pk) in signed_in(drafter).get(address).content.decode()
    assert page("draw_new", task.pk) not in signed_in(approver).get(address).content.decode()
