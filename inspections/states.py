"""One table says what may follow what; `advance` is the only way from one state to the next (handbook 4, habit 3)."""

from django.db import models

from registries.errors import DomainError


class PlanState(models.TextChoices):
    DRAFT = "draft", "编制中"
    SUBMITTED = "submitted", "待审批"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "待公布"
    PUBLISHED = "published", "已公布"
    SUPERSEDED = "superseded", "已被调整替代"


class DrawState(models.TextChoices):
    SEALED = "sealed", "已封存"
    HELD = "held", "已抽取"
    VOIDED = "voided", "已作废"


class VisitState(models.TextChoices):
    """A visit and its result share one line of states; the second half is handbook 3, "Result states"."""

    ASSIGNED = "assigned", "待检查"
    ON_SITE = "on_site", "检查中"
    TO_REPORT = "to_report", "待录入"
    TO_APPROVE = "to_approve", "待审核"
    RETURNED = "returned", "已退回"
    TO_PUBLISH = "to_publish", "待公示"
    PUBLISHED = "published", "已公示"
    ARCHIVED = "archived", "已归档"
    CANCELLED = "cancelled", "已取消"


class SubstitutionState(models.TextChoices):
    REQUESTED = "requested", "待审批"
    APPROVED = "approved", "已调换"
    REFUSED = "refused", "未同意"


class LoanState(models.TextChoices):
    ASKED = "asked", "待答复"
    LENT = "lent", "已借调"
    DECLINED = "declined", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"


class ClueState(models.TextChoices):
    REGISTERED = "registered", "待研判"
    TO_APPROVE = "to_approve", "待审批"
    INSPECTING = "inspecting", "检查中"
    DRAWING = "drawing", "定向抽查中"
    CLOSED = "closed", "已办结"


# A table for each kind of state: members of two enumerations with the same value are equal as dictionary keys.
ALLOWED = {
    PlanState: {
        PlanState.DRAFT: {PlanState.SUBMITTED},
        PlanState.SUBMITTED: {PlanState.APPROVED, PlanState.RETURNED},
        PlanState.RETURNED: {PlanState.SUBMITTED},
        PlanState.APPROVED: {PlanState.PUBLISHED},
        PlanState.PUBLISHED: {PlanState.SUPERSEDED},
        PlanState.SUPERSEDED: set(),
    },
    DrawState: {
        DrawState.SEALED: {DrawState.HELD, DrawState.VOIDED},
        DrawState.HELD: {DrawState.VOIDED},
        DrawState.VOIDED: set(),
    },
    VisitState: {
        VisitState.ASSIGNED: {VisitState.ON_SITE, VisitState.CANCELLED},
        VisitState.ON_SITE: {VisitState.TO_REPORT, VisitState.CANCELLED},
        VisitState.TO_REPORT: {VisitState.TO_APPROVE},
        VisitState.TO_APPROVE: {VisitState.TO_PUBLISH, VisitState.RETURNED},
        VisitState.RETURNED: {VisitState.TO_APPROVE},
        VisitState.TO_PUBLISH: {VisitState.PUBLISHED},
        VisitState.PUBLISHED: {VisitState.ARCHIVED},
        VisitState.ARCHIVED: set(),
        VisitState.CANCELLED: set(),
    },
    ClueState: {
        # Closed without an inspection when there is nothing in it; an inspection that is over closes it, too.
        ClueState.REGISTERED: {ClueState.TO_APPROVE, ClueState.CLOSED},
        ClueState.TO_APPROVE: {ClueState.INSPECTING, ClueState.DRAWING, ClueState.REGISTERED},
        ClueState.INSPECTING: {ClueState.CLOSED},
        # Proposed anew when its draw left its facility out.
        ClueState.DRAWING: {ClueState.TO_APPROVE, ClueState.CLOSED},
        ClueState.CLOSED: set(),
    },
    SubstitutionState: {
        SubstitutionState.REQUESTED: {SubstitutionState.APPROVED, SubstitutionState.REFUSED},
        SubstitutionState.APPROVED: set(),
        SubstitutionState.REFUSED: set(),
    },
    LoanState: {
        # Withdrawn when the substitution itself is returned, or asked anew as whoever asked may approve no more.
        LoanState.ASKED: {LoanState.LENT, LoanState.DECLINED, LoanState.WITHDRAWN},
        LoanState.LENT: set(),
        LoanState.DECLINED: set(),
        LoanState.WITHDRAWN: set(),
    },
}

# The visit itself is over: its end date stands and its record is closed.
ENDED = (
    VisitState.TO_REPORT,
    VisitState.TO_APPROVE,
    VisitState.RETURNED,
    VisitState.TO_PUBLISH,
    VisitState.PUBLISHED,
    VisitState.ARCHIVED,
)


def lock(instance):
    """The same row, read again under a row lock: what two people decide at once is decided one after the other."""
    return type(instance).objects.select_for_update().get(pk=instance.pk)


def advance(locked, state, **fields):
    """Moves a row that the caller has locked to `state`, or raises when that state may not follow the present one."""
    present = type(state)(locked.state)
    if state not in ALLOWED[type(state)][present]:
        raise DomainError(
            f"现在的状态是“{present.label}”，不能变为“{state.label}”。请刷新页面，查看最新情况。"
        )
    locked.state = state
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save(update_fields=["state", *fields])
    return locked
