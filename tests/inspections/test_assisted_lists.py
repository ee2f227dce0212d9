"""An initiator's list: read from whatever Excel it came in, checked, confirmed once, and turned into visits."""

import datetime as dt
import io

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from inspections import assisted_lists, frequency, pool, teams
from inspections.assisted_matching import document_number
from inspections.models import AssistedEntry, AssistedList, PlanTask, Visit
from inspections.states import VisitState
from registries import trail
from registries.errors import DomainError
from registries.models import TrailEntry
from tests.factories import NOW, make_facility, make_inspector, make_item, make_task, social_credit_code
from tests.factories.workbooks import book

pytestmark = pytest.mark.django_db
HEALTH = "区卫生健康委员会"
PARTNERS = [{"department": HEALTH, "items": ["医疗机构依法执业检查"]}]
HEADER = ("序号", "统一社会信用代码", "机构名称", "地址")
LETTER = {"initiator": HEALTH, "document_number": "卫卫健〔2026〕12号", "drawn_on": dt.date(2026, 3, 30)}


@pytest.fixture(autouse=True)
def morning(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def item(county, drafter):
    return make_item(county, drafter, joint_only=True)


@pytest.fixture
def task(county, drafter, item):
    return assist_task(county, drafter, item)


def assist_task(bureau, by, item, **fields):
    values = {"joint_kind": "assist", "assignment": "assigned", "partners": PARTNERS, "kinds": ["hospital"]}
    return make_task(bureau, by, items=[item], **(values | fields))


def row(facility, **over):
    return (
        1,
        over.get("code", facility.social_credit_code),
        over.get("name", facility.name),
        facility.address,
    )


def listing(*rows, header=HEADER):
    return book({"名单": [["2026年度医疗机构联合抽查名单"], header, *rows]})


def checked(task, content, by, *, filename="名单.xlsx", now=NOW, **letter):
    return assisted_lists.check(task, LETTER | letter, content, filename=filename, by=by, now=now)


def taken_over(task, content, by, **letter):
    ticket = assisted_lists.ticket(checked(task, content, by, **letter), by=by)
    return assisted_lists.take_over(task, ticket, by=by, now=NOW)


def refusal(verb, *args, **kwargs) -> DomainError:
    with pytest.raises(DomainError) as raised:
        verb(*args, **kwargs)
    return raised.value


def reasons(found) -> list[tuple[int, str]]:
    return [(one.row.number, one.reason[:12]) for one in found.refused]


# Reading and matching


def test_rows_are_matched_by_their_credit_code(county, drafter, task):
    one, two = make_facility(county, 1), make_facility(county, 2)
    found = checked(task, listing(row(two), row(one)), drafter)
    assert [(each.row.number, each.facility) for each in found.taken] == [(3, two), (4, one)]
    assert (found.refused, found.warned) == ([], [])


def test_checking_writes_nothing(county, drafter, task):
    content, entries = listing(row(make_facility(county, 1))), TrailEntry.objects.count()
    checked(task, content, drafter)
    written = [AssistedList, AssistedEntry, Visit]
    assert [model.objects.count() for model in written] == [0, 0, 0]
    assert TrailEntry.objects.count() == entries


def test_a_list_as_people_keep_it_is_understood(county, drafter, task):
    """Merged title, a header further down in another department's words, blank rows, full width, small letters, spaces,
    an apostrophe, a second header after a page break, a total at the end, a hidden sheet."""
    facilities = [make_facility(county, n) for n in (1, 2, 3)]
    codes = [one.social_credit_code for one in facilities]
    wide = codes[1].translate({ord(char): ord(char) + 0xFEE0 for char in codes[1]})
    header = (" 序 号", "统一社会\n信用代码", "企业 名称*")
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for line in (
        ["附件"], ["卫东区医疗机构跨部门联合抽查名单"], ["填报单位：区卫健委", "", "2026年3月"], [], header,
        [1, f" {codes[0][:9].lower()} {codes[0][9:].lower()} ", "第1诊所　"], [],
        [2, wide, "第2诊所"],
        header,
        [3, f"'{codes[2]}", "\u200b第3诊所"],
        ["合计：3家"],
    ):  # fmt: skip
        sheet.append(line)
    sheet.merge_cells("A2:C2")
    workbook.create_sheet("字典").sheet_state = "hidden"
    stream = io.BytesIO()
    workbook.save(stream)
    found = checked(task, stream.getvalue(), drafter)
    assert [one.facility for one in found.taken] == facilities
    assert (found.refused, found.warned) == ([], [])


def test_a_text_file_in_the_code_page_of_windows_is_read_too(county, drafter, task):
    facility = make_facility(county, 1)
    text = f"统一社会信用代码,机构名称\r\n{facility.social_credit_code},{facility.name}\r\n"
    found = checked(task, text.encode("gb18030"), drafter, filename="名单.csv")
    assert [one.facility for one in found.taken] == [facility]


def test_each_row_that_is_not_taken_says_why(county, neighbour, drafter, task):
    known, foreign = make_facility(county, 1), make_facility(neighbour, 1)
    found = checked(
        task,
        listing(
            row(known),
            row(known, code=social_credit_code(99)),
            row(known, code=known.social_credit_code[:-1]),
            row(known, code="9.14104E+17"),
            row(known, code=""),
            row(foreign),
            row(known),
        ),
        drafter,
    )
    assert [one.row.number for one in found.taken] == [3]
    assert reasons(found) == [
        (4, "名录库中没有使用这个代码"),
        (5, "统一社会信用代码应为 1"),
        (6, found.refused[2].reason[:12]),
        (7, "统一社会信用代码为空，请"),
        (8, "该机构属于新华区医疗保障"),
        (9, "与第 3 行是同一家机构"),
    ]
    assert "文本" in found.refused[2].reason


def test_a_facility_of_a_bureau_below_is_taken(city, city_staff, county):
    below = make_facility(county, 1)
    task = assist_task(city, city_staff, make_item(city, city_staff))
    assert [one.facility for one in checked(task, listing(row(below)), city_staff).taken] == [below]


def test_the_shops_of_a_chain_are_told_apart_by_their_names(county, drafter, task):
    code = social_credit_code(50)
    east, west = (
        make_facility(county, n, social_credit_code=code, name=name)
        for n, name in ((1, "示例药房东店"), (2, "示例药房西店"))
    )
    found = checked(task, listing(row(west), row(east), row(east, name="示例药房")), drafter)
    assert [one.facility for one in found.taken] == [west, east]
    assert reasons(found) == [(5, "名录库中有 2 家机构使")]


def test_a_duplicate_stands_for_whom_it_was_merged_into(county, drafter, task):
    survivor = make_facility(county, 1)
    merged = make_facility(county, 2, merged_into=survivor, merged_at=NOW, merged_by=drafter)
    found = checked(task, listing(row(merged), row(survivor)), drafter)
    assert [one.facility for one in found.taken] == [survivor]
    assert reasons(found) == [(4, "与第 3 行是同一家机构")]


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({"agreement_status": "suspended"}, "协议已中止"),
        ({"agreement_status": "ended"}, "协议已解除"),
        ({"agreement_to": dt.date(2026, 3, 31)}, "不在协议有效期内"),
    ],
)
def test_an_agreement_that_does_not_run_is_a_warning(county, drafter, task, fields, warning):
    facility = make_facility(county, 1, **fields)
    found = checked(task, listing(row(facility)), drafter)
    assert [(one.facility, one.warnings) for one in found.taken] == [(facility, (warning,))]


