from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from registries import facilities as verbs
from registries import interests, moves, standing
from registries.access import Permission, in_sight, in_sight_by_key, load, may, requires
from registries.filters import FacilityFilter
from registries.forms.decisions import PurposeForm, ReasonForm
from registries.forms.facilities import AgreementForm, BlacklistForm, FacilityForm, RegradeForm
from registries.histories import History
from registries.models import Facility
from registries.pages import BUREAU_BY_BUREAU
from registries.timeline import Chapter
from registries.views.lists import listing

P = Permission


def _own(request, pk) -> Facility:
    return load(Facility.objects.all(), request.user, change=P.REGISTRY_EDIT, pk=pk)


def _form_page(request, form, facility, heading: str, **context):
    context |= {"form": form, "facility": facility, "heading": heading}
    return render(request, "registries/facility_form.html", context)


@requires(P.REGISTRY_VIEW)
def facilities(request):
    rows = in_sight_by_key(Facility.objects.in_registry().select_related("bureau"), request.user)
    filterset = FacilityFilter(request.GET, rows.order_by(*BUREAU_BY_BUREAU), user=request.user)
    return listing(
        request, "registries/facilities.html", filterset, may_edit=may(request.user, P.REGISTRY_EDIT)
    )


@requires(P.REGISTRY_VIEW)
def facility(request, pk):
    facility = get_object_or_404(
        Facility.objects.select_related(
            "bureau", "blacklisted_by", "moving_to", "merged_into"
        ).prefetch_related("tags"),
        pk=pk,
    )
    history = History(facility, request.user)
    if not history.is_readable:
        raise Http404
    entries = history.entries()
    fields = history.fields(entries)
    chapter = request.GET.get("chapter", "")
    own = facility.bureau_id == request.user.bureau_id and not facility.merged_into_id
    declared = interests.in_force(timezone.localdate()).filter(facility=facility).select_related("inspector")
    context = {
        "facility": facility,
        "history": history,
        "fields": fields,
        "former_names": [past for field in fields if field.name == "name" for past in field.pasts],
        "chapters": [("", "全部"), *Chapter.choices],
        "chapter": chapter,
        "grade_changes": history.grade_changes(),
        "interests": in_sight(declared, request.user, through="inspector__bureau"),
        "timeline": history.events(entries, chapter),
        "may_accept": moves.may_accept(facility, request.user),
        "may_edit": own and may(request.user, P.REGISTRY_EDIT),
        "may_reveal": own and may(request.user, P.PERSONAL_VIEW),
    }
    return render(request, "registries/facility.html", context)


@requires(P.REGISTRY_EDIT)
def create(request):
    form = FacilityForm(request.POST or None)
    if form.carried_out(lambda values: verbs.register(request.user.bureau, values, by=request.user)):
        messages.success(request, f"已登记“{form.outcome}”。")
        return redirect("registries:facility", form.outcome.pk)
    return _form_page(request, form, None, "登记定点医药机构")


@requires(P.REGISTRY_EDIT)
def amend(request, pk):
    facility = _own(request, pk)
    form = FacilityForm(request.POST or None, facility=facility)
    if form.carried_out(
        lambda values: verbs.amend(facility, values, revision=values["revision"], by=request.user)
    ):
        messages.success(request, "修改已保存。")
        return redirect("registries:facility", pk)
    return _form_page(request, form, facility, "修改机构信息")


@requires(P.REGISTRY_EDIT)
def agreement(request, pk):
    facility = _own(request, pk)
    form = AgreementForm(request.POST or None, initial={"status": facility.agreement_status})
    if form.carried_out(lambda values: verbs.change_agreement(facility, **values, by=request.user)):
        messages.success(request, f"协议状态已变更为“{form.outcome.get_agreement_status_display()}”。")
        return redirect("registries:facility", pk)
    return _form_page(request, form, facility, "变更协议状态", effects=_effects(facility))


def _effects(facility: Facility) -> list[tuple]:
    """(label, what it means, is drawn, how to get there from here) of each status."""
    present = facility.agreement_status
    ways = {
        status: "现在" if status == present else "只能更正" if standing.refusal(present, status) else "可变更"
        for status in standing.EFFECTS
    }
    return [
        (status.label, effect.sentence, effect.is_drawn, ways[status])
        for status, effect in standing.EFFECTS.items()
    ]


@requires(P.REGISTRY_EDIT)
def regrade(request, pk):
    facility = _own(request, pk)
    form = RegradeForm(request.POST or None, initial={"grade": facility.grade})
    if form.carried_out(lambda values: verbs.regrade(facility, **values, by=request.user)):
        messages.success(request, f"信用等级已变更为“{form.outcome.get_grade_display()}”。")
        return redirect("registries:facility", pk)
    intro = f"现为“{facility.get_grade_display()}”。新的等级从下一次抽取起决定抽查比例。"
    return _form_page(request, form, facility, "变更信用等级", intro=intro)


@requires(P.REGISTRY_EDIT)
def blacklist(request, pk):
    """Into the blacklist, or out of it when the facility stands in it."""
    facility = _own(request, pk)
    verb = verbs.lift_blacklist if facility.is_blacklisted else verbs.blacklist
    heading = "移出黑名单" if facility.is_blacklisted else "列入黑名单"
    form = (ReasonForm if facility.is_blacklisted else BlacklistForm)(request.POST or None)
    if form.carried_out(lambda values: verb(facility, **values, by=request.user)):
        messages.success(request, f"已{heading}。")
        return redirect("registries:facility", pk)
    intro = "黑名单中的机构即使今年已检查过，也不会从抽取名单中排除。"
    return _form_page(
        request,
        form,
        facility,
        heading,
        intro=intro,
        submit_label=heading,
        danger=not facility.is_blacklisted,
    )


@requires(P.PERSONAL_VIEW)
@never_cache
def reveal(request, pk):
    facility = load(Facility.objects.all(), request.user, change=P.PERSONAL_VIEW, pk=pk)
    form = PurposeForm(request.POST or None)
    if form.carried_out(lambda values: verbs.reveal(facility, **values, by=request.user)):
        shown = [("联系电话", form.outcome)]
        return render(
            request,
            "registries/revealed.html",
            {"subject": facility, "shown": shown, "back": "registries:facility"},
        )
    return _form_page(request, form, facility, "查看联系电话", submit_label="查看并留痕")
