"""What the pages of visits show of their terms."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from inspections.states import VisitState

NOW = dt.datetime(2026, 3, 10, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.fixture(autouse=True)
def _a_tuesday_in_march(time_machine):
    time_machine.move_to(NOW, tick=False)


def words(response) -> str:
    assert response.status_code == 200
    return " ".join(strip_tags(response.content.decode()).split())


@pytest.fixture
def shown(signed_in, drafter):
    """shown(visit) gives the words of its page."""
    return lambda visit: words(signed_in(drafter).get(reverse("inspections:visit", args=[visit.pk])))


def test_a_visit_that_has_ended_shows_both_terms(reported_visit, shown):
    page = shown(reported_visit(1, state=VisitState.TO_REPORT))
    assert "检查报告期限 2026-03-09 已逾期 1 个工作日" in page
    assert "结果公示期限 2026-03-30 还剩 14 个工作日" in page
    assert "检查2026-03-02结束，次日起第5个工作日为检查报告的期限" in page


@pytest.mark.parametrize(
    ("state", "report", "publication"),
    [
        (VisitState.TO_APPROVE, True, False),
        (VisitState.RETURNED, False, False),
        (VisitState.TO_PUBLISH, True, False),
        (VisitState.PUBLISHED, True, True),
    ],
)
def test_a_term_that_was_met_counts_no_days(reported_visit, shown, state, report, publication):
    page = shown(reported_visit(1, state=state))
    assert ("检查报告期限 2026-03-09 已办结" in page) is report
    assert ("结果公示期限 2026-03-30 已办结" in page) is publication


@pytest.mark.parametrize(
    ("state", "ended_on"), [(VisitState.ON_SITE, None), (VisitState.CANCELLED, dt.date(2026, 3, 2))]
)
def test_without_an_end_there_is_no_term(reported_visit, shown, state, ended_on):
    assert "期限" not in shown(reported_visit(1, state=state, ended_on=ended_on))


def test_the_list_shows_the_terms_that_run(reported_visit, signed_in, drafter):
    reported_visit(1, state=VisitState.TO_REPORT)
    reported_visit(2, state=VisitState.TO_PUBLISH)
    page = words(signed_in(drafter).get(reverse("inspections:visits")))
    assert page.count("检查报告 2026-03-09 已逾期 1 个工作日") == 1
    assert page.count("结果公示 2026-03-30 还剩 14 个工作日") == 2
    assert "已办结" not in page


def test_the_list_costs_the_same_for_one_row_and_for_three(reported_visit, signed_in, drafter):
    client, counts = signed_in(drafter), []
    for rows in ((1,), (2, 3)):
        for n in rows:
            reported_visit(n, state=VisitState.TO_REPORT)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("inspections:visits"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
