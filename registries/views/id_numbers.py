from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from registries import id_numbers as verbs
from registries.access import Permission, requires
from registries.forms.id_numbers import IdNumberForm


@requires(Permission.PERSONAL_VIEW)
@never_cache
def find(request):
    form = IdNumberForm(request.POST or None)
    if form.carried_out(lambda values: verbs.find(**values, by=request.user)):
        if len(form.outcome) == 1:
            return redirect("registries:inspector", form.outcome[0].pk)
        # The number itself does not come back to the screen.
        return render(
            request, "registries/inspector_by_id.html", {"form": IdNumberForm(), "found": form.outcome}
        )
    return render(request, "registries/inspector_by_id.html", {"form": form})
