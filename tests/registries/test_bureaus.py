"""A bureau is founded from the command line, with three separate administrators (三员分立)."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from registries import bureaus
from registries.errors import DomainError
from registries.models import Bureau, TrailEntry, User

pytestmark = pytest.mark.django_db


def test_the_level_follows_from_the_bureau_above(county):
    assert [bureau.level for bureau in county.with_ancestors()] == ["province", "city", "county"]


def test_nothing_stands_below_a_county(county):
    with pytest.raises(DomainError, match="不能再设"):
        bureaus.found("410499", "某所", "某医保", parent=county)


@pytest.mark.parametrize(
    ("code", "short_name", "refusal"),
    [("410403", "另医保", "已经设立"), ("410404", "卫医保", "请换一个"), ("4104", "另医保", "6位数字")],
)
def test_code_and_short_name_are_each_bureaus_own(county, city, code, short_name, refusal):
    with pytest.raises(DomainError, match=refusal):
        bureaus.found(code, "石龙区医疗保障局", short_name, parent=city)
    assert Bureau.objects.filter(parent=city).count() == 1


def test_the_command_opens_three_accounts_of_one_role_each_and_shows_their_passwords_once(city):
    printed = io.StringIO()
    call_command("found_bureau", "410404", "石龙区医疗保障局", "石医保", "--parent", "410400", stdout=printed)
    users = User.objects.filter(bureau__code="410404").order_by("pk")
    assert [user.roles for user in users] == [("system_admin",), ("security_admin",), ("auditor",)]
    for user in users:
        (line,) = [line for line in printed.getvalue().splitlines() if user.username in line]
        assert user.check_password(line.split()[-1])
    assert TrailEntry.objects.filter(bureau__code="410404", event="设立医保局").exists()


def test_the_first_thing_an_administrator_does_is_to_change_the_password(city):
    printed = io.StringIO()
    call_command("found_bureau", "410404", "石龙区医疗保障局", "石医保", "--parent", "410400", stdout=printed)
    browser = Client()
    browser.force_login(User.objects.get(username="410404.xitong"))
    assert browser.get("/office/").url.startswith("/office/password/")


def test_an_unknown_bureau_above_founds_nothing(db):
    with pytest.raises(CommandError, match="请先设立上级"):
        call_command("found_bureau", "410404", "石龙区医疗保障局", "石医保", "--parent", "419999")
    assert not Bureau.objects.exists()
