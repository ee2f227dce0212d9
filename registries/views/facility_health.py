from django.shortcuts import render
from django.urls import reverse

from registries import health
from registries.access import Permission, requires
from registries.models import Facility


@requires(Permission.REGISTRY_VIEW)
def facility_health(request):
    """Each figure opens the list of whom it counts; whoever waits to be taken over stands below."""
    counts = health.counts(request.user.bureau)
    address = reverse("registries:facilities")
    found = [
        (condition, counts[key], f"{address}?health={key}") for key, condition in health.CONDITIONS.items()
    ]
    arriving = Facility.objects.filter(moving_to=request.user.bureau).select_related("bureau")
    context = {
        "found": found,
        "total": counts["total"],
        "arriving": arriving.order_by("moving_at", "pk"),
    }
    return render(request, "registries/facility_health.html", context)
