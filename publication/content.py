"""What a notice says: the fields of the national publicity system, the result and what follows. Nobody's name."""

import hashlib
import json

from inspections.confidentiality import names_to_keep_in
from inspections.models import Answer, HandlingCode, PlanTask, RecordAnswer, ResultCode, Visit
from inspections.plan_rules import SCOPE_FIELDS
from publication.privacy import personal_data_problems
from registries.errors import DomainError

# The order in which pages, exports and the check show the fields.
LABELS = {
    "plan_number": "计划编号",
    "plan_name": "计划名称",
    "task_number": "任务编号",
    "task_name": "任务名称",
    "scope": "抽查类型",
    "bureau": "抽查机关",
    "ended_on": "抽查完成日期",
    "initiator": "联合抽查发起部门",
    "document_number": "发起部门文号",
    "draw_number": "抽取编号",
    "facility": "检查对象",
    "name": "机构名称",
    "insurance_code": "国家医保编码",
    "social_credit_code": "统一社会信用代码",
    "items": "抽查事项",
    "item": "抽查事项",
    "result": "抽查结果",
    "results": "抽查结果",
    "handling": "后续处置",
    "summary": "检查情况",
    "correction_reason": "更正原因",
}
NOTHING_FOUND = "nothing_found"


def build(visit: Visit, *, summary: str) -> dict:
    """The content of a first notice, from the plan, the approved report and the record."""
    report = visit.report
    content = {
        **_given_by(visit),
        "bureau": visit.bureau.name,
        "ended_on": visit.ended_on.isoformat(),
        "facility": {
            "name": visit.facility.name,
            "insurance_code": visit.facility.insurance_code,
            "social_credit_code": visit.facility.social_credit_code,
        },
        "results": _coded(report.results.order_by("position")),
        "handling": _coded([report.handling])[0] if report.handling else None,
        "summary": summary,
    }
    return with_item_results(content, visit)


def _given_by(visit: Visit) -> dict:
    """What set the inspection off. A clue stands in no plan, and its number would lead to who sent it."""
    if visit.clue_id:
        return {"task_name": "线索核查", "scope": "线索核查"}
    task = visit.errand
    plan = task.plan
    given = {
        "plan_number": f"{plan.bureau.short_name}计划〔{plan.year}〕第{plan.version}版",
        "plan_name": plan.title,
        "task_number": task.number,
        "task_name": task.name,
        "scope": "定向" if _is_directed(task) else "不定向",
    }
    if visit.listed:
        given |= {"initiator": visit.listed.initiator, "document_number": visit.listed.document_number}
    return given | ({"draw_number": visit.number} if visit.draw_id else {})


def changed(content: dict, visit: Visit, changes: dict) -> dict:
    """The content of a correction. `changes` may name `facility_name`, `results`, `handling` (codes), `summary`."""
    corrected = json.loads(json.dumps(content))
    if "facility_name" in changes:
        corrected["facility"]["name"] = changes["facility_name"]
    if "results" in changes:
        corrected["results"] = _chosen_results(changes["results"])
    if "handling" in changes:
        chosen = HandlingCode.objects.filter(pk=changes["handling"]).first()
        corrected["handling"] = _coded([chosen])[0] if chosen else None
    if "summary" in changes:
        corrected["summary"] = changes["summary"]
    return with_item_results(corrected, visit)


def _is_directed(task: PlanTask) -> bool:
    return any([*(getattr(task, name) for name in SCOPE_FIELDS), task.tags.exists()])


def _coded(rows) -> list[dict]:
    return [{"code": row.code, "label": row.label} for row in rows]


def _chosen_results(codes) -> list[dict]:
    chosen = list(ResultCode.objects.filter(pk__in=codes).order_by("position"))
    if not chosen:
        raise DomainError("请至少选择一项抽查结果。", field="results")
    alone = next((result for result in chosen if result.is_exclusive), None)
    if alone and len(chosen) > 1:
        raise DomainError(f"“{alone.label}”不能与其他结果并列，请只保留一种。", field="results")
    return _coded(chosen)


def with_item_results(content: dict, visit: Visit) -> dict:
    """The same content with a result for each 抽查事项, as the national system asks.

    An item without a failed row is 未发现问题 when another item of the same visit has one; otherwise the result of
    the visit holds for each item, since nothing tells them apart.
    """
    failed = set(
        RecordAnswer.objects.filter(record__visit=visit, answer=Answer.VIOLATES).values_list(
            "row__version__item__name", flat=True
        )
    )
    overall = "；".join(result["label"] for result in content["results"])
    clean = ResultCode.objects.get(pk=NOTHING_FOUND).label
    names = [version.item.name for version in visit.errand.items.select_related("item").order_by("item")]
    return content | {
        "items": [
            {"item": name, "result": clean if failed and name not in failed else overall} for name in names
        ]
    }


def facts(content: dict) -> list[tuple[str, str]]:
    """Label and text of each field, in the order of LABELS; the items' results stand apart."""
    plain = content | content["facility"]
    plain["results"] = "；".join(result["label"] for result in content["results"])
    plain["handling"] = content["handling"]["label"] if content["handling"] else ""
    return [(label, plain[field]) for field, label in LABELS.items() if isinstance(plain.get(field), str)]


def differences(old: dict, new: dict) -> list[tuple[str, str, str]]:
    """What a correction changes: label, before, after."""
    before = dict(facts(old))
    changed_facts = [
        (label, before.get(label, ""), text) for label, text in facts(new) if before.get(label, "") != text
    ]
    results = {row["item"]: row["result"] for row in old["items"]}
    return changed_facts + [
        (row["item"], results.get(row["item"], ""), row["result"])
        for row in new["items"]
        if results.get(row["item"], "") != row["result"]
    ]


def digest(content: dict) -> str:
    """SHA-256 over canonical JSON: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def refuse_personal_data(content: dict, visit: Visit, *, correction_reason: str = "") -> None:
    """Personal data cannot get out (003§12): raises with what was found and where."""
    problems = personal_data_problems(
        content | {"correction_reason": correction_reason}, LABELS, names=names_to_keep_in(visit)
    )
    if problems:
        raise DomainError(
            f"公示内容里有个人信息：{'；'.join(problems)}。请删去或改写后再提交。", field="summary"
        )
