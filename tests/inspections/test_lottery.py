import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections import lottery
from inspections.lottery import FacilityRow, LotteryError, Rules
from tests.inspections.drawing import SEED, codes, draw, pool, repeatable, same_ratio, seeds

# Vectors of section 6


def test_the_order_of_the_recorded_tickets():
    order = sorted(codes_of_vector(), key=lambda code: lottery.ticket(SEED, code))
    assert " ".join(order) == "F005 F003 F008 F001 F010 F009 F002 F004 F006 F007"


def codes_of_vector():
    return [f"F{number:03d}" for number in range(1, 11)]


def test_the_recorded_tickets():
    assert lottery.ticket(SEED, "F005") == "07ce21d14d02efbf537c7e4b5216b62059143d86b0adc6112c2231b8c06fc139"
    assert lottery.ticket(SEED, "F003") == "0bd558a731d3a3d94ba0cc5b335219e0bba4d2a162e9bc348e874cc6504fdfd2"


@pytest.mark.parametrize(("base", "number"), [(0, 0), (1, 1), (20, 1), (21, 2), (40, 2), (41, 3)])
def test_five_percent_is_rounded_up(base, number):
    assert lottery.quota(base, base, 500) == number


def test_a_comma_inside_a_code_is_an_ordinary_character():
    assert lottery.ticket("s", "F1,2") == hashlib.sha256(b"s,F1,2").hexdigest()
    assert lottery.card("s", "I1,2", 3) == (3, hashlib.sha256(b"s,I1,2,3").hexdigest(), "I1,2")


# Seed


def test_the_seed_joins_seal_secret_contributions_and_public_value_with_line_feeds():
    parts = ["5ea1", "5ec7e7", "4 2 6 6 1 3 5 5 2", "第二位见证人掷出一二三四五六七八九"]
    without = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    mixed_in = hashlib.sha256("\n".join([*parts, "03 11 19"]).encode()).hexdigest()
    assert lottery.seed_of(parts[0], parts[1], parts[2:]) == without
    assert lottery.seed_of(parts[0], parts[1], parts[2:], "03 11 19") == mixed_in


@pytest.mark.parametrize(
    ("contributions", "public_value", "message"),
    [
        ([], None, "至少须有一名见证人"),
        (["四五六"], None, "不得少于 16 个字符"),
        (["1234567890123456\n"], None, "须为一行文字"),
        (["12345678\r90123456"], None, "须为一行文字"),
        (["1234567890123456"], "", "公开随机数须为一行文字"),
        (["1234567890123456"], "1\n2", "公开随机数须为一行文字"),
    ],
)
def test_no_seed_without_a_proper_witness(contributions, public_value, message):
    with pytest.raises(LotteryError, match=message):
        lottery.seed_of("seal", "secret", contributions, public_value)


# Facilities


def test_the_lowest_tickets_win_and_stand_in_draw_order():
    assert codes(draw(pool(10), same_ratio(3000))) == ["F005", "F003", "F008"]


def test_facilities_outside_the_pool_are_never_drawn():
    facilities = [row._replace(status="drawn") if row.code == "F005" else row for row in pool(10)]
    assert codes(draw(facilities, same_ratio(3000))) == ["F003", "F008", "F001"]


def test_the_top_up_takes_the_lowest_of_the_rest_over_all_grades():
    grades = {"F005": "A", "F003": "A", "F008": "A", "F001": "B"}
    facilities = [row._replace(grade=grades.get(row.code, "NONE")) for row in pool(10)]
    rules = Rules({"A": 3000, "B": 0, "C": 0, "D": 0, "NONE": 1000}, floor_bp=5000)
    assert [(row.code, row.grade, row.top_up) for row in draw(facilities, rules)] == [
        ("F005", "A", False),
        ("F003", "A", True),
        ("F008", "A", True),
        ("F001", "B", True),
        ("F010", "NONE", False),
    ]


facilities_in_scope = st.dictionaries(
    st.text("F0123456789,药", min_size=1, max_size=6),
    st.tuples(st.sampled_from(lottery.GRADES), st.sampled_from(["in", "in", "drawn"])),
    max_size=60,
).map(lambda rows: [FacilityRow(code, *rest) for code, rest in rows.items()])


@repeatable
@given(
    facilities_in_scope,
    seeds,
    st.integers(0, 10000),
    st.integers(0, 10000),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_roster_does_not_matter(facilities, seed, ratio, floor, random):
    rules = same_ratio(ratio, floor_bp=floor)
    shuffled = random.sample(facilities, len(facilities))
    assert draw(facilities, rules, seed) == draw(shuffled, rules, seed)
    assert lottery.facility_digest(facilities) == lottery.facility_digest(shuffled)


@repeatable
@given(facilities_in_scope, seeds, st.integers(0, 10000), st.integers(0, 10000))
def test_the_winners_are_the_quotas_and_the_top_up(facilities, seed, ratio, floor):
    quotas = lottery.quotas_of(lottery.tally(facilities), same_ratio(ratio, floor_bp=floor))
    winners = lottery.draw_facilities(seed, facilities, quotas)
    by_quota = Counter(winner.grade for winner in winners if not winner.top_up)
    assert [by_quota[row.grade] for row in quotas.rows] == [row.quota for row in quotas.rows]
    assert len(set(codes(winners))) == len(winners) == quotas.total
    assert [winner.ticket for winner in winners] == sorted(winner.ticket for winner in winners)
    assert {winner.code for winner in winners} <= {row.code for row in facilities if row.status == "in"}


@repeatable
@given(facilities_in_scope, seeds, st.integers(0, 10000), st.integers(0, 10000))
def test_a_larger_draw_contains_the_smaller(facilities, seed, first, second):
    small, large = sorted([first, second])
    assert set(codes(draw(facilities, same_ratio(small), seed))) <= set(
        codes(draw(facilities, same_ratio(large), seed))
    )


def test_a_large_pool_is_cut_at_the_same_tickets_as_by_sorting_it_whole():
    facilities = pool(5000)
    expected = sorted(facilities, key=lambda row: lottery.ticket(SEED, row.code))
    for basis_points in (2, 500, 9990, 10000):
        number = lottery.share(5000, basis_points)
        assert codes(draw(facilities, same_ratio(basis_points))) == codes(expected[:number])
