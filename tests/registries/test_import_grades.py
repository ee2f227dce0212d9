"""A credit platform's monthly file changes grades in bulk: all of it or nothing of it (A6)."""

import datetime as dt
import io

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registries import facilities, trail
from registries.imports import importing
from registries.models import Facility, GradeChange, ImportDraft, TrailEntry
from tests.factories import NOW, insurance_code, make_facility, make_task, social_credit_code, workbooks

pytestmark = pytest.mark.django_db
row = workbooks.grade_row


def load(rows, bureau, by, name="2026年3月信用评价.xlsx", **options):
    data = rows if isinstance(rows, bytes) else workbooks.grades(rows)
    return importing.run("grades", data, filename=name, bureau=bureau, by=by, now=NOW, **options)


def problems(outcome):
    return [(problem.row, problem.column, problem.message) for problem in outcome.problems]


@pytest.fixture
def clinic(county):
    return make_facility(county, 1, grade="A", name="光明路诊所")


def test_a_file_changes_grades_with_history_trail_and_revision(county, drafter, clinic):
    other = make_facility(county, 2, grade="C")
    outcome = load([row(clinic, "D级"), row(other, "C级")], county, drafter)
    assert (outcome.written, outcome.new, outcome.changed, outcome.unchanged) == (True, 0, 1, 1)
    clinic.refresh_from_db()
    step = clinic.grade_changes.get()
    assert (clinic.grade, clinic.revision) == ("D", 2)
    assert (step.grade, step.source, step.effective_on, step.changed_by, step.changed_at) == (
        "D",
        "文件：2026年3月信用评价.xlsx",
        dt.date(2026, 4, 1),
        drafter,
        NOW,
    )
    entry = trail.about(clinic).get()
    assert (entry.event, entry.before, entry.after) == ("批量变更信用等级", {"grade": "A"}, {"grade": "D"})
    assert entry.note == "来源：文件：2026年3月信用评价.xlsx；自 2026-04-01 起生效"
    assert not other.grade_changes.exists()
    assert not trail.about(other).exists()
    assert trail.about(county).get().event == "导入信用等级名单"


def test_a_source_named_in_the_file_goes_before_the_files_name(county, drafter, clinic):
    load([row(clinic, "B级", 评级来源="信用评价〔2026〕3号")], county, drafter)
    assert clinic.grade_changes.get().source == "信用评价〔2026〕3号"
    assert trail.about(clinic).get().note == (
        "来源：信用评价〔2026〕3号；自 2026-04-01 起生效；文件：2026年3月信用评价.xlsx"
    )


def test_checking_alone_changes_nothing_and_names_before_and_after(county, drafter, clinic):
    outcome = load([row(clinic, "Ｄ")], county, drafter, check_only=True)
    (change,) = outcome.changes
    assert (change.row, change.subject, change.lines) == (3, "光明路诊所", (("信用等级", "A级", "D级"),))
    clinic.refresh_from_db()
    assert (clinic.grade, GradeChange.objects.count(), TrailEntry.objects.count()) == ("A", 0, 0)


def test_a_credit_code_alone_regrades_every_branch_and_says_so(county, drafter, clinic):
    branch = make_facility(county, 2, name="光明路诊所分部", social_credit_code=clinic.social_credit_code)
    cells = {"国家医保编码": "", "统一社会信用代码": clinic.social_credit_code}
    outcome = load([row(clinic, "C级", **cells)], county, drafter)
    assert set(Facility.objects.values_list("pk", "grade")) == {(clinic.pk, "C"), (branch.pk, "C")}
    assert outcome.notes == (
        "一个统一社会信用代码对应几家机构的，几家都按该行的等级登记："
        "第 3 行 2 家（光明路诊所、光明路诊所分部）。",
    )


def test_both_codes_name_one_branch_alone(county, drafter, clinic):
    make_facility(county, 2, social_credit_code=clinic.social_credit_code)
    outcome = load([row(clinic, "C级", 统一社会信用代码=clinic.social_credit_code)], county, drafter)
    assert outcome.changed == 1
    assert list(Facility.objects.filter(grade="C")) == [clinic]


def test_codes_with_spaces_full_width_and_small_letters_are_understood(county, drafter, clinic):
    messy = {"国家医保编码": " ｈ410403 00001", "评价日期": "2026年4月1日", "机构名称": "光 明路诊所（总部）"}
    outcome = load([row(clinic, " b 级", **messy)], county, drafter)
    assert (outcome.written, outcome.notes) == (True, ())


