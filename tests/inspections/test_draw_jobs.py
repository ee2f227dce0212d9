"""Seals and draws over very many facilities are a worker's: seen while it works, done once, safe when it dies."""

import datetime as dt

import pytest
from celery import current_app
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from config.celery import app
from inspections import draw_jobs, draws, lottery, rosters
from inspections.models import Draw, DrawJob, TeamMember, Visit
from inspections.tasks import work_on_draw
from registries import progress, workers
from registries.models import NumberSeries
from tests.cast import refused
from tests.factories import NOW
from tests.factories.draws import drawable_task, minutes, sealed_draw, witnessed_draw
from tests.inspections.test_draw_pages import page, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _every_draw_is_a_long_one(settings, time_machine):
    settings.LONG_DRAW_FACILITIES = 3
    time_machine.move_to(NOW, tick=False)


@pytest.fixture(autouse=True)
def queued(monkeypatch):
    """The jobs that were queued, instead of a broker."""
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **options: sent.append((name, *args)))
    return sent


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def asked_seal(task, drafter, **options):
    return draw_jobs.seal(task, 1, by=drafter, **{"now": NOW} | options)


def asked_hold(draw, by):
    return draw_jobs.hold(draw, by=by, now=minutes(10))


def fallen_silent(job, seconds=90):
    """Its worker took it and beats no more."""
    cache.clear()
    DrawJob.objects.filter(pk=job.pk).update(beat_at=timezone.now() - dt.timedelta(seconds=seconds))
    job.refresh_from_db()
    return job


class Killed(BaseException):
    """Not an error that anything could catch and tidy up after."""


def killed(*args, **kwargs):
    raise Killed


# --- asked for once -----------------------------------------------------------------------------------------


def test_the_worker_seals_and_draws_in_the_name_of_who_pressed(
    task, drafter, colleague, witness, queued, committed
):
    with committed():
        job = asked_seal(task, drafter)
    assert queued == [("inspections.tasks.work_on_draw", job.pk)]
    assert not Draw.objects.exists()
    work_on_draw(job.pk)
    draw = Draw.objects.get()
    job.refresh_from_db()
    assert (job.state, job.draw, draw.sealed_by, draw.facilities.count()) == ("done", draw, drafter, 12)
    draws.contribute(draw, "4266135521164352", by=witness, now=minutes(5))
    with committed():
        job = asked_hold(draw, colleague)
    work_on_draw(job.pk)
    draw.refresh_from_db()
    assert (draw.state, draw.held_by, draw.visits.count(), len(queued)) == ("held", colleague, 7, 2)


def test_a_small_draw_is_done_while_the_person_waits(settings, task, drafter, witness, queued):
    settings.LONG_DRAW_FACILITIES = 12
    draw = asked_seal(task, drafter)
    assert draw == Draw.objects.get()
    draws.contribute(draw, "4266135521164352", by=witness, now=minutes(5))
    assert asked_hold(draw, drafter).state == "held"
    assert (queued, DrawJob.objects.count()) == ([], 0)


def test_pressing_again_while_a_worker_is_at_it_changes_nothing(
    task, drafter, colleague, witness, queued, committed
):
    with committed():
        assert asked_seal(task, drafter) == asked_seal(task, colleague)
        draw_jobs.work(DrawJob.objects.get().pk)
        draw = Draw.objects.get()
        draws.contribute(draw, "4266135521164352", by=witness, now=minutes(5))
        assert asked_hold(draw, drafter) == asked_hold(draw, colleague)
    assert [job.asked_by for job in DrawJob.objects.all()] == [drafter, drafter]
    assert len(queued) == 2


