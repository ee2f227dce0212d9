"""When an inspector's certificate (执法证) holds: pure, the one answer for draws, assignments and visits."""

import datetime as dt


def holds(
    number: str,
    issued_on: dt.date | None,
    valid_until: dt.date | None,
    *,
    on: dt.date,
    until: dt.date | None = None,
) -> bool:
    """Whether there is a certificate that holds from `on` through `until` (`on` alone when None).

    Source 003's annex 4 has no column for the end of validity: an end that nobody entered has not come.
    """
    last = max(on, until or on)
    return (
        bool(number)
        and (issued_on is None or issued_on <= on)
        and (valid_until is None or valid_until >= last)
    )


def held_by(inspector, *, on: dt.date) -> bool:
    """`holds` for somebody of the registry."""
    return holds(
        inspector.certificate_number,
        inspector.certificate_issued_on,
        inspector.certificate_valid_until,
        on=on,
    )
