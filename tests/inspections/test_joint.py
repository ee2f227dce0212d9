"""Joint inspections: who comes from the other departments, what they found, and who may enter it when."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from inspections import joint
from inspections.models import PartnerInspector, PartnerResult, Visit
from inspections.states import VisitState
from registries import trail
from registries.errors import DomainError
from tests.factories import NOW, id_number, make_facility, make_item, make_task, make_visit
from tests.factories.clues import approved_clue
from tests.factories.fieldwork import account, make_member

pytestmark = pytest.mark.django_db
MARKET, HEALTH = "区市场监督管理局", "区卫生健康委员会"
PARTNERS = [
    {"department": MARKET, "items": ["药品经营和使用单位监督检查"]},
    {"department": HEALTH, "items": ["医疗机构依法执业检查"]},
]
PERSON = {"department": MARKET, "name": "赵市监", "certificate_number": "16040399001"}


@pytest.fixture
def visit(county, drafter):
    """Led by us, of inspectors 1 (leader) and 2."""
    return joint_visit(county, drafter)


def joint_visit(bureau, by, **fields):
    items = [make_item(bureau, by, name) for name in ("基金使用检查", "处方管理检查")]
    task = make_task(bureau, by, items=items, joint_kind="lead", partners=PARTNERS)
    members = [make_member(bureau, 1), make_member(bureau, 2)]
    return make_visit(task, make_facility(bureau, 1), members, by=by, **fields)


def entered(visit, by, **over):
    return joint.enter_inspector(visit, PERSON | over, by=by, now=NOW)


def found(visit, by, department=MARKET, result="未发现问题。"):
    return joint.record_result(visit, department, result, by=by, now=NOW)


def in_state(visit, state):
    Visit.objects.filter(pk=visit.pk).update(state=state)
    return Visit.objects.get(pk=visit.pk)


def refusal(verb, *args, **kwargs) -> DomainError:
    with pytest.raises(DomainError) as raised:
        verb(*args, **kwargs)
    return raised.value


# Inspectors


def test_several_items_and_departments_go_to_one_visit(county, visit):
    assert Visit.objects.filter(facility=visit.facility).count() == 1
    assert (visit.errand.items.count(), joint.departments(visit)) == (2, [MARKET, HEALTH])


def test_staff_and_the_leader_enter_partner_inspectors(drafter, visit):
    entered(visit, drafter, name=" 赵市监　", certificate_number="１６０４ ０３９９００１")
    entered(visit, account(visit, 1), department=HEALTH, name="钱卫健", certificate_number="豫卫041")
    assert list(visit.partner_inspectors.values_list("department", "name", "certificate_number")) == [
        (HEALTH, "钱卫健", "豫卫041"),
        (MARKET, "赵市监", "16040399001"),
    ]
    last = trail.about(visit).filter(actor=drafter).get()
    assert (last.event, last.after) == (
        "登记联合部门检查人员",
        {"部门": MARKET, "执法证号": "16040399001"},
    )


def test_the_trail_does_not_keep_their_names(drafter, visit):
    joint.remove_inspector(entered(visit, drafter), by=drafter)
    assert not any("赵市监" in str(entry.after) + entry.note for entry in trail.about(visit))


@pytest.mark.parametrize("person", ["approver", "witness", "outsider", "city_staff"])
def test_nobody_else_enters_anything(visit, request, person):
    other = request.getfixturevalue(person)
    ended = in_state(visit, VisitState.TO_REPORT)
    for verb in (entered, found):
        with pytest.raises(PermissionDenied):
            verb(ended, other)


def test_a_member_who_does_not_lead_enters_nothing(visit):
    with pytest.raises(PermissionDenied):
        entered(visit, account(visit, 2))


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"department": "区教育局"}, "department"),
        ({"name": " "}, "name"),
        ({"name": "长" * 41}, "name"),
        ({"certificate_number": ""}, "certificate_number"),
        ({"certificate_number": "1" * 41}, "certificate_number"),
        ({"certificate_number": id_number(7)}, "certificate_number"),
    ],
    ids=["foreign department", "no name", "long name", "no number", "long number", "ID number"],
)
def test_a_person_who_makes_no_sense_is_refused_at_the_field(drafter, visit, over, field):
    assert refusal(entered, visit, drafter, **over).field == field
    assert not PartnerInspector.objects.exists()


def test_the_same_certificate_is_entered_once(drafter, visit):
    entered(visit, drafter)
    assert "已经登记" in refusal(entered, visit, drafter, name="别名").message
    assert visit.partner_inspectors.count() == 1


def test_whoever_was_entered_by_mistake_is_taken_off_while_the_visit_is_open(drafter, visit):
    partner = entered(visit, drafter)
    closed = in_state(visit, VisitState.TO_PUBLISH)
    partner = PartnerInspector.objects.get(pk=partner.pk)
    assert "不能删除" in refusal(joint.remove_inspector, partner, by=drafter).message
    assert "不能登记" in refusal(entered, closed, drafter, certificate_number="2").message
    in_state(visit, VisitState.ON_SITE)
    for _ in range(2):
        joint.remove_inspector(partner, by=drafter)
    assert not visit.partner_inspectors.exists()
    assert trail.about(visit).filter(event="删除联合部门检查人员").count() == 1


def test_a_visit_of_our_own_has_no_partners(county, drafter):
    own = approved_clue(county).visits.get()
    assert (joint.departments(own), joint.on_visit(own, drafter)) == ([], {})
    assert "不是联合检查" in refusal(entered, own, drafter).message


# Results


def test_each_department_has_one_result_that_may_be_put_right_before_the_report_goes_up(drafter, visit):
    ended = in_state(visit, VisitState.TO_REPORT)
    found(ended, drafter, result="发现过期药品。")
    found(ended, account(visit, 1), result="发现过期药品2盒。\n已责令改正。")
    found(ended, drafter, HEALTH)
    assert list(visit.partner_results.values_list("department", "result")) == [
        (HEALTH, "未发现问题。"),
        (MARKET, "发现过期药品2盒。\n已责令改正。"),
    ]
    assert trail.about(visit).filter(event="登记联合部门检查结果").count() == 3


def test_the_same_words_again_change_nothing(drafter, visit):
    ended = in_state(visit, VisitState.TO_REPORT)
    assert found(ended, drafter) == found(ended, drafter)
    assert trail.about(visit).count() == 1


def test_a_late_result_is_entered_once_and_stands(drafter, visit):
    late = in_state(visit, VisitState.PUBLISHED)
    found(late, drafter)
    assert "不能再改" in refusal(found, late, drafter, result="另一说法。").message
    assert visit.partner_results.get().result == "未发现问题。"


@pytest.mark.parametrize("state", [VisitState.ASSIGNED, VisitState.ON_SITE, VisitState.CANCELLED])
def test_before_the_visit_is_over_there_is_no_result(drafter, visit, state):
    assert "不能登记" in refusal(found, in_state(visit, state), drafter).message


@pytest.mark.parametrize("result", [" \n ", "长" * 1001, "负责人电话13812345678。"])
def test_an_empty_long_or_telling_result_is_refused(drafter, visit, result):
    assert refusal(found, in_state(visit, VisitState.TO_REPORT), drafter, result=result).field == "result"


def test_the_database_holds_one_result_of_a_department(drafter, visit):
    ended = in_state(visit, VisitState.TO_REPORT)
    found(ended, drafter)
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerResult.objects.create(visit=ended, department=MARKET, result="又一次", entered_by=drafter)
