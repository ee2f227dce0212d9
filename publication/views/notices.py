"""公示: the list, the page on which the second person decides, and the forms that lead there."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from inspections.models import ORIGINS, InspectionReport, Visit
from inspections.states import VisitState
from publication import content, deadlines
from publication import notices as domain
from publication.deadlines import DeadlineKind
from publication.forms.notices import CorrectForm, NoticeFilter, PrepareForm
from publication.models import Notice, NoticeState
from registries import calendar, trail
from registries.access import Permission, in_sight, load, may, requires
from registries.errors import DomainError

P = Permission
ROWS = 25
TONES = {
    NoticeState.PREPARED: "info",
    NoticeState.RETURNED: "danger",
    NoticeState.CHECKED: "warn",
    NoticeState.PUBLISHED: "ok",
    NoticeState.CORRECTED: "neutral",
}


def _notices():
    return Notice.objects.select_related(
        "bureau", "visit__facility", "visit__bureau", "visit__draw", "visit__report",
        "prepared_by", "checked_by", "published_by",
    )  # fmt: skip


@requires(P.NOTICE_VIEW)
def notices(request):
    form = NoticeFilter(request.GET)
    found = form.apply(in_sight(_notices(), request.user)).order_by("-prepared_at", "-pk")
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    visits = in_sight(_visits_without_notice(), request.user)
    to_prepare = list(visits.order_by("ended_on", "pk")[:ROWS])
    _add_due_dates([*to_prepare, *(notice.visit for notice in page)])
    for visit in to_prepare:
        visit.may_prepare = visit.bureau_id == request.user.bureau_id and may(request.user, P.NOTICE_PREPARE)
    for notice in page:
        notice.tone = TONES[notice.state]
    return render(
        request,
        "publication/notices.html",
        {"form": form, "page": page, "to_prepare": to_prepare, "to_prepare_total": visits.count()},
    )


def _visits_without_notice():
    return Visit.objects.filter(state=VisitState.TO_PUBLISH, notices__isnull=True).select_related(
        "facility", "bureau", "draw"
    )


def _add_due_dates(visits) -> None:
    today, register = timezone.localdate(), calendar.register()
    for visit in visits:
        visit.due = deadlines.running(DeadlineKind.PUBLICATION, visit, today, register)


@requires(P.NOTICE_VIEW)
def notice(request, pk):
    found = load(_notices(), request.user, pk=pk)
    _add_due_dates([found.visit])
    versions = list(Notice.objects.filter(visit=found.visit).order_by("-version"))
    before = next((one for one in versions if one.version == found.version - 1), None)
    return render(
        request,
        "publication/notice.html",
        {
            "notice": found,
            "tone": TONES[found.state],
            "facts": content.facts(found.content),
            "versions": versions,
            "changes": content.differences(before.content, found.content) if before else [],
            "timeline": [
                {"at": entry.at, "actor": entry.actor_name, "text": entry.event, "note": entry.note}
                for entry in trail.about(found)
            ],
            **_what_may_be_done(found, request.user),
        },
    )


def _what_may_be_done(notice: Notice, user) -> dict:
    own = notice.bureau_id == user.bureau_id
    may_prepare, may_check = own and may(user, P.NOTICE_PREPARE), own and may(user, P.NOTICE_CHECK)
    refusal = domain.why_not_check(notice, user) if may_check else ""
    deciding = notice.state == NoticeState.PREPARED and may_check
    return {
        "may_decide": deciding and not refusal,
        "why_not": refusal if deciding else "",
        # The digest of the text on this page: a text that changed meanwhile is not checked unread.
        "check_url": f"{reverse('notice_check', args=[notice.pk])}?seen={notice.sha256}",
        "may_publish": notice.state == NoticeState.CHECKED and may_prepare,
        "may_withdraw_check": notice.state == NoticeState.CHECKED and may_check and not refusal,
        "may_prepare_again": notice.state == NoticeState.RETURNED and may_prepare,
        "again_url": _again_url(notice),
        "may_correct": notice.state == NoticeState.PUBLISHED and may_prepare,
    }


def _again_url(notice: Notice) -> str:
    """A returned correction is made anew from the notice that it corrects."""
    published = Notice.objects.filter(visit=notice.visit, state=NoticeState.PUBLISHED).first()
    if published:
        return reverse("notice_correct", args=[published.pk])
    return reverse("notice_prepare", args=[notice.visit_id])


@requires(P.NOTICE_PREPARE)
def notice_prepare(request, pk):
    """Of one visit, by the visit's number."""
    visits = Visit.objects.select_related("facility", "bureau", *ORIGINS)
    visit = load(visits, request.user, change=P.NOTICE_PREPARE, pk=pk)
    domain.refuse_unless_approved(visit)
    report = get_object_or_404(InspectionReport.objects.select_related("handling"), visit=visit)
    returned = Notice.objects.filter(visit=visit, state=NoticeState.RETURNED).first()
    summary = returned.content["summary"] if returned else report.public_summary
    form = PrepareForm(request.POST or None, initial={"summary": summary})
    if form.is_valid():
        try:
            made = domain.prepare(visit, by=request.user, summary=form.cleaned_data["summary"])
        except DomainError as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, "公示已拟定，请另一人复核。")
            return redirect("notice", made.pk)
    _add_due_dates([visit])
    return render(
        request,
        "publication/notice_prepare.html",
        {
            "visit": visit,
            "report": report,
            "returned": returned,
            "form": form,
            "facts": [
                (label, text) for label, text in content.facts(content.build(visit, summary="")) if text
            ],
        },
    )


@requires(P.NOTICE_PREPARE)
def notice_correct(request, pk):
    published = load(_notices(), request.user, change=P.NOTICE_PREPARE, pk=pk)
    if published.state != NoticeState.PUBLISHED:
        return redirect("notice", pk)
    form = CorrectForm(request.POST or None, published)
    if form.is_valid():
        try:
            made = domain.correct(
                published, form.changes(), reason=form.cleaned_data["reason"], by=request.user
            )
        except DomainError as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, "更正已拟定，请另一人复核；发布以前，公众看到的仍是原内容。")
            return redirect("notice", made.pk)
    return render(request, "publication/notice_correct.html", {"notice": published, "form": form})


@requires(P.NOTICE_CHECK)
@require_POST
def notice_check(request, pk):
    found = load(_notices(), request.user, change=P.NOTICE_CHECK, pk=pk)
    domain.check(found, by=request.user, seen=request.GET.get("seen", ""))
    messages.success(request, "已复核，经办人员可以发布。")
    return redirect("notice", pk)


@requires(P.NOTICE_CHECK)
@require_POST
def notice_return(request, pk):
    found = load(_notices(), request.user, change=P.NOTICE_CHECK, pk=pk)
    domain.send_back(found, reason=request.POST.get("reason", "")[:300], by=request.user)
    messages.success(request, "已退回，拟定人将在工作台看到。")
    return redirect("notice", pk)


@requires(P.NOTICE_PREPARE)
@require_POST
def notice_publish(request, pk):
    found = load(_notices(), request.user, change=P.NOTICE_PREPARE, pk=pk)
    domain.publish(found, by=request.user)
    messages.success(request, "已向社会公示。")
    return redirect("notice", pk)
