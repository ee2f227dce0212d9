"""随机抽查事项清单 (A1, A2): versions with dates; 清单之外无检查，未公布不得实施."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from registries import items, trail
from registries.checklists import Row, standard_rows
from registries.errors import DomainError
from registries.models import InspectionItem, ItemVersion
from tests.factories import make_item

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
TODAY = dt.date(2026, 4, 1)
VALUES = {"legal_basis": "《医疗保障基金使用监督管理条例》", "inspecting_body": "区医疗保障局"}


def day(offset):
    return TODAY + dt.timedelta(days=offset)


@pytest.fixture
def draft(county, drafter):
    return items.draft_item(county, "定点医药机构常规检查", VALUES, by=drafter, now=NOW)


@pytest.fixture
def published(draft, drafter):
    return items.publish(draft, effective_from=TODAY, by=drafter, now=NOW)


def test_a_draft_is_not_used(draft, county):
    assert draft.state == "draft"
    assert list(items.usable(county, TODAY)) == []


def test_without_lines_of_its_own_an_item_gets_the_standard_rows(draft):
    assert items.checklist_of(draft) == standard_rows()


def test_the_standard_rows_follow_articles_38_to_40():
    basis = "《医疗保障基金使用监督管理条例》"
    articles = {f"{basis}{article}" for article in ("第三十八条", "第三十九条", "第四十条")}
    assert {row.legal_basis for row in standard_rows()} == articles


def test_each_line_of_the_content_becomes_a_row(county, drafter):
    draft = items.draft_item(county, "药店检查", VALUES | {"content": "药师在岗\n\n 进销存相符 "}, by=drafter)
    assert [row.content for row in draft.rows.all()] == ["药师在岗", "进销存相符"]


def test_rows_given_are_taken_as_they_are(county, drafter):
    rows = (Row("人证相符", "现场核对", "第四十条", True, True), Row("药师在岗", is_veto=True))
    draft = items.draft_item(county, "药店检查", VALUES | {"content": "别的"}, rows, by=drafter)
    assert items.checklist_of(draft) == rows


def test_marks_that_change_are_on_the_trail(county, drafter):
    draft = items.draft_item(county, "药店检查", VALUES, [Row("人证相符")], by=drafter)
    items.amend_draft(draft, {}, [Row("人证相符", is_veto=True)], revision=1, by=drafter)
    entry = trail.about(draft).first()
    assert (entry.before, entry.after) == (
        {"检查内容行": ["人证相符"]},
        {"检查内容行": ["人证相符｜｜｜否决项"]},
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"legal_basis": ""}, "legal_basis"),
        ({"ratio_a_bp": 10_001}, "ratio_a_bp"),
        ({"frequency_per_year": 0}, "frequency_per_year"),
        ({"content": "长" * 301}, "content"),
        ({"category": "urgent"}, "category"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(county, drafter, changed, field):
    with pytest.raises(DomainError) as refusal:
        items.draft_item(county, "药店检查", VALUES | changed, by=drafter)
    assert refusal.value.field == field
    assert not InspectionItem.objects.exists()


def test_an_item_has_one_name_in_its_bureau(draft, county, drafter):
    with pytest.raises(DomainError, match="同名事项"):
        items.draft_item(county, "定点医药机构常规检查", VALUES, by=drafter)


def test_a_published_version_counts_from_its_day_on(draft, drafter, county):
    items.publish(draft, effective_from=day(5), by=drafter, now=NOW)
    assert list(items.usable(county, day(4))) == []
    assert list(items.usable(county, day(5))) == [draft]


def test_nothing_counts_before_it_was_published(draft, drafter):
    with pytest.raises(DomainError, match="不能早于今天"):
        items.publish(draft, effective_from=day(-1), by=drafter, now=NOW)


def test_a_version_in_use_is_never_edited(published, drafter):
    with pytest.raises(DomainError, match="只有草稿可以修改"):
        items.amend_draft(published, {"method": "书面检查"}, revision=2, by=drafter)
    assert ItemVersion.objects.get().method == "实地检查"


def test_a_new_version_ends_the_one_before_it_on_the_day_before(published, county, drafter):
    second = items.draft_version(published.item, VALUES | {"ratio_d_bp": 3000}, by=drafter)
    items.publish(second, effective_from=day(10), by=drafter, now=NOW)
    published.refresh_from_db()
    assert (published.state, published.effective_to) == ("superseded", day(9))
    assert list(items.usable(county, day(9))) == [published]
    assert list(items.usable(county, day(10))) == [second]


def test_a_new_version_begins_after_the_one_before_it(published, drafter):
    second = items.draft_version(published.item, VALUES, by=drafter)
    with pytest.raises(DomainError, match="须晚于这一天"):
        items.publish(second, effective_from=TODAY, by=drafter, now=NOW)


def test_an_item_has_one_draft_at_a_time(draft, drafter):
    with pytest.raises(DomainError, match="正在起草"):
        items.draft_version(draft.item, VALUES, by=drafter)


def test_amending_a_draft_replaces_its_rows_and_keeps_both_on_the_trail(county, drafter):
    draft = items.draft_item(county, "药店检查", VALUES | {"content": "药师在岗"}, by=drafter)
    items.amend_draft(draft, {"content": "进销存相符"}, revision=1, by=drafter)
    entry = trail.about(draft).first()
    assert [row.content for row in draft.rows.all()] == ["进销存相符"]
    assert (entry.before["检查内容行"], entry.after["检查内容行"]) == (["药师在岗"], ["进销存相符"])


def test_the_second_of_two_drafters_is_told_what_the_first_one_changed(draft, drafter, colleague):
    items.amend_draft(draft, {"method": "书面检查"}, revision=1, by=drafter)
    with pytest.raises(DomainError, match="周经办.*检查方式"):
        items.amend_draft(draft, {"method": "网络监测"}, revision=1, by=colleague)


def test_a_withdrawn_version_is_out_of_use_at_once(published, county, drafter):
    items.withdraw(published, reason="依据已废止", by=drafter, now=NOW)
    assert list(items.usable(county, TODAY)) == []
    with pytest.raises(DomainError, match="现为“已停用”"):
        items.withdraw(published, reason="再次", by=drafter)


def test_an_item_withdrawn_before_its_next_version_begins_counts_no_more(published, county, drafter):
    following = items.draft_version(published.item, VALUES, by=drafter, now=NOW)
    following = items.publish(following, effective_from=day(30), by=drafter, now=NOW)
    items.withdraw(following, reason="依据已废止", by=drafter, now=NOW)
    assert list(items.usable(county, TODAY)) == []
    again = items.draft_version(published.item, VALUES, by=drafter, now=NOW)
    items.publish(again, effective_from=TODAY, by=drafter, now=NOW)
    assert list(items.usable(county, TODAY)) == [again]


def test_the_list_of_the_bureau_above_is_usable_below_and_not_beside(
    city, county, neighbour, drafter, outsider
):
    above = make_item(city, drafter, "全市统一事项")
    ours = make_item(county, drafter, "本县事项")
    beside = make_item(neighbour, outsider, "邻县事项")
    assert list(items.usable(county, TODAY)) == [above, ours]
    assert list(items.usable(neighbour, TODAY)) == [above, beside]
    assert list(items.usable(city, TODAY)) == [above]


def test_items_outside_double_random_are_listed_and_not_used(county, drafter):
    draft = items.draft_item(county, "执业药师在岗情况", VALUES, by=drafter, list_kind="outside", now=NOW)
    items.publish(draft, effective_from=TODAY, by=drafter, now=NOW)
    assert list(items.usable(county, TODAY)) == []
    assert list(items.readable(drafter)) == [draft.item]


def test_drafts_of_the_bureau_above_are_its_own_business(city, city_staff, drafter):
    draft = items.draft_item(city, "全市统一事项", VALUES, by=city_staff, now=NOW)
    assert list(items.readable(drafter)) == []
    items.publish(draft, effective_from=TODAY, by=city_staff, now=NOW)
    assert list(items.readable(drafter)) == [draft.item]


def test_only_staff_of_the_bureau_touches_its_list(draft, county, approver, city_staff, outsider):
    for stranger in (approver, city_staff, outsider):
        for attempt in (
            lambda who: items.draft_item(county, "新事项", VALUES, by=who),
            lambda who: items.draft_version(draft.item, VALUES, by=who),
            lambda who: items.amend_draft(draft, {"method": "书面检查"}, revision=1, by=who),
            lambda who: items.publish(draft, effective_from=TODAY, by=who, now=NOW),
            lambda who: items.withdraw(draft, reason="改", by=who),
        ):
            with pytest.raises(PermissionDenied):
                attempt(stranger)


def test_two_presses_publish_one_version(draft, drafter):
    items.publish(draft, effective_from=TODAY, by=drafter, now=NOW)
    with pytest.raises(DomainError, match="现为“已公布”，只有草稿可以公布"):
        items.publish(draft, effective_from=TODAY, by=drafter, now=NOW)
    assert list(ItemVersion.objects.values_list("number", "state")) == [(1, "published")]
    assert trail.about(draft).filter(event="公布事项版本").count() == 1


def test_a_draft_beside_the_published_version_is_neither_used_nor_listed(published, county, drafter):
    items.draft_version(published.item, VALUES | {"ratio_d_bp": 3000}, by=drafter)
    assert list(items.usable(county, TODAY)) == [published]
    assert list(items.listed(county)) == [published]
