"""Reads the settings' values from the environment and refuses unsafe ones in words an administrator understands.

Two deployments exist. `embedded` (the default) needs no server and makes its own secrets under var/;
`production` takes every secret from the environment and starts with none missing.
"""

import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

MINIMUM_SECRET_LENGTH = 50


def kept_secret(path: Path, make) -> str:
    """The secret stored in a file only its owner reads; made on the first start of an embedded deployment."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        try:
            path.hardlink_to(
                fresh
            )  # atomic: of two processes starting at once, one wins and both read its secret
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def new_secret_key() -> str:
    return secrets.token_urlsafe(64)


def new_field_key() -> str:
    return Fernet.generate_key().decode()


def required(env, name: str, what_to_do: str) -> str:
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {what_to_do}")
    return value


def field_keys(text: str) -> list[str]:
    """The newest first. Hashes of ID numbers are made with these very characters: a stray space would change them."""
    keys = [key.strip() for key in text.split(",")]
    for key in keys:
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(
                "FIELD_KEYS holds a value that is no key. Make one: python3 -c 'from cryptography.fernet "
                "import Fernet; print(Fernet.generate_key().decode())'"
            ) from error
    return keys


def check_production(
    *, debug, secret_key, allowed_hosts, database, site_address, email_backend, broker
) -> None:
    """Each line is one way a production system would be unsafe; the first found stops the start."""
    refusals = [
        (debug, "DEBUG is on. Remove DEBUG from the environment: it shows internals to visitors."),
        (
            len(secret_key) < MINIMUM_SECRET_LENGTH or "change" in secret_key.lower(),
            "SECRET_KEY is short or an example. Make one: python3 -c 'import secrets; "
            "print(secrets.token_urlsafe(64))'",
        ),
        (
            not allowed_hosts or "*" in allowed_hosts,
            "ALLOWED_HOSTS is empty or '*'. Name the hosts, comma-separated: ALLOWED_HOSTS=jc.example.gov.cn",
        ),
        (
            "sqlite" in database["ENGINE"],
            "DATABASE_URL names SQLite. Production needs PostgreSQL: postgres://user:password@host:5432/name",
        ),
        (
            not site_address.startswith("https://"),
            "SITE_ADDRESS is not https. People log in over it: SITE_ADDRESS=https://jc.example.gov.cn",
        ),
        (
            "console" in email_backend,
            "EMAIL_URL only prints mails. Name a server, smtp+tls://user:password@host:587, or dummymail:// "
            "when reminders shall be read in the system alone.",
        ),
        (
            broker.startswith("filesystem"),
            "CELERY_BROKER_URL names files on one host. Production needs Redis: redis://host:6379/1",
        ),
    ]
    for refused, what_to_do in refusals:
        if refused:
            raise ImproperlyConfigured(what_to_do)
