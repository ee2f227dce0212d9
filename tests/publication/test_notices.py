"""Prepared by one, checked by another, frozen when published, corrected in the open (F2, F3)."""

import datetime as dt
import hashlib

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from inspections.models import Answer, HandlingCode
from inspections.states import VisitState
from publication import content, notices
from publication.models import Notice, NoticeState
from registries import trail
from registries.errors import DomainError
from tests.factories import id_number, make_inspector, make_item

NOW = dt.datetime(2026, 3, 10, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def published(visit, drafter, colleague):
    notice = notices.prepare(visit, by=drafter, now=NOW)
    notices.check(notice, by=colleague, now=NOW)
    return notices.publish(notice, by=drafter, now=NOW)


def test_a_notice_carries_the_fields_of_the_national_publicity_system(visit, task, drafter):
    notice = notices.prepare(visit, by=drafter)
    assert notice.content == {
        "plan_number": "卫医保计划〔2026〕第1版",
        "plan_name": "2026年度“双随机、一公开”抽查计划",
        "task_number": "卫医保抽查〔2026〕1号",
        "task_name": "定点医药机构监督检查",
        "scope": "不定向",
        "bureau": "卫东区医疗保障局",
        "ended_on": "2026-03-02",
        "draw_number": "卫医保抽〔2026〕1号",
        "facility": {
            "name": "第1诊所",
            "insurance_code": visit.facility.insurance_code,
            "social_credit_code": visit.facility.social_credit_code,
        },
        "results": [{"code": "nothing_found", "label": "未发现问题"}],
        "handling": None,
        "summary": "检查了医保基金使用情况。",
        "items": [{"item": "对定点医保机构的监督检查", "result": "未发现问题"}],
    }
    assert (notice.state, notice.version) == (NoticeState.PREPARED, 1)


def test_a_notice_names_no_inspector(visit, drafter, leader, member):
    text = str(notices.prepare(visit, by=drafter).content)
    for secret in (leader.name, leader.number, leader.phone, member.name, visit.facility.person_in_charge):
        assert secret not in text


def test_a_narrowed_scope_is_called_directed(visit, task, drafter):
    task.kinds = ["clinic"]
    task.save()
    assert notices.prepare(visit, by=drafter).content["scope"] == "定向"


def test_an_item_without_a_failed_row_says_nothing_was_found(reported_visit, task, county, drafter, answer):
    visit = reported_visit(results=["corrected"])
    second = make_item(county, drafter, name="对处方的监督检查")
    task.items.add(second)
    answer(visit, task.items.first(), Answer.CONFORMS)
    answer(visit, second, Answer.VIOLATES)
    assert notices.prepare(visit, by=drafter).content["items"] == [
        {"item": "对定点医保机构的监督检查", "result": "未发现问题"},
        {"item": "对处方的监督检查", "result": "发现问题已责令改正"},
    ]


def test_the_digest_is_that_of_the_canonical_json(visit, drafter):
    notice = notices.prepare(visit, by=drafter)
    assert notice.sha256 == content.digest(dict(reversed(notice.content.items())))
    assert content.digest({"b": "公", "a": 1}) == hashlib.sha256('{"a":1,"b":"公"}'.encode()).hexdigest()


NOT_APPROVED = [
    VisitState.ASSIGNED,
    VisitState.ON_SITE,
    VisitState.TO_REPORT,
    VisitState.TO_APPROVE,
    VisitState.RETURNED,
    VisitState.CANCELLED,
]


@pytest.mark.parametrize("state", NOT_APPROVED)
def test_only_an_approved_result_is_prepared(reported_visit, drafter, state):
    visit = reported_visit(state=state)
    with pytest.raises(DomainError, match="审核通过后才能拟定公示"):
        notices.prepare(visit, by=drafter)


@pytest.mark.parametrize("state", [VisitState.PUBLISHED, VisitState.ARCHIVED])
def test_a_published_result_is_corrected_and_not_prepared_again(reported_visit, drafter, state):
    visit = reported_visit(state=state)
    with pytest.raises(DomainError, match="请打开公示办理更正"):
        notices.prepare(visit, by=drafter)


def test_a_second_click_makes_no_second_notice(visit, drafter, colleague):
    notices.prepare(visit, by=drafter)
    with pytest.raises(DomainError, match="已由周经办拟定，状态是“待复核”"):
        notices.prepare(visit, by=colleague)
    assert Notice.objects.count() == 1


def test_the_one_who_prepared_a_notice_does_not_check_it(visit, drafter):
    notice = notices.prepare(visit, by=drafter)
    with pytest.raises(DomainError, match="由您拟定，须由另一人复核"):
        notices.check(notice, by=drafter)
    with pytest.raises(DomainError, match="由您拟定，须由另一人复核"):
        notices.send_back(notice, reason="改", by=drafter)


def test_the_writer_of_the_report_does_not_check_its_notice(visit, drafter, colleague):
    visit.report.written_by = colleague
    visit.report.save()
    notice = notices.prepare(visit, by=drafter)
    with pytest.raises(DomainError, match="检查报告由您编写"):
        notices.check(notice, by=colleague)


def test_a_supervisor_may_be_the_second_person(visit, drafter, approver):
    notice = notices.check(notices.prepare(visit, by=drafter), by=approver)
    assert (notice.state, notice.checked_by) == (NoticeState.CHECKED, approver)


@pytest.mark.parametrize("person", ["witness", "auditor", "outsider", "city_staff"])
def test_nobody_else_prepares_checks_or_publishes(request, visit, drafter, person):
    user = request.getfixturevalue(person)
    with pytest.raises(PermissionDenied):
        notices.prepare(visit, by=user)
    notice = notices.prepare(visit, by=drafter)
    with pytest.raises(PermissionDenied):
        notices.check(notice, by=user)
    with pytest.raises(PermissionDenied):
        notices.publish(notice, by=user)


def test_a_check_of_a_text_that_changed_meanwhile_is_refused(visit, drafter, colleague, approver):
    first = notices.prepare(visit, by=drafter)
    notices.send_back(first, reason="写得不清楚", by=colleague)
    second = notices.prepare(visit, by=drafter, summary="检查了2025年医保基金使用情况。")
    assert second.pk == first.pk
    with pytest.raises(DomainError, match="复核期间公示内容已经改动"):
        notices.check(second, by=approver, seen=first.sha256)
    assert notices.check(second, by=approver, seen=second.sha256).state == NoticeState.CHECKED


def test_sending_back_needs_a_reason_and_undoes_the_check(visit, drafter, colleague):
    notice = notices.prepare(visit, by=drafter)
    notices.check(notice, by=colleague)
    with pytest.raises(DomainError, match="请写明退回原因"):
        notices.send_back(notice, reason=" ", by=colleague)
    notice = notices.send_back(notice, reason="机构名称有误", by=colleague)
    assert (notice.state, notice.checked_by, notice.return_reason) == (
        NoticeState.RETURNED,
        None,
        "机构名称有误",
    )


def test_an_unchecked_notice_is_not_published(visit, drafter):
    notice = notices.prepare(visit, by=drafter)
    with pytest.raises(DomainError, match="现在的状态是“待复核”，不能变为“已公示”"):
        notices.publish(notice, by=drafter)
    visit.refresh_from_db()
    assert visit.state == VisitState.TO_PUBLISH


def test_publishing_makes_the_visit_published(published, visit, drafter):
    visit.refresh_from_db()
    assert visit.state == VisitState.PUBLISHED
    assert (published.state, published.published_by, published.published_at) == (
        NoticeState.PUBLISHED,
        drafter,
        NOW,
    )


def test_publishing_twice_tells_who_was_first(published, colleague):
    with pytest.raises(DomainError, match="已由周经办发布"):
        notices.publish(published, by=colleague)


def test_each_decision_is_on_the_trail(published):
    assert [(entry.event, entry.actor_name) for entry in trail.about(published)] == [
        ("发布公示", "周经办"),
        ("复核公示", "吴经办"),
        ("拟定公示", "周经办"),
    ]


def test_a_text_altered_behind_the_back_is_neither_checked_nor_published(visit, drafter, colleague):
    notice = notices.prepare(visit, by=drafter)
    Notice.objects.update(content=notice.content | {"summary": "一切正常。"})
    with pytest.raises(DomainError, match="与拟定时的摘要不符"):
        notices.check(notice, by=colleague)
    Notice.objects.update(content=notice.content)
    notices.check(notice, by=colleague)
    Notice.objects.update(content=notice.content | {"summary": "一切正常。"})
    with pytest.raises(DomainError, match="与拟定时的摘要不符"):
        notices.publish(notice, by=drafter)


@pytest.mark.parametrize(
    "change", [{"content": {}}, {"sha256": "0" * 64}, {"published_at": NOW, "version": 7}]
)
def test_the_database_refuses_to_change_a_published_notice(published, change):
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Notice.objects.filter(pk=published.pk).update(**change)


def test_the_database_refuses_to_delete_a_published_notice(published):
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Notice.objects.filter(pk=published.pk).delete()


def correction(notice, drafter, **changes):
    return notices.correct(notice, changes or {"summary": "更正后的情况。"}, reason="原文有误", by=drafter)


def test_a_correction_takes_the_place_of_the_old_notice_only_when_published(published, drafter, colleague):
    fixed = correction(published, drafter)
    published.refresh_from_db()
    assert (fixed.version, fixed.state, published.state) == (2, NoticeState.PREPARED, NoticeState.PUBLISHED)
    notices.check(fixed, by=colleague)
    fixed = notices.publish(fixed, by=drafter)
    published.refresh_from_db()
    assert (fixed.state, published.state) == (NoticeState.PUBLISHED, NoticeState.CORRECTED)
    assert (fixed.content["summary"], published.content["summary"]) == (
        "更正后的情况。",
        "检查了医保基金使用情况。",
    )


def test_a_corrected_notice_is_not_corrected_again(published, drafter, colleague):
    fixed = correction(published, drafter)
    notices.check(fixed, by=colleague)
    notices.publish(fixed, by=drafter)
    with pytest.raises(DomainError, match="状态是“已更正”"):
        correction(published, drafter, summary="再改一次。")


def test_two_corrections_at_once_are_one(published, drafter, colleague):
    correction(published, drafter)
    with pytest.raises(DomainError, match="已由周经办拟定"):
        correction(published, colleague, summary="另一种改法。")


def test_a_correction_that_was_sent_back_is_made_anew_under_its_number(published, drafter, colleague):
    fixed = correction(published, drafter)
    notices.send_back(fixed, reason="仍有误", by=colleague)
    again = correction(published, drafter, summary="第二次更正。")
    assert (again.pk, again.version, again.state) == (fixed.pk, 2, NoticeState.PREPARED)


def test_a_correction_changes_results_handling_and_name(published, drafter):
    fixed = correction(
        published, drafter, results=["corrected"], handling="on_the_spot", facility_name="第一诊所"
    )
    assert fixed.content["results"] == [{"code": "corrected", "label": "发现问题已责令改正"}]
    assert fixed.content["handling"] == {
        "code": "on_the_spot",
        "label": HandlingCode.objects.get(pk="on_the_spot").label,
    }
    assert fixed.content["facility"]["name"] == "第一诊所"
    assert fixed.content["items"][0]["result"] == "发现问题已责令改正"


def test_a_correction_without_reason_or_without_change_is_refused(published, drafter):
    with pytest.raises(DomainError, match="请写明更正原因"):
        notices.correct(published, {"summary": "新"}, reason=" ", by=drafter)
    with pytest.raises(DomainError, match="没有需要更正的地方"):
        correction(published, drafter, summary=published.content["summary"])
    with pytest.raises(DomainError, match="不能与其他结果并列"):
        correction(published, drafter, results=["nothing_found", "corrected"])
    with pytest.raises(DomainError, match="至少选择一项"):
        correction(published, drafter, results=[])


@pytest.mark.parametrize(
    ("leak", "named"),
    [
        (f"负责人身份证{id_number(1)}。", f"身份证号“{id_number(1)}”"),
        ("负责人身份证410403 19800101 0017。", "身份证号“410403 19800101 0017”"),
        ("联系电话13800000001。", "手机号码“13800000001”"),
        ("手机１３８ ００００ ０００１。", "手机号码“138 0000 0001”"),
        ("电话0375-1234567。", "电话号码“0375-1234567”"),
        ("电话(010)12345678。", "电话号码“(010)12345678”"),
        ("电话：1234567。", "电话号码“电话：1234567”"),
        ("由秦组长带队检查。", "人员姓名“秦组长”"),
        ("许组员在场。", "人员姓名“许组员”"),
        ("周经办整理。", "人员姓名“周经办”"),
    ],
)
def test_personal_data_does_not_get_out(visit, drafter, leak, named):
    with pytest.raises(DomainError) as refusal:
        notices.prepare(visit, by=drafter, summary=f"检查了有关情况。{leak}")
    assert f"“检查情况”中有{named}" in refusal.value.message
    assert not Notice.objects.exists()


def test_a_substituted_inspector_is_not_named_either(visit, drafter, member):
    visit.members.filter(inspector=member).update(is_active=False)
    with pytest.raises(DomainError, match="许组员"):
        notices.prepare(visit, by=drafter, summary="许组员原在组内。")


def test_whoever_came_from_another_department_or_bureau_is_not_named_either(visit, drafter, neighbour):
    lent = make_inspector(neighbour, 3, name="申借调")
    visit.members.create(place=3, inspector=lent, code=f"{neighbour.code}:{lent.number}")
    visit.partner_inspectors.create(
        department="区市场监督管理局", name="赵市监", certificate_number="16040399001", entered_by=drafter
    )
    for name in (lent.name, "赵市监"):
        with pytest.raises(DomainError, match=f"“检查情况”中有人员姓名“{name}”"):
            notices.prepare(visit, by=drafter, summary=f"由{name}核对台账。")
    assert not Notice.objects.exists()


def test_a_partner_entered_after_the_check_is_not_published_either(visit, drafter, colleague):
    notice = notices.prepare(visit, by=drafter, summary="由赵市监核对台账。")
    notices.check(notice, by=colleague)
    visit.partner_inspectors.create(
        department="区市场监督管理局", name="赵市监", certificate_number="16040399001", entered_by=drafter
    )
    with pytest.raises(DomainError, match="人员姓名“赵市监”"):
        notices.publish(notice, by=drafter)


def test_the_reason_of_a_correction_is_searched_too(published, drafter):
    with pytest.raises(DomainError, match="“更正原因”中有手机号码“13800000001”"):
        notices.correct(published, {"summary": "改。"}, reason="见13800000001", by=drafter)


def test_somebody_who_joined_after_the_check_is_not_published_either(visit, drafter, colleague):
    notice = notices.prepare(visit, by=drafter, summary="药柜由丁七看管。")
    notices.check(notice, by=colleague)
    visit.facility.person_in_charge = "丁七"
    visit.facility.save()
    with pytest.raises(DomainError, match="人员姓名“丁七”"):
        notices.publish(notice, by=drafter)


@pytest.mark.parametrize(
    "harmless",
    [
        "涉及金额12345678.90元，已退回基金账户。",
        "检查时间2026-03-02，处方编号20260302000123456。",
        "对第1诊所的检查共抽取处方1380份。",
    ],
)
def test_amounts_dates_and_counts_are_no_personal_data(visit, drafter, harmless):
    assert notices.prepare(visit, by=drafter, summary=harmless).content["summary"] == harmless


def test_a_facility_named_after_its_owner_can_be_named(visit, drafter):
    visit.facility.name, visit.facility.person_in_charge = "冯六诊所", "冯六"
    visit.facility.save()
    with pytest.raises(DomainError, match="人员姓名“冯六”"):
        notices.prepare(visit, by=drafter, summary="冯六拒绝签字。")
    notice = notices.prepare(visit, by=drafter, summary="冯六诊所按要求公示了收费标准。")
    assert notice.content["facility"]["name"] == "冯六诊所"
