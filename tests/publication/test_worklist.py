"""What waits for each role today, by due date."""

import datetime as dt

import pytest
from django.urls import reverse

from inspections.models import AnnualPlan, Approval, ApprovalSubject, Contribution, Draw, JointKind, Visit
from inspections.states import PlanState, VisitState
from publication import counts, notices, worklist
from registries import interests, leaves
from registries.access import ROLES
from registries.models import Inspector, ItemVersion, RoleGrant, User
from tests.cast import make_user
from tests.factories import make_facility, make_inspector, make_item, make_task, make_visit
from tests.factories.joint import make_assisted_visit

NOW = dt.datetime(2026, 3, 10, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def steps(user, now=NOW):
    return [(task.title, task.subject) for task in worklist.for_user(user, now)]


def test_without_a_plan_staff_are_to_draft_one_by_mid_march(drafter):
    (task,) = worklist.for_user(drafter, NOW)
    assert (task.title, task.subject) == ("编制年度计划", "2026年度抽查计划")
    assert (task.due.date, task.due.workdays_left, task.urgency) == (dt.date(2026, 3, 15), 3, "soon")
    assert worklist.for_user(drafter, NOW + dt.timedelta(days=10))[0].urgency == "overdue"


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (PlanState.DRAFT, "编制并提交年度计划"),
        (PlanState.RETURNED, "修改被退回的年度计划"),
        (PlanState.APPROVED, "公布年度计划"),
    ],
)
def test_a_plan_in_the_making_waits_for_staff(county, drafter, state, title):
    make_task(county, drafter, state=state)
    assert steps(drafter) == [(title, "2026年度“双随机、一公开”抽查计划")]


def test_a_submitted_plan_waits_for_no_staff(county, drafter):
    make_task(county, drafter, state=PlanState.SUBMITTED)
    assert steps(drafter) == []


def test_an_adjustment_has_no_due_date_of_the_year(county, drafter, task):
    plan = AnnualPlan.objects.get()
    AnnualPlan.objects.create(
        bureau=county,
        year=2026,
        version=2,
        title=plan.title,
        work_requirements="依法检查。",
        discipline_requirements="廉洁执法。",
        adjustment_reason="增加任务",
        drafted_by=drafter,
    )
    adjusted = next(one for one in worklist.for_user(drafter, NOW) if one.title == "编制并提交年度计划")
    assert adjusted.due is None


def test_a_drafted_item_waits_for_publication(county, drafter, task):
    version = make_item(county, drafter, name="新事项", state="draft", published_at=None, published_by=None)
    assert ("公布事项清单草稿", str(version)) in steps(drafter)


def test_a_published_task_that_has_begun_waits_for_its_draw(county, drafter, task):
    assert steps(drafter) == [("封存名单，组织抽取", "卫医保抽查〔2026〕1号 定点医药机构监督检查")]
    task.starts_on = dt.date(2026, 6, 1)
    task.save()
    assert steps(drafter) == []


def test_a_task_that_another_department_leads_is_not_drawn_here(drafter, task):
    task.joint_kind = JointKind.ASSIST
    task.save()
    assert steps(drafter) == []


def test_the_next_round_waits_once_the_one_before_is_held(drafter, task, reported_visit):
    task.rounds = 2
    task.save()
    named = "卫医保抽查〔2026〕1号 定点医药机构监督检查"
    seal = "封存名单，组织抽取"
    assert steps(drafter) == [(seal, f"{named}（第1轮）")]
    reported_visit(1, state=VisitState.PUBLISHED)
    assert steps(drafter) == [(seal, f"{named}（第2轮）")]
    ItemVersion.objects.update(state="withdrawn")
    assert steps(drafter) == []


def test_each_task_waits_for_its_own_next_round_as_long_as_nothing_else_is_sealed(
    county, drafter, task, reported_visit
):
    task.rounds = 2
    task.save()
    reported_visit(1, state=VisitState.PUBLISHED)
    other = make_item(county, drafter, name="另一事项")
    second = make_task(county, drafter, items=[other], rounds=1, name="药店检查")
    make_task(county, drafter, rounds=1, name="没有事项的任务")
    subjects = [subject for title, subject in steps(drafter) if title == "封存名单，组织抽取"]
    assert subjects == [
        "卫医保抽查〔2026〕1号 定点医药机构监督检查（第2轮）",
        "卫医保抽查〔2026〕2号 药店检查",
    ]
    Draw.objects.create(
        bureau=county, task=second, round=1, year=2026, sequence=2, number="卫医保抽〔2026〕2号", seal="{}",
        seal_digest="2" * 64, secret="0" * 64, sealed_at=NOW, sealed_by=drafter,
    )  # fmt: skip
    assert "封存名单，组织抽取" not in [title for title, _ in steps(drafter)]


