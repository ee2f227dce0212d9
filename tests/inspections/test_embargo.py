"""Who may learn before a visit is over which facility it goes to, page by page."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from inspections import candidates, embargo, fieldwork, roster_sheet, teams
from inspections.facility_chapters import facility_events
from inspections.models import PlanTask, Visit
from inspections.states import VisitState
from publication import counts, finding, worklist
from registries import trail
from registries.models import Bureau, Facility
from tests.cast import also, make_user, refused
from tests.factories import NOW, make_facility, make_task
from tests.factories.clues import approved_clue
from tests.factories.draws import drawable_task, end_visit, finished_draw, held_draw, substitute
from tests.factories.fieldwork import ARRIVED, account, make_member, make_team_visit
from tests.factories.joint import make_assisted_visit

pytestmark = pytest.mark.django_db
NAME = "卫东区隐名医院"


@pytest.fixture(autouse=True)
def morning(time_machine):
    time_machine.move_to(NOW, tick=False)


def at(name, *args):
    return reverse(f"inspections:{name}", args=args)


def read(client, name, *args):
    return client.get(at(name, *args)).content.decode()


@pytest.fixture
def visit(county, drafter):
    """Of inspectors 1 and 2, at a facility whose name is found nowhere else."""
    visit = make_team_visit(county, drafter)
    visit.facility.name = NAME
    visit.facility.address = "隐名路8号"
    visit.facility.save()
    return visit


def for_handlers(visit):
    PlanTask.objects.filter(pk=visit.draw.task_id).update(winners_shown="handlers")


def names_hidden(visit):
    Bureau.objects.filter(pk=visit.bureau_id).update(names_hidden=True)
    return Visit.objects.get(pk=visit.pk)


def everybody():
    return Visit.objects.all()


# Handlers only


def test_of_handlers_only_staff_supervisors_and_the_team_know_of_a_visit(
    county, visit, drafter, colleague, approver, city_staff, city_approver
):
    for_handlers(visit)
    bystander = make_member(county, 3).user
    for user in (drafter, colleague, approver, account(visit, 1), account(visit, 2)):
        assert embargo.visits_shown(everybody(), user).get() == visit
    for user in (bystander, city_staff, city_approver):
        assert not embargo.visits_shown(everybody(), user).exists()


def test_whoever_was_swapped_out_knows_of_the_visit_no_longer(visit):
    for_handlers(visit)
    member = visit.members.get(place=2)
    member.is_active = False
    member.save()
    assert not embargo.visits_shown(everybody(), member.inspector.user).exists()


@pytest.mark.parametrize("setting", ["office", "at_once"])
def test_by_the_other_settings_everybody_in_sight_knows(county, visit, city_staff, setting):
    PlanTask.objects.filter(pk=visit.draw.task_id).update(winners_shown=setting)
    for user in (city_staff, make_member(county, 3).user):
        assert embargo.visits_shown(everybody(), user).get() == visit


def test_a_visit_that_is_over_is_kept_from_nobody(visit, city_staff):
    for_handlers(visit)
    end_visit(visit)
    assert embargo.named(everybody(), city_staff).get() == visit


def test_list_page_search_timeline_and_figures_keep_it_together(visit, city_staff, signed_in):
    for_handlers(visit)
    client = signed_in(city_staff)
    assert NAME not in read(client, "visits")
    assert client.get(at("visit", visit.pk)).status_code == 404
    assert client.get(at("report", visit.pk)).status_code == 404
    assert [section.title for section in finding.find(city_staff, NAME)] == ["检查对象"]
    assert facility_events(visit.facility, city_staff) == []
    assert {figure.count for figure in counts.for_user(city_staff) if "visits" in figure.url} == {0}


@pytest.fixture
def drawn(county, drafter, witness):
    return held_draw(drawable_task(county, by=drafter, winners_shown="handlers"), by=drafter, witness=witness)


def test_the_page_of_a_draw_names_winners_to_staff_and_supervisor_and_tells_others_how_many(
    drawn, drafter, approver, witness, city_staff, signed_in
):
    first, count = drawn.visits.first().facility.name, drawn.visits.count()
    for user in (drafter, approver):
        assert first in read(signed_in(user), "draw", drawn.pk)
    for user in (witness, city_staff):
        shown = read(signed_in(user), "draw", drawn.pk)
        assert first not in shown
        assert f"抽中 {count} 家" in shown
        assert "机构名称现在不向您显示" in shown


def test_a_superiors_supervisor_is_not_led_to_it_by_a_swap(
    drawn, drafter, approver, city_approver, signed_in
):
    visit = drawn.visits.first()
    substitute(visit.members.get(place=1), by=drafter, approver=approver)
    assert f"{visit.reference}调换" in read(signed_in(approver), "approvals")
    assert f"{visit.reference}调换" not in read(signed_in(city_approver), "approvals")


# The trail, which its readers keep for good


def told_by_the_trail(signed_in, bureau):
    auditor = make_user(f"shenji{bureau.code}", "审计员", bureau, "auditor")
    return signed_in(auditor).get(reverse("registries:trail")).content.decode()


def test_no_auditor_reads_in_the_trail_where_a_record_is_being_filled(county, city, visit, signed_in):
    for_handlers(visit)
    fieldwork.start(visit, by=account(visit, 1), now=ARRIVED)
    for bureau in (county, city):
        told = told_by_the_trail(signed_in, bureau)
        assert "开始现场检查" in told
        assert visit.reference in told
        assert NAME not in told


def test_no_auditor_reads_in_the_trail_where_a_swap_is_asked_for(
    county, city, drawn, drafter, approver, signed_in
):
    visit = drawn.visits.first()
    substitute(visit.members.get(place=1), by=drafter, approver=approver)
    for bureau in (county, city):
        told = told_by_the_trail(signed_in, bureau)
        assert f"{visit.reference}调换" in told
        assert visit.facility.name not in told


def test_no_auditor_reads_in_the_trail_whom_a_clue_is_about(county, city, signed_in):
    clue = approved_clue(county, make_facility(county, 81, name=NAME))
    for bureau in (county, city):
        told = told_by_the_trail(signed_in, bureau)
        assert "提请审批线索检查" in told
        assert clue.number in told
        assert NAME not in told


# The wall in the room


@pytest.mark.parametrize(
    ("setting", "hidden", "shown"),
    [
        ("office", False, True),
        ("office", True, False),
        ("handlers", False, False),
        ("at_once", True, True),
    ],
)
def test_the_wall_shows_names_or_tickets_whoever_signed_in(
    county, drafter, witness, signed_in, setting, hidden, shown
):
    Bureau.objects.filter(pk=county.pk).update(names_hidden=hidden)
    task = PlanTask.objects.get(pk=drawable_task(county, by=drafter, winners_shown=setting).pk)
    draw = held_draw(task, by=drafter, witness=witness)
    first = draw.visits.first()
    wall = read(signed_in(drafter), "ceremony", draw.pk)
    assert (first.facility.name in wall) is shown
    assert ("受检机构名称现在不显示" in wall) is not shown
    assert first.ticket[:8] in wall


def test_the_wall_shows_names_when_all_visits_are_over(county, drafter, witness, approver, signed_in):
    draw = finished_draw(drawable_task(county, by=drafter, winners_shown="handlers"), by=drafter)
    assert draw.visits.first().facility.name in read(signed_in(witness), "ceremony", draw.pk)


# Names hidden until the task is accepted


def test_before_acceptance_a_member_sees_items_and_day_and_no_facility(visit, signed_in):
    visit = names_hidden(visit)
    user = account(visit, 1)
    client = signed_in(user)
    page = read(client, "visit", visit.pk)
    assert "接受任务" in page
    assert str(visit.draw.task.items.first()) in page
    listed = read(client, "visits")
    searched = client.get(at("visits"), {"q": NAME}).content.decode()
    for secret in (visit.facility.name, visit.facility.address, visit.facility.insurance_code):
        assert secret not in page + listed + read(client, "substitution_request", visit.members.first().pk)
        assert secret not in client.get(reverse("home")).content.decode()
    assert at("visit", visit.pk) in listed
    assert at("visit", visit.pk) not in searched
    assert finding.find(user, NAME) == []
    for name in ("report", "record"):
        assert client.get(at(name, visit.pk)).status_code == 404
    assert client.post(at("visit_contact", visit.pk)).status_code == 404


def test_each_member_accepts_for_themselves(visit, signed_in):
    visit = names_hidden(visit)
    first, second = account(visit, 1), account(visit, 2)
    client = signed_in(first)
    client.post(at("visit_accept", visit.pk))
    assert NAME in read(client, "visit", visit.pk)
    assert NAME in read(client, "visits")
    assert NAME not in read(signed_in(second), "visit", visit.pk)
    assert [task.title for task in worklist.for_user(first, NOW)] == ["到现场检查"]
    (task,) = worklist.for_user(second, NOW)
    assert task.title == "接受检查任务"
    assert NAME not in task.subject


def test_where_the_name_is_public_at_once_a_member_accepts_all_the_same(visit, signed_in):
    visit = names_hidden(visit)
    PlanTask.objects.filter(pk=visit.draw.task_id).update(winners_shown="at_once")
    page = read(signed_in(account(visit, 1)), "visit", visit.pk)
    assert NAME in page
    assert at("visit_accept", visit.pk) in page
    assert at("record_start", visit.pk) not in page


def test_a_second_acceptance_changes_nothing(visit):
    user = account(visit, 1)
    first = teams.accept(visit, by=user, now=NOW)
    again = teams.accept(visit, by=user, now=ARRIVED)
    assert again.accepted_at == first.accepted_at == NOW
    assert [entry.event for entry in trail.about(visit)] == ["接受检查任务"]


def test_only_the_team_accepts(county, visit, drafter):
    with pytest.raises(PermissionDenied):
        teams.accept(visit, by=make_member(county, 3).user)
    with pytest.raises(PermissionDenied):
        teams.accept(visit, by=drafter)


def test_what_is_over_needs_no_acceptance(visit):
    end_visit(visit)
    assert "不需要再接受" in refused(teams.accept, visit, by=account(visit, 1))


def test_nobody_starts_a_record_or_calls_before_accepting(visit):
    visit = names_hidden(visit)
    user = account(visit, 1)
    assert "还没有接受" in refused(fieldwork.start, visit, by=user, now=ARRIVED)
    assert "还没有接受" in refused(teams.contact, visit, by=user)
    teams.accept(visit, by=user)
    fieldwork.start(visit, by=user, now=ARRIVED)
    visit.refresh_from_db()
    assert visit.state == VisitState.ON_SITE
    assert "还没有接受" in refused(fieldwork.start, visit, by=account(visit, 2), now=ARRIVED)


def test_a_colleague_outside_the_team_waits_with_it_and_staff_do_not(county, visit, drafter, signed_in):
    visit = names_hidden(visit)
    assert NAME not in read(signed_in(make_member(county, 3).user), "visits")
    assert NAME in read(signed_in(drafter), "visits")


def test_an_inspector_with_a_second_role_does_not_read_the_name_there(county, drafter, signed_in):
    Bureau.objects.filter(pk=county.pk).update(names_hidden=True)
    draw = held_draw(drawable_task(county, by=drafter), by=drafter)
    visit = draw.visits.first()
    inspector = visit.members.first().inspector
    inspector.user = also(make_user("jiancha", "检查员", county, "inspector"), "witness")
    inspector.save()
    assert visit.facility.name not in read(signed_in(inspector.user), "draw", draw.pk)
    assert facility_events(visit.facility, inspector.user) == []
    teams.accept(visit, by=inspector.user)
    assert visit.facility.name in read(signed_in(inspector.user), "draw", draw.pk)


# The sealed roster of a later draw


def roster_of(draw, user, signed_in):
    return read(signed_in(user), "draw_roster", draw.pk)


def test_a_sealed_roster_does_not_tell_whom_a_superior_has_drawn(
    county, city, drafter, city_staff, signed_in
):
    facility = make_facility(county, 88, region="市抽街道")
    theirs = held_draw(drawable_task(city, grades="", inspectors=3, regions=["市抽街道"]))
    draw = held_draw(drawable_task(county, by=drafter), by=drafter)
    assert draw.facilities.get(facility=facility).status == "drawn_by_superior"
    told = roster_of(draw, drafter, signed_in)
    assert "上级医保局本年度已抽中</td>" not in told
    assert "名单中有 1 家" in told
    assert "上级医保局本年度已抽中</td>" in roster_of(draw, city_staff, signed_in)
    end_visit(theirs.visits.get())
    told = roster_of(draw, drafter, signed_in)
    assert "上级医保局本年度已抽中</td>" in told
    assert "名单中有" not in told


def test_a_second_rounds_roster_does_not_tell_the_witness_the_first_rounds_winners(
    county, drafter, witness, signed_in
):
    task = drawable_task(county, by=drafter, winners_shown="handlers")
    held_draw(task, by=drafter, witness=witness)
    second = held_draw(task, by=drafter, witness=witness, round=2, now=ARRIVED)
    assert "本局本年度已抽中</td>" in roster_of(second, drafter, signed_in)
    assert "本局本年度已抽中</td>" not in roster_of(second, witness, signed_in)


def test_before_the_seal_the_list_of_the_pool_does_not_tell_the_witness_either(
    drawn, drafter, witness, signed_in
):
    first = drawn.visits.first()
    assert "本局本年度已抽中" in read(signed_in(drafter), "task_pool", drawn.task_id)
    assert "本局本年度已抽中" not in read(signed_in(witness), "task_pool", drawn.task_id)
    assert first.facility.name in read(signed_in(witness), "task_pool", drawn.task_id)


def listed_to(task, user):
    """By the pool's list before the seal."""
    return {row.facility_id: row.status for row in candidates.told_to(user, task, on=NOW.date())}


