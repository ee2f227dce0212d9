"""Somebody is found by the whole ID number; the number itself stays out of addresses, pages and the trail."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from registries import id_numbers, trail
from registries.errors import DomainError
from registries.models import TrailEntry
from registries.privacy import ID_NUMBER
from tests.factories import id_number, make_inspector

pytestmark = pytest.mark.django_db

PAGE = "/office/registries/inspectors/by-id/"
ID = id_number(1)
MASKED = f"{ID[:4]}**********{ID[-4:]}"


def address(inspector):
    return reverse("registries:inspector", args=[inspector.pk])


def test_staff_comes_to_the_page_of_the_person(county, drafter, signed_in):
    one, _ = make_inspector(county, 1), make_inspector(county, 2)
    client = signed_in(drafter)
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, {"id_number": ID}).url == address(one)


@pytest.mark.parametrize(
    "typed",
    [f" {ID[:6]} {ID[6:14]} {ID[14:]} ", ID.translate({48 + n: 0xFF10 + n for n in range(10)}), ID.lower()],
)
def test_a_number_is_found_as_people_type_it(county, drafter, typed):
    one = make_inspector(county, 1)
    assert id_numbers.find(typed, by=drafter) == [one]


def test_part_of_a_number_or_a_wrong_one_finds_nobody_and_is_not_looked_for(county, drafter):
    make_inspector(county, 1)
    for typed in (ID[:17], ID[-6:], ID[:-1] + ("0" if ID[-1] != "0" else "1"), "检查员1", ""):
        with pytest.raises(DomainError):
            id_numbers.find(typed, by=drafter)
    assert TrailEntry.objects.count() == 0


def test_every_search_is_on_the_trail_with_the_number_masked(county, drafter):
    one = make_inspector(county, 1)
    id_numbers.find(ID, by=drafter)
    entry = trail.about(one).get()
    assert (entry.event, entry.actor, entry.note) == (
        "按身份证号查找", drafter, f"身份证号：{MASKED}；找到 1 人"
    )  # fmt: skip


def test_a_search_that_finds_nobody_is_on_the_trail_too_and_says_what_next(county, drafter, signed_in):
    response = signed_in(drafter).post(PAGE, {"id_number": ID})
    text = response.content.decode()
    assert "没有找到" in text
    assert "按姓名查找" in text
    assert ID not in text
    assert trail.about(county).get().note == f"身份证号：{MASKED}；找到 0 人"


def test_a_city_sees_a_person_in_each_of_its_counties_and_a_county_only_its_own(
    county, neighbour, city_staff, drafter, outsider, signed_in
):
    here = make_inspector(county, 1)
    there = make_inspector(neighbour, 1, id_number=ID, id_number_hash=here.id_number_hash)
    assert id_numbers.find(ID, by=drafter) == [here]
    assert id_numbers.find(ID, by=outsider) == [there]
    text = signed_in(city_staff).post(PAGE, {"id_number": ID}).content.decode()
    assert address(here) in text
    assert address(there) in text
    assert ID not in text


def test_those_who_may_not_see_personal_data_cannot_search_by_it(
    county, approver, witness, auditor, signed_in
):
    make_inspector(county, 1)
    for somebody in (approver, witness, auditor):
        with pytest.raises(PermissionDenied):
            id_numbers.find(ID, by=somebody)
        assert signed_in(somebody).post(PAGE, {"id_number": ID}).status_code == 403


@pytest.mark.parametrize("list_page", ["/office/registries/inspectors/", "/office/search/"])
@pytest.mark.parametrize("typed", [ID, f"张三 {ID[:6]} {ID[6:14]} {ID[14:]}"])
def test_an_id_number_in_an_address_is_taken_out_and_not_looked_for(drafter, signed_in, list_page, typed):
    client = signed_in(drafter)
    response = client.get(list_page, {"q": typed, "kind": "expert"})
    assert (response.status_code, response.url) == (302, list_page)
    assert "身份证号不能写在网址里" in client.get(list_page).content.decode()


def test_public_pages_take_it_out_without_a_word(client, county):
    response = client.get("/search/", {"q": ID})
    assert (response.status_code, response.url, dict(response.cookies)) == (302, "/search/", {})


def test_codes_of_facilities_are_no_id_numbers(drafter, signed_in):
    client = signed_in(drafter)
    for code in ("H41040300001", "91410403MA9F3T0001", "124104034160000000"):
        assert client.get("/office/search/", {"q": code}).status_code == 200


@pytest.mark.parametrize(
    ("typed", "is_one"),
    [(ID, True), (ID[:17] + "x", True), ("124104034160000000", False), ("91410403MA9F3T0001", False)],
)
def test_the_pages_own_script_takes_the_same_for_an_id_number(typed, is_one):
    script = (settings.BASE_DIR / "static/js/forms.js").read_text(encoding="utf-8")
    pattern = re.search(r"ID_NUMBER = /(.+)/;", script)[1]
    assert bool(re.match(pattern, typed)) == bool(ID_NUMBER.search(typed)) == is_one


def test_the_list_leads_to_the_search(county, drafter, approver, signed_in):
    assert PAGE in signed_in(drafter).get("/office/registries/inspectors/").content.decode().split("<main")[1]
    assert (
        PAGE
        not in signed_in(approver).get("/office/registries/inspectors/").content.decode().split("<main")[1]
    )
