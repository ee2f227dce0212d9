"""What a plan means before it is approved (B5)."""

import datetime as dt

import pytest

from inspections.forecast import forecast, forecast_plan
from inspections.team_outlook import Load
from registries.models import Interest
from tests.factories import make_facility, make_inspector, make_task

TODAY = dt.date(2026, 5, 1)


@pytest.fixture
def task(county, drafter):
    return make_task(county, drafter)


def facilities(county, grade, number, start, **fields):
    return [make_facility(county, n, grade=grade, **fields) for n in range(start, start + number)]


def test_each_grade_shows_its_base_pool_quota_and_shortfall(county, task):
    facilities(county, "A", 21, 100)
    facilities(county, "D", 4, 200, agreement_status="suspended")
    facilities(county, "D", 1, 300)
    task.ratio_d_bp = 5000
    rows = {row.grade: row for row in forecast(task, on=TODAY).arithmetic.lines}
    assert (rows["A"].base, rows["A"].pool, rows["A"].quota, rows["A"].shortfall) == (21, 21, 2, 0)
    assert (rows["D"].base, rows["D"].pool, rows["D"].quota, rows["D"].shortfall) == (5, 1, 1, 2)
    assert list(rows) == ["A", "B", "C", "D", "NONE"]
    assert rows["D"].label == "D级"


def test_the_excluded_are_counted_by_reason(county, task):
    facilities(county, "A", 3, 1)
    facilities(county, "A", 2, 100, agreement_status="ended")
    found = forecast(task, on=TODAY)
    assert found.excluded == (("协议已解除", 2),)
    assert (found.arithmetic.base, found.arithmetic.pool) == (5, 3)


def test_the_floor_decides_when_the_ratios_fall_below_it(county, task):
    facilities(county, "A", 40, 1)
    task.ratio_a_bp = 100
    found = forecast(task, on=TODAY).arithmetic
    assert (found.floor, found.top_up, found.total, found.decided_by) == (2, 1, 2, "总量下限补足")
    task.ratio_a_bp = 500
    assert forecast(task, on=TODAY).arithmetic.decided_by == "比例"


def test_visits_are_spread_over_the_eligible_inspectors(county, task):
    facilities(county, "A", 20, 1)
    task.ratio_a_bp, task.team_size = 5000, 2
    for n in (1, 2, 3):
        make_inspector(county, n)
    make_inspector(county, 4, status="suspended")
    found = forecast(task, on=TODAY)
    assert (found.visits, found.places, found.inspectors) == (10, 20, 3)
    assert found.loads == (Load(3, False, 6, 7),)
    assert found.inspectors_out == (("已暂停或退出", 1),)
    assert found.problems == ()


def test_a_year_adds_up_all_tasks_and_rounds(county, drafter, task):
    facilities(county, "A", 20, 1)
    make_task(county, drafter, kinds=["clinic"], rounds=1)
    for n in (1, 2):
        make_inspector(county, n)
    found = forecast_plan(task.plan, on=TODAY)
    assert [one.visits for one in found.tasks] == [1, 1]
    assert (found.visits, found.inspectors, found.visits_each) == (3, 2, 3)


def test_a_plan_without_tasks_means_nothing_yet(task):
    plan = task.plan
    task.delete()
    found = forecast_plan(plan, on=TODAY)
    assert (found.visits, found.inspectors, found.visits_each, found.problems) == (0, 0, 0, [])


# Problems say what to do


def test_too_few_inspectors_are_a_problem(county, task):
    facilities(county, "A", 1, 1)
    make_inspector(county, 1)
    (problem,) = forecast(task, on=TODAY).problems
    assert problem.startswith("可派检查人员只有 1 名，不够组成 2 人的检查组。请")


def test_a_qualification_that_nobody_holds_is_a_problem(county, task):
    facilities(county, "A", 1, 1)
    make_inspector(county, 1)
    make_inspector(county, 2)
    task.qualification = "药学"
    found = forecast(task, on=TODAY)
    assert len(found.gaps) == 1
    assert found.problems == (
        "可派检查人员中没有人具备“药学”专业。请补充人员、登记专业特长，或修改任务的专业要求。",
    )


def test_a_facility_that_recusals_leave_without_a_team_is_named(county, drafter, task):
    blocked, _ = facilities(county, "A", 2, 1)
    inspectors = [make_inspector(county, n) for n in (1, 2)]
    Interest.objects.create(
        inspector=inspectors[0], facility=blocked, relation="近亲属任职", declared_by=drafter
    )
    found = forecast(task, on=TODAY)
    assert found.gaps == (blocked.insurance_code,)
    assert f"1 户机构扣除回避人员后组不成符合要求的检查组：{blocked.insurance_code}。" in found.problems[0]


def test_an_empty_scope_is_a_problem(task):
    assert forecast(task, on=TODAY).problems == ("抽查范围内没有机构。请放宽机构类型、等级、区域或标签。",)


def test_a_shortfall_is_named_with_its_grade(county, task):
    facilities(county, "D", 1, 1, agreement_status="ended")
    make_inspector(county, 1)
    make_inspector(county, 2)
    problems = forecast(task, on=TODAY).problems
    assert any("D级机构按比例少抽 1 户" in problem for problem in problems)
    assert any("总量距离下限还差 1 户" in problem for problem in problems)


def test_a_heavy_year_for_each_inspector_is_a_problem(county, task):
    facilities(county, "A", 60, 1)
    task.ratio_a_bp, task.rounds = 10000, 2
    task.save()
    for n in (1, 2):
        make_inspector(county, n)
    assert forecast_plan(task.plan, on=TODAY).problems == [
        "全年每名检查人员约需检查 120 户，负担偏重。可补充检查人员，或减少抽取次数。"
    ]
