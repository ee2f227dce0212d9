"""A facility moves to another bureau with its code, its history and its trail (A3, A7)."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from registries import facilities, interests, moves, trail
from registries.errors import DomainError
from registries.models import FacilityTag
from tests.cast import make_bureau, make_user
from tests.factories import NOW, make_facility, make_inspector, make_task, make_visit
from tests.factories.draws import drawable_task, sealed_draw

pytestmark = pytest.mark.django_db


@pytest.fixture
def facility(county):
    found = make_facility(county, 1, name="光明路诊所")
    found.tags.add(FacilityTag.objects.create(bureau=county, name="透析"))
    return found


@pytest.fixture
def proposed(facility, neighbour, drafter):
    return moves.propose(facility, neighbour, reason="经营地址变更", by=drafter, now=NOW)


@pytest.fixture
def moved(proposed, outsider):
    return moves.accept(proposed, by=outsider, now=NOW + dt.timedelta(days=1))


def url(name, *args):
    return reverse(f"registries:{name}", args=args)


def text(response):
    return response.content.decode()


def drawn_by(bureau, facility, by):
    return make_visit(make_task(bureau, by), facility, [make_inspector(bureau, 1)], by=by)


def test_who_is_being_inspected_does_not_move(facility, neighbour, drafter, county):
    drawn_by(county, facility, drafter)
    with pytest.raises(DomainError, match="还有未办结的检查"):
        moves.propose(facility, neighbour, reason="经营地址变更", by=drafter)


def test_who_is_about_to_be_drawn_does_not_move(neighbour, drafter, county):
    sealed_draw(drawable_task(county, by=drafter), by=drafter)
    with pytest.raises(DomainError, match="已封存、尚未抽取"):
        moves.propose(county.facilities.first(), neighbour, reason="经营地址变更", by=drafter)


def test_the_new_bureau_waits_without_learning_what_was_drawn(proposed, neighbour, drafter, county):
    visit = drawn_by(county, proposed, drafter)
    with pytest.raises(DomainError, match="还有未办结的事项") as refusal:
        moves.accept(proposed, by=make_user("lin.jingban", "林经办", neighbour, "staff"))
    assert visit.draw.number not in refusal.value.message


def test_a_superiors_visit_is_no_bar_and_is_not_told(facility, neighbour, city, city_staff, drafter):
    drawn_by(city, facility, city_staff)
    assert moves.propose(facility, neighbour, reason="经营地址变更", by=drafter).moving_to == neighbour


def test_a_proposal_moves_nothing_until_it_is_accepted(proposed, county, neighbour, drafter):
    assert (proposed.bureau, proposed.moving_to, proposed.moving_by, proposed.moving_at) == (
        county,
        neighbour,
        drafter,
        NOW,
    )
    entry = trail.about(proposed).first()
    assert (entry.event, entry.after, entry.note) == (
        "提出迁移",
        {"moving_to": "新华区医疗保障局"},
        "经营地址变更",
    )


def test_an_accepted_facility_changes_its_bureau_and_keeps_its_code(moved, facility, neighbour):
    assert (moved.bureau, moved.insurance_code) == (neighbour, facility.insurance_code)
    assert (moved.moving_to, moved.moving_at, moved.moving_by) == (None, None, None)


def test_the_old_bureaus_tags_stay_behind_with_a_note(moved, county):
    assert not moved.tags.exists()
    entry = trail.about(moved).get(event=moves.LEFT)
    assert entry.bureau == county
    assert entry.before == {"bureau": "卫东区医疗保障局", "tags": ["透析"]}
    assert "透析" in entry.note


def test_both_bureaus_have_the_move_on_their_trail(moved, county, neighbour):
    found = trail.about(moved).filter(event__in=[moves.LEFT, "接收迁入机构"])
    assert {(entry.event, entry.bureau) for entry in found} == {
        (moves.LEFT, county),
        ("接收迁入机构", neighbour),
    }


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_only_the_receiving_bureau_answers(proposed, drafter, city_staff, approver, verb):
    values = {} if verb == "accept" else {"reason": "材料不全"}
    for person in (drafter, city_staff, approver):
        with pytest.raises(PermissionDenied):
            getattr(moves, verb)(proposed, by=person, **values)


def test_only_staff_of_the_old_bureau_proposes_and_withdraws(
    facility, proposed, neighbour, outsider, city_staff
):
    for person in (outsider, city_staff):
        with pytest.raises(PermissionDenied):
            moves.propose(facility, neighbour, reason="改", by=person)
        with pytest.raises(PermissionDenied):
            moves.withdraw(proposed, reason="改", by=person)


def test_a_declined_or_withdrawn_move_leaves_everything_as_it_was(
    proposed, county, drafter, outsider, neighbour
):
    declined = moves.decline(proposed, reason="不在本辖区", by=outsider)
    assert (declined.bureau, declined.moving_to) == (county, None)
    moves.propose(declined, neighbour, reason="再次提出", by=drafter)
    withdrawn = moves.withdraw(declined, reason="填错了", by=drafter)
    assert (withdrawn.bureau, withdrawn.moving_to, withdrawn.tags.count()) == (county, None, 1)
    assert [entry.event for entry in trail.about(withdrawn)] == [
        "撤回迁移",
        "提出迁移",
        "不予接收迁移",
        "提出迁移",
    ]


def test_a_move_without_sense_is_refused(facility, proposed, county, neighbour, city, drafter, outsider):
    other = make_facility(county, 2, agreement_status="deregistered")
    for attempt, words in (
        (lambda: moves.propose(facility, county, reason="改", by=drafter), "已属于"),
        (lambda: moves.propose(facility, city, reason="改", by=drafter), "已提出迁往"),
        (lambda: moves.propose(other, city, reason="改", by=drafter), "不能再迁移"),
        (lambda: moves.propose(other, city, reason=" ", by=drafter), "请写明原因"),
        (lambda: moves.withdraw(other, reason="改", by=drafter), "没有待接收"),
        (lambda: moves.accept(other, by=outsider), "没有待接收"),
    ):
        with pytest.raises(DomainError, match=words):
            attempt()


def test_the_second_who_accepts_is_told_that_it_is_done(moved, proposed, neighbour):
    second = make_user("second", "某二", neighbour, "staff")
    with pytest.raises(DomainError, match="没有待接收"):
        moves.accept(proposed, by=second)


def test_what_the_old_bureau_still_had_open_changes_nothing_any_more(moved, facility, drafter):
    for attempt in (
        lambda: facilities.blacklist(facility, reason="旧局的决定", by=drafter),
        lambda: facilities.change_agreement(facility, "suspended", reason="旧局的决定", by=drafter),
        lambda: moves.propose(facility, moved.bureau, reason="旧局的决定", by=drafter),
    ):
        with pytest.raises(DomainError, match="刚刚转由新华区医疗保障局管理"):
            attempt()


def test_the_receiving_bureau_reads_the_page_before_and_accepts_there(proposed, outsider, signed_in, county):
    client = signed_in(outsider)
    page = client.get(url("facility", proposed.pk))
    assert "接收" in text(page)
    assert "某某" not in text(page)  # Who is in charge is told to the bureau that it belongs to.
    assert client.get(url("facility_amend", proposed.pk)).status_code == 404
    assert client.post(url("facility_move_accept", proposed.pk)).url == url("facility", proposed.pk)
    assert client.get(url("facility_amend", proposed.pk)).status_code == 200


def test_the_old_bureau_reads_the_history_up_to_the_move_and_no_further(
    moved, drafter, outsider, neighbour, county, signed_in
):
    later = NOW + dt.timedelta(days=2)
    facilities.change_agreement(moved, "suspended", reason="新局的决定", by=outsider, now=later)
    facilities.regrade(moved, "C", source="新局的来源", effective_on=later.date(), by=outsider, now=later)
    facilities.blacklist(moved, reason="新局的黑名单", by=outsider, now=later)
    moved.tags.add(FacilityTag.objects.create(bureau=neighbour, name="新局的标签"))
    interests.declare(make_inspector(neighbour, 7, name="新局的人"), moved, "曾任职", by=outsider, now=later)
    page = signed_in(drafter).get(url("facility", moved.pk))
    assert page.status_code == 200
    for shown in ("已迁至其他医保局", "经营地址变更", "迁至其他医保局", "透析"):
        assert shown in text(page)
    assert "新局的" not in text(page)
    assert "某某" not in text(page)
    assert signed_in(drafter).get(url("facility_amend", moved.pk)).status_code == 404
    theirs = text(signed_in(outsider).get(url("facility", moved.pk)))
    for shown in ("新局的决定", "新局的来源", "新局的黑名单", "新局的标签", "新局的人"):
        assert shown in theirs
    assert "经营地址变更" in theirs


def test_a_bureau_that_never_had_it_does_not_see_it(moved, city, signed_in):
    third = make_bureau("410404", "石龙区医疗保障局", "石医保", "county", city)
    stranger = make_user("third", "某三", third, "staff")
    assert signed_in(stranger).get(url("facility", moved.pk)).status_code == 404


def test_the_move_is_proposed_declined_and_withdrawn_on_pages(
    facility, neighbour, drafter, outsider, signed_in
):
    staff, theirs = signed_in(drafter), signed_in(outsider)
    values = {"to_bureau": neighbour.pk, "reason": "地址变更"}
    assert staff.get(url("facility_move", facility.pk)).status_code == 200
    staff.post(url("facility_move", facility.pk), values)
    theirs.post(url("facility_move_decline", facility.pk), {"reason": "材料不全"})
    facility.refresh_from_db()
    assert facility.moving_to is None
    staff.post(url("facility_move", facility.pk), values)
    staff.post(url("facility_move_withdraw", facility.pk), {"reason": "填错了"})
    facility.refresh_from_db()
    assert facility.moving_to is None
