"""A place in a team that nobody on the sealed roster can take, and another bureau asked for somebody."""

from inspections import loans, substitutions
from inspections.models import Loan
from tests.factories.draws import drawable_task, held_draw, member_of, minutes


def asked_loan(bureau, lender, *, by, asker, **fields) -> Loan:
    """For the second place of the only visit of a draw, whose team is everybody there is. `fields` are the task's."""
    task = drawable_task(bureau, by=by, grades="A", inspectors=2, **fields)
    member = member_of(held_draw(task, by=by).visits.get(), 2)
    swap = substitutions.request(member, "work_conflict", "当日另有安排", by=by, now=minutes(60))
    return loans.ask(swap, lender, by=asker, now=minutes(70))
