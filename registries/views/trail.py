from registries.access import Permission, in_sight, requires
from registries.filters import TrailFilter
from registries.models import TrailEntry
from registries.views.lists import listing


@requires(Permission.TRAIL_VIEW)
def trail(request):
    rows = in_sight(TrailEntry.objects.select_related("bureau"), request.user)
    return listing(request, "registries/trail.html", TrailFilter(request.GET, rows, user=request.user))
