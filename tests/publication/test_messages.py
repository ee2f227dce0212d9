"""Messages in the application: unread first, read by opening, nobody else's."""

import datetime as dt

import pytest
from django.urls import reverse

from publication import inbox
from publication.models import EmailState, Message

NOW = dt.datetime(2026, 3, 10, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def message(drafter):
    def make(n=1, user=drafter, **fields):
        values = {
            "body": f"内容{n}",
            "link": f"/office/visits/{n}/",
            "created_at": NOW + dt.timedelta(hours=n),
        }
        return Message.objects.create(user=user, title=f"消息{n}", **(values | fields))

    return make


def test_unread_messages_come_first_then_the_newest(message, drafter):
    message(1)
    message(2)
    message(3, read_at=NOW)
    message(4, read_at=NOW)
    assert [one.title for one in inbox.messages_of(drafter)] == ["消息2", "消息1", "消息4", "消息3"]
    assert inbox.unread_count(drafter) == 2


def test_the_first_reading_counts(message, drafter):
    one = message()
    inbox.read(one, by=drafter, now=NOW)
    inbox.read(one, by=drafter, now=NOW + dt.timedelta(days=1))
    one.refresh_from_db()
    assert one.read_at == NOW


def test_opening_a_message_reads_it_and_leads_on(message, drafter, signed_in):
    one = message(7)
    answer = signed_in(drafter).post(reverse("message_open", args=[one.pk]))
    assert (answer.status_code, answer.url) == (302, "/office/visits/7/")
    assert inbox.unread_count(drafter) == 0


def test_looking_at_the_list_reads_nothing(message, drafter, signed_in):
    message()
    page = signed_in(drafter).get(reverse("messages")).content.decode()
    assert "内容1" in page
    assert "1 条未读" in page
    assert inbox.unread_count(drafter) == 1


def test_opening_is_no_matter_of_a_link(message, drafter, signed_in):
    one = message()
    assert signed_in(drafter).get(reverse("message_open", args=[one.pk])).status_code == 405
    assert signed_in(drafter).get(reverse("messages_read")).status_code == 405


def test_all_messages_can_be_marked_as_read_at_once(message, drafter, colleague, signed_in):
    message(1)
    message(2)
    message(3, user=colleague)
    signed_in(drafter).post(reverse("messages_read"))
    assert (inbox.unread_count(drafter), inbox.unread_count(colleague)) == (0, 1)


def test_another_persons_message_is_not_there(message, drafter, colleague, signed_in):
    one = message(user=colleague)
    assert signed_in(drafter).post(reverse("message_open", args=[one.pk])).status_code == 404
    assert "内容1" not in signed_in(drafter).get(reverse("messages")).content.decode()
    inbox.read(one, by=drafter)
    assert inbox.unread_count(colleague) == 1


def test_how_the_mail_went_is_shown(message, drafter, signed_in):
    message(email_state=EmailState.SENDING)
    assert "邮件：发送中" in signed_in(drafter).get(reverse("messages")).content.decode()


def test_an_empty_list_says_what_will_come(drafter, signed_in):
    assert "还没有消息" in signed_in(drafter).get(reverse("messages")).content.decode()


def test_the_list_costs_the_same_for_one_message_and_for_three(
    message, drafter, signed_in, django_assert_max_num_queries, django_assert_num_queries
):
    client = signed_in(drafter)
    message(1)
    with django_assert_max_num_queries(12) as captured:
        client.get(reverse("messages"))
    message(2)
    message(3)
    with django_assert_num_queries(len(captured)):
        client.get(reverse("messages"))
