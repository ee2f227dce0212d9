"""Duplicates are compared and merged by people; the duplicate stays on record and leaves everything else."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from inspections.states import VisitState
from registries import duplicates, facilities, inspector_sheet, interests, merging, moves, trail
from registries.errors import DomainError
from registries.models import Facility, FacilityTag, Interest
from tests.factories import NOW, make_facility, make_inspector, make_task, make_visit
from tests.factories.draws import drawable_task, sealed_draw

pytestmark = pytest.mark.django_db


@pytest.fixture
def survivor(county):
    return make_facility(county, 1, name="光明路诊所", phone="", address="光明路1号")


@pytest.fixture
def duplicate(county, survivor):
    return make_facility(
        county,
        2,
        name="光明路 诊所",
        social_credit_code=survivor.social_credit_code,
        address="光明路1号院",
        phone="13800000002",
    )


SEEN = {"duplicate_revision": 1, "survivor_revision": 1}


def url(name, *args):
    return reverse(f"registries:{name}", args=args)


def text(response):
    return response.content.decode()


def test_the_duplicate_is_kept_and_says_where_it_went(survivor, duplicate, drafter):
    merging.merge(duplicate, survivor, reason="同一许可证", by=drafter, now=NOW)
    kept = Facility.objects.get(pk=duplicate.pk)
    assert (kept.merged_into, kept.merged_at, kept.merged_by) == (survivor, NOW, drafter)
    entry = trail.about(kept).first()
    assert (entry.event, entry.note) == ("并入其他机构", "同一许可证")
    assert survivor.insurance_code in entry.after["merged_into"]


def test_the_survivor_takes_over_the_chosen_values_only(survivor, duplicate, drafter):
    merged = merging.merge(duplicate, survivor, reason="同一许可证", keep=["phone"], by=drafter)
    assert (merged.phone, merged.address, merged.insurance_code) == (
        "13800000002",
        "光明路1号",
        survivor.insurance_code,
    )
    entry = trail.about(survivor).first()
    assert list(entry.after) == ["phone"]
    assert "13800000002" not in str(entry.after)
    assert duplicate.insurance_code in entry.note


def test_codes_grades_and_agreements_are_not_taken_over(survivor, duplicate, drafter):
    keep = ["insurance_code", "grade", "agreement_status", "bureau"]
    merged = merging.merge(duplicate, survivor, reason="同一许可证", keep=keep, by=drafter)
    assert trail.about(merged).first().after == {}


def test_tags_come_together_and_nobody_leaves_the_blacklist_by_merging(survivor, duplicate, drafter, county):
    for one, name in ((survivor, "透析"), (duplicate, "新增定点")):
        one.tags.add(FacilityTag.objects.create(bureau=county, name=name))
    facilities.blacklist(duplicate, reason="骗保", until=dt.date(2030, 1, 1), by=drafter, now=NOW)
    merged = merging.merge(duplicate, survivor, reason="同一许可证", by=drafter, now=NOW)
    assert {tag.name for tag in merged.tags.all()} == {"透析", "新增定点"}
    assert (merged.blacklist_reason, merged.blacklisted_until) == ("骗保", dt.date(2030, 1, 1))
    assert merged.is_blacklisted_on(NOW.date())


def test_a_declared_interest_follows_to_the_survivor_once(survivor, duplicate, drafter, county):
    first, second = make_inspector(county, 1), make_inspector(county, 2)
    for inspector, facility in ((first, duplicate), (second, duplicate), (second, survivor)):
        interests.declare(inspector, facility, "曾任职", by=drafter)
    merging.merge(duplicate, survivor, reason="同一许可证", by=drafter)
    assert {interest.inspector for interest in survivor.interests.filter(ended_at=None)} == {first, second}
    left = Interest.objects.get(facility=duplicate)
    assert (left.inspector, left.ended_by, inspector_sheet.standing(left, NOW.date())[0]) == (
        second, drafter, "随机构合并",
    )  # fmt: skip
    assert not interests.waiting(NOW.date()).filter(facility=duplicate).exists()
    for inspector in (first, second):
        entry = trail.about(inspector).first()
        assert (entry.event, survivor.insurance_code in entry.note) == ("利害关系随机构合并转来", True)


def test_nothing_is_declared_for_a_duplicate_that_was_merged_meanwhile(survivor, duplicate, drafter, county):
    merging.merge(duplicate, survivor, reason="同一许可证", by=drafter)
    with pytest.raises(DomainError, match="已并入"):
        interests.declare(make_inspector(county, 1), duplicate, "曾任职", by=drafter)


def test_an_interest_declared_for_both_holds_on_the_days_of_both(survivor, duplicate, drafter, county):
    inspector = make_inspector(county, 1)
    past, today = NOW.date() - dt.timedelta(days=30), NOW.date()
    for facility, since, until in ((survivor, past, today), (duplicate, today, None)):
        interests.declare(inspector, facility, "曾任职", since=since, until=until, by=drafter, now=NOW)
    merging.merge(duplicate, survivor, reason="同一许可证", by=drafter, now=NOW)
    assert [(one.since, one.until) for one in survivor.interests.filter(ended_at=None)] == [(past, None)]


def test_a_second_merger_leaves_no_chain(survivor, duplicate, drafter, county):
    third = make_facility(county, 3)
    merging.merge(duplicate, survivor, reason="同一家", by=drafter)
    merging.merge(survivor, third, reason="同一家", by=drafter)
    assert set(third.merged.values_list("pk", flat=True)) == {survivor.pk, duplicate.pk}


def test_mergers_without_sense_are_refused(survivor, duplicate, drafter, neighbour):
    elsewhere = make_facility(neighbour, 9)
    for one, other, reason, words in (
        (survivor, survivor, "同一家", "不能并入自己"),
        (duplicate, elsewhere, "同一家", "不属于同一医保局"),
        (duplicate, survivor, " ", "请写明原因"),
    ):
        with pytest.raises(DomainError, match=words):
            merging.merge(one, other, reason=reason, by=drafter)
    merging.merge(duplicate, survivor, reason="同一家", by=drafter)
    with pytest.raises(DomainError, match="已并入"):
        merging.merge(duplicate, survivor, reason="同一家", by=drafter)


def test_a_facility_on_the_move_is_not_merged(survivor, duplicate, drafter, neighbour):
    moves.propose(survivor, neighbour, reason="地址变更", by=drafter)
    with pytest.raises(DomainError, match="请先办结迁移"):
        merging.merge(duplicate, Facility.objects.get(pk=survivor.pk), reason="同一家", by=drafter)


def test_only_staff_of_the_bureau_merges(survivor, duplicate, approver, outsider, city_staff):
    for stranger in (approver, outsider, city_staff):
        with pytest.raises(PermissionDenied):
            merging.merge(duplicate, survivor, reason="同一家", by=stranger)


def test_a_visit_under_way_is_finished_before_the_merger(survivor, duplicate, drafter, county):
    visit = make_visit(make_task(county, drafter), duplicate, [make_inspector(county, 1)], by=drafter)
    with pytest.raises(DomainError, match="未办结的检查"):
        merging.merge(duplicate, survivor, reason="同一家", by=drafter)
    type(visit).objects.filter(pk=visit.pk).update(state=VisitState.PUBLISHED)
    assert merging.merge(duplicate, survivor, reason="同一家", by=drafter) == survivor


def test_a_sealed_draw_is_held_before_the_merger_and_its_roster_stays(county, drafter):
    task = drawable_task(county, by=drafter)
    draw = sealed_draw(task)
    survivor, duplicate = Facility.objects.order_by("pk")[:2]
    with pytest.raises(DomainError, match="已封存、尚未抽取"):
        merging.merge(duplicate, survivor, reason="同一家", by=drafter)
    assert draw.facilities.filter(facility=duplicate).exists()


def test_a_merged_duplicate_changes_no_more(survivor, duplicate, drafter):
    merging.merge(duplicate, survivor, reason="同一家", by=drafter)
    for attempt in (
        lambda: facilities.change_agreement(duplicate, "ended", reason="改", by=drafter),
        lambda: facilities.blacklist(duplicate, reason="改", by=drafter),
        lambda: facilities.amend(duplicate, {"name": "改"}, revision=2, by=drafter),
    ):
        with pytest.raises(DomainError, match="已并入“光明路诊所”"):
            attempt()


def test_probable_duplicates_are_found_however_they_are_written(county, neighbour):
    first = make_facility(county, 1, name="光明路诊所（东店）", region="建设路街道")
    second = make_facility(county, 2, name="光明路 诊所(东店)", region="建设路街道")
    make_facility(county, 3, name="光明路诊所（西店）", region="建设路街道")
    make_facility(neighbour, 4, name="光明路诊所（东店）", region="建设路街道")
    gone = {"name": "光明路诊所（东店）", "region": "建设路街道", "agreement_status": "deregistered"}
    make_facility(county, 5, **gone)
    assert set(Facility.objects.filter(duplicates.suspects(county))) == {first, second}
    assert list(duplicates.of(first)) == [second]


def test_branches_of_a_chain_are_no_duplicates_for_their_common_code(county):
    code = make_facility(county, 1, name="康乐药房一店", address="一号").social_credit_code
    same_place = make_facility(county, 2, name="康乐药房二店", address="二号", social_credit_code=code)
    other = make_facility(county, 3, name="康乐大药房", address="二号 ", social_credit_code=code)
    assert set(Facility.objects.filter(duplicates.suspects(county))) == {same_place, other}


def test_the_page_compares_side_by_side_and_proposes_what_the_survivor_lacks(
    survivor, duplicate, drafter, signed_in
):
    staff = signed_in(drafter)
    assert duplicate.name in text(staff.get(url("facility_duplicates", survivor.pk)))
    page = staff.get(url("facility_merge", duplicate.pk, survivor.pk))
    rows = {row["name"]: row for row in page.context["rows"]}
    assert [name for name, row in rows.items() if row["ticked"]] == ["phone"]
    assert (rows["address"]["offered"], rows["social_credit_code"]["offered"]) == (True, False)
    assert "13800000002" not in text(page)
    assert not Facility.objects.get(pk=duplicate.pk).merged_into
    values = {"reason": "同一许可证", "keep": ["phone", "address"], **SEEN}
    response = staff.post(url("facility_merge", duplicate.pk, survivor.pk), values)
    assert response.url == url("facility", survivor.pk)
    survivor.refresh_from_db()
    assert survivor.address == "光明路1号院"


@pytest.mark.parametrize("changed", ["duplicate", "survivor"])
def test_who_compared_older_rows_is_told_what_changed_and_confirms_again(
    request, survivor, duplicate, drafter, colleague, signed_in, changed
):
    other = request.getfixturevalue(changed)
    facilities.amend(other, {"address": "光明路9号"}, revision=1, by=colleague)
    staff, page = signed_in(drafter), url("facility_merge", duplicate.pk, survivor.pk)
    values = {"reason": "同一许可证", "keep": ["address"]}
    answer = staff.post(page, values | SEEN)
    assert "修改检查对象：地址" in text(answer)
    assert not Facility.objects.get(pk=duplicate.pk).merged_into
    assert f'name="{changed}_revision" value="2"' in text(answer)
    assert staff.post(page, values | SEEN | {f"{changed}_revision": 2}).status_code == 302
    assert Facility.objects.get(pk=duplicate.pk).merged_into == survivor


def test_a_merger_without_what_was_compared_is_refused(survivor, duplicate, drafter, signed_in):
    page = url("facility_merge", duplicate.pk, survivor.pk)
    for seen in ({}, SEEN | {"survivor_revision": "x"}):
        answer = signed_in(drafter).post(page, {"reason": "同一许可证", **seen})
        assert answer.status_code == 200
    assert not Facility.objects.get(pk=duplicate.pk).merged_into


def test_another_row_is_compared_by_its_code(survivor, duplicate, drafter, signed_in, neighbour):
    staff = signed_in(drafter)
    other = make_facility(neighbour, 9)
    address = url("facility_duplicates", survivor.pk)
    found = staff.get(address, {"code": f" {duplicate.insurance_code.lower()}"})
    assert found.url == url("facility_merge", survivor.pk, duplicate.pk)
    assert "没有这个编码" in text(staff.get(address, {"code": other.insurance_code}))


def test_the_pages_of_both_lead_to_each_other_and_tell_one_history(survivor, duplicate, drafter, signed_in):
    facilities.change_agreement(duplicate, "suspended", reason="重复一家的整改", by=drafter)
    merging.merge(duplicate, survivor, reason="同一许可证", by=drafter)
    staff = signed_in(drafter)
    shown = text(staff.get(url("facility", survivor.pk)))
    assert url("facility", duplicate.pk) in shown
    assert "重复一家的整改" in shown
    gone = text(staff.get(url("facility", duplicate.pk)))
    assert url("facility", survivor.pk) in gone
    assert url("facility_amend", duplicate.pk) not in gone
