"""Percent on the screen, basis points in the rules."""

import pytest

from inspections.ratios import percent

PAIRS = [
    (0, "0%"),
    (500, "5%"),
    (625, "6.25%"),
    (1001, "10.01%"),
    (1250, "12.5%"),
    (9999, "99.99%"),
    (10000, "100%"),
]


@pytest.mark.parametrize(("bp", "text"), PAIRS)
def test_a_ratio_reads_in_percent_without_idle_digits(bp, text):
    assert percent(bp) == text
