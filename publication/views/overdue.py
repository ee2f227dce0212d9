from django.core.paginator import Paginator
from django.shortcuts import render

from publication import overdue as domain
from registries.access import Permission, requires

ROWS = 25


@requires(Permission.VISIT_VIEW)
def overdue(request):
    page = Paginator(domain.of(request.user.bureau), ROWS).get_page(request.GET.get("page"))
    return render(request, "publication/overdue.html", {"page": page})