def test_another_name_is_a_warning(county, drafter, task):
    found = checked(task, listing(row(make_facility(county, 1), name="曾用名诊所")), drafter)
    assert [one.warnings for one in found.warned] == [("名录库中的名称是“第1诊所”，请核对",)]


def test_beyond_the_cap_only_with_a_legal_ground_or_from_the_blacklist(county, drafter, item, task):
    facility, black = (
        make_facility(county, 1),
        make_facility(county, 2, blacklist_reason="骗保", blacklisted_at=NOW, blacklisted_by=drafter),
    )
    taken_over(task, listing(row(facility), row(black)), drafter)
    county.frequency_cap = 1
    county.save()
    task = PlanTask.objects.get(pk=task.pk)
    other = {"document_number": "卫卫健〔2026〕13号"}
    again = listing(row(black), row(facility))
    found = checked(task, again, drafter, **other)
    assert [one.facility for one in found.taken] == [black]
    assert reasons(found) == [(4, "本年度检查次数已达本局上")]
    task.cap_ground = "《基本医疗卫生与健康促进法》"
    assert checked(task, again, drafter, **other).refused == []


# What is refused as a whole


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (listing((1, "x", "y", "z"), header=("序号", "代码", "名称", "地址")), "没有找到表头"),
        (listing((1, "x", "y", "z"), header=("序号", "统一社会信用代码", "名称", "地址")), "缺少：机构名称"),
        (listing(), "没有数据"),
        (listing(("1", '=CONCATENATE("9","1")', "第1诊所", "")), "公式"),
        (b"PK\x03\x04 torn off", "损坏"),
        (b"", "空的"),
        (b"<html><table></table></html>", "网页"),
        (book({"一": [HEADER, (1, "a", "b", "c")], "二": [HEADER, (1, "a", "b", "c")]}), "一张工作表"),
    ],
    ids=["no header", "half a header", "no rows", "formula", "damaged", "empty", "web page", "two sheets"],
)
def test_a_file_that_is_no_list_is_refused(drafter, task, content, said):
    assert said in refusal(checked, task, content, drafter).message


