"""Accounts and roles: one person opens the account, another grants the role, a third reads the trail."""

import pytest
from django.core.exceptions import PermissionDenied

from registries import people, trail
from registries.errors import DomainError
from registries.models import RoleGrant, User
from tests.cast import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(county, system_admin):
    user, _ = people.open_account(county, "qin.xinren", "秦新人", by=system_admin)
    return user


def test_a_new_account_holds_no_role_and_a_password_of_its_own(county, system_admin):
    user, password = people.open_account(county, "qin.xinren", "秦新人", "qin@example.test", by=system_admin)
    other, another = people.open_account(county, "you.xinren", "尤新人", by=system_admin)
    assert user.roles == other.roles == ()
    assert User.objects.get(pk=user.pk).check_password(password)
    assert user.password_is_temporary
    assert password != another
    assert trail.about(user).get().after == {"username": "qin.xinren"}


@pytest.mark.parametrize(
    ("username", "name", "email", "field"),
    [
        ("", "秦新人", "", "username"),
        ("有 空格", "秦新人", "", "username"),
        ("x" * 61, "秦新人", "", "username"),
        ("chen.xitong", "秦新人", "", "username"),
        ("qin", "", "", "display_name"),
        ("qin", "秦新人", "not-an-address", "email"),
    ],
)
def test_a_wrong_account_is_refused_at_its_field(county, system_admin, username, name, email, field):
    with pytest.raises(DomainError) as refusal:
        people.open_account(county, username, name, email, by=system_admin)
    assert refusal.value.field == field


def test_accounts_are_opened_in_the_own_bureau_and_below(city, county, neighbour, system_admin):
    city_admin = make_user("city.admin", "市管理员", city, "system_admin")
    people.open_account(neighbour, "in.neighbour", "某甲", by=city_admin)
    for bureau in (neighbour, city):
        with pytest.raises(PermissionDenied):
            people.open_account(bureau, "not.mine", "某乙", by=system_admin)


def test_a_closed_account_is_signed_out_at_once(drafter, system_admin, signed_in):
    client = signed_in(drafter)
    people.close_account(drafter, reason="调离", by=system_admin)
    assert client.get("/office/password/").url.startswith("/login/")


def test_an_account_is_reopened_with_the_roles_it_had(drafter, system_admin):
    people.close_account(drafter, reason="借调", by=system_admin)
    back = people.reopen_account(drafter, reason="借调结束", by=system_admin)
    assert (back.is_active, back.roles) == (True, ("staff",))
    with pytest.raises(DomainError, match="不需要变更"):
        people.reopen_account(drafter, reason="再次", by=system_admin)


def test_nobody_closes_or_resets_their_own_account(system_admin):
    with pytest.raises(DomainError, match="不能停用自己"):
        people.close_account(system_admin, reason="误点", by=system_admin)
    with pytest.raises(DomainError, match="自己的密码"):
        people.reset_password(system_admin, by=system_admin)


def test_a_reset_password_is_for_one_use(drafter, system_admin, signed_in):
    password = people.reset_password(drafter, by=system_admin)
    drafter.refresh_from_db()
    assert drafter.check_password(password)
    assert drafter.password_is_temporary
    client = signed_in(drafter)
    assert client.get("/office/registries/roles/").url == "/office/password/"
    chosen = {
        "old_password": password,
        "new_password1": "另一个很长的密码2026",
        "new_password2": "另一个很长的密码2026",
    }
    client.post("/office/password/", chosen)
    drafter.refresh_from_db()
    assert not drafter.password_is_temporary


def test_choosing_a_password_is_on_the_trail_and_a_refused_one_is_not(drafter, signed_in):
    fresh = "另选一个 long enough 2026"
    form = {"old_password": "wrong", "new_password1": fresh, "new_password2": fresh}
    signed_in(drafter).post("/office/password/", form)
    assert not trail.about(drafter).exists()
    signed_in(drafter).post("/office/password/", form | {"old_password": PASSWORD})
    entry = trail.about(drafter).get()
    assert (entry.event, entry.actor, entry.after, entry.note) == ("修改密码", drafter, None, "")
    drafter.refresh_from_db()
    assert drafter.check_password(fresh)


