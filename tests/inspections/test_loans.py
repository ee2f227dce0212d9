"""借调 (C6): another bureau lends an inspector where nobody on the sealed roster can take the place."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse

from inspections import approvals, evidence, fieldwork, loans, reports, substitutions, teams
from inspections.models import ApprovalOutcome, Loan, TeamMember
from inspections.states import LoanState, SubstitutionState
from inspections.verify_draw import first_difference
from publication import worklist
from registries import trail
from tests.cast import make_bureau, make_user, refused
from tests.factories import make_inspector, make_interest, make_item
from tests.factories.draws import decide, drawable_task, end_visit, held_draw, member_of, minutes, substitute

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(county, drafter, witness):
    """One visit whose team is everybody there is, and everybody who could replace them."""
    task = drawable_task(county, by=drafter, grades="A", inspectors=2)
    return held_draw(task, by=drafter, witness=witness).visits.get()


@pytest.fixture
def asked(visit, drafter):
    """Somebody of the second place is to be replaced, and nobody is left."""
    return ask_for(member_of(visit, 2), drafter)


@pytest.fixture
def lender(neighbour):
    return make_user("qin.lingdao", "秦领导", neighbour, "supervisor")


@pytest.fixture
def helper(neighbour):
    """Whom the neighbour can lend; the number is as long as numbers are."""
    account = make_user("xu.jiancha", "许检查", neighbour, "inspector")
    return make_inspector(neighbour, 1, number="410402-ZFJC-00000001", user=account)


@pytest.fixture
def loan(asked, neighbour, approver, helper):
    return loans.ask(asked, neighbour, by=approver, now=minutes(70))


@pytest.fixture
def lent(loan, helper, lender):
    return loans.lend(loan, helper, by=lender, now=minutes(80))


def ask_for(member, by, at=60):
    return substitutions.request(member, "work_conflict", "当日另有安排", by=by, now=minutes(at))


def verified(visit):
    """The evidence's substitutions, once it has been recomputed."""
    end_visit(visit)
    found = evidence.of(visit.draw)
    assert first_difference(found, expected_seal_digest=visit.draw.seal_digest) is None
    return found["substitutions"]


# Asking


def test_where_nobody_is_left_the_approval_names_both_ways(asked, approver):
    said = refused(decide, asked, approver)
    assert "没有人可以接替" in said
    assert "借调" in said
    assert "退回申请" in said
    assert substitutions.nobody_left(asked)


def test_as_long_as_the_deck_has_somebody_nobody_is_borrowed(county, drafter, approver, neighbour):
    visit = held_draw(drawable_task(county, by=drafter), by=drafter).visits.first()
    asked = ask_for(member_of(visit), drafter)
    assert "名册中还有人可以接替" in refused(loans.ask, asked, neighbour, by=approver)
    assert not substitutions.nobody_left(asked)


def test_bureaus_above_beside_and_below_lend_in_the_province(county, city, province, neighbour):
    other = make_bureau("420000", "湖北省医疗保障局", "鄂医保", "province")
    assert set(loans.lenders(county)) == {city, province, neighbour}
    assert set(loans.lenders(province)) == {city}
    assert set(loans.lenders(other)) == set()


def test_one_bureau_is_asked_at_a_time_and_only_a_near_one(loan, asked, approver, city, county):
    assert "正在等待答复" in refused(loans.ask, asked, city, by=approver)
    assert "只能向本省" in refused(loans.ask, asked, county, by=approver)


@pytest.mark.parametrize("person", ["drafter", "city_approver", "outsider"])
def test_only_the_bureaus_own_supervisor_asks(request, asked, neighbour, person):
    with pytest.raises(PermissionDenied):
        loans.ask(asked, neighbour, by=request.getfixturevalue(person))


def test_nobody_borrows_for_their_own_swap(visit, county, drafter, neighbour):
    both = make_user("liangzhong", "两重身份", county, "inspector", "supervisor")
    member = member_of(visit)
    member.inspector.user = both
    member.inspector.save()
    assert "不能审批" in refused(loans.ask, ask_for(member, drafter), neighbour, by=both)


# Answering


