"""Somebody is replaced while the record is open: what was found stays, who vouches for it begins anew (C6, D2, D4).

Until the recusal is decided the inspection goes on (行政处罚法 第四十三条), so answers and photos stand; the new team
reads them and signs. Whoever left is on the record as replaced, neither as present nor as a signer.
"""

import datetime as dt

from inspections.models import InspectionRecord, Substitution, TeamMember, Visit
from inspections.states import SubstitutionState, VisitState
from registries import trail
from registries.models import User


def hand_over(visit: Visit, outgoing: TeamMember, *, by: User, now: dt.datetime) -> None:
    """In the substitution's own transaction; the visit is locked by the caller."""
    record = InspectionRecord.objects.select_for_update().filter(visit=visit, closed_at=None).first()
    if record is None or visit.state != VisitState.ON_SITE:
        return
    cleared, _ = record.signatures.all().delete()
    record.present.remove(outgoing.inspector)
    # The newcomer has shown nothing yet (000§10); the moment of the first showing stays on the trail.
    record.certificates_shown_at = record.certificates_shown_by = None
    # Phones that hold the old team's page are told that somebody saved meanwhile.
    record.revision += 1
    record.saved_at, record.saved_by = now, by
    record.save()
    trail.record(
        "检查中途调换，记录移交",
        by=by,
        about=visit,
        before={"检查人员": outgoing.code},
        note=f"清除{cleared}个签名；出示执法证件须重新登记。",
        now=now,
    )


def replaced(record: InspectionRecord) -> list[Substitution]:
    """Whoever left the team after it had arrived, in the order of the approvals."""
    if record.arrived_at is None:
        return []
    found = Substitution.objects.filter(
        visit=record.visit_id, state=SubstitutionState.APPROVED, approved_at__gte=record.arrived_at
    )
    return list(found.select_related("outgoing__inspector").order_by("approved_at", "incoming_id"))