@pytest.fixture
def sealed_draw(task, drafter):
    return Draw.objects.create(
        bureau=task.bureau,
        task=task,
        round=1,
        year=2026,
        sequence=1,
        number="卫医保抽〔2026〕1号",
        seal="{}",
        seal_digest="0" * 64,
        secret="0" * 64,
        sealed_at=NOW,
        sealed_by=drafter,
    )


def test_a_sealed_draw_waits_for_witnesses_and_then_for_its_holding(sealed_draw, drafter, witness, county):
    second = make_user("he.jianzheng", "何见证", county, "witness")
    named = f"{sealed_draw.number} 定点医药机构监督检查"
    assert steps(drafter) == [("请见证人员到场，组织抽取", named)]
    assert steps(witness) == [("到场见证抽取", named)]
    Contribution.objects.create(
        draw=sealed_draw, position=1, role="纪检监察", name="冯见证", text="随机", contributed_by=witness
    )
    assert steps(drafter) == [("组织抽取", named)]
    assert steps(witness) == []
    assert steps(second) == [("到场见证抽取", named)]


def test_a_witness_above_is_called_and_one_elsewhere_or_with_a_hand_in_the_plan_is_not(
    sealed_draw, city, neighbour, drafter, approver
):
    above = make_user("ji.shiju", "纪市局", city, "witness")
    elsewhere = make_user("ji.waixian", "纪外县", neighbour, "witness")
    RoleGrant.objects.create(user=drafter, role="witness")
    RoleGrant.objects.create(user=approver, role="witness")
    plan = sealed_draw.task.plan
    approval = make_approval(plan.bureau, drafter, ApprovalSubject.PLAN, plan.pk)
    Approval.objects.filter(pk=approval.pk).update(outcome="approved", decided_by=approver, decided_at=NOW)
    called = {
        user.display_name
        for user in (above, elsewhere, drafter, approver)
        if "到场见证抽取" in [title for title, _ in steps(user)]
    }
    assert called == {"纪市局"}


def test_an_announced_public_value_closes_the_witnesses_part(sealed_draw, witness, drafter):
    Draw.objects.update(public_value="3 5 1 1 2", public_value_at=NOW, public_value_by=drafter)
    assert steps(witness) == []


def test_a_witness_list_costs_the_same_for_one_draw_and_for_three(
    sealed_draw, province, city, neighbour, drafter, django_assert_max_num_queries, django_assert_num_queries
):
    witness = make_user("ji.shengju", "纪省局", province, "witness")
    asked = queries_of(witness, django_assert_max_num_queries)
    for number, bureau in enumerate((city, neighbour), 2):
        Draw.objects.create(
            bureau=bureau, task=make_task(bureau, drafter), round=1, year=2026, sequence=1, secret="0" * 64,
            number=f"抽〔2026〕{number}号", seal="{}", seal_digest=str(number) * 64, sealed_at=NOW,
            sealed_by=drafter,
        )  # fmt: skip
    with django_assert_num_queries(asked):
        fresh(witness)


def test_visits_without_leader_or_date_are_one_step_of_their_draw(reported_visit, drafter):
    for n in (1, 2, 3):
        reported_visit(n, state=VisitState.ASSIGNED, ended_on=None)
    dated = reported_visit(4, state=VisitState.ASSIGNED, ended_on=None, planned_on=NOW.date())
    assert dated.leader is not None
    assert steps(drafter) == [("确定检查组组长和检查日期", "卫医保抽〔2026〕1号，3户未定")]


def test_a_result_goes_from_desk_to_desk_until_it_is_published(visit, drafter, colleague, approver):
    name = "第1诊所"
    assert steps(drafter) == steps(colleague) == [("拟定结果公示", name)]
    assert steps(approver) == []
    notice = notices.prepare(visit, by=drafter)
    assert steps(drafter) == []
    assert steps(colleague) == steps(approver) == [("复核公示", name)]
    notices.send_back(notice, reason="写清楚", by=approver)
    assert steps(drafter) == [("修改被退回的公示", name)]
    notice = notices.prepare(visit, by=drafter)
    notices.check(notice, by=approver)
    assert steps(drafter) == [("发布已复核的公示", name)]
    published = notices.publish(notice, by=drafter)
    assert steps(drafter) == steps(colleague) == steps(approver) == []
    notices.correct(published, {"summary": "更正。"}, reason="有误", by=drafter)
    assert steps(approver) == [("复核公示（更正）", name)]
    assert worklist.for_user(approver, NOW)[0].due is None


def test_the_writer_of_the_report_is_not_asked_to_check(visit, drafter, colleague):
    visit.report.written_by = colleague
    visit.report.save()
    notices.prepare(visit, by=drafter)
    assert steps(colleague) == []


