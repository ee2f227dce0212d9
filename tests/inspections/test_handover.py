"""A swap while the team is on site, and a certificate that ends before the visit."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from inspections import completeness, evidence, fieldwork, record_sheet, substitutions, teams
from inspections.checklists import onsite_v1
from inspections.states import VisitState
from inspections.verify_draw import first_difference
from publication import worklist
from registries import trail
from tests.cast import make_user, refused
from tests.factories import NOW
from tests.factories.draws import drawable_task, end_visit, held_draw, member_of, substitute
from tests.factories.fieldwork import ARRIVED, LEFT, account, fill, make_ready_record, sign_everything

pytestmark = pytest.mark.django_db

DURING = ARRIVED + dt.timedelta(minutes=30)


@pytest.fixture
def visit(county, drafter, witness):
    visit = held_draw(drawable_task(county, by=drafter), by=drafter, witness=witness).visits.first()
    for inspector in county.inspectors.all():
        inspector.user = make_user(f"jiancha{inspector.pk}", inspector.name, county, "inspector")
        inspector.save()
    return visit


@pytest.fixture
def record(visit):
    """Filled in and signed by everybody."""
    return make_ready_record(visit)


@pytest.fixture
def gone(record, visit):
    """The leader has to step aside in the middle of it."""
    member = member_of(visit)
    substitute(member, reason="recusal", now=DURING)
    record.refresh_from_db()
    visit.refresh_from_db()
    return member


def present_words(record):
    return record_sheet.words(record, onsite_v1.FIELDS["present"])


# Recusal that appears on site


def test_what_was_found_stays_and_nobody_has_signed_what_the_new_team_answers_for(gone, record):
    assert set(record.answers.values_list("answer", flat=True)) == {"conforms"}
    assert record.site_conditions == "正常营业。"
    assert not record.signatures.exists()
    assert record.certificates_shown_at is None
    assert record.rights_told_at is not None


def test_whoever_stepped_aside_is_on_the_record_as_replaced_not_as_present(gone, record, visit):
    assert gone.inspector not in record.present.all()
    words = present_words(record)
    assert f"{gone.inspector.name}因执法回避于2026-04-02 09:31调换，不再参加" in words
    assert f"{gone.inspector.name}（执法证号" not in words
    entry = trail.about(visit).get(event="检查中途调换，记录移交")
    assert entry.before == {"检查人员": gone.code}
    assert "清除3个签名" in entry.note


def test_the_record_closes_once_the_new_team_is_there_and_has_signed(gone, record, visit):
    new = account(visit, 1)
    missing = [message for _, message in completeness.problems(record, now=LEFT)]
    assert any("少于两人" in message for message in missing)
    assert "没有登记出示执法证件。" in missing
    with pytest.raises(PermissionDenied):
        fieldwork.save(record, {"place": "别处"}, revision=record.revision, by=gone.inspector.user, now=LEFT)
    record = fill(record, by=new)
    sign_everything(record, by=new)
    assert completeness.problems(record, now=LEFT) == []
    signers = {one.inspector for one in record.signatures.all() if one.inspector}
    assert signers == set(teams.team(visit))
    assert visit.leader == new.inspector


def test_a_phone_with_the_old_teams_page_is_told_and_overwrites_nothing(record, visit):
    seen, colleague = record.revision, account(visit, 2)
    substitute(member_of(visit), reason="recusal", now=DURING)
    with pytest.raises(fieldwork.StaleRecord):
        fieldwork.save(record, {"opinion": "另有意见"}, revision=seen, by=colleague, now=LEFT)


def test_a_swap_on_site_is_on_the_evidence_and_verifies(gone, visit):
    for one in visit.draw.visits.all():
        end_visit(one)
    found = evidence.of(visit.draw)
    assert [(row["out"], row["reason"]) for row in found["substitutions"]] == [(gone.code, "执法回避")]
    assert first_difference(found, expected_seal_digest=visit.draw.seal_digest) is None


def test_a_swap_before_the_team_arrived_is_no_matter_of_the_record(visit):
    gone = member_of(visit)
    substitute(gone, now=NOW + dt.timedelta(minutes=60))
    record = fill(fieldwork.start(visit, by=account(visit, 1), now=ARRIVED), by=account(visit, 1))
    assert gone.inspector.name not in present_words(record)


# A certificate that ends before the visit


@pytest.fixture
def lapsed(visit, time_machine):
    time_machine.move_to(NOW)
    teams.schedule(visit, dt.date(2026, 4, 20), by=person_of(visit), now=NOW)
    member = member_of(visit, 2)
    member.inspector.certificate_valid_until = dt.date(2026, 4, 19)
    member.inspector.save()
    return member


def person_of(visit):
    return visit.draw.sealed_by


def test_staff_are_told_of_the_member_and_offered_the_swap(lapsed, visit, drafter, signed_in):
    title = "检查人员的执法证在检查日无效，请改期或换人"
    tasks = [task for task in worklist.for_user(drafter, NOW) if task.title == title]
    assert [task.subject for task in tasks] == [f"{visit.facility.name}（{lapsed.inspector.name}）"]
    page = signed_in(drafter).get(reverse("inspections:visit", args=[visit.pk])).content.decode()
    assert f"{lapsed.inspector.name}的执法证有效期至 2026-04-19" in page
    assert "原因选“岗位调整”" in page
    assert reverse("inspections:substitution_request", args=[lapsed.pk]) in page


def test_a_certificate_that_holds_on_the_last_day_is_no_matter(lapsed, visit):
    lapsed.inspector.certificate_valid_until = dt.date(2026, 4, 20)
    lapsed.inspector.save()
    assert not teams.lapsing(NOW.date()).exists()


def test_without_a_day_only_what_has_lapsed_already_is_told(lapsed, visit):
    type(visit).objects.filter(pk=visit.pk).update(planned_on=None)
    assert not teams.lapsing(dt.date(2026, 4, 19)).exists()
    assert lapsed in teams.lapsing(dt.date(2026, 4, 20))


def test_the_team_does_not_begin_until_the_member_is_replaced(lapsed, visit):
    day = NOW + dt.timedelta(days=19)
    said = refused(fieldwork.start, visit, by=account(visit, 1), now=day)
    assert lapsed.inspector.name in said
    assert "2026-04-20" in said
    assert "岗位调整" in said
    substitute(lapsed, reason="post_change", now=day)
    fieldwork.start(visit, by=account(visit, 1), now=day)
    visit.refresh_from_db()
    assert visit.state == VisitState.ON_SITE
    assert not substitutions.Substitution.objects.exclude(reason="post_change").exists()
