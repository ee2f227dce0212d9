"""Two people amend the same row: the second sees what the first changed, field by field, and chooses (A6)."""

import html
import re

import pytest
from django.urls import reverse

from registries import facilities, inspectors, items, legal_sources
from registries.models import Facility
from tests.factories import make_facility, make_inspector

pytestmark = pytest.mark.django_db
TYPED = ("insurance_code", "social_credit_code", "name", "kind", "level", "ownership", "address", "region",
         "person_in_charge")  # fmt: skip


@pytest.fixture
def clinic(county):
    return make_facility(county, 1, name="光明路诊所", address="光明路1号", phone="13800000001")


class Desk:
    """One person at one form: `opens` it, types into what the page holds, and `sends` that."""

    def __init__(self, client, address):
        self.client, self.address, self.typed = client, address, {}

    def opens(self):
        return self._holds(self.client.get(self.address))

    def sends(self, **changed):
        response = self.client.post(self.address, self.typed | changed)
        return response if response.status_code == 302 else self._holds(response)

    def _holds(self, response):
        form = response.context["form"]
        self.typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
        return response


@pytest.fixture
def desks(signed_in, drafter, colleague):
    """Both have opened the same page."""

    def sit(address):
        first, second = (Desk(signed_in(person), address) for person in (drafter, colleague))
        first.opens()
        second.opens()
        return first, second

    return sit


@pytest.fixture
def at_the_clinic(desks, clinic):
    return desks(reverse("registries:facility_amend", args=[clinic.pk]))


def clashes(response):
    return [(one.label, one.opened, one.theirs, one.mine) for one in response.context["form"].clashes]


def words(response):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_the_second_sees_three_values_side_by_side_and_nothing_is_saved(at_the_clinic, clinic):
    first, second = at_the_clinic
    assert first.sends(address="光明路2号").status_code == 302
    response = second.sends(address="光明路3号", name="光明路第一诊所")
    assert clashes(response) == [("地址", "光明路1号", "光明路2号", "光明路3号")]
    page = words(response)
    for told in ("没有保存", "周经办", "修改检查对象：地址", "打开时", "对方改成", "您填写的"):
        assert told in page
    clinic.refresh_from_db()
    assert (clinic.name, clinic.address, clinic.revision) == ("光明路诊所", "光明路2号", 2)


@pytest.mark.parametrize(("choice", "address"), [("theirs", "光明路2号"), ("mine", "光明路3号")])
def test_one_choice_and_everything_typed_is_saved_on_the_new_revision(at_the_clinic, clinic, choice, address):
    first, second = at_the_clinic
    first.sends(address="光明路2号")
    second.sends(address="光明路3号", name="光明路第一诊所")
    assert second.sends(**{"choice-address": choice}).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.name, clinic.address, clinic.revision) == ("光明路第一诊所", address, 3)


def test_what_only_the_other_changed_is_taken_over_without_a_question(at_the_clinic, clinic):
    first, second = at_the_clinic
    first.sends(address="光明路2号", region="光明路街道")
    response = second.sends(name="光明路第一诊所")
    assert clashes(response) == []
    assert "您没有改过的内容已换成最新的：地址、所在乡镇街道。" in words(response)
    assert second.typed["address"] == "光明路2号"
    assert second.sends().status_code == 302
    clinic.refresh_from_db()
    assert (clinic.name, clinic.address, clinic.region) == ("光明路第一诊所", "光明路2号", "光明路街道")


def test_both_typing_the_same_is_no_clash(at_the_clinic, clinic):
    first, second = at_the_clinic
    first.sends(address="光明路2号", name="光明路第一诊所")
    response = second.sends(address=" 光明路2号 ", person_in_charge="某甲")
    assert clashes(response) == []
    assert second.sends().status_code == 302
    clinic.refresh_from_db()
    assert (clinic.address, clinic.name, clinic.person_in_charge) == ("光明路2号", "光明路第一诊所", "某甲")


