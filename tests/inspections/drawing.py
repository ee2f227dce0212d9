"""Small rosters to draw from, and the settings that make property tests repeat themselves."""

from hypothesis import settings
from hypothesis import strategies as st

from inspections import lottery
from inspections.lottery import FacilityRow, InspectorRow, Rules

SEED = "35463115561121636246"
RATIOS = {"A": 500, "B": 1000, "C": 1500, "D": 2000, "NONE": 1000}

repeatable = settings(derandomize=True, deadline=None, database=None, max_examples=60)
seeds = st.text("0123456789abcdef", min_size=8, max_size=8)


def same_ratio(basis_points, **others):
    return Rules(dict.fromkeys(lottery.GRADES, basis_points), **{"floor_bp": 0, **others})


def pool(size, grade="A"):
    return [FacilityRow(f"F{number:03d}", grade, "in") for number in range(1, size + 1)]


def staff(size, *tags):
    return [InspectorRow.of(f"I{number:02d}", tags, "in") for number in range(1, size + 1)]


def codes(winners):
    return [winner.code for winner in winners]


def draw(facilities, rules, seed=SEED):
    return lottery.draw_facilities(seed, facilities, lottery.quotas_of(lottery.tally(facilities), rules))
