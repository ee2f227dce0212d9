import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections import lottery
from inspections.lottery import FacilityRow, InspectorRow, LotteryError, RecusalRow
from tests.inspections.drawing import SEED, pool, repeatable, seeds, staff

# Teams


@st.composite
def dealings(draw_value):
    """A deal that can be made: winners, a pool of inspectors, recusals, size of team, qualification."""
    facilities = [f"F{number:03d}" for number in range(draw_value(st.integers(1, 15)))]
    inspectors = [
        InspectorRow.of(f"I{number:02d}", tags, status)
        for number, (tags, status) in enumerate(
            draw_value(
                st.lists(
                    st.tuples(
                        st.sampled_from([(), ("药学",), ("药学", "财务")]),
                        st.sampled_from(["in", "in", "leave"]),
                    ),
                    min_size=2,
                    max_size=12,
                )
            )
        )
    ]
    pairs = st.tuples(st.sampled_from(facilities), st.sampled_from([row.code for row in inspectors]))
    recusals = [RecusalRow(*pair) for pair in draw_value(st.lists(pairs, max_size=20, unique=True))]
    options = {
        "team_size": draw_value(st.integers(2, 3)),
        "qualification": draw_value(st.sampled_from(["", "药学"])),
    }
    rows = [FacilityRow(code, "A", "in") for code in facilities]
    gaps = set(lottery.eligibility_gaps(rows, inspectors, recusals, **options))
    return [code for code in facilities if code not in gaps], inspectors, recusals, options


@repeatable
@given(seeds, dealings(), st.randoms(use_true_random=False))
def test_the_order_of_inspectors_and_recusals_does_not_matter(seed, dealing, random):
    facilities, inspectors, recusals, options = dealing
    shuffled = random.sample(inspectors, len(inspectors)), random.sample(recusals, len(recusals))
    assert lottery.deal_teams(seed, facilities, *shuffled, **options) == lottery.deal_teams(
        seed, facilities, inspectors, recusals, **options
    )


@repeatable
@given(seeds, dealings())
def test_whoever_is_dealt_may_inspect_there(seed, dealing):
    facilities, inspectors, recusals, options = dealing
    rows = {row.code: row for row in inspectors}
    teams = lottery.deal_teams(seed, facilities, inspectors, recusals, **options)
    assert [team.facility for team in teams] == facilities
    for facility, members in teams:
        names = [member.inspector for member in members]
        assert len(set(names)) == len(names) == options["team_size"]
        assert not {(facility, name) for name in names} & set(recusals)
        assert {rows[name].status for name in names} == {"in"}
        assert not options["qualification"] or rows[names[0]].holds(options["qualification"])


@repeatable
@given(seeds, dealings())
def test_every_member_holds_the_card_of_the_next_visit(seed, dealing):
    facilities, inspectors, recusals, options = dealing
    teams = lottery.deal_teams(seed, facilities, inspectors, recusals, **options)
    visits = Counter()
    for place in range(options["team_size"]):
        for team in teams:
            member = team.members[place]
            visits[member.inspector] += 1
            assert member == lottery.card(seed, member.inspector, visits[member.inspector])


@repeatable
@given(seeds, dealings())
def test_a_larger_team_keeps_the_members_of_a_smaller(seed, dealing):
    facilities, inspectors, recusals, options = dealing
    large = lottery.deal_teams(seed, facilities, inspectors, recusals, **options)
    small = lottery.deal_teams(seed, facilities, inspectors, recusals, **options | {"team_size": 1})
    assert [team.members[:1] for team in large] == [team.members for team in small]


@repeatable
@given(seeds, st.integers(1, 40), st.integers(2, 15))
def test_without_recusals_first_places_differ_by_one_at_most_and_loads_by_two(seed, facilities, inspectors):
    names = [f"F{number}" for number in range(facilities)]
    teams = lottery.deal_teams(seed, names, staff(inspectors), [], team_size=2)
    loads = Counter({row.code: 0 for row in staff(inspectors)})
    for place, bound in enumerate((1, 2)):
        loads.update(team.members[place].inspector for team in teams)
        assert max(loads.values()) - min(loads.values()) <= bound


def test_first_places_go_to_the_qualified_and_second_places_to_whoever_has_fewest_visits():
    inspectors = [InspectorRow.of("I1", ["药学"], "in"), *staff(4)[1:]]
    teams = lottery.deal_teams(SEED, ["F1", "F2", "F3"], inspectors, [], team_size=2, qualification="药学")
    assert [(team.members[0].inspector, team.members[0].visit) for team in teams] == [
        ("I1", 1),
        ("I1", 2),
        ("I1", 3),
    ]
    assert {team.members[1].inspector for team in teams} == {"I02", "I03", "I04"}


