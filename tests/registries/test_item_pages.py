"""Pages of legal sources, supplements and comparisons, for section staff who keep the list current."""

import datetime as dt

import pytest
from django.urls import reverse

from registries import items, legal_sources
from registries.checklists import Row
from registries.models import InspectionItem, LegalSource

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
TODAY = NOW.date()
VALUES = {"legal_basis": "《条例》第三条\n《旧办法》", "inspecting_body": "局"}
ROWS = [Row("人证相符", "现场核对", is_veto=True), Row("药师在岗", is_key=True)]


def url(name, *args):
    return reverse(f"registries:{name}", args=args)


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def published(version, by):
    return items.publish(version, effective_from=TODAY, by=by, now=NOW)


@pytest.fixture
def staff(signed_in, drafter, time_machine):
    time_machine.move_to(NOW, tick=False)
    return signed_in(drafter)


@pytest.fixture
def ours(staff, county, drafter):
    return published(items.draft_item(county, "本区检查", VALUES, ROWS, by=drafter), drafter)


@pytest.fixture
def above(staff, city, city_staff):
    return published(items.draft_item(city, "药店检查", VALUES, ROWS, by=city_staff), city_staff)


def repealed(bureau, by):
    source = LegalSource.objects.get(bureau=bureau, title="旧办法")
    return legal_sources.amend(
        source, {"valid_until": TODAY - dt.timedelta(1)}, revision=source.revision, by=by
    )


def test_a_source_is_registered_amended_and_flags_its_versions(staff, ours, county, drafter):
    staff.post(url("legal_source_create"), {"title": "《新办法》", "valid_from": "2026-05-01"})
    new = LegalSource.objects.get(title="新办法")
    assert "尚未施行" in text(staff.get(url("legal_sources")))
    old = LegalSource.objects.get(title="旧办法")
    form = {"title": "旧办法", "valid_until": "2026-03-31", "revision": old.revision}
    assert staff.post(url("legal_source_amend", old.pk), form).url == url("legal_source", old.pk)
    page = text(staff.get(url("legal_source", old.pk)))
    assert "《旧办法》的有效期已于 2026-03-31 届满" in page
    assert "本区检查" in page
    assert "本区检查" not in text(staff.get(url("legal_source", new.pk)))
    assert "届满" in text(staff.get(url("items")))
    assert "有的依据不在有效期内" in text(staff.get(url("item", ours.item_id)))


def test_sources_are_found_by_title_and_standing(staff, ours, county, drafter):
    repealed(county, drafter)
    shown = {
        query: [source.title for source in staff.get(url("legal_sources"), dict(query)).context["page"]]
        for query in ((("q", "旧"),), (("standing", "no"),), (("standing", "yes"),))
    }
    assert list(shown.values()) == [["旧办法"], ["旧办法"], ["条例"]]


def test_sources_of_the_bureau_above_are_read_and_not_changed(staff, above, city):
    source = LegalSource.objects.get(title="旧办法")
    assert "平顶山市医疗保障局登记" in text(staff.get(url("legal_source", source.pk)))
    assert staff.get(url("legal_source_amend", source.pk)).status_code == 404


def test_sources_of_a_neighbour_are_out_of_sight(ours, signed_in, outsider):
    source = LegalSource.objects.get(title="旧办法")
    assert signed_in(outsider).get(url("legal_source", source.pk)).status_code == 404


@pytest.mark.parametrize("some", [1, 3])
def test_the_item_list_asks_the_same_number_of_queries(
    staff, city, county, city_staff, drafter, some, django_assert_num_queries
):
    for n in range(some):
        one = published(items.draft_item(city, f"事项{n}", VALUES, ROWS, by=city_staff), city_staff)
        published(items.supplement(one.item, {}, by=drafter), drafter)
    repealed(city, city_staff)
    staff.get(url("items"))
    with django_assert_num_queries(17):
        page = text(staff.get(url("items")))
    assert page.count("依据失效") == 2 * some


