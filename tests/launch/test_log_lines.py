"""What leaves the system when something goes wrong, log lines and error mails, holds nobody's data."""

import io
import logging
import sys
from types import SimpleNamespace

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse

from config import gunicorn
from config.log_lines import DiscreetFormatter, discreet
from registries import id_numbers, inspectors
from registries.models import Interest
from tests.factories import id_number, make_facility, make_inspector

ID, PHONE, LANDLINE = id_number(1), "13912345678", "0375-2220001"
NAME, RELATION = "钱某人", "配偶在该院药房任职"
PERSONAL = (ID, PHONE, LANDLINE, NAME, RELATION)
POSTED = {
    "unit": "局", "name": NAME, "post": "科员", "id_number": ID, "sex": "男", "phone": PHONE, "kind": "inspector",
}  # fmt: skip


@pytest.fixture
def logged(monkeypatch):
    """Everything that the console of the running system would show."""
    shown = io.StringIO()
    own = [one for one in logging.getLogger().handlers if isinstance(one.formatter, DiscreetFormatter)]
    assert len(own) == 1
    monkeypatch.setattr(own[0], "stream", shown)
    return shown


@pytest.fixture
def accident(drafter, signed_in, settings):
    """accident(client) posts personal data to a page that fails, and answers with its response and the mail."""
    settings.ADMINS = [("系统管理员", "admin@example.test")]
    client = signed_in(drafter)
    client.raise_request_exception = False

    def happen(address="registries:inspector_create", posted=POSTED):
        response = client.post(reverse(address), posted)
        assert response.status_code == 500
        [sent] = mail.outbox
        return response.content.decode(), f"{sent.subject}\n{sent.body}\n{sent.alternatives}"

    return happen


def held(text) -> list[str]:
    return [secret for secret in PERSONAL if secret in text]


@pytest.mark.django_db
def test_an_error_while_personal_data_was_posted_tells_none_of_it(accident, logged, monkeypatch):
    def fails(bureau, values, *, by):
        raise RuntimeError(f"no place for {values['id_number']}, {values['phone']} or {LANDLINE}")

    monkeypatch.setattr(inspectors, "register", fails)
    page, sent = accident()
    assert "no place for <身份证号>, <手机号码> or <电话号码>" in logged.getvalue()
    assert "no place for" in sent
    assert [held(page), held(logged.getvalue()), held(sent)] == [[], [], []]


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_an_error_of_the_database_tells_nothing_of_the_row(accident, logged, monkeypatch, county, drafter):
    inspector, facility = make_inspector(county, 1, name=NAME), make_facility(county, 1)

    def fails(id_number, *, by):
        Interest.objects.create(
            inspector=inspector, facility=facility, relation=RELATION, declared_by=by, confirmed_by=by
        )

    monkeypatch.setattr(id_numbers, "find", fails)
    page, sent = accident("registries:inspector_by_id", {"id_number": ID})
    assert "IntegrityError" in logged.getvalue()
    assert "IntegrityError" in sent
    if connection.vendor == "postgresql":
        assert "Failing row contains (…)." in logged.getvalue()
    assert [held(page), held(logged.getvalue()), held(sent)] == [[], [], []]


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (
            "duplicate key value\nDETAIL:  Key (bureau_id, name)=(1, 钱某人 (旧)) already exists.\nagain",
            "duplicate key value\nDETAIL:  Key (bureau_id, name)=(…) already exists.\nagain",
        ),
        (
            "DETAIL:  Key (user_id)=(7) is not present in table “registries_user”.",
            "DETAIL:  Key (user_id)=(…) is not present in table “registries_user”.",
        ),
        (
            "violates check\nDETAIL:  Failing row contains (1, 钱某人, 第一行\n第二行。(甲)., null).\nthen",
            "violates check\nDETAIL:  Failing row contains (…).\nthen",
        ),
        (
            "CONTEXT:  COPY registries_facility, line 5, column name: “钱某人诊所”\nthen",
            "CONTEXT:  COPY registries_facility, line 5\nthen",
        ),
        ("invalid input syntax for type integer: “钱某人”", "invalid input syntax for type integer: …"),
        (f"({ID})、{PHONE}", "(<身份证号>)、<手机号码>"),
        ("2026-11-22 15:58:01 took 1380000 ms", "2026-11-22 15:58:01 took 1380000 ms"),
        ("GET /office/visits/138/ 200", "GET /office/visits/138/ 200"),
    ],
)
def test_a_line_keeps_what_an_administrator_needs(said, logged):
    assert discreet(said) == logged


def test_the_text_of_an_exception_is_part_of_the_line():
    try:
        raise ValueError(f"{ID} has no place")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed for %s", (PHONE,), sys.exc_info())
    line = DiscreetFormatter("%(message)s").format(record)
    assert line.startswith("failed for <手机号码>\nTraceback")
    assert line.endswith("ValueError: <身份证号> has no place")


def test_the_web_servers_own_log_is_as_discreet_and_an_access_log_has_no_queries():
    handler = logging.StreamHandler()
    log = SimpleNamespace(
        error_log=SimpleNamespace(handlers=[handler]), error_fmt="%(message)s", datefmt="%Y"
    )
    gunicorn.on_starting(SimpleNamespace(log=log))
    record = logging.LogRecord("gunicorn.error", logging.ERROR, "", 0, f"bad request {ID}", (), None)
    assert handler.format(record) == "bad request <身份证号>"
    assert not {"%(r)s", "%(q)s", "%(f)s"} & set(gunicorn.access_log_format.split())
