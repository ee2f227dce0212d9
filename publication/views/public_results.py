"""结果公示 with all its versions, corrections, and the feed of both."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from publication import content, queries
from publication.filters import NoticeFilter
from publication.views.public import listing, open_page

IN_THE_FEED = 30


@open_page
def results(request):
    return listing(request, "public/results.html", NoticeFilter(request.GET, queries.published_notices()))


@open_page
def result(request, visit_pk):
    versions = list(queries.notice_versions(visit_pk))
    if not versions:
        raise Http404
    context = {
        "notice": versions[0],
        "draw_pk": queries.draw_of(versions[0]),
        "first_published_at": versions[-1].published_at,
        "corrections": [
            (new, old, content.differences(old.content, new.content))
            for new, old in zip(versions, versions[1:], strict=False)
        ],
    }
    return render(request, "public/result.html", context)


@open_page
def corrections(request):
    return listing(request, "public/corrections.html", NoticeFilter(request.GET, queries.corrections()))


@open_page
def feed(request):
    written = Atom1Feed(
        title="医疗保障基金监管“双随机、一公开”抽查结果",
        link=request.build_absolute_uri(reverse("public:results")),
        description="抽查结果的公示和更正",
        language="zh-cn",
        feed_url=request.build_absolute_uri(reverse("public:feed")),
    )
    for notice in queries.published_notices()[:IN_THE_FEED]:
        _add(written, notice, request.build_absolute_uri(reverse("public:result", args=[notice.visit_id])))
    return HttpResponse(written.writeString("utf-8"), content_type=written.content_type)


def _add(written: Atom1Feed, notice, address: str) -> None:
    text = notice.content
    outcome = "；".join(result["label"] for result in text["results"])
    changed = f"更正：{notice.correction_reason}\n" if notice.correction_reason else ""
    written.add_item(
        title=_printable(f"{text['facility']['name']}：{outcome}{'（更正）' if changed else ''}"),
        link=address,
        description=_printable(changed + text["summary"]),
        author_name=_printable(text["bureau"]),
        unique_id=f"{address}#{notice.version}",
        pubdate=notice.published_at,
        updateddate=notice.published_at,
    )


def _printable(text: str) -> str:
    """XML has no place for control characters, and a feed with one could not be read at all."""
    return ILLEGAL_CHARACTERS_RE.sub("", text)
