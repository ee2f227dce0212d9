"""What holds for every deal, digest and quota whatever the rosters are. Facilities: tests/inspections/test_lottery.py."""

from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections import lottery
from inspections.lottery import FacilityRow, InspectorRow, LotteryError, RecusalRow
from tests.inspections.drawing import codes, pool, repeatable, same_ratio, seeds

shuffles = st.randoms(use_true_random=False)


class Table(NamedTuple):
    """Facilities in draw order, and the inspectors that are dealt to them."""

    facilities: list[FacilityRow]
    inspectors: list[InspectorRow]
    recusals: list[RecusalRow]
    options: dict

    def gaps(self):
        return lottery.eligibility_gaps(self.facilities, self.inspectors, self.recusals, **self.options)

    def deal(self, seed):
        order = codes(self.facilities)
        return lottery.deal_teams(seed, order, self.inspectors, self.recusals, **self.options)


@st.composite
def tables(pick):
    """Any interests and qualifications; some facilities may lack a team."""
    marks = st.tuples(
        st.sets(st.sampled_from(["药学", "财务"])), st.sampled_from(["in", "in", "in", "leave"])
    )
    people = [
        InspectorRow.of(f"I{number}", *mark)
        for number, mark in enumerate(pick(st.lists(marks, min_size=1, max_size=8)))
    ]
    facilities = pool(pick(st.integers(1, 14)))
    interests = st.builds(RecusalRow, st.sampled_from(codes(facilities)), st.sampled_from(codes(people)))
    options = {
        "team_size": pick(st.integers(2, 4)),
        "qualification": pick(st.sampled_from(["", "药学"])),
    }
    return Table(facilities, people, pick(st.lists(interests, max_size=20, unique=True)), options)


def without_gaps(table):
    gaps = set(table.gaps())
    return table._replace(facilities=[row for row in table.facilities if row.code not in gaps])


dealable = tables().map(without_gaps)


def allowed(table, facility):
    """Whom section 3 lets into a team of this facility."""
    away = {row.inspector for row in table.recusals if row.facility == facility}
    return {row.code for row in table.inspectors if row.status == "in" and row.code not in away}


def qualified(table):
    wanted = table.options["qualification"]
    return {row.code for row in table.inspectors if not wanted or row.holds(wanted)}


# Teams


@repeatable
@given(dealable, seeds)
def test_without_gaps_every_facility_gets_a_whole_team(table, seed):
    teams = table.deal(seed)
    assert [team.facility for team in teams] == codes(table.facilities)
    assert {len(team.members) for team in teams} <= {table.options["team_size"]}


@repeatable
@given(tables(), seeds)
def test_a_facility_named_as_a_gap_could_get_no_team(table, seed):
    for code in table.gaps():
        alone = table._replace(facilities=[FacilityRow(code, "A", "in")])
        with pytest.raises(LotteryError, match=code):
            alone.deal(seed)


@repeatable
@given(dealable, seeds)
def test_nobody_recused_or_away_is_ever_dealt_and_nobody_twice_in_a_team(table, seed):
    for team in table.deal(seed):
        members = [card.inspector for card in team.members]
        assert len(set(members)) == len(members)
        assert set(members) <= allowed(table, team.facility)


@repeatable
@given(dealable, seeds)
def test_the_first_place_is_always_qualified(table, seed):
    assert {team.members[0].inspector for team in table.deal(seed)} <= qualified(table)


@repeatable
@given(dealable, seeds, shuffles)
def test_the_order_in_which_people_and_interests_come_does_not_matter(table, seed, random):
    shuffled = table._replace(
        inspectors=random.sample(table.inspectors, len(table.inspectors)),
        recusals=random.sample(table.recusals, len(table.recusals)),
    )
    assert table.deal(seed) == shuffled.deal(seed)
    assert table.gaps() == shuffled.gaps()


@repeatable
@given(dealable, seeds)
def test_everybodys_cards_are_numbered_without_gaps(table, seed):
    dealt = [card for team in table.deal(seed) for card in team.members]
    numbers = {}
    for one in sorted(dealt):
        assert one == lottery.card(seed, one.inspector, one.visit)
        numbers.setdefault(one.inspector, []).append(one.visit)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


@repeatable
@given(dealable, seeds)
def test_a_larger_team_keeps_the_members_of_the_smaller(table, seed):
    smaller = table._replace(options=table.options | {"team_size": table.options["team_size"] - 1})
    for few, many in zip(smaller.deal(seed), table.deal(seed), strict=True):
        assert many.members[:-1] == few.members


# Substitutes


