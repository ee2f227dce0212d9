"""Default deny: every address declares its permission or says public (handbook 4, habit 7)."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from registries.access import Permission
from tests.cast import make_user

# The only addresses that strangers may use to write: signing in.
OPEN_DOORS = {"login/"}


def addresses(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


ADDRESSES = list(addresses())


def example(route):
    """An address that fits the route, with 1 for every number and a word for every text."""
    parts = []
    for part in route.split("/"):
        parts.append("1" if part.startswith("<int:") else "x" if part.startswith("<") else part)
    return "/" + "/".join(parts)


@pytest.mark.parametrize(("route", "view"), ADDRESSES, ids=[route for route, _ in ADDRESSES])
def test_every_address_declares_who_may_use_it(route, view):
    access = getattr(view, "access", None)
    assert access in ("public", "signed in", "open door") or all(
        isinstance(one, Permission) for one in access
    )


def test_only_signing_in_is_an_open_door():
    assert {route for route, view in ADDRESSES if view.access == "open door"} == OPEN_DOORS


def test_public_addresses_lie_outside_the_office_and_the_office_is_never_public():
    assert [
        route for route, view in ADDRESSES if (view.access == "public") and route.startswith("office/")
    ] == []
    outside = [
        r for r, v in ADDRESSES if v.access not in ("public", "open door") and not r.startswith("office/")
    ]
    assert outside == ["logout/"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "route", [route for route, view in ADDRESSES if view.access not in ("public", "open door")]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_sent_to_sign_in(route, method):
    response = getattr(Client(), method)(example(route))
    assert response.status_code == 302
    assert response.url.startswith("/login/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("route", "view"),
    [(route, view) for route, view in ADDRESSES if not isinstance(view.access, str)],
    ids=[route for route, view in ADDRESSES if not isinstance(view.access, str)],
)
def test_somebody_without_the_permission_is_refused(route, view, signed_in, county):
    nobody = make_user("nobody", "无角色", county)
    assert signed_in(nobody).get(example(route)).status_code == 403
