"""Further certificates and training records, kept by the bureau's staff."""

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from registries import certificates, trainings
from registries.access import Permission, load, requires
from registries.forms.attendance import CertificateForm, TrainingForm
from registries.models import Certificate, Training
from registries.views.inspectors import form_page, own

P = Permission


def _of_own_people(model, request, pk):
    rows = model.objects.select_related("inspector__bureau")
    return load(rows, request.user, change=P.REGISTRY_EDIT, through="inspector__bureau", pk=pk)


@requires(P.REGISTRY_EDIT)
def record_certificate(request, pk):
    inspector = own(request, pk)
    form = CertificateForm(request.POST or None)
    if form.carried_out(lambda values: certificates.record(inspector, values, by=request.user)):
        messages.success(request, f"已登记{form.outcome}。")
        return redirect("registries:inspector", pk)
    return form_page(request, form, inspector, "登记资格证书")


@requires(P.REGISTRY_EDIT)
@require_POST
def remove_certificate(request, pk):
    certificate = certificates.remove(_of_own_people(Certificate, request, pk), by=request.user)
    messages.success(request, f"已注销{certificate}，历史中仍可查到。")
    return redirect("registries:inspector", certificate.inspector_id)


@requires(P.REGISTRY_EDIT)
def record_training(request):
    form = TrainingForm(
        request.POST or None,
        bureau=request.user.bureau,
        initial={"inspectors": request.GET.getlist("inspector")},
    )
    if form.carried_out(lambda values: trainings.record(**values, by=request.user)):
        messages.success(request, f"已为{len(form.outcome)}人登记培训。")
        if len(form.outcome) == 1:
            return redirect("registries:inspector", form.outcome[0].inspector_id)
        return redirect("registries:inspectors")
    return form_page(request, form, None, "登记培训")


@requires(P.REGISTRY_EDIT)
@require_POST
def strike_training(request, pk):
    training = _of_own_people(Training, request, pk)
    trainings.strike(training, by=request.user)
    messages.success(request, f"已删除“{training.title}”的记录。")
    return redirect("registries:inspector", training.inspector_id)
