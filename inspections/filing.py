"""Files that share the fate of the transaction in which they are written."""

import logging
import weakref

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from registries.errors import DomainError

logger = logging.getLogger(__name__)


class _Pending:
    """Lives in the transaction's list of commit hooks; a rollback drops it, and with it goes the file."""

    def __init__(self, name: str):
        self.removal = weakref.finalize(self, default_storage.delete, name)
        self.removal.atexit = False

    def keep(self):
        self.removal.detach()


def keep(path: str, content: bytes) -> str:
    """Stores `content` and returns the name it was given. Django knows no hook for a rollback, hence _Pending."""
    try:
        name = default_storage.save(path, ContentFile(content))
    except OSError as problem:  # a full disk, a directory that went away
        logger.exception("A file could not be stored: %s", path)
        raise DomainError(
            "服务器没有空间或不能保存文件，这一步没有办理，已保存的内容不受影响。请保留原件稍后再试，并告诉本局系统管理员。"
        ) from problem
    transaction.on_commit(_Pending(name).keep)
    return name


def opened(stored):
    """A stored file ready to be read, or a refusal in words where the storage has lost it or is away."""
    try:
        return stored.open("rb")
    except OSError as problem:
        logger.exception("A stored file cannot be read: %s", stored.name)
        raise DomainError(
            "这个文件暂时读不到，登记的摘要仍在。请稍后再试；一直读不到的，请系统管理员核对文件存储和备份。"
        ) from problem
