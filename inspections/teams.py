"""The team of a visit: who goes by direct assignment, who leads, when (000§7(四), 002§16)."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from inspections import staffing
from inspections.models import Assignment, SubstitutionReason, TeamMember, Visit
from inspections.records import may_lead, membership, refuse_unless_accepted, team
from inspections.sealing import IN, InspectorRow
from inspections.states import VisitState, lock
from registries import certificates, interests, leaves, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import Inspector
from registries.models.people import InspectorKind

UNDER_WAY = (VisitState.ASSIGNED, VisitState.ON_SITE)
LEADER_MAY_CHANGE = (*UNDER_WAY, VisitState.TO_REPORT, VisitState.RETURNED)


def eligible(visit: Visit):
    """Inspectors who may be sent to the facility. Whom the seal left out fails in the evidence file.

    Whoever could no longer be in the pool, was made an expert or took an interest since the seal stays at home as well.
    """
    return fit(Inspector.objects.filter(pk__in=_listed(visit)), visit)


def fit(people, visit: Visit):
    """Those of them who can go to this visit: staffing's rules, and no interest in the facility."""
    asked = staffing.call_of(visit)
    people = people.filter(kind=InspectorKind.INSPECTOR).exclude(
        pk__in=_interested(visit, asked.first, asked.last)
    )
    standings = staffing.standings(people, asked)
    return people.filter(pk__in=[pk for pk, standing in standings.items() if standing == IN])


def lapsing(today: dt.date):
    """Places in teams that have yet to go, whose holder's 执法证 does not hold on the day: the planned one, or today."""
    certificate = "inspector__certificate_"
    ends, begins = f"{certificate}valid_until", f"{certificate}issued_on"
    planned = Q(visit__planned_on__gt=today)
    lapsed = (
        Q(**{f"{certificate}number": ""})
        | Q(**{f"{ends}__lt": today})
        | planned
        & (Q(**{f"{ends}__lt": F("visit__planned_on")}) | Q(**{f"{begins}__gt": F("visit__planned_on")}))
        | ~planned & Q(**{f"{begins}__gt": today})
    )
    return TeamMember.objects.filter(lapsed, is_active=True, visit__state=VisitState.ASSIGNED)


def way_out(visit: Visit, reason: SubstitutionReason) -> str:
    """How somebody who cannot go is replaced, in words: only a draw has a next card (substitutions.request)."""
    return f"申请调换，原因选“{reason.label}”" if visit.draw_id else "由经办人员更换检查人员"


def require_certificates(visit: Visit, day: dt.date) -> None:
    """Whoever cannot show a certificate that holds inspects nothing (000§10)."""
    if lapsed := [one.name for one in team(visit) if not certificates.held_by(one, on=day)]:
        swap = way_out(visit, SubstitutionReason.POST_CHANGE)
        raise DomainError(
            f"{'、'.join(lapsed)}的执法证在{day}无效，不能参加检查。请另选日期，或者{swap}。",
            field="planned_on",
        )


def assign(visit: Visit, inspectors, *, by, now=None) -> Visit:
    """直接选派: sends chosen inspectors to a visit whose task says so. Later changes go through 调换.

    Where nothing was drawn there is no next card either: staff choose anew until the visit begins, and it is told whom
    they had chosen before.
    """
    require(by, Permission.DRAW_OPERATE, bureau=visit.bureau)
    chosen = list(dict.fromkeys(inspectors))
    with transaction.atomic():
        locked = lock(visit)
        listed = _listed(locked)
        _require_assignable(locked, chosen, listed)
        needed = locked.errand.qualification
        # Whoever brings the qualification takes the first place, as in a draw, and is proposed as leader (002§16).
        chosen.sort(key=lambda one: bool(needed) and not listed[one.pk].holds(needed))
        former = locked.members.filter(is_active=True)
        before = list(former.values_list("code", flat=True))
        former.update(is_active=False)
        TeamMember.objects.bulk_create(
            TeamMember(visit=locked, place=place, inspector=one, code=listed[one.pk].code)
            for place, one in enumerate(chosen, 1)
        )
        locked.leader = chosen[0]
        locked.save(update_fields=["leader"])
        trail.record(
            "更换直接选派的检查人员" if before else "直接选派检查人员",
            by=by,
            about=locked,
            before={"检查人员": before} if before else {},
            after={"检查人员": [listed[one.pk].code for one in chosen], "组长": listed[chosen[0].pk].code},
            now=now,
        )
    return locked


