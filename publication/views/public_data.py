"""开放数据: what there is, and the files."""

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header

from publication import open_data
from publication.open_data import MOST_ROWS_OF_A_WORKBOOK, TABLES
from publication.views.public import open_page
from registries.readonly import select_only

STREAMED = {
    "json": (open_data.as_json, "application/json; charset=utf-8"),
    "csv": (open_data.as_csv, "text/csv; charset=utf-8"),
}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@open_page
def data(request):
    tables = [(name, table, table.count()) for name, table in TABLES.items()]
    return render(request, "public/data.html", {"tables": tables, "most_rows": MOST_ROWS_OF_A_WORKBOOK})


@open_page
def download(request, name, kind):
    table = TABLES.get(name)
    if table is None:
        raise Http404
    if kind == "xlsx" and table.count() <= MOST_ROWS_OF_A_WORKBOOK:
        response = HttpResponse(open_data.as_workbook(table), content_type=WORKBOOK)
    elif kind in STREAMED:
        write, content_type = STREAMED[kind]
        response = StreamingHttpResponse(guarded(write(table)), content_type=content_type)
    else:
        raise Http404
    file_name = f"{table.title}{timezone.localdate():%Y%m%d}.{kind}"
    response["Content-Disposition"] = content_disposition_header(True, file_name)
    return response


def guarded(lines):
    """The lines are read after the view has returned, when its own guard is gone."""
    with select_only():
        yield from lines