def test_what_cannot_be_sealed_or_held_is_refused_at_once(task, drafter, approver, witness, county):
    with pytest.raises(PermissionDenied, match="组织抽取"):
        asked_seal(task, approver)
    assert "没有第3轮" in refused(draw_jobs.seal, task, 3, by=drafter, now=NOW)
    assert "不超过200字" in refused(asked_seal, task, drafter, public_source="源" * 201)
    draw = sealed_draw(task, by=drafter)
    assert draw.number in refused(asked_seal, task, drafter)
    assert "还没有见证人员" in refused(asked_hold, draw, drafter)
    draws.contribute(draw, "4266135521164352", by=witness, now=minutes(5))
    draws.hold(draw, by=drafter, now=minutes(6))
    assert "不会再次抽取" in refused(asked_hold, draw, drafter)
    assert not DrawJob.objects.exists()


def test_two_workers_never_have_one_job_in_hand(task, drafter, monkeypatch):
    job = asked_seal(task, drafter)
    runs = []

    def seal(*args, **kwargs):
        runs.append(job.pk)
        draw_jobs.work(job.pk)  # the second worker comes while the first one is at it
        return original(*args, **kwargs)

    original = draws.seal
    monkeypatch.setattr(draws, "seal", seal)
    draw_jobs.work(job.pk)
    draw_jobs.work(job.pk)
    assert (len(runs), Draw.objects.count()) == (1, 1)


# --- the worker and its end ---------------------------------------------------------------------------------


def test_a_worker_killed_while_it_seals_leaves_neither_number_nor_rows(task, drafter, monkeypatch):
    job = asked_seal(task, drafter)
    monkeypatch.setattr("inspections.draws.trail.record", killed)  # after the rows
    with pytest.raises(Killed):
        draw_jobs.work(job.pk)
    monkeypatch.undo()
    assert (Draw.objects.count(), NumberSeries.objects.filter(kind="抽").count()) == (0, 0)
    job = fallen_silent(job)
    assert progress.standing(job).stalled
    draw_jobs.restart(job, by=drafter)
    draw_jobs.work(job.pk)
    assert Draw.objects.get().number == "卫医保抽〔2026〕1号"


def test_a_worker_killed_while_it_draws_leaves_the_seal_and_the_next_press_draws(
    task, drafter, colleague, witness, monkeypatch
):
    draw = witnessed_draw(task, by=drafter, witness=witness)
    job = asked_hold(draw, drafter)
    monkeypatch.setattr("inspections.draws.trail.record", killed)
    with pytest.raises(Killed):
        draw_jobs.work(job.pk)
    monkeypatch.undo()
    draw.refresh_from_db()
    assert (draw.state, Visit.objects.count(), TeamMember.objects.count()) == ("sealed", 0, 0)
    fallen_silent(job)
    assert draw_jobs.hold(draw, by=colleague) == job
    draw_jobs.work(job.pk)
    draw.refresh_from_db()
    assert (draw.state, draw.held_by, draw.visits.count()) == ("held", colleague, 7)
    assert draw.visits.first().ticket == lottery.ticket(draw.seed, draw.visits.first().code)


def test_a_worker_that_was_only_silent_does_not_draw_after_the_one_that_took_over(
    task, drafter, monkeypatch, caplog
):
    def taken_over(job):
        DrawJob.objects.update(beat_at=NOW + dt.timedelta(minutes=2))
        return original(job)

    job, original = asked_seal(task, drafter), workers.still_own
    monkeypatch.setattr(workers, "still_own", taken_over)
    draw_jobs.work(job.pk)
    job.refresh_from_db()
    assert (job.state, Draw.objects.count()) == ("running", 0)
    assert "taken over" in caplog.text


def test_what_the_worker_refuses_stands_on_the_page(signed_in, drafter, county):
    task = drawable_task(county, by=drafter, grades="AAAA", inspectors=1)
    job = asked_seal(task, drafter)
    draw_jobs.work(job.pk)
    job.refresh_from_db()
    assert job.state == "refused"
    shown = signed_in(drafter).get(page("draw_job", job.pk))
    assert "名单没有封存" in text(shown)
    assert "第1诊所（H41040300001）" in text(shown)
    assert page("draw_new", task.pk) in shown.content.decode()
    assert asked_seal(task, drafter) != job


