"""What is wrong with the values of a registry row: one answer for verbs, forms and the Excel import.

Every `…_problems` takes values by field name as `tidy` returns them, all of the row, and answers field → message.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from registries import basis
from registries.errors import DomainError
from registries.identifiers import (
    HOSPITAL_PREFIX,
    PHARMACY_PREFIX,
    id_number_problem,
    insurance_code_problem,
    normalise,
    normalise_code,
    phone_problem,
    social_credit_code_problem,
)
from registries.models import Certificate, Facility, FacilityKind, InspectionItem, Inspector, ItemVersion

CODES = frozenset({"insurance_code", "social_credit_code", "id_number", "certificate_number", "phone"})
RATIOS = ("ratio_a_bp", "ratio_b_bp", "ratio_c_bp", "ratio_d_bp")
MOST_VISITS_A_YEAR = 12
FACILITY_REQUIRED = ("insurance_code", "social_credit_code", "name", "kind", "address")

Problems = dict[str, str]


def tidy(values: Mapping) -> dict:
    """The values as their author meant them: half-width codes without spaces, text without edges."""
    return {name: _tidy_one(name, value) for name, value in values.items()}


def _tidy_one(name: str, value):
    if not isinstance(value, str):
        return value
    if name in CODES:
        return normalise_code(value)
    # Lines carry meaning in long texts: each is one row of the check list.
    lines = "\n".join(line for line in map(normalise, value.splitlines()) if line)
    return basis.tidy(lines) if name == "legal_basis" else lines


def facility_problems(values: Mapping) -> Problems:
    return _add_facility_numbers(_form_problems(Facility, values, required=FACILITY_REQUIRED), values)


def all_facility_problems(rows: Sequence[Mapping]) -> list[Problems]:
    """Of each row, which has all fields. What concerns one field is found out by columns, and seldom is anything."""
    if _are_in_form(Facility, rows, required=FACILITY_REQUIRED):
        return [_add_facility_numbers({}, values) for values in rows]
    return [facility_problems(values) for values in rows]


def _add_facility_numbers(problems: Problems, values: Mapping) -> Problems:
    prefix = None
    if values.get("kind") in _limits(Facility)["kind"][1]:
        prefix = PHARMACY_PREFIX if values["kind"] == FacilityKind.PHARMACY else HOSPITAL_PREFIX
    _add(problems, "insurance_code", insurance_code_problem(values.get("insurance_code") or "", prefix))
    _add(problems, "social_credit_code", social_credit_code_problem(values.get("social_credit_code") or ""))
    if values.get("phone"):
        _add(problems, "phone", phone_problem(values["phone"]))
    begins, ends = values.get("agreement_from"), values.get("agreement_to")
    if begins and ends and ends < begins:
        _add(problems, "agreement_to", f"协议截止日 {ends} 早于起始日 {begins}，请核对协议。")
    return problems


def inspector_problems(values: Mapping, *, today: dt.date | None = None) -> Problems:
    today = today or timezone.localdate()
    problems = _form_problems(Inspector, values, required=("unit", "name", "post", "sex"))
    _add(
        problems,
        "id_number",
        id_number_problem(values.get("id_number") or "", values.get("sex"), today=today),
    )
    _add(problems, "phone", phone_problem(values.get("phone") or ""))
    _add_validity(problems, values, "certificate_issued_on", "certificate_valid_until", today=today)
    return problems


def certificate_problems(values: Mapping, *, today: dt.date) -> Problems:
    problems = _form_problems(Certificate, values, required=("kind",))
    _add_validity(problems, values, "issued_on", "valid_until", today=today)
    return problems


def item_problems(name: str, values: Mapping) -> Problems:
    problems = _form_problems(InspectionItem, {"name": name}, required=("name",))
    problems |= _form_problems(ItemVersion, values, required=("legal_basis", "inspecting_body"))
    _add(problems, "legal_basis", basis.problem(values.get("legal_basis") or ""))
    for ratio in RATIOS:
        if not 0 <= values.get(ratio, 0) <= 10_000:
            _add(problems, ratio, "抽查比例应在 0% 到 100% 之间，请修改。")
    if not 1 <= values.get("frequency_per_year", 1) <= MOST_VISITS_A_YEAR:
        _add(problems, "frequency_per_year", f"抽查频次应为每年 1 到 {MOST_VISITS_A_YEAR} 次的整数，请修改。")
    return problems


def refuse(problems: Problems) -> None:
    """Raises the first problem, for callers that can show only one."""
    for field, message in problems.items():
        raise DomainError(message, field=field)


@contextmanager
def once(message: str, field: str | None = None) -> Iterator[None]:
    """Says `message` when a unique constraint refuses: two people may enter the same thing at the same moment."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise DomainError(message, field=field) from error


def said_why(reason: str, *, what: str = "原因", field: str = "reason", most: int = 200) -> str:
    """The reason without edges; a blank one is refused, since the trail must say why."""
    reason = normalise(reason or "")
    if not reason:
        raise DomainError(f"请写明{what}，办理经过中会留下这句话。", field=field)
    if len(reason) > most:
        raise DomainError(f"{what}请控制在 {most} 字以内，现有 {len(reason)} 字。", field=field)
    return reason


def _add_validity(problems: Problems, values: Mapping, begins: str, ends: str, *, today: dt.date) -> None:
    issued, valid = values.get(begins), values.get(ends)
    if issued and issued > today:
        _add(problems, begins, f"发证时间 {issued} 晚于今天，请对照证件修改。")
    if issued and valid and valid < issued:
        _add(problems, ends, f"有效期至 {valid} 早于发证时间 {issued}，请对照证件修改。")


def _add(problems: Problems, field: str, message: str | None) -> None:
    if message:
        problems.setdefault(field, message)


def _form_problems(model: type[models.Model], values: Mapping, *, required: tuple[str, ...]) -> Problems:
    """Blanks, lengths and choices, after the model's own fields."""
    problems: Problems = {}
    for name in required:
        if values.get(name) in (None, ""):
            problems[name] = f"请填写{model._meta.get_field(name).verbose_name}。"
    for name, (verbose_name, choices, most) in _limits(model).items():
        value = values.get(name)
        if not value or not isinstance(value, str):
            continue
        if choices and value not in choices:
            labels = "、".join(choices.values())
            _add(problems, name, f"{verbose_name}“{value}”不在可选范围内，可填：{labels}。")
        elif most and len(value) > most:
            _add(problems, name, f"{verbose_name}最多 {most} 字，现有 {len(value)} 字，请缩短。")
    return problems


def _are_in_form(model: type[models.Model], rows: Sequence[Mapping], *, required: tuple[str, ...]) -> bool:
    """Whether `_form_problems` has nothing to say about any of them."""
    for name, (_, choices, most) in _limits(model).items():
        texts = {row[name] for row in rows if name in row} - {"", None}
        if choices and not texts <= choices.keys():
            return False
        if not choices and max(map(len, texts), default=0) > most:
            return False
    return all(row[name] for row in rows for name in required)


@cache
def _limits(model: type[models.Model]) -> dict[str, tuple[str, dict[str, str], int | None]]:
    """Name, choices and length of each field, found out once: an import asks a million times."""
    return {
        field.name: (
            str(field.verbose_name),
            {value: str(label) for value, label in field.flatchoices} if field.choices else {},
            field.max_length,
        )
        for field in model._meta.concrete_fields
        if field.choices or field.max_length
    }
