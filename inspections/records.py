"""A record that is still being filled in: who may write in it, and the row lock under which they do."""

from django.core.exceptions import PermissionDenied

from inspections.models import InspectionRecord
from inspections.states import VisitState, lock
from registries.access import Permission, require
from registries.errors import DomainError
from registries.models import Inspector
from registries.models.people import InspectorKind, InspectorStatus


def membership(visit, user):
    """The user's active place in the visit's team, or None."""
    return visit.members.filter(is_active=True, inspector__user=user).first()


def require_member(visit, user) -> None:
    """Membership decides, not the bureau: somebody lent by another one fills in as well."""
    require(user, Permission.RECORD_FILL)
    member = membership(visit, user)
    if member is None:
        raise PermissionDenied("您不是本次检查的检查组成员，只能查看，不能填写。")
    refuse_unless_accepted(visit, member)


def has_accepted(visit, user) -> bool:
    """Whether this member of the team may begin: where the bureau keeps the facility's name, only who has accepted."""
    return not visit.bureau.names_hidden or membership(visit, user).accepted_at is not None


def refuse_unless_accepted(visit, member) -> None:
    """Where the bureau keeps the facility's name until then."""
    if visit.bureau.names_hidden and member.accepted_at is None:
        raise DomainError("您还没有接受这项检查任务。请先在检查任务页面接受；不能参加的，请申请调换。")


def team(visit):
    """The inspectors who now hold a place, the first place first."""
    return [member.inspector for member in visit.members.filter(is_active=True).select_related("inspector")]


def may_lead(visit):
    """组长 comes from those who were drawn (002§16): somebody lent leads only where nobody else is left."""
    members = list(visit.members.filter(is_active=True).select_related("inspector").order_by("place"))
    drawn = [member for member in members if not member.is_lent]
    return [member.inspector for member in drawn or members]


def companions(visit):
    """Everybody who may be recorded as present: the team, and experts, who assist (000§9)."""
    members = Inspector.objects.filter(memberships__visit=visit, memberships__is_active=True)
    experts = Inspector.objects.filter(
        bureau=visit.bureau, kind=InspectorKind.EXPERT, status=InspectorStatus.ACTIVE
    )
    return (members | experts).distinct()


def lock_open(record: InspectionRecord, *, by) -> InspectionRecord:
    """The record under a row lock, or a refusal. Every verb that writes into a record begins here."""
    require_member(record.visit, by)
    locked = lock(record)
    refuse_when_closed(locked)
    if locked.visit.state != VisitState.ON_SITE:
        raise DomainError(f"检查任务现在是“{locked.visit.get_state_display()}”，不能填写现场检查记录。")
    return locked


def refuse_when_closed(record: InspectionRecord) -> None:
    if record.closed_at is not None:
        raise DomainError("现场检查记录已经办结，内容不能再改。")


def refuse_when_signed(record: InspectionRecord) -> None:
    """A signature vouches for what the signer read."""
    if record.signatures.exists():
        raise DomainError("已有人在记录上签名，内容不能再改。确需修改的，请先清除签名，改好后重新签名。")
