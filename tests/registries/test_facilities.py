"""检查对象名录库 (A3, A6): each change is checked, locked and on the trail."""

import datetime as dt
from itertools import permutations

import pytest
from django.core.exceptions import PermissionDenied

from registries import facilities, standing, trail
from registries.errors import DomainError
from registries.models import AgreementStatus, Facility
from tests.factories import insurance_code, make_facility, social_credit_code

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 4, 1)
NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def values(n=1, **changed):
    return {
        "insurance_code": insurance_code(n),
        "social_credit_code": social_credit_code(n),
        "name": "光明路诊所",
        "kind": "clinic",
        "address": "光明路1号",
        "phone": "13800000001",
    } | changed


@pytest.fixture
def facility(county, drafter):
    return facilities.register(
        county, values(grade="B", grade_source="2025年度信用评价"), by=drafter, now=NOW
    )


def events(subject):
    return [entry.event for entry in trail.about(subject)]


def test_a_registered_facility_stands_in_the_registry_of_its_bureau(facility, county, drafter):
    assert (facility.bureau, facility.name, facility.grade) == (county, "光明路诊所", "B")
    entry = trail.about(facility).get()
    assert (entry.event, entry.actor, entry.bureau) == ("登记检查对象", drafter, county)
    assert entry.after["name"] == "光明路诊所"


def test_the_first_grade_opens_the_credit_history_with_its_source(facility):
    change = facility.grade_changes.get()
    assert (change.grade, change.source, change.effective_on) == ("B", "2025年度信用评价", TODAY)


def test_a_facility_without_a_grade_has_no_history(county, drafter):
    assert facilities.register(county, values(), by=drafter).grade_changes.count() == 0


def test_codes_are_kept_as_they_were_meant(county, drafter):
    typed = values(insurance_code=f" {insurance_code(1).lower()}　", name=" 光明路诊所 ")
    facility = facilities.register(county, typed, by=drafter)
    assert (facility.insurance_code, facility.name) == (insurance_code(1), "光明路诊所")


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"insurance_code": "H41040300"}, "insurance_code", "国家医保编码应为"),
        ({"insurance_code": insurance_code(1, kind="P")}, "insurance_code", "以 H 开头"),
        ({"kind": "pharmacy"}, "insurance_code", "以 P 开头"),
        ({"social_credit_code": social_credit_code(1)[:-1] + "?"}, "social_credit_code", "不应有"),
        ({"phone": "12345"}, "phone", "联系电话"),
        ({"name": ""}, "name", "请填写机构名称"),
        ({"name": "长" * 101}, "name", "最多 100 字"),
        ({"kind": "casino"}, "kind", "不在可选范围内"),
        (
            {"agreement_from": dt.date(2026, 2, 1), "agreement_to": dt.date(2026, 1, 1)},
            "agreement_to",
            "早于起始日",
        ),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(county, drafter, changed, field, words):
    with pytest.raises(DomainError, match=words) as refusal:
        facilities.register(county, values(**changed), by=drafter)
    assert refusal.value.field == field
    assert not Facility.objects.exists()


def test_an_insurance_code_is_registered_once_in_all_bureaus(facility, neighbour, outsider):
    with pytest.raises(DomainError, match="不能重复登记") as refusal:
        facilities.register(neighbour, values(name="另一家"), by=outsider)
    assert refusal.value.field == "insurance_code"


def test_only_staff_of_the_bureau_registers(county, approver, outsider, city_staff):
    for stranger in (approver, outsider, city_staff):
        with pytest.raises(PermissionDenied):
            facilities.register(county, values(), by=stranger)


def test_amending_keeps_before_and_after(facility, drafter):
    amended = facilities.amend(facility, {"address": "光明路2号"}, revision=1, by=drafter)
    entry = trail.about(facility).first()
    assert (amended.address, amended.revision) == ("光明路2号", 2)
    assert (entry.before, entry.after) == ({"address": "光明路1号"}, {"address": "光明路2号"})


def test_the_second_of_two_is_told_what_the_first_one_changed(facility, drafter, colleague):
    facilities.amend(facility, {"address": "光明路2号"}, revision=1, by=drafter)
    facilities.change_agreement(facility, "suspended", reason="整改期间", by=drafter)
    with pytest.raises(DomainError) as refusal:
        facilities.amend(facility, {"name": "光明路第一诊所"}, revision=1, by=colleague)
    for word in ("周经办", "地址", "协议状态"):
        assert word in refusal.value.message
    assert Facility.objects.get().name == "光明路诊所"