def test_what_is_overdue_comes_first_and_what_has_no_date_last(reported_visit, county, drafter, task):
    make_item(county, drafter, name="新事项", state="draft", published_at=None, published_by=None)
    reported_visit(1, ended_on=dt.date(2026, 3, 2))
    reported_visit(2, ended_on=dt.date(2026, 1, 5))
    found = worklist.for_user(drafter, NOW)
    assert [(one.subject, one.urgency) for one in found] == [
        ("第2诊所", "overdue"),
        ("第1诊所", "normal"),
        ("新事项（第1版）", "normal"),
    ]
    assert found[0].due.workdays_left == -22


def make_approval(bureau, by, kind=ApprovalSubject.REPORT, subject=1, barred=()):
    approval = Approval.objects.create(
        subject_kind=kind, subject_id=subject, title=f"{kind.label}{subject}", bureau=bureau, applied_by=by
    )
    approval.barred.set([by, *barred])
    return approval


def test_a_supervisor_sees_open_applications_of_others_in_the_own_bureau(
    county, neighbour, drafter, approver, outsider
):
    second = make_user("jin.lingdao", "金领导", county, "supervisor")
    make_approval(county, drafter, ApprovalSubject.PLAN, 1)
    make_approval(county, drafter, ApprovalSubject.REPORT, 2, barred=[approver])
    make_approval(neighbour, outsider, ApprovalSubject.PLAN, 3)
    make_approval(county, second, ApprovalSubject.VOID, 4)
    assert steps(approver) == [("审批年度计划", "年度计划1"), ("审批抽取作废", "抽取作废4")]
    assert steps(second) == [("审批年度计划", "年度计划1"), ("审批检查报告", "检查报告2")]


def test_an_inspector_sees_own_visits_and_the_leader_the_report(
    reported_visit, leader, member, county, drafter
):
    member.user = make_user("xu.zuyuan", "许组员", county, "inspector")
    member.save()
    reported_visit(1, state=VisitState.ASSIGNED, ended_on=None, planned_on=dt.date(2026, 3, 12))
    reported_visit(2, state=VisitState.ON_SITE, ended_on=None, planned_on=dt.date(2026, 3, 10))
    reported_visit(3, state=VisitState.TO_REPORT)
    reported_visit(4, state=VisitState.RETURNED, ended_on=dt.date(2026, 3, 6))
    reported_visit(5, state=VisitState.TO_APPROVE)
    visits = [("填写现场检查记录", "第2诊所（建设路2号）"), ("到现场检查", "第1诊所（建设路1号）")]
    assert steps(leader.user) == [
        ("写检查报告", "第3诊所"),
        *visits,
        ("修改被退回的检查报告", "第4诊所"),
    ]
    assert steps(member.user) == visits


def test_somebody_substituted_has_nothing_more_to_do(reported_visit, leader):
    visit = reported_visit(1, state=VisitState.ASSIGNED, ended_on=None)
    visit.members.filter(inspector=leader).update(is_active=False)
    assert steps(leader.user) == []


def test_the_security_administrator_grants_roles_to_new_accounts(county, security_admin, system_admin):
    make_user("xin.laide", "新来的", county)
    assert steps(security_admin) == [("授予角色", "新来的（xin.laide）")]
    assert steps(system_admin) == []


def test_another_bureaus_work_waits_for_nobody_here(visit, outsider, city_staff):
    assert steps(outsider) == steps(city_staff) == [("编制年度计划", "2026年度抽查计划")]


@pytest.mark.parametrize("role", ROLES)
def test_a_list_costs_the_same_for_one_row_and_for_three(
    role, reported_visit, county, drafter, django_assert_max_num_queries, django_assert_num_queries
):
    user = make_user("somebody", "某人", county, role)
    reported_visit(1)
    reported_visit(11, state=VisitState.TO_REPORT)
    asked = queries_of(user, django_assert_max_num_queries)
    for n in (2, 3):
        reported_visit(n)
        reported_visit(n + 10, state=VisitState.TO_REPORT)
    with django_assert_num_queries(asked):
        fresh(user)


def queries_of(user, django_assert_max_num_queries) -> int:
    with django_assert_max_num_queries(40) as captured:
        fresh(user)
    return len(captured)


def fresh(user):
    person = type(user).objects.select_related("bureau").get(pk=user.pk)
    worklist.for_user(person, NOW)
    counts.for_user(person)


def figures(user):
    return {figure.label: figure.count for figure in counts.for_user(user)}


def test_figures_count_the_visits_in_sight_by_state(reported_visit, drafter, city_staff, outsider):
    reported_visit(1)
    reported_visit(2)
    reported_visit(3, state=VisitState.ON_SITE)
    expected = {
        "待检查": 0,
        "检查中": 1,
        "待录入": 0,
        "待审核": 0,
        "已退回": 0,
        "待公示": 2,
        "已公示": 0,
        "证件即将到期": 0,
        "证件已过期": 0,
    }
    assert figures(drafter) == figures(city_staff) == expected
    assert set(figures(outsider).values()) == {0}


