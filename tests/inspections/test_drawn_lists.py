"""Our inspectors drawn for whom another department has drawn: a real draw in which everybody on the list wins (C8)."""

import datetime as dt
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from inspections import (
    assisted_lists,
    candidates,
    draws,
    embargo,
    evidence,
    frequency,
    plan_rules,
    plan_versions,
    plans,
    pool,
    roster_sheet,
    rosters,
    teams,
)
from inspections.assisted_matching import ListedRow, match
from inspections.facility_chapters import bars_to_leaving, facility_events
from inspections.forecast import forecast
from inspections.models import AnnualPlan, PlanTask, Visit
from inspections.states import DrawState, VisitState
from inspections.verify_draw import first_difference
from publication import content, worklist
from registries import trail
from tests.cast import refused
from tests.factories import NOW, make_facility, make_interest, make_item, make_task
from tests.factories.draws import (
    drawable_task,
    end_visit,
    held_draw,
    member_of,
    minutes,
    sealed_draw,
    substitute,
    voided_draw,
)
from tests.factories.joint import HEALTH, PARTNERS, brought_in
from tests.inspections import planning
from tests.inspections.browser_verifier import browser_verifier

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def task(county, drafter):
    """Of pharmacies, of which the county has none: whom the list names is outside. Five inspectors."""
    return assist_task(county, drafter)


def assist_task(county, drafter, **fields):
    values = {"joint_kind": "assist", "partners": PARTNERS, "kinds": ["pharmacy"], "rounds": 2}
    return drawable_task(county, by=drafter, grades="", **(values | fields))


def own_task(task, drafter, grades):
    """Ours alone, of the same items; the facilities that it adds are in its scope as whoever the list names."""
    return drawable_task(task.bureau, by=drafter, grades=grades, items=list(task.items.all()))


@pytest.fixture
def facilities(county):
    return [make_facility(county, n, grade=grade) for n, grade in ((1, "A"), (2, "D"), (3, "NONE"))]


@pytest.fixture
def listed(task, facilities, drafter):
    return brought_in(task, *facilities, by=drafter)


@pytest.fixture
def drawn(listed, drafter, witness):
    return held_draw(listed.drawn_task, by=drafter, witness=witness)


def at(name, *args):
    return reverse(f"inspections:{name}", args=args)


def read(client, name, *args) -> str:
    return client.get(at(name, *args)).content.decode()


def where(draw) -> set:
    return {visit.facility for visit in draw.visits.all()}


def verified(draw) -> dict:
    """The evidence file, once every visit is over and another program has recomputed it."""
    for visit in draw.visits.exclude(state=VisitState.CANCELLED):
        end_visit(visit)
    found = evidence.of(draw)
    assert first_difference(found, expected_seal_digest=draw.seal_digest) is None
    return found


# From the list to the evidence


@pytest.mark.parametrize(("assignment", "visits"), [("drawn", 0), ("assigned", 1)])
def test_a_plan_says_whether_inspectors_are_drawn_or_assigned_where_we_assist(
    county, drafter, approver, assignment, visits
):
    plan = planning.published(
        county, drafter, approver, joint_kind="assist", partners=PARTNERS, assignment=assignment
    )
    listed = brought_in(plan.tasks.get(), make_facility(county, 1), by=drafter)
    assert (Visit.objects.count(), hasattr(listed, "drawn_task")) == (visits, visits == 0)


def test_a_list_for_which_inspectors_are_drawn_sets_off_a_task_of_its_own_and_no_visit(
    task, listed, facilities, drafter
):
    own = listed.drawn_task
    assert (own.number, own.rounds, own.assignment, own.joint_kind, own.partners) == (
        "卫医保抽查〔2026〕1号",
        1,
        "drawn",
        "assist",
        PARTNERS,
    )
    assert (own.plan, own.floor_bp, list(own.items.all())) == (
        task.plan,
        task.floor_bp,
        list(task.items.all()),
    )
    assert set(own.ratios_bp.values()) == {10_000}
    assert not Visit.objects.exists()
    assert "增加按发起部门名单抽取的任务" in [entry.event for entry in trail.about(task.plan)]
    assert at("draw_new", own.pk) in [todo.url for todo in worklist.for_user(drafter, NOW)]