def test_the_lent_inspector_takes_the_place_without_a_card(lent, visit, helper, approver, lender):
    member = member_of(visit, 2)
    assert (member.inspector, member.code) == (helper, "410402:410402-ZFJC-00000001")
    assert (member.visit_number, member.card, member.is_lent) == (0, "", True)
    assert (lent.state, lent.incoming, lent.approved_by) == (SubstitutionState.APPROVED, member, approver)
    loan = Loan.objects.get()
    assert (loan.state, loan.inspector, loan.answered_by) == (LoanState.LENT, helper, lender)
    assert approvals.open_approval("substitution", lent.pk) is None
    assert [entry.event for entry in trail.about(visit)][:3] == [
        "调换检查人员",
        "同意借调检查人员",
        "提出借调检查人员",
    ]
    assert trail.about(loan).get().bureau == lender.bureau


def test_a_borrowed_inspector_is_on_the_public_evidence(lent, visit, client):
    (row,) = verified(visit)
    assert (row["in"], row["visit"], row["card"]) == ("410402:410402-ZFJC-00000001", 0, "")
    page = client.get(reverse("public:draw", args=[visit.draw_id])).content.decode()
    assert "由其他医保局借调" in page
    assert "许检查" not in page


def test_a_lent_inspector_is_replaced_by_another_loan_and_does_not_come_back(
    lent, visit, drafter, approver, neighbour, lender, helper
):
    second = make_inspector(neighbour, 2)
    again = ask_for(member_of(visit, 2), drafter, at=90)
    loan = loans.ask(again, neighbour, by=approver, now=minutes(91))
    assert set(loans.lendable(loan)) == {second}
    assert "不能借调" in refused(loans.lend, loan, helper, by=lender)
    loans.lend(loan, second, by=lender, now=minutes(92))
    assert [row["in"] for row in verified(visit)] == [
        "410402:410402-ZFJC-00000001",
        f"410402:{second.number}",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "suspended"},
        {"certificate_valid_until": dt.date(2026, 4, 19)},
        {"kind": "expert"},
        {"regions": ["湖滨街道"]},
    ],
    ids=["suspended", "certificate ends before", "expert", "other regions"],
)
def test_whoever_may_not_be_sent_is_not_lent(loan, visit, neighbour, lender, fields):
    type(visit).objects.filter(pk=visit.pk).update(planned_on=dt.date(2026, 4, 20))
    unfit = make_inspector(neighbour, 5, **fields)
    assert "不能借调" in refused(loans.lend, loan, unfit, by=lender)


def test_an_interest_in_the_facility_keeps_the_lent_at_home(loan, visit, helper, outsider, lender):
    make_interest(helper, visit.facility, outsider)
    assert "利害关系" in refused(loans.lend, loan, helper, by=lender)


def test_the_first_place_keeps_its_qualification(county, drafter, approver, neighbour, lender, helper):
    task = drawable_task(county, by=drafter, grades="A", inspectors=2, qualification="药学")
    visit = held_draw(task, by=drafter).visits.get()
    loan = loans.ask(ask_for(member_of(visit), drafter), neighbour, by=approver, now=minutes(70))
    pharmacist = make_inspector(neighbour, 2, qualifications=["药学"])
    assert set(loans.lendable(loan)) == {pharmacist}


@pytest.mark.parametrize("person", ["approver", "outsider", "city_approver", "drafter"])
def test_only_a_supervisor_of_the_lender_answers(request, loan, helper, person):
    by = request.getfixturevalue(person)
    for answer in (lambda: loans.lend(loan, helper, by=by), lambda: loans.decline(loan, "不便", by=by)):
        with pytest.raises(PermissionDenied):
            answer()


def test_nobody_lends_themselves(loan, neighbour):
    both = make_user("liangzhong", "两重身份", neighbour, "inspector", "supervisor")
    oneself = make_inspector(neighbour, 7, user=both)
    assert "本人" in refused(loans.lend, loan, oneself, by=both)


def test_a_declined_loan_says_why_and_another_bureau_may_be_asked(loan, asked, lender, approver, city):
    assert "理由" in refused(loans.decline, loan, "  ", by=lender)
    loans.decline(loan, "本局人手不足", by=lender, now=minutes(75))
    loan.refresh_from_db()
    assert (loan.state, loan.reason) == (LoanState.DECLINED, "本局人手不足")
    assert loans.ask(asked, city, by=approver).lender == city