def test_a_clash_without_a_choice_is_asked_again_and_keeps_what_was_chosen(at_the_clinic, clinic):
    first, second = at_the_clinic
    first.sends(address="光明路2号", name="甲诊所")
    second.sends(address="光明路3号", name="乙诊所")
    response = second.sends(**{"choice-name": "theirs"})
    assert clashes(response) == [
        ("机构名称", "光明路诊所", "甲诊所", "乙诊所"),
        ("地址", "光明路1号", "光明路2号", "光明路3号"),
    ]
    assert "还有内容没有选择" in words(response)
    assert 'name="choice-name" value="theirs" checked' in response.content.decode()
    assert second.sends(**{"choice-name": "theirs", "choice-address": "mine"}).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.name, clinic.address) == ("甲诊所", "光明路3号")


def test_a_nonsense_choice_is_no_choice(at_the_clinic, clinic):
    first, second = at_the_clinic
    first.sends(address="光明路2号")
    second.sends(address="光明路3号")
    assert second.sends(**{"choice-address": "both"}).status_code == 200
    clinic.refresh_from_db()
    assert clinic.address == "光明路2号"


def test_a_field_amended_while_choosing_is_put_to_the_person_again(at_the_clinic, clinic, approver, drafter):
    first, second = at_the_clinic
    first.sends(address="光明路2号")
    second.sends(address="光明路3号")
    facilities.amend(clinic, {"address": "光明路4号"}, revision=2, by=drafter)
    response = second.sends(**{"choice-address": "mine"})
    assert clashes(response) == [("地址", "光明路2号", "光明路4号", "光明路3号")]
    assert " checked" not in response.content.decode().split('name="choice-address"')[1].split(">")[0]
    assert second.sends(**{"choice-address": "mine"}).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.address, clinic.revision) == ("光明路3号", 4)


def test_a_mistake_in_another_field_does_not_ask_the_choice_again(at_the_clinic, clinic):
    first, second = at_the_clinic
    first.sends(address="光明路2号")
    second.sends(address="光明路3号")
    response = second.sends(**{"choice-address": "mine"}, name="")
    assert (clashes(response), list(response.context["form"].errors)) == ([], ["name"])
    assert second.sends(name="光明路诊所").status_code == 302
    clinic.refresh_from_db()
    assert clinic.address == "光明路3号"


def test_a_change_of_standing_only_is_told_and_clashes_with_nothing(at_the_clinic, clinic, drafter):
    _, second = at_the_clinic
    facilities.change_agreement(clinic, "suspended", reason="整改期间", by=drafter)
    response = second.sends(address="光明路3号")
    assert clashes(response) == []
    assert "变更协议状态：协议状态" in words(response)
    assert second.sends().status_code == 302


def test_choices_and_dates_stand_in_words(at_the_clinic, clinic):
    first, second = at_the_clinic
    first.sends(level="2a", agreement_to="2026-06-30")
    response = second.sends(level="1a", agreement_to="2026-12-31")
    assert clashes(response) == [
        ("机构等级", "未定级", "二级甲等", "一级甲等"),
        ("协议截止日", "空", "2026-06-30", "2026-12-31"),
    ]


def test_a_phone_both_changed_is_shown_masked(at_the_clinic, clinic):
    first, second = at_the_clinic
    first.sends(phone="13800000002")
    response = second.sends(phone="13800000003")
    assert clashes(response) == [("联系电话", "（不显示）", "138****0002", "138****0003")]
    assert "13800000002" not in response.content.decode()
    assert second.sends(**{"choice-phone": "theirs"}, address="光明路9号").status_code == 302
    clinic.refresh_from_db()
    assert clinic.phone == "13800000002"


def test_a_phone_the_other_changed_stays_and_is_named(at_the_clinic, clinic):
    first, second = at_the_clinic
    first.sends(phone="13800000002")
    response = second.sends(address="光明路3号")
    assert "已换成最新的：联系电话。" in words(response)
    assert "13800000002" not in response.content.decode()
    second.sends()
    clinic.refresh_from_db()
    assert (clinic.phone, clinic.address) == ("13800000002", "光明路3号")


