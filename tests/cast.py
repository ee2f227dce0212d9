"""The named cast. Everybody is made up; the county is the one of the demo."""

import pytest
from django.test import Client

from registries.errors import DomainError
from registries.models import Bureau, BureauLevel, RoleGrant, User

PASSWORD = "a long password for tests"


def make_bureau(code, name, short_name, level, parent=None, **fields):
    return Bureau.objects.create(
        code=code, name=name, short_name=short_name, level=level, parent=parent, **fields
    )


def make_user(username, display_name, bureau, *roles):
    user = User.objects.create_user(
        username,
        bureau=bureau,
        display_name=display_name,
        password=PASSWORD,
        email=f"{username}@example.test",
    )
    for role in roles:
        RoleGrant.objects.create(user=user, role=role)
    return user


def also(user, role):
    """The same person with one more role; the roles read before are remembered by the old object."""
    RoleGrant.objects.create(user=user, role=role)
    return User.objects.get(pk=user.pk)


def refused(verb, *args, **kwargs) -> str:
    """What a verb says when it refuses; a test fails where it does not."""
    with pytest.raises(DomainError) as error:
        verb(*args, **kwargs)
    return str(error.value)


@pytest.fixture
def province(db):
    return make_bureau("410000", "河南省医疗保障局", "豫医保", BureauLevel.PROVINCE)


@pytest.fixture
def city(province):
    return make_bureau("410400", "平顶山市医疗保障局", "平医保", BureauLevel.CITY, province)


@pytest.fixture
def county(city):
    """The bureau that most tests happen at."""
    return make_bureau("410403", "卫东区医疗保障局", "卫医保", BureauLevel.COUNTY, city)


@pytest.fixture
def neighbour(city):
    """A county that has no business with ours."""
    return make_bureau("410402", "新华区医疗保障局", "新医保", BureauLevel.COUNTY, city)


@pytest.fixture
def drafter(county):
    """经办人员 who drafts, seals, prepares."""
    return make_user("zhou.jingban", "周经办", county, "staff")


@pytest.fixture
def colleague(county):
    """A second 经办人员."""
    return make_user("wu.jingban", "吴经办", county, "staff")


@pytest.fixture
def approver(county):
    """分管领导."""
    return make_user("zheng.lingdao", "郑领导", county, "supervisor")


@pytest.fixture
def witness(county):
    """纪检监察人员 at draws."""
    return make_user("feng.jianzheng", "冯见证", county, "witness")


@pytest.fixture
def system_admin(county):
    return make_user("chen.xitong", "陈系统", county, "system_admin")


@pytest.fixture
def security_admin(county):
    return make_user("chu.anquan", "褚安全", county, "security_admin")


@pytest.fixture
def auditor(county):
    return make_user("wei.shenji", "卫审计", county, "auditor")


@pytest.fixture
def outsider(neighbour):
    """经办人员 of the neighbouring county."""
    return make_user("jiang.waixian", "蒋外县", neighbour, "staff")


@pytest.fixture
def city_staff(city):
    """经办人员 of the city above."""
    return make_user("shen.shiju", "沈市局", city, "staff")


@pytest.fixture
def city_approver(city):
    return make_user("han.shiju", "韩市局", city, "supervisor")


@pytest.fixture
def signed_in(client):
    """signed_in(user) gives a test client on which that person is signed in."""

    def sign_in(user):
        fresh = Client()
        fresh.force_login(user)
        return fresh

    return sign_in
