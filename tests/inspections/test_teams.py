"""Who goes by direct assignment, who leads, and when."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from inspections import teams
from inspections.models import SubstitutionReason
from inspections.states import VisitState
from registries import trail
from registries.errors import DomainError
from registries.models import Interest
from tests.factories import enlist, make_facility, make_inspector, make_item, make_task, make_visit
from tests.factories.clues import approved_clue
from tests.factories.fieldwork import account, make_expert, make_member, make_team_visit

DAY = dt.date(2026, 5, 6)


@pytest.fixture
def visit(county, drafter):
    """A visit whose task says 直接选派, without a team; it is planned for DAY."""
    task = make_task(county, drafter, items=[make_item(county, drafter)], assignment="assigned")
    return make_visit(task, make_facility(county, 1), [], by=drafter, planned_on=DAY)


def listed(visit, n, **fields):
    """An inspector whom the seal put into the pool of the visit's draw."""
    return enlist(visit.draw, make_inspector(visit.bureau, n, **fields))


@pytest.fixture
def drawn(county, drafter):
    return make_team_visit(county, drafter)


def test_an_assigned_team_has_places_and_no_cards(drafter, visit):
    people = [listed(visit, 3), listed(visit, 4)]
    teams.assign(visit, people, by=drafter)
    assert list(visit.members.values_list("place", "inspector", "code", "visit_number", "card")) == [
        (1, people[0].pk, people[0].number, 0, ""),
        (2, people[1].pk, people[1].number, 0, ""),
    ]
    assert trail.about(visit).first().event == "直接选派检查人员"


def test_the_first_of_an_assigned_team_is_proposed_as_leader(drafter, visit):
    people = [listed(visit, 3), listed(visit, 4)]
    assert teams.assign(visit, people, by=drafter).leader == people[0]
    visit.refresh_from_db()
    assert visit.leader == people[0]


def ask_for(visit, qualification):
    task = visit.draw.task
    task.qualification = qualification
    task.save()


def test_the_qualified_inspector_takes_the_first_place_and_is_proposed_as_leader(drafter, visit):
    ask_for(visit, "药学")
    plain, qualified = listed(visit, 3, qualifications=["中药学"]), listed(visit, 4, qualifications=["药学"])
    assert teams.assign(visit, [plain, qualified], by=drafter).leader == qualified
    assert [member.inspector for member in visit.members.all()] == [qualified, plain]


def test_a_team_without_the_qualification_is_refused(drafter, visit):
    ask_for(visit, "药学")
    people = [listed(visit, 3, qualifications=["中药学"]), listed(visit, 4)]
    with pytest.raises(DomainError, match="药学"):
        teams.assign(visit, people, by=drafter)


def test_a_qualification_counts_as_the_seal_recorded_it(drafter, visit):
    ask_for(visit, "药学")
    people = [listed(visit, 3, qualifications=["药学"]), listed(visit, 4)]
    for person, qualifications in zip(people, ([], ["药学"]), strict=True):
        person.qualifications = qualifications
        person.save()
    assert teams.assign(visit, people[::-1], by=drafter).leader == people[0]


def test_one_inspector_is_no_team_and_twice_the_same_is_one(drafter, visit):
    one = listed(visit, 3)
    with pytest.raises(DomainError, match="不得少于2人，现在选了1人"):
        teams.assign(visit, [one, one], by=drafter)


def unfit(county, neighbour, visit, drafter):
    declared, recused, lapsed = listed(visit, 11), listed(visit, 12), listed(visit, 6)
    Interest.objects.create(inspector=declared, facility=visit.facility, relation="亲属", declared_by=drafter)
    visit.draw.recusals.create(facility_code=visit.code, inspector_code=recused.number)
    lapsed.status = "suspended"
    lapsed.save()
    return {
        "an expert": make_expert(county, 5),
        "one who was made an expert": listed(visit, 14, kind="expert"),
        "one suspended since the seal": lapsed,
        "one whom the seal left out": enlist(visit.draw, make_inspector(county, 9), status="not_active"),
        "one registered after the seal": make_inspector(county, 10),
        "one whose certificate has run out that day": listed(
            visit, 7, certificate_valid_until=DAY - dt.timedelta(days=1)
        ),
        "one whose certificate is issued later": listed(
            visit, 13, certificate_issued_on=DAY + dt.timedelta(days=1)
        ),
        "one of another bureau": make_inspector(neighbour, 8),
        "one with an interest declared since": declared,
        "one recused in the seal": recused,
    }


@pytest.mark.parametrize(
    "who",
    [
        "an expert", "one who was made an expert", "one suspended since the seal", "one whom the seal left out",
        "one registered after the seal", "one whose certificate has run out that day",
        "one whose certificate is issued later", "one of another bureau", "one with an interest declared since",
        "one recused in the seal",
    ],
)  # fmt: skip
def test_who_may_not_go_is_named(county, neighbour, drafter, visit, who):
    person = unfit(county, neighbour, visit, drafter)[who]
    with pytest.raises(DomainError, match=f"{person.name}不能选派"):
        teams.assign(visit, [listed(visit, 3), person], by=drafter)
    assert visit.members.count() == 0


def test_an_ended_interest_bars_nobody(drafter, visit):
    former = listed(visit, 3)
    Interest.objects.create(
        inspector=former, facility=visit.facility, relation="曾任职", declared_by=drafter,
        ended_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC), ended_by=drafter,
    )  # fmt: skip
    assert former in teams.eligible(visit)


def test_a_drawn_team_is_not_assigned_by_hand(county, drafter, drawn):
    with pytest.raises(DomainError, match="随机抽取产生"):
        teams.assign(drawn, [make_inspector(county, 3), make_inspector(county, 4)], by=drafter)


