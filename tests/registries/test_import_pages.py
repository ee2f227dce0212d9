"""Upload, read the report, confirm: the page's way of importing a list."""

import datetime as dt

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from registries.imports import drafts, importing
from registries.imports.formats import FORMS
from registries.models import Facility, ImportDraft, Inspector, ItemVersion, TrailEntry
from tests.factories import id_number, make_facility, workbooks

PAGE = "/office/registries/imports/"


@pytest.fixture(autouse=True)
def _files_in_a_directory_of_the_test(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def staff(signed_in, drafter):
    return signed_in(drafter)


def facilities(*numbers, **cells):
    return workbooks.facilities([workbooks.facility_row(number, **cells) for number in numbers])


def upload(client, data, kind="facilities", name="名录.xlsx"):
    return client.post(PAGE, {"kind": kind, "file": SimpleUploadedFile(name, data)})


def confirm(client, draft):
    return client.post(reverse("registries:import_confirm", args=[draft.pk]), follow=True)


def test_an_upload_is_checked_and_shown_before_anything_is_written(staff):
    response = upload(staff, facilities(1, 2))
    draft = ImportDraft.objects.get()
    assert response.url == reverse("registries:import_draft", args=[draft.pk])
    page = staff.get(response.url).content.decode()
    assert "将新增 2 条、变更 0 条。确定导入吗？" in page
    assert not Facility.objects.exists()


def test_confirming_writes_and_leaves_no_file_behind(staff, drafter, django_capture_on_commit_callbacks):
    upload(staff, facilities(1, 2))
    draft = ImportDraft.objects.get()
    name = draft.file.name
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        page = confirm(staff, draft).content.decode()
    assert "“名录.xlsx”已导入。" in page
    draft.refresh_from_db()
    assert (Facility.objects.count(), draft.confirmed_by, bool(draft.file)) == (2, drafter, False)
    assert not default_storage.exists(name)


def test_a_double_click_imports_once(staff):
    upload(staff, facilities(1))
    draft = ImportDraft.objects.get()
    confirm(staff, draft)
    confirm(staff, draft)
    assert TrailEntry.objects.filter(event="导入定点医药机构名单").count() == 1


def test_problems_are_listed_with_row_and_column_and_there_is_nothing_to_confirm(staff):
    response = upload(staff, facilities(1, 地址=""))
    page = staff.get(response.url).content.decode()
    assert "第 3 行" in page
    assert "G 地址" in page
    assert "请填写地址。" in page
    assert "确认导入" not in page


def test_a_hand_made_confirmation_of_a_list_with_problems_writes_nothing(staff):
    upload(staff, facilities(1, 地址=""))
    confirm(staff, ImportDraft.objects.get())
    assert not Facility.objects.exists()
    assert ImportDraft.objects.get().confirmed_at is None


def test_a_registry_that_changed_since_the_upload_is_checked_again(staff, neighbour):
    upload(staff, facilities(1))
    make_facility(neighbour, 1, insurance_code="P41040300001")
    page = confirm(staff, ImportDraft.objects.get()).content.decode()
    assert "上传以后登记情况有了变化" in page
    assert "该编码已由新华区医疗保障局登记" in page
    assert not Facility.objects.filter(bureau__code="410403").exists()


def test_a_list_whose_file_is_lost_asks_for_it_again(staff):
    upload(staff, facilities(1))
    draft = ImportDraft.objects.get()
    default_storage.delete(draft.file.name)
    response = staff.post(reverse("registries:import_confirm", args=[draft.pk]))
    assert (response.status_code, "请重新上传" in response.content.decode()) == (409, True)
    assert not Facility.objects.exists()


def test_changes_are_shown_before_and_after(staff):
    upload(staff, facilities(1, 负责人="旧负责人"))
    confirm(staff, ImportDraft.objects.get())
    response = upload(staff, facilities(1, 负责人="新负责人"))
    assert "负责人：旧负责人 → 新负责人" in staff.get(response.url).content.decode()


def test_the_kept_file_and_report_hold_no_id_number_in_clear(staff):
    wrong = id_number(1)[:17] + ("1" if id_number(1)[17] != "1" else "2")
    data = workbooks.inspectors([workbooks.inspector_row(1, 身份证号=wrong)])
    response = upload(staff, data, "inspectors")
    draft = ImportDraft.objects.get()
    assert wrong not in str(draft.report)
    assert wrong not in staff.get(response.url).content.decode()
    with draft.file.open() as stored:
        assert not stored.read().startswith(b"PK")


def test_lists_of_people_are_imported_too(staff):
    upload(staff, workbooks.inspectors([workbooks.inspector_row(1)]), "inspectors")
    confirm(staff, ImportDraft.objects.get())
    assert Inspector.objects.count() == 1


def test_imported_items_are_published_with_one_button(staff):
    upload(staff, workbooks.items_003(), "items")
    draft = ImportDraft.objects.get()
    page = confirm(staff, draft).content.decode()
    assert "公布这 2 项" in page
    address = reverse("registries:import_publish", args=[draft.pk])
    assert staff.get(address).status_code == 200
    response = staff.post(address, {"effective_from": timezone.localdate().isoformat()})
    assert response.url == reverse("registries:items")
    assert set(ItemVersion.objects.values_list("state", flat=True)) == {"published"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"hello", "这不是 Excel 文件"),
        (b"", "文件是空的"),
        (workbooks.book({"表": [["姓名"], ["甲"]]}), "表头"),
        (workbooks.book({"表": [workbooks.FACILITY_COLUMNS]}), "没有数据"),
        (workbooks.facilities([["=1+1", *workbooks.facility_row(1)[1:]]]), "第 3 行 A 列是公式"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_its_field(staff, data, message):
    response = upload(staff, data)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert not ImportDraft.objects.exists()


def test_a_file_over_the_limit_is_refused(staff, monkeypatch):
    monkeypatch.setattr("registries.forms.imports.MOST_BYTES", 100)
    assert "文件超过 40 MB" in upload(staff, facilities(1)).content.decode()


def test_a_list_too_long_for_a_page_is_refused(staff, monkeypatch):
    monkeypatch.setattr(importing, "MOST_FOR_A_PAGE", 2)
    monkeypatch.setattr(importing, "MOST_FOR_A_PAGE_ON_SQLITE", 2)
    assert "每次最多导入 2 行" in upload(staff, facilities(1, 2, 3)).content.decode()


def test_lists_nobody_confirmed_are_forgotten_after_a_week(staff, county, drafter):
    upload(staff, facilities(1))
    later = timezone.now() + dt.timedelta(days=8)
    drafts.upload("facilities", facilities(2), filename="新.xlsx", bureau=county, by=drafter, now=later)
    assert [draft.filename for draft in ImportDraft.objects.all()] == ["新.xlsx"]


def test_a_draft_of_another_bureau_does_not_exist_for_a_stranger(staff, signed_in, outsider):
    upload(staff, facilities(1))
    draft = ImportDraft.objects.get()
    stranger = signed_in(outsider)
    assert stranger.get(reverse("registries:import_draft", args=[draft.pk])).status_code == 404
    assert stranger.post(reverse("registries:import_confirm", args=[draft.pk])).status_code == 404


def test_the_city_above_cannot_confirm_for_the_county(staff, signed_in, city_staff):
    upload(staff, facilities(1))
    draft = ImportDraft.objects.get()
    response = signed_in(city_staff).post(reverse("registries:import_confirm", args=[draft.pk]))
    assert response.status_code == 403
    assert not Facility.objects.exists()


def test_a_confirmation_needs_a_press_of_the_button(staff):
    upload(staff, facilities(1))
    assert (
        staff.get(reverse("registries:import_confirm", args=[ImportDraft.objects.get().pk])).status_code
        == 405
    )


def test_the_page_offers_every_template_and_the_recent_lists(staff):
    upload(staff, facilities(1))
    page = staff.get(f"{PAGE}?kind=items").content.decode()
    assert page.count("/office/registries/templates/") == len(FORMS)
    assert "名录.xlsx" in page
    assert '<option value="items" selected>' in page


def test_a_full_disk_is_told_and_keeps_no_half_of_an_upload(staff, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    page = upload(staff, facilities(1)).content.decode()
    assert "没有空间" in page
    assert not ImportDraft.objects.exists()
