"""检查对象名录库: who can be inspected, in what standing (A3, A6)."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from registries import checks, standing, tags, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import AgreementStatus, Bureau, CreditGrade, Facility, FacilityTag, GradeChange, User
from registries.revisions import refuse_stale

# Standing (agreement, grade, blacklist) has verbs of its own, because each needs a reason or a source.
FIELDS = (
    "insurance_code", "social_credit_code", "name", "kind", "level", "ownership", "address", "region",
    "person_in_charge", "phone", "agreement_from", "agreement_to",
)  # fmt: skip
STANDING_AT_FIRST = ("agreement_status", "grade")
FIRST_GRADE = "入库时登记"


@transaction.atomic
def register(bureau: Bureau, values: dict, *, by: User, now: dt.datetime | None = None) -> Facility:
    """`values`: FIELDS, and optionally agreement_status, grade, grade_source and tags (names)."""
    require(by, Permission.REGISTRY_EDIT, bureau=bureau)
    values = checks.tidy(values)
    facts = {name: values[name] for name in (*FIELDS, *STANDING_AT_FIRST) if name in values}
    checks.refuse(checks.facility_problems(facts))
    _, after = trail.changes(Facility(bureau=bureau), facts)
    with checks.once(
        f"国家医保编码 {facts['insurance_code']} 已在名录库中，不能重复登记。", "insurance_code"
    ):
        facility = Facility.objects.create(bureau=bureau, **facts)
    if names := values.get("tags"):
        after["tags"] = _set_tags(facility, names)
    if facility.grade != CreditGrade.NONE:
        _note_grade(facility, values.get("grade_source") or FIRST_GRADE, timezone.localdate(now), by, now)
    trail.record("登记检查对象", by=by, about=facility, after=after, now=now)
    return facility


@transaction.atomic
def amend(
    facility: Facility, values: dict, *, revision: int, by: User, now: dt.datetime | None = None
) -> Facility:
    """`revision` is the one that the person saw. `values`: some of FIELDS, and optionally tags (names)."""
    require(by, Permission.REGISTRY_EDIT, bureau=facility.bureau)
    locked = lock(facility)
    refuse_stale(locked, revision)
    values = checks.tidy(values)
    facts = {name: values[name] for name in FIELDS if name in values}
    checks.refuse(checks.facility_problems({name: getattr(locked, name) for name in FIELDS} | facts))
    before, after = trail.changes(locked, facts)
    if "tags" in values:
        old = [tag.name for tag in locked.tags.all()]
        new = _set_tags(locked, values["tags"])
        if old != new:
            before["tags"], after["tags"] = old, new
    if not before:
        raise DomainError("内容没有变化，不需要保存。")
    with checks.once("这个国家医保编码已在名录库中，请核对。", "insurance_code"):
        save(locked, **facts)
    trail.record("修改检查对象", by=by, about=locked, before=before, after=after, now=now)
    return locked


@transaction.atomic
def change_agreement(
    facility: Facility,
    status: str,
    *,
    reason: str,
    by: User,
    is_correction: bool = False,
    now: dt.datetime | None = None,
) -> Facility:
    """After registries.standing. A correction says that the present status was entered wrongly; it may undo any."""
    require(by, Permission.REGISTRY_EDIT, bureau=facility.bureau)
    reason = checks.said_why(reason)
    if status not in AgreementStatus.values:
        raise DomainError("请选择一个协议状态。", field="status")
    locked = lock(facility)
    if locked.agreement_status == status:
        raise DomainError(
            f"协议状态已经是“{locked.get_agreement_status_display()}”，不需要变更。", field="status"
        )
    refusal = None if is_correction else standing.refusal(locked.agreement_status, status)
    if refusal:
        raise DomainError(refusal, field="status")
    event = "更正协议状态" if is_correction else "变更协议状态"
    return decide(locked, event, {"agreement_status": status}, note=reason, by=by, now=now)


@transaction.atomic
def regrade(
    facility: Facility,
    grade: str,
    *,
    source: str,
    effective_on: dt.date,
    by: User,
    now: dt.datetime | None = None,
) -> Facility:
    """A new step in the credit history; the grade counts from now on, so it cannot lie in the future."""
    require(by, Permission.REGISTRY_EDIT, bureau=facility.bureau)
    source = checks.said_why(source, what="评级来源", field="source", most=100)
    if grade not in CreditGrade.values:
        raise DomainError("请选择一个信用等级。", field="grade")
    if effective_on > timezone.localdate(now):
        raise DomainError("生效日期不能晚于今天，请到生效当日再登记。", field="effective_on")
    locked = lock(facility)
    newest = locked.grade_changes.first()
    if newest and effective_on < newest.effective_on:
        raise DomainError(f"最近一次评级自 {newest.effective_on} 起生效，不能早于它。", field="effective_on")
    if locked.grade == grade:
        raise DomainError(f"信用等级已经是“{locked.get_grade_display()}”，不需要变更。", field="grade")
    note = f"来源：{source}；自 {effective_on} 起生效"
    decide(locked, "变更信用等级", {"grade": grade}, note=note, by=by, now=now)
    _note_grade(locked, source, effective_on, by, now)
    return locked


@transaction.atomic
def blacklist(
    facility: Facility,
    *,
    reason: str,
    by: User,
    until: dt.date | None = None,
    now: dt.datetime | None = None,
) -> Facility:
    """A blacklisted facility stays in every pool, however often it was inspected (C2). `until` is its last day."""
    require(by, Permission.REGISTRY_EDIT, bureau=facility.bureau)
    reason = checks.said_why(reason)
    today = timezone.localdate(now)
    if until and until < today:
        raise DomainError("黑名单截止日不能早于今天；不填为长期。", field="until")
    locked = lock(facility)
    if locked.is_blacklisted_on(today):
        raise DomainError("该机构已在黑名单中。如需更新原因或截止日，请先移出再列入。")
    values = {"blacklist_reason": reason, "blacklisted_until": until}
    stamps = {"blacklisted_at": now or timezone.now(), "blacklisted_by": by}
    return decide(locked, "列入黑名单", values, stamps=stamps, by=by, now=now)


@transaction.atomic
def lift_blacklist(facility: Facility, *, reason: str, by: User, now: dt.datetime | None = None) -> Facility:
    require(by, Permission.REGISTRY_EDIT, bureau=facility.bureau)
    reason = checks.said_why(reason)
    locked = lock(facility)
    if not locked.is_blacklisted_on(timezone.localdate(now)):
        raise DomainError("该机构不在黑名单中，不需要移出。")
    values = {"blacklist_reason": "", "blacklisted_until": None}
    stamps = {"blacklisted_at": None, "blacklisted_by": None}
    return decide(locked, "移出黑名单", values, stamps=stamps, note=reason, by=by, now=now)


@transaction.atomic
def reveal(facility: Facility, *, purpose: str, by: User, now: dt.datetime | None = None) -> str:
    """The phone number in clear. Looking is an act of its own and leaves a trace with its purpose."""
    require(by, Permission.PERSONAL_VIEW, bureau=facility.bureau)
    purpose = checks.said_why(purpose, what="查看用途", field="purpose")
    trail.record("查看联系电话原文", by=by, about=facility, note=f"用途：{purpose}", now=now)
    return facility.phone


def lock(facility: Facility) -> Facility:
    """The row to change, as long as it is its bureau's. A duplicate that was merged is history and changes no more."""
    locked = Facility.objects.select_for_update().get(pk=facility.pk)
    if locked.bureau_id != facility.bureau_id:
        # Who asked was permitted at the bureau that it has left since.
        raise DomainError(f"该机构刚刚转由{locked.bureau}管理，没有保存，请刷新页面核对。")
    if locked.merged_into_id:
        raise DomainError(f"该机构已并入“{locked.merged_into}”，不能再变更，请到并入后的机构办理。")
    return locked


def decide(
    locked: Facility, event: str, values: dict, *, by: User, now, note: str = "", stamps: dict | None = None
) -> Facility:
    """`stamps` are saved beside `values` and need no place in the trail, which has its own who and when."""
    before, after = trail.changes(locked, values)
    save(locked, **values, **(stamps or {}))
    trail.record(event, by=by, about=locked, before=before, after=after, note=note, now=now)
    return locked


def save(locked: Facility, **fields) -> None:
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.revision += 1
    locked.save(update_fields=[*fields, "revision"])


def _note_grade(facility: Facility, source: str, effective_on: dt.date, by: User, now) -> None:
    GradeChange.objects.create(
        facility=facility,
        grade=facility.grade,
        source=source,
        effective_on=effective_on,
        changed_at=now or timezone.now(),
        changed_by=by,
    )


def _set_tags(facility: Facility, names: list[str]) -> list[str]:
    wanted = sorted({tags.named(name, field="tags") for name in names if name.strip()})
    # Locked, lest one of them is merged into another before this is committed.
    known = FacilityTag.objects.select_for_update(no_key=True)
    facility.tags.set(known.get_or_create(bureau=facility.bureau, name=name)[0] for name in wanted)
    return wanted
