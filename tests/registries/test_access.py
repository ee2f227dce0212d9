"""Roles are a document; a stranger's object does not exist, a forbidden one of your own bureau is refused."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from registries.access import (
    ROLES,
    SEPARATE_ROLES,
    Permission,
    in_sight,
    in_sight_by_key,
    load,
    may,
    permissions_of,
    require,
)
from registries.models import Facility
from tests.cast import make_bureau, make_user
from tests.factories import make_facility

pytestmark = pytest.mark.django_db

P = Permission
BUSINESS = {"staff", "supervisor", "witness", "inspector"}


def test_every_role_says_in_one_sentence_what_it_is_for():
    for role in ROLES.values():
        assert role.title
        assert role.sentence.endswith("。")
        assert role.sentence.count("。") == 1
        assert role.permissions


def test_every_permission_is_held_by_some_role():
    assert frozenset().union(*(role.permissions for role in ROLES.values())) == frozenset(Permission)


def test_nobody_who_drafts_approves():
    drafting = {P.PLAN_DRAFT, P.DRAW_OPERATE, P.SUBSTITUTION_REQUEST, P.RECORD_FILL, P.CLUE_HANDLE}
    approving = {P.PLAN_APPROVE, P.SUBSTITUTION_APPROVE, P.REPORT_APPROVE, P.CLUE_APPROVE}
    assert [
        name for name, role in ROLES.items() if role.permissions & drafting and role.permissions & approving
    ] == []


def test_only_the_witness_witnesses():
    assert [name for name, role in ROLES.items() if P.DRAW_WITNESS in role.permissions] == ["witness"]


def test_personal_data_is_for_staff_alone():
    assert [name for name, role in ROLES.items() if P.PERSONAL_VIEW in role.permissions] == ["staff"]


def test_the_three_administrators_share_no_permission_with_each_other_or_with_business():
    assert set(ROLES) == BUSINESS | SEPARATE_ROLES
    for name in SEPARATE_ROLES:
        others = [role.permissions for other, role in ROLES.items() if other != name]
        assert ROLES[name].permissions & frozenset().union(*others) == frozenset()


def test_permissions_follow_from_the_roles(county):
    both = make_user("both", "双岗", county, "staff", "witness")
    assert permissions_of(both) == ROLES["staff"].permissions | ROLES["witness"].permissions


def test_a_closed_account_may_nothing(drafter):
    drafter.is_active = False
    assert not may(drafter, P.REGISTRY_VIEW)


def test_require_names_the_missing_permission(approver):
    with pytest.raises(PermissionDenied, match="维护一单两库"):
        require(approver, P.REGISTRY_EDIT)


def test_require_refuses_the_data_of_another_bureau_even_below(city_staff, county):
    with pytest.raises(PermissionDenied, match="其他医保局"):
        require(city_staff, P.REGISTRY_EDIT, bureau=county)


def test_a_bureau_sees_itself_and_those_below_and_none_beside_or_above(
    city, county, neighbour, city_staff, drafter, outsider
):
    for bureau in (city, county, neighbour):
        make_facility(bureau, 1)
    seen = {
        user.username: set(in_sight(Facility.objects.all(), user).values_list("bureau__code", flat=True))
        for user in (city_staff, drafter, outsider)
    }
    assert seen == {
        "shen.shiju": {"410400", "410403", "410402"},
        "zhou.jingban": {"410403"},
        "jiang.waixian": {"410402"},
    }


def test_a_strangers_object_does_not_exist(county, outsider):
    facility = make_facility(county, 1)
    with pytest.raises(Http404):
        load(Facility.objects.all(), outsider, change=P.REGISTRY_EDIT, pk=facility.pk)


def test_a_forbidden_object_of_your_own_bureau_is_refused(county, approver):
    facility = make_facility(county, 1)
    assert load(Facility.objects.all(), approver, pk=facility.pk) == facility
    with pytest.raises(PermissionDenied):
        load(Facility.objects.all(), approver, change=P.REGISTRY_EDIT, pk=facility.pk)


def test_the_bureau_above_sees_but_does_not_change(county, city_staff):
    facility = make_facility(county, 1)
    assert load(Facility.objects.all(), city_staff, pk=facility.pk) == facility
    with pytest.raises(PermissionDenied):
        load(Facility.objects.all(), city_staff, change=P.REGISTRY_EDIT, pk=facility.pk)


def test_a_button_without_its_page_is_explained(signed_in, drafter):
    answer = signed_in(drafter).get("/office/messages/read/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "重新登录" in answer.content.decode()


def test_office_pages_are_kept_by_nobody_and_public_ones_for_a_minute(signed_in, drafter):
    client = signed_in(drafter)
    assert client.get("/office/")["Cache-Control"] == "private, no-cache"
    assert "public" in client.get("/items/")["Cache-Control"]


@pytest.mark.parametrize("person", ["drafter", "city_staff", "outsider"])
def test_by_key_everybody_sees_the_same_rows_as_by_path(request, county, neighbour, person):
    for n, bureau in enumerate((county, county.parent, county.parent.parent, neighbour), 1):
        make_facility(bureau, n)
    user = request.getfixturevalue(person)
    everywhere = Facility.objects.order_by("pk")
    assert list(in_sight_by_key(everywhere, user)) == list(in_sight(everywhere, user))


def test_by_key_one_province_does_not_see_another(province, county):
    above_all = make_user("sheng", "省经办", province, "staff")
    own = make_facility(county, 1)
    assert list(in_sight_by_key(Facility.objects.all(), above_all)) == [own]
    other = make_bureau("420000", "邻省医疗保障局", "邻省", "province")
    make_facility(other, 2)
    assert list(in_sight_by_key(Facility.objects.all(), above_all)) == [own]
