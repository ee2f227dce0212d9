"""The bureau's tags, and one tag for everybody whom the list's filters found."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registries import facilities, tags, trail
from registries.errors import DomainError
from registries.models import Facility, FacilityTag
from tests.factories import make_facility, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def tag(county):
    return FacilityTag.objects.create(bureau=county, name="透析")


@pytest.fixture
def other(county):
    return FacilityTag.objects.create(bureau=county, name="血透")


@pytest.fixture
def bearers(county, tag):
    found = [make_facility(county, n) for n in (1, 2)]
    for facility in found:
        facility.tags.add(tag)
    return found


def url(name, *args):
    return reverse(f"registries:{name}", args=args)


def names(facility):
    return [tag.name for tag in facility.tags.all()]


def test_a_renamed_tag_stays_with_its_bearers(tag, bearers, drafter):
    tags.rename(tag, " 血液透析 ", by=drafter)
    assert [names(one) for one in bearers] == [["血液透析"], ["血液透析"]]
    assert trail.about(tag).get().after == {"name": "血液透析"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "请填写"),
        ("长" * 31, "最多 30 字"),
        ("甲、乙", "不能有"),
        ("血透", "已有标签"),
        ("透析", "没有变化"),
    ],
)
def test_a_name_without_sense_is_refused_at_its_field(tag, other, drafter, name, words):
    with pytest.raises(DomainError, match=words) as refusal:
        tags.rename(tag, name, by=drafter)
    assert refusal.value.field == "name"


def test_a_merged_tag_is_gone_and_its_bearers_bear_the_other_once(tag, other, bearers, drafter):
    bearers[0].tags.add(other)
    assert tags.merge(tag, other, by=drafter) == 2
    assert [names(one) for one in bearers] == [["血透"], ["血透"]]
    assert not FacilityTag.objects.filter(pk=tag.pk).exists()
    assert trail.about(bearers[1]).get().after == {"tags": ["血透"]}


def test_only_an_unused_tag_is_deleted(tag, bearers, drafter):
    with pytest.raises(DomainError, match="还有 2 家"):
        tags.delete(tag, by=drafter)
    Facility.tags.through.objects.all().delete()
    tags.delete(tag, by=drafter)
    assert not FacilityTag.objects.exists()


def test_a_tag_that_directs_a_plan_task_is_left_alone(tag, other, county, drafter):
    make_task(county, drafter, name="透析专项").tags.add(tag)
    for attempt in (
        lambda: tags.rename(tag, "血液透析", by=drafter),
        lambda: tags.merge(tag, other, by=drafter),
        lambda: tags.delete(tag, by=drafter),
    ):
        with pytest.raises(DomainError, match="透析专项.*经调整"):
            attempt()


def test_nobody_else_touches_the_bureaus_tags(tag, other, outsider, approver):
    for stranger in (outsider, approver):
        for attempt in (
            lambda who: tags.rename(tag, "改", by=who),
            lambda who: tags.merge(tag, other, by=who),
            lambda who: tags.delete(tag, by=who),
        ):
            with pytest.raises(PermissionDenied):
                attempt(stranger)


def test_many_are_tagged_at_once_and_each_has_its_trail(county, bearers, drafter, monkeypatch):
    monkeypatch.setattr(tags, "CHUNK", 2)
    extra = [make_facility(county, n) for n in (3, 4, 5)]
    assert tags.tag_all(Facility.objects.all(), "透析", expected=5, by=drafter) == 3
    assert all(names(one) == ["透析"] for one in extra)
    assert [trail.about(one).count() for one in (*bearers, *extra)] == [0, 0, 1, 1, 1]
    entry = trail.about(extra[0]).get()
    assert (entry.before, entry.after, entry.bureau) == ({"tags": []}, {"tags": ["透析"]}, county)


def test_who_has_the_old_tags_open_in_a_form_is_told(county, drafter, colleague):
    facility = make_facility(county, 1)
    tags.tag_all(Facility.objects.all(), "透析", expected=1, by=drafter)
    with pytest.raises(DomainError, match="标签"):
        facilities.amend(facility, {"tags": []}, revision=facility.revision, by=colleague)


def test_other_bureaus_facilities_are_never_tagged(county, neighbour, city, city_staff):
    make_facility(county, 1)
    own = make_facility(city, 2)
    assert tags.tag_all(Facility.objects.all(), "重点", expected=1, by=city_staff) == 1
    assert list(Facility.objects.filter(tags__name="重点")) == [own]


def test_nothing_is_tagged_when_the_number_has_changed_since_it_was_shown(county, drafter):
    make_facility(county, 1)
    with pytest.raises(DomainError, match="您确认时有 3 家，现在符合条件的有 1 家"):
        tags.tag_all(Facility.objects.all(), "透析", expected=3, by=drafter)
    assert not FacilityTag.objects.exists()


def test_the_filter_result_is_tagged_on_its_page_with_the_count_before(county, bearers, drafter, signed_in):
    make_facility(county, 3, kind="pharmacy")
    staff = signed_in(drafter)
    address = url("facilities_tag") + "?q=透析&kind=clinic"
    page = staff.get(address)
    assert page.context["count"] == 2
    response = staff.post(address, {"name": "重点", "expected": 2})
    assert response.url.startswith(url("facilities"))
    assert "kind=clinic" in response.url
    assert Facility.objects.filter(tags__name="重点").count() == 2
    make_facility(county, 4).tags.add(FacilityTag.objects.get(name="透析"))
    again = staff.post(address, {"name": "再加", "expected": 2})
    assert "现在符合条件的有 3 家" in again.content.decode()
    assert 'value="3"' in again.content.decode()


def test_tags_are_managed_on_their_page(tag, other, bearers, drafter, approver, signed_in):
    staff = signed_in(drafter)
    assert [(one.name, one.bearers) for one in staff.get(url("facility_tags")).context["tags"]] == [
        ("血透", 0),
        ("透析", 2),
    ]
    assert (
        url("facility_tag_rename", tag.pk)
        not in signed_in(approver).get(url("facility_tags")).content.decode()
    )
    staff.post(url("facility_tag_rename", other.pk), {"name": "血液透析"})
    staff.post(url("facility_tag_merge", tag.pk), {"into": other.pk})
    assert names(bearers[0]) == ["血液透析"]
    Facility.tags.through.objects.all().delete()
    staff.post(url("facility_tag_delete", other.pk))
    assert not FacilityTag.objects.exists()


def test_as_many_questions_are_asked_for_ten_facilities_as_for_two(county, drafter):
    asked = []
    for numbers in (range(1, 3), range(3, 13)):
        own = Facility.objects.filter(pk__in=[make_facility(county, n).pk for n in numbers])
        with CaptureQueriesContext(connection) as queries:
            tags.tag_all(own, "透析", expected=len(numbers), by=drafter)
        asked.append([one["sql"].split()[0] for one in queries])
    # The first also makes the tag.
    assert asked[1].count("UPDATE") == 1
    assert len(asked[1]) <= len(asked[0])


def test_a_tag_that_is_gone_already_is_said_to_be(tag, other, drafter):
    stale = FacilityTag.objects.get(pk=tag.pk)
    tags.merge(tag, other, by=drafter)
    for attempt in (
        lambda: tags.rename(stale, "血液透析", by=drafter),
        lambda: tags.delete(stale, by=drafter),
        lambda: tags.merge(stale, other, by=drafter),
    ):
        with pytest.raises(DomainError, match="刚刚已被并入其他标签或删除"):
            attempt()
    with pytest.raises(DomainError, match="请选择本局的另一个标签"):
        tags.merge(other, stale, by=drafter)