def test_amending_nothing_is_refused_and_leaves_no_entry(facility, drafter):
    with pytest.raises(DomainError, match="没有变化"):
        facilities.amend(facility, {"address": "光明路1号"}, revision=1, by=drafter)
    assert events(facility) == ["登记检查对象"]


def test_standing_cannot_be_changed_by_amending(facility, drafter):
    with pytest.raises(DomainError, match="没有变化"):
        facilities.amend(facility, {"grade": "A", "agreement_status": "ended"}, revision=1, by=drafter)


@pytest.mark.parametrize("name", ["长" * 31, "透析；中医理疗"])
def test_a_tag_without_sense_is_refused_rather_than_cut(facility, drafter, county, name):
    with pytest.raises(DomainError, match="标签") as refused:
        facilities.amend(facility, {"tags": [name]}, revision=1, by=drafter)
    assert refused.value.field == "tags"
    assert not county.facility_tags.exists()


def test_tags_are_made_as_they_are_needed_and_stand_on_the_trail(facility, drafter, county):
    facilities.amend(facility, {"tags": ["透析", "中医理疗", "透析"]}, revision=1, by=drafter)
    assert [tag.name for tag in facility.tags.all()] == ["中医理疗", "透析"]
    assert county.facility_tags.count() == 2
    assert trail.about(facility).first().after == {"tags": ["中医理疗", "透析"]}


def test_an_agreement_changes_with_a_reason(facility, drafter):
    changed = facilities.change_agreement(facility, "ended", reason="协议到期不续签", by=drafter)
    entry = trail.about(facility).first()
    assert changed.agreement_status == "ended"
    assert (entry.before, entry.after, entry.note) == (
        {"agreement_status": "active"},
        {"agreement_status": "ended"},
        "协议到期不续签",
    )


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [("active", "原因", "已经是"), ("unknown", "原因", "请选择"), ("ended", " ", "请写明原因")],
)
def test_an_agreement_change_without_sense_is_refused(facility, drafter, status, reason, words):
    with pytest.raises(DomainError, match=words):
        facilities.change_agreement(facility, status, reason=reason, by=drafter)


def test_regrading_adds_a_step_to_the_history(facility, drafter):
    regraded = facilities.regrade(facility, "D", source="行政处罚", effective_on=TODAY, by=drafter, now=NOW)
    assert regraded.grade == "D"
    assert [(step.grade, step.source) for step in facility.grade_changes.all()] == [
        ("D", "行政处罚"),
        ("B", "2025年度信用评价"),
    ]


@pytest.mark.parametrize(
    ("grade", "day", "source", "words"),
    [
        ("B", TODAY, "复评", "已经是"),
        ("X", TODAY, "复评", "请选择"),
        ("C", TODAY + dt.timedelta(days=1), "复评", "不能晚于今天"),
        ("C", TODAY - dt.timedelta(days=1), "复评", "不能早于它"),
        ("C", TODAY, "", "请写明评级来源"),
    ],
)
def test_a_regrading_without_sense_is_refused(facility, drafter, grade, day, source, words):
    with pytest.raises(DomainError, match=words):
        facilities.regrade(facility, grade, source=source, effective_on=day, by=drafter, now=NOW)
    assert facility.grade_changes.count() == 1


def test_the_blacklist_keeps_reason_who_and_when(facility, drafter):
    listed = facilities.blacklist(facility, reason="骗取医保基金被处罚", by=drafter, now=NOW)
    assert (listed.blacklist_reason, listed.blacklisted_by, listed.blacklisted_at) == (
        "骗取医保基金被处罚",
        drafter,
        NOW,
    )
    with pytest.raises(DomainError, match="已在黑名单中"):
        facilities.blacklist(facility, reason="再次", by=drafter)


