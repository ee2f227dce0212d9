"""Recomputing a published draw: the downloaded script over the nation's roster, the browser over a province's."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from inspections import verify_draw
from inspections.lottery import FacilityRow, InspectorRow, RecusalRow, Rules
from tests.bench.stage import say, timed
from tests.inspections.browser_verifier import browser_verifier
from tests.inspections.evidence import Case

NATION, PROVINCE = 1_100_000, 60_000
FACILITIES_OF_AN_INSPECTOR = 100
GRADES = ("A", "B", "C", "D", "NONE")
RULES = Rules(ratios_bp={"A": 500, "B": 1000, "C": 1500, "D": 2000, "NONE": 300}, qualification="药学")


def run() -> None:
    province = evidence_of(PROVINCE)
    in_the_browser(province)
    by_the_script(province, PROVINCE)
    by_the_script(evidence_of(NATION), NATION)


def evidence_of(facilities: int) -> bytes:
    """Everybody in the pool but every tenth; one facility in a hundred has an inspector who stays away."""
    rows = [
        FacilityRow(f"H{number:011d}", GRADES[number % 5], "drawn_this_year" if number % 10 == 7 else "in")
        for number in range(facilities)
    ]
    people = [
        InspectorRow.of(f"Z{number:06d}", ["药学"] if number % 2 else [], "in")
        for number in range(facilities // FACILITIES_OF_AN_INSPECTOR)
    ]
    recusals = [RecusalRow(rows[n].code, people[n % len(people)].code) for n in range(0, facilities, 100)]
    held = Case(rows, people, recusals, RULES).held()
    return (json.dumps(held, ensure_ascii=False, indent=1) + "\n").encode()


def in_the_browser(evidence: bytes) -> None:
    with browser_verifier() as verify:
        verify([b"{}"])  # the browser is awake
        started = time.perf_counter()
        [answer] = verify([evidence])
        say(
            f"browser: a draw over {PROVINCE:,}, file handed over (aim: 5)",
            time.perf_counter() - started,
            "s",
        )
    assert answer["verified"], answer


def by_the_script(evidence: bytes, facilities: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "evidence.json"
        file.write_bytes(evidence)
        size = f"{len(evidence) / 1_000_000:,.0f} MB"
        command = [sys.executable, "-I", verify_draw.__file__, str(file)]
        with timed(f"verify_draw.py: a draw over {facilities:,}, {size} (aim for 1,100,000: 5)"):
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
