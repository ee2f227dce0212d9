"""Every main page with the demo in it, as each role sees it: nothing sticks out, nothing complains."""

import pytest

from inspections.models import AnnualPlan, Approval, Draw, Visit
from inspections.states import DrawState, VisitState
from publication.demo import story
from publication.models import Notice, NoticeState
from registries.models import Facility, InspectionItem, Inspector, User
from tests.cast import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def first(rows, **wanted) -> int:
    return rows.objects.filter(**wanted).order_by("pk").values_list("pk", flat=True)[0]


def staff_pages() -> dict[str, str]:
    held, sealed = (first(Draw, state=state) for state in (DrawState.HELD, DrawState.SEALED))
    return {
        "home": "/office/",
        "search": "/office/search/?q=康宁",
        "messages": "/office/messages/",
        "password": "/office/password/",
        "items": "/office/registries/items/",
        "item": f"/office/registries/items/{first(InspectionItem)}/",
        "item-new": "/office/registries/items/new/",
        "facilities": "/office/registries/facilities/",
        "facility": f"/office/registries/facilities/{first(Facility, grade='D')}/",
        "facility-form": f"/office/registries/facilities/{first(Facility)}/amend/",
        "facility-blacklist": f"/office/registries/facilities/{first(Facility)}/blacklist/",
        "inspectors": "/office/registries/inspectors/",
        "inspector": f"/office/registries/inspectors/{first(Inspector)}/",
        "inspector-reveal": f"/office/registries/inspectors/{first(Inspector)}/reveal/",
        "imports": "/office/registries/imports/",
        "plans": "/office/plans/",
        "plan": f"/office/plans/{first(AnnualPlan, year=2026)}/",
        "draws": "/office/draws/",
        "draw": f"/office/draws/{held}/",
        "draw-sealed": f"/office/draws/{sealed}/",
        "roster": f"/office/draws/{held}/roster/",
        "ceremony": f"/office/draws/{held}/ceremony/",
        "ceremony-sealed": f"/office/draws/{sealed}/ceremony/",
        "visits": "/office/visits/",
        "visit-assigned": f"/office/visits/{first(Visit, state=VisitState.ASSIGNED)}/",
        "visit-published": f"/office/visits/{first(Visit, state=VisitState.PUBLISHED)}/",
        "record-closed": f"/office/visits/{first(Visit, state=VisitState.PUBLISHED)}/record/",
        "report": f"/office/visits/{first(Visit, state=VisitState.PUBLISHED)}/report/",
        "notices": "/office/notices/",
        "notice": f"/office/notices/{first(Notice, state=NoticeState.PREPARED)}/",
        "notice-published": f"/office/notices/{first(Notice, state=NoticeState.PUBLISHED)}/",
        "notice-prepare": f"/office/visits/{first(Visit, state=VisitState.TO_PUBLISH)}/notice/",
    }


def pages_of(role: str) -> dict[str, str]:
    """What else each role opens than the staff's pages."""
    decided = Approval.objects.filter(decided_at=None)
    return {
        "lingdao1": {
            "home": "/office/",
            "approvals": "/office/approvals/",
            **{
                f"approval-{one.subject_kind}": f"/office/approvals/{one.pk}/"
                for one in decided.order_by("-pk")
            },
        },
        "jianzheng1": {"home": "/office/", "draws": "/office/draws/"},
        "xitong": {
            "home": "/office/",
            "accounts": "/office/registries/accounts/",
            "account": f"/office/registries/accounts/{first(User, username='jingban1')}/",
            "account-new": "/office/registries/accounts/new/",
            "calendar": "/office/registries/calendar/",
        },
        "anquan": {"home": "/office/", "roles": "/office/registries/roles/"},
        "shenji": {"home": "/office/", "trail": "/office/registries/trail/"},
        "shiju1": {"home": "/office/", "plans": "/office/plans/", "visits": "/office/visits/"},
    }[role]


def public_pages() -> dict[str, str]:
    finished = Visit.objects.filter(state=VisitState.PUBLISHED).order_by("pk")[0]
    return {
        "home": "/",
        "home-large": "/?large=1",
        "search": f"/search/?q={finished.facility.name}",
        "items": "/items/",
        "item": f"/items/{first(InspectionItem)}/",
        "plans": "/plans/",
        "plan": f"/plans/{first(AnnualPlan, year=2026)}/",
        "facilities": "/facilities/",
        "facility": f"/facilities/{finished.code}/",
        "inspectors": "/inspectors/",
        "draws": "/draws/",
        "draw-finished": f"/draws/{finished.draw_id}/",
        "draw-sealed": f"/draws/{first(Draw, state=DrawState.SEALED)}/",
        "results": "/results/",
        "result": f"/results/{finished.pk}/",
        "corrections": "/corrections/",
        "data": "/data/",
    }


def walk(windows, page, who: str, pages: dict[str, str]):
    for name, address in pages.items():
        assert page.goto(address).ok, address
        windows.shot(page, f"{who}-{name}")


def test_pages_of_the_demo(windows):
    story.tell(PASSWORD)
    on_site = Visit.objects.get(state=VisitState.ON_SITE)
    walk(windows, windows.open(), "public", public_pages())
    walk(windows, windows.sign_in("jingban1"), "staff", staff_pages())
    for role in ("lingdao1", "jianzheng1", "xitong", "anquan", "shenji", "shiju1"):
        walk(windows, windows.sign_in(role), role, pages_of(role))
    mine = {
        "home": "/office/",
        "visits": "/office/visits/?mine=on",
        "record": f"/office/visits/{on_site.pk}/record/",
    }
    walk(windows, windows.sign_in(on_site.leader.user.username), "inspector", mine)
    assert windows.complaints == []
