"""Personal data at rest: encrypted with the first of FIELD_KEYS, readable with any of them (registries/key_rotation.py)."""

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import compress

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from django.conf import settings
from django.db import models

FERNET_VERSION = b"\x80"
BLOCK = AES.block_size // 8
# Version and time stand before the start of a token, its signature behind the blocks.
HEAD = 9
SIGNED = HEAD + 2 * BLOCK
SINGLE = SIGNED + 32


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
    return _signed(signing_key, _head() + start + body)


def sealed_all(texts: Sequence[str]) -> list[str]:
    """What `sealed` makes of each, with one pass through the cipher for all that fill a single block, as phones do."""
    plain = [text.encode() for text in texts]
    tokens = iter(_sealed_blocks([one for one in plain if 0 < len(one) < BLOCK]))
    return [
        next(tokens) if 0 < len(one) < BLOCK else text and sealed(text)
        for one, text in zip(plain, texts, strict=True)
    ]


def _sealed_blocks(plain: Sequence[bytes]) -> Iterator[str]:
    signing_key, algorithm = _halves(settings.FIELD_KEYS[0])
    starts, head = os.urandom(BLOCK * len(plain)), _head()
    padded = b"".join([one + bytes((BLOCK - len(one),)) * (BLOCK - len(one)) for one in plain])
    # CBC does just this to its first block, and there is no second.
    bodies = Cipher(algorithm, ECB()).encryptor().update(_mixed(starts, padded))  # noqa: S305
    for place in range(0, len(starts), BLOCK):
        block = slice(place, place + BLOCK)
        yield _signed(signing_key, head + starts[block] + bodies[block])


def opened_all(tokens: Sequence[str]) -> list[str]:
    """The texts of a column: single blocks under the newest key in one pass, whatever else the long way."""
    signing_key, algorithm = _halves(settings.FIELD_KEYS[0])
    raw = [base64.urlsafe_b64decode(token) for token in tokens]
    short = [
        len(one) == SINGLE
        and hmac.compare_digest(hmac.digest(signing_key, one[:SIGNED], "sha256"), one[SIGNED:])
        for one in raw
    ]
    blocks = list(compress(raw, short))
    starts = b"".join([one[HEAD : HEAD + BLOCK] for one in blocks])
    bodies = b"".join([one[HEAD + BLOCK : SIGNED] for one in blocks])
    padded = _mixed(starts, Cipher(algorithm, ECB()).decryptor().update(bodies))  # noqa: S305
    texts = (
        padded[end - BLOCK : end - padded[end - 1]].decode() for end in range(BLOCK, len(padded) + 1, BLOCK)
    )
    return [next(texts) if one else token and opened(token) for one, token in zip(short, tokens, strict=True)]


def opened(token: str) -> str:
    try:
        return cipher().decrypt(token).decode()
    except InvalidToken:
        raise KeyMissing from None


def _head() -> bytes:
    return FERNET_VERSION + int(time.time()).to_bytes(8, "big")


def _signed(signing_key: bytes, content: bytes) -> str:
    return base64.urlsafe_b64encode(content + hmac.digest(signing_key, content, "sha256")).decode()


def _mixed(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))


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
        return opened(value) if value else value

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
