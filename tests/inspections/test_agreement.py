"""The module that draws and those that verify share no code, yet agree on whatever can be drawn."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections import lottery
from inspections.lottery import FacilityRow, InspectorRow, RecusalRow, Rules
from inspections.verify_draw import first_difference
from tests.inspections.browser_verifier import browser_verifier
from tests.inspections.drawing import repeatable
from tests.inspections.evidence import Case


@st.composite
def cases(pick):
    """Any rosters and rules, kept to facilities that can get a team."""
    marks = st.tuples(
        st.sampled_from(["", ",x", "药"]),
        st.sampled_from(lottery.GRADES),
        st.sampled_from(["in", "in", "out"]),
    )
    rows = pick(st.lists(marks, max_size=40))
    roster = [FacilityRow(f"H{n}{mark}", grade, status) for n, (mark, grade, status) in enumerate(rows)]
    tags = st.lists(st.sampled_from(["药学", "财务"]), unique=True)
    people = pick(st.lists(st.tuples(tags, st.sampled_from(["in", "in", "leave"])), min_size=2, max_size=9))
    staff = [InspectorRow.of(f"Z{n}", held, status) for n, (held, status) in enumerate(people)]
    pairs = st.tuples(st.integers(0, 39), st.integers(0, 8))
    recusals = [RecusalRow(roster[f].code, staff[i].code) for f, i in pick(st.lists(pairs, max_size=25, unique=True))
                if f < len(roster) and i < len(staff)]  # fmt: skip
    ratios = {grade: pick(st.integers(0, 5000)) for grade in lottery.GRADES}
    options = {"team_size": pick(st.integers(2, 3)), "qualification": pick(st.sampled_from(["", "药学"]))}
    gaps = lottery.eligibility_gaps(roster, staff, recusals, **options)
    roster = [row._replace(status="gap") if row.code in gaps else row for row in roster]
    return Case(roster, staff, recusals, Rules(ratios, floor_bp=pick(st.integers(0, 10000)), **options), None)


@st.composite
def draws(pick):
    """The evidence of a held draw in which some were replaced."""
    case = pick(cases())
    evidence = case.held()
    replacements = pick(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2)), max_size=6))
    for number, (team, place) in enumerate(replacements if evidence["teams"] else []):
        seat = team % len(evidence["teams"]), place % case.rules.team_size
        case.substitute(evidence, *seat, borrow=f"990200:K{number}")
    return evidence


@repeatable
@given(draws())
def test_whatever_is_drawn_verifies(evidence):
    assert first_difference(evidence) is None


@pytest.mark.browser
def test_whatever_is_drawn_verifies_in_the_browser_too():
    files = []

    @repeatable
    @given(draws())
    def gather(evidence):
        files.append(json.dumps(evidence, ensure_ascii=False).encode())

    gather()
    with browser_verifier() as verify:
        assert [answer for answer in verify(files) if not answer.get("verified")] == []
