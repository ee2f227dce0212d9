"""Long lists are checked and written by a worker: seen while it works, found again, safe when it dies (A5)."""

import datetime as dt

import pytest
from celery import current_app
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from registries import callouts, progress, trail, workers
from registries.errors import DomainError
from registries.imports import drafts, grades, importing, jobs
from registries.models import Facility, GradeChange, ImportDraft, TrailEntry
from registries.models.imports import ImportState
from registries.tasks import work_on_list
from tests.factories import make_facility, workbooks

PAGE = "/office/registries/imports/"
NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _every_list_is_a_long_one(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(drafts, "SMALL_BYTES", 0)
    monkeypatch.setattr(drafts, "SMALL_LINES", 0)


@pytest.fixture(autouse=True)
def queued(monkeypatch):
    """The lists that were queued, instead of a broker."""
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **options: sent.append((name, *args)))
    return sent


@pytest.fixture
def staff(signed_in, drafter):
    return signed_in(drafter)


def data(*numbers, **cells):
    return workbooks.facilities([workbooks.facility_row(number, **cells) for number in numbers])


def uploaded(county, drafter, content=None, *, now=NOW):
    return drafts.upload(
        "facilities", content or data(1, 2), filename="名录.xlsx", bureau=county, by=drafter, now=now
    )


def checked(county, drafter, content=None):
    draft = uploaded(county, drafter, content)
    jobs.work(draft.pk)
    draft.refresh_from_db()
    return draft


def confirmed(county, drafter, content=None):
    return drafts.confirm(checked(county, drafter, content), by=drafter)


def standing_at(draft, seconds):
    return progress.standing(draft, now=draft.beat_at + dt.timedelta(seconds=seconds))


