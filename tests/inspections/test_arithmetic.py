"""The figures of a draw and the words that say which rule decided them."""

import pytest

from inspections.arithmetic import Arithmetic
from inspections.sealing import GRADES, Rules, quotas_of

RATIOS = {"A": 500, "B": 1000, "C": 1500, "D": 2000, "NONE": 1250}


def arithmetic(floor_bp=300, ratios=RATIOS, **counts):
    """`counts`: (in scope, in the pool) by grade."""
    rules = Rules(ratios, floor_bp=floor_bp)
    return Arithmetic(quotas_of(dict.fromkeys(GRADES, (0, 0)) | counts, rules), rules)


def line(found, grade):
    return next(one for one in found.lines if one.grade == grade)


@pytest.mark.parametrize(
    ("base", "wanted", "how"),
    [
        (0, 0, "范围内没有机构"),
        (1, 1, "1 × 5% = 0.05，进位为 1"),
        (20, 1, "20 × 5% = 1"),
        (21, 2, "21 × 5% = 1.05，进位为 2"),
        (4000, 200, "4000 × 5% = 200"),
    ],
)
def test_a_grade_shows_how_its_ratio_is_carried_up(base, wanted, how):
    row = line(arithmetic(A=(base, base)), "A")
    assert (row.wanted, row.quota, row.shortfall, row.how) == (wanted, wanted, 0, how)
    assert row.decided_by == ("比例" if wanted else "不抽")


def test_a_pool_that_is_too_small_decides_and_says_so():
    row = line(arithmetic(D=(11, 2)), "D")
    assert (row.wanted, row.quota, row.shortfall, row.decided_by) == (3, 2, 1, "在池不足")
    assert row.how == "11 × 20% = 2.2，进位为 3，在池只有 2 户"


def test_a_ratio_of_nothing_is_told_apart_from_an_empty_grade():
    row = line(arithmetic(ratios=RATIOS | {"A": 0}, A=(9, 9)), "A")
    assert (row.quota, row.decided_by, row.how) == (0, "不抽", "比例设为 0")


def test_the_ratios_decide_where_they_reach_the_floor():
    found = arithmetic(A=(40, 38), B=(10, 10))
    assert (found.base, found.pool, found.wanted, found.by_ratio, found.top_up, found.total) == (
        50, 48, 3, 3, 0, 3,
    )  # fmt: skip
    assert (found.floor, found.floor_how, found.floor_decides) == (
        2, "50 × 3% = 1.5，进位为 2", "已经达到，不补抽",
    )  # fmt: skip
    assert (found.decided_by, found.verdict) == (
        "比例", "按比例合计 3 户，不低于总量下限 2 户，不需要补抽。",
    )  # fmt: skip


def test_the_floor_decides_where_they_do_not():
    found = arithmetic(floor_bp=2000, A=(40, 38))
    assert (found.by_ratio, found.floor, found.top_up, found.total) == (2, 8, 6, 8)
    assert (found.decided_by, found.floor_decides) == ("总量下限补足", "总量下限补足")
    assert found.verdict == (
        "按比例合计 2 户，低于总量下限 8 户，从其余在池机构中不分等级补抽 6 户，共 8 户。"
    )


@pytest.mark.parametrize(("in_pool", "top_up"), [(1, 0), (3, 1)])
def test_a_pool_that_is_empty_before_the_floor_is_reached_is_told(in_pool, top_up):
    found = arithmetic(floor_bp=2000, A=(40, in_pool))
    assert (found.top_up, found.total, found.floor_shortfall) == (top_up, in_pool, 8 - in_pool)
    assert found.decided_by == "在池不足"
    assert found.verdict.endswith(f"共 {in_pool} 户，比总量下限 8 户还少 {8 - in_pool} 户。")


def test_the_lines_add_up_to_the_total():
    found = arithmetic(A=(21, 21), B=(7, 0), C=(3, 3), NONE=(9, 5))
    assert sum(row.quota for row in found.lines) == found.by_ratio == found.total - found.top_up
    assert sum(row.shortfall for row in found.lines) == found.shortfall == 1
