"""The commands run what the page runs; an administrator reads every problem and trusts the exit code."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from registries.models import Facility, InspectionItem, Inspector, ItemVersion, TrailEntry
from tests.cast import make_user
from tests.factories import id_number, workbooks


@pytest.fixture
def file(tmp_path):
    def written(data, name="名单.xlsx"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return written


def called(name, *args, **options):
    """What the command printed, and why it failed when it did."""
    out = StringIO()
    failure = ""
    try:
        call_command(name, *args, stdout=out, stderr=out, **options)
    except CommandError as error:
        failure = str(error)
    return out.getvalue(), failure


def test_facilities_are_imported_in_the_name_of_the_first_staff_account(county, drafter, colleague, file):
    path = file(workbooks.facilities([workbooks.facility_row(n) for n in range(1, 4)]))
    printed, failure = called("import_facilities", path, bureau="410403")
    assert (printed, failure) == ("定点医药机构：已导入（新增 3，变更 0，无变化 0）。\n", "")
    assert Facility.objects.count() == 3
    assert TrailEntry.objects.get(event="导入定点医药机构名单").actor == drafter


def test_every_problem_is_printed_as_row_column_value_message_and_nothing_is_written(county, drafter, file):
    rows = [workbooks.inspector_row(n) for n in range(1, 4)]
    rows[1][3] = id_number(2)[:17] + ("1" if id_number(2)[17] != "1" else "2")
    rows[2][7] = ""
    printed, failure = called("import_inspectors", file(workbooks.inspectors(rows)), bureau="410403")
    first, second = printed.splitlines()
    assert first == f"4 D {rows[1][3]}: 身份证号末位校验码不符，号码中有填错的数字，请对照证件逐位核对。"
    assert second == "5 H （空）: 请填写联系电话。"
    assert failure == "发现 2 处问题，没有写入任何内容。"
    assert not Inspector.objects.exists()


def test_check_writes_nothing(county, drafter, file):
    path = file(workbooks.facilities([workbooks.facility_row(1)]))
    printed, _ = called("import_facilities", path, bureau="410403", check=True)
    assert printed == "定点医药机构：检查通过，没有写入（新增 1，变更 0，无变化 0）。\n"
    assert not Facility.objects.exists()


def test_experts_may_come_in_a_file_of_their_own(county, drafter, file):
    called(
        "import_inspectors",
        file(workbooks.inspectors([workbooks.inspector_row(1)])),
        bureau="410403",
        experts=True,
    )
    assert Inspector.objects.get().kind == "expert"


def test_items_become_drafts(county, drafter, file):
    printed, _ = called("import_items", file(workbooks.items_004()), bureau="410403")
    assert "1 个版本为草稿，公布后才能使用。" in printed
    assert ItemVersion.objects.get().state == "draft"


def test_items_are_published_on_demand(county, drafter, file):
    printed, _ = called("import_items", file(workbooks.items_003()), bureau="410403", publish=True)
    assert "已公布 2 个版本" in printed
    assert set(ItemVersion.objects.values_list("state", flat=True)) == {"published"}


def test_a_list_that_cannot_be_published_is_not_imported_either(county, drafter, file):
    called("import_items", file(workbooks.items_004()), bureau="410403", publish=True)
    row = [*workbooks.ITEM_004[:8], 4, *workbooks.ITEM_004[9:]]
    _, failure = called("import_items", file(workbooks.items_004([row])), bureau="410403", publish=True)
    assert "没有写入任何内容：第1版自" in failure
    assert ItemVersion.objects.count() == 1


def test_an_unknown_bureau_is_named_with_those_that_exist(county, drafter, file):
    _, failure = called("import_items", file(workbooks.items_004()), bureau="999999")
    assert failure.startswith("没有行政区划代码为 999999 的医保局。已有：410000 河南省医疗保障局")


def test_a_missing_file_is_told(county, drafter):
    assert "无法读取文件" in called("import_items", "没有.xlsx", bureau="410403")[1]


def test_a_file_that_is_no_table_is_told(county, drafter, file):
    assert "这不是 Excel 文件" in called("import_facilities", file(b"hello", "a.xlsx"), bureau="410403")[1]


def test_a_bureau_without_staff_cannot_import(county, approver, file):
    _, failure = called("import_items", file(workbooks.items_004()), bureau="410403")
    assert "没有在用的经办人员账号" in failure


def test_an_account_may_be_named(county, drafter, colleague, file):
    called("import_items", file(workbooks.items_004()), bureau="410403", by="wu.jingban")
    assert ItemVersion.objects.get().drafted_by == colleague


@pytest.mark.parametrize("username", ["nobody", "jiang.waixian", "closed"])
def test_an_account_that_may_not_import_there_is_refused(county, drafter, outsider, file, username):
    closed = make_user("closed", "已停用", county, "staff")
    closed.is_active = False
    closed.save()
    _, failure = called("import_items", file(workbooks.items_004()), bureau="410403", by=username)
    assert failure
    assert not InspectionItem.objects.exists()
