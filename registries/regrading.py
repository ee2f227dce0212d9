"""What new grades do, before anybody confirms them: from which grade to which, and to this year's draws.

The rooms above answer `regrade_effects` with a PlanEffects; what is kept of it is plain data, fit for a JSON field.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from registries import callouts
from registries.models import Bureau, CreditGrade, Facility


class GradeEffect(NamedTuple):
    """One grade of a task: facilities in scope and those to be drawn, before and after."""

    grade: str
    scope_before: int
    scope_after: int
    drawn_before: int
    drawn_after: int


class TaskEffect(NamedTuple):
    """The next round of a task. The totals hold what the floor adds to the grades."""

    task: str
    round: int
    grades: tuple[GradeEffect, ...]
    drawn_before: int
    drawn_after: int


class PlanEffects(NamedTuple):
    tasks: tuple[TaskEffect, ...] = ()
    notes: tuple[str, ...] = ()


def effects(bureau: Bureau, wanted: Iterable[tuple[Facility, str]]) -> dict:
    """`wanted`: each facility with the grade that it is to have, those that have it already included."""
    wanted = list(wanted)
    counts = Counter((facility.grade, grade) for facility, grade in wanted)
    changed = {facility.pk: grade for facility, grade in wanted if facility.grade != grade}
    answers = list(callouts.answers("regrade_effects", bureau, changed)) if changed else []
    return {
        "changes": len(changed),
        "labels": list(CreditGrade.labels),
        "moves": _moves(counts),
        "tasks": [_for_screen(task) for answer in answers for task in answer.tasks],
        "notes": [note for answer in answers for note in answer.notes],
    }


def _moves(counts: Counter) -> list[dict]:
    """One row for each grade that a facility has now; each cell says whether it stands for a change."""
    grades = CreditGrade.values
    return [
        {
            "label": CreditGrade(before).label,
            "cells": [
                {
                    "label": f"改为{CreditGrade(after).label}",
                    "count": counts[before, after],
                    "changes": before != after,
                }
                for after in grades
            ],
        }
        for before in grades
        if any(counts[before, after] for after in grades)
    ]


def _for_screen(task: TaskEffect) -> dict:
    grades = [
        row._asdict() | {"label": CreditGrade(row.grade).label}
        for row in task.grades
        if row.scope_before or row.scope_after
    ]
    return task._asdict() | {"grades": grades}
