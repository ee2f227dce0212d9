"""Stored files, always through a view that knows who may see them; never from an address of their own."""

from urllib.parse import quote

from django.http import FileResponse, HttpResponse

from inspections import filing
from inspections.attachments import thumbnail
from inspections.models import Attachment, Document

# A file that pretends to be a page may load nothing and run nothing.
LOCKED = "default-src 'none'; sandbox"


def _guarded(response, name, *, inline=True):
    disposition = "inline" if inline else "attachment"
    response["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = LOCKED
    response["Cache-Control"] = "private, max-age=3600"
    return response


def show_picture(attachment: Attachment, *, small: bool) -> HttpResponse:
    if small:
        return _guarded(HttpResponse(thumbnail(attachment, 480), content_type="image/jpeg"), "small.jpg")
    response = FileResponse(filing.opened(attachment.file), content_type=attachment.content_type)
    return _guarded(response, f"{attachment.sha256[:12]}.{attachment.content_type.rpartition('/')[2]}")


def send_document(document: Document) -> HttpResponse:
    response = FileResponse(filing.opened(document.file), content_type="application/pdf")
    visit = document.visit
    name = f"{document.get_kind_display()}-{visit.told_number or visit.code}.pdf"
    return _guarded(response, name, inline=False)