def choose_leader(visit: Visit, inspector: Inspector, *, by, now=None) -> Visit:
    """组长 comes from those who were drawn (002§16)."""
    require(by, Permission.DRAW_OPERATE, bureau=visit.bureau)
    with transaction.atomic():
        locked = lock(visit)
        if locked.state not in LEADER_MAY_CHANGE:
            raise DomainError(f"检查任务现在是“{locked.get_state_display()}”，不能再更换组长。")
        if inspector not in team(locked):
            raise DomainError("组长只能从检查组现有成员中确定。", field="leader")
        if inspector not in may_lead(locked):
            raise DomainError("组长从抽中的检查人员中确定，借调人员不担任组长。", field="leader")
        if locked.leader_id == inspector.pk:
            return locked
        before, locked.leader = locked.leader, inspector
        locked.save(update_fields=["leader"])
        trail.record(
            "确定检查组组长",
            by=by,
            about=locked,
            before={"组长": before.number if before else None},
            after={"组长": inspector.number},
            now=now,
        )
    return locked


def accept(visit: Visit, *, by, now=None) -> TeamMember:
    """接受任务, each member for themselves; from then on they are told where the visit goes. Said again, nothing happens."""
    require(by, Permission.RECORD_FILL)
    with transaction.atomic():
        locked = lock(visit)
        member = membership(locked, by)
        if member is None:
            raise PermissionDenied("只有本次检查的检查组成员可以接受任务。")
        if member.accepted_at:
            return member
        if locked.state not in UNDER_WAY:
            raise DomainError(f"检查任务现在是“{locked.get_state_display()}”，不需要再接受。")
        member.accepted_at = now or timezone.now()
        member.save(update_fields=["accepted_at"])
        trail.record("接受检查任务", by=by, about=locked, after={"检查人员": member.code}, now=now)
    return member


def schedule(visit: Visit, planned_on: dt.date, *, by, now=None) -> Visit:
    """Sets the day, between the draw and the end of the task, on which every member can go."""
    require(by, Permission.DRAW_OPERATE, bureau=visit.bureau)
    with transaction.atomic():
        locked = lock(visit)
        if locked.state != VisitState.ASSIGNED:
            raise DomainError(f"检查任务现在是“{locked.get_state_display()}”，不能再改计划检查日期。")
        _require_sensible_day(locked, planned_on)
        _require_everybody(locked, planned_on)
        if locked.planned_on == planned_on:
            return locked
        before, locked.planned_on = locked.planned_on, planned_on
        locked.save(update_fields=["planned_on"])
        trail.record(
            "安排检查日期",
            by=by,
            about=locked,
            before={"计划检查日期": str(before) if before else None},
            after={"计划检查日期": str(planned_on)},
            now=now,
        )
    return locked


def contact(visit: Visit, *, by, now=None) -> str:
    """The facility's phone in clear, for its team while the visit is under way. Looking leaves a trace."""
    require(by, Permission.RECORD_FILL)
    with transaction.atomic():
        locked = lock(visit)
        member = membership(locked, by)
        if member is None:
            raise PermissionDenied("只有本次检查的检查组成员可以查看机构的联系电话。")
        refuse_unless_accepted(locked, member)
        if locked.state not in UNDER_WAY:
            raise DomainError(
                f"检查任务现在是“{locked.get_state_display()}”，不再需要联系机构，电话不再显示。"
            )
        if not locked.facility.phone:
            raise DomainError("检查对象名录库中没有这家机构的联系电话，请向经办人员了解。")
        trail.record("查看机构联系电话", by=by, about=locked, note="用途：现场检查联系", now=now)
    return locked.facility.phone


