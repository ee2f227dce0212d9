"""Two versions of an item side by side."""

import pytest

from registries import items
from registries.checklists import Row
from registries.comparison import Kind, compare

pytestmark = pytest.mark.django_db

VALUES = {
    "legal_basis": "《条例》第三条\n《旧办法》",
    "inspecting_body": "局",
    "materials": "处方",
    "ratio_a_bp": 500,
}
ROWS = [Row("人证相符", "现场核对"), Row("药师在岗"), Row("进销存与结算数据相符")]


@pytest.fixture
def compared(county, drafter):
    def of(values, rows):
        left = items.draft_item(county, "药店检查", VALUES, ROWS, by=drafter)
        items.publish(left, effective_from=items.timezone.localdate(), by=drafter)
        right = items.draft_version(left.item, VALUES | values, rows, by=drafter)
        return compare(left, right)

    return of


def differing(pairs):
    return [
        (pair.label, pair.word, list(pair.left), list(pair.right)) for pair in pairs if pair.kind != Kind.SAME
    ]


def test_versions_that_say_the_same_differ_in_nothing(compared):
    found = compared({}, ROWS)
    assert (found.differences, len(found.rows)) == (0, 3)


def test_fields_say_what_was_changed_added_and_removed(compared):
    values = {
        "legal_basis": "《条例》第三条\n《新办法》",
        "materials": "",
        "ratio_a_bp": 650,
        "joint_only": True,
        "remarks": "新增",
    }
    assert differing(compared(values, ROWS).fields) == [
        ("抽查依据", "有改动", [("《条例》第三条", "same"), ("《旧办法》", "removed")], [("《条例》第三条", "same"), ("《新办法》", "added")]),
        ("A级机构抽查比例", "有改动", [("5%", "changed")], [("6.5%", "changed")]),
        ("需提供的材料", "删去", [("处方", "removed")], []),
        ("备注", "新增", [], [("新增", "added")]),
        ("跨部门开展，本单位不再单独开展", "有改动", [("否", "changed")], [("是", "changed")]),
    ]  # fmt: skip


def test_rows_are_matched_wherever_they_moved_and_in_other_words(compared):
    rows = [Row("进销存与结算数据一致"), Row("新的一项"), Row("人证相符", "现场核对", is_veto=True)]
    assert differing(compared({}, rows).rows) == [
        ("检查内容", "删去", [("药师在岗", "removed")], []),
        ("检查内容", "有改动", [("进销存与结算数据相符", "changed")], [("进销存与结算数据一致", "changed")]),
        ("检查内容", "新增", [], [("新的一项", "added")]),
        (
            "检查内容",
            "有改动",
            [("人证相符", "same"), ("方法：现场核对", "same")],
            [("人证相符", "same"), ("方法：现场核对", "same"), ("否决项", "changed")],
        ),
    ]


def test_removed_rows_at_the_end_stay_in_sight(compared):
    found = compared({}, ROWS[:1])
    assert [(pair.word, pair.left[0][0]) for pair in found.rows] == [
        ("相同", "人证相符"),
        ("删去", "药师在岗"),
        ("删去", "进销存与结算数据相符"),
    ]
