"""Reminders of the two terms: what has come due, claimed once in the ledger, then sent (handbook 4, habit 12).

A reminder is no timer but a row that a scan finds missing, so a fortnight without workers loses none.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone

from inspections.models import TeamMember, Visit
from publication import deadlines
from publication.deadlines import DeadlineKind, DueDate, Stage
from publication.inbox import claim_each, deliver
from publication.models import EmailState, Message, Reminder
from registries import calendar
from registries.access import ROLES, Permission
from registries.models import User

log = logging.getLogger(__name__)

# 督办 and 问责 go to the supervisors too (001三(三)).
ESCALATED = frozenset({Stage.OVERDUE, Stage.ACCOUNTABILITY})
RETRY_FAILED_MAIL_FOR = dt.timedelta(days=3)


@dataclass(frozen=True)
class Due:
    """One stage of one term of a visit that nobody has claimed yet, and one person to be told."""

    visit: Visit
    kind: DeadlineKind
    stage: Stage
    due_date: DueDate
    recipient: User

    @property
    def ledger_key(self) -> tuple:
        return (self.visit.pk, self.kind, self.due_date.date, self.stage, self.recipient.pk)

    @property
    def name_in_logs(self) -> str:
        return f"{self.kind} of visit {self.visit.pk}, {self.stage}"


def due(now: dt.datetime) -> list[Due]:
    """Everything to be reminded of at `now` that is not in the ledger, the earliest due date first."""
    today = timezone.localdate(now)
    register = calendar.register()
    visits = _visits_with_a_running_clock(today)
    recipients = _Recipients(visits)
    found = [
        Due(visit, kind, stage, due_date, recipient)
        for visit in visits
        for kind in deadlines.open_kinds(visit.state)
        for due_date in [deadlines.look(kind, visit.ended_on, today, register, bureau=visit.bureau)]
        for stage in deadlines.stages_reached(due_date.date, today, register)
        for recipient in recipients.of(visit, kind, stage)
    ]
    claimed = set(
        Reminder.objects.filter(visit__in=visits).values_list(
            "visit_id", "deadline", "due_on", "stage", "recipient_id"
        )
    )
    missing = [one for one in found if one.ledger_key not in claimed]
    return sorted(missing, key=lambda one: (one.due_date.date, one.visit.pk))


def _visits_with_a_running_clock(today: dt.date) -> list[Visit]:
    states = frozenset().union(*deadlines.OPEN.values())
    return list(
        Visit.objects.filter(state__in=states, ended_on__lte=today).select_related(
            "bureau", "facility", "draw", "leader__user"
        )
    )


class _Recipients:
    """Who is told, from three queries for all visits together."""

    def __init__(self, visits: list[Visit]):
        bureaus = {visit.bureau_id for visit in visits}
        self.staff = holders(bureaus, Permission.NOTICE_PREPARE)
        self.supervisors = holders(bureaus, Permission.REPORT_APPROVE)
        self.members: dict[int, list[User]] = defaultdict(list)
        active = TeamMember.objects.filter(
            visit__in=visits, is_active=True, inspector__user__is_active=True
        ).select_related("inspector__user")
        for member in active:
            self.members[member.visit_id].append(member.inspector.user)

    def of(self, visit: Visit, kind: DeadlineKind, stage: Stage) -> list[User]:
        told = self._responsible(visit) if kind == DeadlineKind.REPORT else self.staff[visit.bureau_id]
        if stage in ESCALATED:
            told = [*told, *self.supervisors[visit.bureau_id]]
        return list(dict.fromkeys(told))

    def _responsible(self, visit: Visit) -> list[User]:
        """The leader; without an account the members who have one; without any the bureau's staff."""
        leader = visit.leader.user if visit.leader else None
        if leader and leader.is_active:
            return [leader]
        return self.members[visit.pk] or self.staff[visit.bureau_id]


def holders(bureaus: Iterable[int], permission: Permission) -> dict[int, list[User]]:
    """The active users of each bureau who hold the permission."""
    roles = [role for role, definition in ROLES.items() if permission in definition.permissions]
    holders = User.objects.filter(bureau__in=bureaus, is_active=True, role_grants__role__in=roles)
    found: dict[int, list[User]] = defaultdict(list)
    for user in holders.distinct().order_by("pk"):
        found[user.bureau_id].append(user)
    return found


def claim(now: dt.datetime) -> list[Reminder]:
    return claim_each(due(now), lambda one: _enter(one, now))


def _enter(one: Due, now: dt.datetime) -> Reminder:
    title = f"{one.stage.label}：{one.visit.facility.name}{STEP[one.kind]}"
    link = reverse("inspections:visit", args=[one.visit.pk])
    message = deliver(one.recipient, title, _body(one), link=link, now=now)
    return Reminder.objects.create(
        visit=one.visit,
        deadline=one.kind,
        due_on=one.due_date.date,
        stage=one.stage,
        recipient=one.recipient,
        message=message,
        claimed_at=now,
    )


STEP = {DeadlineKind.REPORT: "完成检查报告", DeadlineKind.PUBLICATION: "公示检查结果"}


def _body(one: Due) -> str:
    visit, due_date = one.visit, one.due_date
    provisional = "（暂定）" if due_date.provisional else ""
    return (
        f"{one.recipient.display_name}：\n"
        f"{visit.reference}“{visit.facility.name}”（{visit.facility.insurance_code}）"
        f"须{STEP[one.kind]}，期限为{due_date.date}{provisional}，{_what_is_left(due_date)}。"
        f"现在的状态是“{visit.get_state_display()}”。\n{due_date.explanation}"
    )


def _what_is_left(due_date: DueDate) -> str:
    if due_date.workdays_left < 0:
        return f"已逾期{-due_date.workdays_left}个工作日"
    return f"还剩{due_date.workdays_left}个工作日" if due_date.workdays_left else "期限已到"


def send(now: dt.datetime) -> list[Message]:
    """E-mails what waits; those tried, with how it went. Failed ones are tried again at each scan for three days.

    A message left SENDING by a worker that was killed may have gone out: it is shown as such and never sent again.
    """
    waiting = Message.objects.filter(email_state=EmailState.WAITING)
    failed = Message.objects.filter(
        email_state=EmailState.FAILED, created_at__gte=now - RETRY_FAILED_MAIL_FOR
    )
    tried = []
    for message in (waiting | failed).select_related("user").order_by("pk"):
        if _win(message):
            message.email_state = EmailState.SENT if _mail(message) else EmailState.FAILED
            message.save(update_fields=["email_state"])
            tried.append(message)
    return tried


def _win(message: Message) -> bool:
    """Of several workers, whoever changes the row first sends it."""
    still = Message.objects.filter(pk=message.pk, email_state=message.email_state)
    return still.update(email_state=EmailState.SENDING) == 1


def _mail(message: Message) -> bool:
    link = f"\n\n{settings.SITE_ADDRESS.rstrip('/')}{message.link}" if message.link else ""
    try:
        send_mail(message.title, f"{message.body}{link}", None, [message.user.email])
    except (SMTPException, OSError) as problem:
        # A refusal repeats the address, which is somebody's: its kind and code say enough.
        code = getattr(problem, "smtp_code", "") or getattr(problem, "errno", "") or "no code"
        log.warning("Message %s could not be mailed: %s (%s)", message.pk, type(problem).__name__, code)
        return False
    return True