def test_a_supervisor_counts_the_late_visits_of_the_own_bureau(
    reported_visit, approver, city_approver, time_machine
):
    time_machine.move_to(NOW, tick=False)
    reported_visit(1, ended_on=dt.date(2026, 1, 5))
    reported_visit(2, ended_on=dt.date(2026, 3, 2), state=VisitState.TO_REPORT)
    reported_visit(3, ended_on=dt.date(2026, 3, 2), state=VisitState.TO_APPROVE)
    reported_visit(4, ended_on=dt.date(2026, 1, 5), state=VisitState.PUBLISHED)
    assert figures(approver)["本局已逾期"] == 2
    assert figures(city_approver)["本局已逾期"] == 0


def test_an_inspectors_figures_count_own_visits_only(reported_visit, leader, county):
    reported_visit(1)
    other = make_user("bu.xiangguan", "不相干", county, "inspector")
    assert figures(leader.user)["待公示"] == 1
    assert figures(other)["待公示"] == 0
    assert Inspector.objects.filter(user=other).count() == 0


def test_administrators_see_their_own_figures(system_admin, security_admin, auditor):
    assert figures(system_admin) == {"在用账号": 3}
    assert figures(security_admin) == {"已授角色的账号": 3}
    assert figures(auditor) == {"今日留痕": 0}


def test_a_figure_leads_to_the_rows_that_it_counts(visit, drafter, leader):
    by_label = {figure.label: figure.url for figure in counts.for_user(drafter)}
    assert by_label["待公示"].endswith("?state=to_publish")
    mine = {figure.label: figure.url for figure in counts.for_user(leader.user)}
    assert mine["待公示"].endswith("?state=to_publish&mine=on")


# People: declarations, certificates, leave


@pytest.fixture
def person(county):
    return make_inspector(county, 1, user=make_user("jian.cha", "检查员1", county, "inspector"))


def test_a_declaration_waits_for_staff_but_not_for_the_one_who_made_it(county, person, drafter, outsider):
    RoleGrant.objects.create(user=person.user, role="staff")
    interest = interests.declare(person, make_facility(county, 1), "任药师", by=person.user, now=NOW)
    step = ("核实利害关系申报", "检查员1与第1诊所")
    assert step in steps(drafter)
    assert step not in steps(User.objects.get(pk=person.user_id))
    assert step not in steps(outsider)
    interests.confirm(interest, by=drafter, now=NOW)
    assert step not in steps(drafter)


def test_certificates_that_end_are_counted_for_staff_and_wait_for_their_holder(
    county, person, drafter, time_machine
):
    time_machine.move_to(NOW, tick=False)
    today = NOW.date()
    Inspector.objects.update(certificate_valid_until=today + dt.timedelta(days=60))
    make_inspector(county, 2, certificate_valid_until=today - dt.timedelta(days=1))
    assert (figures(drafter)["证件即将到期"], figures(drafter)["证件已过期"]) == (1, 1)
    (task,) = worklist.for_user(person.user, NOW)
    assert (task.subject, task.due.date) == ("执法证即将到期", today + dt.timedelta(days=60))


def test_leave_taken_after_the_day_was_fixed_waits_for_another_day(county, drafter, person):
    day = NOW.date() + dt.timedelta(days=5)
    task = make_task(county, drafter)
    make_visit(
        task, make_facility(county, 1), [person, make_inspector(county, 2)], by=drafter, planned_on=day
    )
    title = "检查当天有人请假，请改期或换人"
    assert title not in dict(steps(drafter))
    leave = leaves.record(person, day, day, "看病", by=person.user, now=NOW)
    assert dict(steps(drafter))[title] == "第1诊所（检查员1）"
    leaves.cancel(leave, by=drafter, now=NOW)
    assert title not in dict(steps(drafter))


def test_an_initiators_list_is_one_step_that_leads_to_the_list(county, drafter):
    task = make_task(county, drafter, joint_kind=JointKind.ASSIST, assignment="assigned", partners="卫健部门")
    first = make_assisted_visit(task, make_facility(county, 1), drafter)
    second = Visit.objects.get(pk=first.pk)
    second.pk, second.facility, second.position, second.code = None, make_facility(county, 2), 2, "second"
    second.save(force_insert=True)
    other = make_assisted_visit(task, make_facility(county, 3), drafter, position=2)
    found = [one for one in worklist.for_user(drafter, NOW) if one.title == "确定检查组组长和检查日期"]
    assert sorted((one.subject, one.url) for one in found) == [
        (f"{listed.number}，{count}户未定", reverse("inspections:assisted_list", args=[listed.assisted_id]))
        for listed, count in ((first, 2), (other, 1))
    ]