def test_no_password_is_written_to_the_trail(drafter, system_admin):
    password = people.reset_password(drafter, by=system_admin)
    entry = trail.about(drafter).first()
    assert password not in f"{entry.before}{entry.after}{entry.note}"


def test_the_security_administrator_grants_and_revokes(newcomer, security_admin):
    grant = people.grant_role(newcomer, "staff", by=security_admin)
    assert (newcomer.roles, grant.granted_by) == (("staff",), security_admin)
    people.revoke_role(newcomer, "staff", by=security_admin)
    assert newcomer.roles == ()
    assert [entry.event for entry in trail.about(newcomer)][:2] == ["收回角色", "授予角色"]


def test_business_roles_may_be_held_together(newcomer, security_admin):
    people.grant_role(newcomer, "staff", by=security_admin)
    people.grant_role(newcomer, "inspector", by=security_admin)
    assert newcomer.roles == ("inspector", "staff")


@pytest.mark.parametrize("first", ["system_admin", "security_admin", "auditor"])
@pytest.mark.parametrize("second", ["staff", "inspector", "system_admin", "security_admin", "auditor"])
def test_the_three_administrators_hold_no_other_role(newcomer, security_admin, first, second):
    if first == second:
        second = "supervisor"
    for before, after in ((first, second), (second, first)):
        RoleGrant.objects.filter(user=newcomer).delete()
        RoleGrant.objects.create(user=newcomer, role=before)
        newcomer.__dict__.pop("roles", None)
        with pytest.raises(DomainError, match="专人担任"):
            people.grant_role(newcomer, after, by=security_admin)
        assert [grant.role for grant in RoleGrant.objects.filter(user=newcomer)] == [before]


@pytest.mark.parametrize(("role", "words"), [("emperor", "没有这个角色"), ("staff", "不需要重复授予")])
def test_a_role_without_sense_is_refused(drafter, security_admin, role, words):
    with pytest.raises(DomainError, match=words):
        people.grant_role(drafter, role, by=security_admin)


def test_nobody_changes_their_own_roles(security_admin):
    with pytest.raises(DomainError, match="不能给自己"):
        people.grant_role(security_admin, "staff", by=security_admin)
    with pytest.raises(DomainError, match="不能收回自己"):
        people.revoke_role(security_admin, "security_admin", by=security_admin)


def test_a_role_that_is_not_held_cannot_be_revoked(newcomer, security_admin):
    with pytest.raises(DomainError, match="没有这个角色"):
        people.revoke_role(newcomer, "staff", by=security_admin)


def test_a_closed_account_gets_neither_role_nor_password(drafter, system_admin, security_admin):
    people.close_account(drafter, reason="调离", by=system_admin)
    with pytest.raises(DomainError, match="已停用"):
        people.grant_role(drafter, "inspector", by=security_admin)
    with pytest.raises(DomainError, match="已停用"):
        people.reset_password(drafter, by=system_admin)


def test_who_opens_accounts_grants_no_roles_and_the_other_way_round(
    newcomer, county, system_admin, security_admin, drafter
):
    for somebody in (system_admin, drafter):
        with pytest.raises(PermissionDenied):
            people.grant_role(newcomer, "staff", by=somebody)
    for somebody in (security_admin, drafter):
        with pytest.raises(PermissionDenied):
            people.open_account(county, "not.allowed", "某甲", by=somebody)
        with pytest.raises(PermissionDenied):
            people.reset_password(newcomer, by=somebody)


def test_roles_are_granted_in_the_own_bureau_and_below(outsider, city_staff, security_admin):
    for stranger in (outsider, city_staff):
        with pytest.raises(PermissionDenied):
            people.grant_role(stranger, "witness", by=security_admin)
