"""The test command's own promise: counts of both runs last, and nothing missing passes silently in CI."""

import pytest
from django.conf import settings

from tests import suite
from tests.servers import ServerMissing
from tests.suite import Result

GOOD = Result("SQLite", 0, 12, 0, 1, 3.0)


@pytest.fixture
def outcome(monkeypatch):
    def set_to(results, lacking):
        monkeypatch.setattr(suite, "run_both", lambda arguments: (results, lacking))

    monkeypatch.delenv("CI", raising=False)
    return set_to


def test_the_counts_of_each_run_stand_on_a_line_of_their_own(outcome, capsys):
    outcome([GOOD, Result("PostgreSQL", 0, 13, 0, 0, 4.0)], [])
    assert suite.main([]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "SQLite, 3 s",
        "12 passed, 0 failed, 1 skipped",
        "PostgreSQL, 4 s",
        "13 passed, 0 failed, 0 skipped",
    ]


@pytest.mark.parametrize(
    "bad",
    [
        Result("SQLite", 1, 11, 1, 0, 3.0),
        Result("SQLite", 5, 0, 0, 0, 1.0),
        Result("SQLite", 0, 0, 0, 9, 1.0),
    ],
)
def test_a_failed_run_and_a_run_without_tests_fail_the_command(outcome, bad):
    outcome([bad, GOOD], [])
    assert suite.main([]) == 1


def test_what_is_missing_stands_last_and_fails_the_command_in_ci_only(outcome, monkeypatch, capsys):
    outcome([GOOD], ["MISSING chromium"])
    assert suite.main([]) == 0
    monkeypatch.setenv("CI", "true")
    assert suite.main([]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "MISSING chromium"


def test_servers_that_cannot_be_had_are_named_instead_of_left_out(monkeypatch):
    def absent():
        raise ServerMissing("PostgreSQL is not installed: apt-get install -y postgresql")

    monkeypatch.setattr(suite, "real_servers", absent)
    monkeypatch.setattr(suite, "missing", lambda packages: [])
    monkeypatch.setattr(suite, "run_pytest", lambda *args: GOOD)
    results, lacking = suite.run_both([])
    assert results == [GOOD]
    assert lacking == [
        "MISSING the run on PostgreSQL and Redis: PostgreSQL is not installed: apt-get install -y postgresql"
    ]


def test_a_developers_own_database_never_reaches_the_tests(monkeypatch):
    seen = {}

    def record(command, cwd, env, check):
        seen.update(env)
        return type("Done", (), {"returncode": 0})

    monkeypatch.setenv("DATABASE_URL", "postgres://real/data")
    monkeypatch.setenv("DEPLOYMENT", "production")
    monkeypatch.setattr(suite.subprocess, "run", record)
    suite.run_pytest("SQLite", {"REDIS_URL": "redis://127.0.0.1:1"}, [])
    assert "DATABASE_URL" not in seen
    assert "DEPLOYMENT" not in seen
    assert seen["REDIS_URL"] == "redis://127.0.0.1:1"


def test_an_error_counts_as_a_failure(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="10" failures="2" errors="1" skipped="3"></testsuite></testsuites>'
    )
    assert suite.read_counts(report) == (4, 3, 3)
    assert suite.read_counts(tmp_path / "none.xml") == (0, 0, 0)


def test_whatever_the_environment_says_the_tests_run_with_their_own_settings(monkeypatch):
    seen = {}
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    monkeypatch.setattr(
        suite.subprocess,
        "run",
        lambda command, env, **rest: seen.update(env) or type("Done", (), {"returncode": 0}),
    )
    suite.run_pytest("SQLite", {}, [])
    assert "DJANGO_SETTINGS_MODULE" not in seen
    assert settings.SETTINGS_MODULE == "config.settings_test"
