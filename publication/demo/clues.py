"""Two clues at the demo bureau: one that waits to be looked into, one approved and given to two inspectors."""

import datetime as dt

from django.utils import timezone

from inspections import approvals, clues, teams
from inspections.models import ApprovalOutcome, Visit
from publication.demo.people import Cast
from registries.models import Facility, ItemVersion


def tell(cast: Cast, item: ItemVersion, now: dt.datetime) -> None:
    """After the draws, whose pools they do not touch."""
    hospitals = Facility.objects.filter(
        bureau=cast.county, agreement_status="active", kind="general_hospital"
    )
    inspected, other = hospitals.order_by("insurance_code")[:2]
    _register(cast, other, "monitoring", "结算数据监测：同一科室住院天数连续两个月明显高于同级机构。", now)
    clue = _register(cast, inspected, "complaint", "反映三月以来对住院患者重复收取同一护理项目费用。", now)
    errand = {
        "way": "direct",
        "items": [item],
        "ends_on": timezone.localdate(now) + dt.timedelta(days=20),
        "team_size": 2,
        "qualification": "",
        "cap_ground": "",
        "method": "实地检查",
    }
    approval = clues.propose(clue, errand, by=cast["jingban2"], now=now)
    approvals.decide(approval, ApprovalOutcome.APPROVED, by=cast["lingdao1"], reason="同意检查。", now=now)
    visit = Visit.objects.get(clue=clue)
    teams.assign(visit, teams.eligible(visit).order_by("number")[:2], by=cast["jingban1"], now=now)


def _register(cast: Cast, facility: Facility, source: str, content: str, now: dt.datetime):
    received_on = timezone.localdate(now) - dt.timedelta(days=2)
    values = {"source": source, "content": content, "facility": facility, "received_on": received_on}
    return clues.register(cast.county, values, by=cast["jingban1"], now=now - dt.timedelta(hours=2))
