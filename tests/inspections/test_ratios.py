"""Percent on the screen, basis points in the rules."""

import pytest

from inspections.ratios import basis_points, percent

PAIRS = [("0%", 0), ("5%", 500), ("12.5%", 1250), ("6.25%", 625), ("10%", 1000), ("100%", 10000)]


@pytest.mark.parametrize(("text", "bp"), PAIRS)
def test_percent_and_basis_points_answer_each_other(text, bp):
    assert percent(bp) == text
    assert basis_points(text) == bp


@pytest.mark.parametrize("text", ["5", " 5 % ", "5.00％"])
def test_people_write_percent_in_their_own_way(text):
    assert basis_points(text) == 500


@pytest.mark.parametrize("text", ["", "五", "-1%", "100.01%", "1.234%", "NaN", "Infinity", "5%%x"])
def test_what_is_no_ratio_is_refused_in_words(text):
    with pytest.raises(ValueError, match="百分数|比例"):
        basis_points(text)
