"""A province's list is inherited: cities and counties add, and never loosen (A7)."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from registries import inheritance, items
from registries.checklists import Row
from registries.errors import DomainError
from registries.models import InspectionItem
from tests.cast import make_user

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
TODAY = dt.date(2026, 4, 1)
ROWS = (Row("人证相符", "现场核对", "第四十条", True), Row("药师在岗"))
VALUES = {
    "legal_basis": "《条例》第三十八条\n《办法》第五条",
    "inspecting_body": "市医疗保障局",
    "materials": "处方\n台账",
    "qualification": "药学",
    "frequency_per_year": 2,
    "category": "key",
}


def day(offset):
    return TODAY + dt.timedelta(days=offset)


def published(version, by, on=TODAY):
    return items.publish(version, effective_from=on, by=by, now=NOW)


@pytest.fixture
def above(city, city_staff):
    return published(items.draft_item(city, "药店检查", VALUES, ROWS, by=city_staff, now=NOW), city_staff)


@pytest.fixture
def ours(above, drafter):
    draft = items.supplement(above.item, {}, [*ROWS, Row("本区要求")], by=drafter, now=NOW)
    return published(draft, drafter)


def test_a_supplement_starts_as_a_copy_under_the_same_name(above, drafter, county):
    draft = items.supplement(above.item, {}, by=drafter, now=NOW)
    assert (draft.item.name, draft.item.bureau, draft.item.based_on) == ("药店检查", county, above.item)
    assert items.checklist_of(draft) == ROWS
    assert (draft.materials, draft.qualification, draft.inspecting_body) == (
        "处方\n台账",
        "药学",
        county.name,
    )
    assert [str(entry) for entry in draft.basis.all()] == ["《条例》第三十八条", "《办法》第五条"]


def test_a_bureau_may_ask_more(above, drafter):
    rows = [
        Row("人证相符", "现场核对", "第四十条", True, True),
        Row("药师在岗", is_key=True),
        Row("新的一项"),
    ]
    more = {
        "ratio_a_bp": 600, "frequency_per_year": 3, "materials": "处方\n发票\n台账",
        "legal_basis": VALUES["legal_basis"] + "\n《本市办法》", "remarks": "本区补充", "department": "监管股",
    }  # fmt: skip
    draft = items.supplement(above.item, more, rows, by=drafter, now=NOW)
    assert (draft.ratio_a_bp, draft.rows.count(), draft.basis.count()) == (600, 3, 3)
    assert draft.content == "人证相符\n药师在岗\n新的一项"


@pytest.mark.parametrize(
    ("values", "rows", "told"),
    [
        ({}, ROWS[:1], "删去或改动了检查内容“药师在岗”"),
        ({}, [Row("人证相符", "看看", "第四十条", True), ROWS[1]], "改动了检查内容“人证相符”的检查方法"),
        ({}, [Row("人证相符", "现场核对", "", True), ROWS[1]], "改动了检查内容“人证相符”的依据"),
        ({}, [Row("人证相符", "现场核对", "第四十条"), ROWS[1]], "取消了检查内容“人证相符”的关键项标记"),
        ({"ratio_c_bp": 1400}, ROWS, "C级机构抽查比例由 15% 降为 14%"),
        ({"frequency_per_year": 1}, ROWS, "抽查频次由每年 2 次降为 1 次"),
        ({"legal_basis": "《条例》第三十八条"}, ROWS, "删去了抽查依据《办法》第五条"),
        ({"materials": "台账"}, ROWS, "删去了需提供的材料“处方”"),
        ({"qualification": ""}, ROWS, "取消了人员专业要求“药学”"),
        ({"category": "ordinary"}, ROWS, "由重点检查事项改为一般检查事项"),
        ({"method": "书面检查"}, ROWS, "改动了“检查方式”"),
    ],
)
def test_a_bureau_never_asks_less(above, drafter, values, rows, told):
    with pytest.raises(DomainError, match="下级只能增加要求，不能放宽") as refusal:
        items.supplement(above.item, values, rows, by=drafter, now=NOW)
    assert told in refusal.value.message
    assert not InspectionItem.objects.filter(based_on=above.item).exists()


def test_a_veto_of_the_bureau_above_stays(above, drafter, city_staff):
    rows = [Row("人证相符", "现场核对", "第四十条", True, True), ROWS[1]]
    published(items.draft_version(above.item, VALUES, rows, by=city_staff, now=NOW), city_staff, day(1))
    with pytest.raises(DomainError, match="取消了检查内容“人证相符”的否决项标记"):
        items.supplement(above.item, {}, ROWS, by=drafter, now=NOW)


def test_the_next_version_and_the_amended_draft_are_held_to_the_same(ours, drafter):
    with pytest.raises(DomainError, match="抽查频次"):
        items.draft_version(ours.item, items.values_of(ours) | {"frequency_per_year": 1}, by=drafter)
    second = items.draft_version(ours.item, items.values_of(ours), [*ROWS, Row("别的")], by=drafter)
    with pytest.raises(DomainError, match="药师在岗"):
        items.amend_draft(second, {}, ROWS[:1], revision=1, by=drafter)


def test_the_bureau_above_may_change_between_draft_and_publication(above, drafter, city_staff):
    draft = items.supplement(above.item, {}, by=drafter, now=NOW)
    stricter = items.draft_version(above.item, VALUES | {"ratio_d_bp": 3000}, ROWS, by=city_staff, now=NOW)
    published(stricter, city_staff, day(10))
    with pytest.raises(DomainError, match="D级机构抽查比例由 30% 降为 20%"):
        published(draft, drafter, day(10))
    assert published(draft, drafter, day(1)).state == "published"


def test_a_supplement_counts_for_its_bureau_and_not_beside_or_above(above, ours, county, neighbour, city):
    assert list(items.usable(county, TODAY)) == [ours]
    assert list(items.usable(neighbour, TODAY)) == [above]
    assert list(items.usable(city, TODAY)) == [above]
    assert [list(items.listed(bureau)) for bureau in (county, neighbour)] == [[ours], [above]]


def test_a_draft_supplement_replaces_nothing(above, drafter, county):
    items.supplement(above.item, {}, by=drafter, now=NOW)
    assert list(items.usable(county, TODAY)) == [above]


def test_the_lowest_supplement_wins(province, city, city_staff, county, neighbour, drafter):
    office = make_user("bao.shengju", "鲍省局", province, "staff")
    top = published(items.draft_item(province, "全省事项", VALUES, ROWS, by=office, now=NOW), office)
    citys = published(items.supplement(top.item, {"ratio_a_bp": 600}, by=city_staff, now=NOW), city_staff)
    with pytest.raises(DomainError, match="与平顶山市医疗保障局第1版相比：A级机构抽查比例"):
        items.supplement(citys.item, {"ratio_a_bp": 550}, by=drafter, now=NOW)
    countys = published(items.supplement(citys.item, {"ratio_a_bp": 700}, by=drafter, now=NOW), drafter)
    assert countys.item.based_on == top.item
    assert [items.usable(bureau, TODAY).get() for bureau in (county, neighbour, city, province)] == [
        countys, citys, citys, top,
    ]  # fmt: skip


def test_what_a_new_version_above_outdates_is_flagged_at_once_and_unused_from_its_day_on(
    above, ours, county, city_staff
):
    stricter = items.draft_version(above.item, VALUES | {"ratio_d_bp": 3000}, ROWS, by=city_staff, now=NOW)
    published(stricter, city_staff, day(10))
    told = {ours.pk: ["D级机构抽查比例由 30% 降为 20%"]}
    assert inheritance.outdated([ours], inheritance.published()) == told
    assert inheritance.outdated([ours], inheritance.in_force(day(9))) == {}
    assert inheritance.outdated([ours], inheritance.in_force(day(10))) == told
    assert list(items.usable(county, day(9))) == [ours]
    assert list(items.usable(county, day(10))) == [stricter]


def test_a_version_above_that_asks_no_more_leaves_the_supplement_standing(above, ours, county, city_staff):
    looser = items.draft_version(above.item, VALUES | {"ratio_d_bp": 1000}, ROWS, by=city_staff, now=NOW)
    published(looser, city_staff, day(10))
    assert inheritance.outdated([ours], inheritance.published()) == {}
    assert list(items.usable(county, day(10))) == [ours]


def test_a_supplement_drafted_anew_counts_again(above, ours, county, city_staff, drafter):
    stricter = items.draft_version(above.item, VALUES | {"ratio_d_bp": 3000}, ROWS, by=city_staff, now=NOW)
    published(stricter, city_staff, day(10))
    again = items.draft_version(ours.item, items.values_of(ours) | {"ratio_d_bp": 3500}, ROWS, by=drafter)
    published(again, drafter, day(10))
    assert list(items.usable(county, day(10))) == [again]


def test_without_the_item_above_its_supplement_is_out_of_use(above, ours, county, city_staff):
    items.withdraw(above, reason="不再检查", by=city_staff, now=NOW)
    assert list(items.usable(county, TODAY)) == []
    assert inheritance.outdated([ours], inheritance.published()) == {ours.pk: [inheritance.PARENT_GONE]}


def test_a_withdrawn_supplement_gives_way_to_the_item_above(above, ours, county, drafter):
    items.withdraw(ours, reason="不再补充", by=drafter, now=NOW)
    assert list(items.usable(county, TODAY)) == [above]


def test_each_bureau_supplements_an_item_once(above, ours, drafter):
    with pytest.raises(DomainError, match="已经补充过"):
        items.supplement(above.item, {}, by=drafter, now=NOW)


def test_only_what_is_published_above_is_supplemented(city, city_staff, county, drafter, outsider, approver):
    draft = items.draft_item(city, "药店检查", VALUES, by=city_staff, now=NOW)
    with pytest.raises(DomainError, match="没有公布生效的版本"):
        items.supplement(draft.item, {}, by=drafter)
    mine = items.draft_item(county, "本区检查", VALUES, by=drafter, now=NOW)
    for person in (drafter, outsider):
        with pytest.raises(DomainError, match="只能在上级医保局的事项上补充"):
            items.supplement(mine.item, {}, by=person)
    with pytest.raises(PermissionDenied):
        items.supplement(draft.item, {}, by=approver)


def test_the_number_of_queries_does_not_grow(
    above, ours, county, city, drafter, city_staff, django_assert_num_queries
):
    def counted():
        with django_assert_num_queries(5):
            versions = list(items.usable(county, TODAY))
        with django_assert_num_queries(6):
            inheritance.outdated(versions, inheritance.published())
        return versions

    assert len(counted()) == 1
    for n in range(2):
        more = published(items.draft_item(city, f"事项{n}", VALUES, ROWS, by=city_staff, now=NOW), city_staff)
        published(items.supplement(more.item, {}, by=drafter, now=NOW), drafter)
    assert len(counted()) == 3
