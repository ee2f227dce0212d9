"""调换 (C6, 002§13): who may ask, who may answer, and that the next card is the substitute."""

import pytest
from django.core.exceptions import PermissionDenied

from inspections import approvals, lottery, rosters, substitutions, teams
from inspections.models import Approval, ApprovalOutcome, Substitution, TeamMember
from inspections.states import SubstitutionState
from registries import trail
from registries.models import Inspector
from tests.cast import make_user, refused
from tests.factories import make_interest
from tests.factories.draws import (
    decide,
    drawable_task,
    end_visit,
    held_draw,
    member_of,
    minutes,
    substitute,
    voided_draw,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(county, drafter, witness):
    return held_draw(drawable_task(county, by=drafter), by=drafter, witness=witness)


@pytest.fixture
def visit(held):
    return held.visits.first()


@pytest.fixture
def member(visit, county):
    """The first member, who has an account."""
    member = member_of(visit)
    member.inspector.user = make_user("jiancha", member.inspector.name, county, "inspector")
    member.inspector.save()
    return member


@pytest.fixture
def own(member):
    return member.inspector.user


def ask(member, by, reason="health", explanation="需住院治疗"):
    return substitutions.request(member, reason, explanation, by=by, now=minutes(60))


def expected_card(draw, visit, member):
    """The lottery's own answer, from the evidence rows."""
    active = TeamMember.objects.filter(visit__draw=draw, is_active=True)
    frozen = rosters.of(draw)
    return lottery.next_substitute(
        seed=draw.seed,
        inspectors=frozen.inspectors,
        recusals=frozen.recusals,
        facility=visit.code,
        team=[one.code for one in visit.members.filter(is_active=True)],
        replaced=[member.code, *(one.code for one in visit.members.filter(is_active=False))],
        visits_held=lottery.visits_held([[one.code for one in active]]),
        place=member.place - 1,
    )


# Asking


def test_an_inspector_asks_for_themselves(member, own, county):
    asked = ask(member, own)
    approval = Approval.objects.get(subject_kind="substitution", subject_id=asked.pk)
    assert (asked.state, asked.requested_by, asked.incoming) == (SubstitutionState.REQUESTED, own, None)
    assert (approval.bureau, approval.applied_by) == (county, own)
    assert member.inspector.name in approval.title


def test_staff_ask_for_anybody_and_the_outgoing_member_is_barred_from_deciding(member, own, drafter):
    asked = ask(member, drafter)
    approval = approvals.open_approval("substitution", asked.pk)
    assert set(approval.barred.all()) == {drafter, own}


def test_an_inspector_does_not_ask_for_a_colleague(visit, own):
    with pytest.raises(PermissionDenied, match="本人"):
        ask(member_of(visit, 2), own)


@pytest.mark.parametrize("person", ["approver", "witness", "outsider", "city_staff"])
def test_others_do_not_ask(request, member, person):
    with pytest.raises(PermissionDenied):
        ask(member, request.getfixturevalue(person))


@pytest.mark.parametrize("reason", ["", "tired", "岗位调整"])
def test_the_list_of_reasons_is_closed(member, drafter, reason):
    assert "岗位调整、工作冲突、健康状况、执法回避" in refused(ask, member, drafter, reason)


@pytest.mark.parametrize("explanation", ["", "   ", "长" * 301])
def test_the_circumstances_are_told_in_few_words(member, drafter, explanation):
    refused(ask, member, drafter, "health", explanation)
    assert not Substitution.objects.exists()


def test_one_member_has_one_open_request(member, own, drafter):
    ask(member, own)
    assert "不需要重复申请" in refused(ask, member, drafter)


def test_after_the_visit_nobody_is_substituted(visit, member, own):
    end_visit(visit)
    assert "不能再调换" in refused(ask, member, own)


def test_whoever_was_replaced_is_not_replaced_again(member, drafter):
    substitute(member)
    assert "不在检查组中" in refused(ask, member, drafter)


# Answering


def test_the_next_card_is_the_substitute(held, visit, member, drafter, approver):
    card = expected_card(held, visit, member)
    swap = substitute(member, by=drafter, approver=approver)
    assert (swap.incoming.visit_number, swap.incoming.card, swap.incoming.code) == tuple(card)
    assert swap.incoming.inspector.number == card.inspector
    assert (swap.state, swap.approved_by, swap.approved_at) == ("approved", approver, minutes(61))


def test_the_old_member_stays_on_the_record_and_the_new_one_takes_the_place(visit, member):
    swap = substitute(member)
    member.refresh_from_db()
    assert [(one.code, one.place, one.is_active) for one in visit.members.filter(place=1)] == [
        (member.code, 1, False),
        (swap.incoming.code, 1, True),
    ]


def test_when_the_leader_goes_the_first_member_leads(visit, member):
    assert visit.leader == member.inspector
    swap = substitute(member)
    visit.refresh_from_db()
    assert visit.leader == swap.incoming.inspector


def test_when_another_goes_the_leader_stays(visit):
    leader = visit.leader
    substitute(member_of(visit, 2))
    visit.refresh_from_db()
    assert visit.leader == leader


def test_nobody_comes_back_to_a_facility_they_were_replaced_at(held, visit):
    gone = []
    for round in range(3):
        member = member_of(visit)
        card = expected_card(held, visit, member)
        gone.append(member.code)
        swap = substitute(member, now=minutes(60 + 2 * round))
        assert swap.incoming.code == card.inspector
        assert swap.incoming.code not in gone


def test_when_nobody_is_left_the_screen_says_so_and_nothing_changes(visit, drafter, approver):
    for round in range(3):
        substitute(member_of(visit), now=minutes(60 + 2 * round))
    last = member_of(visit)
    asked = ask(last, drafter)
    assert "没有人可以接替" in refused(decide, asked, approver)
    asked.refresh_from_db()
    last.refresh_from_db()
    assert (asked.state, last.is_active) == (SubstitutionState.REQUESTED, True)
    assert approvals.open_approval("substitution", asked.pk) is not None


def test_a_recused_inspector_is_passed_over(county, drafter, approver):
    task = drawable_task(county, by=drafter, grades="A", inspectors=4)
    facility = county.facilities.get()
    recused = county.inspectors.get(number="410403-004")
    make_interest(recused, facility, drafter)
    visit = held_draw(task, by=drafter).visits.get()
    swap = substitute(member_of(visit, 2))
    codes = {visit.members.get(place=1).code, swap.outgoing.code, swap.incoming.code}
    assert codes == {"410403-001", "410403-002", "410403-003"}
    assert "没有人可以接替" in refused(decide, ask(member_of(visit, 2), drafter), approver)


def test_the_first_place_keeps_its_qualification(county, drafter, approver):
    task = drawable_task(county, by=drafter, qualification="药学")
    visit = held_draw(task, by=drafter).visits.first()
    swap = substitute(member_of(visit))
    assert "药学" in swap.incoming.inspector.qualifications


def test_the_number_of_the_card_counts_the_visits_held_at_that_moment(held):
    first, second = held.visits.all()[:2]
    taken = substitute(member_of(first)).incoming
    held_by_taker = TeamMember.objects.filter(
        visit__draw=held, is_active=True, inspector=taken.inspector
    ).count()
    assert taken.visit_number == held_by_taker
    card = expected_card(held, second, member_of(second))
    assert substitute(member_of(second), now=minutes(70)).incoming.card == card.card


def test_a_refused_request_changes_nothing_and_may_be_made_again(visit, member, own, approver):
    asked = ask(member, own)
    decide(asked, approver, ApprovalOutcome.RETURNED, reason="可改期检查")
    asked.refresh_from_db()
    assert asked.state == SubstitutionState.REFUSED
    assert member_of(visit) == member
    assert ask(member, own).state == SubstitutionState.REQUESTED


def test_nobody_approves_their_own_swap(member, own, county):
    asked = ask(member, own)
    with pytest.raises(PermissionDenied):
        decide(asked, own)


def test_a_supervisor_who_goes_on_visits_does_not_approve_their_own_swap(member, drafter, county):
    both = make_user("liangzhong", "两重身份", county, "inspector", "supervisor")
    member.inspector.user = both
    member.inspector.save()
    assert "审批" in refused(decide, ask(member, drafter), both)


def test_a_supervisor_does_not_approve_a_swap_that_brings_them_in(held, visit, member, drafter, county):
    due = expected_card(held, visit, member).inspector
    supervisor = make_user("shuang.zhi", "双职领导", county, "supervisor", "inspector")
    Inspector.objects.filter(number=due).update(user=supervisor)
    asked = ask(member, drafter)
    assert "涉及您本人" in refused(decide, asked, supervisor)
    asked.refresh_from_db()
    assert (asked.state, member_of(visit, member.place)) == ("requested", member)


def test_a_void_draws_swap_cannot_be_approved(held, member, own, approver):
    asked = ask(member, own)
    voided_draw(held)
    assert "已取消" in refused(decide, asked, approver)


def test_the_substitutes_name_is_in_nothing_that_the_decision_page_is_given(held, visit, member, own):
    asked = ask(member, own)
    card = expected_card(held, visit, member)
    context = substitutions.approval_context(asked.pk)
    assert card.inspector not in {one.code for one in context["members"]}
    assert held.seed not in str(context)


# 直接选派


def test_a_substitute_of_an_assigned_team_comes_by_card_too(county, drafter, approver):
    held = held_draw(drawable_task(county, by=drafter, grades="AA", assignment="assigned"), by=drafter)
    visit = held.visits.get()
    teams.assign(visit, list(county.inspectors.all()[:2]), by=drafter, now=minutes(20))
    card = expected_card(held, visit, member_of(visit))
    swap = substitute(member_of(visit))
    assert (swap.incoming.code, swap.incoming.card) == (card.inspector, card.card)


def test_swaps_wait_until_every_team_is_assigned(county, drafter, approver):
    held = held_draw(drawable_task(county, by=drafter, assignment="assigned"), by=drafter)
    visit = held.visits.first()
    teams.assign(visit, list(county.inspectors.all()[:2]), by=drafter, now=minutes(20))
    assert "先完成全部选派" in refused(decide, ask(member_of(visit), drafter), approver)


def test_a_swap_is_on_the_trail_without_the_seed(held, visit, member, drafter):
    substitute(member, by=drafter)
    entry = trail.about(visit).get(event="调换检查人员")
    assert entry.before == {"检查人员": member.code}
    assert held.seed not in str(entry.after)
