from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from registries import inspector_sheet, timeline
from registries import inspectors as verbs
from registries.access import Permission, in_sight, load, may, requires
from registries.errors import DomainError
from registries.forms.decisions import PurposeForm
from registries.forms.inspectors import AccountLinkForm, InspectorFilter, InspectorForm, StatusForm
from registries.models import Inspector
from registries.models.people import InspectorStatus
from registries.views.lists import listing

P = Permission
MOVES = {
    InspectorStatus.SUSPENDED: verbs.suspend,
    InspectorStatus.ACTIVE: verbs.bring_back,
    InspectorStatus.RETIRED: verbs.retire,
}


def own(request, pk) -> Inspector:
    return load(Inspector.objects.all(), request.user, change=P.REGISTRY_EDIT, pk=pk)


def visible(request, pk) -> Inspector:
    """Inspectors without a role that reads the registry see their own page."""
    rows = Inspector.objects.select_related("bureau", "user")
    if not may(request.user, P.REGISTRY_VIEW):
        rows = rows.filter(user=request.user)
    return load(rows, request.user, pk=pk)


def form_page(request, form, inspector, heading: str, **context):
    context |= {"form": form, "inspector": inspector, "heading": heading}
    return render(request, "registries/inspector_form.html", context)


@requires(P.REGISTRY_VIEW)
def inspectors(request):
    rows = inspector_sheet.with_papers(Inspector.objects.select_related("bureau")).order_by("number")
    filterset = InspectorFilter(request.GET, in_sight(rows, request.user), user=request.user)
    context = {
        "may_edit": may(request.user, P.REGISTRY_EDIT),
        "words": inspector_sheet.words_in_use(request.user.bureau),
        "today": timezone.localdate(),
    }
    return listing(request, "registries/inspectors.html", filterset, **context)


@requires(P.REGISTRY_VIEW, P.RECORD_FILL)
def inspector(request, pk):
    inspector = visible(request, pk)
    today, mine = timezone.localdate(), verbs.is_self(inspector, request.user)
    own_bureau = inspector.bureau_id == request.user.bureau_id
    may_edit = own_bureau and may(request.user, P.REGISTRY_EDIT)
    context = {
        "inspector": inspector,
        **inspector_sheet.of(inspector, on=today),
        "timeline": timeline.of(inspector),
        "may_edit": may_edit,
        "may_declare": may_edit or mine,
        "mine": mine,
        "may_reveal": own_bureau and may(request.user, P.PERSONAL_VIEW),
        "today": today,
    }
    return render(request, "registries/inspector.html", context)


@requires(P.REGISTRY_EDIT)
def create(request):
    form = InspectorForm(request.POST or None, bureau=request.user.bureau)
    if form.carried_out(lambda values: verbs.register(request.user.bureau, values, by=request.user)):
        messages.success(request, f"已登记，库内编号 {form.outcome.number}。")
        return redirect("registries:inspector", form.outcome.pk)
    return form_page(request, form, None, "登记检查人员")


@requires(P.REGISTRY_EDIT)
def amend(request, pk):
    inspector = own(request, pk)
    form = InspectorForm(request.POST or None, bureau=inspector.bureau, inspector=inspector)
    if form.carried_out(
        lambda values: verbs.amend(inspector, values, revision=values["revision"], by=request.user)
    ):
        messages.success(request, "修改已保存。")
        return redirect("registries:inspector", pk)
    return form_page(request, form, inspector, "修改人员信息")


@requires(P.REGISTRY_EDIT)
def status(request, pk):
    inspector = own(request, pk)
    form = StatusForm(request.POST or None, inspector=inspector)
    if form.carried_out(
        lambda values: MOVES[values["status"]](inspector, reason=values["reason"], by=request.user)
    ):
        messages.success(request, f"状态已变更为“{form.outcome.get_status_display()}”。")
        return redirect("registries:inspector", pk)
    intro = f"现为“{inspector.get_status_display()}”。已抽中的检查任务不受影响，需要换人请办理调换。"
    return form_page(request, form, inspector, "变更人员状态", intro=intro)


@requires(P.REGISTRY_EDIT)
def link_account(request, pk):
    inspector = own(request, pk)
    form = AccountLinkForm(request.POST or None, inspector=inspector)
    if form.carried_out(lambda values: verbs.link_account(inspector, values["user"], by=request.user)):
        messages.success(request, "登录账号已更新。")
        return redirect("registries:inspector", pk)
    intro = "检查人员用这个账号填写现场检查记录、申报利害关系。"
    return form_page(request, form, inspector, "关联登录账号", intro=intro)


@requires(P.PERSONAL_VIEW)
@never_cache
def reveal(request, pk):
    inspector = load(Inspector.objects.all(), request.user, change=P.PERSONAL_VIEW, pk=pk)
    form = PurposeForm(request.POST or None)
    if form.carried_out(lambda values: verbs.reveal(inspector, **values, by=request.user)):
        shown = [("身份证号", form.outcome["id_number"]), ("联系电话", form.outcome["phone"])]
        return render(
            request,
            "registries/revealed.html",
            {"subject": inspector, "shown": shown, "back": "registries:inspector"},
        )
    return form_page(request, form, inspector, "查看身份证号和电话", submit_label="查看并留痕")


@requires(P.RECORD_FILL)
def mine(request):
    """The inspector's own page, for links that do not know its number."""
    own = Inspector.objects.filter(user=request.user).first()
    if own is None:
        raise DomainError("您的账号还没有关联检查人员，请联系本局经办人员关联后再申报利害关系。")
    return redirect("registries:inspector", own.pk)
