"""What each agreement status means for draws, and which may follow which (A3, C2).

One table for the page that changes a status, the verb that carries it out, and the list that is imported.
"""

from typing import NamedTuple

from registries.models import AgreementStatus

S = AgreementStatus


class Effect(NamedTuple):
    is_drawn: bool
    sentence: str
    may_become: frozenset[AgreementStatus]


EFFECTS = {
    S.ACTIVE: Effect(
        True,
        "参加抽取；当日不在协议起止日期内的，仍不参加。",
        frozenset({S.SUSPENDED, S.ENDED, S.DEREGISTERED, S.MOVED_AWAY}),
    ),
    S.SUSPENDED: Effect(
        False,
        "中止期间不参加抽取；恢复为“有效”后，从下一次封存名单起参加。",
        frozenset({S.ACTIVE, S.ENDED, S.DEREGISTERED, S.MOVED_AWAY}),
    ),
    S.ENDED: Effect(
        False,
        "不再是定点机构，不参加抽取；重新签订协议后改回“有效”。",
        frozenset({S.ACTIVE, S.DEREGISTERED, S.MOVED_AWAY}),
    ),
    S.DEREGISTERED: Effect(False, "主体已不存在，不参加抽取；除登记有误须更正外，不能再变更。", frozenset()),
    S.MOVED_AWAY: Effect(
        False,
        "已迁出本系统覆盖的地区，不参加抽取；除登记有误须更正外，不能再变更。迁往系统内其他医保局的，请办理“迁往其他医保局”。",
        frozenset(),
    ),
}


def refusal(present: str, following: str) -> str | None:
    """Why `following` may not come after `present`; None when it may. A correction is not asked."""
    if present == following or S(following) in EFFECTS[S(present)].may_become:
        return None
    before, after = S(present).label, S(following).label
    return (
        f"“{before}”不能变更为“{after}”。如“{before}”是登记错误，"
        "请在机构页面“变更协议状态”中勾选“更正登记错误”并写明原因。"
    )


def is_final(status: str) -> bool:
    return not EFFECTS[S(status)].may_become
