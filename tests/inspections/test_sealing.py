import hashlib
from datetime import UTC, datetime

import pytest

from inspections import lottery, sealing
from inspections.lottery import FacilityRow, InspectorRow, LotteryError, RecusalRow, Rules
from tests.inspections.drawing import RATIOS, pool, same_ratio, staff

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
    assert lottery.draw_facilities("seed", [], quotas) == []


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


@pytest.mark.parametrize("piece", [1, 2, 3, 4, 20_000])
def test_a_digest_taken_piece_by_piece_is_that_of_the_whole_text(monkeypatch, piece):
    monkeypatch.setattr(sealing, "PIECE", piece)
    rows = [FacilityRow(f"H{n}", "A", "in") for n in range(4)]
    assert sealing.facility_digest(rows) == sealing.digest(sealing.roster_text(rows))
