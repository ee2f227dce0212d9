"""A bureau is founded by whoever runs the server, the one act with nobody signed in; its supervisors set its rules."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from registries import checks, people, trail
from registries.access import ROLES, SEPARATE_ROLES, Permission, require
from registries.errors import DomainError
from registries.models import Bureau, BureauLevel, RoleGrant, User
from registries.models.bureaus import ClueHandling, WinnersPublic
from registries.revisions import refuse_stale

LEVEL_BELOW = {None: BureauLevel.PROVINCE, "province": BureauLevel.CITY, "city": BureauLevel.COUNTY}
RULES = (
    "ungraded_ratio_bp", "floor_ratio_bp", "frequency_cap", "winners_public", "names_hidden", "clue_handling",
    "plan_due_month", "plan_due_day", "report_workdays", "publication_workdays",
)  # fmt: skip
RULES_CHANGED = "修改本局规则"
# What no bureau may undercut or exceed: 003§8 for the floor, 003§12 for the two terms. A bureau may be stricter.
LEAST_FLOOR_BP = 300
LONGEST_WORKDAYS = {"report_workdays": 5, "publication_workdays": 20}
# The last word of each administrator's user name; the first is the bureau's code.
ADMINISTRATORS = {"system_admin": "xitong", "security_admin": "anquan", "auditor": "shenji"}


@transaction.atomic
def found(code: str, name: str, short_name: str, *, parent: Bureau | None = None, now=None) -> Bureau:
    """A province has no parent, a city stands below a province, a county below a city."""
    level = LEVEL_BELOW.get(parent.level if parent else None)
    if level is None:
        raise DomainError("县级医保局下面不能再设医保局。", field="parent")
    bureau = Bureau(code=code, name=name, short_name=short_name, level=level, parent=parent)
    try:
        bureau.clean_fields(exclude=["path"])
    except ValidationError as refusal:
        raise DomainError("；".join(refusal.messages)) from refusal
    if Bureau.objects.filter(short_name=short_name).exists():
        raise DomainError(f"简称“{short_name}”已有医保局使用，文号会分不清，请换一个。", field="short_name")
    with checks.once(f"行政区划代码 {code} 的医保局已经设立。", "code"):
        bureau.save()
    trail.record("设立医保局", by=None, about=bureau, bureau=bureau, after={"行政区划代码": code}, now=now)
    return bureau


def lock(bureau: Bureau) -> Bureau:
    """One after the other at a bureau: what seals its registry, and what takes a row out of it."""
    return Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)


@transaction.atomic
def appoint_administrators(bureau: Bureau, *, now=None) -> list[tuple[User, str]]:
    """The first three administrators, three separate accounts (三员分立), with passwords to hand over once."""
    appointed = []
    for role in sorted(SEPARATE_ROLES, key=list(ROLES).index):
        password = people.random_password()
        with checks.once(f"{bureau.name}的管理员账号已经开设。", "code"):
            user = User.objects.create_user(
                f"{bureau.code}.{ADMINISTRATORS[role]}",
                bureau=bureau,
                display_name=ROLES[role].title,
                password=password,
                created_at=now or timezone.now(),
            )
        people.mark_temporary(user)
        RoleGrant.objects.create(user=user, role=role, granted_at=now or timezone.now())
        trail.record(f"任命{ROLES[role].title}", by=None, about=user, now=now)
        appointed.append((user, password))
    return appointed


@transaction.atomic
def set_rules(bureau: Bureau, values: dict, *, revision: int, by: User, now=None) -> Bureau:
    """`values` are some of RULES; `revision` is the one that the person saw.

    They hold from now on: ratios and who is shown the winners are proposed for new tasks, terms and cap count at once.
    """
    require(by, Permission.BUREAU_RULES, bureau=bureau)
    locked = lock(bureau)
    refuse_stale(locked, revision)
    _require_sensible({name: getattr(locked, name) for name in RULES} | values)
    before, after = trail.changes(locked, {name: values[name] for name in RULES if name in values})
    if after:
        for name in after:
            setattr(locked, name, values[name])
        locked.revision += 1
        locked.save(update_fields=[*after, "revision"])
        trail.record(RULES_CHANGED, by=by, about=locked, bureau=locked, before=before, after=after, now=now)
    return locked


def _require_sensible(rules: dict) -> None:
    if not 0 <= rules["ungraded_ratio_bp"] <= 10_000:
        raise DomainError("未评级机构抽查比例应在0%到100%之间。", field="ungraded_ratio_bp")
    if not LEAST_FLOOR_BP <= rules["floor_ratio_bp"] <= 10_000:
        raise DomainError(
            f"每次抽取总量下限应在{LEAST_FLOOR_BP // 100}%到100%之间：规定要求不低于范围内机构的{LEAST_FLOOR_BP // 100}%。",
            field="floor_ratio_bp",
        )
    cap = rules["frequency_cap"]
    if cap is not None and not 1 <= cap <= checks.MOST_VISITS_A_YEAR:
        raise DomainError(
            f"每家机构每年检查次数上限应为1到{checks.MOST_VISITS_A_YEAR}次；不设上限的请留空。",
            field="frequency_cap",
        )
    _require_choice(rules, "winners_public", WinnersPublic)
    _require_choice(rules, "clue_handling", ClueHandling)
    _require_a_day_of_every_year(rules["plan_due_month"], rules["plan_due_day"])
    for name, most in LONGEST_WORKDAYS.items():
        if not 1 <= rules[name] <= most:
            label = Bureau._meta.get_field(name).verbose_name
            raise DomainError(f"{label}应为1到{most}个工作日，规定最长{most}个工作日。", field=name)


def _require_choice(rules: dict, name: str, choices) -> None:
    if rules[name] not in choices.values:
        label = Bureau._meta.get_field(name).verbose_name
        raise DomainError(f"{label}只能是：{'、'.join(choices.labels)}。", field=name)


def _require_a_day_of_every_year(month: int, day: int) -> None:
    try:
        dt.date(2001, month, day)
    except ValueError as error:
        raise DomainError(
            f"{month}月{day}日不是每年都有的日期，请改填年度计划应公布的日期。", field="plan_due_day"
        ) from error
