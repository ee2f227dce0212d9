"""Settings refuse to start with an unsafe value, and say what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config.environment import check_production, field_keys, kept_secret

ROOT = Path(__file__).resolve().parent.parent.parent

SAFE = {
    "debug": False,
    "secret_key": "k" * 60,
    "allowed_hosts": ["jc.example.gov.cn"],
    "database": {"ENGINE": "django.db.backends.postgresql"},
    "site_address": "https://jc.example.gov.cn",
    "email_backend": "django.core.mail.backends.smtp.EmailBackend",
    "broker": "redis://redis:6379/1",
}
COMPLETE = {
    "DEPLOYMENT": "production",
    "SECRET_KEY": "k" * 60,
    "FIELD_KEYS": Fernet.generate_key().decode(),
    "DATABASE_URL": "postgres://user:password@127.0.0.1:5432/name",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "ALLOWED_HOSTS": "jc.example.gov.cn",
    "SITE_ADDRESS": "https://jc.example.gov.cn",
    "EMAIL_URL": "dummymail://",
}


def test_safe_values_start():
    check_production(**SAFE)


@pytest.mark.parametrize(
    ("unsafe", "what_to_do"),
    [
        ({"debug": True}, "Remove DEBUG"),
        ({"secret_key": "short"}, "Make one: python3 -c"),
        ({"secret_key": "change-me-" + "x" * 60}, "Make one: python3 -c"),
        ({"allowed_hosts": []}, "Name the hosts"),
        ({"allowed_hosts": ["jc.example.gov.cn", "*"]}, "Name the hosts"),
        ({"database": {"ENGINE": "django.db.backends.sqlite3"}}, "postgres://user:password@host:5432/name"),
        ({"site_address": "http://jc.example.gov.cn"}, "SITE_ADDRESS=https://"),
        ({"email_backend": "django.core.mail.backends.console.EmailBackend"}, "Name a server, smtp"),
        ({"broker": "filesystem://"}, "redis://host:6379/1"),
    ],
)
def test_an_unsafe_value_stops_the_start_and_says_what_to_do(unsafe, what_to_do):
    with pytest.raises(ImproperlyConfigured, match=what_to_do):
        check_production(**SAFE | unsafe)


@pytest.mark.parametrize("key", ["", "no key", "dG9vLXNob3J0"])
def test_a_field_key_that_is_no_key_is_refused(key):
    with pytest.raises(ImproperlyConfigured, match="Make one: python3 -c"):
        field_keys(f"{Fernet.generate_key().decode()},{key}")


def test_spaces_and_line_ends_beside_a_field_key_are_no_part_of_it():
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    assert field_keys(f" {new}, {old}\n") == [new, old]


def load_settings(tmp_path, **environment):
    """Imports the settings as a start would, in a process of its own."""
    report = (
        "print(s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.CELERY_BROKER_URL)" if environment else ""
    )
    return python(tmp_path, "-c", f"import config.settings as s; {report}", **environment)


def python(tmp_path, *arguments, **environment):
    clean = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path / "var")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_complete_production_environment_starts(tmp_path):
    done = load_settings(tmp_path, **COMPLETE)
    assert (done.stderr, done.stdout) == ("", "True True redis://127.0.0.1:6379/0\n")


def test_django_finds_nothing_unsafe_in_a_complete_production_environment(tmp_path):
    key = "".join(chr(33 + n) for n in range(60))
    done = python(
        tmp_path,
        "manage.py",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        **COMPLETE | {"SECRET_KEY": key},
    )
    assert (done.returncode, done.stdout) == (
        0,
        "System check identified no issues (2 silenced).\n",
    ), done.stderr


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_ADDRESS"]
)
def test_production_does_not_start_without_a_value(tmp_path, name):
    done = load_settings(tmp_path, **COMPLETE | {name: ""})
    assert done.returncode == 1
    assert f"ImproperlyConfigured: {name} is not set. " in done.stderr


def test_the_embedded_deployment_makes_its_own_secrets_once_and_for_its_owner_only(tmp_path):
    assert load_settings(tmp_path).returncode == 0
    secret = tmp_path / "var" / "secret_key"
    first = secret.read_text()
    assert len(first) > 50
    assert secret.stat().st_mode & 0o777 == 0o600
    assert load_settings(tmp_path).returncode == 0
    assert secret.read_text() == first


def test_the_second_of_two_simultaneous_starts_takes_the_firsts_secret(tmp_path):
    path = tmp_path / "secret"

    def made_while_another_start_finished():
        path.write_text("the first one's")
        return "the second one's"

    assert kept_secret(path, made_while_another_start_finished) == "the first one's"
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]
