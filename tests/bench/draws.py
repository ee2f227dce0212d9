"""A draw from as many facilities as the nation has."""

from inspections.lottery import FacilityRow, Rules, draw_facilities, facility_roster, quotas_of, tally
from tests.bench.stage import timed

FACILITIES = 1_100_000


def run() -> None:
    grades = ("A", "B", "C", "D", "NONE")
    rows = [FacilityRow(f"H{number:011d}", grades[number % 5], "in") for number in range(FACILITIES)]
    rules = Rules(ratios_bp={"A": 500, "B": 1000, "C": 1500, "D": 2000, "NONE": 1000})
    with timed(f"sort and check a roster of {FACILITIES:,}"):
        roster = facility_roster(rows)
    with timed(f"draw from {FACILITIES:,} facilities"):
        winners = draw_facilities("5eed" * 16, roster, quotas_of(tally(roster), rules))
    print(f"{'':<4}{len(winners):,} drawn")
