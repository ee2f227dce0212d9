import hashlib
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspections import lottery
from inspections.lottery import FacilityRow, InspectorRow, LotteryError, RecusalRow, Rules

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


# Text and digests


def test_canonical_json_sorts_keys_and_keeps_chinese():
    assert lottery.canonical({"b": ["抽", None], "a": {"d": 1, "c": True}}) == (
        '{"a":{"c":true,"d":1},"b":["抽",null]}'
    )


def test_the_commitment_hashes_the_secret_as_text():
    assert lottery.commitment("ab" * 32) == hashlib.sha256(b"ab" * 32).hexdigest()


def test_a_new_secret_is_32_bytes_in_hexadecimal_and_never_the_same():
    first, second = lottery.new_secret(), lottery.new_secret()
    assert (len(bytes.fromhex(first)), first != second) == (32, True)


def test_times_are_written_in_beijing_time_to_the_second():
    moment = datetime(2026, 3, 1, 16, 30, 5, 999999, tzinfo=UTC)
    assert lottery.timestamp(moment) == "2026-03-02T00:30:05+08:00"


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


# Rosters


def test_rosters_are_hashed_line_by_line_in_byte_order():
    facilities = [
        FacilityRow("药01", "B", "in"),
        FacilityRow("H2", "A", "drawn"),
        FacilityRow("H10", "NONE", "in"),
    ]
    text = "H10\tNONE\tin\nH2\tA\tdrawn\n药01\tB\tin\n"
    assert lottery.facility_digest(facilities) == hashlib.sha256(text.encode()).hexdigest()
    inspectors = [InspectorRow.of("I2", [], "leave"), InspectorRow.of("I1", ["药学", "财务", "药学"], "in")]
    text = "I1\t药学,财务\tin\nI2\t\tleave\n"
    assert lottery.inspector_digest(inspectors) == hashlib.sha256(text.encode()).hexdigest()
    recusals = [RecusalRow("H2", "I1"), RecusalRow("H10", "I2"), RecusalRow("H2", "I1")]
    text = "H10\tI2\nH2\tI1\n"
    assert lottery.recusal_digest(recusals) == hashlib.sha256(text.encode()).hexdigest()


def test_python_sorts_text_in_the_order_of_its_bytes():
    awkward = ["\uffee", "\U00020000", "Z", "é", "药", "a,b", "a b"]
    assert sorted(awkward) == sorted(awkward, key=str.encode)


def test_plain_tuples_serve_as_rows():
    assert lottery.facility_digest([("H1", "A", "in")]) == lottery.facility_digest(
        [FacilityRow("H1", "A", "in")]
    )


@pytest.mark.parametrize("code", ["", "F\t1", "F\n1", "F\r1", "F\x001", "F\u20281", "\ud800"])
def test_codes_that_would_break_a_roster_line_are_refused(code):
    with pytest.raises(LotteryError):
        lottery.facility_roster([FacilityRow(code, "A", "in")])
    with pytest.raises(LotteryError):
        lottery.inspector_roster([InspectorRow(code, "", "in")])
    with pytest.raises(LotteryError):
        lottery.recusal_roster([RecusalRow("F1", code)])


def test_two_rows_cannot_share_a_code():
    with pytest.raises(LotteryError, match="检查对象代码重复：F001"):
        lottery.facility_roster([*pool(3), FacilityRow("F001", "B", "in")])
    with pytest.raises(LotteryError, match="检查人员代码重复：I02"):
        lottery.inspector_roster([*staff(3), InspectorRow("I02", "", "leave")])


def test_an_unknown_grade_is_refused():
    with pytest.raises(LotteryError, match="信用等级 'E'"):
        lottery.facility_roster([FacilityRow("F1", "E", "in")])


@pytest.mark.parametrize("tag", ["", "药学,财务", "药\t学"])
def test_a_qualification_tag_cannot_hold_a_separator(tag):
    with pytest.raises(LotteryError, match="资格标签"):
        InspectorRow.of("I1", [tag], "in")


def test_unsorted_qualifications_are_refused():
    with pytest.raises(LotteryError, match="字节顺序"):
        lottery.inspector_roster([InspectorRow("I1", "b,a", "in")])


@pytest.mark.parametrize(
    "wrong",
    [
        {"ratios_bp": {"A": 500}},
        {"ratios_bp": RATIOS | {"A": 10001}},
        {"ratios_bp": RATIOS, "floor_bp": -1},
        {"ratios_bp": RATIOS, "team_size": 1},
        {"ratios_bp": RATIOS, "qualification": "药学,财务"},
    ],
)
def test_rules_out_of_bounds_are_refused(wrong):
    with pytest.raises(LotteryError):
        Rules(**wrong)


# Quotas


def test_the_quota_counts_every_facility_of_the_grade_but_draws_from_the_pool():
    facilities = [*pool(3, "D"), *(FacilityRow(f"X{number}", "D", "drawn") for number in range(17))]
    quotas = lottery.quotas_of(lottery.tally(facilities), Rules(RATIOS))
    assert quotas.rows[3] == ("D", 20, 3, 3)
    assert [row.grade for row in quotas.rows] == ["A", "B", "C", "D", "NONE"]