def test_an_answer_is_given_once(lent, helper, lender):
    loan = Loan.objects.get()
    refused(loans.lend, loan, helper, by=lender)
    assert "已借调" in refused(loans.decline, loan, "不便", by=lender)


def test_returning_the_request_withdraws_the_loan(loan, asked, approver, helper, lender):
    decide(asked, approver, ApprovalOutcome.RETURNED, reason="请改期")
    loan.refresh_from_db()
    assert loan.state == LoanState.WITHDRAWN
    assert "已经有结论" in refused(loans.lend, loan, helper, by=lender)


def test_the_database_keeps_an_answered_loan(lent):
    for change in (
        {"state": "asked"},
        {"answered_at": minutes(1)},
        {"reason": "后来想到的"},
        {"inspector": None},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Loan.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Loan.objects.all().delete()


def test_the_triggers_of_team_members_are_still_there(lent, visit):
    for change in ({"code": "x"}, {"card": "x"}, {"visit_number": 9}):
        with pytest.raises(DatabaseError), transaction.atomic():
            TeamMember.objects.filter(visit=visit).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        TeamMember.objects.filter(visit=visit, is_active=False).update(is_active=True)


# The lent inspector's door


def test_the_lent_inspector_sees_and_fills_in_that_visit_and_no_other(
    lent, visit, helper, county, drafter, signed_in
):
    items = [make_item(county, drafter, name="另一事项")]
    task = drawable_task(county, by=drafter, grades="B", inspectors=0, items=items)
    other = held_draw(task, by=drafter).visits.first()
    browser = signed_in(helper.user)
    assert browser.get(reverse("inspections:visit", args=[visit.pk])).status_code == 200
    assert browser.get(reverse("inspections:visit", args=[other.pk])).status_code == 404
    listed = browser.get(reverse("inspections:visits")).content.decode()
    assert visit.facility.name in listed
    assert other.facility.name not in listed
    browser.post(reverse("inspections:record_start", args=[visit.pk]))
    record = visit.record
    answer = browser.post(
        reverse("inspections:record_save", args=[visit.pk]),
        {"section": "arrival", "revision": record.revision, "place": "建设路1号后门"},
        headers={"accept": "application/json"},
    )
    assert answer.status_code == 200
    assert b"record-form" in browser.get(reverse("inspections:record", args=[visit.pk])).content
    assert teams.contact(visit, by=helper.user) == visit.facility.phone
    assert browser.get(reverse("inspections:report", args=[visit.pk])).status_code == 200


def test_once_replaced_the_door_is_closed_again(
    lent, visit, drafter, approver, neighbour, lender, helper, signed_in
):
    again = ask_for(member_of(visit, 2), helper.user, at=90)
    loan = loans.ask(again, neighbour, by=approver, now=minutes(91))
    loans.lend(loan, make_inspector(neighbour, 2), by=lender, now=minutes(92))
    browser = signed_in(helper.user)
    for name in ("visit", "record", "report"):
        assert browser.get(reverse(f"inspections:{name}", args=[visit.pk])).status_code == 404
    with pytest.raises(PermissionDenied):
        fieldwork.start(visit, by=helper.user)


def test_colleagues_of_the_lent_see_nothing(lent, visit, outsider, lender, signed_in):
    for person in (outsider, lender):
        assert signed_in(person).get(reverse("inspections:visit", args=[visit.pk])).status_code == 404


def test_somebody_lent_does_not_lead_while_somebody_drawn_is_there(
    visit, drafter, approver, neighbour, lender, helper
):
    first = ask_for(member_of(visit), drafter)
    loans.lend(loans.ask(first, neighbour, by=approver, now=minutes(70)), helper, by=lender, now=minutes(71))
    visit.refresh_from_db()
    assert visit.leader == member_of(visit, 2).inspector
    assert "借调人员不担任组长" in refused(teams.choose_leader, visit, helper, by=drafter)
    second = ask_for(member_of(visit, 2), drafter, at=80)
    loan = loans.ask(second, neighbour, by=approver, now=minutes(81))
    loans.lend(loan, make_inspector(neighbour, 2), by=lender, now=minutes(82))
    visit.refresh_from_db()
    assert visit.leader == helper
    end_visit(visit)
    visit.refresh_from_db()
    assert reports.may_write(visit, helper.user)
    assert len(evidence.of(visit.draw)["substitutions"]) == 2


# Screens


def test_the_approval_page_offers_to_borrow_and_the_other_bureau_answers(
    asked, visit, neighbour, approver, lender, helper, signed_in
):
    ours, theirs = signed_in(approver), signed_in(lender)
    page = reverse("inspections:approval", args=[approvals.open_approval("substitution", asked.pk).pk])
    assert reverse("inspections:loan_ask", args=[asked.pk]) in ours.get(page).content.decode()
    form = ours.get(reverse("inspections:loan_ask", args=[asked.pk]))
    assert neighbour.name in form.content.decode()
    ours.post(reverse("inspections:loan_ask", args=[asked.pk]), {"lender": neighbour.pk})
    loan = Loan.objects.get()
    assert "待答复" in ours.get(page).content.decode()
    tasks = [task for task in worklist.for_user(lender, minutes(70)) if "借调" in task.title]
    assert [task.url for task in tasks] == [reverse("inspections:loan", args=[loan.pk])]
    assert helper.name in theirs.get(tasks[0].url).content.decode()
    assert ours.get(tasks[0].url).status_code == 404
    empty = theirs.post(reverse("inspections:loan_lend", args=[loan.pk]))
    assert "请选择借调人员" in empty.content.decode()
    silent = theirs.post(reverse("inspections:loan_decline", args=[loan.pk]), {"reason": ""})
    assert "invalid-feedback" in silent.content.decode()
    theirs.post(reverse("inspections:loan_lend", args=[loan.pk]), {"inspector": helper.pk})
    assert member_of(visit, 2).inspector == helper
    assert "已借调" in theirs.get(tasks[0].url).content.decode()
    assert "到现场检查" in [task.title for task in worklist.for_user(helper.user, minutes(90))]


def test_declining_on_the_page_shows_the_reason_to_those_who_asked(loan, asked, approver, lender, signed_in):
    signed_in(lender).post(reverse("inspections:loan_decline", args=[loan.pk]), {"reason": "本局人手不足"})
    approval = approvals.open_approval("substitution", asked.pk)
    page = signed_in(approver).get(reverse("inspections:approval", args=[approval.pk])).content.decode()
    assert "本局人手不足" in page
    assert reverse("inspections:loan_ask", args=[asked.pk]) in page


def test_the_page_for_asking_offers_nothing_where_the_deck_has_somebody(county, drafter, approver, signed_in):
    visit = held_draw(drawable_task(county, by=drafter), by=drafter).visits.first()
    asked = ask_for(member_of(visit), drafter)
    page = signed_in(approver).get(reverse("inspections:loan_ask", args=[asked.pk])).content.decode()
    assert "还有人可以接替" in page
    assert "提出借调</button>" not in page


# Several in one team


def test_two_of_one_team_wait_at_once_and_both_verify(county, drafter, approver):
    visit = held_draw(drawable_task(county, by=drafter), by=drafter).visits.first()
    first, second = member_of(visit), member_of(visit, 2)
    later, sooner = ask_for(first, drafter), ask_for(second, drafter, at=61)
    decide(sooner, approver, now=minutes(70))
    decide(later, approver, now=minutes(70))
    for one in visit.draw.visits.exclude(pk=visit.pk):
        end_visit(one)
    assert [row["out"] for row in verified(visit)] == [second.code, first.code]


def test_the_new_leader_of_a_swapped_team_signs_the_record_and_writes_the_report(county, drafter):
    visit = held_draw(drawable_task(county, by=drafter), by=drafter).visits.first()
    swap = substitute(member_of(visit))
    visit.refresh_from_db()
    assert visit.leader == swap.incoming.inspector
    account = make_user("xin.zuzhang", "新组长", county, "inspector")
    visit.leader.user = account
    visit.leader.save()
    for one in visit.draw.visits.exclude(pk=visit.pk):
        end_visit(one)
    assert len(verified(visit)) == 1
    visit.refresh_from_db()
    assert reports.may_write(visit, account)