def test_everybody_on_the_list_wins_and_chance_decides_who_goes(listed, facilities, drawn):
    seal = rosters.seal_of(drawn)
    assert [(row["grade"], row["pool"], row["quota"]) for row in seal["quotas"] if row["base"]] == [
        ("A", 1, 1),
        ("D", 1, 1),
        ("NONE", 1, 1),
    ]
    assert (seal["task"], seal["top_up"], where(drawn)) == (listed.drawn_task.number, 0, set(facilities))
    assert [visit.members.count() for visit in drawn.visits.all()] == [2, 2, 2]
    assert list(assisted_lists.visits_of(listed)) == list(drawn.visits.order_by("position"))


def test_the_evidence_of_such_a_draw_is_recomputed_substitution_included(drawn, drafter, approver):
    substitute(member_of(drawn.visits.first()), by=drafter, approver=approver)
    found = verified(drawn)
    assert (found["assignment"], len(found["winners"]), len(found["substitutions"])) == ("drawn", 3, 1)


@pytest.mark.browser
def test_command_script_and_browser_each_verify_such_a_draw(
    drawn, drafter, approver, client, tmp_path, capsys
):
    substitute(member_of(drawn.visits.first()), by=drafter, approver=approver)
    verified(drawn)
    file, script = tmp_path / "evidence.json", tmp_path / "verify_draw.py"
    file.write_bytes(evidence.as_bytes(drawn))
    script.write_bytes(client.get(reverse("public:verify_script")).content)
    call_command("verify_draw", str(file), "--seal-digest", drawn.seal_digest)
    assert drawn.number in capsys.readouterr().out
    ran = subprocess.run(
        [sys.executable, "-I", str(script), str(file)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, drawn.number in ran.stdout) == (0, True)
    with browser_verifier() as verify:
        (answer,) = verify([file.read_bytes()], drawn.seal_digest)
    assert (answer.get("verified"), answer.get("sealDigest")) == (True, drawn.seal_digest)
    assert "中选机构 3 家，检查人员 6 人次，调换 1 次" in answer["answer"]


def test_nobody_is_assigned_by_hand_where_inspectors_are_drawn(drawn, drafter, county):
    visit, people = drawn.visits.first(), list(county.inspectors.all()[:2])
    assert "随机抽取产生" in refused(teams.assign, visit, people, by=drafter)


def test_whoever_confirmed_the_list_has_decided_that_all_are_inspected(county, drafter, task):
    """Not what keeps a facility out of our own draws: agreement, draws of the year, cap."""
    before = held_draw(own_task(task, drafter, "A"), by=drafter).visits.get().facility
    suspended = make_facility(county, 51, agreement_status="suspended")
    black = make_facility(county, 52, blacklist_reason="骗保", blacklisted_at=NOW, blacklisted_by=drafter)
    listed = brought_in(task, before, suspended, black, by=drafter)
    type(county).objects.filter(pk=county.pk).update(frequency_cap=1)
    own = PlanTask.objects.get(pk=listed.drawn_task.pk)
    assert {row.facility_id: row.status for row in pool.facilities(own, on=NOW.date())} == {
        before.pk: "in",
        suspended.pk: "in",
        black.pk: "in",
    }


def test_two_lists_of_one_task_are_two_draws_in_one_chain(county, listed, drawn, task, drafter, witness):
    other = make_facility(county, 9)
    second = brought_in(task, other, by=drafter, document_number="卫卫健〔2026〕13号")
    later = held_draw(second.drawn_task, by=drafter, witness=witness, now=minutes(60))
    assert second.drawn_task.number == "卫医保抽查〔2026〕2号"
    assert (where(later), later.previous) == ({other}, drawn)
    assert list(assisted_lists.visits_of(second)) == list(later.visits.all())
    verified(drawn)
    verified(later)


def test_a_list_taken_over_twice_is_drawn_for_once(listed, task, facilities, drafter, witness):
    assert "已导入" in refused(brought_in, task, *facilities, by=drafter)
    assert PlanTask.objects.exclude(assisted=None).get() == listed.drawn_task
    held_draw(listed.drawn_task, by=drafter, witness=witness)
    assert "没有重复封存" in refused(draws.seal, listed.drawn_task, 1, by=drafter, now=minutes(60))
    assert "没有第2轮" in refused(draws.seal, listed.drawn_task, 2, by=drafter, now=minutes(60))


def test_the_database_knows_one_task_of_a_list(listed, task):
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanTask.objects.filter(pk=task.pk).update(assisted=listed)


def test_after_a_void_the_list_is_drawn_for_again(listed, drawn, facilities, drafter, witness, approver):
    voided_draw(drawn, by=drafter, approver=approver)
    assert (drawn.state, list(assisted_lists.visits_of(listed))) == (DrawState.VOIDED, [])
    again = held_draw(listed.drawn_task, by=drafter, witness=witness, now=minutes(60))
    assert (again.round, where(again)) == (1, set(facilities))
    assert list(assisted_lists.visits_of(listed)) == list(again.visits.order_by("position"))
    assert verified(again)["seal"]["previous"] == drawn.seal_digest


def test_whoever_declared_an_interest_stays_away(county, listed, facilities, drafter, witness):
    away = list(county.inspectors.all()[:3])
    for inspector in away:
        make_interest(inspector, facilities[0], drafter)
    draw = held_draw(listed.drawn_task, by=drafter, witness=witness)
    sent = {member.inspector for member in draw.visits.get(facility=facilities[0]).members.all()}
    assert sent == set(county.inspectors.all()) - set(away)
    assert len(verified(draw)["recusals"]) == 3


def test_where_no_team_is_left_for_a_listed_facility_nothing_is_sealed(county, listed, facilities, drafter):
    for inspector in county.inspectors.all()[:4]:
        make_interest(inspector, facilities[0], drafter)
    assert facilities[0].name in refused(sealed_draw, listed.drawn_task, by=drafter)


def test_the_task_of_the_plan_itself_is_not_drawn_and_takes_no_list_for_its_list(
    listed, task, drafter, county
):
    assert "请导入发起部门名单" in refused(sealed_draw, task, by=drafter)
    other = make_facility(county, 9)
    assert "本任务由本单位抽取" in refused(
        brought_in, listed.drawn_task, other, by=drafter, document_number="卫卫健〔2026〕13号"
    )


# What happens between list and draw


def adjusted(plan, drafter, approver) -> AnnualPlan:
    newer = plans.adjust(plan, reason="工作安排变化", by=drafter)
    return planning.through(newer, plans.submit(newer, by=drafter, now=NOW), drafter, approver)


def test_an_adjusted_plan_takes_the_task_along_and_tells_of_no_change(
    listed, task, facilities, drafter, approver, witness
):
    newer = adjusted(task.plan, drafter, approver)
    own = PlanTask.objects.get(assisted=listed)
    assert (own.pk, own.plan) == (listed.drawn_task.pk, newer)
    assert plan_versions.differences(task.plan, newer) == []
    assert where(held_draw(own, by=drafter, witness=witness, now=minutes(60))) == set(facilities)


def test_a_lists_task_follows_the_term_and_items_of_the_one_it_was_brought_in_for(
    county, listed, task, drafter, approver
):
    """Else a list whose term ends before it is drawn for could never be drawn for."""
    newer = plans.adjust(task.plan, reason="联合检查延期", by=drafter)
    written = newer.tasks.get(root=task.lineage_id)
    other = make_item(county, drafter, name="联合检查新增事项")
    values = plan_rules.values_of(written) | {"ends_on": dt.date(2026, 11, 30), "items": [other]}
    plans.amend_task(written, values, revision=newer.revision, by=drafter)
    newer = AnnualPlan.objects.get(pk=newer.pk)
    planning.through(newer, plans.submit(newer, by=drafter, now=NOW), drafter, approver)
    own = PlanTask.objects.get(assisted=listed)
    assert (own.ends_on, list(own.items.all())) == (dt.date(2026, 11, 30), [other])


def test_a_duplicate_that_is_merged_meanwhile_is_drawn_as_the_facility_that_stands_for_both(
    county, listed, facilities, drafter, witness
):
    survivor = make_facility(county, 9)
    merged = facilities[0]
    merged.merged_into, merged.merged_at, merged.merged_by = survivor, NOW, drafter
    merged.save()
    draw = held_draw(listed.drawn_task, by=drafter, witness=witness)
    assert where(draw) == {survivor, *facilities[1:]}


def test_until_it_is_drawn_a_listed_facility_stays_with_its_bureau(listed, facilities, drafter, witness):
    (bar,) = bars_to_leaving(facilities[0])
    assert "请先抽取检查人员" in bar
    held_draw(listed.drawn_task, by=drafter, witness=witness)
    (bar,) = bars_to_leaving(facilities[0])
    assert "未办结的检查" in bar


def test_whom_a_list_names_no_draw_of_our_own_takes_as_well(task, listed, facilities, drafter, witness):
    ours = own_task(task, drafter, "AA")
    sealed = sealed_draw(ours, by=drafter)
    out = sealed.facilities.exclude(status="in")
    assert set(out.values_list("facility", "status")) == {(one.pk, "joint_plan") for one in facilities}
    voided_draw(sealed, by=drafter)
    held_draw(listed.drawn_task, by=drafter, witness=witness, now=minutes(60))
    told = {row.facility_id: row.status for row in pool.facilities(ours, on=NOW.date())}
    assert [told[one.pk] for one in facilities] == ["joint_plan"] * 3


# Who may know


def test_before_the_draw_whom_the_list_names_is_told_to_its_handlers_alone(
    task, listed, facilities, drafter, witness
):
    """By the list of the pool, by the forecast's figures and by the roster that is sealed meanwhile."""
    ours, named = own_task(task, drafter, "AA"), {one.pk for one in facilities}
    sealed = sealed_draw(ours, by=drafter)
    for person, said in ((drafter, {"joint_plan"}), (witness, {"in"})):
        listing = {row.facility_id: row.status for row in candidates.told_to(person, ours, on=NOW.date())}
        roster = dict(roster_sheet.told(sealed, person).values_list("facility_id", "told"))
        for told in (listing, roster):
            assert {status for pk, status in told.items() if pk in named} == said
    assert forecast(ours, on=NOW.date()).excluded == (("本年度联合抽查计划已覆盖", len(named)),)


def test_a_list_still_to_be_drawn_for_counts_towards_the_cap(county, task, drafter):
    county.frequency_cap = 1
    county.save()
    facility = make_facility(county, 1)
    first = brought_in(task, facility, by=drafter)
    assert frequency.times(facility, county, NOW.date()) == 1
    rows = [ListedRow(2, facility.social_credit_code, facility.name)]
    (finding,) = match(task, rows, on=NOW.date())
    assert finding.reason.startswith("本年度检查次数已达本局上限")
    held_draw(first.drawn_task, by=drafter)
    assert frequency.times(facility, county, NOW.date()) == 1


def test_what_was_public_at_once_stays_public_after_a_void(county, drafter):
    task = assist_task(county, drafter, winners_shown="at_once")
    draw = held_draw(brought_in(task, make_facility(county, 1), by=drafter).drawn_task, by=drafter)
    assert (evidence.winners_public(draw), evidence.seal_public(draw)) == (True, True)
    draw = voided_draw(draw, by=drafter)
    assert (evidence.winners_public(draw), evidence.seal_public(draw)) == (True, True)
    assert not evidence.is_due(draw)


@pytest.mark.parametrize(("setting", "told"), [("office", True), ("handlers", False)])
def test_its_winners_are_shown_as_the_task_says_and_its_roster_to_those_who_handle_it(
    county, drafter, approver, witness, city_staff, signed_in, setting, told
):
    task = assist_task(county, drafter, winners_shown=setting)
    facility = make_facility(county, 1, name="卫东区隐名医院")
    draw = held_draw(brought_in(task, facility, by=drafter).drawn_task, by=drafter, witness=witness)
    for user, name, roster in (
        (drafter, True, 200),
        (approver, True, 200),
        (witness, told, 404),
        (city_staff, told, 404),
    ):
        client = signed_in(user)
        assert (facility.name in read(client, "draw", draw.pk)) is name
        assert client.get(at("draw_roster", draw.pk)).status_code == roster
        assert client.get(at("task_pool", draw.task_id)).status_code == roster


def test_its_lists_can_be_tried_out_by_nobody_before_the_visits_are_over_not_even_after_a_void(
    listed, drawn, drafter, approver, witness, client
):
    """A short list's digest gives away who is on it, and a void draw's evidence whom the next one is about."""
    seal, file = (reverse(f"public:{name}", args=[drawn.pk]) for name in ("seal", "evidence"))

    def status() -> list[int]:
        return [client.get(address).status_code for address in (seal, file)]

    digest = rosters.seal_of(drawn)["facility_digest"]
    assert digest not in client.get(reverse("public:draw", args=[drawn.pk])).content.decode()
    assert status() == [404, 404]
    voided_draw(drawn, by=drafter, approver=approver)
    assert status() == [404, 404]
    again = held_draw(listed.drawn_task, by=drafter, witness=witness, now=minutes(60))
    assert status() == [404, 404]
    verified(again)
    assert status() == [200, 200]


def test_whom_a_void_draw_of_a_list_cancelled_is_kept_close_until_the_next_one_is_over(
    county, drafter, approver, witness, city_staff, signed_in
):
    task = assist_task(county, drafter, winners_shown="handlers")
    listed = brought_in(task, make_facility(county, 1, name="卫东区隐名医院"), by=drafter)
    void = held_draw(listed.drawn_task, by=drafter, witness=witness)
    voided_draw(void, by=drafter, approver=approver)

    def told(user) -> list[bool]:
        pages = read(signed_in(user), "draw", void.pk), read(signed_in(user), "visits")
        return ["卫东区隐名医院" in page for page in pages]

    assert (told(drafter), told(witness), told(city_staff)) == ([True] * 2, [False] * 2, [False] * 2)
    assert embargo.is_kept_close(void.visits.get())
    again = held_draw(listed.drawn_task, by=drafter, witness=witness, now=minutes(60))
    assert (told(witness), told(city_staff)) == ([False] * 2, [False] * 2)
    verified(again)
    assert (told(city_staff), embargo.is_kept_close(void.visits.get())) == ([True] * 2, False)


def test_a_void_draw_of_a_list_that_is_not_drawn_again_is_public_when_its_term_is_over(
    drawn, drafter, approver, morning
):
    voided_draw(drawn, by=drafter, approver=approver)
    assert evidence.is_due(drawn) is False
    morning.move_to(dt.datetime(2027, 1, 1, 9, tzinfo=NOW.tzinfo), tick=False)
    assert evidence.is_due(drawn) is True


# Where it is told


def test_visit_timeline_and_notice_name_initiator_letter_and_draw(
    listed, drawn, drafter, approver, signed_in
):
    visit = drawn.visits.first()
    assert (visit.listed, visit.reference) == (listed, f"{drawn.number}第1户")
    page = read(signed_in(drafter), "visit", visit.pk)
    assert at("assisted_list", listed.pk) in page
    assert f"{HEALTH}（卫卫健〔2026〕12号）" in page
    assert [event.text for event in facility_events(visit.facility, drafter)] == [
        f"列入联合抽查（{drawn.number}）"
    ]
    given = content._given_by(visit)
    assert (given["initiator"], given["document_number"], given["draw_number"]) == (
        HEALTH,
        "卫卫健〔2026〕12号",
        drawn.number,
    )


def test_the_notice_of_a_directly_assigned_visit_names_the_letter_too(county, drafter):
    task = make_task(
        county, drafter, items=[make_item(county, drafter)], joint_kind="assist", assignment="assigned",
        partners=PARTNERS,
    )  # fmt: skip
    visit = assisted_lists.visits_of(brought_in(task, make_facility(county, 1), by=drafter)).get()
    given = content._given_by(visit)
    assert (given["initiator"], given["document_number"]) == (HEALTH, "卫卫健〔2026〕12号")
    assert "draw_number" not in given


def test_the_pages_lead_from_the_list_to_the_seal_and_to_the_visits(
    listed, task, facilities, drafter, approver, witness, signed_in
):
    client, seal_page = signed_in(drafter), at("draw_new", listed.drawn_task.pk)
    for name, key in (("assisted_list", listed.pk), ("plan", task.plan_id)):
        assert seal_page in read(client, name, key)
    assert seal_page not in read(signed_in(approver), "assisted_list", listed.pk)
    assert facilities[0].name in read(client, "assisted_list", listed.pk)
    assert client.get(at("assisted_lists", listed.drawn_task.pk)).status_code == 404
    assert "不能封存" not in read(client, "draw_new", listed.drawn_task.pk)
    client.post(at("draw_seal", listed.drawn_task.pk), {"round": 1})
    draw = listed.drawn_task.draws.get()
    page = read(client, "assisted_list", listed.pk)
    assert [at("draw", draw.pk) in page, seal_page in page, facilities[0].name in page] == [True, False, True]
    draws.contribute(draw, "4 2 6 6 1 3 5 5 2 1", by=witness, now=minutes(5))
    draws.hold(draw, by=drafter, now=minutes(10))
    page = read(client, "assisted_list", listed.pk)
    assert [at("visit", visit.pk) in page for visit in draw.visits.all()] == [True] * 3


def test_the_public_is_told_who_drew_the_facilities_and_what_was_drawn_here(listed, drawn, task, client):
    page = client.get(reverse("public:draw", args=[drawn.pk])).content.decode()
    assert f"由{HEALTH}抽取（卫卫健〔2026〕12号）" in page
    verified(drawn)
    page = client.get(reverse("public:draw", args=[drawn.pk])).content.decode()
    assert f"检查对象由{HEALTH}抽取（卫卫健〔2026〕12号）" in page
    plan = client.get(reverse("public:plan", args=[task.plan_id])).content.decode()
    assert drawn.number in plan
    assert "只抽取检查人员" in plan
