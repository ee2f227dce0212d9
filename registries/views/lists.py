"""How every list of the registries is shown."""

from django.core.paginator import Paginator
from django.shortcuts import render

ROWS = 25


def listing(request, template: str, filterset, **context):
    rows = filterset.qs
    if rows.query.order_by:
        # Equal rows would change places from page to page.
        rows = rows.order_by(*rows.query.order_by, "pk")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    filtered = any(value for name, value in request.GET.items() if name not in {"page", "sort"})
    return render(request, template, {"form": filterset.form, "page": page, "filtered": filtered, **context})
