"""A cell's value as the text a person sees in it."""

import datetime as dt

# Excel keeps 15 significant digits; a longer number has already lost its end.
FIRST_DAMAGED_NUMBER = 1e15


def cell_text(value: object) -> str:
    """A number that Excel has cut keeps the look that tells so: 4.10403E+17."""
    match value:
        case str():
            return value
        case bool():
            return "是" if value else "否"
        case int() | float():
            return f"{value:.5E}" if abs(value) >= FIRST_DAMAGED_NUMBER else f"{value:.15g}"
        case dt.datetime() if value.time() == dt.time.min:
            return value.date().isoformat()
        case dt.datetime():
            return value.isoformat(" ", "seconds")
        case _:
            return str(value)
