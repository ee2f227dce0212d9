"""Where the tests of plans, pools and forecasts begin: a plan with one task, told by the domain functions."""

import datetime as dt

from inspections import approvals, plans
from inspections.models import ApprovalOutcome
from tests.factories import NOW, make_item

WORDS = {
    "title": "2026年度“双随机、一公开”抽查计划",
    "work_requirements": "依法检查，全程留痕。",
    "discipline_requirements": "不得接受宴请。",
}


def task_values(*items, **fields):
    return {
        "name": "定点医药机构监督检查",
        "items": list(items),
        "starts_on": dt.date(2026, 3, 1),
        "ends_on": dt.date(2026, 11, 30),
    } | fields


def drafted(bureau, by, *, item=None, **fields):
    """A draft with one task."""
    plan = plans.draft(bureau, 2026, WORDS, by=by, now=NOW)
    plans.add_task(plan, task_values(item or make_item(bureau, by), **fields), by=by, now=NOW)
    plan.refresh_from_db()
    return plan


def submitted(bureau, by, **fields):
    plan = drafted(bureau, by, **fields)
    return plan, plans.submit(plan, by=by, now=NOW)


def published(bureau, by, approver, **fields):
    plan, approval = submitted(bureau, by, **fields)
    return through(plan, approval, by, approver)


def through(plan, approval, by, approver):
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=approver, now=NOW)
    return plans.publish(plan, by=by, now=NOW)
