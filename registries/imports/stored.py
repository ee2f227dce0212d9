"""The files of an uploaded list: they hold ID numbers and are stored encrypted, until nobody needs them."""

import logging

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models.fields.files import FieldFile

from registries.errors import DomainError
from registries.fields import cipher

logger = logging.getLogger(__name__)


def keep(field: FieldFile, name: str, content: bytes) -> None:
    """The row itself is the caller's to save."""
    try:
        field.save(name, ContentFile(cipher().encrypt(content)), save=False)
    except OSError as problem:  # a full disk, a directory that went away
        logger.exception("A file of an uploaded list could not be stored.")
        raise DomainError(
            "服务器没有空间或不能保存文件，名单没有上传。请稍后再试，并告诉本局系统管理员。"
        ) from problem


def content_of(field: FieldFile) -> bytes:
    try:
        with field.open() as stored:
            return cipher().decrypt(stored.read())
    except (FileNotFoundError, ValueError):  # gone from the disk, or dropped when the list was imported
        raise DomainError("上传的文件已经不在，没有写入任何内容，请重新上传。") from None


def drop(field: FieldFile) -> None:
    """After the commit, so that a rollback leaves row and file together."""
    storage, name = field.storage, field.name
    setattr(field.instance, field.field.name, "")
    if name:
        transaction.on_commit(lambda: storage.delete(name))
