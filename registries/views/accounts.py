from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from registries import people, timeline
from registries.access import ROLES, Permission, in_sight, load, may, requires
from registries.filters import AccountFilter
from registries.forms.decisions import ReasonForm
from registries.forms.people import AccountForm, RoleForm
from registries.models import RoleGrant, User
from registries.views.lists import listing

P = Permission


def _account(request, pk) -> User:
    return load(User.objects.select_related("bureau"), request.user, pk=pk)


@requires(P.ACCOUNT_MANAGE, P.ROLE_GRANT)
def accounts(request):
    rows = in_sight(User.objects.select_related("bureau").prefetch_related("role_grants"), request.user)
    filterset = AccountFilter(request.GET, rows, user=request.user)
    return listing(
        request,
        "registries/accounts.html",
        filterset,
        may_open=may(request.user, P.ACCOUNT_MANAGE),
    )


@requires(P.ACCOUNT_MANAGE, P.ROLE_GRANT)
def account(request, pk):
    account = _account(request, pk)
    grants = [
        (grant, ROLES.get(grant.role))
        for grant in account.role_grants.select_related("granted_by").order_by("pk")
    ]
    context = {
        "account": account,
        "grants": grants,
        "role_form": RoleForm(),
        "timeline": timeline.of(account),
        "may_manage": may(request.user, P.ACCOUNT_MANAGE) and account != request.user,
        "may_grant": may(request.user, P.ROLE_GRANT) and account != request.user,
    }
    return render(request, "registries/account.html", context)


@requires(P.ACCOUNT_MANAGE)
@never_cache
def create(request):
    form = AccountForm(request.POST or None, by=request.user)
    if form.carried_out(lambda values: people.open_account(**values, by=request.user)):
        account, password = form.outcome
        return _password_page(request, account, password)
    return render(request, "registries/account_form.html", {"form": form, "heading": "开设账号"})


@requires(P.ACCOUNT_MANAGE)
@require_POST
@never_cache
def reset(request, pk):
    account = _account(request, pk)
    return _password_page(request, account, people.reset_password(account, by=request.user))


def _password_page(request, account: User, password: str):
    """The one time that the password is seen: it is not kept anywhere in clear."""
    return render(
        request, "registries/one_time_password.html", {"account": account, "one_time_password": password}
    )


@requires(P.ACCOUNT_MANAGE)
def close(request, pk):
    """Closes an account in use, reopens a closed one."""
    account = _account(request, pk)
    verb, heading = (
        (people.close_account, "停用账号") if account.is_active else (people.reopen_account, "恢复账号")
    )
    form = ReasonForm(request.POST or None)
    if form.carried_out(lambda values: verb(account, **values, by=request.user)):
        messages.success(request, f"已{heading}。")
        return redirect("registries:account", pk)
    context = {"form": form, "heading": heading, "account": account, "danger": account.is_active}
    return render(request, "registries/account_form.html", context)


@requires(P.ROLE_GRANT)
@require_POST
def grant(request, pk):
    account = _account(request, pk)
    role = request.POST.get("role", "")
    people.grant_role(account, role, by=request.user)
    messages.success(request, f"已授予“{ROLES[role].title}”。")
    return redirect("registries:account", pk)


@requires(P.ROLE_GRANT)
@require_POST
def revoke(request, pk):
    account = _account(request, pk)
    people.revoke_role(account, request.POST.get("role", ""), by=request.user)
    messages.success(request, "角色已收回。")
    return redirect("registries:account", pk)


@requires(P.ROLE_GRANT, P.ACCOUNT_MANAGE, P.TRAIL_VIEW)
def roles(request):
    """The table of permissions as the code has it, and who holds which role."""
    holders = {name: [] for name in ROLES}
    grants = in_sight(RoleGrant.objects.select_related("user__bureau"), request.user, through="user__bureau")
    for grant in grants.filter(user__is_active=True).order_by("user__bureau__path", "user__display_name"):
        holders.setdefault(grant.role, []).append(grant.user)
    context = {
        "roles": [(role, holders[name]) for name, role in ROLES.items()],
        "permissions": [
            (permission, [permission in role.permissions for role in ROLES.values()])
            for permission in Permission
        ],
    }
    return render(request, "registries/roles.html", context)
