"""Something for the public to see: results of a draw's first visits, written down and published by two people."""

import datetime as dt

from inspections.models import HandlingCode, InspectionReport, ResultCode
from inspections.states import VisitState, advance, lock
from publication import notices
from registries.models import User
from tests.cast import make_user
from tests.factories import NOW
from tests.factories.draws import person

PUBLISHED_ON = NOW + dt.timedelta(days=26)
SUMMARY = "检查组查阅了处方和结算清单，未发现违规使用医疗保障基金的行为。"


def second_person(bureau) -> User:
    found = User.objects.filter(username=f"second.{bureau.code}").first()
    return found or make_user(f"second.{bureau.code}", "某复核", bureau, "staff")


def publish_result(visit, *, results=("nothing_found",), handling=None, summary=SUMMARY, now=PUBLISHED_ON):
    """The visit has ended; its report is approved here by fiat, its notice by the real two people."""
    advance(lock(visit), VisitState.TO_APPROVE)
    visit = advance(lock(visit), VisitState.TO_PUBLISH)
    report = InspectionReport.objects.create(
        visit=visit,
        written_by=person(visit.bureau, "inspector"),
        summary="内部情况说明。",
        public_summary=summary,
        handling=HandlingCode.objects.get(label=handling) if handling else None,
    )
    report.results.set(ResultCode.objects.filter(pk__in=results))
    return through(notices.prepare(visit, by=person(visit.bureau, "staff"), now=now), now)


def correct_result(notice, summary, *, reason="复核后更正", now=PUBLISHED_ON + dt.timedelta(days=10)):
    by = person(notice.bureau, "staff")
    return through(notices.correct(notice, {"summary": summary}, reason=reason, by=by, now=now), now)


def through(notice, now):
    notices.check(notice, by=second_person(notice.bureau), now=now)
    return notices.publish(notice, by=person(notice.bureau, "staff"), now=now)
