"""HTML → PDF. The only importer of WeasyPrint, and only when a document is printed: it needs system libraries."""

import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.template.loader import render_to_string

from registries.errors import DomainError

STATIC = Path(settings.BASE_DIR, "static")
ATTACHMENT = "attachment:"
MISSING = (
    "暂时不能生成 PDF：服务器缺少排版所需的系统组件。请管理员执行 "
    "apt-get install -y --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0 后重试；已填写的内容都在。"
)
REFUSED = "文书没有生成：其中引用了系统不允许的文件或网址。请检查填写的内容；如仍不行，请联系系统管理员。"


def render_pdf(template_name: str, context: dict, attachments: Mapping[str, bytes] | None = None) -> bytes:
    """The same template, context and attachments give the same bytes.

    The template names files relative to static/ ("css/document_v1.css") and pictures handed in as "attachment:NAME".
    Anything else, the network and other files above all, is refused and nothing is printed.
    """
    weasyprint = _weasyprint()
    html = render_to_string(template_name, context)
    document = weasyprint.HTML(
        string=html, base_url=STATIC.as_uri() + "/", url_fetcher=_fetcher(weasyprint, attachments or {})
    )
    identifier = hashlib.sha256(html.encode()).hexdigest()[:32].encode()
    try:
        return document.write_pdf(pdf_identifier=identifier, pdf_tags=True)
    # A BaseException: let through, it would end the server process instead of this request.
    except weasyprint.urls.FatalURLFetchingError as refused:
        raise DomainError(REFUSED) from refused


def _weasyprint():
    try:
        import weasyprint  # noqa: PLC0415
    except OSError as missing_library:
        raise DomainError(MISSING) from missing_library
    return weasyprint


def _fetcher(weasyprint, attachments: Mapping[str, bytes]):
    class Fetcher(weasyprint.urls.URLFetcher):
        def fetch(self, url, headers=None):
            if url.startswith("data:"):
                return super().fetch(url, headers)
            content = _read(url, attachments)
            if content is None:
                # Fatal, because WeasyPrint would print the document without the refused part and say nothing.
                raise weasyprint.urls.FatalURLFetchingError(f"A document may not load {url[:200]}")
            # WeasyPrint leaves out a style sheet that does not call itself one, and prints on.
            kind = mimetypes.guess_type(url)[0] or "application/octet-stream"
            return weasyprint.urls.URLFetcherResponse(url, content, headers={"Content-Type": kind})

    return Fetcher()


def _read(url: str, attachments: Mapping[str, bytes]) -> bytes | None:
    if url.startswith(ATTACHMENT):
        return attachments.get(unquote(url.removeprefix(ATTACHMENT)))
    parts = urlsplit(url)
    path = Path(unquote(parts.path)).resolve()
    if (
        parts.scheme == "file"
        and not parts.netloc
        and path.is_relative_to(STATIC.resolve())
        and path.is_file()
    ):
        return path.read_bytes()
    return None
