"""A draw from as many facilities as the nation has, from the seal to the stored result, and teams for a province.

Beside our own selection stand the bare loop of as many SHA-256 digests, which nothing that hashes every code can
undercut, and the package `consistent_sampler`, which draws from the same roster by tickets of the same hash.
"""

import resource
import time
from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

from consistent_sampler import sampler
from django.db import connection

from inspections import draws, lottery
from inspections.lottery import FacilityRow, InspectorRow, Quotas, RecusalRow, Rules
from inspections.models import Draw
from registries.fields import cipher
from registries.models import Bureau
from tests.bench.registry import GRAMS, ROWS, bureau
from tests.bench.stage import calibrate, say
from tests.factories import NOW
from tests.factories.draws import DICE, drawable_task, minutes, person

FACILITIES, INSPECTORS, ROUNDS = 1_100_000, 500, 3
TEAMS, RECUSED_IN_A_HUNDRED = 5_000, 1
RATIOS = {"A": 500, "B": 1000, "C": 1500, "D": 2000, "NONE": 1000}
SEED = "5eed" * 16
SELECT_AIM, DRAW_AIM, DEAL_AIM, MEMORY_AIM = 1.5, 20, 0.3, 700


def run() -> None:
    # First, because the memory told is the most this process ever held.
    if connection.vendor == "postgresql":
        draw_whole()
    else:
        print("the whole draw only on PostgreSQL")
    select()
    deal()


def draw_whole() -> None:
    nation = bureau("410000", "province")
    fill(nation)
    staff, witness = person(nation, "staff"), person(nation, "witness")
    task = drawable_task(nation, by=staff, grades="", inspectors=INSPECTORS, **ratios())
    before = peak()
    calibrate()
    sealing, draw = took(lambda: draws.seal(task, 1, by=staff, now=NOW))
    say(f"seal {FACILITIES:,} facilities and {INSPECTORS} inspectors", sealing, "s")
    draws.contribute(draw, DICE, by=witness, now=minutes(5))
    holding, draw = took(lambda: draws.hold(draw, by=staff, now=minutes(10)))
    say(f"hold: {draw.visits.count():,} visits with teams of two", holding, "s")
    against(f"from the seal to the stored result of {FACILITIES:,}", sealing + holding, DRAW_AIM)
    against(f"peak memory of it, without the database (before: {before:.0f})", peak(), MEMORY_AIM, "MB")
    assert Draw.objects.get().facilities.count() == FACILITIES


def fill(nation: Bureau) -> None:
    values = {"bureaus": [nation.pk], "codes": [nation.code], "first": 1, "rows": FACILITIES}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {GRAMS}")  # nobody searches here
        cursor.execute(ROWS, values | {"phone": cipher().encrypt(b"13800000000").decode()})
        cursor.execute("VACUUM ANALYZE registries_facility")


def ratios() -> dict[str, int]:
    return {f"ratio_{grade.lower()}_bp": ratio for grade, ratio in RATIOS.items()}


def select() -> None:
    grades = tuple(RATIOS)
    rows = [FacilityRow(f"H{number:011d}", grades[number % 5], "in") for number in range(FACILITIES)]
    calibrate()
    sorting, roster = took(lambda: lottery.facility_roster(rows))
    say(f"sort and check a roster of {FACILITIES:,}", sorting, "s")
    hashing, _ = took(lambda: lottery.digest(lottery.roster_text(roster)))
    say("its digest", hashing, "s")
    quotas = lottery.quotas_of(lottery.tally(roster), Rules(RATIOS))
    # Turn by turn, so that a slower minute of the machine slows both; the best turn of each.
    floors, owns = [], []
    for _ in range(ROUNDS):
        floors.append(took(lambda: bare_loop(roster))[0])
        owns.append(took(lambda: lottery.draw_facilities(SEED, roster, quotas))[0])
    floor, own = min(floors), min(owns)
    peer, _ = took(lambda: drawn_by_the_peer(roster, quotas))
    say(f"floor: a bare loop of {FACILITIES:,} SHA-256 digests", floor, "s")
    say("peer: consistent_sampler, the same quotas of each grade", peer, "s")
    against(f"hashing and selection, {quotas.total:,} of {FACILITIES:,}", own, SELECT_AIM)
    print(f"    {own / floor:.2f} x the floor, {own / peer:.3f} x the peer", flush=True)


def bare_loop(roster: list[FacilityRow]) -> None:
    for code, _, _ in roster:
        sha256(code.encode()).hexdigest()


def drawn_by_the_peer(roster: list[FacilityRow], quotas: Quotas) -> None:
    for grade, _, _, quota in quotas.rows:
        codes = [row.code for row in roster if row.grade == grade]
        assert len(list(sampler(codes, SEED, take=quota, output="id"))) == quota


def deal() -> None:
    facilities = [f"H{number:011d}" for number in range(TEAMS)]
    people = [InspectorRow.of(f"I{number:03d}", [], "in") for number in range(INSPECTORS)]
    every_pair = Random(SEED).sample(
        range(TEAMS * INSPECTORS), TEAMS * INSPECTORS * RECUSED_IN_A_HUNDRED // 100
    )  # noqa: S311
    recusals = [
        RecusalRow(facilities[pair // INSPECTORS], people[pair % INSPECTORS].code) for pair in every_pair
    ]
    calibrate()
    dealing = min(
        took(lambda: lottery.deal_teams(SEED, facilities, people, recusals, team_size=2))[0]
        for _ in range(ROUNDS)
    )
    what = f"teams for {TEAMS:,} facilities from {INSPECTORS} inspectors"
    against(f"{what}, {RECUSED_IN_A_HUNDRED}% recused", dealing, DEAL_AIM)


def took(act: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    answer = act()
    return time.perf_counter() - started, answer


def against(what: str, figure: float, aim: float, unit: str = "s") -> None:
    say(f"{what} (aim: {aim:g})", figure, unit)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
