"""Made-up rows with valid codes. Each takes a serial number `n`, so that a test names what it expects.

They write rows directly, to stand a test in the middle of the story; the story itself is told by the domain
functions and tested with them.
"""

import datetime as dt
import hashlib
import json

from inspections.models import (
    AnnualPlan,
    Draw,
    PlanTask,
    RosterFacility,
    RosterInspector,
    TeamMember,
    Visit,
)
from inspections.sealing import IN, InspectorRow
from inspections.states import DrawState, PlanState, VisitState
from registries.fields import keyed_hash
from registries.identifiers import id_check_digit, social_credit_check_character
from registries.models import ChecklistRow, Facility, InspectionItem, Inspector, Interest, ItemVersion

NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def insurance_code(n: int, region: str = "410403", kind: str = "H") -> str:
    return f"{kind}{region}{n:05d}"


def social_credit_code(n: int, region: str = "410403") -> str:
    first17 = f"91{region}{n:09d}"
    return first17 + social_credit_check_character(first17)


def id_number(n: int, region: str = "410403") -> str:
    """Born in 1980; an odd n gives 男, an even one 女."""
    first17 = f"{region}19800101{n:03d}"
    return first17 + id_check_digit(first17)


def make_facility(bureau, n: int, **fields) -> Facility:
    values = {
        "insurance_code": insurance_code(n, bureau.code, "P" if fields.get("kind") == "pharmacy" else "H"),
        "social_credit_code": social_credit_code(n, bureau.code),
        "name": f"第{n}诊所",
        "kind": "clinic",
        "ownership": "individual",
        "address": f"建设路{n}号",
        "region": "建设路街道",
        "person_in_charge": "某某",
        "phone": f"138{n:08d}",
        "grade": "A",
    }
    return Facility.objects.create(bureau=bureau, **(values | fields))


def make_inspector(bureau, n: int, **fields) -> Inspector:
    number = id_number(n, bureau.code)
    values = {
        "number": f"{bureau.code}-{n:03d}",
        "unit": bureau.name,
        "name": f"检查员{n}",
        "post": "科员",
        "id_number": number,
        "id_number_hash": keyed_hash(number),
        "sex": "男" if n % 2 else "女",
        "certificate_number": f"16040300{n:03d}",
        "certificate_issued_on": dt.date(2024, 1, 1),
        "certificate_valid_until": dt.date(2029, 12, 31),
        "phone": f"139{n:08d}",
        "department": "基金监管股",
    }
    return Inspector.objects.create(bureau=bureau, **(values | fields))


def make_interest(inspector, facility, by, **fields) -> Interest:
    """Declared and confirmed by staff."""
    values = {"relation": "近亲属任职", "declared_by": by, "confirmed_at": NOW, "confirmed_by": by}
    return Interest.objects.create(inspector=inspector, facility=facility, **(values | fields))


def make_item(bureau, by, name: str = "对定点医保机构的监督检查", rows: int = 3, **fields) -> ItemVersion:
    """A published first version with `rows` checklist rows."""
    item = InspectionItem.objects.create(bureau=bureau, name=name)
    values = {
        "number": 1,
        "state": "published",
        "legal_basis": "《医疗保障基金使用监督管理条例》",
        "inspecting_body": bureau.name,
        "effective_from": dt.date(2026, 1, 1),
        "drafted_by": by,
        "published_at": NOW,
        "published_by": by,
    }
    whole = values | fields
    # Published last: nothing is added to a published version.
    stamps = {name: whole.pop(name) for name in ("published_at", "published_by")}
    version = ItemVersion.objects.create(item=item, **whole)
    ChecklistRow.objects.bulk_create(
        ChecklistRow(version=version, position=position, content=f"检查内容{position}")
        for position in range(1, rows + 1)
    )
    for name, value in stamps.items():
        setattr(version, name, value)
    version.save(update_fields=stamps)
    return version


def make_task(bureau, by, *, items=(), year: int = 2026, state=PlanState.PUBLISHED, **fields) -> PlanTask:
    """A task of the bureau's plan of that year, which is made when it is not there."""
    published = {"published_at": NOW, "published_by": by} if state == PlanState.PUBLISHED else {}
    plan, _ = AnnualPlan.objects.get_or_create(
        bureau=bureau,
        year=year,
        state=state,
        defaults={
            "title": f"{year}年度“双随机、一公开”抽查计划",
            "work_requirements": "依法检查。",
            "discipline_requirements": "廉洁执法。",
            "drafted_by": by,
            **published,
        },
    )
    position = plan.tasks.count() + 1
    values = {
        "position": position,
        "number": f"{bureau.short_name}抽查〔{year}〕{position}号",
        "name": "定点医药机构监督检查",
        "starts_on": dt.date(year, 1, 1),
        "ends_on": dt.date(year, 12, 31),
    }
    task = PlanTask.objects.create(plan=plan, **(values | fields))
    task.items.set(items)
    return task


def make_visit(
    task, facility, members, *, by, position: int = 1, state=VisitState.ASSIGNED, **fields
) -> Visit:
    """A visit of a draw held at NOW, which is made when the task has none. `members` are inspectors, leader first.

    The draw's rosters list those of its visits; `enlist` adds others. Its seal is no real one, and it has no seed, by
    which the database would know it for complete: tests of draws make theirs with inspections.draws.
    """
    draw = task.draws.first() or _held_draw(task, by)
    RosterFacility.objects.get_or_create(
        draw=draw,
        facility=facility,
        defaults={"code": facility.insurance_code, "grade": facility.grade, "status": IN},
    )
    for member in members:
        enlist(draw, member)
    visit = Visit.objects.create(
        bureau=draw.bureau,
        draw=draw,
        number=draw.number,
        given_at=draw.held_at or draw.sealed_at,
        facility=facility,
        position=position,
        code=facility.insurance_code,
        grade=facility.grade,
        ticket=hashlib.sha256(facility.insurance_code.encode()).hexdigest(),
        state=state,
        leader=members[0] if members else None,
        **fields,
    )
    TeamMember.objects.bulk_create(
        TeamMember(visit=visit, place=place, inspector=member, code=member.number, visit_number=1)
        for place, member in enumerate(members, 1)
    )
    return visit


def enlist(draw, inspector, *, status=IN) -> Inspector:
    """Puts an inspector on the draw's roster with the qualifications of this moment."""
    row = InspectorRow.of(inspector.number, inspector.qualifications, status)
    RosterInspector.objects.get_or_create(draw=draw, inspector=inspector, defaults=row._asdict())
    return inspector


def _held_draw(task, by) -> Draw:
    seal = json.dumps({"number": f"{task.bureau.short_name}抽〔2026〕1号"}, ensure_ascii=False)
    return Draw.objects.create(
        bureau=task.bureau,
        task=task,
        round=1,
        year=2026,
        sequence=1,
        number=f"{task.bureau.short_name}抽〔2026〕1号",
        state=DrawState.HELD,
        seal=seal,
        seal_digest=hashlib.sha256(seal.encode()).hexdigest(),
        secret="0" * 64,
        sealed_at=NOW,
        sealed_by=by,
        held_at=NOW,
        held_by=by,
    )
