"""联合检查: who comes from the other departments, by name and certificate, and what each of them found (B4).

Their names stay within the bureau; their results are theirs to publish.
"""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from inspections.models import PartnerInspector, PartnerResult, Visit
from inspections.states import ENDED, VisitState, lock
from inspections.teams import LEADER_MAY_CHANGE
from registries import checks, trail
from registries.access import Permission, may
from registries.errors import DomainError
from registries.identifiers import id_number_problem, normalise, normalise_code
from registries.models import User
from registries.privacy import numbers_in

LONGEST_RESULT = 1000
# The report is not with the supervisor: what stands beside it may still be put right.
CORRECTABLE = (VisitState.TO_REPORT, VisitState.RETURNED)


def departments(visit: Visit) -> list[str]:
    """Those that the plan names beside us; none of a visit that a clue ordered."""
    return [one["department"] for one in getattr(visit.errand, "partners", [])]


def may_enter(visit: Visit, user: User) -> bool:
    """Staff of the bureau, and the leader on site."""
    if user.bureau_id != visit.bureau_id:
        return False
    leads = visit.leader_id is not None and visit.leader.user_id == user.pk
    return may(user, Permission.DRAW_OPERATE) or (leads and may(user, Permission.RECORD_FILL))


def require_entering(visit: Visit, user: User) -> None:
    if not may_enter(visit, user):
        raise PermissionDenied("联合部门的检查人员和检查结果由本局经办人员或检查组组长登记。")


@transaction.atomic
def enter_inspector(
    visit: Visit, values: dict, *, by: User, now: dt.datetime | None = None
) -> PartnerInspector:
    """`values`: department, name, certificate_number."""
    require_entering(visit, by)
    locked = lock(visit)
    _refuse_state(locked, LEADER_MAY_CHANGE, "登记联合部门检查人员")
    department = _department(locked, values["department"])
    name, number = normalise(values["name"]), normalise_code(values["certificate_number"])
    _check_person(name, number)
    with checks.once(f"{department}执法证号{number}的检查人员已经登记。", "certificate_number"):
        partner = PartnerInspector.objects.create(
            visit=locked,
            department=department,
            name=name,
            certificate_number=number,
            entered_at=now or timezone.now(),
            entered_by=by,
        )
    _told("登记联合部门检查人员", locked, {"部门": department, "执法证号": number}, by, now)
    return partner


@transaction.atomic
def remove_inspector(partner: PartnerInspector, *, by: User, now: dt.datetime | None = None) -> Visit:
    """Somebody entered by mistake, or who did not come."""
    require_entering(partner.visit, by)
    locked = lock(partner.visit)
    _refuse_state(locked, LEADER_MAY_CHANGE, "删除联合部门检查人员")
    removed, _ = PartnerInspector.objects.filter(pk=partner.pk).delete()
    if removed:
        after = {"部门": partner.department, "执法证号": partner.certificate_number}
        _told("删除联合部门检查人员", locked, after, by, now)
    return locked


@transaction.atomic
def record_result(
    visit: Visit, department: str, result: str, *, by: User, now: dt.datetime | None = None
) -> PartnerResult:
    """What a department found, once the visit is over. It often comes weeks later; then it is entered once."""
    now = now or timezone.now()
    require_entering(visit, by)
    locked = lock(visit)
    _refuse_state(locked, ENDED, "登记联合部门检查结果")
    department, result = _department(locked, department), _checked_result(result)
    stored = locked.partner_results.filter(department=department).first()
    if stored and locked.state not in CORRECTABLE:
        raise DomainError(f"{department}的检查结果已经登记，检查报告提交后不能再改。", field="department")
    if stored and stored.result == result:
        return stored
    stored, _ = PartnerResult.objects.update_or_create(
        visit=locked,
        department=department,
        defaults={"result": result, "entered_at": now, "entered_by": by},
    )
    _told("登记联合部门检查结果", locked, {"部门": department, "检查结果": result}, by, now)
    return stored


def on_visit(visit: Visit, user: User) -> dict:
    """What the page of a visit shows of the other departments."""
    named = departments(visit)
    if not named:
        return {}
    enters, is_own = may_enter(visit, user), user.bureau_id == visit.bureau_id
    return {
        "partners": visit.errand.partners,
        "partner_inspectors": visit.partner_inspectors.all() if is_own else None,
        "partner_results": visit.partner_results.all(),
        "may_enter_partners": enters and visit.state in LEADER_MAY_CHANGE,
        "may_enter_results": enters and visit.state in ENDED,
    }


def _department(visit: Visit, department: str) -> str:
    named = departments(visit)
    if not named:
        raise DomainError("这项检查不是联合检查，没有联合部门。")
    if department not in named:
        raise DomainError("请从本任务的联合部门中选择。", field="department")
    return department


def _check_person(name: str, number: str) -> None:
    for field, text in (("name", name), ("certificate_number", number)):
        column = PartnerInspector._meta.get_field(field)
        if not text:
            raise DomainError(f"请填写{column.verbose_name}。", field=field)
        if len(text) > column.max_length:
            raise DomainError(f"{column.verbose_name}最多 {column.max_length} 字，请核对。", field=field)
    if id_number_problem(number, today=timezone.localdate()) is None:
        raise DomainError(
            "这是身份证号。这里只登记执法证号，不登记其他部门人员的身份证号。", field="certificate_number"
        )


def _checked_result(result: str) -> str:
    result = "\n".join(filter(None, map(normalise, result.splitlines())))
    if not result:
        raise DomainError("请填写检查结果。", field="result")
    if len(result) > LONGEST_RESULT:
        raise DomainError(
            f"检查结果最多 {LONGEST_RESULT} 字，现有 {len(result)} 字，请缩短。", field="result"
        )
    if found := numbers_in(result):
        raise DomainError(f"检查结果里有{'、'.join(found)}，请删去个人信息后再保存。", field="result")
    return result


def _refuse_state(visit: Visit, allowed: tuple, what: str) -> None:
    if visit.state not in allowed:
        raise DomainError(f"检查任务现在是“{visit.get_state_display()}”，不能{what}。")


def _told(event: str, visit: Visit, after: dict, by: User, now) -> None:
    trail.record(event, by=by, about=visit, after=after, note=after["部门"], now=now)