def test_a_deal_without_enough_inspectors_names_the_facility():
    with pytest.raises(LotteryError, match="F2 没有足够"):
        lottery.deal_teams(SEED, ["F1", "F2"], staff(3), [("F2", "I01"), ("F2", "I03")], team_size=2)


def test_a_team_is_written_with_the_keys_of_the_evidence():
    (team,) = lottery.deal_teams("s", ["F1"], staff(1), [], team_size=1)
    card = hashlib.sha256(b"s,I01,1").hexdigest()
    assert team.as_evidence() == {
        "facility": "F1",
        "members": [{"inspector": "I01", "visit": 1, "card": card}],
    }


# Gaps found before the seal


def test_facilities_whose_recusals_leave_too_few_are_named():
    recusals = [
        ("F001", "I01"),
        ("F001", "I02"),
        ("F002", "I01"),
        ("F003", "I02"),
        ("F003", "I03"),
        ("F003", "X"),
    ]
    named = lottery.eligibility_gaps(iter(pool(4)), iter(staff(3)), iter(recusals), team_size=2)
    assert named == ["F001", "F003"]


def test_a_facility_outside_the_pool_needs_no_team():
    facilities = [FacilityRow("F001", "A", "drawn"), FacilityRow("F002", "A", "in")]
    recusals = [("F001", "I01"), ("F001", "I02")]
    assert lottery.eligibility_gaps(facilities, staff(2), recusals, team_size=2) == []


def test_a_facility_whose_only_qualified_inspector_stays_away_is_named():
    inspectors = [InspectorRow.of("I09", ["药学"], "in"), *staff(3)]
    options = {"team_size": 2, "qualification": "药学"}
    assert lottery.eligibility_gaps(pool(2), inspectors, [("F002", "I09")], **options) == ["F002"]


def test_without_enough_inspectors_every_facility_of_the_pool_is_named():
    on_leave = [row._replace(status="leave") for row in staff(3)]
    assert lottery.eligibility_gaps(pool(2), [*on_leave, *staff(1)], [], team_size=2) == ["F001", "F002"]
    options = {"team_size": 2, "qualification": "药学"}
    assert lottery.eligibility_gaps(pool(2), staff(5), [], **options) == ["F001", "F002"]


@repeatable
@given(seeds, dealings())
def test_a_draw_without_gaps_can_always_be_dealt(seed, dealing):
    facilities, inspectors, recusals, options = dealing
    assert len(lottery.deal_teams(seed, facilities, inspectors, recusals, **options)) == len(facilities)


# Substitution


def substitute(**changes):
    """The substitute for I01 in the team of I01 and I02, unless told otherwise."""
    situation = {
        "seed": SEED,
        "inspectors": staff(5),
        "recusals": [],
        "facility": "F1",
        "team": ["I01", "I02"],
        "replaced": ["I01"],
        "visits_held": {},
        "place": 0,
    }
    return lottery.next_substitute(**situation | changes)


def lowest(*cards):
    return min(lottery.card(SEED, inspector, n) for inspector, n in cards)


def test_the_substitute_is_the_lowest_card_outside_the_team():
    assert substitute() == lowest(("I03", 1), ("I04", 1), ("I05", 1))


def test_whoever_holds_fewest_visits_comes_first():
    held = lottery.visits_held([["I01", "I02"], ["I03", "I04"], ["I03", "I05"], ["I04", "I05"]])
    assert held == {"I01": 1, "I02": 1, "I03": 2, "I04": 2, "I05": 2}
    assert substitute(visits_held=held) == lowest(("I03", 3), ("I04", 3), ("I05", 3))
    assert substitute(visits_held=held | {"I04": 1}) == lottery.card(SEED, "I04", 2)


def test_a_recused_or_absent_inspector_is_passed_over():
    inspectors = [row._replace(status="leave") if row.code == "I04" else row for row in staff(5)]
    recusals = [("F1", "I03"), ("F2", "I05")]
    assert substitute(inspectors=inspectors, recusals=recusals) == lottery.card(SEED, "I05", 1)


def test_only_the_first_place_asks_for_the_qualification():
    inspectors = [*staff(4), InspectorRow.of("I05", ["药学"], "in")]
    held = {"I05": 7}
    options = {"inspectors": inspectors, "visits_held": held, "qualification": "药学"}
    assert substitute(**options) == lottery.card(SEED, "I05", 8)
    assert substitute(**options, place=1) == lowest(("I03", 1), ("I04", 1))


def test_whoever_was_replaced_there_before_does_not_come_back():
    assert substitute(inspectors=staff(4), team=["I03", "I02"], replaced=["I01", "I03"]).inspector == "I04"


def test_nobody_eligible_is_no_substitute():
    assert substitute(inspectors=staff(2)) is None