def sealed_to(draw, user):
    """By the sealed roster."""
    return dict(roster_sheet.told(draw, user).values_list("facility_id", "told"))


def test_the_cap_does_not_tell_a_witness_that_an_inspection_is_coming(county, drafter, witness):
    county.frequency_cap = 1
    county.save()
    coming, over = make_facility(county, 81), make_facility(county, 82)
    task = drawable_task(county, by=drafter)
    item = task.items.get()
    approved_clue(county, coming, item)
    approved_clue(county, over, item)
    end_visit(over.visits.get())
    draw = held_draw(task, by=drafter)
    for told in (listed_to(task, drafter), sealed_to(draw, drafter)):
        assert (told[coming.pk], told[over.pk]) == ("frequency_cap", "frequency_cap")
    for told in (listed_to(task, witness), sealed_to(draw, witness)):
        assert (told[coming.pk], told[over.pk]) == ("in", "frequency_cap")


def test_an_initiators_list_that_is_for_the_handlers_is_not_told_by_the_pool(county, drafter, witness):
    listed, covered = make_facility(county, 81), make_facility(county, 82, region="联合街道")
    task = drawable_task(county, by=drafter)
    joint = make_task(
        county,
        drafter,
        joint_kind="assist",
        assignment="assigned",
        winners_shown="handlers",
        regions=["联合街道"],
    )
    for position, facility in enumerate((listed, covered), 1):
        make_assisted_visit(joint, facility, drafter, position=position)
    draw = held_draw(task, by=drafter)
    for told in (listed_to(task, drafter), sealed_to(draw, drafter)):
        assert (told[listed.pk], told[covered.pk]) == ("joint_plan", "joint_plan")
    for told in (listed_to(task, witness), sealed_to(draw, witness)):
        # The scope of the joint task stands in the published plan, whoever is on the list.
        assert (told[listed.pk], told[covered.pk]) == ("in", "joint_plan")


