"""The pages of plans and approvals, as each person of the cast meets them."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections import approvals, plans
from inspections.models import AnnualPlan, ApprovalOutcome, ApprovalSubject, PlanTask
from inspections.states import PlanState
from registries import regions
from registries.models import FacilityTag
from tests.cast import make_user
from tests.factories import NOW, make_facility, make_inspector, make_item
from tests.inspections.planning import WORDS, drafted, published, submitted, task_values

TASK_FORM = {
    "name": "药店监督检查",
    "joint_kind": "none",
    "method": "实地检查",
    "kinds": ["pharmacy"],
    "regions": ["建设路街道"],
    "ratio_a_bp": "5",
    "ratio_b_bp": "10",
    "ratio_c_bp": "15",
    "ratio_d_bp": "20",
    "ratio_none_bp": "12.5",
    "floor_bp": "3",
    "rounds": "2",
    "starts_on": "2026-03-01",
    "ends_on": "2026-11-30",
    "assignment": "drawn",
    "winners_shown": "office",
    "team_size": "2",
}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def second_approver(county):
    return make_user("xu.lingdao", "许领导", county, "supervisor")


def at(name, *args):
    return reverse(f"inspections:{name}", args=args)


def text(response):
    return response.content.decode()


# The way through


def test_a_plan_is_drafted_filled_submitted_approved_and_published_on_screen(
    county, drafter, approver, signed_in
):
    item = make_item(county, drafter)
    make_facility(county, 1, kind="pharmacy")
    staff, leader = signed_in(drafter), signed_in(approver)
    staff.post(at("plan_create"), WORDS | {"year": 2026})
    plan = AnnualPlan.objects.get()
    staff.post(at("task_create", plan.pk), TASK_FORM | {"items": [item.pk]})
    task = plan.tasks.get()
    assert (task.kinds, task.regions, task.ratio_a_bp, task.ratio_none_bp) == (
        ["pharmacy"], ["建设路街道"], 500, 1250,
    )  # fmt: skip
    staff.post(at("plan_submit", plan.pk))
    approval = approvals.open_approval(ApprovalSubject.PLAN, plan.pk)
    assert approval.title in text(leader.get(at("approvals")))
    response = leader.post(at("approval", approval.pk), {"decision": "approve", "reason": ""})
    assert response.url == at("approvals")
    staff.post(at("plan_publish", plan.pk))
    plan.refresh_from_db()
    assert (plan.state, plan.published_by) == (PlanState.PUBLISHED, drafter)


def test_where_there_are_too_many_towns_to_tick_a_task_names_them_in_words(
    county, drafter, signed_in, monkeypatch
):
    monkeypatch.setattr(regions, "MOST_TICKED", 1)
    item, staff = make_item(county, drafter), signed_in(drafter)
    for n, region in enumerate(("建设路街道", "光明路街道"), 1):
        make_facility(county, n, kind="pharmacy", region=region)
    staff.post(at("plan_create"), WORDS | {"year": 2026})
    create = at("task_create", AnnualPlan.objects.get().pk)
    wrong = staff.post(create, TASK_FORM | {"items": [item.pk], "regions": "建设路街道、月球"})
    assert "没有机构在“月球”" in text(wrong)
    staff.post(create, TASK_FORM | {"items": [item.pk], "regions": "建设路街道、光明路街道"})
    task = PlanTask.objects.get()
    assert task.regions == ["建设路街道", "光明路街道"]
    assert 'value="建设路街道、光明路街道"' in text(staff.get(at("task_amend", task.pk)))


def test_ratios_are_shown_and_kept_in_percent(county, drafter, signed_in):
    item = make_item(county, drafter)
    plan = drafted(county, drafter, item=item, ratio_a_bp=625)
    task = plan.tasks.get()
    page = signed_in(drafter).get(at("task_amend", task.pk))
    form = page.context["form"]
    assert form["ratio_a_bp"].value() == "6.25"
    assert "A级 6.25%" in text(signed_in(drafter).get(at("plan", plan.pk)))


def test_a_task_form_offers_only_what_may_be_planned(county, neighbour, drafter, outsider, signed_in):
    offered = make_item(county, drafter)
    make_item(county, drafter, "旧事项", state="withdrawn")
    make_item(neighbour, outsider)
    tag = FacilityTag.objects.create(bureau=county, name="数据异常")
    FacilityTag.objects.create(bureau=neighbour, name="别局标签")
    plan = plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    fields = signed_in(drafter).get(at("task_create", plan.pk)).context["form"].fields
    assert list(fields["items"].queryset) == [offered]
    assert list(fields["tags"].queryset) == [tag]


def test_partners_of_a_joint_task_are_typed_one_a_line(county, drafter, signed_in):
    item = make_item(county, drafter, joint_only=True)
    make_facility(county, 1, kind="pharmacy")
    plan = plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    lines = "区市场监督管理局：药品检查、医疗器械检查\n\n区卫生健康委员会"
    values = TASK_FORM | {"items": [item.pk], "joint_kind": "lead", "partners": lines}
    signed_in(drafter).post(at("task_create", plan.pk), values)
    assert plan.tasks.get().partners == [
        {"department": "区市场监督管理局", "items": ["药品检查", "医疗器械检查"]},
        {"department": "区卫生健康委员会", "items": []},
    ]


def test_a_refusal_stands_at_its_field_and_what_was_typed_stays(county, drafter, signed_in):
    item = make_item(county, drafter)
    make_facility(county, 1)
    plan = plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    values = TASK_FORM | {"items": [item.pk], "ends_on": "2027-01-01"}
    response = signed_in(drafter).post(at("task_create", plan.pk), values)
    assert response.context["form"].errors == {"ends_on": ["结束日期应在 2026 年内，请修改。"]}
    assert "药店监督检查" in text(response)
    assert not PlanTask.objects.exists()


def sent_late(client, address, changed, meanwhile):
    """Opens the form, waits until somebody else has done `meanwhile`, then sends it with what was changed."""
    form = client.get(address).context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    meanwhile()
    return client.post(address, typed | changed)


def told(response):
    form = response.context["form"]
    return form.missed, [(one.label, one.opened, one.theirs, one.mine) for one in form.clashes]


def test_two_at_one_plan_the_second_chooses_field_by_field(county, drafter, colleague, signed_in):
    plan = plans.draft(county, 2026, WORDS, by=drafter, now=NOW)
    response = sent_late(
        signed_in(drafter),
        at("plan_amend", plan.pk),
        {"title": "乙的标题"},
        lambda: plans.amend(plan, {"title": "甲的标题"}, revision=1, by=colleague, now=NOW),
    )
    missed, clashes = told(response)
    assert missed == ["吴经办 04-01 09:00 修改年度计划：标题"]
    assert clashes == [("标题", WORDS["title"], "甲的标题", "乙的标题")]
    plan.refresh_from_db()
    assert plan.title == "甲的标题"


def test_two_at_one_task_the_second_chooses_field_by_field(county, drafter, colleague, signed_in):
    plan = drafted(county, drafter)
    task = plan.tasks.get()
    response = sent_late(
        signed_in(drafter),
        at("task_amend", task.pk),
        {"ratio_d_bp": "30", "kinds": ["pharmacy"]},
        lambda: plans.amend_task(task, {"ratio_d_bp": 5000}, revision=plan.revision, by=colleague, now=NOW),
    )
    assert told(response)[1] == [("D级比例（%）", "20", "50", "30")]
    assert "对方改成" in text(response)
    task.refresh_from_db()
    assert (task.ratio_d_bp, task.kinds) == (5000, [])


def test_an_adjustment_starts_with_its_reason(county, drafter, approver, signed_in):
    plan = published(county, drafter, approver)
    staff = signed_in(drafter)
    assert staff.post(at("plan_adjust", plan.pk), {"reason": ""}).status_code == 200
    assert AnnualPlan.objects.count() == 1
    staff.post(at("plan_adjust", plan.pk), {"reason": "机构数量变化"})
    adjusted = AnnualPlan.objects.get(version=2)
    page = text(staff.get(at("plan", adjusted.pk)))
    assert "机构数量变化" in page
    assert "与第1版相比" in page
    assert at("plan", plan.pk) in page


# The deciding page


def test_the_approver_reads_what_the_plan_means_before_deciding(county, drafter, approver, signed_in):
    for n in range(1, 21):
        make_facility(county, n)
    make_facility(county, 21, agreement_status="ended")
    make_inspector(county, 1)
    _, approval = submitted(county, drafter)
    page = text(signed_in(approver).get(at("approval", approval.pk)))
    for words in (
        "周经办",
        "依法检查，全程留痕。",
        "不参加抽取 1 户：协议已解除。",
        "可派检查人员只有 1 名，不够组成 2 人的检查组。",
    ):
        assert words in page


def test_returning_without_a_reason_asks_for_it(county, drafter, approver, signed_in):
    plan, approval = submitted(county, drafter)
    response = signed_in(approver).post(at("approval", approval.pk), {"decision": "return", "reason": " "})
    assert response.context["form"].errors == {"reason": ["退回需要写明理由，申请人据此修改。"]}
    plan.refresh_from_db()
    assert plan.state == PlanState.SUBMITTED


def test_the_second_of_two_approvers_reads_what_the_first_decided(
    county, drafter, approver, second_approver, signed_in
):
    plan, approval = submitted(county, drafter)
    late = signed_in(second_approver)
    assert "同意" in text(late.get(at("approval", approval.pk)))
    signed_in(approver).post(at("approval", approval.pk), {"decision": "return", "reason": "比例偏低"})
    response = late.post(at("approval", approval.pk), {"decision": "approve"})
    assert "郑领导已于 2026-04-01 09:00 作出结论：退回" in text(response)
    plan.refresh_from_db()
    assert plan.state == PlanState.RETURNED


@pytest.mark.parametrize("posted", [{}, {"decision": "published"}, {"decision": ""}])
def test_an_outcome_made_up_by_hand_decides_nothing(county, drafter, approver, signed_in, posted):
    _, approval = submitted(county, drafter)
    assert signed_in(approver).post(at("approval", approval.pk), posted).status_code == 200
    approval.refresh_from_db()
    assert approval.decided_at is None


def test_who_may_not_decide_reads_why_and_gets_no_buttons(county, drafter, signed_in):
    both = make_user("he.jianren", "何兼任", county, "staff", "supervisor")
    plan = plans.draft(county, 2026, WORDS, by=both, now=NOW)
    plans.add_task(plan, task_values(make_item(county, drafter)), by=drafter, now=NOW)
    approval = plans.submit(plan, by=drafter, now=NOW)
    client = signed_in(both)
    page = text(client.get(at("approval", approval.pk)))
    assert "您参与过这一事项的办理，不能审批" in page
    assert 'name="decision"' not in page
    client.post(at("approval", approval.pk), {"decision": "approve"})
    approval.refresh_from_db()
    assert approval.decided_at is None


# Who sees and who may


def test_an_outsider_finds_nothing(county, drafter, outsider, neighbour, signed_in):
    plan, approval = submitted(county, drafter)
    client = signed_in(outsider)
    task = plan.tasks.get()
    for address in (
        at("plan", plan.pk), at("plan_amend", plan.pk), at("task_create", plan.pk), at("task_amend", task.pk),
    ):  # fmt: skip
        assert client.get(address).status_code == 404
    for address in (at("plan_submit", plan.pk), at("plan_publish", plan.pk), at("task_remove", task.pk)):
        assert client.post(address).status_code == 404
    leader = make_user("kong.waixian", "孔外县", neighbour, "supervisor")
    assert signed_in(leader).get(at("approval", approval.pk)).status_code == 404
    assert str(plan) not in text(client.get(at("plans")))


def test_the_city_above_sees_the_plan_and_changes_nothing(
    county, drafter, city_staff, city_approver, signed_in
):
    plan, approval = submitted(county, drafter)
    staff, leader = signed_in(city_staff), signed_in(city_approver)
    assert staff.get(at("plan", plan.pk)).status_code == 200
    assert leader.get(at("approval", approval.pk)).status_code == 200
    assert staff.get(at("plan_amend", plan.pk)).status_code == 403
    assert staff.post(at("plan_publish", plan.pk)).status_code == 403
    assert leader.post(at("approval", approval.pk), {"decision": "approve"}).status_code == 403
    plan.refresh_from_db()
    assert plan.state == PlanState.SUBMITTED


def test_a_drafter_is_no_approver(county, drafter, signed_in):
    _, approval = submitted(county, drafter)
    client = signed_in(drafter)
    assert client.get(at("approvals")).status_code == 403
    assert client.post(at("approval", approval.pk), {"decision": "approve"}).status_code == 403


@pytest.mark.parametrize("name", ["plan_submit", "plan_publish"])
def test_a_state_changes_by_post_alone(county, drafter, signed_in, name):
    plan = drafted(county, drafter)
    assert signed_in(drafter).get(at(name, plan.pk)).status_code == 405
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT


def test_a_publication_by_hand_made_request_is_refused_and_told(county, drafter, signed_in):
    plan = drafted(county, drafter)
    page = f"http://testserver{at('plan', plan.pk)}"
    response = signed_in(drafter).post(at("plan_publish", plan.pk), headers={"referer": page}, follow=True)
    assert "现在的状态是“编制中”，不能变为“已公布”" in text(response)
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT


def test_a_posted_state_is_ignored(county, drafter, signed_in):
    plan = drafted(county, drafter)
    changed = WORDS | {"title": "新标题", "revision": plan.revision, "state": "published"}
    signed_in(drafter).post(at("plan_amend", plan.pk), changed)
    plan.refresh_from_db()
    assert (plan.title, plan.state) == ("新标题", PlanState.DRAFT)


def test_an_adjustment_is_thrown_away_after_saying_why(county, drafter, approver, signed_in):
    plan = published(county, drafter, approver)
    staff = signed_in(drafter)
    staff.post(at("plan_adjust", plan.pk), {"reason": "点错了"})
    adjusted = AnnualPlan.objects.get(version=2)
    address = at("plan_discard", adjusted.pk)
    assert address in text(staff.get(at("plan", adjusted.pk)))
    assert address not in text(staff.get(at("plan", plan.pk)))
    assert "已公布的计划不受影响" in text(staff.get(address))
    assert staff.post(address, {"reason": " "}).status_code == 200
    assert AnnualPlan.objects.count() == 2
    assert staff.post(address, {"reason": "不需要调整"}).url == at("plan", plan.pk)
    assert AnnualPlan.objects.count() == 1


# One next step


@pytest.mark.parametrize(
    ("state", "person", "action"),
    [
        ("draft", "drafter", "plan_submit"),
        ("submitted", "approver", "approval"),
        ("approved", "drafter", "plan_publish"),
        ("published", "drafter", "plan_adjust"),
    ],
)
def test_the_page_offers_the_next_step_to_whom_it_belongs(
    county, drafter, approver, witness, signed_in, state, person, action
):
    target = _plan_in(state, county, drafter, approver)
    people = {"drafter": drafter, "approver": approver, "witness": witness}
    address = at("plan", AnnualPlan.objects.get().pk)
    link = at(action, target.pk)
    offered = {name: link in text(signed_in(one).get(address)) for name, one in people.items()}
    assert offered == {name: name == person for name in people}


def _plan_in(state, county, drafter, approver):
    """The plan in that state; while it is submitted, its approval."""
    if state == "draft":
        return drafted(county, drafter)
    if state == "published":
        return published(county, drafter, approver)
    plan, approval = submitted(county, drafter)
    if state == "submitted":
        return approval
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=approver, now=NOW)
    return plan


# Lists


def test_the_list_of_plans_is_filtered_by_year_and_state(county, drafter, signed_in):
    for year in (2025, 2026):
        plans.draft(county, year, WORDS | {"title": f"{year}年的计划"}, by=drafter, now=NOW)
    page = text(signed_in(drafter).get(at("plans"), {"year": "2025", "state": "draft"}))
    assert "2025年的计划" in page
    assert "2026年的计划" not in page
    assert "没有符合条件的计划" in text(signed_in(drafter).get(at("plans"), {"state": "published"}))


def test_lists_ask_the_database_as_often_for_three_rows_as_for_one(county, drafter, approver, signed_in):
    client = signed_in(approver)
    counts = []
    for years in ((2023,), (2024, 2025)):
        for year in years:
            plan = plans.draft(county, year, WORDS, by=drafter, now=NOW)
            decided = approvals.ask(ApprovalSubject.PLAN, plan, title=f"{year}年已审", by=drafter, now=NOW)
            type(decided).objects.filter(pk=decided.pk).update(
                decided_at=NOW, decided_by=approver, outcome=ApprovalOutcome.APPROVED
            )
            approvals.ask(ApprovalSubject.PLAN, plan, title=f"{year}年待审", by=drafter, now=NOW)
        counts.append([_queries(client, at(name)) for name in ("plans", "approvals")])
    assert counts[0] == counts[1]


def _queries(client, address) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_plan_asks_as_often_for_its_draws_with_three_tasks_as_with_one(
    county, drafter, approver, signed_in
):
    item = make_item(county, drafter)
    plan = published(county, drafter, approver, item=item)
    client = signed_in(drafter)
    once = _queries(client, at("plan", plan.pk))
    for position in (2, 3):
        extra = PlanTask.objects.create(
            plan=plan, position=position, name=f"任务{position}", starts_on=NOW.date(), ends_on=NOW.date()
        )
        extra.items.set([item])
    assert _queries(client, at("plan", plan.pk)) == once