def test_the_page_carries_no_phone(at_the_clinic):
    first, _ = at_the_clinic
    assert "13800000001" not in str(first.typed)


@pytest.mark.parametrize("opened", ["", "forged", "eyJzZWVuIjp7fX0:1:x"])
def test_a_page_that_cannot_say_what_it_showed_puts_every_difference_to_the_person(
    at_the_clinic, clinic, opened
):
    first, second = at_the_clinic
    first.sends(address="光明路2号")
    response = second.sends(opened=opened, name="光明路第一诊所")
    assert clashes(response) == [
        ("机构名称", "（不详）", "光明路诊所", "光明路第一诊所"),
        ("地址", "（不详）", "光明路2号", "光明路1号"),
    ]
    assert second.sends(**{"choice-name": "mine", "choice-address": "theirs"}).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.name, clinic.address) == ("光明路第一诊所", "光明路2号")


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 5000, "7"])
def test_a_forged_revision_saves_nothing(at_the_clinic, clinic, revision):
    first, _ = at_the_clinic
    assert first.sends(revision=revision, address="光明路2号").status_code == 200
    assert Facility.objects.get().address == "光明路1号"


def test_without_a_colleague_in_between_nothing_is_asked(at_the_clinic, clinic):
    first, _ = at_the_clinic
    assert first.sends(address="光明路2号").status_code == 302


def test_two_at_one_inspector(desks, county, drafter):
    inspector = make_inspector(county, 1, qualifications=["会计"])
    first, second = desks(reverse("registries:inspector_amend", args=[inspector.pk]))
    first.sends(post="副科长", qualifications="会计、临床")
    inspectors.suspend(inspector, reason="产假", by=drafter)
    response = second.sends(post="科长", department="稽核股")
    assert clashes(response) == [("职务", "科员", "副科长", "科长")]
    assert "已换成最新的：专业特长。" in words(response)
    assert second.sends(**{"choice-post": "mine"}).status_code == 302
    inspector.refresh_from_db()
    assert (inspector.post, inspector.department, inspector.qualifications) == (
        "科长",
        "稽核股",
        ["临床", "会计"],
    )


def test_two_at_one_item_draft(desks, county, drafter):
    draft = items.draft_item(
        county,
        "常规检查",
        {"legal_basis": "《条例》第三条", "inspecting_body": county.name, "content": "进销存相符"},
        by=drafter,
    )
    first, second = desks(reverse("registries:item_draft", args=[draft.item_id]))
    first.sends(ratio_a_bp="6", method="书面检查", remarks="首稿")
    response = second.sends(ratio_a_bp="7.50", content="进销存相符\r\n人证相符", joint_only="on")
    assert clashes(response) == [("A级机构抽查比例（%）", "5", "6", "7.50")]
    assert "已换成最新的：检查方式、备注。" in words(response)
    assert second.sends(**{"choice-ratio_a_bp": "mine"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.ratio_a_bp, draft.method, draft.remarks, draft.joint_only) == (
        750,
        "书面检查",
        "首稿",
        True,
    )
    assert [row.content for row in draft.rows.all()] == ["进销存相符", "人证相符"]


def test_two_at_one_legal_source(desks, county, drafter):
    source = legal_sources.register(county, {"title": "《示例条例》"}, by=drafter)
    first, second = desks(reverse("registries:legal_source_amend", args=[source.pk]))
    first.sends(valid_until="2026-06-30", remarks="修订中")
    response = second.sends(valid_until="2026-12-31")
    assert clashes(response) == [("废止日期", "空", "2026-06-30", "2026-12-31")]
    assert second.sends(**{"choice-valid_until": "theirs"}, valid_from="2020-05-01").status_code == 302
    source.refresh_from_db()
    assert (str(source.valid_until), source.remarks, str(source.valid_from)) == (
        "2026-06-30",
        "修订中",
        "2020-05-01",
    )
