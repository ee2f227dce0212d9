"""Signing in and failing to are on the trail; guessing is stopped, honest people are not."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.test import Client
from django.urls import reverse

from registries import sign_in, trail
from registries.models import TrailEntry
from tests.cast import PASSWORD

NOW = dt.datetime(2026, 3, 10, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
PAUSED = "已暂停登录。请15分钟后再试"


@pytest.fixture(autouse=True)
def _a_cache_that_follows_the_tests_clock(settings, time_machine):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()  # this one, not the one that the suite's own fixture emptied
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def enter(django_capture_on_commit_callbacks):
    """enter(username, password) gives the answer to a sign-in from a fresh browser."""

    def send(username, password=PASSWORD, address="10.0.0.1", **headers):
        with django_capture_on_commit_callbacks(execute=True):
            return Client(REMOTE_ADDR=address, **headers).post(
                reverse("login"), {"username": username, "password": password}
            )

    return send


def is_in(response) -> bool:
    return response.status_code == 302


def fail(enter, user, times=sign_in.LIMIT, **how):
    for _ in range(times):
        answer = enter(user.username, "a wrong password", **how)
        assert not is_in(answer)
    return answer


def events(user):
    return [entry.event for entry in reversed(trail.about(user))]


def test_signing_in_is_on_the_trail_with_the_address(enter, drafter):
    assert is_in(enter(drafter.username))
    entry = trail.about(drafter).get()
    assert (entry.event, entry.actor, entry.bureau, entry.note) == (
        "登录", drafter, drafter.bureau, "来源地址：10.0.0.1"
    )  # fmt: skip


def test_a_failure_is_on_the_trail_as_nobodys_and_without_the_password(enter, drafter):
    fail(enter, drafter, 1)
    entry = trail.about(drafter).get()
    assert (entry.event, entry.actor, entry.subject_name) == ("登录失败", None, "周经办")
    assert "wrong" not in str(vars(entry))


def test_a_name_without_an_account_leaves_no_trace_of_what_was_typed(enter, drafter, caplog):
    assert not is_in(enter(PASSWORD, "x"))
    assert TrailEntry.objects.count() == 0
    assert [record.getMessage() for record in caplog.records if record.name == sign_in.__name__] == [
        "Somebody at 10.0.0.1 failed to sign in to an account that does not exist."
    ]


def test_after_ten_failures_even_the_right_password_waits_a_quarter_of_an_hour(enter, drafter, time_machine):
    assert PAUSED not in fail(enter, drafter).content.decode()
    for minutes in (0, 14):
        time_machine.move_to(NOW + dt.timedelta(minutes=minutes), tick=False)
        assert PAUSED in enter(drafter.username).content.decode()
    time_machine.move_to(NOW + dt.timedelta(minutes=16), tick=False)
    assert is_in(enter(drafter.username))
    assert events(drafter) == ["登录失败"] * 10 + ["暂停登录", "登录"]


def test_a_name_without_an_account_is_paused_alike(enter, drafter):
    answers = [enter("nobody", "x").content.decode() for _ in range(11)]
    assert [PAUSED in answer for answer in answers] == [False] * 10 + [True]


def test_failures_long_ago_do_not_count(enter, drafter, time_machine):
    fail(enter, drafter, 9)
    time_machine.move_to(NOW + dt.timedelta(minutes=16), tick=False)
    fail(enter, drafter, 9)
    assert is_in(enter(drafter.username))


def test_signing_in_forgets_the_slips_before(enter, drafter):
    fail(enter, drafter, 9)
    assert is_in(enter(drafter.username))
    fail(enter, drafter, 9)
    assert is_in(enter(drafter.username))


def test_a_guesser_elsewhere_keeps_neither_the_owner_nor_others_out(enter, drafter, colleague):
    fail(enter, drafter, address="10.9.9.9")
    assert PAUSED in enter(drafter.username, address="10.9.9.9").content.decode()
    assert is_in(enter(drafter.username))
    assert is_in(enter(colleague.username, address="10.9.9.9"))


def test_an_address_that_the_visitor_made_up_changes_nothing(enter, drafter, settings):
    for n in range(10):
        fail(enter, drafter, 1, HTTP_X_FORWARDED_FOR=f"10.1.1.{n}")
    assert PAUSED in enter(drafter.username, HTTP_X_FORWARDED_FOR="10.1.1.99").content.decode()
    settings.BEHIND_PROXY = True
    for n in range(10):
        fail(enter, drafter, 1, HTTP_X_FORWARDED_FOR=f"10.1.1.{n}, 10.2.2.2")
    assert PAUSED in enter(drafter.username, HTTP_X_FORWARDED_FOR="10.2.2.2").content.decode()
    assert is_in(enter(drafter.username, HTTP_X_FORWARDED_FOR="10.3.3.3"))


def test_an_empty_form_is_no_attempt(enter, drafter):
    for _ in range(sign_in.LIMIT):
        enter(drafter.username, "")
    assert is_in(enter(drafter.username))


class AwayCache(BaseCache):
    """Redis when it cannot be reached."""

    def __init__(self, location, params):
        super().__init__(params)

    def get(self, *args, **kwargs):
        raise ConnectionError("no cache")

    add = set = delete = get


def test_without_the_cache_people_sign_in_and_the_trail_goes_on(enter, drafter, settings):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.AwayCache"}}
    fail(enter, drafter, 11)
    assert is_in(enter(drafter.username))
    assert events(drafter) == ["登录失败"] * 11 + ["登录"]


def test_a_closed_account_stays_out_and_the_attempt_is_on_the_trail(enter, drafter):
    drafter.is_active = False
    drafter.save()
    assert not is_in(enter(drafter.username))
    assert events(drafter) == ["登录失败"]


def test_the_password_page_speaks_to_people_as_an_office_does(drafter, signed_in):
    client = signed_in(drafter)
    page = client.get(reverse("password_change")).content.decode()
    refused = client.post(
        reverse("password_change"), {"old_password": "x", "new_password1": "123", "new_password2": "123"}
    ).content.decode()
    assert "您的密码" in page
    assert "您的旧密码不正确" in refused
    assert "您的密码不能全都是数字" in refused
    assert "你" not in page + refused
    assert "&lt;ul" not in page