def test_an_unforeseen_error_is_told_without_its_details(task, drafter, monkeypatch):
    job = asked_seal(task, drafter)
    monkeypatch.setattr(rosters, "freeze", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        draw_jobs.work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.refusal, Draw.objects.count()) == ("refused", workers.BROKEN, 0)


def test_a_role_taken_away_before_the_worker_comes_stops_the_draw(task, drafter, witness):
    draw = witnessed_draw(task, by=drafter, witness=witness)
    job = asked_hold(draw, drafter)
    drafter.role_grants.all().delete()
    draw_jobs.work(job.pk)
    job.refresh_from_db()
    draw.refresh_from_db()
    assert (job.state, draw.state) == ("refused", "sealed")


def test_a_void_asked_for_before_the_worker_comes_stops_the_draw(signed_in, task, drafter, witness):
    draw = witnessed_draw(task, by=drafter, witness=witness)
    job = asked_hold(draw, drafter)
    draws.propose_void(draw, reason="名单有误", by=drafter, now=minutes(11))
    draw_jobs.work(job.pk)
    draw.refresh_from_db()
    assert draw.state == "sealed"
    shown = text(signed_in(drafter).get(page("ceremony", draw.pk)))
    assert "上次按下后没有抽取" in shown
    assert "等待审批" in shown


def test_a_broker_that_is_away_leaves_a_job_that_can_be_queued_again(
    task, drafter, monkeypatch, committed, queued
):
    def away(*args, **kwargs):
        raise OSError("no broker")

    with monkeypatch.context() as broken, committed():
        broken.setattr(current_app, "send_task", away)
        job = asked_seal(task, drafter)
    later = NOW + dt.timedelta(minutes=2)
    assert progress.standing(job, now=later).stalled
    with committed():
        draw_jobs.restart(job, by=drafter, now=later)
    assert len(queued) == 1


def test_the_worker_tells_stage_and_rows(task, drafter, monkeypatch):
    told = []
    monkeypatch.setattr(rosters, "PIECE", 5)
    draws.seal(task, 1, by=drafter, now=NOW, tell=lambda *stage: told.append(stage))
    assert told == [
        ("核对名录库",), ("计算摘要",), ("写入封存名单", 5, 12), ("写入封存名单", 10, 12), ("写入封存名单", 12, 12),
    ]  # fmt: skip


def test_the_task_is_known_to_the_worker():
    app.loader.import_default_modules()
    assert draw_jobs.TASK in app.tasks


# --- the pages ----------------------------------------------------------------------------------------------


def test_the_seal_is_followed_on_its_page_which_leads_to_the_draw(signed_in, drafter, task):
    browser = signed_in(drafter)
    answer = browser.post(page("draw_seal", task.pk), {"round": 1, "public_source": ""})
    job = DrawJob.objects.get()
    assert answer.url == page("draw_job", job.pk)
    assert "正在排队" in text(browser.get(answer.url))
    assert browser.get(page("draw_new", task.pk)).url == page("draw_job", job.pk)
    DrawJob.objects.update(beat_at=NOW)
    told = progress.Progress("写入封存名单", 40_000, 100_000, NOW - dt.timedelta(seconds=10), NOW)
    cache.set(f"progress-inspections.drawjob-{job.pk}", vars(told))
    piece = browser.get(page("draw_job_progress", job.pk)).content.decode()
    assert "封存名单</strong>：写入封存名单，40000／100000 家，大约还要 15 秒" in piece
    assert "<html" not in piece
    DrawJob.objects.update(beat_at=None)
    draw_jobs.work(job.pk)
    assert "data-moving" not in browser.get(page("draw_job_progress", job.pk)).content.decode()
    assert browser.get(page("draw_job", job.pk)).url == page("draw", Draw.objects.get().pk)