def test_leaving_the_blacklist_needs_a_reason_and_stays_on_the_trail(facility, drafter):
    facilities.blacklist(facility, reason="骗取医保基金被处罚", by=drafter)
    lifted = facilities.lift_blacklist(facility, reason="期限届满", by=drafter)
    assert not lifted.is_blacklisted
    entry = trail.about(facility).first()
    assert (entry.event, entry.before, entry.note) == (
        "移出黑名单",
        {"blacklist_reason": "骗取医保基金被处罚"},
        "期限届满",
    )
    with pytest.raises(DomainError, match="不在黑名单"):
        facilities.lift_blacklist(facility, reason="再次", by=drafter)


def test_no_verb_changes_another_bureaus_facility(county, city_staff, outsider):
    facility = make_facility(county, 7)
    for stranger in (city_staff, outsider):
        for attempt in (
            lambda who: facilities.amend(facility, {"name": "改"}, revision=1, by=who),
            lambda who: facilities.change_agreement(facility, "ended", reason="改", by=who),
            lambda who: facilities.regrade(facility, "D", source="改", effective_on=TODAY, by=who),
            lambda who: facilities.blacklist(facility, reason="改", by=who),
            lambda who: facilities.lift_blacklist(facility, reason="改", by=who),
            lambda who: facilities.reveal(facility, purpose="看", by=who),
        ):
            with pytest.raises(PermissionDenied):
                attempt(stranger)
    assert events(facility) == []


def test_an_ended_blacklist_counts_no_more_by_itself(facility, drafter):
    listed = facilities.blacklist(facility, reason="骗保", until=TODAY, by=drafter, now=NOW)
    assert listed.is_blacklisted_on(TODAY)
    assert not listed.is_blacklisted_on(TODAY + dt.timedelta(days=1))
    assert Facility.objects.blacklisted(TODAY).get() == facility
    assert not Facility.objects.blacklisted(TODAY + dt.timedelta(days=1)).exists()
    assert trail.about(facility).first().after == {
        "blacklist_reason": "骗保",
        "blacklisted_until": "2026-04-01",
    }


def test_who_left_the_blacklist_by_its_end_can_be_listed_again_and_not_be_lifted(facility, drafter):
    facilities.blacklist(facility, reason="骗保", until=TODAY, by=drafter, now=NOW)
    later = NOW + dt.timedelta(days=1)
    with pytest.raises(DomainError, match="不在黑名单中"):
        facilities.lift_blacklist(facility, reason="届满", by=drafter, now=later)
    again = facilities.blacklist(facility, reason="再次骗保", by=drafter, now=later)
    assert (again.blacklist_reason, again.blacklisted_until, again.blacklisted_at) == (
        "再次骗保",
        None,
        later,
    )


def test_the_blacklist_is_left_early_with_a_reason(facility, drafter):
    end = TODAY + dt.timedelta(days=365)
    facilities.blacklist(facility, reason="骗保", until=end, by=drafter, now=NOW)
    lifted = facilities.lift_blacklist(facility, reason="复议撤销", by=drafter, now=NOW)
    assert (lifted.blacklisted_at, lifted.blacklisted_until) == (None, None)


def test_a_blacklist_does_not_end_before_it_begins(facility, drafter):
    with pytest.raises(DomainError, match="不能早于今天") as refusal:
        facilities.blacklist(facility, reason="骗保", until=TODAY - dt.timedelta(days=1), by=drafter, now=NOW)
    assert refusal.value.field == "until"


@pytest.mark.parametrize(("present", "following"), list(permutations(AgreementStatus.values, 2)))
def test_an_agreement_moves_only_as_the_table_says(county, drafter, present, following):
    facility = make_facility(county, 9, agreement_status=present)
    if following in standing.EFFECTS[present].may_become:
        changed = facilities.change_agreement(facility, following, reason="协议办理", by=drafter)
        assert changed.agreement_status == following
        return
    with pytest.raises(DomainError, match="不能变更为"):
        facilities.change_agreement(facility, following, reason="协议办理", by=drafter)
    corrected = facilities.change_agreement(
        facility, following, reason="登记时选错", is_correction=True, by=drafter
    )
    assert corrected.agreement_status == following
    assert trail.about(facility).get().event == "更正协议状态"


def test_deregistered_and_moved_away_are_final_and_only_the_active_are_drawn():
    assert {status for status in AgreementStatus if standing.is_final(status)} == {
        "deregistered",
        "moved_away",
    }
    assert [status for status, effect in standing.EFFECTS.items() if effect.is_drawn] == ["active"]
    assert set(standing.EFFECTS) == set(AgreementStatus)
