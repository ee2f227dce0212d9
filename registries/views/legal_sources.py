from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from registries import legal_sources as verbs
from registries import timeline
from registries.access import Permission, load, may, requires
from registries.forms.legal_sources import LegalSourceFilter, LegalSourceForm
from registries.models import LegalSource
from registries.views.lists import ROWS, listing

P = Permission


def _form_page(request, form, source, heading: str):
    context = {"form": form, "source": source, "heading": heading}
    return render(request, "registries/legal_source_form.html", context)


@requires(P.REGISTRY_VIEW)
def sources(request):
    """The bureau's own and those of the bureaus above, which its items may name."""
    rows = verbs.known_to(request.user.bureau).annotate(uses=Count("entries__version", distinct=True))
    filterset = LegalSourceFilter(request.GET, rows)
    return listing(
        request,
        "registries/legal_sources.html",
        filterset,
        today=timezone.localdate(),
        may_edit=may(request.user, P.REGISTRY_EDIT),
    )


@requires(P.REGISTRY_VIEW)
def source(request, pk):
    source = get_object_or_404(verbs.known_to(request.user.bureau), pk=pk)
    own = source.bureau_id == request.user.bureau_id
    context = {
        "source": source,
        "lapsed": verbs.why_not_valid(source, timezone.localdate()),
        "page": Paginator(verbs.cited_by(source, request.user), ROWS).get_page(request.GET.get("page")),
        "timeline": timeline.of(source),
        "may_edit": own and may(request.user, P.REGISTRY_EDIT),
    }
    return render(request, "registries/legal_source.html", context)


@requires(P.REGISTRY_EDIT)
def create(request):
    form = LegalSourceForm(request.POST or None)
    if form.carried_out(lambda values: verbs.register(request.user.bureau, values, by=request.user)):
        messages.success(request, f"已登记《{form.outcome}》。")
        return redirect("registries:legal_source", form.outcome.pk)
    return _form_page(request, form, None, "登记法律依据")


@requires(P.REGISTRY_EDIT)
def amend(request, pk):
    source = load(LegalSource.objects.all(), request.user, change=P.REGISTRY_EDIT, pk=pk)
    form = LegalSourceForm(request.POST or None, source=source)
    if form.carried_out(
        lambda values: verbs.amend(source, values, revision=values["revision"], by=request.user)
    ):
        messages.success(request, "已保存。引用它的事项会按新的日期提示。")
        return redirect("registries:legal_source", pk)
    return _form_page(request, form, source, "修改法律依据")
