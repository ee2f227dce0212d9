"""What one person does to a whole registry in one request: a tag for everybody, and everybody as Excel."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from registries import exports, tags
from registries.models import Facility
from tests.bench.registry import bureau, grow
from tests.bench.stage import calibrate, say
from tests.cast import make_user

TAGGED, EXPORTED = 60_000, 100_000


def run() -> None:
    if connection.vendor != "postgresql":
        print("only on PostgreSQL")
        return
    own = bureau("410000", "province")
    staff = make_user("bench-staff", "示例经办", own, "staff")
    grow([own], 1, EXPORTED)
    calibrate()
    tag(staff)
    export(staff)


def tag(staff) -> None:
    last = Facility.objects.order_by("pk").values_list("pk", flat=True)[TAGGED - 1]
    rows = Facility.objects.filter(pk__lte=last)
    for name in ("门诊统筹", "慢特病"):
        with weighed(f"tag {TAGGED:,} facilities (aim: 10)"):
            assert tags.tag_all(rows, name, expected=TAGGED, by=staff) == TAGGED
    given = {tag.name: tag for tag in tags.of(staff.bureau)}
    with weighed(f"merge a tag that {TAGGED:,} bear (aim: 10)"):
        assert tags.merge(given["慢特病"], given["门诊统筹"], by=staff) == TAGGED


def export(staff) -> None:
    with weighed(f"export {EXPORTED:,} facilities x 17 columns (aim: 6)"):
        content = exports.export("facilities", Facility.objects.all(), by=staff)
    with content:
        say("    the file", content.seek(0, os.SEEK_END) / 1024**2, "MB")


@contextmanager
def weighed(what: str) -> Iterator[None]:
    """Its seconds, those of its CPU without the database's, and the peak of the whole process so far."""
    started, used = time.perf_counter(), time.process_time()
    yield
    say(what, time.perf_counter() - started, "s")
    say("    CPU, without the database", time.process_time() - used, "s")
    say(
        "    peak memory of the process so far",
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "MB",
    )
