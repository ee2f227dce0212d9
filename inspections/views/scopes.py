"""Saved scopes of the own bureau, and saving one from a task."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from inspections import scopes as verbs
from inspections.forms.scopes import ScopeForm
from inspections.models import PlanTask, SavedScope
from inspections.plan_versions import scope as in_words
from registries.access import Permission, load, requires

P = Permission


def _own(request, pk) -> SavedScope:
    return load(SavedScope.objects.select_related("bureau"), request.user, change=P.PLAN_DRAFT, pk=pk)


def _form_page(request, form, heading: str, intro: str):
    context = {"form": form, "heading": heading, "intro": intro}
    return render(request, "inspections/scope_form.html", context)


@requires(P.PLAN_DRAFT)
def scopes(request):
    rows = [(scope, in_words(scope)) for scope in verbs.of(request.user.bureau)]
    return render(request, "inspections/scopes.html", {"rows": rows})


@requires(P.PLAN_DRAFT)
def save(request, pk):
    tasks = PlanTask.objects.select_related("plan__bureau").prefetch_related("tags")
    task = load(tasks, request.user, change=P.PLAN_DRAFT, through="plan__bureau", pk=pk)
    form = ScopeForm(request.POST or None)
    if form.carried_out(lambda values: verbs.save(task, values["name"], by=request.user)):
        messages.success(request, f"已保存范围“{form.outcome}”，增加或修改任务时可以选用。")
        return redirect("inspections:scopes")
    return _form_page(request, form, "保存抽查范围", f"任务“{task.name}”的抽查范围：{in_words(task)}")


@requires(P.PLAN_DRAFT)
def rename(request, pk):
    scope = _own(request, pk)
    form = ScopeForm(request.POST or None, initial={"name": scope.name})
    if form.carried_out(lambda values: verbs.rename(scope, values["name"], by=request.user)):
        messages.success(request, f"已改名为“{form.outcome}”。")
        return redirect("inspections:scopes")
    return _form_page(request, form, "抽查范围改名", in_words(scope))


@requires(P.PLAN_DRAFT)
@require_POST
def delete(request, pk):
    scope = _own(request, pk)
    verbs.delete(scope, by=request.user)
    messages.success(request, f"已删除范围“{scope}”，用过它的任务不受影响。")
    return redirect("inspections:scopes")
