from django.contrib import messages
from django.shortcuts import redirect, render

from registries import bureaus, timeline
from registries.access import Permission, requires
from registries.forms.bureaus import RulesForm


@requires(Permission.BUREAU_RULES)
def rules(request):
    bureau = request.user.bureau
    form = RulesForm(request.POST or None, bureau=bureau)
    if form.carried_out(
        lambda values: bureaus.set_rules(bureau, values, revision=values["revision"], by=request.user)
    ):
        messages.success(request, "本局规则已保存，自现在起适用。")
        return redirect("registries:bureau_rules")
    changes = timeline.of(bureau, event=bureaus.RULES_CHANGED)
    return render(request, "registries/bureau_rules.html", {"form": form, "timeline": changes})
