"""The demo bureau and every public page, as a citizen opens them."""

import io
import os
import statistics
import time

from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from tests.bench.stage import say, timed

REQUESTS_A_PAGE = 30


def run() -> None:
    os.environ["DEMO_PASSWORD"] = "only-for-the-bench"
    with timed("load the demo bureau"):
        call_command("load_demo", stdout=io.StringIO())
    open_public_pages()


def public_addresses() -> list[str]:
    found = []
    public = next(
        entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "public"
    )
    for pattern in public.url_patterns:
        if isinstance(pattern, URLPattern):
            try:
                found.append(reverse(f"public:{pattern.name}"))
            except NoReverseMatch:
                continue  # it shows one object; the lists are the heavy ones
    return found


def open_public_pages() -> None:
    client = Client()
    for address in public_addresses():
        took = []
        for _ in range(REQUESTS_A_PAGE):
            started = time.perf_counter()
            response = client.get(address)
            took.append(time.perf_counter() - started)
        say(f"GET {address} ({response.status_code})", statistics.median(took) * 1000, "ms")
