"""执法检查人员名录库 and 专业技术人员库: who is in them and whether they can be drawn (A4, A6)."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from registries import checks, id_numbers, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.fields import keyed_hash
from registries.models import Bureau, InspectionItem, Inspector, NumberSeries, User
from registries.models.people import InspectorStatus
from registries.revisions import refuse_stale

FIELDS = (
    "kind", "unit", "name", "post", "id_number", "sex", "certificate_number", "certificate_issued_on",
    "certificate_valid_until", "certificate_kind", "certificate_issuer", "phone", "department",
    "qualifications", "regions",
)  # fmt: skip
# Numbers of people run on through the years; documents count by year.
NUMBER_SERIES, WITHOUT_YEAR = "人员", 0

S = InspectorStatus
MOVES = {
    S.ACTIVE: frozenset({S.SUSPENDED, S.RETIRED}),
    S.SUSPENDED: frozenset({S.ACTIVE, S.RETIRED}),
    S.RETIRED: frozenset({S.ACTIVE}),
}


@transaction.atomic
def register(bureau: Bureau, values: dict, *, by: User, now: dt.datetime | None = None) -> Inspector:
    """`values`: FIELDS and `allowed_items`. The number that stands for the name in draws is assigned here."""
    require(by, Permission.REGISTRY_EDIT, bureau=bureau)
    facts = _facts(values)
    checks.refuse(checks.inspector_problems(facts, today=timezone.localdate(now)))
    id_numbers.refuse_known(bureau, facts["id_number"])
    _, after = trail.changes(Inspector(bureau=bureau), facts)
    count, _ = NumberSeries.take(bureau, NUMBER_SERIES, WITHOUT_YEAR)
    with checks.once(id_numbers.KNOWN, "id_number"):
        inspector = Inspector.objects.create(
            bureau=bureau,
            number=f"{bureau.code}-{count:03d}",
            id_number_hash=keyed_hash(facts["id_number"]),
            **facts,
        )
    _, allowed = _allow(inspector, values)
    trail.record("登记检查人员", by=by, about=inspector, after=after | allowed, now=now)
    return inspector


@transaction.atomic
def amend(
    inspector: Inspector, values: dict, *, revision: int, by: User, now: dt.datetime | None = None
) -> Inspector:
    """`revision` is the one that the person saw. `values`: some of FIELDS and `allowed_items`."""
    require(by, Permission.REGISTRY_EDIT, bureau=inspector.bureau)
    locked = _lock(inspector)
    refuse_stale(locked, revision)
    facts = _facts(values)
    whole = {name: getattr(locked, name) for name in FIELDS} | facts
    checks.refuse(checks.inspector_problems(whole, today=timezone.localdate(now)))
    before, after = trail.changes(locked, facts)
    allowed_before, allowed_after = _allow(locked, values)
    if not (before or allowed_after):
        raise DomainError("内容没有变化，不需要保存。")
    id_numbers.refuse_known(locked.bureau, whole["id_number"], besides=locked)
    with checks.once(id_numbers.KNOWN, "id_number"):
        _save(locked, **facts, id_number_hash=keyed_hash(whole["id_number"]))
    before, after = before | allowed_before, after | allowed_after
    trail.record("修改检查人员", by=by, about=locked, before=before, after=after, now=now)
    return locked


def suspend(inspector: Inspector, *, reason: str, by: User, now=None) -> Inspector:
    """Not drawn for the time being; teams already drawn stay as they are."""
    return _move(inspector, S.SUSPENDED, "暂停检查人员", reason, by=by, now=now)


def bring_back(inspector: Inspector, *, reason: str, by: User, now=None) -> Inspector:
    return _move(inspector, S.ACTIVE, "恢复检查人员", reason, by=by, now=now)


def retire(inspector: Inspector, *, reason: str, by: User, now=None) -> Inspector:
    return _move(inspector, S.RETIRED, "退出检查人员名录库", reason, by=by, now=now)


@transaction.atomic
def link_account(
    inspector: Inspector, user: User | None, *, by: User, now: dt.datetime | None = None
) -> Inspector:
    """The account with which the inspector fills in records; None takes the link away."""
    require(by, Permission.REGISTRY_EDIT, bureau=inspector.bureau)
    locked = _lock(inspector)
    if user and user.bureau_id != locked.bureau_id:
        raise DomainError("这个账号属于其他医保局，请选择本局的账号。", field="user")
    if user and not user.is_active:
        raise DomainError("这个账号已停用，请选择在用的账号。", field="user")
    if locked.user == user:
        raise DomainError("登录账号没有变化，不需要保存。", field="user")
    before, after = trail.changes(locked, {"user": user})
    with checks.once("这个账号已关联其他检查人员，请先解除原关联。", "user"):
        _save(locked, user=user)
    trail.record("关联登录账号", by=by, about=locked, before=before, after=after, now=now)
    return locked


@transaction.atomic
def reveal(inspector: Inspector, *, purpose: str, by: User, now: dt.datetime | None = None) -> dict[str, str]:
    """ID number and phone in clear. Looking is an act of its own and leaves a trace with its purpose."""
    require(by, Permission.PERSONAL_VIEW, bureau=inspector.bureau)
    purpose = checks.said_why(purpose, what="查看用途", field="purpose")
    trail.record("查看身份证号和联系电话原文", by=by, about=inspector, note=f"用途：{purpose}", now=now)
    return {"id_number": inspector.id_number, "phone": inspector.phone}


def _facts(values: dict) -> dict:
    facts = {name: value for name, value in checks.tidy(values).items() if name in FIELDS}
    for name in {"qualifications", "regions"} & facts.keys():
        facts[name] = sorted({word.strip() for word in facts[name] if word.strip()})
    return facts


def _allow(inspector: Inspector, values: dict) -> tuple[dict, dict]:
    """Sets the items that the inspector may inspect, if `values` name them; what changed, for the trail."""
    if "allowed_items" not in values:
        return {}, {}
    chosen = list(values["allowed_items"])
    foreign = InspectionItem.objects.filter(pk__in=[item.pk for item in chosen])
    if foreign.exclude(bureau__in=inspector.bureau.with_ancestors()).exists():
        raise DomainError("只能选择本局和上级局清单中的事项。", field="allowed_items")
    before = sorted(item.name for item in inspector.allowed_items.all())
    after = sorted(item.name for item in chosen)
    if before == after:
        return {}, {}
    inspector.allowed_items.set(chosen)
    return {"allowed_items": before}, {"allowed_items": after}


def _lock(inspector: Inspector) -> Inspector:
    return Inspector.objects.select_for_update().get(pk=inspector.pk)


def _save(locked: Inspector, **fields) -> None:
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.revision += 1
    locked.save(update_fields=[*fields, "revision"])


@transaction.atomic
def _move(inspector: Inspector, status: S, event: str, reason: str, *, by: User, now) -> Inspector:
    require(by, Permission.REGISTRY_EDIT, bureau=inspector.bureau)
    reason = checks.said_why(reason)
    locked = _lock(inspector)
    if status not in MOVES[S(locked.status)]:
        raise DomainError(f"检查人员现为“{locked.get_status_display()}”，不能改为“{status.label}”。")
    before, after = trail.changes(locked, {"status": str(status)})
    _save(locked, status=status)
    trail.record(event, by=by, about=locked, before=before, after=after, note=reason, now=now)
    return locked


def is_self(inspector: Inspector, user: User) -> bool:
    return inspector.user_id is not None and inspector.user_id == user.pk


def require_staff_or_self(inspector: Inspector, by: User) -> None:
    if is_self(inspector, by):
        require(by, Permission.RECORD_FILL)
    else:
        require(by, Permission.REGISTRY_EDIT, bureau=inspector.bureau)
