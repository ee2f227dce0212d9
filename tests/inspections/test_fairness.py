"""Nobody has a better chance than another: counted over thousands of seeds, always the same ones.

Each count is held against its expectation by chi-square. A fair lottery falls under SIGNIFICANCE once in a thousand
counts; since the seeds are fixed, a test here fails only when the lottery itself changes.
"""

import math
from collections import Counter
from hashlib import sha256
from itertools import combinations, permutations

import pytest

from inspections import lottery
from inspections.lottery import FacilityRow, Rules
from tests.inspections.drawing import RATIOS, codes, draw, pool, same_ratio, staff

SIGNIFICANCE = 0.001
SEEDS = tuple(sha256(str(number).encode()).hexdigest() for number in range(2000))


def chi_square(counts, expected):
    return sum((count - mean) ** 2 / mean for count, mean in zip(counts, expected, strict=True))


def p_value(found, freedom):
    """How likely a fair draw gives this chi-square or more: the upper incomplete gamma function, term by term."""
    half, step = found / 2, freedom % 2 / 2 or 1.0
    probability = math.erfc(math.sqrt(half)) if freedom % 2 else math.exp(-half)
    while step < freedom / 2:
        probability += half**step * math.exp(-half) / math.gamma(step + 1)
        step += 1
    return probability


def fair(tally, among, *, drawn=1):
    """The p of an even choice among these, where each time `drawn` of them are taken and nobody twice.

    Counts without replacement spread less, by the factor that stands here.
    """
    among = list(among)
    counts = [tally[one] for one in among]
    assert sum(counts) == tally.total() > 0
    found = chi_square(counts, [tally.total() / len(among)] * len(among))
    return p_value(found * (len(among) - 1) / (len(among) - drawn), len(among) - 1)


@pytest.mark.parametrize(("found", "freedom"), [(10.828, 1), (18.467, 4), (43.820, 19), (99.607, 60)])
def test_the_p_of_a_tabled_chi_square(found, freedom):
    assert p_value(found, freedom) == pytest.approx(SIGNIFICANCE, rel=0.01)


def test_a_small_bias_would_be_noticed():
    """One facility in twenty drawn a third more often than the others."""
    tally = Counter(dict.fromkeys(range(20), 500)) + Counter({0: 167})
    assert fair(tally, range(20), drawn=5) < SIGNIFICANCE


# Facilities: five grades at their own ratios, some of each outside the pool, and a top-up

SIZES = {"A": 30, "B": 20, "C": 15, "D": 15, "NONE": 10}
OUTSIDE = 2
SCOPE = [
    FacilityRow(f"{grade}{number:02d}", grade, "drawn" if number < OUTSIDE else "in")
    for grade, size in SIZES.items()
    for number in range(size)
]
WITH_TOP_UP = Rules(RATIOS, floor_bp=2500)


def in_pool(grade):
    return [row.code for row in SCOPE if row.grade == grade and row.status == "in"]


@pytest.fixture(scope="module")
def drawn():
    return [draw(SCOPE, WITH_TOP_UP, seed) for seed in SEEDS]


@pytest.mark.parametrize("grade", SIZES)
def test_every_facility_of_a_grade_is_drawn_equally_often(drawn, grade):
    tally = Counter(row.code for winners in drawn for row in winners if row.grade == grade and not row.top_up)
    quota = lottery.share(SIZES[grade], RATIOS[grade])
    assert tally.total() == quota * len(SEEDS)
    assert fair(tally, in_pool(grade), drawn=quota) > SIGNIFICANCE


@pytest.mark.parametrize("grade", SIZES)
def test_the_top_up_takes_every_facility_of_a_grade_equally_often(drawn, grade):
    """One of a grade and draw is counted, because several of them exclude one another."""
    tally = Counter()
    for winners in drawn:
        tally.update([row.code for row in winners if row.grade == grade and row.top_up][:1])
    assert fair(tally, in_pool(grade)) > SIGNIFICANCE


def test_a_top_up_where_no_grade_has_a_quota_prefers_none():
    """Where grades have quotas it does: those whose lowest tickets were taken have fewer low ones left."""
    left = {grade: size - OUTSIDE for grade, size in SIZES.items()}
    taken, everybody = lottery.share(len(SCOPE), 1000), sum(left.values())
    tally = Counter(row.grade for seed in SEEDS for row in draw(SCOPE, same_ratio(0, floor_bp=1000), seed))
    assert tally.total() == taken * len(SEEDS)
    expected = [tally.total() * left[grade] / everybody for grade in SIZES]
    found = chi_square([tally[grade] for grade in SIZES], expected)
    assert p_value(found * (everybody - 1) / (everybody - taken), len(SIZES) - 1) > SIGNIFICANCE