@pytest.mark.parametrize(
    ("letter", "field"),
    [
        ({"initiator": "区教育局"}, "initiator"),
        ({"document_number": " "}, "document_number"),
        ({"document_number": "长" * 61}, "document_number"),
        ({"drawn_on": None}, "drawn_on"),
        ({"drawn_on": dt.date(2026, 4, 2)}, "drawn_on"),
    ],
)
def test_a_letter_that_makes_no_sense_is_refused_at_its_field(county, drafter, task, letter, field):
    content = listing(row(make_facility(county, 1)))
    assert refusal(checked, task, content, drafter, **letter).field == field


def test_only_an_open_task_that_we_assist_takes_a_list(county, drafter, item):
    content = listing(row(make_facility(county, 1)))
    for fields, said in (
        ({"joint_kind": "lead"}, "本单位配合"),
        ({"ends_on": dt.date(2026, 3, 31)}, "请先调整年度计划"),
        ({"year": 2025}, "请先调整年度计划"),
        ({"state": "draft", "year": 2027}, "公布后"),
    ):
        assert (
            said in refusal(checked, assist_task(county, drafter, item, **fields), content, drafter).message
        )


def test_a_list_is_not_taken_for_an_item_that_is_no_longer_in_force(county, drafter):
    task = assist_task(county, drafter, make_item(county, drafter, effective_from=dt.date(2026, 5, 1)))
    content = listing(row(make_facility(county, 1)))
    assert "没有公布生效" in refusal(checked, task, content, drafter).message


@pytest.mark.parametrize("person", ["approver", "witness", "outsider", "city_staff"])
def test_only_staff_of_the_bureau_bring_a_list_in(county, drafter, task, request, person):
    content, other = listing(row(make_facility(county, 1))), request.getfixturevalue(person)
    ticket = assisted_lists.ticket(checked(task, content, drafter), by=drafter)
    with pytest.raises(PermissionDenied):
        checked(task, content, other)
    with pytest.raises(PermissionDenied):
        assisted_lists.take_over(task, ticket, by=other, now=NOW)


# Confirming


def test_a_confirmed_list_becomes_visits_in_its_order(county, drafter, task):
    one, two = make_facility(county, 1, grade="C"), make_facility(county, 2)
    listed = taken_over(task, listing(row(two), row(one, code=social_credit_code(9)), row(one)), drafter)
    assert (listed.number, listed.document_number, listed.brought_in_at) == (
        "卫医保联〔2026〕1号",
        "卫卫健〔2026〕12号",
        NOW,
    )
    assert list(
        listed.visits.order_by("position").values_list("position", "facility", "code", "grade", "number")
    ) == [
        (1, two.pk, two.insurance_code, "A", listed.number),
        (2, one.pk, one.insurance_code, "C", listed.number),
    ]
    assert {visit.given_at for visit in listed.visits.all()} == {NOW}
    assert list(listed.entries.values_list("row", "facility")) == [(3, two.pk), (4, None), (5, one.pk)]
    assert trail.about(listed).get().after == {
        "发起部门": HEALTH,
        "文号": "卫卫健〔2026〕12号",
        "列入检查": "2家",
    }
    assert [trail.about(visit).get().event for visit in listed.visits.all()] == ["按发起部门名单安排检查"] * 2


def test_its_visits_carry_our_items_and_get_assigned_inspectors(county, drafter, item, task):
    people = [make_inspector(county, n) for n in (1, 2)]
    visit = taken_over(task, listing(row(make_facility(county, 1))), drafter).visits.get()
    assert visit.errand == task
    assert list(visit.errand.items.all()) == [item]
    teams.assign(visit, people, by=drafter, now=NOW)
    visit.refresh_from_db()
    assert (visit.leader, visit.members.count()) == (people[0], 2)


@pytest.mark.parametrize(
    "number", ["卫卫健〔2026〕12号", "卫卫健[2026]12号", " 卫卫健（2026） 12 号", "卫卫健【２０２６】12号"]
)
def test_the_same_document_number_is_refused_however_it_is_written(county, drafter, task, number):
    taken_over(task, listing(row(make_facility(county, 1))), drafter)
    other = listing(row(make_facility(county, 2)))
    refused = refusal(checked, task, other, drafter, document_number=number)
    assert (refused.field, "卫医保联〔2026〕1号" in refused.message) == ("document_number", True)


