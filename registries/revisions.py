"""Two people at one form: the second is told what the first one changed, and nothing is overwritten unseen."""

from django.utils import timezone

from registries import trail
from registries.errors import DomainError
from registries.timeline import field_name


def refuse_stale(locked, revision: int) -> None:
    """Raises unless the person saw the newest revision. Call it under the row's lock.

    Every change that raises the revision writes one trail entry with `before`; views and reveals write none.
    """
    missed = locked.revision - revision
    if missed == 0:
        return
    entries = trail.about(locked).filter(before__isnull=False)[: max(missed, 1)]
    told = "；".join(_sentence(entry) for entry in entries)
    raise DomainError(
        f"您打开页面之后，这条记录已被修改（{told}）。您的修改没有保存，请核对最新内容后重新提交。"
    )


def _sentence(entry) -> str:
    at = timezone.localtime(entry.at).strftime("%m-%d %H:%M")
    names = "、".join(field_name(entry, name) for name in entry.after or entry.before)
    return f"{entry.actor_name} {at} {entry.event}：{names}"