def test_an_assigned_team_changes_by_substitution_only(drafter, visit):
    people = [listed(visit, 3), listed(visit, 4)]
    teams.assign(visit, people, by=drafter)
    with pytest.raises(DomainError, match="申请调换"):
        teams.assign(visit, people, by=drafter)


def test_the_leader_comes_from_the_team(county, drafter, drawn):
    second = drawn.members.get(place=2).inspector
    teams.choose_leader(drawn, second, by=drafter)
    drawn.refresh_from_db()
    assert drawn.leader == second
    with pytest.raises(DomainError, match="现有成员"):
        teams.choose_leader(drawn, make_inspector(county, 9), by=drafter)


def test_a_replaced_member_cannot_lead(drafter, drawn):
    member = drawn.members.get(place=2)
    member.is_active = False
    member.save()
    with pytest.raises(DomainError, match="现有成员"):
        teams.choose_leader(drawn, member.inspector, by=drafter)


def test_choosing_the_same_leader_again_leaves_no_trace(drafter, drawn):
    teams.choose_leader(drawn, drawn.leader, by=drafter)
    assert list(trail.about(drawn)) == []


def test_a_published_result_keeps_its_leader(drafter, drawn):
    drawn.state = VisitState.PUBLISHED
    drawn.save()
    with pytest.raises(DomainError, match="已公示"):
        teams.choose_leader(drawn, drawn.members.get(place=2).inspector, by=drafter)


def test_a_visit_is_planned_between_the_draw_and_the_end_of_its_task(drafter, drawn):
    teams.schedule(drawn, DAY, by=drafter)
    drawn.refresh_from_db()
    assert drawn.planned_on == DAY
    with pytest.raises(DomainError, match="不能早于抽取日期2026-04-01"):
        teams.schedule(drawn, dt.date(2026, 3, 31), by=drafter)
    with pytest.raises(DomainError, match="不能晚于任务结束日期2026-12-31"):
        teams.schedule(drawn, dt.date(2027, 1, 1), by=drafter)


def test_every_certificate_holds_on_the_planned_day(drafter, drawn):
    member = drawn.members.get(place=2).inspector
    member.certificate_valid_until = DAY - dt.timedelta(days=1)
    member.save()
    with pytest.raises(DomainError, match="检查员2的执法证"):
        teams.schedule(drawn, DAY, by=drafter)


def test_nobody_is_sent_without_a_certificate(drafter, drawn):
    member = drawn.members.get(place=2).inspector
    member.certificate_number = ""
    member.save()
    with pytest.raises(DomainError, match="检查员2的执法证"):
        teams.schedule(drawn, DAY, by=drafter)


def test_a_visit_under_way_is_not_planned_again(drafter, drawn):
    drawn.state = VisitState.ON_SITE
    drawn.save()
    with pytest.raises(DomainError, match="检查中"):
        teams.schedule(drawn, DAY, by=drafter)


@pytest.mark.parametrize("person", ["approver", "witness", "outsider", "city_staff"])
def test_only_the_bureaus_own_staff_decide_about_a_team(request, visit, person):
    user = request.getfixturevalue(person)
    people = [listed(visit, 3), listed(visit, 4)]
    for decide in (
        lambda: teams.assign(visit, people, by=user),
        lambda: teams.choose_leader(visit, people[0], by=user),
        lambda: teams.schedule(visit, DAY, by=user),
    ):
        with pytest.raises(PermissionDenied):
            decide()


@pytest.mark.parametrize("state", [VisitState.ASSIGNED, VisitState.ON_SITE])
def test_a_member_sees_the_phone_while_it_is_needed_and_leaves_a_trace(drawn, state):
    drawn.state = state
    drawn.save()
    member = account(drawn, 2)
    assert teams.contact(drawn, by=member) == drawn.facility.phone
    (entry,) = trail.about(drawn)
    assert (entry.actor, entry.event, entry.note) == (member, "查看机构联系电话", "用途：现场检查联系")
    assert (entry.before, entry.after) == (None, None)


def test_the_phone_stays_hidden_once_the_visit_is_over(drawn):
    drawn.state = VisitState.TO_REPORT
    drawn.save()
    with pytest.raises(DomainError, match="待录入"):
        teams.contact(drawn, by=account(drawn, 1))
    assert list(trail.about(drawn)) == []


def test_a_facility_without_a_phone_is_said_to_have_none(drawn):
    drawn.facility.phone = ""
    drawn.facility.save()
    with pytest.raises(DomainError, match="没有这家机构的联系电话"):
        teams.contact(drawn, by=account(drawn, 1))
    assert list(trail.about(drawn)) == []


def test_nobody_outside_the_team_sees_the_phone(county, drawn, drafter, approver, outsider):
    member = drawn.members.get(place=2)
    member.is_active = False
    member.save()
    for user in (drafter, approver, outsider, make_member(county, 8).user, member.inspector.user):
        with pytest.raises(PermissionDenied):
            teams.contact(drawn, by=user)
    assert list(trail.about(drawn)) == []


def test_whoever_cannot_go_is_swapped_by_card_or_chosen_anew(county, drafter, drawn):
    """Only a draw has a next card."""
    ordered = approved_clue(county, make_facility(county, 77), drawn.draw.task.items.get()).visits.get()
    assert teams.way_out(drawn, SubstitutionReason.HEALTH) == "申请调换，原因选“健康状况”"
    assert teams.way_out(ordered, SubstitutionReason.HEALTH) == "由经办人员更换检查人员"