def test_a_document_number_without_a_year_stays_as_it_is():
    assert document_number("卫健函 第12号") == "卫健函第12号"


def test_the_same_file_is_refused_under_another_number(county, drafter, task):
    content = listing(row(make_facility(county, 1)))
    taken_over(task, content, drafter)
    refused = refusal(checked, task, content, drafter, document_number="卫卫健〔2026〕13号")
    assert (refused.field, "同一个文件" in refused.message) == ("file", True)


def test_confirming_twice_writes_once(county, drafter, task):
    ticket = assisted_lists.ticket(checked(task, listing(row(make_facility(county, 1))), drafter), by=drafter)
    assisted_lists.take_over(task, ticket, by=drafter, now=NOW)
    assert "不能再次导入" in refusal(assisted_lists.take_over, task, ticket, by=drafter, now=NOW).message
    assert Visit.objects.count() == 1


def test_what_changed_since_the_check_is_shown_again_before_anything_is_written(
    county, neighbour, drafter, task
):
    facility = make_facility(county, 1)
    ticket = assisted_lists.ticket(checked(task, listing(row(facility)), drafter), by=drafter)
    facility.bureau = neighbour
    facility.save()
    assert "有了变化" in refusal(assisted_lists.take_over, task, ticket, by=drafter, now=NOW).message
    assert not AssistedList.objects.exists()


def test_a_list_without_a_single_match_is_not_written(county, drafter, task):
    facility = make_facility(county, 1)
    content = listing(row(facility, code=social_credit_code(9)))
    ticket = assisted_lists.ticket(checked(task, content, drafter), by=drafter)
    assert "没有一家" in refusal(assisted_lists.take_over, task, ticket, by=drafter, now=NOW).message


def test_a_ticket_serves_only_its_own_person_and_task_for_some_hours(
    county, drafter, colleague, item, task, time_machine
):
    content = listing(row(make_facility(county, 1)))
    ticket = assisted_lists.ticket(checked(task, content, drafter), by=drafter)
    other = assist_task(county, drafter, item)
    for wrong in (
        (task, ticket, colleague),
        (other, ticket, drafter),
        (task, ticket[:-2] + "xx", drafter),
        (task, "", drafter),
    ):
        *args, by = wrong
        assert "重新上传" in refusal(assisted_lists.take_over, *args, by=by, now=NOW).message
    time_machine.move_to(NOW + dt.timedelta(hours=9), tick=False)
    assert "已经过期" in refusal(assisted_lists.take_over, task, ticket, by=drafter).message
    assert not Visit.objects.exists()


def test_a_list_that_was_brought_in_never_changes(county, drafter, task):
    listed = taken_over(task, listing(row(make_facility(county, 1))), drafter)
    for change in (
        lambda: AssistedList.objects.filter(pk=listed.pk).update(document_number="别的"),
        lambda: listed.entries.update(facility=None),
        lambda: listed.entries.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_an_adjusted_plan_still_knows_the_lists_of_its_earlier_versions(county, drafter, item, task):
    listed = taken_over(task, listing(row(make_facility(county, 1))), drafter)
    later = assist_task(county, drafter, item, root=task)
    assert [list(assisted_lists.lists_of(one)) for one in (task, later)] == [[listed], [listed]]


# What follows for our own draws


def test_whoever_is_on_a_list_counts_as_inspected_and_leaves_our_own_draws(county, drafter, task):
    """A clinic stands outside the scope of the joint task, which is about hospitals."""
    listed, other = make_facility(county, 1), make_facility(county, 2)
    own = make_task(county, drafter, kinds=["clinic"])
    taken_over(task, listing(row(listed)), drafter)
    statuses = {one.facility_id: one.status for one in pool.facilities(own, on=NOW.date())}
    assert statuses == {listed.pk: "joint_plan", other.pk: "in"}
    assert frequency.times(listed, county, NOW.date()) == 1


def test_a_cancelled_visit_and_last_years_list_leave_nobody_out(county, drafter, task):
    facility = make_facility(county, 1)
    visit = taken_over(task, listing(row(facility)), drafter).visits.get()
    own, next_year = make_task(county, drafter), make_task(county, drafter, year=2027)
    assert [one.status for one in pool.facilities(next_year, on=dt.date(2027, 3, 1))] == ["in"]
    Visit.objects.filter(pk=visit.pk).update(state=VisitState.CANCELLED)
    assert [one.status for one in pool.facilities(own, on=NOW.date())] == ["in"]
