"""The draw before its witnesses: what the room sees, and how every interruption ends without a second seal (C3, C4)."""

import datetime as dt

import pytest
from django.core.cache import cache

from inspections import draw_sheet, draws, evidence
from inspections.models import Draw
from inspections.verify_draw import first_difference
from inspections.views import ceremony
from inspections.witnessing import invited
from registries.models import User
from tests.cast import make_user
from tests.factories import NOW
from tests.factories.draws import DICE, drawable_task, end_visit, minutes, sealed_draw, witnessed_draw
from tests.inspections.test_draw_pages import page, text

pytestmark = pytest.mark.django_db
SOURCE = "4月1日福彩3D开奖号码"


@pytest.fixture(autouse=True)
def morning(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def above(city):
    return make_user("ji.shiju", "纪市局", city, "witness")


def state(browser, draw):
    return browser.get(page("ceremony_state", draw.pk)).json()


# --- what the room sees -------------------------------------------------------------------------------------


def test_the_room_is_told_who_spoke_and_never_what(signed_in, approver, witnessed):
    answer = signed_in(approver).get(page("ceremony_state", witnessed.pk))
    told = answer.json()
    assert told["witnesses"] == [{"role": "见证人员", "name": "冯见证", "at": "09:05:00"}]
    assert DICE not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_the_page_shows_number_digests_and_counts(signed_in, approver, sealed):
    answer = signed_in(approver).get(page("ceremony", sealed.pk))
    shown = text(answer)
    assert sealed.number in shown
    assert "范围内 12 家，在池 12 家；可派检查人员 5 名" in shown
    seal = answer.context["seal"]
    for digest in (sealed.seal_digest, seal["facility_digest"], seal["inspector_digest"], seal["commitment"]):
        assert f'data-copy="{digest}"' in answer.content.decode()


def test_the_page_says_at_once_that_it_is_done_and_shows_the_result_by_ticket(signed_in, approver, held):
    answer = signed_in(approver).get(page("ceremony", held.pk))
    assert "已抽取，2026-04-01 09:10:00" in text(answer)
    tickets = [row["ticket"] for row in answer.context["results"]]
    assert tickets == sorted(visit.ticket[:8] for visit in held.visits.all())
    assert len(tickets) == 7


def test_a_long_result_fills_the_wall_and_the_rest_is_a_link(signed_in, approver, held, monkeypatch):
    monkeypatch.setattr(ceremony, "ON_THE_WALL", 3)
    answer = signed_in(approver).get(page("ceremony", held.pk))
    assert [row["ticket"] for row in answer.context["results"]] == [
        visit.ticket[:8] for visit in held.visits.order_by("position")[:3]
    ]
    assert "全部 7 家见抽取页面" in text(answer)


def test_every_step_has_the_room_set_its_page_anew(signed_in, drafter, approver, witness, task):
    draw = sealed_draw(task, by=drafter, public_source=SOURCE)
    browser, marks = signed_in(approver), []
    for step in (
        lambda: None,
        lambda: draws.contribute(draw, DICE, by=witness, now=minutes(5)),
        lambda: draws.announce(draw, "3 1 9", by=drafter, now=minutes(6)),
        lambda: draws.hold(draw, by=drafter, now=minutes(7)),
    ):
        step()
        marks.append(state(browser, draw)["mark"])
        assert f'data-mark="{marks[-1]}"' in browser.get(page("ceremony", draw.pk)).content.decode()
    assert len(set(marks)) == 4


def test_the_announced_value_stands_beside_its_source(signed_in, approver, drafter, witness, task):
    draw = witnessed_draw(task, by=drafter, witness=witness, public_source=SOURCE)
    assert f"等待公开随机数产生（{SOURCE}）" in state(signed_in(approver), draw)["waits_for"]
    draws.announce(draw, "3 1 9", by=drafter, now=minutes(6))
    assert f"公开随机数（{SOURCE}）：3 1 9" in text(signed_in(approver).get(page("ceremony", draw.pk)))


# --- witness absent -----------------------------------------------------------------------------------------


def test_the_room_knows_whom_it_waits_for_and_who_may_come_instead(
    signed_in, drafter, witness, above, sealed
):
    told = state(signed_in(drafter), sealed)
    assert told["waits_for"].startswith("等待见证人员")
    assert (told["absent"], told["superiors"]) == (["冯见证"], 1)
    assert list(invited(sealed)) == [witness, above]
    shown = text(signed_in(drafter).get(page("ceremony", sealed.pk)))
    assert "本局还可以见证：冯见证" in shown
    assert "上级医保局的 1 名见证人员也可以登录见证" in shown


def test_a_witness_of_a_superior_stands_in_for_the_absent_one(signed_in, drafter, above, sealed):
    assert (
        page("draw_contribute", sealed.pk)
        in signed_in(above).get(page("ceremony", sealed.pk)).content.decode()
    )
    signed_in(above).post(page("draw_contribute", sealed.pk), {"text": DICE})
    signed_in(drafter).post(page("draw_hold", sealed.pk))
    sealed.refresh_from_db()
    assert sealed.state == "held"


def test_only_those_are_expected_who_are_allowed_to_witness(
    drafter, colleague, approver, witness, neighbour, county, task
):
    make_user("ji.waixian", "纪外县", neighbour, "witness")
    gone = make_user("ji.tuixiu", "纪退休", county, "witness")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    draw = sealed_draw(task, by=colleague)
    for person in (drafter, colleague):  # the plan's drafter, the operator
        person.role_grants.create(role="witness")
    assert list(invited(draw)) == [witness]


def test_where_nobody_may_witness_the_page_says_what_to_do(signed_in, drafter, sealed):
    shown = signed_in(drafter).get(page("ceremony", sealed.pk))
    assert "现在没有可以见证的人员" in text(shown)
    assert page("draw_void", sealed.pk) in shown.content.decode()


def test_a_draw_that_is_asked_to_be_voided_waits_and_is_not_held(signed_in, drafter, witnessed):
    draws.propose_void(witnessed, reason="见证人员不能到场", by=drafter, now=minutes(6))
    assert state(signed_in(drafter), witnessed)["waits_for"].startswith("已申请作废")
    shown = signed_in(drafter).get(page("ceremony", witnessed.pk)).content.decode()
    assert page("draw_void", witnessed.pk) not in shown
    assert f'data-hold disabled title="{witnessed.number}已申请作废，等待审批，现在不能抽取。"' in shown
    came_from = {"referer": "http://testserver" + page("ceremony", witnessed.pk)}
    answer = signed_in(drafter).post(page("draw_hold", witnessed.pk), headers=came_from, follow=True)
    assert "等待审批，现在不能抽取" in text(answer)
    assert not witnessed.visits.exists()


# --- contributions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["4 2 6 6", "426613552116431"])
def test_a_contribution_that_is_too_short_comes_back_as_it_was_typed(signed_in, witness, sealed, typed):
    answer = signed_in(witness).post(page("draw_contribute", sealed.pk), {"text": typed})
    assert f'value="{typed}"' in answer.content.decode()
    assert f"不少于16个字符，现在只有{len(typed)}个" in text(answer)
    assert not sealed.contributions.exists()


def test_a_contribution_sent_twice_counts_once(signed_in, witness, sealed):
    for answer in (
        signed_in(witness).post(page("draw_contribute", sealed.pk), {"text": DICE}),
        signed_in(witness).post(page("draw_contribute", sealed.pk), {"text": DICE}, follow=True),
    ):
        assert answer.status_code in (200, 302)
    assert "您已完成见证" in text(answer)
    assert [one.text for one in sealed.contributions.all()] == [DICE]


def test_a_contribution_that_arrives_after_the_draw_changes_nothing(signed_in, held, above):
    before = Draw.objects.get().seed
    answer = signed_in(above).post(page("draw_contribute", held.pk), {"text": DICE})
    assert "见证已经结束" in text(answer)
    assert (Draw.objects.get().seed, held.contributions.count()) == (before, 1)


def test_two_witnesses_of_the_same_second_both_stand_in_the_evidence(drafter, witness, above, task):
    draw = sealed_draw(task, by=drafter)
    draws.contribute(draw, DICE, by=witness, now=minutes(5))
    draws.contribute(draw, DICE[::-1], by=above, now=minutes(5))
    draws.hold(draw, by=drafter, now=minutes(5))
    for visit in draw.visits.all():
        end_visit(visit)
    told = evidence.of(Draw.objects.get())
    assert [one["text"] for one in told["contributions"]] == [DICE, DICE[::-1]]
    assert first_difference(told) is None


# --- interruptions between seal and hold --------------------------------------------------------------------


def test_a_server_that_was_restarted_goes_on_where_it_was(signed_in, drafter, approver, witnessed):
    """Nothing about a draw is kept in memory, in the cache or in a session."""
    seal = witnessed.seal
    cache.clear()
    told = state(signed_in(approver), witnessed)
    assert [one["name"] for one in told["witnesses"]] == ["冯见证"]
    signed_in(drafter).post(page("draw_hold", witnessed.pk))
    draw = Draw.objects.get()
    assert (draw.state, draw.seal) == ("held", seal)


def test_a_colleague_goes_on_when_the_operators_browser_is_closed(signed_in, colleague, witnessed):
    assert (
        page("draw_hold", witnessed.pk)
        in signed_in(colleague).get(page("ceremony", witnessed.pk)).content.decode()
    )
    signed_in(colleague).post(page("draw_hold", witnessed.pk))
    assert Draw.objects.get().held_by == colleague


def test_a_hold_sent_twice_shows_the_same_draw(signed_in, drafter, witnessed):
    browser = signed_in(drafter)
    tickets = []
    for _ in range(2):
        browser.post(page("draw_hold", witnessed.pk))
        tickets.append(list(witnessed.visits.values_list("ticket", flat=True)))
    assert tickets[0] == tickets[1]
    assert Draw.objects.count() == 1


def test_a_clock_put_back_between_seal_and_hold_leaves_the_order_of_events(
    drafter, witness, above, county, task
):
    draw = sealed_draw(task, by=drafter, public_source=SOURCE)
    back = NOW - dt.timedelta(hours=3)
    draws.contribute(draw, DICE, by=witness, now=minutes(5))
    draws.contribute(draw, DICE[::-1], by=above, now=back)
    draws.announce(draw, "3 1 9", by=drafter, now=back)
    draws.hold(draw, by=drafter, now=back)
    draw = Draw.objects.get()
    times = [draw.sealed_at, *(one.contributed_at for one in draw.contributions.all()), draw.public_value_at]
    assert [*times, draw.held_at] == sorted([*times, draw.held_at])
    for visit in draw.visits.all():
        end_visit(visit)
    assert first_difference(evidence.of(draw)) is None


def test_a_clock_put_back_after_the_value_was_announced_leaves_the_order_too(drafter, witness, task):
    draw = witnessed_draw(task, by=drafter, witness=witness, public_source=SOURCE)
    draws.announce(draw, "3 1 9", by=drafter, now=minutes(30))
    draws.hold(draw, by=drafter, now=minutes(2))
    draw = Draw.objects.get()
    assert draw.held_at == draw.public_value_at == minutes(30)


def test_an_empty_room_has_nothing_to_wait_for_once_it_is_over(held):
    assert draw_sheet.waits_for(held) == ""


def test_a_voided_draw_says_so_on_the_wall(signed_in, approver, county, drafter):
    draw = sealed_draw(drawable_task(county, by=drafter, grades="AA", inspectors=2), by=drafter)
    draws.propose_void(draw, reason="名单有误", by=drafter, now=minutes(6))
    assert "已申请作废" in text(signed_in(approver).get(page("ceremony", draw.pk)))