def _listed(visit) -> dict[int, InspectorRow]:
    """Who may be sent to this facility, by key: of a draw those on its sealed roster, else whomever the bureau has."""
    if not visit.draw_id:
        people = Inspector.objects.filter(bureau=visit.bureau_id, kind=InspectorKind.INSPECTOR)
        return {one.pk: InspectorRow.of(one.number, one.qualifications, IN) for one in people}
    recused = visit.draw.recusals.filter(facility_code=visit.code).values("inspector_code")
    rows = visit.draw.inspectors.filter(status=IN).exclude(code__in=recused)
    return {
        inspector: InspectorRow(*row)
        for inspector, *row in rows.values_list("inspector", "code", "qualifications", "status")
    }


def _interested(visit, first: dt.date, last: dt.date):
    return interests.in_force(first, through=last).filter(facility=visit.facility_id).values("inspector")


def _require_assignable(visit, chosen, listed):
    errand = visit.errand
    if errand.assignment != Assignment.ASSIGNED:
        raise DomainError("这项任务的检查人员由随机抽取产生，不能直接选派。")
    if visit.state != VisitState.ASSIGNED:
        raise DomainError(f"检查任务现在是“{visit.get_state_display()}”，不能选派检查人员。")
    if visit.draw_id and visit.members.exists():
        raise DomainError("已经选派了检查人员。确需更换的，请申请调换。")
    if len(chosen) < errand.team_size:
        raise DomainError(
            f"检查组不得少于{errand.team_size}人，现在选了{len(chosen)}人。", field="inspectors"
        )
    allowed = set(eligible(visit).values_list("pk", flat=True))
    barred = "、".join(one.name for one in chosen if one.pk not in allowed)
    if barred:
        raise DomainError(
            f"{barred}不能选派：须为封存名册内（不经抽取的，为本局名录内）、现仍在库、执法证当日有效、当日不请假、可以检查这些事项和区域、与该机构没有利害关系的执法检查人员。",
            field="inspectors",
        )
    if errand.qualification and not any(listed[one.pk].holds(errand.qualification) for one in chosen):
        raise DomainError(f"检查组至少一人须具备“{errand.qualification}”专业。", field="inspectors")


def _require_sensible_day(visit, day):
    given_on, ends_on = timezone.localdate(visit.given_at), visit.errand.ends_on
    if day < given_on:
        made = "抽取" if visit.draw_id else "检查任务产生"
        raise DomainError(f"计划检查日期不能早于{made}日期{given_on}。", field="planned_on")
    if day > ends_on:
        remedy = "" if visit.clue_id else "确需延后的，请先调整年度计划。"
        raise DomainError(f"计划检查日期不能晚于任务结束日期{ends_on}。{remedy}", field="planned_on")


def _require_everybody(visit, day):
    """Whoever cannot go that day is named with the way out."""
    members = team(visit)
    require_certificates(visit, day)
    recused = _interested(visit, day, day).filter(inspector__in=members)
    if named := "、".join(recused.values_list("inspector__name", flat=True)):
        raise DomainError(
            f"{named}申报了与这家机构的利害关系，须回避。请{way_out(visit, SubstitutionReason.RECUSAL)}。",
            field="planned_on",
        )
    absent = leaves.on(day).filter(inspector__in=members).select_related("inspector")
    if named := "、".join(f"{one.inspector.name}（至{one.ends_on}）" for one in absent):
        raise DomainError(
            f"{named}那天请假。请另选日期，或者{way_out(visit, SubstitutionReason.WORK_CONFLICT)}。",
            field="planned_on",
        )
