"""A visit whose report is approved, its leader with an account, and a second inspector."""

import datetime as dt

import pytest

from inspections.models import Answer, InspectionRecord, InspectionReport, RecordAnswer, ResultCode
from inspections.states import VisitState
from tests.cast import make_user
from tests.factories import make_facility, make_inspector, make_item, make_task, make_visit

ENDED_ON = dt.date(2026, 3, 2)


@pytest.fixture
def leader(county):
    """组长, with an account."""
    user = make_user("qin.zuzhang", "秦组长", county, "inspector")
    return make_inspector(county, 1, user=user, name="秦组长")


@pytest.fixture
def member(county):
    """A second inspector without an account."""
    return make_inspector(county, 2, name="许组员")


@pytest.fixture
def task(county, drafter):
    """Drawn once a year, so that a held draw leaves nothing to seal."""
    return make_task(county, drafter, items=[make_item(county, drafter)], rounds=1)


@pytest.fixture
def reported_visit(task, leader, member, drafter):
    """reported_visit(n, state=…, **fields) gives the n-th facility's visit with its report."""

    def make(n=1, *, state=VisitState.TO_PUBLISH, results=("nothing_found",), **fields):
        values = {"ended_on": ENDED_ON} | fields
        visit = make_visit(
            task,
            make_facility(task.plan.bureau, n),
            [leader, member],
            by=drafter,
            position=n,
            state=state,
            **values,
        )
        report = InspectionReport.objects.create(
            visit=visit,
            written_by=leader.user,
            summary="现场核对处方与结算数据。",
            public_summary="检查了医保基金使用情况。",
        )
        report.results.set(ResultCode.objects.filter(pk__in=results))
        return visit

    return make


@pytest.fixture
def visit(reported_visit):
    return reported_visit()


@pytest.fixture
def answer():
    """answer(visit, version, answer) records one answer for every row of an item on a closed record."""

    def record(visit, version, answer=Answer.CONFORMS):
        sheet, _ = InspectionRecord.objects.get_or_create(visit=visit)
        RecordAnswer.objects.bulk_create(
            RecordAnswer(record=sheet, row=row, answer=answer) for row in version.rows.all()
        )

    return record