def test_a_shortfall_is_shown_by_grade_and_for_the_floor():
    rules = same_ratio(2000, floor_bp=3000)
    quotas = lottery.quotas_of({**dict.fromkeys("ABC", (0, 0)), "D": (20, 1), "NONE": (5, 5)}, rules)
    assert [row.quota for row in quotas.rows] == [0, 0, 0, 1, 1]
    assert lottery.shortfalls(quotas, rules) == {"D": 3}
    assert (quotas.top_up, quotas.total, lottery.floor_shortfall(quotas, rules)) == (4, 6, 2)


@pytest.mark.parametrize(
    ("ratio", "floor", "top_up"),
    [(0, 300, 4), (100, 300, 3), (300, 300, 1), (400, 300, 0), (0, 0, 0), (0, 10000, 90)],
)
def test_the_floor_adds_what_the_quotas_leave_missing(ratio, floor, top_up):
    counts = {**dict.fromkeys("BCD", (0, 0)), "A": (100, 90), "NONE": (1, 0)}
    assert lottery.quotas_of(counts, same_ratio(ratio, floor_bp=floor)).top_up == top_up


def test_nothing_in_scope_means_nothing_to_draw():
    quotas = lottery.quotas_of(lottery.tally([]), Rules(RATIOS))
    assert (quotas.base, quotas.total) == (0, 0)
    assert lottery.draw_facilities(SEED, [], quotas) == []


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


# Fairness: the statistic of draws without replacement, scaled to chi-square with n - 1 degrees of freedom


def chi_square(counts, rounds, drawn):
    size = len(counts)
    expected = rounds * drawn / size
    spread = sum((count - expected) ** 2 for count in counts) / expected
    return spread * (size - 1) / (size - drawn)


CRITICAL_19 = 43.82  # 19 degrees of freedom, one in a thousand


def test_every_facility_has_the_same_chance():
    facilities, tally = pool(20), Counter()
    for number in range(2000):
        tally.update(codes(draw(facilities, same_ratio(2500), f"seed {number}")))
    assert (len(tally), tally.total()) == (20, 10000)
    assert chi_square(tally.values(), 2000, 5) < CRITICAL_19


def test_every_facility_has_the_same_chance_of_being_topped_up():
    facilities, tally = pool(20), Counter()
    for number in range(2000):
        winners = draw(facilities, same_ratio(500, floor_bp=2500), f"seed {number}")
        tally.update(winner.code for winner in winners if winner.top_up)
    assert tally.total() == 8000
    assert chi_square(tally.values(), 2000, 4) < CRITICAL_19


def test_every_inspector_has_the_same_chance():
    inspectors, tally = staff(20), Counter()
    for number in range(2000):
        for team in lottery.deal_teams(f"seed {number}", ["F1", "F2"], inspectors, [], team_size=2):
            tally.update(member.inspector for member in team.members)
    assert (len(tally), tally.total()) == (20, 8000)
    assert chi_square(tally.values(), 2000, 4) < CRITICAL_19


def test_the_fairness_test_would_notice_a_bias():
    skewed = (
        Counter({f"F{number}": 500 for number in range(20)}) + Counter({"F0": 120}) - Counter({"F1": 120})
    )
    assert chi_square(skewed.values(), 2000, 5) > CRITICAL_19


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
    assert lottery.eligibility_gaps(pool(4), staff(3), recusals, team_size=2) == ["F001", "F003"]


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


# Seal


def test_the_seal_has_exactly_the_keys_of_the_protocol():
    facilities, inspectors, recusals = pool(30), staff(3), [("F001", "I01")]
    seal = lottery.build_seal(
        number="示抽〔2026〕3号",
        bureau="990100",
        year=2026,
        task="示抽查〔2026〕3号",
        round=1,
        sealed_at=datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        rules=Rules(RATIOS),
        facilities=reversed(facilities),
        inspectors=iter(inspectors),
        recusals=iter(recusals),
        commitment=lottery.commitment("secret"),
    )
    empty = [{"grade": grade, "base": 0, "pool": 0, "quota": 0} for grade in ("B", "C", "D", "NONE")]
    assert seal == {
        "protocol": "draw/v1",
        "hash": "sha256",
        "number": "示抽〔2026〕3号",
        "bureau": "990100",
        "year": 2026,
        "task": "示抽查〔2026〕3号",
        "round": 1,
        "sealed_at": "2026-03-02T09:00:00+08:00",
        "rules": {"ratios_bp": RATIOS, "floor_bp": 300, "team_size": 2, "qualification": ""},
        "quotas": [{"grade": "A", "base": 30, "pool": 30, "quota": 2}, *empty],
        "top_up": 0,
        "facility_digest": lottery.facility_digest(facilities),
        "inspector_digest": lottery.inspector_digest(inspectors),
        "recusal_digest": lottery.recusal_digest(recusals),
        "commitment": hashlib.sha256(b"secret").hexdigest(),
        "public_source": None,
        "previous": None,
    }
