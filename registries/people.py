"""Accounts and roles. The system administrator opens accounts, the security administrator grants roles (三员分立)."""

import secrets
from datetime import datetime

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from registries import checks, trail
from registries.access import ROLES, SEPARATE_ROLES, Permission, require
from registries.errors import DomainError
from registries.models import Bureau, RoleGrant, User

# Without the characters that are mistaken for each other when a password is read out or copied from paper.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # noqa: S105
PASSWORD_LENGTH = 14


@transaction.atomic
def open_account(
    bureau: Bureau,
    username: str,
    display_name: str,
    email: str = "",
    *,
    by: User,
    now: datetime | None = None,
) -> tuple[User, str]:
    """The account, which can do nothing before it is granted a role, and the password to hand over once."""
    _require_in_charge(by, Permission.ACCOUNT_MANAGE, bureau)
    username, display_name, email = username.strip(), display_name.strip(), email.strip()
    _check_names(username, display_name, email)
    password = random_password()
    with checks.once("这个用户名已有人使用，请换一个。", "username"):
        user = User.objects.create_user(
            username,
            bureau=bureau,
            display_name=display_name,
            email=email,
            password=password,
            created_at=now or timezone.now(),
        )
    mark_temporary(user)
    trail.record("开设账号", by=by, about=user, after={"username": username}, now=now)
    return user, password


@transaction.atomic
def close_account(user: User, *, reason: str, by: User, now: datetime | None = None) -> User:
    """Whoever is signed in with it is out at once. The account stays, since the trail names it."""
    _require_in_charge(by, Permission.ACCOUNT_MANAGE, user.bureau)
    reason = checks.said_why(reason)
    if user == by:
        raise DomainError("不能停用自己的账号，请由另一位系统管理员办理。")
    return _set_active(user, False, "停用账号", reason, by=by, now=now)


@transaction.atomic
def reopen_account(user: User, *, reason: str, by: User, now: datetime | None = None) -> User:
    """The person comes back with the roles held before; the security administrator sees them on the account."""
    _require_in_charge(by, Permission.ACCOUNT_MANAGE, user.bureau)
    reason = checks.said_why(reason)
    return _set_active(user, True, "恢复账号", reason, by=by, now=now)


@transaction.atomic
def reset_password(user: User, *, by: User, now: datetime | None = None) -> str:
    """A random password, shown to the administrator once; its owner has to choose another before anything else."""
    _require_in_charge(by, Permission.ACCOUNT_MANAGE, user.bureau)
    if user == by:
        raise DomainError("自己的密码请用“修改密码”办理。")
    locked = _lock(user)
    _require_active(locked)
    password = random_password()
    locked.set_password(password)
    locked.save(update_fields=["password"])
    mark_temporary(locked)
    trail.record("重置密码", by=by, about=locked, now=now)
    return password


@transaction.atomic
def chose_password(user: User, *, by: User, now: datetime | None = None) -> None:
    """Their own, in the caller's transaction: a stolen account shows by it (全程留痕)."""
    trail.record("修改密码", by=by, about=user, now=now)


@transaction.atomic
def grant_role(user: User, role: str, *, by: User, now: datetime | None = None) -> RoleGrant:
    _require_in_charge(by, Permission.ROLE_GRANT, user.bureau)
    if role not in ROLES:
        raise DomainError("没有这个角色，请从列表中选择。", field="role")
    if user == by:
        raise DomainError("不能给自己授予角色，请由另一位安全保密管理员办理。", field="role")
    locked = _lock(user)
    _require_active(locked)
    if role in locked.roles:
        raise DomainError(f"该账号已有“{ROLES[role].title}”角色，不需要重复授予。", field="role")
    _refuse_mixture(locked, role)
    grant = RoleGrant.objects.create(user=locked, role=role, granted_at=now or timezone.now(), granted_by=by)
    trail.record("授予角色", by=by, about=locked, after={"角色": ROLES[role].title}, now=now)
    _forget_roles(user)
    return grant


@transaction.atomic
def revoke_role(user: User, role: str, *, by: User, now: datetime | None = None) -> None:
    _require_in_charge(by, Permission.ROLE_GRANT, user.bureau)
    if user == by:
        raise DomainError("不能收回自己的角色，请由另一位安全保密管理员办理。", field="role")
    locked = _lock(user)
    held = {grant.role: grant for grant in locked.role_grants.all()}
    if role not in held:
        raise DomainError("该账号没有这个角色，可能已被收回，请刷新页面。", field="role")
    held[role].delete()
    title = ROLES[role].title if role in ROLES else role
    trail.record("收回角色", by=by, about=locked, before={"角色": title}, after={"角色": ""}, now=now)
    _forget_roles(user)


def _require_in_charge(by: User, permission: Permission, bureau: Bureau) -> None:
    """Administrators look after their own bureau and those below it: a county may have none of its own."""
    require(by, permission)
    if not bureau.path.startswith(by.bureau.path):
        raise PermissionDenied("这是其他医保局的账号，不能办理。")


def _check_names(username: str, display_name: str, email: str) -> None:
    longest = {"username": 60, "display_name": 40}
    if not display_name or len(display_name) > longest["display_name"]:
        raise DomainError(f"请填写姓名，最多 {longest['display_name']} 字。", field="display_name")
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError:
        raise DomainError("用户名只能用文字、数字和 @ . + - _，不能留空。", field="username") from None
    if len(username) > longest["username"]:
        raise DomainError(f"用户名最多 {longest['username']} 个字符。", field="username")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise DomainError("电子邮箱格式有误，请核对；没有可以不填。", field="email") from None


def _refuse_mixture(user: User, role: str) -> None:
    """三员分立: each of the three is a person of its own and does no business beside it."""
    held = set(user.roles)
    if not held or not SEPARATE_ROLES & {role, *held}:
        return
    titles = "、".join(ROLES[one].title for one in user.roles)
    raise DomainError(
        f"该账号已有“{titles}”角色。系统管理员、安全保密管理员、安全审计员须由专人担任，"
        "不能与其他角色同属一人；请先收回原角色，或另开账号。",
        field="role",
    )


def _set_active(user: User, active: bool, event: str, reason: str, *, by: User, now) -> User:
    locked = _lock(user)
    if locked.is_active == active:
        raise DomainError(f"该账号现为“{'在用' if active else '停用'}”，不需要变更。")
    before, after = trail.changes(locked, {"is_active": active})
    locked.is_active = active
    locked.save(update_fields=["is_active"])
    trail.record(event, by=by, about=locked, before=before, after=after, note=reason, now=now)
    return locked


def _require_active(user: User) -> None:
    if not user.is_active:
        raise DomainError("该账号已停用，请先恢复账号。")


def _lock(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _forget_roles(user: User) -> None:
    user.__dict__.pop("roles", None)


def mark_temporary(user: User) -> None:
    user.password_is_temporary = True
    user.save(update_fields=["password_is_temporary"])


def random_password() -> str:
    return "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(PASSWORD_LENGTH))
