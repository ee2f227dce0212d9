"""Files that share the fate of the transaction in which they are written."""

import weakref

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction


class _Pending:
    """Lives in the transaction's list of commit hooks; a rollback drops it, and with it goes the file."""

    def __init__(self, name: str):
        self.removal = weakref.finalize(self, default_storage.delete, name)
        self.removal.atexit = False

    def keep(self):
        self.removal.detach()


def keep(path: str, content: bytes) -> str:
    """Stores `content` and returns the name it was given. Django knows no hook for a rollback, hence _Pending."""
    name = default_storage.save(path, ContentFile(content))
    transaction.on_commit(_Pending(name).keep)
    return name
