"""Documents of a visit: printed once, kept as bytes with their SHA-256, never printed again (handbook 4, habit 13)."""

import hashlib

from django.db import transaction
from django.utils import timezone

from inspections import filing
from inspections.models import Document, DocumentKind
from inspections.printing import render_pdf
from registries import trail

TEMPLATES = {
    DocumentKind.RECORD: "documents/record/v3.html",
    DocumentKind.REPORT: "documents/report/v3.html",
}


def render(kind, context: dict, pictures=None) -> bytes:
    """The PDF alone: whoever decides prints before locking. `pictures` are bytes by name: src="attachment:NAME"."""
    return render_pdf(TEMPLATES[DocumentKind(kind)], context, pictures)


def store(kind, visit, content: bytes, *, by, now=None) -> Document:
    """Keeps a printed document in the transaction of the decision that it records."""
    now = now or timezone.now()
    kind = DocumentKind(kind)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        document = Document.objects.create(
            visit=visit,
            kind=kind,
            template=TEMPLATES[kind],
            file=filing.keep(f"documents/{now:%Y/%m}/{digest[:32]}.pdf", content),
            size=len(content),
            sha256=digest,
            made_at=now,
            made_by=by,
        )
        trail.record(f"生成文书：{kind.label}", by=by, about=visit, after={"SHA-256": digest}, now=now)
    return document


def is_intact(document: Document) -> bool:
    """Whether the stored bytes are still those that were made."""
    with document.file.open("rb") as file:
        return hashlib.sha256(file.read()).hexdigest() == document.sha256