def test_a_different_name_is_a_note_and_no_problem(county, drafter, clinic):
    outcome = load([row(clinic, "B级", 机构名称="建设路药店")], county, drafter)
    assert outcome.written
    assert outcome.notes == (
        "机构名称与名录不同的，以编码为准，请核对是否同一家：第 3 行“建设路药店”，名录为“光明路诊所”。",
    )


def test_many_different_names_are_counted_and_five_are_named(county, drafter):
    rows = [row(make_facility(county, n), "B级", 机构名称=f"甲{n}") for n in range(1, 8)]
    (note,) = load(rows, county, drafter).notes
    assert note.count("名录为") == 5
    assert "另有 2 处" in note


def test_facilities_that_the_file_leaves_out_are_counted_and_stay(county, drafter, clinic):
    missing = make_facility(county, 2, grade="B")
    outcome = load([row(clinic, "C级")], county, drafter)
    assert (outcome.missing, outcome.named["missing"]) == (1, [(missing.insurance_code, "第2诊所")])
    missing.refresh_from_db()
    assert (missing.grade, missing.revision) == ("B", 1)


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"国家医保编码": ""}, "A", "至少填写一项"),
        ({"国家医保编码": "X1"}, "A", "国家医保编码应为 H"),
        ({"国家医保编码": insurance_code(999)}, "A", f"本局名录中没有国家医保编码为 {insurance_code(999)} 的机构"),
        ({"国家医保编码": "", "统一社会信用代码": social_credit_code(999)}, "B", "本局名录中没有统一社会信用代码"),
        ({"统一社会信用代码": social_credit_code(999)}, "B", "与本行不一致"),
        ({"统一社会信用代码": "9.14104E+17"}, "B", "科学计数法"),
        ({"信用等级": "E级"}, "D", "不在可选范围内"),
        ({"信用等级": ""}, "D", "请填写信用等级"),
        ({"评价日期": ""}, "E", "请填写评价日期"),
        ({"评价日期": "2026-02-30"}, "E", "不存在"),
        ({"评价日期": "2026-04-02"}, "E", "晚于今天"),
        ({"评级来源": "长" * 101}, "F", "最多 100 字"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_and_nothing_is_written(county, drafter, clinic, cells, column, words):
    good = make_facility(county, 2, grade="A")
    outcome = load([row(good, "D级"), row(clinic, "D级", **cells)], county, drafter)
    ((number, letter, message),) = problems(outcome)
    assert (number, letter) == (4, column)
    assert words in message
    assert outcome.effects == {}
    assert set(Facility.objects.values_list("grade", flat=True)) == {"A"}


def test_another_bureaus_facility_is_refused_by_either_code(county, neighbour, drafter, clinic):
    theirs = make_facility(neighbour, 5)
    by_credit_code = {"国家医保编码": "", "统一社会信用代码": theirs.social_credit_code}
    outcome = load([row(theirs, "D级"), row(theirs, "D级", **by_credit_code)], county, drafter)
    message = "这家机构由新华区医疗保障局登记，本局不能变更其信用等级，请删去这一行。"
    assert problems(outcome) == [(3, "A", message), (4, "B", message)]


def test_the_same_facility_with_two_grades_is_refused_on_its_later_row(county, drafter, clinic):
    by_credit_code = {"国家医保编码": "", "统一社会信用代码": clinic.social_credit_code}
    outcome = load([row(clinic, "B级"), row(clinic, "C级", **by_credit_code)], county, drafter)
    ((number, column, message),) = problems(outcome)
    assert (number, column) == (4, "D")
    assert "“光明路诊所”在第 3 行是B级，在本行是C级" in message


def test_the_same_facility_twice_with_one_grade_is_one_step(county, drafter, clinic):
    outcome = load([row(clinic, "B级"), row(clinic, "B级")], county, drafter)
    assert (outcome.written, outcome.changed) == (True, 1)
    assert clinic.grade_changes.count() == 1


def test_an_old_file_does_not_undo_a_newer_grade(county, drafter, clinic):
    facilities.regrade(clinic, "C", source="复评", effective_on=NOW.date(), by=drafter, now=NOW)
    ((number, column, message),) = problems(
        load([row(clinic, "A级", 评价日期="2026-03-31")], county, drafter)
    )
    assert (number, column) == (3, "E")
    assert "最近一次评级自 2026-04-01 起生效" in message
    assert load([row(clinic, "C级", 评价日期="2026-03-31")], county, drafter).unchanged == 1


def test_a_merged_facility_is_pointed_to_the_one_it_went_into(county, drafter, clinic):
    gone = make_facility(
        county, 2, merged_into=clinic, merged_at=NOW, merged_by=drafter,
        social_credit_code=clinic.social_credit_code,
    )  # fmt: skip
    ((number, _, message),) = problems(load([row(gone, "D级")], county, drafter))
    assert (number, message) == (3, "“第2诊所”已并入“光明路诊所”，请改填合并后机构的编码。")
    by_credit_code = {"国家医保编码": "", "统一社会信用代码": clinic.social_credit_code}
    assert load([row(clinic, "D级", **by_credit_code)], county, drafter).changed == 1


def test_the_effect_counts_from_grade_to_grade(county, drafter):
    for n, grade in enumerate(("A", "A", "A", "B"), 1):
        make_facility(county, n, grade=grade)
    first, second, third, fourth = Facility.objects.order_by("insurance_code")
    rows = [row(first, "B级"), row(second, "B级"), row(third, "A级"), row(fourth, "未评级")]
    effects = load(rows, county, drafter, check_only=True).effects
    counts = {row["label"]: [cell["count"] for cell in row["cells"]] for row in effects["moves"]}
    assert effects["labels"] == ["A级", "B级", "C级", "D级", "未评级"]
    assert counts == {"A级": [1, 2, 0, 0, 0], "B级": [0, 0, 0, 0, 1]}
    assert effects["changes"] == 3


def test_the_report_shows_moves_and_the_plan_before_it_is_confirmed(
    county, drafter, clinic, signed_in, time_machine
):
    time_machine.move_to(NOW, tick=False)
    make_task(county, drafter)
    report = load([row(clinic, "D级")], county, drafter, check_only=True).for_screen()
    draft = ImportDraft.objects.create(
        bureau=county,
        kind="grades",
        filename="三月.xlsx",
        report=report,
        state="checked",
        uploaded_by=drafter,
    )
    page = signed_in(drafter).get(reverse("registries:import_draft", args=[draft.pk])).content.decode()
    for words in (
        "等级变动",
        "改为D级",
        "定点医药机构监督检查（第 1 轮）",
        "预计抽取 1 家 → <strong>1 家</strong>",
    ):
        assert words in page


def test_a_file_that_changes_nothing_says_so(county, drafter, clinic):
    effects = load([row(clinic, "A级")], county, drafter, check_only=True).effects
    assert (effects["changes"], effects["tasks"]) == (0, [])


def test_grades_have_a_template_and_no_export_of_their_own(drafter, signed_in):
    staff = signed_in(drafter)
    content = staff.get(reverse("registries:template", args=["grades"])).getvalue()
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert tuple(cell.value for cell in sheet[2]) == workbooks.GRADE_COLUMNS
    (choice,) = sheet.data_validations.dataValidation
    assert str(choice.sqref).startswith("D3")
    assert staff.post(reverse("registries:export", args=["grades"])).status_code == 404


def test_the_list_of_facilities_leads_to_the_upload(drafter, signed_in):
    staff = signed_in(drafter)
    assert "imports/?kind=grades" in staff.get(reverse("registries:facilities")).content.decode()
    form = staff.get(reverse("registries:imports") + "?kind=grades").context["form"]
    assert form["kind"].value() == "grades"


def test_only_staff_of_the_bureau_imports_grades(county, approver, outsider, city_staff, clinic):
    for stranger in (approver, outsider, city_staff):
        with pytest.raises(PermissionDenied):
            load([row(clinic, "D级")], county, stranger)


def test_more_rows_do_not_take_more_queries(county, drafter):
    def queries(numbers):
        rows = [row(make_facility(county, n, grade="A"), "D级") for n in numbers]
        with CaptureQueriesContext(connection) as captured:
            assert load(rows, county, drafter).changed == len(rows)
        return len(captured)

    queries([100])  # what a person may do is asked once
    assert queries([1]) == queries(range(10, 40))