def form_of(page):
    shown = {
        name: value for name, value in page.context["form"].initial.items() if value not in (None, False)
    }
    ratios = {f"ratio_{grade}_bp": shown[f"ratio_{grade}_bp"] / 100 for grade in "abcd"}
    return shown | ratios


def test_an_item_of_the_bureau_above_is_supplemented_from_its_page(staff, above, county):
    assert "补充本局要求" in text(staff.get(url("item", above.item_id)))
    page = staff.get(url("item_supplement", above.item_id))
    form = form_of(page)
    assert form["inspecting_body"] == county.name
    refused = staff.post(url("item_supplement", above.item_id), form | {"content": "药师在岗｜｜｜关键项"})
    assert "删去或改动了检查内容“人证相符”" in text(refused)
    staff.post(url("item_supplement", above.item_id), form | {"content": form["content"] + "\n本区要求"})
    draft = InspectionItem.objects.get(bureau=county).versions.get()
    assert items.checklist_of(draft) == (*ROWS, Row("本区要求"))
    assert "补充本局要求" not in text(staff.get(url("item", above.item_id)))


def test_an_overtaken_supplement_is_flagged_in_the_list_and_on_its_page(staff, above, drafter, city_staff):
    ours = published(items.supplement(above.item, {}, by=drafter), drafter)
    stricter = items.draft_version(above.item, VALUES, [*ROWS, Row("第三项")], by=city_staff)
    items.publish(stricter, effective_from=TODAY + dt.timedelta(30), by=city_staff, now=NOW)
    for page in (url("items"), url("item", ours.item_id)):
        assert "上级已公布新版本，请重新起草" in text(staff.get(page))
    assert "删去或改动了检查内容“第三项”" in text(staff.get(url("item", ours.item_id)))


def test_any_two_versions_are_compared(staff, ours, drafter):
    second = items.draft_version(ours.item, VALUES | {"method": "书面检查"}, ROWS[:1], by=drafter)
    page = text(staff.get(url("item_compare", ours.item_id)))
    assert '<del class="compare-removed">药师在岗</del>' in page
    assert '<ins class="compare-changed">书面检查</ins>' in page
    turned = text(staff.get(url("item_compare", ours.item_id), {"left": second.pk, "right": ours.pk}))
    assert '<ins class="compare-added">药师在岗</ins>' in turned
    for wrong in ({"left": "x", "right": ours.pk}, {"left": 99999, "right": ours.pk}):
        assert "没有可以对照的版本" in text(staff.get(url("item_compare", ours.item_id), wrong))


def test_a_supplement_is_compared_with_the_item_above_and_never_with_its_draft(
    staff, above, drafter, city_staff
):
    ours = items.supplement(above.item, {}, [*ROWS, Row("本区要求")], by=drafter)
    secret = items.draft_version(above.item, VALUES | {"remarks": "秘密草稿"}, ROWS, by=city_staff)
    page = text(staff.get(url("item_compare", ours.item_id), {"left": above.pk, "right": ours.pk}))
    assert '<ins class="compare-added">本区要求</ins>' in page
    hidden = text(staff.get(url("item_compare", ours.item_id), {"left": secret.pk, "right": ours.pk}))
    assert "秘密草稿" not in hidden


def test_the_publish_page_shows_what_changes_against_the_version_in_force(staff, ours, drafter):
    items.draft_version(ours.item, VALUES | {"method": "书面检查"}, ROWS, by=drafter)
    page = text(staff.get(url("item_publish", ours.item_id)))
    assert "与卫东区医疗保障局第1版对照" in page
    assert '<ins class="compare-changed">书面检查</ins>' in page


def test_two_presses_of_publish_give_one_version(staff, county, drafter):
    draft = items.draft_item(county, "药店检查", VALUES, by=drafter)
    answers = [
        staff.post(url("item_publish", draft.item_id), {"effective_from": "2026-04-01"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [302, 404]
    assert list(draft.item.versions.values_list("number", "state")) == [(1, "published")]


def test_marks_of_rows_are_shown_in_words(staff, ours):
    page = text(staff.get(url("item", ours.item_id)))
    assert ("否决项" in page, "关键项" in page) == (True, True)
