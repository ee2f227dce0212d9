"""公示 of results: prepared by one person, checked by another, published, corrected beside the old text (F2, F3)."""

from django.db import transaction
from django.utils import timezone

from inspections.models import Visit
from inspections.states import VisitState, advance, lock
from publication import content
from publication.models import Notice, NoticeState
from publication.states import IN_THE_MAKING
from registries import trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import User

P = Permission


@transaction.atomic
def prepare(visit: Visit, *, by: User, summary: str | None = None, now=None) -> Notice:
    """The first notice of a visit, or its returned one anew. `summary` replaces the report's public summary."""
    require(by, P.NOTICE_PREPARE, bureau=visit.bureau)
    visit = lock(visit)
    refuse_unless_approved(visit)
    summary = (visit.report.public_summary if summary is None else summary).strip()
    if not summary:
        raise DomainError("请填写向社会公示的检查情况。", field="summary")
    text = content.build(visit, summary=summary)
    return _put_forward(visit, text, version=1, correction_reason="", by=by, now=now)


def refuse_unless_approved(visit: Visit) -> None:
    """Only a result that was approved and is not public yet is put before the public."""
    if visit.state in (VisitState.PUBLISHED, VisitState.ARCHIVED):
        raise DomainError("检查结果已经公示。确有错误的，请打开公示办理更正。")
    if visit.state != VisitState.TO_PUBLISH:
        raise DomainError(f"检查结果的状态是“{visit.get_state_display()}”，审核通过后才能拟定公示。")


@transaction.atomic
def correct(notice: Notice, changes: dict, *, reason: str, by: User, now=None) -> Notice:
    """A new version beside the published one; it is checked and published like the first (000§16).

    `changes`: any of `facility_name`, `results` (codes), `handling` (code or ""), `summary`.
    """
    require(by, P.NOTICE_PREPARE, bureau=notice.bureau)
    visit = lock(notice.visit)
    notice = lock(notice)
    if notice.state != NoticeState.PUBLISHED:
        raise DomainError(f"这份公示的状态是“{notice.get_state_display()}”，只能更正正在公示的内容。")
    if not reason.strip():
        raise DomainError("请写明更正原因，原因将一并向社会公示。", field="reason")
    if "summary" in changes and not changes["summary"].strip():
        raise DomainError("请填写向社会公示的检查情况。", field="summary")
    text = content.changed(notice.content, visit, changes)
    if text == notice.content:
        raise DomainError("内容与正在公示的一样，没有需要更正的地方。", field="summary")
    return _put_forward(
        visit, text, version=notice.version + 1, correction_reason=reason.strip(), by=by, now=now
    )


def _put_forward(visit: Visit, text: dict, *, version: int, correction_reason: str, by: User, now) -> Notice:
    """Stores the text for the second person. Whoever comes second is told so (the caller holds the visit's lock)."""
    content.refuse_personal_data(text, visit, correction_reason=correction_reason)
    values = {
        "content": text,
        "sha256": content.digest(text),
        "correction_reason": correction_reason,
        "prepared_at": now or timezone.now(),
        "prepared_by": by,
    }
    open_one = Notice.objects.select_for_update().filter(visit=visit, state__in=IN_THE_MAKING).first()
    if open_one is None:
        notice = Notice.objects.create(bureau=visit.bureau, visit=visit, version=version, **values)
    elif open_one.state == NoticeState.RETURNED:
        notice = advance(open_one, NoticeState.PREPARED, **values, checked_at=None, checked_by=None)
    else:
        raise DomainError(
            f"这户的公示已由{open_one.prepared_by.display_name}拟定，状态是“{open_one.get_state_display()}”。"
            "请刷新页面，查看最新情况。"
        )
    trail.record(
        "拟定公示更正" if correction_reason else "拟定公示",
        by=by,
        about=notice,
        after={"版本": notice.version, "内容摘要": notice.sha256},
        note=correction_reason,
        now=now,
    )
    return notice


@transaction.atomic
def check(notice: Notice, *, by: User, seen: str = "", now=None) -> Notice:
    """A second person stands for the text (003§12). `seen` is the digest of the text that this person read."""
    require(by, P.NOTICE_CHECK, bureau=notice.bureau)
    notice = lock(notice)
    _refuse_checking_own_work(notice, by)
    if seen and seen != notice.sha256:
        raise DomainError("您复核期间公示内容已经改动。请刷新页面，重新核对后再复核。")
    _refuse_altered_text(notice)
    advance(notice, NoticeState.CHECKED, checked_at=now or timezone.now(), checked_by=by, return_reason="")
    trail.record("复核公示", by=by, about=notice, after={"内容摘要": notice.sha256}, now=now)
    return notice


def why_not_check(notice: Notice, user: User) -> str:
    """Why this person is not the second person for this notice; empty when they are."""
    if notice.prepared_by_id == user.pk:
        return "公示由您拟定，须由另一人复核。"
    if notice.visit.report.written_by_id == user.pk:
        return "检查报告由您编写，须由另一人复核公示。"
    return ""


def _refuse_checking_own_work(notice: Notice, by: User) -> None:
    refusal = why_not_check(notice, by)
    if refusal:
        raise DomainError(refusal)


@transaction.atomic
def send_back(notice: Notice, *, reason: str, by: User, now=None) -> Notice:
    """Back to the one who prepared it, with what is to be mended."""
    require(by, P.NOTICE_CHECK, bureau=notice.bureau)
    notice = lock(notice)
    _refuse_checking_own_work(notice, by)
    reason = reason.replace("\0", "").strip()  # PostgreSQL takes no NUL
    if not reason:
        raise DomainError("请写明退回原因，拟定人据此修改。", field="reason")
    advance(notice, NoticeState.RETURNED, return_reason=reason, checked_at=None, checked_by=None)
    trail.record("退回公示", by=by, about=notice, note=reason, now=now)
    return notice


@transaction.atomic
def publish(notice: Notice, *, by: User, now=None) -> Notice:
    """Puts the checked text before the public; a correction takes the place of the version before it."""
    require(by, P.NOTICE_PREPARE, bureau=notice.bureau)
    visit = lock(notice.visit)
    notice = lock(notice)
    if notice.state == NoticeState.PUBLISHED:
        raise DomainError(f"已由{notice.published_by.display_name}发布，不需要再次发布。")
    _refuse_altered_text(notice)
    content.refuse_personal_data(notice.content, visit, correction_reason=notice.correction_reason)
    if notice.state == NoticeState.CHECKED:
        _make_way(notice, visit)
    advance(notice, NoticeState.PUBLISHED, published_at=now or timezone.now(), published_by=by)
    trail.record(
        "发布公示更正" if notice.correction_reason else "发布公示",
        by=by,
        about=notice,
        after={"版本": notice.version, "内容摘要": notice.sha256},
        now=now,
    )
    return notice


def _make_way(notice: Notice, visit: Visit) -> None:
    """The visit becomes published with its first notice; with a correction the old notice becomes a corrected one."""
    old = Notice.objects.select_for_update().filter(visit=visit, state=NoticeState.PUBLISHED).first()
    if old:
        advance(old, NoticeState.CORRECTED)
    else:
        advance(visit, VisitState.PUBLISHED)


def _refuse_altered_text(notice: Notice) -> None:
    if content.digest(notice.content) != notice.sha256:
        raise DomainError("公示内容与拟定时的摘要不符，可能被改动过。请退回，重新拟定。")
