"""法律依据 with validity of their own (A1): a law that has ended is flagged wherever it is used."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from registries import items, legal_sources, trail
from registries.errors import DomainError
from registries.models import ItemVersion, LegalSource

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 4, 1)
TEXT = "《医疗保障基金使用监督管理条例》第三十八条\n《定点零售药店管理暂行办法》"


def drafted(bureau, by, name="常规检查", legal_basis=TEXT):
    return items.draft_item(bureau, name, {"legal_basis": legal_basis, "inspecting_body": "局"}, by=by)


def ended(bureau, by, title="定点零售药店管理暂行办法", **values):
    source, _ = LegalSource.objects.get_or_create(bureau=bureau, title=title)
    values = {"valid_until": dt.date(2026, 3, 31)} | values
    return legal_sources.amend(source, values, revision=source.revision, by=by)


def test_unknown_titles_become_the_bureaus_own_sources(county, drafter):
    version = drafted(county, drafter)
    entries = [(entry.source.title, entry.article, entry.source.bureau) for entry in version.basis.all()]
    assert entries == [
        ("医疗保障基金使用监督管理条例", "第三十八条", county),
        ("定点零售药店管理暂行办法", "", county),
    ]
    assert trail.about(LegalSource.objects.first()).get().event == "登记法律依据"


def test_a_source_of_the_bureau_above_is_named_rather_than_entered_again(county, city, drafter, city_staff):
    above = legal_sources.register(city, {"title": "《定点零售药店管理暂行办法》"}, by=city_staff)
    version = drafted(county, drafter)
    assert version.basis.get(position=2).source == above
    with pytest.raises(DomainError, match="平顶山市医疗保障局已经登记了"):
        legal_sources.register(county, {"title": "定点零售药店管理暂行办法"}, by=drafter)


def test_amending_a_draft_writes_its_entries_anew(county, drafter):
    version = drafted(county, drafter)
    items.amend_draft(version, {"legal_basis": "条例第三条"}, revision=1, by=drafter)
    version.refresh_from_db()
    assert version.legal_basis == "《条例》第三条"
    assert [str(entry) for entry in version.basis.all()] == ["《条例》第三条"]


def test_a_source_holds_on_its_first_and_on_its_last_day(county, drafter):
    version = drafted(county, drafter)
    ended(county, drafter, valid_from=dt.date(2020, 1, 1))
    told = {
        day: legal_sources.expired([version], day).get(version.pk, [])
        for day in (dt.date(2019, 12, 31), dt.date(2020, 1, 1), dt.date(2026, 3, 31), TODAY)
    }
    assert list(told.values()) == [
        ["《定点零售药店管理暂行办法》自 2020-01-01 起施行，现在尚未生效"],
        [],
        [],
        ["《定点零售药店管理暂行办法》的有效期已于 2026-03-31 届满"],
    ]


def test_what_the_bureau_above_knows_of_a_law_counts_below_and_not_beside(
    county, city, neighbour, drafter, city_staff, outsider
):
    ours, beside = drafted(county, drafter), drafted(neighbour, outsider)
    ended(neighbour, outsider)
    assert set(legal_sources.expired([ours, beside], TODAY)) == {beside.pk}
    ended(city, city_staff)
    assert set(legal_sources.expired([ours, beside], TODAY)) == {ours.pk, beside.pk}


def test_each_lapsed_source_is_told_once_with_its_item(county, drafter):
    text = "《旧办法》第一条\n《旧办法》第二条"
    version = drafted(county, drafter, legal_basis=text)
    ended(county, drafter, "旧办法")
    assert legal_sources.warnings([version, version], TODAY) == [
        "抽查事项“常规检查”的依据：《旧办法》的有效期已于 2026-03-31 届满。"
    ]


def test_the_number_of_queries_does_not_grow(county, drafter, django_assert_num_queries):
    versions = [drafted(county, drafter, f"事项{n}") for n in range(3)]
    ended(county, drafter)
    for some in (versions[:1], versions):
        with django_assert_num_queries(2):
            assert len(legal_sources.expired(some, TODAY)) == len(some)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "《条例》第三条"}, "title"),
        ({"title": "《甲》《乙》"}, "title"),
        ({"title": "长" * 151}, "title"),
        ({"title": "条例", "remarks": "长" * 201}, "remarks"),
        ({"title": "条例", "valid_from": TODAY, "valid_until": dt.date(2026, 3, 31)}, "valid_until"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(county, drafter, values, field):
    with pytest.raises(DomainError) as refusal:
        legal_sources.register(county, values, by=drafter)
    assert refusal.value.field == field
    assert not LegalSource.objects.exists()


def test_a_title_that_versions_show_is_not_changed(county, drafter):
    source = drafted(county, drafter).basis.first().source
    with pytest.raises(DomainError, match="名称不能再改"):
        legal_sources.amend(source, {"title": "别的条例"}, revision=1, by=drafter)


def test_the_second_of_two_people_is_told_what_the_first_one_changed(county, drafter, colleague):
    source = legal_sources.register(county, {"title": "条例"}, by=drafter)
    legal_sources.amend(source, {"valid_until": TODAY}, revision=1, by=drafter)
    with pytest.raises(DomainError, match="周经办.*废止日期"):
        legal_sources.amend(source, {"remarks": "已废止"}, revision=1, by=colleague)


def test_only_staff_of_the_bureau_touches_its_sources(county, drafter, approver, city_staff, outsider):
    source = legal_sources.register(county, {"title": "条例"}, by=drafter)
    for stranger in (approver, city_staff, outsider):
        with pytest.raises(PermissionDenied):
            legal_sources.register(county, {"title": "办法"}, by=stranger)
        with pytest.raises(PermissionDenied):
            legal_sources.amend(source, {"valid_until": TODAY}, revision=1, by=stranger)


def test_versions_that_rest_on_a_source_are_found_without_strangers_drafts(
    county, city, drafter, city_staff, outsider
):
    source = legal_sources.register(city, {"title": "条例"}, by=city_staff)
    ours = drafted(county, drafter, legal_basis="条例")
    above = drafted(city, city_staff, "全市事项", legal_basis="条例")
    assert list(legal_sources.cited_by(source, drafter)) == [ours]
    assert list(legal_sources.cited_by(source, city_staff)) == [above]
    ItemVersion.objects.update(
        state="published", published_at=dt.datetime(2026, 4, 1, tzinfo=dt.UTC), published_by=drafter
    )
    assert list(legal_sources.cited_by(source, drafter)) == [above, ours]
    assert list(legal_sources.cited_by(source, outsider)) == [above]
