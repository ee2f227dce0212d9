"""The list behind the figure of overdue visits."""

import datetime as dt

import pytest
from django.urls import reverse

from inspections.states import VisitState
from publication import counts, overdue
from publication.deadlines import DeadlineKind

NOW = dt.datetime(2026, 3, 10, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
LONG_AGO, LAST_WEEK = dt.date(2026, 1, 5), dt.date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _a_tuesday_in_march(time_machine):
    time_machine.move_to(NOW, tick=False)


def test_the_most_overdue_visit_comes_first_with_every_term_that_it_missed(reported_visit, county):
    reported_visit(1, ended_on=LAST_WEEK, state=VisitState.TO_REPORT)
    reported_visit(2, ended_on=LONG_AGO)
    reported_visit(3, ended_on=LONG_AGO - dt.timedelta(days=7), state=VisitState.RETURNED)
    found = [(late.visit.position, [kind for kind, _ in late.terms]) for late in overdue.of(county)]
    both = [DeadlineKind.REPORT, DeadlineKind.PUBLICATION]
    assert found == [(3, both), (2, [DeadlineKind.PUBLICATION]), (1, [DeadlineKind.REPORT])]


def test_what_is_in_time_or_published_or_elsewhere_is_not_overdue(reported_visit, county, neighbour):
    reported_visit(1, ended_on=LAST_WEEK)
    reported_visit(2, ended_on=LAST_WEEK, state=VisitState.TO_APPROVE)
    reported_visit(3, ended_on=LONG_AGO, state=VisitState.PUBLISHED)
    assert overdue.of(county) == []
    reported_visit(4, ended_on=LONG_AGO)
    assert overdue.of(neighbour) == []


def test_the_figure_leads_to_a_page_of_exactly_those_that_it_counts(reported_visit, approver, signed_in):
    reported_visit(1, ended_on=LAST_WEEK)
    reported_visit(2, ended_on=LAST_WEEK, state=VisitState.TO_REPORT)
    reported_visit(3, ended_on=LONG_AGO)
    (figure,) = [one for one in counts.for_user(approver) if one.label == "本局已逾期"]
    answer = signed_in(approver).get(figure.url)
    assert figure.url == reverse("overdue") == "/office/overdue/"
    assert answer.context["page"].paginator.count == figure.count == 2
    page = answer.content.decode()
    assert page.index("第3诊所") < page.index("第2诊所")
    assert "第1诊所" not in page
    for shown in ("结果公示", "检查报告", "已逾期 22 个工作日", "待公示", "待录入", "秦组长"):
        assert shown in page


def test_a_bureau_without_delay_is_told_so(approver, signed_in):
    assert "没有逾期的检查任务" in signed_in(approver).get(reverse("overdue")).content.decode()


def test_a_visit_without_a_leader_is_listed(reported_visit, approver, signed_in):
    visit = reported_visit(1, ended_on=LONG_AGO)
    visit.leader = None
    visit.save()
    assert "第1诊所" in signed_in(approver).get(reverse("overdue")).content.decode()


@pytest.mark.parametrize("person", ["witness", "auditor", "system_admin"])
def test_who_sees_no_visits_sees_no_overdue_ones(request, signed_in, person):
    user = request.getfixturevalue(person)
    assert signed_in(user).get(reverse("overdue")).status_code == 403


def test_the_page_costs_the_same_for_one_row_and_for_three(
    reported_visit, approver, signed_in, django_assert_max_num_queries, django_assert_num_queries
):
    client = signed_in(approver)
    reported_visit(1, ended_on=LONG_AGO)
    with django_assert_max_num_queries(20) as captured:
        client.get(reverse("overdue"))
    for n in (2, 3):
        reported_visit(n, ended_on=LONG_AGO)
    with django_assert_num_queries(len(captured)):
        client.get(reverse("overdue"))
