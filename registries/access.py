"""Who may do what. The ROLES table is the whole answer; an auditor can read it top to bottom."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect

from registries.readonly import select_only


class Permission(StrEnum):
    REGISTRY_VIEW = "查看一单两库"
    REGISTRY_EDIT = "维护一单两库（含导入）"
    PERSONAL_VIEW = "查看身份证号和电话原文（每次留痕）"
    PLAN_VIEW = "查看年度计划"
    PLAN_DRAFT = "编制、提交和公布年度计划"
    PLAN_APPROVE = "审批年度计划"
    DRAW_VIEW = "查看抽取"
    DRAW_OPERATE = "封存名单、组织抽取"
    DRAW_WITNESS = "见证抽取"
    VISIT_VIEW = "查看检查任务"
    RECORD_FILL = "填写现场检查记录和检查报告"
    SUBSTITUTION_REQUEST = "申请调换检查人员"
    SUBSTITUTION_APPROVE = "审批调换"
    REPORT_APPROVE = "审批检查报告"
    CLUE_VIEW = "查看线索"
    CLUE_HANDLE = "登记和办理线索"
    CLUE_APPROVE = "审批线索检查"
    NOTICE_VIEW = "查看公示"
    NOTICE_PREPARE = "拟定和发布公示"
    NOTICE_CHECK = "复核公示"
    CALENDAR_EDIT = "登记节假日通知"
    BUREAU_RULES = "设定本局规则"
    ACCOUNT_MANAGE = "开设和停用账号"
    ROLE_GRANT = "授予和收回角色"
    TRAIL_VIEW = "查看操作留痕"


P = Permission


@dataclass(frozen=True)
class RoleDefinition:
    title: str
    sentence: str
    permissions: frozenset[Permission]


ROLES: dict[str, RoleDefinition] = {
    "staff": RoleDefinition(
        "经办人员",
        "牵头科室人员：管好一单两库，编制计划，组织抽取，登记和办理线索，拟定并发布公示；不审批。",
        frozenset(
            {
                P.REGISTRY_VIEW, P.REGISTRY_EDIT, P.PERSONAL_VIEW, P.PLAN_VIEW, P.PLAN_DRAFT, P.DRAW_VIEW,
                P.DRAW_OPERATE, P.VISIT_VIEW, P.SUBSTITUTION_REQUEST, P.NOTICE_VIEW, P.NOTICE_PREPARE,
                P.NOTICE_CHECK, P.CALENDAR_EDIT, P.CLUE_VIEW, P.CLUE_HANDLE,
            }
        ),
    ),
    "supervisor": RoleDefinition(
        "分管领导",
        "审批计划、线索检查、调换、检查报告和作废，复核公示，设定本局规则；不经办，不审批本人申请的事项。",
        frozenset(
            {
                P.REGISTRY_VIEW, P.PLAN_VIEW, P.PLAN_APPROVE, P.DRAW_VIEW, P.VISIT_VIEW,
                P.SUBSTITUTION_APPROVE, P.REPORT_APPROVE, P.NOTICE_VIEW, P.NOTICE_CHECK, P.CLUE_VIEW,
                P.CLUE_APPROVE, P.BUREAU_RULES,
            }
        ),
    ),
    "witness": RoleDefinition(
        "见证人员",
        "纪检监察或政策法规人员：抽取时在场确认，并投入自己的随机内容。",
        frozenset({P.REGISTRY_VIEW, P.PLAN_VIEW, P.DRAW_VIEW, P.DRAW_WITNESS, P.NOTICE_VIEW}),
    ),
    "inspector": RoleDefinition(
        "执法检查人员",
        "被抽中后到现场检查，填写记录，担任组长时写检查报告；检查期间可查看该机构电话（每次留痕）；可申请本人回避。",
        frozenset({P.VISIT_VIEW, P.RECORD_FILL, P.SUBSTITUTION_REQUEST}),
    ),
    "system_admin": RoleDefinition(
        "系统管理员",
        "开设和停用账号；看不到业务数据，也不能授权。",
        frozenset({P.ACCOUNT_MANAGE}),
    ),
    "security_admin": RoleDefinition(
        "安全保密管理员",
        "授予和收回角色；不能开设账号，也不办理业务。",
        frozenset({P.ROLE_GRANT}),
    ),
    "auditor": RoleDefinition(
        "安全审计员",
        "查看全部操作留痕；什么也不能改。",
        frozenset({P.TRAIL_VIEW}),
    ),
}  # fmt: skip

# 三员分立: each of the three is a person of its own and does no business beside it.
SEPARATE_ROLES = frozenset({"system_admin", "security_admin", "auditor"})


def permissions_of(user) -> frozenset[Permission]:
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    return frozenset().union(*(ROLES[role].permissions for role in user.roles))


def may(user, permission: Permission) -> bool:
    return permission in permissions_of(user)


def require(user, permission: Permission, *, bureau=None) -> None:
    """Raises PermissionDenied unless the user has the permission, and in `bureau`'s own house when it is given."""
    if not may(user, permission):
        raise PermissionDenied(f"您的角色没有“{permission.value}”的权限。")
    if bureau is not None and bureau.pk != user.bureau_id:
        raise PermissionDenied("这是其他医保局的数据，只能查看，不能办理。")


