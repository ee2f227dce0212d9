"""What a deal will mean for inspectors: the expected loads, held against the deal itself, and facilities without a team."""

import pytest

from inspections import lottery
from inspections.lottery import InspectorRow, RecusalRow, Rules
from inspections.team_outlook import Gap, Load, gaps, loads

RATIOS = dict.fromkeys(("A", "B", "C", "D", "NONE"), 1000)


def rules(team_size=2, qualification=""):
    return Rules(RATIOS, team_size=team_size, qualification=qualification)


def staff(able, qualified=0, out=0):
    people = [InspectorRow(f"I{n:02d}", "药学" if n < qualified else "", "in") for n in range(able)]
    return people + [InspectorRow(f"X{n}", "药学", "on_leave") for n in range(out)]


@pytest.mark.parametrize(
    ("visits", "people", "expected"),
    [
        (10, staff(3, out=2), [Load(3, False, 6, 7)]),
        (6, staff(4), [Load(4, False, 3, 3)]),
        (0, staff(4), [Load(4, False, 0, 0)]),
        (5, staff(0, out=2), []),
    ],
)
def test_visits_are_spread_evenly_over_those_who_can_be_sent(visits, people, expected):
    assert list(loads(visits, people, rules())) == expected


def test_the_few_who_are_qualified_take_every_first_place():
    wanted = rules(qualification="药学")
    assert loads(12, staff(6, qualified=2), wanted) == (Load(2, True, 6, 6), Load(4, False, 3, 3))


def test_enough_qualified_people_carry_no_more_than_the_others():
    wanted = rules(qualification="药学")
    assert loads(12, staff(6, qualified=4), wanted) == (Load(6, False, 4, 4),)
    assert loads(12, staff(6, qualified=6), wanted) == (Load(6, True, 4, 4),)


def test_nothing_is_expected_where_nobody_is_qualified():
    assert loads(12, staff(6), rules(qualification="药学")) == ()


@pytest.mark.parametrize(
    ("visits", "able", "qualified", "team_size"),
    [(9, 2, 0, 2), (13, 5, 0, 2), (40, 7, 0, 2), (12, 6, 2, 2), (30, 8, 5, 2), (20, 6, 1, 3), (25, 9, 0, 4)],
)
def test_a_deal_stays_within_two_visits_of_what_was_expected(visits, able, qualified, team_size):
    people, wanted = staff(able, qualified), "药学" if qualified else ""
    expected = loads(visits, people, rules(team_size, wanted))
    facilities = [f"F{n:03d}" for n in range(visits)]
    for seed in ("a" * 64, "b" * 64, "c" * 64):
        teams = lottery.deal_teams(seed, facilities, people, [], team_size=team_size, qualification=wanted)
        held = lottery.visits_held([card.inspector for card in team.members] for team in teams)
        for row in people:
            load = expected[0] if wanted and row.holds(wanted) else expected[-1]
            assert load.least - 2 <= held[row.code] <= load.most + 2


def test_a_facility_without_a_team_names_who_stays_away_and_what_is_left():
    people = [*staff(3, qualified=2), InspectorRow("X0", "药学", "on_leave")]
    away = [RecusalRow("F1", one) for one in ("I01", "I00", "X0")] + [RecusalRow("F2", "I00")]
    assert gaps(["F1"], people, away, rules()) == [Gap("F1", ("I00", "I01"), 1, 1)]
    assert gaps(["F1"], people, away, rules(qualification="药学")) == [Gap("F1", ("I00", "I01"), 1, 0)]