def test_the_room_follows_the_draw_of_a_worker_and_cannot_press_again(signed_in, drafter, witness, task):
    draw = witnessed_draw(task, by=drafter, witness=witness)
    browser = signed_in(drafter)
    before = browser.get(page("ceremony_state", draw.pk)).json()["mark"]
    assert browser.post(page("draw_hold", draw.pk)).url == page("ceremony", draw.pk)
    shown = browser.get(page("ceremony", draw.pk)).content.decode()
    assert "正在抽取，请稍候" in shown
    assert page("draw_job_progress", DrawJob.objects.get().pk) in shown
    assert page("draw_hold", draw.pk) not in shown
    assert browser.get(page("ceremony_state", draw.pk)).json()["mark"] != before
    draw_jobs.work(DrawJob.objects.get().pk)
    assert "已抽取" in text(browser.get(page("ceremony", draw.pk)))


def test_a_worker_that_is_gone_is_told_in_the_room_and_the_operator_presses_again(
    signed_in, drafter, approver, witness, task
):
    draw = witnessed_draw(task, by=drafter, witness=witness)
    job = fallen_silent(asked_hold(draw, drafter))
    assert "已中断，可重新抽取" in text(signed_in(approver).get(page("ceremony", draw.pk)))
    browser = signed_in(drafter)
    assert page("draw_hold", draw.pk) in browser.get(page("ceremony", draw.pk)).content.decode()
    browser.post(page("draw_hold", draw.pk))
    job.refresh_from_db()
    assert (job.beat_at, DrawJob.objects.count()) == (None, 1)


def test_a_seal_whose_worker_is_gone_is_started_again_with_one_button(signed_in, drafter, approver, task):
    job = fallen_silent(asked_seal(task, drafter))
    shown = signed_in(drafter).get(page("draw_job", job.pk))
    assert "已中断，可重新开始" in text(shown)
    assert page("draw_job_restart", job.pk) in shown.content.decode()
    assert (
        page("draw_job_restart", job.pk)
        not in signed_in(approver).get(page("draw_job", job.pk)).content.decode()
    )
    signed_in(drafter).post(page("draw_job_restart", job.pk))
    job.refresh_from_db()
    assert (job.state, job.beat_at) == ("running", None)


@pytest.mark.parametrize(
    ("person", "read", "restart"), [("approver", 200, 403), ("city_staff", 200, 403), ("outsider", 404, 404)]
)
def test_a_job_is_read_by_its_bureau_and_those_above_and_restarted_by_its_staff(
    request, signed_in, drafter, task, person, read, restart
):
    job = fallen_silent(asked_seal(task, drafter))
    browser = signed_in(request.getfixturevalue(person))
    assert browser.get(page("draw_job", job.pk)).status_code == read
    assert browser.get(page("draw_job_progress", job.pk)).status_code == read
    assert browser.post(page("draw_job_restart", job.pk)).status_code == restart


def test_a_job_that_moves_is_not_started_again(task, drafter, colleague, queued, committed):
    job = asked_seal(task, drafter)
    with committed():
        assert "没有重新开始" in refused(draw_jobs.restart, job, by=colleague, now=NOW)
        assert draw_jobs.seal(task, 1, by=colleague, now=NOW) == job
    assert queued == []


def test_the_page_does_not_say_that_a_job_was_started_again_which_was_not(signed_in, drafter, task):
    job = asked_seal(task, drafter)
    draw_jobs.work(job.pk)
    came_from = {"referer": "http://testserver" + page("draws")}
    answer = signed_in(drafter).post(page("draw_job_restart", job.pk), headers=came_from, follow=True)
    assert "没有重新开始：这项工作没有中断" in text(answer)
    assert "已重新开始" not in text(answer)


def test_a_seal_that_was_made_meanwhile_is_named_and_not_made_again(task, drafter):
    job = asked_seal(task, drafter)
    draw = draws.seal(task, 1, by=drafter, now=NOW)
    draw_jobs.work(job.pk)
    job.refresh_from_db()
    assert (job.state, Draw.objects.count()) == ("refused", 1)
    assert draw.number in job.refusal
