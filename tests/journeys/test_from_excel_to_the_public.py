"""The whole path of one round in a real browser, by people who each do their own part."""

import datetime as dt

import pytest

from inspections.models import TeamMember
from tests.journeys import planning_acts as planning
from tests.journeys import result_acts as results
from tests.journeys.windows import PHONE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def someone_to_recuse(draw) -> TeamMember:
    """The second member of the first visit."""
    return draw.visits.get(position=1).members.get(place=2, is_active=True)


@pytest.mark.usefixtures("drafter", "colleague", "approver", "witness")
def test_from_excel_to_the_public(windows, clock, county, tmp_path, capsys):
    staff, supervisor = windows.sign_in("zhou.jingban"), windows.sign_in("zheng.lingdao")
    windows.inspect(staff, "staff-home-empty")
    planning.import_lists(windows, staff)
    planning.link_accounts(windows, staff, county)
    planning.draft_plan(windows, staff)
    supervisor.reload()
    planning.return_amend_and_approve_the_plan(windows, staff, supervisor)
    planning.publish_plan(windows, staff)
    draw = planning.seal(windows, staff)
    onlooker = windows.sign_in("feng.jianzheng")
    planning.witness(windows, onlooker)
    planning.hold(windows, staff, draw, onlooker)
    member = someone_to_recuse(draw)
    recused = windows.sign_in(member.inspector.user.username)
    planning.ask_for_recusal(windows, recused, member)
    visit = planning.approve_recusal(windows, supervisor, member)

    clock.shift(dt.timedelta(days=1))
    staff, supervisor, colleague = map(windows.sign_in, ("zhou.jingban", "zheng.lingdao", "wu.jingban"))
    results.plan_the_day(windows, staff, visit)
    leader = windows.sign_in(visit.leader.user.username, viewport=PHONE)
    results.inspect_on_site(windows, leader, visit)
    results.download_the_record(leader)
    results.report(windows, leader)
    results.approve_report(windows, supervisor)
    public = windows.open()
    results.publish_result(windows, staff, colleague, public, visit)
    assert public.request.get(f"/draws/{draw.pk}/evidence.json").status == 404
    results.end_the_other_visits(draw)
    results.read_as_the_public(windows, public, visit)
    results.verify_the_draw(windows, public, draw, tmp_path, capsys)
    assert windows.complaints == []
