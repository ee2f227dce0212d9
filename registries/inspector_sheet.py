"""What the list of inspectors and one inspector's page show beside the row itself: load, training, interests, papers."""

import datetime as dt
from collections import Counter, defaultdict

from django.db.models import Case, Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from registries import callouts, certificates, interests
from registries.models import Bureau, Certificate, Inspector, Interest, Training


def loads(people: QuerySet[Inspector], year: int) -> Counter:
    """Visits of the year by primary key, as the rooms above count them."""
    total = Counter()
    for answer in callouts.answers("inspector_load", people, year):
        total.update(answer)
    return total


def listed(people: QuerySet[Inspector], *, on: dt.date) -> QuerySet[Inspector]:
    """With `load` and `training_hours` of the year and `standing_interests`, to show and to sort by."""
    by_load = defaultdict(list)
    for pk, visits in loads(people, on.year).items():
        by_load[visits].append(pk)
    whens = [When(pk__in=keys, then=Value(visits)) for visits, keys in by_load.items()]
    return people.annotate(
        load=Case(*whens, default=Value(0)),
        training_hours=_total(Training.objects.filter(held_on__year=on.year), Sum("hours")),
        standing_interests=_total(interests.in_force(on), Count("pk")),
    )


def _total(rows: QuerySet, aggregate) -> Coalesce:
    """By inspector, zero without any."""
    own = rows.filter(inspector=OuterRef("pk")).order_by().values("inspector")
    return Coalesce(Subquery(own.annotate(total=aggregate).values("total")), 0)


def with_papers(people: QuerySet[Inspector]) -> QuerySet[Inspector]:
    """What the columns of the list show: certificates still held, and the items allowed."""
    held = Certificate.objects.filter(removed_at=None, valid_until__isnull=False)
    return people.prefetch_related(
        "allowed_items", Prefetch("certificates", held, to_attr="held_certificates")
    )


def words_in_use(bureau: Bureau) -> list[str]:
    """The specialities as the bureau writes them, to be chosen again rather than written in another way."""
    held = Inspector.objects.filter(bureau__path__startswith=bureau.path)
    return sorted({word for words in held.values_list("qualifications", flat=True) for word in words})


def standing(interest: Interest, on: dt.date) -> tuple[str, str]:
    """The state of a declaration in words, with its tone."""
    if interest.ended_at and interest.ended_at == interest.facility.merged_at:
        return "随机构合并", "neutral"
    if interest.ended_at:
        return ("已解除", "neutral") if interest.confirmed_at else ("不予认定", "neutral")
    if interest.until and interest.until < on:
        return "已过期", "neutral"
    if not interest.confirmed_at:
        return "待核实", "warn"
    return ("尚未开始", "info") if interest.since and interest.since > on else ("须回避", "ok")


def of(inspector: Inspector, *, on: dt.date) -> dict:
    """Everything on one person's page that has rows of its own."""
    declared = inspector.interests.select_related(
        "facility", "declared_by", "confirmed_by", "ended_by"
    ).order_by("-pk")
    trainings = inspector.trainings.all()
    return {
        "interests": [(one, *standing(one, on)) for one in declared],
        "certificates": inspector.certificates.select_related("removed_by").order_by(
            "removed_at", "kind", "pk"
        ),
        "leaves": inspector.leaves.filter(
            Q(ends_on__gte=dt.date(on.year, 1, 1)), cancelled_at=None
        ).select_related("recorded_by"),
        "trainings": trainings,
        "training_hours": sum(one.hours for one in trainings if one.held_on.year == on.year),
        "load": loads(Inspector.objects.filter(pk=inspector.pk), on.year)[inspector.pk],
        "warnings": papers_to_renew(inspector, on=on),
    }


def papers_to_renew(inspector: Inspector, *, on: dt.date) -> list[tuple[str, dt.date, certificates.Validity]]:
    """Name, last day and state of each certificate that ends within sixty days or has ended."""
    papers = [(certificates.LICENCE, inspector.certificate_valid_until)]
    papers += [(str(one), one.valid_until) for one in inspector.certificates.filter(removed_at=None)]
    states = [(name, ends, certificates.validity(ends, on=on)) for name, ends in papers]
    return [paper for paper in states if paper[2] != certificates.Validity.VALID]
