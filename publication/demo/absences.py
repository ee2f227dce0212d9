"""What the demo's inspectors have besides their places in teams: leave, training, a certificate to renew, a declaration."""

import datetime as dt

from django.utils import timezone

from publication.demo.people import Cast
from registries import certificates, interests, leaves, trainings
from registries.models import Facility, Inspector


def tell(cast: Cast, now: dt.datetime) -> None:
    """After the draws: nothing here changes who was in their pools."""
    by, today = cast["jingban1"], timezone.localdate(now)
    people = list(
        Inspector.objects.filter(bureau=cast.county, user__isnull=False)
        .select_related("user", "bureau")
        .order_by("number")
    )

    def in_days(n: int) -> dt.date:
        return today + dt.timedelta(days=n)

    trainings.record(people, "医疗保障基金使用监督管理条例培训", in_days(-30), 8, "合格", by=by, now=now)
    trainings.record(people[:6], "现场检查文书制作", in_days(-12), 4, by=by, now=now)
    _certificate(people[1], "执业药师资格证", in_days(40), by=by, now=now)
    _certificate(people[4], "注册会计师证", in_days(-5), by=by, now=now)
    leaves.record(people[5], in_days(10), in_days(14), "年休假", by=people[5].user, now=now)
    leaves.record(people[8], in_days(12), in_days(41), "省局跟班学习", by=by, now=now)
    hospital = Facility.objects.filter(bureau=cast.county, kind="specialist_hospital").first()
    # It waits for staff; no draw of the demo has hospitals in its scope.
    interests.declare(people[2], hospital, "在该机构任护士", who="sibling", by=people[2].user, now=now)


def _certificate(inspector: Inspector, kind: str, valid_until: dt.date, *, by, now) -> None:
    values = {"kind": kind, "number": f"演示{inspector.pk:04d}", "valid_until": valid_until}
    certificates.record(inspector, values, by=by, now=now)
