"""Personal data at rest: encrypted with the first of FIELD_KEYS, readable with any of them (registries/key_rotation.py)."""

import base64
import hashlib
import hmac
import os
import time
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from django.conf import settings
from django.db import models

FERNET_VERSION = b"\x80"
BLOCK = AES.block_size // 8


class KeyMissing(Exception):
    """A stored value opens with none of FIELD_KEYS."""

    def __init__(self):
        super().__init__(
            "A stored value opens with none of FIELD_KEYS. A key was removed too early: put it back as the last one, "
            "run manage.py rotate_keys, and remove it when manage.py rotate_keys --check counts nothing under it."
        )


@lru_cache(maxsize=4)
def _ciphers(keys: tuple[str, ...]) -> list[Fernet]:
    return [Fernet(key) for key in keys]


def cipher() -> MultiFernet:
    return MultiFernet(_ciphers(tuple(settings.FIELD_KEYS)))


@lru_cache(maxsize=4)
def _halves(key: str) -> tuple[bytes, AES]:
    raw = base64.urlsafe_b64decode(key)
    return raw[:16], AES(raw[16:])


def sealed(text: str) -> str:
    """The Fernet token of `cipher().encrypt`, put together in a third of its time: a nation's list asks for a million."""
    signing_key, algorithm = _halves(settings.FIELD_KEYS[0])
    plain = text.encode()
    gap = BLOCK - len(plain) % BLOCK
    start = os.urandom(BLOCK)
    encryptor = Cipher(algorithm, CBC(start)).encryptor()
    body = encryptor.update(plain + bytes((gap,)) * gap) + encryptor.finalize()
    signed = FERNET_VERSION + int(time.time()).to_bytes(8, "big") + start + body
    return base64.urlsafe_b64encode(signed + hmac.digest(signing_key, signed, "sha256")).decode()


def key_age(token: bytes | str) -> int | None:
    """0 when the newest key opens it, 1 for the one before, None for none of them."""
    for age, single in enumerate(_ciphers(tuple(settings.FIELD_KEYS))):
        try:
            single.decrypt(token)
        except InvalidToken:
            continue
        return age
    return None


def keyed_hash(text: str) -> str:
    """What an exact value is found by without decrypting: HMAC-SHA-256 under the newest field key; "" for ""."""
    return _hash(settings.FIELD_KEYS[0], text)


def keyed_hashes(text: str) -> list[str]:
    """The newest first. Until the keys are rotated a stored hash may be under any of them: search for all."""
    return [_hash(key, text) for key in settings.FIELD_KEYS]


def _hash(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest() if text else ""


class EncryptedTextField(models.TextField):
    """Text that the database, its backups and its administrator hold only as a Fernet token.

    A column named `<field>_hash` beside it is its keyed hash.
    """

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return sealed(value) if value else value

    def from_db_value(self, value, expression, connection):
        if not value:
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            raise KeyMissing from None

    def get_lookup(self, lookup_name):
        if lookup_name not in ("isnull",):
            raise TypeError("An encrypted field cannot be searched; search its keyed hash.")
        return super().get_lookup(lookup_name)


class EncryptedFileField(models.FileField):
    """A file whose content was encrypted with `cipher()` before it was stored: a rotation of the keys finds it by this."""

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        # To the database it is any other file.
        return name, "django.db.models.FileField", args, kwargs
