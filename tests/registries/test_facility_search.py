"""Facilities are found by part of the name, the beginning of a code or a tag, in one nation's worth of rows."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from registries import pages
from registries.facility_search import named, named_or_tagged
from registries.forms.facility_field import FacilityField
from registries.grams import grams
from registries.models import Bureau, Facility, FacilityTag
from registries.pages import FoundPages, Pages
from tests.factories import make_facility

pytestmark = pytest.mark.django_db


def names(condition):
    return sorted(Facility.objects.filter(condition).values_list("name", flat=True))


@pytest.fixture
def three(county):
    make_facility(county, 1, name="卫东区人民医院")
    make_facility(county, 2, name="人和民康医务院")
    make_facility(county, 3, name="ABC 口腔诊所")


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("人民", ["卫东区人民医院"]),
        ("院", ["人和民康医务院", "卫东区人民医院"]),
        ("人民医院", ["卫东区人民医院"]),
        ("bc 口", ["ABC 口腔诊所"]),
        ("医院诊所", []),
        ("%", []),
        ("__", []),
        ("'};--", []),
        ("\\", []),
    ],
)
def test_a_name_is_found_by_any_part_of_it_and_by_nothing_else(three, word, found):
    assert names(named(word)) == found


def test_a_name_of_a_hundred_characters_is_found_by_its_last_two(county):
    long = "".join(chr(0x4E00 + place) for place in range(98)) + "末尾"
    make_facility(county, 1, name=long)
    assert names(named("末尾")) == [long]


def test_pairs_whose_characters_all_occur_do_not_make_a_name(county):
    make_facility(county, 1, name="民医人民院医院")
    assert names(named("人民医院")) == []


def test_only_the_26_letters_have_two_cases():
    assert grams("Ab医İ") == ["ab", "b医", "医İ"]
    assert grams("医") == []


def test_a_code_is_found_by_its_beginning_in_either_case(county):
    facility = make_facility(county, 1)
    for beginning in (facility.insurance_code[:6].lower(), facility.social_credit_code[:8]):
        assert names(named(beginning)) == [facility.name]
    assert names(named(facility.insurance_code[4:])) == []


@pytest.mark.parametrize("typed", ["人民", "h4104030000"])
def test_whoever_types_a_part_is_told_what_is_alike(three, drafter, typed):
    field = FacilityField()
    field.within_sight_of(drafter)
    with pytest.raises(ValidationError, match=r"相近的有：.*卫东区人民医院（H41040300001）"):
        field.clean(typed)


def test_a_tag_finds_its_facilities_once_each_beside_those_with_the_word_in_their_name(county):
    tagged = make_facility(county, 1, name="甲诊所")
    make_facility(county, 2, name="门诊统筹示范店")
    make_facility(county, 3, name="乙诊所")
    for name in ("门诊统筹", "门诊统筹二类"):
        tagged.tags.add(FacilityTag.objects.create(bureau=county, name=name))
    found = named_or_tagged(Facility.objects.order_by("name"), "门诊")
    assert [facility.name for facility in found] == ["甲诊所", "门诊统筹示范店"]


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_postgresql_has_the_indexes_and_uses_the_one_of_pairs(three):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Facility.objects.filter(named("人民医院")).order_by().explain()
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'registries_facility'")
        assert {"facility_name_grams", "facility_page"} <= {name for (name,) in cursor}
    assert "facility_name_grams" in plan


# Pages


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(pages, "MOST_COUNTED", 2)


def test_counting_stops_where_nobody_turns_pages_any_more(county, few):
    for number in (1, 2, 3):
        make_facility(county, number)
    paginator = Pages(Facility.objects.order_by("pk"), 1)
    assert (paginator.count, paginator.more, paginator.num_pages) == (2, True, 2)


def test_what_is_exactly_the_most_is_counted_whole(county, few):
    make_facility(county, 1)
    make_facility(county, 2)
    paginator = Pages(Facility.objects.order_by("pk"), 1)
    assert (paginator.count, paginator.more) == (2, False)


def test_found_rows_come_in_the_order_of_the_list_page_by_page(county):
    for number, grade in ((1, "B"), (2, "A"), (3, "B"), (4, "A")):
        make_facility(county, number, grade=grade)
    everything = Facility.objects.all()
    paginator = FoundPages(everything.order_by("-grade", "insurance_code"), 3, among=everything)
    first, second = ([row.name for row in paginator.page(number)] for number in (1, 2))
    assert (first, second) == (["第1诊所", "第3诊所", "第2诊所"], ["第4诊所"])


def test_a_page_with_a_search_asks_as_often_for_one_row_as_for_thirty(signed_in, drafter, county):
    staff, address = signed_in(drafter), reverse("registries:facilities")
    make_facility(county, 1)
    with CaptureQueriesContext(connection) as one:
        staff.get(address, {"q": "诊所"})
    for number in range(2, 31):
        make_facility(county, number)
    with CaptureQueriesContext(connection) as thirty:
        staff.get(address, {"q": "诊所", "page": 2})
    assert len(one) == len(thirty)


def test_the_list_says_that_it_does_not_count_on(signed_in, drafter, county, few):
    for number in (1, 2, 3):
        make_facility(county, number)
    for query in ({}, {"q": "诊所"}):
        page = signed_in(drafter).get(reverse("registries:facilities"), query)
        assert "超过 2 条，只列出其中这些，请加筛选条件缩小范围。" in strip_tags(page.content.decode())


def test_the_search_everywhere_and_the_public_search_do_not_count_on_either(
    signed_in, drafter, county, few, client
):
    for number in (1, 2, 3):
        make_facility(county, number)
    office = signed_in(drafter).get(reverse("search"), {"q": "诊所"}).content.decode()
    assert "超过 2 条" in office
    public = client.get(reverse("public:search"), {"q": "诊所"}).content.decode()
    assert "定点医药机构（超过 2 家）" in public


def test_the_list_goes_bureau_by_bureau_and_by_code(signed_in, city_staff, county, city):
    make_facility(county, 1, name="乙诊所")
    make_facility(city, 1, name="甲诊所")
    page = signed_in(city_staff).get(reverse("registries:facilities"))
    shown = [(row.bureau_id, row.insurance_code) for row in page.context["page"]]
    assert shown == sorted(shown)
    assert {bureau for bureau, _ in shown} == {county.pk, city.pk}


def test_a_search_finds_nothing_of_a_neighbour(signed_in, outsider, county):
    make_facility(county, 1)
    page = signed_in(outsider).get(reverse("registries:facilities"), {"q": "诊所"})
    assert list(page.context["page"]) == []
    assert Bureau.objects.count() > 1


def test_a_word_that_is_no_word_is_told_so(signed_in, drafter):
    page = signed_in(drafter).get(reverse("registries:facilities"), {"q": "长" * 61})
    assert page.status_code == 200
    assert page.context["form"].errors["q"]