def test_what_another_bureau_drew_before_a_move_is_not_told_until_it_is_public(
    county, neighbour, drafter, outsider
):
    moved = make_facility(neighbour, 81, region="迁址街道")
    theirs = held_draw(drawable_task(neighbour, by=outsider, grades="", inspectors=3, regions=["迁址街道"]))
    Facility.objects.filter(pk=moved.pk).update(bureau=county)
    task = drawable_task(county, by=drafter)
    draw = held_draw(task, by=drafter)
    assert draw.facilities.get(facility=moved).status == "drawn_before_moving"
    assert (listed_to(task, drafter)[moved.pk], sealed_to(draw, drafter)[moved.pk]) == ("in", "in")
    end_visit(theirs.visits.get())
    assert sealed_to(draw, drafter)[moved.pk] == "drawn_before_moving"


def test_where_names_are_hidden_an_inspector_does_not_read_them_in_the_pool(county, drafter):
    Bureau.objects.filter(pk=county.pk).update(names_hidden=True)
    task = drawable_task(county, by=drafter)
    draw = held_draw(task, by=drafter)
    won = draw.visits.first()
    bystander = make_member(county, 41).user
    assert listed_to(task, drafter)[won.facility_id] == "drawn_this_year"
    assert listed_to(task, bystander)[won.facility_id] == "in"
