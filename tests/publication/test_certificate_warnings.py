"""Sixty days before a certificate ends, its bearer and the bureau's staff are told, each once (A4)."""

import datetime as dt
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from publication import certificate_warnings, tasks
from publication.models import CertificateWarning, EmailState, Message
from registries import certificates, inspectors
from tests.cast import make_user
from tests.factories import NOW, make_inspector

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
LAST = TODAY + dt.timedelta(60)


@pytest.fixture
def bearer(county):
    user = make_user("qin.zuzhang", "秦检查", county, "inspector")
    return make_inspector(county, 1, name="秦检查", user=user, certificate_valid_until=LAST)


def told(now=NOW):
    return [
        (one.ending.name, str(one.ending.last_day), one.recipient.display_name)
        for one in certificate_warnings.due(now)
    ]


@pytest.mark.usefixtures("bearer", "approver", "outsider", "city_staff")
def test_the_bearer_and_the_bureaus_staff_are_told_from_the_sixtieth_day_before(drafter, colleague):
    assert told(NOW - dt.timedelta(1)) == []
    assert sorted(told()) == sorted(("执法证", "2026-05-31", who) for who in ("周经办", "吴经办", "秦检查"))


def test_each_is_told_once_and_of_a_renewed_certificate_again(bearer, drafter):
    assert len(certificate_warnings.claim(NOW)) == 2
    assert certificate_warnings.claim(NOW + dt.timedelta(30)) == []
    renewed = LAST + dt.timedelta(365)
    inspectors.amend(bearer, {"certificate_valid_until": renewed}, revision=1, by=drafter, now=NOW)
    assert {one.due_on for one in certificate_warnings.claim(NOW + dt.timedelta(366))} == {renewed}
    assert CertificateWarning.objects.count() == 4


def test_whoever_becomes_staff_later_is_told_too(bearer, drafter, county):
    certificate_warnings.claim(NOW)
    make_user("wei.jingban", "魏经办", county, "staff")
    assert [who for *_, who in told()] == ["魏经办"]


def test_a_message_says_whose_which_and_until_when(bearer):
    (warning,) = certificate_warnings.claim(NOW)
    message = warning.message
    assert message.title == "证件即将到期：秦检查的执法证"
    assert message.body == (
        "秦检查：\n检查人员秦检查（410403-001）的执法证有效期至2026-05-31，还有60天。"
        "请及时换证，并由经办人员更新登记；执法证到期后不能参加抽取和检查。"
    )
    assert message.link.endswith(f"/{bearer.pk}/")
    assert (message.user, message.email_state, bearer.id_number in message.body) == (
        bearer.user, EmailState.WAITING, False,
    )  # fmt: skip


def test_other_certificates_are_warned_of_until_they_are_removed(bearer, drafter):
    values = {"kind": "执业药师", "number": "YS1", "valid_until": TODAY}
    paper = certificates.record(bearer, values, by=drafter, now=NOW)
    assert [paper[:2] for paper in told()[:2]] == [("执业药师 YS1", "2026-04-01")] * 2
    assert "今天是最后一天" in certificate_warnings.claim(NOW)[0].message.body
    CertificateWarning.objects.all().delete()
    certificates.remove(paper, by=drafter, now=NOW)
    assert {certificate for certificate, *_ in told()} == {"执法证"}


@pytest.mark.parametrize(
    "fields",
    [{"certificate_valid_until": TODAY - dt.timedelta(1)}, {"status": "retired"}, {"user": None}],
)
def test_nobody_is_told_of_what_has_ended_nor_of_who_retired_nor_without_an_account(bearer, fields):
    for name, value in fields.items():
        setattr(bearer, name, value)
    bearer.save()
    assert told() == []


def test_a_closed_account_is_told_nothing(bearer):
    bearer.user.is_active = False
    bearer.user.save()
    assert told() == []


@pytest.mark.usefixtures("bearer")
def test_the_ledger_holds_each_claim_once():
    (warning,) = certificate_warnings.claim(NOW)
    warning.pk, warning.message = (
        None,
        Message.objects.create(user=warning.recipient, title="再次", body="再次"),
    )
    with pytest.raises(IntegrityError):
        warning.save()


def test_neither_mail_nor_log_holds_the_number_of_a_certificate(bearer, drafter, monkeypatch, caplog):
    caplog.set_level("INFO")
    bearer.certificate_valid_until = None
    bearer.save()
    values = {"kind": "执业药师", "number": "YS41040312345", "valid_until": LAST}
    certificates.record(bearer, values, by=drafter, now=NOW)
    found = certificate_warnings.due(NOW)
    message = certificate_warnings.claim(NOW)[0].message
    assert message.title == "证件即将到期：秦检查的执业药师"
    assert "的执业药师有效期至2026-05-31" in message.body
    monkeypatch.setattr(certificate_warnings, "due", lambda now: found)
    certificate_warnings.claim(NOW)
    assert f"certificate of inspector {bearer.pk} until 2026-05-31" in caplog.text
    assert "YS41040312345" not in message.title + message.body + caplog.text


def test_two_certificates_of_one_kind_are_warned_of_each(bearer, drafter):
    for number in ("YS1", "YS2"):
        values = {"kind": "执业药师", "number": number, "valid_until": TODAY}
        certificates.record(bearer, values, by=drafter, now=NOW)
    assert [name for name, _, who in told() if who == "秦检查"] == ["执业药师 YS1", "执业药师 YS2", "执法证"]


def test_another_worker_that_looked_at_the_same_moment_leaves_no_second_message(bearer, monkeypatch):
    found = certificate_warnings.due(NOW)
    certificate_warnings.claim(NOW)
    monkeypatch.setattr(certificate_warnings, "due", lambda now: found)
    assert certificate_warnings.claim(NOW) == []
    assert Message.objects.count() == 1


def test_the_scan_and_the_command_warn_and_mail(bearer, time_machine):
    time_machine.move_to(NOW, tick=False)
    tasks.send_due_reminders()
    assert [one.subject for one in mail.outbox] == ["证件即将到期：秦检查的执法证"]
    CertificateWarning.objects.all().delete()
    out = StringIO()
    call_command("send_reminders", now=NOW.isoformat(), stdout=out)
    assert "2026-05-31 秦检查（qin.zuzhang） 证件即将到期：秦检查的执法证" in out.getvalue()


def test_a_scan_costs_as_many_queries_for_three_as_for_one(bearer, drafter, county):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            certificate_warnings.due(NOW)
        return len(captured)

    one = cost()
    for n in (2, 3):
        other = make_inspector(county, n, certificate_valid_until=LAST)
        values = {"kind": "会计", "valid_until": LAST}
        certificates.record(other, values, by=drafter, now=NOW)
    assert cost() == one
