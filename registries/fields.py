"""Personal data at rest: encrypted with the first of FIELD_KEYS, readable with any of them."""

import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    return _cipher(tuple(settings.FIELD_KEYS))


def keyed_hash(text: str) -> str:
    """Finds an exact value without decrypting: HMAC-SHA-256 under the last (oldest) field key; "" for ""."""
    if not text:
        return ""
    return hmac.new(settings.FIELD_KEYS[-1].encode(), text.encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """Text that the database, its backups and its administrator hold only as a Fernet token."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return cipher().encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value, expression, connection):
        return cipher().decrypt(value.encode()).decode() if value else value

    def get_lookup(self, lookup_name):
        if lookup_name not in ("isnull",):
            raise TypeError("An encrypted field cannot be searched; search its keyed hash.")
        return super().get_lookup(lookup_name)
