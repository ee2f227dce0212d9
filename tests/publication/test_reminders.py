"""Each stage of each term is told once to those responsible, whatever the workers do (F1)."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Barrier

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from inspections.states import VisitState
from publication import reminders, tasks
from publication.deadlines import DeadlineKind, Stage
from publication.models import EmailState, Message, Reminder
from registries import calendar

SHANGHAI = dt.timezone(dt.timedelta(hours=8))


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# A visit that ended on Monday 2 March 2026: report by the 9th, publication by the 30th, no holiday in between.
AHEAD_OF_REPORT = at("2026-03-05T08:00")
REPORT_DUE = at("2026-03-09T08:00")
REPORT_OVERDUE = at("2026-03-10T08:00")
REPORT_ACCOUNTABILITY = at("2026-03-16T08:00")
PUBLICATION_OVERDUE = at("2026-03-31T08:00")


@pytest.fixture
def unreported(reported_visit):
    return reported_visit(state=VisitState.TO_REPORT)


def told(found):
    return [(one.kind, one.stage, one.recipient.display_name) for one in found]


@pytest.mark.usefixtures("unreported", "approver")
def test_nothing_is_due_three_working_days_ahead():
    assert reminders.due(at("2026-03-04T23:59")) == []


@pytest.mark.usefixtures("unreported", "approver")
def test_the_leader_is_told_two_working_days_ahead():
    assert told(reminders.due(AHEAD_OF_REPORT)) == [(DeadlineKind.REPORT, Stage.AHEAD, "秦组长")]


@pytest.mark.usefixtures("unreported")
def test_the_day_begins_at_midnight_in_shanghai():
    """16:00 UTC is midnight there."""
    assert reminders.due(dt.datetime(2026, 3, 4, 15, 59, tzinfo=dt.UTC)) == []
    assert len(reminders.due(dt.datetime(2026, 3, 4, 16, 0, tzinfo=dt.UTC))) == 1


@pytest.mark.usefixtures("unreported", "approver", "witness", "auditor", "city_approver")
def test_from_the_first_day_overdue_the_bureaus_supervisors_are_told_too():
    reminders.claim(REPORT_DUE)
    assert told(reminders.due(REPORT_OVERDUE)) == [
        (DeadlineKind.REPORT, Stage.OVERDUE, "秦组长"),
        (DeadlineKind.REPORT, Stage.OVERDUE, "郑领导"),
    ]
    reminders.claim(REPORT_OVERDUE)
    assert told(reminders.due(REPORT_ACCOUNTABILITY)) == [
        (DeadlineKind.REPORT, Stage.ACCOUNTABILITY, "秦组长"),
        (DeadlineKind.REPORT, Stage.ACCOUNTABILITY, "郑领导"),
    ]


@pytest.mark.usefixtures("visit", "colleague", "outsider", "approver")
def test_publication_is_the_staffs_and_then_also_the_supervisors():
    reminders.claim(at("2026-03-30T08:00"))
    assert set(Reminder.objects.values_list("deadline", "recipient__display_name")) == {
        (DeadlineKind.PUBLICATION, "周经办"),
        (DeadlineKind.PUBLICATION, "吴经办"),
    }
    assert {name for _, _, name in told(reminders.due(PUBLICATION_OVERDUE))} == {"周经办", "吴经办", "郑领导"}


def test_without_the_leaders_account_the_other_members_are_told_and_then_the_staff(
    unreported, leader, member, drafter, colleague
):
    leader.user.is_active = False
    leader.user.save()
    colleague.role_grants.all().delete()
    member.user = colleague
    member.save()
    assert told(reminders.due(AHEAD_OF_REPORT)) == [(DeadlineKind.REPORT, Stage.AHEAD, "吴经办")]
    colleague.is_active = False
    colleague.save()
    assert told(reminders.due(AHEAD_OF_REPORT)) == [(DeadlineKind.REPORT, Stage.AHEAD, "周经办")]


def test_a_member_who_was_substituted_is_not_told(unreported, leader, member, colleague):
    leader.user.is_active = False
    leader.user.save()
    member.user = colleague
    member.save()
    unreported.members.filter(inspector=member).update(is_active=False)
    colleague.role_grants.all().delete()
    assert [name for _, _, name in told(reminders.due(AHEAD_OF_REPORT))] == ["周经办"]


def test_a_report_handed_in_is_not_asked_for_and_a_returned_one_is(reported_visit):
    visit = reported_visit(state=VisitState.TO_APPROVE)
    assert reminders.due(REPORT_DUE) == []
    visit.state = VisitState.RETURNED
    visit.save()
    assert told(reminders.due(REPORT_DUE)) == [
        (DeadlineKind.REPORT, Stage.AHEAD, "秦组长"),
        (DeadlineKind.REPORT, Stage.DUE, "秦组长"),
    ]


@pytest.mark.parametrize("state", [VisitState.PUBLISHED, VisitState.ARCHIVED, VisitState.CANCELLED])
def test_a_finished_visit_reminds_nobody(reported_visit, state):
    reported_visit(state=state)
    assert reminders.due(PUBLICATION_OVERDUE) == []


def test_a_message_says_who_what_where_and_by_when(unreported):
    (reminder,) = reminders.claim(AHEAD_OF_REPORT)
    message = reminder.message
    assert message.title == "临期提醒：第1诊所完成检查报告"
    assert message.body == (
        f"秦组长：\n卫医保抽〔2026〕1号第1户“第1诊所”（{unreported.code}）须完成检查报告，期限为2026-03-09，"
        "还剩2个工作日。现在的状态是“待录入”。\n"
        "检查2026-03-02结束，次日起第5个工作日为检查报告的期限，按国务院办公厅放假通知计算。"
    )
    assert message.link.endswith(f"/{unreported.pk}/")
    assert (message.user.display_name, message.read_at, message.email_state) == (
        "秦组长",
        None,
        EmailState.WAITING,
    )


def test_a_provisional_date_is_called_so_and_a_new_notice_reminds_of_the_final_one(reported_visit, drafter):
    reported_visit(ended_on=dt.date(2026, 12, 15))
    (first,) = reminders.claim(at("2027-01-08T08:00"))
    assert "期限为2027-01-12（暂定）" in first.message.body
    days = [dt.date(2027, 1, day) for day in (1, 2, 3)]
    calendar.enter_notice(2027, "国办发明电〔2026〕99号", off_days=days, makeup_days=[], by=drafter)
    (second,) = reminders.claim(at("2027-01-11T08:00"))
    assert (second.stage, second.due_on) == (Stage.AHEAD, dt.date(2027, 1, 13))
    assert "（暂定）" not in second.message.body


@pytest.mark.usefixtures("unreported", "approver")
def test_a_fortnight_without_workers_loses_no_stage():
    claimed = reminders.claim(REPORT_ACCOUNTABILITY)
    assert sorted((one.stage, one.recipient.display_name) for one in claimed) == sorted(
        [
            (Stage.AHEAD, "秦组长"),
            (Stage.DUE, "秦组长"),
            (Stage.OVERDUE, "秦组长"),
            (Stage.OVERDUE, "郑领导"),
            (Stage.ACCOUNTABILITY, "秦组长"),
            (Stage.ACCOUNTABILITY, "郑领导"),
        ]
    )


@pytest.mark.usefixtures("unreported", "approver")
def test_a_second_scan_claims_nothing():
    assert len(reminders.claim(REPORT_OVERDUE)) == 4
    assert reminders.claim(REPORT_OVERDUE) == []
    assert (Reminder.objects.count(), Message.objects.count()) == (4, 4)


@pytest.mark.usefixtures("unreported")
def test_of_two_workers_that_saw_the_same_stage_one_wins_and_no_message_is_left_over(monkeypatch):
    seen = reminders.due(REPORT_DUE)
    assert len(seen) == 2
    monkeypatch.setattr(reminders, "due", lambda now: seen)
    assert len(reminders.claim(REPORT_DUE)) == 2
    assert reminders.claim(REPORT_DUE) == []
    assert (Reminder.objects.count(), Message.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_claim_at_the_same_moment_tell_nobody_twice(monkeypatch, reported_visit, approver):
    reported_visit(state=VisitState.TO_REPORT)
    find, both_have_looked = reminders.due, Barrier(2, timeout=30)

    def look_and_wait(now):
        found = find(now)
        both_have_looked.wait()
        return found

    def work():
        try:
            return len(reminders.claim(REPORT_OVERDUE))
        finally:
            connection.close()

    monkeypatch.setattr(reminders, "due", look_and_wait)
    with ThreadPoolExecutor(2) as workers:
        claims = [worker.result() for worker in [workers.submit(work), workers.submit(work)]]
    assert (sum(claims), Reminder.objects.count(), Message.objects.count()) == (4, 4, 4)


@pytest.mark.usefixtures("unreported")
def test_the_ledger_holds_each_claim_once():
    (reminder,) = reminders.claim(AHEAD_OF_REPORT)
    reminder.pk = None
    reminder.message = Message.objects.create(user=reminder.recipient, title="再次", body="再次")
    with pytest.raises(IntegrityError):
        reminder.save()


@pytest.mark.usefixtures("unreported")
def test_a_crash_in_the_middle_leaves_the_rest_to_the_next_scan(monkeypatch):
    enter = reminders._enter

    def crash_on_the_second(one, now):
        if one.stage == Stage.DUE:
            raise MemoryError
        return enter(one, now)

    monkeypatch.setattr(reminders, "_enter", crash_on_the_second)
    with pytest.raises(MemoryError):
        reminders.claim(REPORT_DUE)
    monkeypatch.undo()
    assert [one.stage for one in reminders.claim(REPORT_DUE)] == [Stage.DUE]


@pytest.mark.usefixtures("unreported")
def test_a_mail_goes_to_the_recipient_once(settings):
    settings.SITE_ADDRESS = "https://jc.example.test/"
    (reminder,) = reminders.claim(AHEAD_OF_REPORT)
    reminders.send(AHEAD_OF_REPORT)
    reminders.send(AHEAD_OF_REPORT)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["qin.zuzhang@example.test"], "临期提醒：第1诊所完成检查报告")
    assert letter.body.endswith(f"\n\nhttps://jc.example.test{reminder.message.link}")
    assert Message.objects.get().email_state == EmailState.SENT


def test_somebody_without_an_address_reads_it_in_the_list(unreported, leader):
    leader.user.email = ""
    leader.user.save()
    (reminder,) = reminders.claim(AHEAD_OF_REPORT)
    assert reminder.message.email_state == EmailState.NONE
    assert reminders.send(AHEAD_OF_REPORT) == []


@pytest.mark.usefixtures("unreported")
def test_a_mail_that_failed_is_tried_again_for_three_days(monkeypatch):
    def broken(*args):
        raise SMTPServerDisconnected("gone")

    reminders.claim(AHEAD_OF_REPORT)
    with monkeypatch.context() as patch:
        patch.setattr(reminders, "send_mail", broken)
        reminders.send(AHEAD_OF_REPORT)
    assert Message.objects.get().email_state == EmailState.FAILED
    assert reminders.send(AHEAD_OF_REPORT + dt.timedelta(days=3, seconds=1)) == []
    reminders.send(AHEAD_OF_REPORT + dt.timedelta(days=3))
    assert (Message.objects.get().email_state, len(mail.outbox)) == (EmailState.SENT, 1)


def test_the_log_of_a_refused_mail_names_no_address(unreported, leader, monkeypatch, caplog):
    address = leader.user.email
    assert address

    def refused(*args):
        raise SMTPRecipientsRefused({address: (550, b"unknown")})

    reminders.claim(AHEAD_OF_REPORT)
    monkeypatch.setattr(reminders, "send_mail", refused)
    reminders.send(AHEAD_OF_REPORT)
    assert "SMTPRecipientsRefused" in caplog.text
    assert address not in caplog.text


@pytest.mark.usefixtures("unreported")
def test_a_mail_that_a_killed_worker_may_have_sent_is_not_sent_again():
    reminders.claim(AHEAD_OF_REPORT)
    Message.objects.update(email_state=EmailState.SENDING)
    assert reminders.send(AHEAD_OF_REPORT) == []
    assert mail.outbox == []


@pytest.mark.usefixtures("unreported")
def test_a_mail_that_another_worker_takes_meanwhile_is_left_to_it(monkeypatch):
    reminders.claim(AHEAD_OF_REPORT)
    win = reminders._win

    def another_worker_is_faster(message):
        Message.objects.update(email_state=EmailState.SENDING)
        return win(message)

    monkeypatch.setattr(reminders, "_win", another_worker_is_faster)
    assert reminders.send(AHEAD_OF_REPORT) == []
    assert mail.outbox == []


@pytest.mark.usefixtures("unreported")
def test_the_periodic_task_claims_and_sends(time_machine):
    time_machine.move_to(AHEAD_OF_REPORT, tick=False)
    tasks.send_due_reminders.delay()
    assert len(mail.outbox) == 1


def test_a_scan_asks_the_same_number_of_questions_for_one_visit_and_for_three(
    reported_visit, django_assert_num_queries
):
    reported_visit(1, state=VisitState.TO_REPORT)
    with django_assert_num_queries(7):
        reminders.due(REPORT_DUE)
    reported_visit(2, state=VisitState.TO_REPORT)
    reported_visit(3, state=VisitState.TO_REPORT)
    with django_assert_num_queries(7):
        assert len(reminders.due(REPORT_DUE)) == 6


def run(*arguments):
    out = StringIO()
    call_command("send_reminders", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.usefixtures("unreported")
def test_the_command_prints_a_line_for_each_reminder_and_the_count():
    assert run("--now", "2026-03-09") == [
        "2026-03-09 秦组长（qin.zuzhang） 临期提醒：第1诊所完成检查报告",
        "2026-03-09 秦组长（qin.zuzhang） 到期提醒：第1诊所完成检查报告",
        "提醒 2 条，邮件发出 2 封、失败 0 封",
    ]
    assert run("--now", "2026-03-09T23:59:59") == ["提醒 0 条，邮件发出 0 封、失败 0 封"]


@pytest.mark.usefixtures("unreported")
def test_a_moment_without_an_offset_is_taken_as_shanghai():
    assert run("--now", "2026-03-04T23:59")[-1].startswith("提醒 0 条")
    assert run("--now", "2026-03-04T15:59:59+00:00")[-1].startswith("提醒 0 条")
    assert run("--now", "2026-03-04T16:00+00:00")[-1].startswith("提醒 1 条")


@pytest.mark.parametrize("nonsense", ["明天", "2026-02-30", "2026-13-01T00:00"])
def test_the_command_refuses_a_moment_that_makes_no_sense(nonsense):
    with pytest.raises(CommandError, match="不是有效的时间"):
        run("--now", nonsense)
