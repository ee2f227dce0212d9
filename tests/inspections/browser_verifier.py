"""The verifier of the public page in real Chromium, without the page: files in, answers out."""

from base64 import b64encode
from collections.abc import Iterable
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from django.conf import settings
from playwright.sync_api import sync_playwright

from tests.inspections.test_record_browser import FLAGS

ASK = """async ([files, sealDigest]) => {
  const answers = [];
  for (const file of files) {
    const worker = new Worker("/js/verify-draw-worker.js");
    answers.push(await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => { if (!data.step) resolve(data); };
      worker.onerror = (error) => reject(new Error(error.message));
      const bytes = Uint8Array.from(atob(file), (byte) => byte.charCodeAt(0));
      worker.postMessage({ source: new Blob([bytes]), sealDigest });
    }));
    worker.terminate();
  }
  return answers;
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@contextmanager
def browser_verifier():
    """Gives verify(files, seal_digest="") -> what the page hears of each."""
    handler = partial(_Quiet, directory=settings.BASE_DIR / "static")
    # Web Crypto is offered to secure contexts only; a page of this machine is one.
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/img/icon.svg")

        def verify(files: Iterable[bytes], seal_digest: str = "") -> list[dict]:
            return page.evaluate(ASK, [[b64encode(file).decode() for file in files], seal_digest])

        try:
            yield verify
        finally:
            browser.close()
            server.shutdown()
