"""Two people at one row: the second is told what the first one changed, and nothing is overwritten unseen."""

from django.utils import timezone

from registries import trail
from registries.errors import DomainError
from registries.timeline import field_name


def refuse_stale(locked, revision: int) -> None:
    """Raises unless the person saw the newest revision. Call it under the row's lock."""
    if told := missed(locked, revision):
        raise DomainError(
            f"您打开页面之后，这条记录已被修改（{'；'.join(told)}）。您的修改没有保存，请核对后重新提交。"
        )


def missed(subject, revision: int) -> list[str]:
    """Who changed what since that revision, newest first; empty only when it is the newest.

    Every change that raises the revision writes one trail entry with `before`; views and reveals write none.
    """
    behind = subject.revision - revision
    if behind == 0:
        return []
    entries = trail.about(subject).filter(before__isnull=False)[: max(behind, 1)]
    return [_sentence(entry) for entry in entries] or ["内容有变化"]


def _sentence(entry) -> str:
    at = timezone.localtime(entry.at).strftime("%m-%d %H:%M")
    names = "、".join(field_name(entry, name) for name in entry.after or entry.before)
    return f"{entry.actor_name} {at} {entry.event}：{names}"