@repeatable
@given(dealable, seeds, st.data())
def test_a_substitute_is_the_lowest_card_of_those_who_may_come(table, seed, data):
    teams = table.deal(seed)
    if not teams:
        return
    team = data.draw(st.sampled_from(teams))
    place = data.draw(st.integers(0, len(team.members) - 1))
    members = [card.inspector for card in team.members]
    before = data.draw(st.sets(st.sampled_from(codes(table.inspectors))))
    held = lottery.visits_held([card.inspector for card in one.members] for one in teams)
    found = lottery.next_substitute(
        seed=seed,
        inspectors=table.inspectors,
        recusals=table.recusals,
        facility=team.facility,
        team=members,
        replaced={members[place], *before},
        visits_held=held,
        place=place,
        qualification=table.options["qualification"],
    )
    eligible = allowed(table, team.facility) - set(members) - before
    if place == 0:
        eligible &= qualified(table)
    cards = [lottery.card(seed, code, held[code] + 1) for code in eligible]
    assert found == (min(cards) if cards else None)


# Digests

words = st.text("甲乙AB,0 1", min_size=1, max_size=4).filter(lambda text: text.isprintable())
lines = st.dictionaries(words, st.tuples(st.sampled_from(lottery.GRADES), words), min_size=1, max_size=12)


@repeatable
@given(lines, lines)
def test_rosters_have_the_same_digest_only_when_they_are_the_same(one, other):
    first, second = ([FacilityRow(code, *rest) for code, rest in rows.items()] for rows in (one, other))
    same = lottery.facility_digest(first) == lottery.facility_digest(second)
    assert same == (one == other)


@repeatable
@given(lines, st.data())
def test_any_change_to_a_row_changes_the_digest(rows, data):
    facilities = [FacilityRow(code, *rest) for code, rest in rows.items()]
    place = data.draw(st.integers(0, len(facilities) - 1))
    row = facilities[place]
    changed = data.draw(
        st.sampled_from([
            [row._replace(code=row.code + "0x")],
            [row._replace(grade=next(grade for grade in lottery.GRADES if grade != row.grade))],
            [row._replace(status=row.status + "x")],
            [],
            [row, row._replace(code=row.code + "0x")],
        ])
    )  # fmt: skip
    after = facilities[:place] + changed + facilities[place + 1 :]
    assert lottery.facility_digest(facilities) != lottery.facility_digest(after)


@repeatable
@given(
    st.lists(st.builds(RecusalRow, words, words), unique=True), st.builds(RecusalRow, words, words), shuffles
)
def test_one_more_interest_changes_the_digest_and_their_order_does_not(interests, added, random):
    plain = lottery.recusal_digest(interests)
    assert lottery.recusal_digest(random.sample(interests, len(interests))) == plain
    assert (lottery.recusal_digest([*interests, added]) == plain) == (added in interests)


contributions = st.lists(st.text("1234567890骰", min_size=16, max_size=20), min_size=1, max_size=4)


@repeatable
@given(seeds, seeds, contributions, contributions)
def test_any_change_to_what_the_witnesses_entered_changes_the_seed(seal, secret, texts, others):
    seed = lottery.seed_of(seal, secret, texts)
    assert (seed == lottery.seed_of(seal, secret, others)) == (texts == others)
    assert seed not in {lottery.seed_of(seal, secret, texts, "0"), lottery.seed_of(secret + "0", seal, texts)}


# Quotas

counts = st.fixed_dictionaries(
    {grade: st.tuples(st.integers(0, 5000), st.integers(0, 5000)) for grade in lottery.GRADES}
).map(lambda found: {grade: (base + pool, pool) for grade, (base, pool) in found.items()})
points = st.integers(0, 10000)


@repeatable
@given(counts, st.lists(points, min_size=2, max_size=2), points)
def test_a_higher_ratio_never_draws_fewer(found, ratios, floor):
    low, high = (lottery.quotas_of(found, same_ratio(ratio, floor_bp=floor)) for ratio in sorted(ratios))
    assert low.total <= high.total
    assert all(few.quota <= many.quota for few, many in zip(low.rows, high.rows, strict=True))


@repeatable
@given(counts, st.sampled_from(lottery.GRADES), st.integers(0, 50), points, points)
def test_more_facilities_never_mean_a_smaller_draw(found, grade, more, ratio, floor):
    base, inside = found[grade]
    larger = found | {grade: (base + more, inside + more)}
    rules = same_ratio(ratio, floor_bp=floor)
    assert lottery.quotas_of(found, rules).total <= lottery.quotas_of(larger, rules).total


@repeatable
@given(counts, points, points)
def test_a_quota_is_the_ratio_rounded_up_unless_the_pool_is_too_small(found, ratio, floor):
    quotas = lottery.quotas_of(found, same_ratio(ratio, floor_bp=floor))
    for row in quotas.rows:
        exact = row.base * ratio / 10000
        assert row.quota <= row.pool
        assert row.quota == row.pool or exact <= row.quota < exact + 1
    assert quotas.total <= sum(row.pool for row in quotas.rows)


def test_the_tables_tried_hold_both_kinds():
    """The properties above would be empty over tables that have no teams, or no gaps."""
    seen = Counter()

    @repeatable
    @given(tables())
    def look(table):
        seen[bool(table.gaps()), bool(without_gaps(table).facilities), bool(table.recusals)] += 1

    look()
    assert sum(number for (gaps, _, _), number in seen.items() if gaps) >= 5
    assert sum(number for (_, some, interests), number in seen.items() if some and interests) >= 10
