"""The pages of administrators and auditors, and the calendar: accounts, roles, trail, workdays."""

import datetime as dt

import pytest
from django.urls import reverse

from registries import facilities
from registries.access import ROLES, Permission
from registries.models import HolidayNotice, User
from tests.factories import make_facility

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"registries:{name}", args=args)


def text(response):
    return response.content.decode()


@pytest.fixture
def staff(drafter, signed_in):
    return signed_in(drafter)


def test_an_account_is_opened_with_a_password_that_is_shown_once(signed_in, system_admin, county):
    client = signed_in(system_admin)
    values = {"bureau": county.pk, "username": "qin.xinren", "display_name": "秦新人"}
    response = client.post(url("account_create"), values)
    user = User.objects.get(username="qin.xinren")
    password = response.context["one_time_password"]
    assert user.check_password(password)
    assert "no-store" in response["Cache-Control"]
    assert password not in text(client.get(url("account", user.pk)))


def test_passwords_are_reset_and_accounts_closed_by_the_system_administrator(
    signed_in, system_admin, drafter
):
    client = signed_in(system_admin)
    password = client.post(url("account_reset", drafter.pk)).context["one_time_password"]
    drafter.refresh_from_db()
    assert drafter.check_password(password)
    assert client.get(url("account_reset", drafter.pk)).status_code == 405
    client.post(url("account_close", drafter.pk), {"reason": "调离"})
    drafter.refresh_from_db()
    assert not drafter.is_active


def test_roles_are_granted_and_revoked_by_the_security_administrator(signed_in, security_admin, drafter):
    client = signed_in(security_admin)
    client.post(url("role_grant", drafter.pk), {"role": "inspector"})
    assert User.objects.get(pk=drafter.pk).roles == ("inspector", "staff")
    client.post(url("role_revoke", drafter.pk), {"role": "inspector"})
    assert User.objects.get(pk=drafter.pk).roles == ("staff",)
    refused = client.post(url("role_grant", drafter.pk), {"role": "auditor"}, headers={"referer": "/"})
    assert refused.status_code in (302, 409)
    assert User.objects.get(pk=drafter.pk).roles == ("staff",)


def test_neither_administrator_is_offered_the_others_work(signed_in, system_admin, security_admin, drafter):
    page = text(signed_in(system_admin).get(url("account", drafter.pk)))
    assert url("account_reset", drafter.pk) in page
    assert url("role_grant", drafter.pk) not in page
    page = text(signed_in(security_admin).get(url("account", drafter.pk)))
    assert url("account_reset", drafter.pk) not in page
    assert url("role_grant", drafter.pk) in page


def test_accounts_of_another_bureau_do_not_exist(signed_in, system_admin, security_admin, outsider):
    assert signed_in(system_admin).post(url("account_reset", outsider.pk)).status_code == 404
    assert signed_in(security_admin).post(url("role_grant", outsider.pk)).status_code == 404


def test_the_table_of_roles_shows_every_permission_and_its_holders(signed_in, auditor, drafter, outsider):
    page = text(signed_in(auditor).get(url("roles")))
    for words in (*(role.title for role in ROLES.values()), *(permission.value for permission in Permission)):
        assert words in page
    assert "周经办" in page
    assert "蒋外县" not in page


def test_the_auditor_searches_the_trail_of_the_own_bureau(
    signed_in, auditor, drafter, colleague, outsider, county, neighbour
):
    first, second = make_facility(county, 1, name="甲诊所"), make_facility(county, 2, name="乙诊所")
    facilities.blacklist(first, reason="骗保", by=drafter, now=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    facilities.change_agreement(second, "ended", reason="到期", by=colleague)
    facilities.blacklist(make_facility(neighbour, 3), reason="邻县的事", by=outsider)
    client = signed_in(auditor)

    def found(**wanted):
        return [entry.subject_name for entry in client.get(url("trail"), wanted).context["page"]]

    assert found() == ["乙诊所", "甲诊所"]
    assert found(person="周经办") == ["甲诊所"]
    assert found(subject="乙") == ["乙诊所"]
    assert found(event="协议") == ["乙诊所"]
    assert found(until="2026-01-05") == ["甲诊所"]
    assert found(since="2026-01-06") == ["乙诊所"]
    assert "信用等级" not in text(client.get(url("trail")))
    assert "协议状态：有效 → 协议解除" in text(client.get(url("trail")))


def test_only_the_auditor_reads_the_whole_trail(signed_in, drafter, approver, system_admin, security_admin):
    for somebody in (drafter, approver, system_admin, security_admin):
        assert signed_in(somebody).get(url("trail")).status_code == 403


def test_the_calendar_marks_days_by_word_and_a_year_without_notice_as_provisional(staff, time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC), tick=False)
    page = text(staff.get(url("calendar"), {"year": "2026"}))
    assert "<small>休</small>" in page
    assert "<small>班</small>" in page
    assert "暂定" in text(staff.get(url("calendar"), {"year": "2027"}))
    assert "2026年工作日历" in text(staff.get(url("calendar"), {"year": "9999"}))


def test_next_years_notice_is_entered_in_the_words_of_the_notice(staff):
    lines = {
        "year": "2027",
        "document": "国办发明电〔2026〕9号",
        "off_days": "元旦 1月1日至1月3日\n春节：2027-02-05 2027-02-11",
        "makeup_days": "2月20日（周六）上班",
    }
    assert staff.post(url("calendar_enter"), lines).url == url("calendar") + "?year=2027"
    days = HolidayNotice.objects.get(year=2027).days
    assert list(days.filter(is_workday=True).values_list("date", flat=True)) == [dt.date(2027, 2, 20)]
    assert days.filter(name="春节").count() == 7


@pytest.mark.parametrize(
    ("field", "line"),
    [("off_days", "元旦"), ("off_days", "1月1日"), ("off_days", "元旦 2月30日"), ("makeup_days", "下周六")],
)
def test_a_line_that_cannot_be_read_is_refused_at_its_field(staff, field, line):
    lines = {
        "year": "2027",
        "document": "国办发明电〔2026〕9号",
        "off_days": "元旦 1月1日",
        "makeup_days": "",
    }
    response = staff.post(url("calendar_enter"), lines | {field: line})
    assert list(response.context["form"].errors) == [field]
    assert not HolidayNotice.objects.filter(year=2027).exists()


@pytest.mark.parametrize("year", ["x", "9" * 5000, "\u0662\u0660\u0662\u0666"])
def test_a_year_that_is_none_shows_the_present_one(staff, year):
    assert staff.get(url("calendar"), {"year": year}).status_code == 200