def test_a_long_list_is_queued_checked_confirmed_queued_and_written(
    county, drafter, queued, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        draft = uploaded(county, drafter)
    assert (draft.state, queued) == ("checking", [("registries.tasks.work_on_list", draft.pk)])
    work_on_list(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.report["new"], draft.total) == ("checked", 2, 2)
    assert not Facility.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        drafts.confirm(draft, by=drafter)
    assert len(queued) == 2
    with django_capture_on_commit_callbacks(execute=True):
        work_on_list(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.confirmed_by, bool(draft.file)) == ("imported", drafter, False)
    assert Facility.objects.count() == 2


@pytest.fixture
def short_lists_at_once(monkeypatch):
    monkeypatch.setattr(drafts, "SMALL_BYTES", 100_000)


@pytest.mark.parametrize(("many", "state", "asked"), [(3, "checked", 1), (2, "checking", 0)])
def test_the_effects_of_a_few_grades_on_a_provinces_plans_are_left_to_a_worker(
    county, neighbour, drafter, short_lists_at_once, monkeypatch, many, state, asked
):
    monkeypatch.setattr(grades, "MANY", many)
    questions = []
    monkeypatch.setattr(callouts, "answers", lambda *question: questions.append(question) or [])
    clinic, *_ = [make_facility(bureau, n) for n, bureau in enumerate((county, neighbour, neighbour), 1)]
    content = workbooks.grades([workbooks.grade_row(clinic, "D级", 评价日期="2026-03-01")])
    draft = drafts.upload("grades", content, filename="三月.xlsx", bureau=county, by=drafter, now=NOW)
    assert (draft.state, len(questions)) == (state, asked)
    jobs.work(draft.pk, now=NOW)
    draft.refresh_from_db()
    assert (draft.state, draft.report["effects"]["changes"], len(questions)) == ("checked", 1, 1)


def test_a_short_list_of_facilities_is_checked_at_once_in_a_province_of_any_size(
    county, drafter, short_lists_at_once, monkeypatch
):
    monkeypatch.setattr(grades, "MANY", 0)
    make_facility(county, 9)
    assert uploaded(county, drafter).state == "checked"


def test_a_list_that_waits_for_nothing_is_left_alone_by_a_worker(county, drafter):
    draft = checked(county, drafter)
    jobs.work(draft.pk)
    assert not Facility.objects.exists()
    jobs.work(draft.pk + 1)


def test_two_workers_never_have_one_list_in_hand(county, drafter, monkeypatch):
    draft = confirmed(county, drafter)
    runs = []

    def run(*args, **kwargs):
        runs.append(draft.pk)
        jobs.work(draft.pk)  # the second worker comes while the first one is at it
        return original(*args, **kwargs)

    original = importing.run
    monkeypatch.setattr(importing, "run", run)
    jobs.work(draft.pk)
    jobs.work(draft.pk)
    assert (len(runs), Facility.objects.count()) == (1, 2)


def test_confirming_twice_queues_once(county, drafter, queued, django_capture_on_commit_callbacks):
    draft = checked(county, drafter)
    with django_capture_on_commit_callbacks(execute=True):
        drafts.confirm(draft, by=drafter)
        drafts.confirm(draft, by=drafter)
    assert len(queued) == 1


def test_a_list_that_is_still_being_checked_cannot_be_confirmed(county, drafter):
    with pytest.raises(DomainError, match="还没有检查完"):
        drafts.confirm(uploaded(county, drafter), by=drafter)


def test_a_worker_killed_in_the_middle_leaves_nothing_half_written_and_the_list_can_start_again(
    county, drafter, monkeypatch
):
    """What is killed takes its transaction along; the row says that it was at work, and nothing beats any more."""

    class Killed(BaseException):
        """Not an error that anything could catch and tidy up after."""

    def killed(*args, **kwargs):
        raise Killed

    draft = confirmed(county, drafter, data(1, 2, 3, 信用等级="A级"))
    monkeypatch.setattr("registries.imports.importing.trail.record", killed)  # after the rows
    with pytest.raises(Killed):
        jobs.work(draft.pk)
    monkeypatch.undo()
    draft.refresh_from_db()
    assert (draft.state, Facility.objects.count(), GradeChange.objects.count()) == ("writing", 0, 0)
    assert standing_at(draft, 30).moving
    later = draft.beat_at + dt.timedelta(seconds=120)
    assert progress.standing(draft, now=later).stalled
    drafts.restart(draft, by=drafter, now=later)
    jobs.work(draft.pk, now=later)
    draft.refresh_from_db()
    assert draft.state == "checked"
    drafts.confirm(draft, by=drafter)
    jobs.work(draft.pk)
    assert Facility.objects.count() == 3
    assert TrailEntry.objects.filter(event="导入定点医药机构名单").count() == 1


def test_a_worker_that_wakes_when_another_has_imported_the_list_leaves_it_imported(
    county, drafter, monkeypatch, caplog
):
    def run(*args, **kwargs):
        """Silent for so long that another checks the list, and it is confirmed and written."""
        monkeypatch.setattr(importing, "run", original)
        outcome = original(*args, **kwargs)
        later = ImportDraft.objects.get(pk=draft.pk).beat_at + dt.timedelta(seconds=90)
        drafts.restart(draft, by=drafter, now=later)
        jobs.work(draft.pk, now=later)
        drafts.confirm(draft, by=drafter)
        jobs.work(draft.pk)
        return outcome

    draft, original = uploaded(county, drafter), importing.run
    monkeypatch.setattr(importing, "run", run)
    jobs.work(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.report["new"], Facility.objects.count()) == ("imported", 2, 2)
    assert "taken over" in caplog.text


def test_a_worker_that_wakes_to_a_failure_does_not_interrupt_the_one_after_it(county, drafter, monkeypatch):
    def refused_too_late(draft, **kwargs):
        later = draft.beat_at + dt.timedelta(seconds=90)
        drafts.restart(draft, by=drafter, now=later)
        ImportDraft.objects.update(beat_at=later)  # another has taken it
        raise DomainError("读不出来。")

    draft = uploaded(county, drafter)
    monkeypatch.setitem(jobs.STEPS, ImportState.CHECKING, refused_too_late)
    jobs.work(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.failure) == ("checking", "")


def test_a_worker_that_wakes_before_it_wrote_leaves_the_list_to_the_one_after_it(
    county, drafter, monkeypatch
):
    """Silent between taking the list and locking it: the other's turn is not its own."""

    def written_by_another(draft, **kwargs):
        later = draft.beat_at + dt.timedelta(seconds=90)
        drafts.restart(draft, by=drafter, now=later)
        jobs.work(draft.pk, now=later)
        drafts.confirm(draft, by=drafter)
        jobs.write(draft, **kwargs)

    draft = confirmed(county, drafter)
    monkeypatch.setitem(jobs.STEPS, ImportState.WRITING, written_by_another)
    jobs.work(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.beat_at, Facility.objects.count()) == ("writing", None, 0)


def test_a_list_that_a_worker_has_in_hand_cannot_be_started_again(county, drafter):
    draft = uploaded(county, drafter)
    ImportDraft.objects.update(beat_at=NOW)
    with pytest.raises(DomainError, match="正在处理"):
        drafts.restart(draft, by=drafter, now=NOW + dt.timedelta(seconds=50))


@pytest.mark.parametrize("state", ["checked", "imported"])
def test_a_finished_list_is_not_started_again(county, drafter, state):
    draft = uploaded(county, drafter)
    ImportDraft.objects.update(state=state)
    with pytest.raises(DomainError, match="不需要重新开始"):
        drafts.restart(draft, by=drafter)


def test_a_list_that_cannot_be_read_says_so_and_why(county, drafter, staff):
    draft = checked(county, drafter, workbooks.book({"表": [["姓名"], ["甲"]]}))
    assert draft.state == "failed"
    page = staff.get(reverse("registries:import_draft", args=[draft.pk])).content.decode()
    assert "已中断，没有写入任何内容。" in page
    assert "表头" in page
    assert "重新开始" in page


def test_an_unforeseen_error_is_told_without_its_details(county, drafter, monkeypatch):
    draft = uploaded(county, drafter)
    monkeypatch.setattr(importing, "run", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        jobs.work(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.failure) == ("failed", workers.BROKEN)


def test_a_role_taken_away_before_the_worker_comes_stops_the_list(county, drafter):
    draft = confirmed(county, drafter)
    drafter.is_active = False
    drafter.save()
    jobs.work(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.confirmed_at, Facility.objects.count()) == ("failed", None, 0)


def test_a_registry_that_changed_before_the_worker_wrote_shows_the_new_report(county, neighbour, drafter):
    draft = confirmed(county, drafter)
    make_facility(neighbour, 1, insurance_code="P41040300001")
    jobs.work(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.confirmed_at, draft.report["problem_count"]) == ("checked", None, 1)
    assert bool(draft.marked_copy)


def test_a_broker_that_is_away_loses_no_upload(
    county, drafter, monkeypatch, django_capture_on_commit_callbacks
):
    def away(*args, **kwargs):
        raise OSError("no broker")

    monkeypatch.setattr(current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        draft = uploaded(county, drafter)
    assert progress.standing(draft, now=NOW + dt.timedelta(minutes=5)).stalled
    assert default_storage.exists(draft.file.name)


# --- what the page shows ------------------------------------------------------------------------------------


def test_the_page_shows_rows_and_the_time_that_is_left(county, drafter, staff):
    draft = uploaded(county, drafter)
    now = timezone.now()
    ImportDraft.objects.update(beat_at=now - dt.timedelta(seconds=20))
    told = progress.Progress("逐行检查", 2500, 10_000, now - dt.timedelta(seconds=10), now)
    cache.set(f"progress-registries.importdraft-{draft.pk}", vars(told))
    page = staff.get(reverse("registries:import_draft", args=[draft.pk])).content.decode()
    assert "逐行检查，2500／10000 行，大约还要 30 秒" in page
    assert 'max="10000" value="2500"' in page
    assert "js/progress.js" in page
    piece = staff.get(reverse("registries:import_progress", args=[draft.pk])).content.decode()
    assert "data-moving" in piece
    assert "<html" not in piece


def test_the_piece_is_without_movement_once_the_list_is_checked(county, drafter, staff):
    draft = checked(county, drafter)
    piece = staff.get(reverse("registries:import_progress", args=[draft.pk])).content.decode()
    assert "data-moving" not in piece


def test_a_queued_list_says_so_and_is_found_again_in_the_list_of_imports(county, drafter, staff):
    draft = uploaded(county, drafter, now=timezone.now())
    assert "正在排队" in staff.get(reverse("registries:import_draft", args=[draft.pk])).content.decode()
    page = staff.get(PAGE).content.decode()
    assert reverse("registries:import_draft", args=[draft.pk]) in page
    assert "排队" in page


def test_a_list_whose_worker_is_gone_says_so_and_is_started_again_with_one_button(
    county, drafter, staff, queued, django_capture_on_commit_callbacks
):
    draft = uploaded(county, drafter)
    ImportDraft.objects.update(beat_at=timezone.now() - dt.timedelta(minutes=3))
    page = staff.get(reverse("registries:import_draft", args=[draft.pk])).content.decode()
    assert "已中断，可重新开始。" in page
    assert "已中断" in staff.get(PAGE).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(reverse("registries:import_restart", args=[draft.pk]))
    draft.refresh_from_db()
    assert (draft.state, draft.beat_at, len(queued)) == ("checking", None, 1)


def test_a_list_that_was_started_again_waits_from_then_on(
    county, drafter, django_capture_on_commit_callbacks
):
    draft = uploaded(county, drafter)
    ImportDraft.objects.update(state="failed")
    with django_capture_on_commit_callbacks(execute=True):
        draft = drafts.restart(draft, by=drafter)
    soon = timezone.now() + dt.timedelta(seconds=30)
    assert progress.standing(draft, now=soon) == progress.Standing(moving=True, queued=True)
    assert progress.standing(draft, now=soon + dt.timedelta(seconds=60)).stalled


def test_progress_of_an_earlier_attempt_is_not_taken_for_this_one(county, drafter):
    draft = uploaded(county, drafter)
    with progress.telling(draft) as tell:
        tell("逐行检查", 5, 10)
    draft.beat_at = timezone.now() + dt.timedelta(seconds=1)
    assert progress.heard_of(draft) is None


def test_a_cache_that_is_away_stops_neither_the_import_nor_the_page(county, drafter, staff, monkeypatch):
    def away(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr("registries.progress.cache", type("Away", (), {"get": away, "set": away})())
    draft = checked(county, drafter)
    assert draft.state == ImportState.CHECKED
    ImportDraft.objects.update(state="checking")
    assert staff.get(reverse("registries:import_draft", args=[draft.pk])).status_code == 200


def test_the_same_file_again_says_so_and_is_allowed(county, drafter, staff):
    content = data(1, 2)
    first = confirmed(county, drafter, content)
    jobs.work(first.pk)
    again = checked(county, drafter, content)
    page = staff.get(reverse("registries:import_draft", args=[again.pk])).content.decode()
    assert f"同一个文件已由{drafter.display_name}于" in page
    assert again.report["unchanged"] == 2


def test_another_bureau_sees_neither_progress_nor_marked_copy_nor_button(
    county, drafter, signed_in, outsider
):
    draft = uploaded(county, drafter)
    stranger = signed_in(outsider)
    assert stranger.get(reverse("registries:import_progress", args=[draft.pk])).status_code == 404
    for name in ("import_restart", "import_marked_copy"):
        assert stranger.post(reverse(f"registries:{name}", args=[draft.pk])).status_code == 404


def test_taking_the_marked_copy_is_an_act_on_the_trail(
    county, neighbour, drafter, approver, staff, signed_in
):
    draft = confirmed(county, drafter)
    make_facility(neighbour, 1, insurance_code="P41040300001")
    jobs.work(draft.pk)
    address = reverse("registries:import_marked_copy", args=[draft.pk])
    assert signed_in(approver).post(address).status_code == 403
    assert staff.get(address).status_code == 405
    assert not trail.about(draft).exists()
    assert b"".join(staff.post(address)).startswith(b"PK")
    assert [(entry.event, entry.actor) for entry in trail.about(draft)] == [("下载标注副本", drafter)]


def test_what_is_no_table_at_all_is_refused_while_the_person_is_still_there(staff):
    response = staff.post(
        PAGE, {"kind": "facilities", "file": SimpleUploadedFile("a.xlsx", b"%PDF-1.7 " * 9)}
    )
    assert "这不是 Excel 文件" in response.content.decode()
    assert not ImportDraft.objects.exists()
