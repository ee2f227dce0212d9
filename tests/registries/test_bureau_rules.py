"""本局规则: what supervisors set for their bureau, within what the notices allow."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from registries import bureaus, trail
from tests.cast import make_user, refused

pytestmark = pytest.mark.django_db
PAGE = reverse("registries:bureau_rules")
# As the form sends them.
SENT = {
    "ungraded_ratio_bp": "10",
    "floor_ratio_bp": "3",
    "frequency_cap": "",
    "winners_public": "after_visits",
    "clue_handling": "direct",
    "plan_due_month": "3",
    "plan_due_day": "15",
    "report_workdays": "5",
    "publication_workdays": "20",
    "revision": "1",
}


def test_a_supervisor_sets_rules_and_the_trail_tells_before_and_after(county, approver):
    bureaus.set_rules(
        county, {"names_hidden": True, "frequency_cap": 2, "report_workdays": 5}, revision=1, by=approver
    )
    county.refresh_from_db()
    assert (county.names_hidden, county.frequency_cap) == (True, 2)
    (entry,) = trail.about(county)
    assert entry.before == {"names_hidden": False, "frequency_cap": None}
    assert entry.after == {"names_hidden": True, "frequency_cap": 2}


def test_what_stays_as_it_was_leaves_no_trace(county, approver):
    bureaus.set_rules(county, {"report_workdays": 5}, revision=1, by=approver)
    assert not trail.about(county).exists()


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"ungraded_ratio_bp": 10_001}, "0%到100%"),
        ({"floor_ratio_bp": 299}, "3%"),
        ({"frequency_cap": 0}, "不设上限的请留空"),
        ({"frequency_cap": 13}, "1到12次"),
        ({"winners_public": "never"}, "只能是"),
        ({"clue_handling": ""}, "只能是"),
        ({"plan_due_month": 2, "plan_due_day": 29}, "不是每年都有"),
        ({"plan_due_month": 13}, "不是每年都有"),
        ({"report_workdays": 6}, "最长5个工作日"),
        ({"publication_workdays": 21}, "最长20个工作日"),
        ({"report_workdays": 0}, "最长5个工作日"),
    ],
)
def test_no_rule_goes_beyond_the_notices_or_makes_no_sense(county, approver, values, refusal):
    assert refusal in refused(bureaus.set_rules, county, values, revision=1, by=approver)


def test_only_the_bureaus_own_supervisors_set_them(county, drafter, city_approver):
    for user in (drafter, city_approver):
        with pytest.raises(PermissionDenied):
            bureaus.set_rules(county, {"names_hidden": True}, revision=1, by=user)


def test_the_page_shows_the_rules_saves_them_and_stays_with_supervisors(county, approver, drafter, signed_in):
    client = signed_in(approver)
    trail.record("导入检查对象名单", by=drafter, about=county, bureau=county)
    assert 'value="3"' in client.get(PAGE).content.decode()
    sent = SENT | {"floor_ratio_bp": "4.5", "names_hidden": "on", "frequency_cap": "2"}
    assert client.post(PAGE, sent).status_code == 302
    county.refresh_from_db()
    assert (county.floor_ratio_bp, county.names_hidden, county.frequency_cap) == (450, True, 2)
    told = client.get(PAGE).content.decode()
    assert "修改本局规则" in told
    assert "导入检查对象名单" not in told
    assert signed_in(drafter).get(PAGE).status_code == 403


@pytest.mark.parametrize("setting", ["at_once", "after_visits", "handlers"])
def test_every_way_of_showing_the_winners_can_be_set(county, approver, signed_in, setting):
    client = signed_in(approver)
    assert f'value="{setting}"' in client.get(PAGE).content.decode()
    assert client.post(PAGE, SENT | {"winners_public": setting}).status_code == 302
    county.refresh_from_db()
    assert county.winners_public == setting


def test_a_refusal_stands_at_its_field_and_nothing_is_saved(county, approver, signed_in):
    told = signed_in(approver).post(PAGE, SENT | {"report_workdays": "30", "names_hidden": "on"})
    assert "最长5个工作日" in told.content.decode()
    county.refresh_from_db()
    assert (county.report_workdays, county.names_hidden) == (5, False)


def test_of_two_supervisors_the_second_overwrites_nothing_unseen(county, approver):
    other = make_user("pei.lingdao", "裴领导", county, "supervisor")
    bureaus.set_rules(county, {"names_hidden": True}, revision=1, by=approver)
    said = refused(bureaus.set_rules, county, {"frequency_cap": 2}, revision=1, by=other)
    assert "郑领导" in said
    assert "没有保存" in said
    county.refresh_from_db()
    assert (county.names_hidden, county.frequency_cap, county.revision) == (True, None, 2)


def test_a_page_opened_before_takes_over_what_the_other_one_set(county, approver, signed_in):
    client = signed_in(approver)
    opened = dict(client.get(PAGE).context["form"].initial)
    bureaus.set_rules(county, {"clue_handling": "draw"}, revision=1, by=approver)
    told = client.post(PAGE, SENT | {"frequency_cap": "2", "opened": opened["opened"]})
    assert "线索办理方式" in told.content.decode()
    sent = told.context["form"].data.dict()
    assert (sent["clue_handling"], sent["frequency_cap"]) == ("draw", "2")
    assert client.post(PAGE, sent).status_code == 302
    county.refresh_from_db()
    assert (county.clue_handling, county.frequency_cap) == ("draw", 2)


def test_what_makes_no_sense_together_is_refused_by_the_rules_as_they_stand(county, approver):
    """The page was opened before; its own copy of the bureau's row is not what counts."""
    bureaus.set_rules(county, {"plan_due_day": 31}, revision=1, by=approver)
    assert "不是每年都有" in refused(
        bureaus.set_rules, county, {"plan_due_month": 2}, revision=2, by=approver
    )
