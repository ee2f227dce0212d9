"""What every page of the office needs around its content."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from inspections.approvals import APPROVERS
from publication import inbox
from registries.access import Permission as P
from registries.access import permissions_of

# Title, address, icon, and the permissions of which one suffices; without any the entry is everybody's.
NAVIGATION: tuple[tuple[str, str, str, tuple[P, ...]], ...] = (
    ("工作台", "home", "house-door", ()),
    ("抽查事项清单", "registries:items", "list-check", (P.REGISTRY_VIEW,)),
    ("检查对象", "registries:facilities", "hospital", (P.REGISTRY_VIEW,)),
    ("检查人员", "registries:inspectors", "people", (P.REGISTRY_VIEW,)),
    ("年度计划", "inspections:plans", "calendar-check", (P.PLAN_VIEW,)),
    ("抽取", "inspections:draws", "dice-5", (P.DRAW_VIEW,)),
    ("检查", "inspections:visits", "clipboard-check", (P.VISIT_VIEW,)),
    ("我的申报", "registries:inspector_mine", "person-badge", (P.RECORD_FILL,)),
    ("线索", "inspections:clues", "flag", (P.CLUE_VIEW,)),
    ("审批", "inspections:approvals", "patch-check", APPROVERS),
    ("公示", "notices", "megaphone", (P.NOTICE_VIEW,)),
    ("本局规则", "registries:bureau_rules", "sliders", (P.BUREAU_RULES,)),
    ("账号", "registries:accounts", "person-lock", (P.ACCOUNT_MANAGE, P.ROLE_GRANT)),
    ("角色与权限", "registries:roles", "shield-lock", (P.ACCOUNT_MANAGE, P.ROLE_GRANT, P.TRAIL_VIEW)),
    ("操作留痕", "registries:trail", "clock-history", (P.TRAIL_VIEW,)),
    (
        "节假日",
        "registries:calendar",
        "calendar3",
        (P.CALENDAR_EDIT, P.ACCOUNT_MANAGE, P.ROLE_GRANT, P.TRAIL_VIEW),
    ),
)

# Pages whose address begins like another entry's, or like none, by the entry that leads to them.
BELONG_TO = {
    "notice_prepare": "notices",
    "overdue": "inspections:visits",
    "inspections:draw_new": "inspections:draws",
    "inspections:draw_seal": "inspections:draws",
    "inspections:task_amend": "inspections:plans",
    "inspections:task_remove": "inspections:plans",
    "inspections:substitution_request": "inspections:visits",
}


@dataclass
class Entry:
    title: str
    url: str
    icon: str
    active: bool = False


def office(request) -> dict:
    """Lazily, and nothing at all for public pages: those touch neither session nor database for it."""
    match = getattr(request, "resolver_match", None)
    if match is None or getattr(match.func, "access", "public") in ("public", "open door"):
        return {}
    return {
        "navigation": SimpleLazyObject(lambda: navigation(request.user, _place(request))),
        "unread_count": SimpleLazyObject(lambda: inbox.unread_count(request.user)),
    }


def _place(request) -> str:
    entry = BELONG_TO.get(request.resolver_match.view_name)
    return reverse(entry) if entry else request.path


def navigation(user, path: str) -> list[Entry]:
    held = permissions_of(user)
    entries = [
        Entry(title, reverse(name), icon)
        for title, name, icon, permissions in NAVIGATION
        if not permissions or held.intersection(permissions)
    ]
    home, *others = entries
    here = [entry for entry in others if path.startswith(entry.url)]
    # Every office address begins with that of the home page.
    current = max(here, key=lambda entry: len(entry.url)) if here else home
    current.active = bool(here) or path == home.url
    return entries