def test_everybody_in_the_pool_is_drawn_some_time_and_nobody_else(drawn):
    inside = {code for grade in SIZES for code in in_pool(grade)}
    assert {row.code for winners in drawn for row in winners} == inside


def test_every_facility_stands_first_in_the_draw_order_equally_often():
    """The first takes the first choice of inspectors: a chance of its own."""
    facilities = pool(12)
    tally = Counter(codes(draw(facilities, same_ratio(2500), seed))[0] for seed in SEEDS)
    assert fair(tally, codes(facilities)) > SIGNIFICANCE


# Inspectors


def deal(seed, inspectors, facilities, *, team_size=2, qualification=""):
    order = [f"F{number}" for number in range(facilities)]
    return lottery.deal_teams(seed, order, inspectors, [], team_size=team_size, qualification=qualification)


def loads(teams, inspectors):
    held = lottery.visits_held([member.inspector for member in team.members] for team in teams)
    return {row.code: held[row.code] for row in inspectors}


def spread(teams, inspectors):
    found = loads(teams, inspectors).values()
    return max(found) - min(found)


SIX = staff(6)


@pytest.fixture(scope="module")
def dealt():
    """Eight facilities to six inspectors: everybody is dealt to more than once."""
    return [deal(seed, SIX, 8) for seed in SEEDS]


@pytest.mark.parametrize("position", [0, 3, 7])
def test_pairs_of_inspectors_spread_evenly(dealt, position):
    """One facility of each draw, because the teams of one draw depend on one another."""
    tally = Counter(tuple(card.inspector for card in teams[position].members) for teams in dealt)
    assert fair(tally, permutations(codes(SIX), 2)) > SIGNIFICANCE
    pairs = Counter()
    for places, number in tally.items():
        pairs[tuple(sorted(places))] += number
    assert fair(pairs, combinations(codes(SIX), 2)) > SIGNIFICANCE


def test_every_inspector_is_sent_to_a_facility_equally_often(dealt):
    tally = Counter(card.inspector for teams in dealt for card in teams[5].members)
    assert fair(tally, codes(SIX), drawn=2) > SIGNIFICANCE


def test_every_inspector_is_sent_equally_often_where_not_all_are_needed():
    inspectors, tally = staff(12), Counter()
    for seed in SEEDS:
        tally.update(card.inspector for team in deal(seed, inspectors, 2) for card in team.members)
    assert fair(tally, codes(inspectors), drawn=4) > SIGNIFICANCE


# Loads without recusals: docs/draw-protocol.md says why these are the bounds


def test_the_first_places_of_two_inspectors_differ_by_one_at_most(dealt):
    for teams in dealt:
        firsts = Counter(team.members[0].inspector for team in teams)
        assert {firsts[code] for code in codes(SIX)} == {1, 2}


@pytest.mark.parametrize(
    ("inspectors", "facilities"), [(2, 9), (3, 3), (3, 7), (4, 6), (5, 13), (7, 40), (20, 60)]
)
def test_the_visits_of_two_inspectors_in_teams_of_two_differ_by_two_at_most(inspectors, facilities):
    people = staff(inspectors)
    assert max(spread(deal(seed, people, facilities), people) for seed in SEEDS[:150]) <= 2


def test_they_differ_by_two_when_who_has_fewest_already_goes_there():
    """Three inspectors, three facilities, everybody first once: the last facility's own first member is left over."""
    people = staff(3)
    apart = [teams for seed in SEEDS[:300] if spread(teams := deal(seed, people, 3), people) == 2]
    assert 50 < len(apart) < 150
    for teams in apart:
        held = loads(teams, people)
        assert sorted(held.values()) == [1, 2, 3]
        assert held[teams[-1].members[0].inspector] == 1


def test_in_most_draws_the_visits_differ_by_one_at_most():
    people = staff(20)
    within_one = sum(spread(deal(seed, people, 35), people) <= 1 for seed in SEEDS[:200])
    assert within_one >= 190


def test_with_a_qualification_the_others_differ_by_one_at_most():
    """Who alone may take the first places goes more often; the rest is shared evenly."""
    qualified, others = staff(3, "药学"), [row._replace(code=f"N{row.code}") for row in staff(8)]
    for seed in SEEDS[:200]:
        teams = deal(seed, [*qualified, *others], 20, qualification="药学")
        assert sorted(Counter(team.members[0].inspector for team in teams).values()) == [6, 7, 7]
        assert spread(teams, others) <= 1
