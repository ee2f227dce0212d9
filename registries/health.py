"""名录质量: what is wrong or soon will be in a registry, each a condition that the list filters by as well."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from django.db.models import Count, Q, TextField, Value
from django.db.models.functions import Cast
from django.db.models.lookups import Exact
from django.utils import timezone

from registries import callouts, duplicates
from registries.models import AgreementStatus, Bureau, CreditGrade, Facility, Ownership

AHEAD = dt.timedelta(days=60)
# Who has long gone needs no care.
CURRENT = Q(merged_into=None) & ~Q(agreement_status__in=duplicates.FINAL)
ACTIVE = Q(agreement_status=AgreementStatus.ACTIVE)


class Condition(NamedTuple):
    label: str
    hint: str
    tone: str
    holds: Callable[[Bureau, dt.date], Q]
    # Asks other rows than the facility's own: counted by itself, or the database might ask them for every row.
    apart: bool = False


def _expired(bureau: Bureau, today: dt.date) -> Q:
    return ACTIVE & Q(agreement_to__lt=today)


def _ending(bureau: Bureau, today: dt.date) -> Q:
    return ACTIVE & Q(agreement_to__range=(today, today + AHEAD))


def _ungraded(bureau: Bureau, today: dt.date) -> Q:
    """A public hospital has no enterprise grade."""
    return Q(grade=CreditGrade.NONE) & ~Q(ownership=Ownership.PUBLIC)


def _blank(name: str, bureau: Bureau, today: dt.date) -> Q:
    # As text: an encrypted field is compared with nothing, and a blank one is not encrypted.
    return Q(Exact(Cast(name, TextField()), Value("")))


def _duplicates(bureau: Bureau, today: dt.date) -> Q:
    return duplicates.suspects(bureau)


def _unreachable(bureau: Bureau, today: dt.date) -> Q:
    found = Q(pk__in=[])
    for keys in callouts.answers("unreachable_facilities", bureau):
        found |= Q(pk__in=keys)
    return found


def _leaving_blacklist(bureau: Bureau, today: dt.date) -> Q:
    return Q(blacklisted_at__isnull=False, blacklisted_until__range=(today, today + AHEAD))


def _moving(bureau: Bureau, today: dt.date) -> Q:
    return Q(moving_to__isnull=False)


CONDITIONS = {
    "expired": Condition("协议已到期", "状态仍为“有效”，但已过协议截止日，不参加抽取", "danger", _expired),
    "ending": Condition("协议即将到期", "60 天内到协议截止日", "warn", _ending),
    "ungraded": Condition("没有信用等级", "公立机构除外，按未评级机构的比例抽取", "warn", _ungraded),
    "duplicates": Condition("疑似重复", "同局内信用代码与名称或地址相同，或名称与乡镇街道相同", "warn", _duplicates, apart=True),
    "no_address": Condition("缺地址", "检查组找不到现场", "warn", partial(_blank, "address")),
    "no_phone": Condition("缺联系电话", "检查组无法提前联系", "warn", partial(_blank, "phone")),
    "unreachable": Condition("上次检查无法联系", "最近一次检查结果为“通过登记的住所无法联系”", "danger", _unreachable, apart=True),
    "leaving_blacklist": Condition("黑名单即将截止", "60 天内到截止日，之后自动不再生效", "info", _leaving_blacklist),
    "moving": Condition("正在迁移", "已提出迁往其他医保局，等待对方接收", "info", _moving),
}  # fmt: skip


def rows_with(condition: str, bureau: Bureau, *, today: dt.date | None = None) -> Q:
    return CURRENT & CONDITIONS[condition].holds(bureau, today or timezone.localdate())


def counts(bureau: Bureau, *, today: dt.date | None = None) -> dict[str, int]:
    """Of the bureau and those below it: one query, and one for each condition apart."""
    rows = Facility.objects.filter(bureau__in=bureau.with_descendants())
    found = {key: rows_with(key, bureau, today=today) for key in CONDITIONS}
    apart = {key: rows.filter(found.pop(key)).count() for key, one in CONDITIONS.items() if one.apart}
    together = {key: Count("pk", filter=condition) for key, condition in found.items()}
    return rows.aggregate(total=Count("pk", filter=CURRENT), **together) | apart
