"""The verifier of the public page in real Chromium, without the page: files in, answers out."""

from collections.abc import Iterable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from django.conf import settings
from playwright.sync_api import sync_playwright

from tests.inspections.test_record_browser import FLAGS

WORKER = "/worker.js"
ASK = """async ([script, files, sealDigest]) => {
  const answers = [];
  for (const file of files) {
    const worker = new Worker(script);
    answers.push(await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => { if (!data.step) resolve(data); };
      worker.onerror = (error) => reject(new Error(error.message));
      worker.postMessage({ source: file, sealDigest });
    }));
    worker.terminate();
  }
  return answers;
}"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        content = self.server.files.get(self.path, b"")
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if self.path == WORKER else "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@contextmanager
def browser_verifier():
    """Gives verify(files, seal_digest="") -> what the page hears of each."""
    # Web Crypto is offered to secure contexts only; a page of this machine is one.
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server, sync_playwright() as playwright:
        server.files = {
            "/": b"",
            WORKER: (settings.BASE_DIR / "static/js/verify-draw-worker.js").read_bytes(),
        }
        Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")

        def verify(files: Iterable[bytes], seal_digest: str = "") -> list[dict]:
            served = {f"/{number}.json": content for number, content in enumerate(files)}
            server.files.update(served)
            return page.evaluate(ASK, [WORKER, list(served), seal_digest])

        try:
            yield verify
        finally:
            browser.close()
            server.shutdown()
