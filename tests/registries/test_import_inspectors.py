"""Lists of inspectors and experts (source 003, annex 4) become the registry of people."""

import pytest

from registries.imports import importing
from registries.models import Inspector, TrailEntry
from tests.factories import id_number, make_inspector, workbooks

row = workbooks.inspector_row


def load(rows, county, drafter, *, experts=(), kind="inspectors", **options):
    data = rows if isinstance(rows, bytes) else workbooks.inspectors(rows, experts)
    return importing.run(kind, data, filename="人员.xlsx", bureau=county, by=drafter, **options)


def only_problem(outcome):
    (problem,) = outcome.problems
    return problem


def test_a_list_becomes_the_registry_with_numbers_without_gaps(county, drafter):
    outcome = load([row(1, 专业特长="临床医学、财务审计"), row(2)], county, drafter)
    assert (outcome.new, outcome.problems, outcome.written) == (2, (), True)
    first, second = Inspector.objects.all()
    assert (first.number, second.number) == ("410403-001", "410403-002")
    assert (first.id_number, first.sex, second.sex) == (id_number(1), "男", "女")
    assert first.qualifications == sorted(["临床医学", "财务审计"])
    assert (first.kind, first.certificate_number) == ("inspector", "16040300001")


def test_the_second_list_of_the_annex_holds_experts(county, drafter):
    load([row(1)], county, drafter, experts=[row(3, 执法证号="", 发证时间="")])
    assert dict(Inspector.objects.values_list("number", "kind")) == {
        "410403-001": "inspector",
        "410403-002": "expert",
    }


def test_both_lists_may_stand_below_each_other(county, drafter):
    data = workbooks.book(
        {
            "附件4": [
                ["执法检查人员清单"], workbooks.INSPECTOR_COLUMNS, row(1), [],
                ["可配合监管工作的专业技术人员库"], workbooks.INSPECTOR_COLUMNS, row(3),
            ]
        }
    )  # fmt: skip
    assert load(data, county, drafter).new == 2
    assert list(Inspector.objects.values_list("kind", flat=True)) == ["inspector", "expert"]


def test_a_file_of_experts_alone_says_so_by_its_kind(county, drafter):
    load([row(1)], county, drafter, kind="experts")
    assert Inspector.objects.get().kind == "expert"


def test_the_validity_of_the_certificate_is_read_when_the_column_is_there(county, drafter):
    columns = (*workbooks.INSPECTOR_COLUMNS, "执法证有效期至")
    load(workbooks.book({"清单": [columns, [*row(1), "2029.03.01"]]}), county, drafter)
    assert str(Inspector.objects.get().certificate_valid_until) == "2029-03-01"


def wrong_check_digit():
    right = id_number(1)
    return right[:17] + ("1" if right[17] != "1" else "2")


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"所属单位": ""}, "A", "请填写所属单位。"),
        ({"身份证号": wrong_check_digit()}, "D", "末位校验码不符"),
        ({"身份证号": id_number(1)[:15]}, "D", "15 位旧身份证号"),
        ({"身份证号": 410403198001010014}, "D", "科学计数法"),
        ({"身份证号": "410403198001010000"}, "D", "Excel 把后三位舍成了 0"),
        ({"性别": "女"}, "D", "身份证号第 17 位"),
        ({"性别": "先生"}, "E", "不在可选范围内"),
        ({"发证时间": "2099-01-01"}, "G", "晚于今天"),
        ({"发证时间": "2024年"}, "G", "请按 2026-01-31 的样式填写"),
        ({"联系电话": "13800"}, "H", "有误"),
        ({"专业特长": ""}, "J", "请填写专业特长。"),
    ],
)
def test_each_kind_of_mistake_is_told_with_its_column(county, drafter, cells, column, message):
    problem = only_problem(load([row(1, **cells)], county, drafter))
    assert (problem.row, problem.column) == (3, column)
    assert message in problem.message
    assert not Inspector.objects.exists()


def test_a_problem_reads_row_column_value_message(county, drafter):
    wrong = wrong_check_digit()
    problem = only_problem(load([row(1, 身份证号=wrong)], county, drafter))
    assert str(problem) == f"3 D {wrong}: {problem.message}"


def test_for_the_screen_numbers_of_people_are_masked_in_value_and_message(county, drafter):
    outcome = load([row(1, 身份证号=wrong_check_digit(), 联系电话="1380375000")], county, drafter)
    shown = str(outcome.for_screen())
    assert "1380375000" not in shown
    assert wrong_check_digit() not in shown
    assert "138***5000" in shown


def test_for_the_screen_an_id_number_in_the_wrong_column_is_masked_too(county, drafter):
    number = "410403198001010011"
    outcome = load([row(1, 执法证号=f"证{number}" * 3)], county, drafter)
    assert outcome.problems
    assert number not in str(outcome.for_screen())


def test_a_certificate_of_odd_length_is_questioned(county, drafter):
    rows = [row(number) for number in range(1, 5)] + [row(5, 执法证号="160403")]
    problem = only_problem(load(rows, county, drafter))
    assert (problem.row, problem.column) == (7, "F")
    assert "多数为 11 位" in problem.message


def test_the_certificates_of_the_registry_tell_what_is_odd_too(county, drafter):
    load([row(number) for number in range(1, 4)], county, drafter)
    assert only_problem(load([row(5, 执法证号="160403")], county, drafter)).column == "F"


@pytest.mark.parametrize(
    ("second", "column", "what"),
    [
        ({"身份证号": id_number(1), "执法证号": "16040300009"}, "D", "身份证号"),
        ({"执法证号": "16040300001"}, "F", "执法证号"),
    ],
)
def test_a_number_named_twice_in_the_list_is_refused(county, drafter, second, column, what):
    problem = only_problem(load([row(1), row(3, **second)], county, drafter))
    assert (problem.row, problem.column) == (4, column)
    assert problem.message == f"与第 3 行的{what}重复，请核对后修改。"


def test_the_certificate_of_somebody_else_in_the_registry_is_refused(county, drafter):
    make_inspector(county, 7, certificate_number="16040300001")
    problem = only_problem(load([row(1)], county, drafter))
    assert (problem.column, "已登记在" in problem.message) == ("F", True)


def test_a_second_list_amends_the_person_with_that_id_number(county, drafter):
    load([row(1, 职务="科员")], county, drafter)
    outcome = load([row(1, 职务="股长", 联系电话="0375-2999999")], county, drafter)
    (change,) = outcome.changes
    assert change.lines == (("职务", "科员", "股长"), ("联系电话", "（不显示）", "（不显示）"))
    person = Inspector.objects.get()
    assert (person.post, person.phone, person.revision) == ("股长", "0375-2999999", 2)


def test_the_same_person_may_serve_at_another_bureau(county, neighbour, drafter):
    make_inspector(neighbour, 1)
    assert load([row(1)], county, drafter).new == 1


def test_inspectors_without_a_certificate_are_counted_in_a_note(county, drafter):
    assert load([row(1, 执法证号="")], county, drafter).notes == (
        "1 名执法检查人员没有填写执法证号，不能参加抽取。",
    )


def test_the_trail_holds_no_number_of_a_person(county, drafter):
    load([row(1)], county, drafter)
    load([row(1, 联系电话="0375-2999999")], county, drafter)
    everything = "".join(f"{one.before}{one.after}{one.note}" for one in TrailEntry.objects.all())
    assert TrailEntry.objects.count() == 4
    assert not any(number in everything for number in (id_number(1), "2000001", "2999999"))
