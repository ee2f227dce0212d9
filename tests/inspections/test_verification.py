import copy
import json
from pathlib import Path

import pytest

from inspections.verify_draw import first_difference
from tests.inspections.evidence import Case, complete
from tests.inspections.tamperings import GOOD_FILES, assigned, void_before_holding

VECTOR = Path(__file__).parent / "vectors" / "draw-v1.json"


@pytest.fixture
def evidence():
    return copy.deepcopy(COMPLETE)


COMPLETE = complete()


# What verifies


@pytest.mark.parametrize("file", GOOD_FILES, ids=lambda file: file.__name__)
def test_what_the_lottery_made_verifies(file):
    assert first_difference(file()) is None


def test_the_cast_is_rich_enough(evidence):
    assert {row["top_up"] for row in evidence["winners"]} == {True, False}
    assert "990200:K07" in [entry["in"] for entry in evidence["substitutions"]]
    assert evidence["seal"]["quotas"][3] == {"grade": "D", "base": 3, "pool": 0, "quota": 0}


def test_the_published_seal_digest_is_compared(evidence):
    assert first_difference(evidence, expected_seal_digest=evidence["seal_digest"]) is None
    difference = first_difference(evidence, expected_seal_digest="0" * 64)
    assert difference == f"封存摘要：公布为 {'0' * 64}，文件记为 {evidence['seal_digest']}。"


def test_the_published_seal_digest_may_be_typed_in_groups_and_capitals(evidence):
    digest = evidence["seal_digest"].upper()
    grouped = " ".join(digest[start : start + 4] for start in range(0, 64, 4))
    assert first_difference(evidence, expected_seal_digest=f" {grouped}\n") is None


def test_the_substitutes_of_a_directly_assigned_draw_come_from_the_cards():
    assert first_difference(Case().substitute(assigned(), 0, 1)) is None


@pytest.mark.parametrize("changes", [
    {},
    {"contributions": []},
    {"secret": None},
    {"public_value": "3388.06"},
    {"winners": None, "teams": None, "substitutions": None, "assignment": None},
])  # fmt: skip
def test_a_draw_voided_before_it_was_held_verifies(changes):
    assert first_difference(void_before_holding(**changes)) is None


# Nonsense


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("nonsense", [None, [], "text", 7, 1.5, True, {}, {"seal": None}, nested(100_000)])
def test_nonsense_is_answered_in_words(nonsense):
    assert first_difference(nonsense).startswith("证据文件：")


@pytest.mark.parametrize(
    "nonsense", [None, [], {}, "", -1, 10**400, 1.5, float("nan"), True, nested(100_000), [None], [{}]]
)
def test_nonsense_in_any_place_is_answered_in_words(evidence, nonsense):
    for holder, key in places(evidence):
        kept = holder[key]
        holder[key] = nonsense
        answer = first_difference(evidence)
        assert answer is None or (answer.endswith("。") and len(answer) < 400)
        holder[key] = kept


def places(value):
    """Every key of every object, and the first two entries of every list."""
    entries = value.items() if isinstance(value, dict) else enumerate(value[:2])
    for key, inner in list(entries):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


# The recorded draw: a change here is a change of the protocol


def test_the_recorded_draw_is_recomputed_hash_by_hash():
    recorded = json.loads(VECTOR.read_text())
    assert recorded == complete()
    assert first_difference(recorded) is None