def in_sight(queryset, user, *, through: str = "bureau"):
    """Rows of the user's bureau and those below it; `through` is the path from the row to its bureau."""
    return queryset.filter(**{f"{through}__path__startswith": user.bureau.path})


def in_sight_by_key(queryset, user):
    """The same for a table of a million rows: of keys the database knows how many rows each has, of a path it does not.

    Whoever stands above all bureaus there are is asked nothing: a search would read the whole index of bureaus for it.
    """
    top = user.bureau
    if top.parent_id is None and not type(top).objects.exclude(path__startswith=top.path).exists():
        return queryset
    return queryset.filter(bureau__in=list(top.with_descendants()))


def load(queryset, user, *, change: Permission | None = None, through: str = "bureau", **lookup):
    """One object in the user's sight, else 404; with `change`, of the user's own bureau and permitted, else 403."""
    found = get_object_or_404(in_sight(queryset, user, through=through), **lookup)
    if change:
        owner = found
        for step in through.split("__"):
            owner = getattr(owner, step)
        require(user, change, bureau=owner)
    return found


def requires(*permissions: Permission) -> Callable:
    """The view is for people who hold at least one of `permissions`."""

    def declare(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not any(may(request.user, permission) for permission in permissions):
                require(request.user, permissions[0])
            return view(request, *args, **kwargs)

        guarded.access = permissions
        return guarded

    return declare


def signed_in(view):
    """The view is for everybody with an account."""
    view.access = "signed in"
    return view


def public(view):
    """The view is for everybody, and its request cannot write (handbook 4, habit 10)."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if request.method not in ("GET", "HEAD"):
            raise Http404
        with select_only():
            response = view(request, *args, **kwargs)
            if hasattr(response, "render"):
                response.render()
            return response

    guarded.access = "public"
    return guarded


def open_door(view):
    """The view is for everybody and may write: signing in, and nothing else."""
    view.access = "open door"
    return view


# All that is open to somebody whose password another person has seen.
TEMPORARY_WAYS = frozenset({"password_change", "logout"})


class DefaultDenyMiddleware:
    """Sign-in everywhere unless a view says otherwise; a view that says nothing is a programming error."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        match = request.resolver_match
        if match and getattr(match.func, "access", None) != "public":
            # Neither a proxy nor the next person at this computer is given the page from a store.
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    def process_view(self, request, view, args, kwargs):
        access = getattr(view, "access", None)
        if access is None:
            raise ImproperlyConfigured(f"{view.__module__}.{view.__name__} declares no access.")
        if access in ("public", "open door"):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if request.user.password_is_temporary and request.resolver_match.view_name not in TEMPORARY_WAYS:
            messages.warning(request, "您用的是他人交给您的一次性密码，请先改成自己的密码，再办理其他事项。")
            return redirect("password_change")
        return None
