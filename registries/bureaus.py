"""Founding a bureau: the one act with nobody signed in, done by whoever runs the server."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from registries import checks, people, trail
from registries.access import ROLES, SEPARATE_ROLES
from registries.errors import DomainError
from registries.models import Bureau, BureauLevel, RoleGrant, User

LEVEL_BELOW = {None: BureauLevel.PROVINCE, "province": BureauLevel.CITY, "city": BureauLevel.COUNTY}
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
