"""How every list of the registries is shown."""

from django.shortcuts import render

from registries.pages import pages_of

ROWS = 25


def listing(request, template: str, filterset, beside=None, **context):
    """`beside(rows)` answers further context about the rows of the page alone."""
    rows = filterset.qs
    if rows.query.order_by:
        # Equal rows would change places from page to page.
        rows = rows.order_by(*rows.query.order_by, "pk")
    page = pages_of(filterset, rows, ROWS).get_page(request.GET.get("page"))
    filtered = any(value for name, value in request.GET.items() if name not in {"page", "sort"})
    if beside:
        context |= beside(page.object_list)
    return render(request, template, {"form": filterset.form, "page": page, "filtered": filtered, **context})
