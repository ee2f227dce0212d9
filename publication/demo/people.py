"""The demo's bureaus and accounts, one account a person. One password for all of them."""

from dataclasses import dataclass, field

from registries import bureaus, inspectors, trail
from registries.access import ROLES
from registries.models import Bureau, Inspector, RoleGrant, User
from registries.models.people import InspectorKind

# user name, name on screen, role. Two of each who decides, since nobody decides on their own work.
COUNTY_STAFF = (
    ("jingban1", "周经办", "staff"),
    ("jingban2", "吴经办", "staff"),
    ("lingdao1", "郑领导", "supervisor"),
    ("lingdao2", "王领导", "supervisor"),
    ("jianzheng1", "冯纪检", "witness"),
    ("jianzheng2", "陈法规", "witness"),
)
CITY_STAFF = (("shiju1", "蒋市局", "staff"), ("shiju2", "沈市局", "supervisor"))


@dataclass
class Cast:
    """Everybody by user name, the county where it all happens, and the city above it."""

    county: Bureau
    city: Bureau
    users: dict[str, User] = field(default_factory=dict)

    def __getitem__(self, username: str) -> User:
        return self.users[username]


def found_bureaus(now) -> tuple[Bureau, Bureau]:
    province = bureaus.found("410000", "河南省医疗保障局", "豫医保", now=now)
    city = bureaus.found("410400", "平顶山市医疗保障局", "平医保", parent=province, now=now)
    return city, bureaus.found("410403", "卫东区医疗保障局", "卫医保", parent=city, now=now)


def open_accounts(hashed: str, now) -> Cast:
    """`hashed`: the one password, hashed once; hashing is slow on purpose and there are thirty accounts."""
    city, county = found_bureaus(now)
    cast = Cast(county, city)
    for bureau, staff, prefix in ((county, COUNTY_STAFF, ""), (city, CITY_STAFF, "shi-")):
        for role, word in bureaus.ADMINISTRATORS.items():
            _open(cast, bureau, (f"{prefix}{word}", ROLES[role].title, role), hashed, now)
        for person in staff:
            _open(cast, bureau, person, hashed, now)
    return cast


def open_inspectors_accounts(cast: Cast, hashed: str, now) -> list[Inspector]:
    """An account for each inspector of the registry, linked to it."""
    registered = list(
        Inspector.objects.filter(bureau=cast.county, kind=InspectorKind.INSPECTOR).order_by("number")
    )
    for n, inspector in enumerate(registered, 1):
        user = _open(cast, cast.county, (f"jiancha{n:02d}", inspector.name, "inspector"), hashed, now)
        inspectors.link_account(inspector, user, by=cast["jingban1"], now=now)
    return registered


def account_lines() -> list[str]:
    """What the command prints for the person who tries the demo: one line for each account."""
    lines = [
        f"  {user.username:<12} {user.display_name}（{'、'.join(ROLES[role].title for role in user.roles)}，{user.bureau.name}）"
        for user in User.objects.select_related("bureau").order_by("-bureau__path", "pk")
    ]
    return ["演示账号（密码相同）：", *lines]


def _open(cast: Cast, bureau: Bureau, person: tuple[str, str, str], hashed: str, now) -> User:
    username, name, role = person
    user = User.objects.create(
        username=username,
        display_name=name,
        bureau=bureau,
        email=f"{username}@example.invalid",
        password=hashed,
        created_at=now,
    )
    RoleGrant.objects.create(user=user, role=role, granted_at=now)
    trail.record(
        "开设账号", by=None, about=user, after={"username": username, "角色": ROLES[role].title}, now=now
    )
    cast.users[username] = user
    return user
