import datetime as dt

import pytest

from registries.certificates import holds

DAY = dt.date(2026, 5, 20)
EVE, NEXT = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("number", "issued_on", "valid_until", "held"),
    [
        ("16040300001", EVE, NEXT, True),
        ("16040300001", DAY, DAY, True),
        ("16040300001", None, None, True),
        ("", EVE, NEXT, False),
        ("16040300001", NEXT, None, False),
        ("16040300001", None, EVE, False),
    ],
)
def test_a_certificate_holds_from_its_issue_to_its_last_day(number, issued_on, valid_until, held):
    assert holds(number, issued_on, valid_until, on=DAY) is held


def test_a_certificate_that_ends_during_the_task_does_not_hold_for_it():
    assert holds("16040300001", EVE, NEXT, on=DAY, until=NEXT)
    assert not holds("16040300001", EVE, DAY, on=DAY, until=NEXT)
