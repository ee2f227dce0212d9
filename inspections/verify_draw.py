"""Recompute a draw from its evidence file:  python3 verify_draw.py FILE [--seal-digest DIGEST]

Python 3.8 or later and nothing else; nothing is sent anywhere. Exit code 0 when everything recomputes, 1 with the
first difference and its place, 2 when the file cannot be read. Anybody may download this very file from the public
page of a draw. It is written from the protocol's text (draw protocol v1) and apart from the module that draws: the
two must never share code, or an error in one would hide in the other.

DIGEST is the seal digest published on the day of the seal, noted then by somebody else than who hands out the file:
without it a file that was made anew from end to end is consistent in itself.

A draw that was voided before it was held is told by `held_at` null. Then `void` must be there, `seed` null,
`winners`, `teams` and `substitutions` null or empty, `assignment` null or one of its two words; contributions
and public value may be missing still; `secret` is null or fits the commitment. A draw voided after it was
held is recomputed in full like any other; only a team that was still to be assigned may be empty there.

A substitute lent by another bureau carries `division code:inspector` in `in`, with `visit` 0 and `card` "",
and is right only where nobody on the roster was eligible. Whoever was replaced at a facility is not eligible
there again.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import json
import operator
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from hashlib import sha256
from itertools import chain, islice
from typing import NamedTuple

GRADES = ["A", "B", "C", "D", "NONE"]
NOBODY = frozenset()
REASONS = ("岗位调整", "工作冲突", "健康状况", "执法回避")
ROSTERS = (
    ("facility_roster", "检查对象名册", "facility_digest", 1),
    ("inspector_roster", "检查人员名册", "inspector_digest", 1),
    ("recusals", "回避登记", "recusal_digest", 2),
)


class Difference(Exception):
    """The first difference found, as a Chinese sentence."""


class Unreadable(Exception):
    """Not a file that could be evidence; why, as a Chinese sentence."""


def check_file(file: str, seal_digest: str | None = None) -> tuple[bool, str]:
    """Whether the file verifies, and the answer in words. Raises Unreadable."""
    evidence = read(file)
    difference = first_difference(evidence, expected_seal_digest=seal_digest)
    if difference:
        return False, f"核验不通过。{difference}"
    unasked = (
        "" if seal_digest else "\n未提供封存时公布的封存摘要（--seal-digest），仅核验了文件自身是否一致。"
    )
    return True, _summary(evidence) + unasked


def first_difference(evidence: object, *, expected_seal_digest: str | None = None) -> str | None:
    """None when the file recomputes to itself, else the first difference as a sentence that says where."""
    try:
        if not _holds([evidence], EVIDENCE):
            _name_misfit(evidence, EVIDENCE, "")
        _check_seal(evidence, expected_seal_digest)
        _check_rosters(evidence)
        _check_witness(evidence)
        _check_quotas(evidence)
        if evidence["held_at"] is None:
            _check_never_held(evidence)
        else:
            _check_held(evidence)
    except Difference as difference:
        return str(difference)
    return None


def _summary(evidence: dict) -> str:
    number = evidence["seal"]["number"]
    if evidence["held_at"] is None:
        return f"{number}：核验通过。本次抽取在进行之前已作废。"
    visits = sum(len(team["members"]) for team in evidence["teams"])
    counts = f"中选机构 {len(evidence['winners'])} 家，检查人员 {visits} 人次"
    voided = "本次抽取已作废。" if evidence["void"] else ""
    return f"{number}：核验通过。{counts}，调换 {len(evidence['substitutions'])} 次。{voided}"


# The file


def read(file: str) -> object:
    try:
        with open(file, "rb") as opened:
            content = opened.read().decode("utf-8")
        return json.loads(content, object_pairs_hook=_without_repeats, parse_constant=int)
    except OSError as error:
        raise Unreadable(f"无法读取文件 {file}：{error.strerror}。") from error
    except json.JSONDecodeError as error:
        where = f"第 {error.lineno} 行第 {error.colno} 个字符起无法读取"
        raise Unreadable(f"文件 {file} 不是有效的证据文件：{where}。请重新下载。") from error
    except (ValueError, RecursionError) as error:
        fault = "编码、数字、层数不对或有重复的键"
        raise Unreadable(f"文件 {file} 不是有效的证据文件：{fault}。请重新下载。") from error


def _without_repeats(pairs: list[tuple[str, object]]) -> dict:
    """Readers differ in which of two equal keys they keep, so none may be repeated."""
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key is repeated")
    return record


# Its shape: looked at before anything is recomputed, so that a file of any content gets an answer in words.
# A nation's roster has a million rows; whole columns are looked at, single values only to name the one that is wrong.


class Value(NamedTuple):
    """A single value: what it has to be, in words, and whether every value of a column is."""

    words: str
    holds: Callable[[list], bool]


class OrNull(NamedTuple):
    kind: object


def _all_of(kind: type, test: Callable[[list], bool] = lambda values: True) -> Callable[[list], bool]:
    return lambda values: set(map(type, values)) <= {kind} and (not values or test(values))


def _whole_number(lowest: int, highest: int) -> Value:
    fits = _all_of(int, lambda values: lowest <= min(values) and max(values) <= highest)
    return Value(f" {lowest} 至 {highest} 的整数", fits)


def _words(words: str, forbidden: str, *, empty: bool = False) -> Value:
    def fits(values: list[str]) -> bool:
        text = "".join(values)
        return (empty or all(values)) and not re.search(f"[{forbidden}\ud800-\udfff]", text)

    return Value(words, _all_of(str, fits))


def _is_moment(text: str) -> bool:
    try:
        return bool(_MOMENT.fullmatch(text) and datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return False


_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?\+08:00")
_HEX = re.compile(r"[0-9a-f]{64}")

LINE = _words("一行文字", "\n\r", empty=True)
TEXT = _words("一行文字，不能为空白", "\n\r")
FIELD = _words("一行不含制表符的文字", "\n\r\t", empty=True)
CODE = _words("一行不含制表符的文字，不能为空白", "\n\r\t")
HEX = Value(" 64 位小写十六进制数", _all_of(str, lambda values: all(map(_HEX.fullmatch, values))))
WHEN = Value("东八区（+08:00）的 ISO 8601 时间", _all_of(str, lambda values: all(map(_is_moment, values))))
YES_NO = Value("真假值", _all_of(bool))
ASSIGNMENT = Value(" drawn 或 assigned", _all_of(str, lambda values: set(values) <= {"drawn", "assigned"}))
COUNT = _whole_number(0, 10**9)
RATIO = _whole_number(0, 10000)

# An object stands as {key: kind}, a list of any length as [kind], a row as a tuple of (name, kind).
EVIDENCE = {
    "seal": {
        "protocol": TEXT,
        "hash": TEXT,
        "number": TEXT,
        "bureau": TEXT,
        "year": _whole_number(1, 9999),
        "task": TEXT,
        "round": _whole_number(1, 10**6),
        "sealed_at": WHEN,
        "rules": {
            "ratios_bp": dict.fromkeys(GRADES, RATIO),
            "floor_bp": RATIO,
            "team_size": _whole_number(2, 1000),
            "qualification": LINE,
        },
        "quotas": [{"grade": TEXT, "base": COUNT, "pool": COUNT, "quota": COUNT}],
        "top_up": COUNT,
        "facility_digest": HEX,
        "inspector_digest": HEX,
        "recusal_digest": HEX,
        "commitment": HEX,
        "public_source": OrNull(TEXT),
        "previous": OrNull(HEX),
    },
    "seal_digest": HEX,
    "facility_roster": [(("代码", CODE), ("信用等级", CODE), ("状态", CODE))],
    "inspector_roster": [(("代码", CODE), ("资格", FIELD), ("状态", CODE))],
    "recusals": [(("检查对象代码", CODE), ("检查人员代码", CODE))],
    "secret": OrNull(HEX),
    "contributions": [{"role": TEXT, "name": TEXT, "text": TEXT, "at": WHEN}],
    "public_value": OrNull(TEXT),
    "held_at": OrNull(WHEN),
    "seed": OrNull(HEX),
    "winners": OrNull([{"code": CODE, "grade": CODE, "ticket": HEX, "top_up": YES_NO}]),
    "teams": OrNull([{"facility": CODE, "members": [{"inspector": CODE, "visit": COUNT, "card": LINE}]}]),
    "assignment": OrNull(ASSIGNMENT),
    "substitutions": OrNull(
        [
            {
                "facility": CODE,
                "out": CODE,
                "in": CODE,
                "reason": TEXT,
                "visit": COUNT,
                "card": LINE,
                "approved_at": WHEN,
            }
        ]
    ),
    "void": OrNull({"reason": TEXT, "proposed_by": TEXT, "approved_by": TEXT, "at": WHEN}),
}


def _holds(values: list, kind: object) -> bool:
    """Is every value of the column of this kind?"""
    if isinstance(kind, Value):
        return kind.holds(values)
    if isinstance(kind, OrNull):
        return _holds([value for value in values if value is not None], kind.kind)
    if isinstance(kind, list):
        return set(map(type, values)) <= {list} and _holds(list(chain.from_iterable(values)), kind[0])
    is_row = isinstance(kind, tuple)
    fields = dict(enumerate(of for _, of in kind)) if is_row else kind
    if not set(map(type, values)) <= {list if is_row else dict} or not set(map(len, values)) <= {len(kind)}:
        return False
    try:
        columns = [list(map(operator.itemgetter(field), values)) for field in fields]
    except KeyError:
        return False
    return all(map(_holds, columns, fields.values()))


def _name_misfit(value: object, kind: object, where: str) -> None:
    """Raise the difference of a value that is not of its kind, going down to the part that is wrong."""
    here = where or "证据文件"
    if isinstance(kind, OrNull):
        kind = kind.kind
    if isinstance(kind, Value):
        raise Difference(f"{here}：须为{kind.words}，文件记为 {_show(value)}。")
    if isinstance(kind, tuple):
        if type(value) is not list or len(value) != len(kind):
            raise Difference(f"{here}：须为 {len(kind)} 项组成的列表。")
        parts = [(field, of, f"{where} {name}") for field, (name, of) in zip(value, kind)]
    elif isinstance(kind, list):
        if type(value) is not list:
            raise Difference(f"{here}：须为列表，文件记为 {_show(value)}。")
        parts = [(entry, kind[0], f"{where} 第 {number} 项") for number, entry in enumerate(value, 1)]
    else:
        _name_keys(value, kind, here)
        parts = [(value[key], kind[key], f"{where} {key}".strip()) for key in kind]
    for part, of, place in parts:
        if not _holds([part], of):
            _name_misfit(part, of, place)


def _name_keys(value: object, kind: dict, here: str) -> None:
    if type(value) is not dict:
        raise Difference(f"{here}：须为对象，文件记为 {_show(value)}。")
    for key in kind:
        if key not in value:
            raise Difference(f"{here}：缺少 {key}。")
    for key in value:
        if key not in kind:
            raise Difference(f"{here}：多出 {_show(key)}。")


def _show(value: object) -> str:
    """The value for a sentence, short whatever it is."""
    if value is None or type(value) is bool:
        return {None: "空", True: "是", False: "否"}[value]
    if type(value) not in (str, int):
        return {dict: "一个对象", list: "一个列表"}.get(type(value), "一个小数")
    text = "".join(character if character.isprintable() else "�" for character in str(value)[:81])
    return f"{text[:80]}…" if len(text) > 80 else text or "空白"


def _same(where: str, recorded: object, recomputed: object) -> None:
    if recorded != recomputed:
        raise Difference(f"{where}：文件记为 {_show(recorded)}，重算为 {_show(recomputed)}。")


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


# Seal


def _check_seal(evidence: dict, expected: str | None) -> None:
    seal, recorded = evidence["seal"], evidence["seal_digest"]
    _same("封存内容的协议名称（protocol）", seal["protocol"], "draw/v1")
    _same("封存内容的哈希算法（hash）", seal["hash"], "sha256")
    text = json.dumps(seal, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    _same("封存摘要（seal_digest）", recorded, _hash(text))
    # Digests are printed in groups of four: gaps are no difference.
    if expected and "".join(expected.split()).lower() != recorded:
        raise Difference(f"封存摘要：公布为 {_show(expected)}，文件记为 {recorded}。")


def _check_rosters(evidence: dict) -> None:
    for key, name, digest, identity in ROSTERS:
        rows = evidence[key]
        # Python compares text by code point, which is the order of its UTF-8 bytes.
        keys = [row[0] if identity == 1 else "\t".join(row) for row in rows]
        if any(map(operator.ge, keys, islice(keys, 1, None))):
            number = next(n for n in range(1, len(rows)) if keys[n - 1] >= keys[n])
            fault = "重复" if keys[number - 1] == keys[number] else "未按代码的字节顺序排列"
            raise Difference(f"{name}第 {number + 1} 行：{_show(rows[number][identity - 1])} {fault}。")
        lines = "".join(["\t".join(row) + "\n" for row in rows])
        _same(f"{name}摘要（{digest}）", evidence["seal"][digest], _hash(lines))
    for number, (code, grade, _) in enumerate(evidence["facility_roster"], 1):
        if grade not in GRADES:
            fault = f"{_show(code)} 的信用等级 {_show(grade)} 不在规定之内"
            raise Difference(f"检查对象名册第 {number} 行：{fault}。")
    for number, (code, tags, _) in enumerate(evidence["inspector_roster"], 1):
        parts = tags.split(",") if tags else []
        if "" in parts or parts != sorted(set(parts)):
            raise Difference(f"检查人员名册第 {number} 行：{_show(code)} 的资格未按字节顺序排列或有重复。")


# Witness


def _check_witness(evidence: dict) -> None:
    seal, held_at, void = evidence["seal"], evidence["held_at"], evidence["void"]
    if evidence["secret"] is not None:
        _same("封存时的承诺值（commitment）", seal["commitment"], _hash(evidence["secret"]))
    if held_at is None and void is None:
        raise Difference("抽取时间（held_at）：本次抽取既未进行，也未作废，无从核验。")
    end = ("作废时间", void["at"]) if held_at is None else ("抽取时间", held_at)
    latest = ("封存时间", seal["sealed_at"])
    _in_order(latest, end)
    for number, entry in enumerate(evidence["contributions"], 1):
        if len(entry["text"]) < 16:
            raise Difference(f"第 {number} 位见证人输入的内容：不足 16 个字符。")
        current = (f"第 {number} 位见证人的见证时间", entry["at"])
        _in_order(latest, current)
        _in_order(current, end)
        latest = current


def _in_order(earlier: tuple[str, str], later: tuple[str, str]) -> None:
    if _sortable(later[1]) < _sortable(earlier[1]):
        raise Difference(f"{later[0]} {later[1]} 早于{earlier[0]} {earlier[1]}。")


def _sortable(moment: str) -> str:
    """All moments are of one zone: without it, and with six places of a second, their text sorts as they do."""
    return moment[:-6].ljust(20, ".").ljust(26, "0")


# Quotas


def _check_quotas(evidence: dict) -> None:
    seal = evidence["seal"]
    rules, recorded = seal["rules"], seal["quotas"]
    base = Counter(grade for _, grade, _ in evidence["facility_roster"])
    pool = Counter(grade for _, grade, status in evidence["facility_roster"] if status == "in")
    drawn = 0
    _same("抽取数量（quotas）的行数", len(recorded), len(GRADES))
    for number, grade in enumerate(GRADES, 1):
        quota = min(pool[grade], _round_up(base[grade] * rules["ratios_bp"][grade]))
        drawn += quota
        due = {"grade": grade, "base": base[grade], "pool": pool[grade], "quota": quota}
        for key, value in due.items():
            _same(f"抽取数量（quotas）第 {number} 行 {grade} 级的 {key}", recorded[number - 1][key], value)
    missing = max(0, _round_up(sum(base.values()) * rules["floor_bp"]) - drawn)
    _same("按总体下限补抽的数量（top_up）", seal["top_up"], min(missing, sum(pool.values()) - drawn))


def _round_up(basis_points: int) -> int:
    return (basis_points + 9999) // 10000


# Hold


def _check_never_held(evidence: dict) -> None:
    if evidence["public_value"] is not None and evidence["seal"]["public_source"] is None:
        raise Difference("公开随机数（public_value）：封存时未公布来源，此项应为空。")
    for key in ("seed", "winners", "teams", "substitutions"):
        if evidence[key]:
            raise Difference(f"{key}：本次抽取未进行即已作废，不应有结果。")


def _check_held(evidence: dict) -> None:
    for key in ("secret", "seed", "winners", "teams", "substitutions", "assignment"):
        if evidence[key] is None:
            raise Difference(f"{key}：本次抽取已经进行，此项不能为空。")
    public = evidence["public_value"]
    if not evidence["contributions"]:
        raise Difference("见证（contributions）：至少须有一名见证人。")
    if (evidence["seal"]["public_source"] is None) != (public is None):
        raise Difference("公开随机数（public_value）：封存时公布了来源的须有值，未公布来源的须为空。")
    lines = [
        evidence["seal_digest"],
        evidence["secret"],
        *(entry["text"] for entry in evidence["contributions"]),
    ]
    _same(
        "随机种子（seed）", evidence["seed"], _hash("\n".join(lines if public is None else [*lines, public]))
    )
    _check_winners(evidence)
    people = People(evidence)
    _check_teams(evidence, people)
    if evidence["substitutions"]:
        _check_substitutions(evidence, people)
    if evidence["void"] is not None:
        _in_order(("抽取时间", evidence["held_at"]), ("作废时间", evidence["void"]["at"]))


def _check_winners(evidence: dict) -> None:
    recorded, recomputed = evidence["winners"], _draw(evidence)
    for number, (row, (code, ticket, grade, top_up)) in enumerate(zip(recorded, recomputed), 1):
        if (row["code"], row["ticket"], row["grade"], row["top_up"]) != (code, ticket, grade, top_up):
            _same(f"第 {number} 个中选机构", row["code"], code)
            _same(f"第 {number} 个中选机构的抽签号", row["ticket"], ticket)
            _same(f"第 {number} 个中选机构的信用等级", row["grade"], grade)
            _same(f"第 {number} 个中选机构的补抽标记", row["top_up"], top_up)
    _same("中选机构的数量", len(recorded), len(recomputed))


def _draw(evidence: dict) -> list[tuple[str, str, str, bool]]:
    prefix = f"{evidence['seed']},".encode()
    codes = {grade: [] for grade in GRADES}
    for code, grade, status in evidence["facility_roster"]:
        if status == "in":
            codes[grade].append(code.encode())
    winners, passed_over = [], []
    for row in evidence["seal"]["quotas"]:
        grade, quota = row["grade"], row["quota"]
        pool = [sha256(prefix + code).digest() + code for code in codes[grade]]
        recorded = [one for one in evidence["winners"] if one["grade"] == grade and not one["top_up"]]
        lowest = _lowest(pool, quota, recorded)
        winners += [(entry, grade, False) for entry in lowest]
        if evidence["seal"]["top_up"]:
            passed_over += [(entry, grade, True) for entry in set(pool).difference(lowest)]
    winners += sorted(passed_over)[: evidence["seal"]["top_up"]]
    return [
        (entry[32:].decode(), entry[:32].hex(), grade, top_up) for entry, grade, top_up in sorted(winners)
    ]


def _lowest(pool: list[bytes], quota: int, recorded: list[dict]) -> list[bytes]:
    """The `quota` lowest. Where just as many are not above the highest on record they are these, whoever wrote it."""
    highest = bytes.fromhex(max((row["ticket"] for row in recorded), default=""))
    near = [entry for entry in pool if entry[:32] <= highest]
    return sorted(near if len(near) == quota else pool)[:quota]


# Teams


class People:
    """Who may be dealt, what each is qualified for, and who stays away from where."""

    def __init__(self, evidence: dict):
        self.seed = evidence["seed"]
        self.bureau = evidence["seal"]["bureau"]
        self.size = evidence["seal"]["rules"]["team_size"]
        self.wanted = evidence["seal"]["rules"]["qualification"]
        self.known = {row[0] for row in evidence["inspector_roster"]}
        self.tags = {
            code: tags.split(",") for code, tags, status in evidence["inspector_roster"] if status == "in"
        }
        self.recused = {}
        for facility, inspector in evidence["recusals"]:
            self.recused.setdefault(facility, set()).add(inspector)

    def card(self, code: str, visit: int) -> tuple[int, str, str]:
        return visit, _hash(f"{self.seed},{code},{visit}"), code

    def away_from(self, facility: str) -> Collection[str]:
        return self.recused.get(facility, NOBODY)

    def fit_for(self, place: int) -> list[str]:
        return [code for code, tags in self.tags.items() if place or not self.wanted or self.wanted in tags]


def _check_teams(evidence: dict, people: People) -> None:
    teams, winners = evidence["teams"], evidence["winners"]
    for number, (team, winner) in enumerate(zip(teams, winners), 1):
        if team["facility"] != winner["code"]:
            _same(f"第 {number} 个检查组的检查对象", team["facility"], winner["code"])
    _same("检查组的数量", len(teams), len(winners))
    if evidence["assignment"] == "drawn":
        _check_dealt(teams, people)
        return
    for number, team in enumerate(teams, 1):
        if team["members"] or not evidence["void"]:
            _check_assigned(team, f"第 {number} 个检查组（{_show(team['facility'])}）", people)


def _check_assigned(team: dict, where: str, people: People) -> None:
    codes = [member["inspector"] for member in team["members"]]
    if len(codes) < people.size:
        raise Difference(f"{where}：直接选派的检查人员少于规定人数。")
    for place, member in enumerate(team["members"]):
        code, seat = codes[place], f"{where}第 {place + 1} 名检查人员"
        if code in codes[:place]:
            raise Difference(f"{seat}：{_show(code)} 重复。")
        if code not in people.tags:
            raise Difference(f"{seat}：{_show(code)} 不在检查人员名册内或不可选派。")
        if code in people.away_from(team["facility"]):
            raise Difference(f"{seat}：{_show(code)} 应当回避。")
        _same(f"{seat}的序次（visit）", member["visit"], 0)
        _same(f"{seat}的牌（card）", member["card"], "")
    if codes[0] not in people.fit_for(0):
        raise Difference(f"{where}第 1 名检查人员：{_show(codes[0])} 不具备资格 {_show(people.wanted)}。")


def _check_dealt(teams: list[dict], people: People) -> None:
    visits = Counter()
    for place in range(people.size):
        deck = [people.card(code, visits[code] + 1) for code in people.fit_for(place)]
        heapq.heapify(deck)
        for number, team in enumerate(teams, 1):
            facility, members = team["facility"], team["members"]
            # Who sits in the earlier places has been recomputed by now.
            barred = [*people.away_from(facility), *[member["inspector"] for member in members[:place]]]
            due = _take(deck, barred, facility, people)
            if place >= len(members) or _card_of(members[place]) != due:
                _name_member(members, place, f"第 {number} 个检查组（{_show(facility)}）", due, people)
            visits[due[2]] = due[0]
    for number, team in enumerate(teams, 1):
        if len(team["members"]) != people.size:
            where = f"第 {number} 个检查组（{_show(team['facility'])}）的人数"
            _same(where, len(team["members"]), people.size)


def _take(deck: list, barred: Collection[str], facility: str, people: People) -> tuple[int, str, str]:
    """The lowest card that fits. Those passed over go back, and the taker's next card comes in."""
    passed_over = []
    while deck and deck[0][2] in barred:
        passed_over.append(heapq.heappop(deck))
    if not deck:
        raise Difference(f"检查对象 {_show(facility)}：没有可派的检查人员。")
    visit, _, code = taken = deck[0]
    heapq.heapreplace(deck, people.card(code, visit + 1))
    for card in passed_over:
        heapq.heappush(deck, card)
    return taken


def _card_of(member: dict) -> tuple[int, str, str]:
    return member["visit"], member["card"], member["inspector"]


def _name_member(members: list[dict], place: int, where: str, due: tuple, people: People) -> None:
    if place >= len(members):
        raise Difference(f"{where}：文件记有 {len(members)} 名检查人员，应为 {people.size} 名。")
    _same_card(f"{where}第 {place + 1} 名检查人员", members[place], members[place]["inspector"], due)


def _same_card(seat: str, recorded: dict, inspector: str, due: tuple[int, str, str]) -> None:
    _same(seat, inspector, due[2])
    _same(f"{seat}的序次（visit）", recorded["visit"], due[0])
    _same(f"{seat}的牌（card）", recorded["card"], due[1])


# Substitutions


def _check_substitutions(evidence: dict, people: People) -> None:
    teams = {
        team["facility"]: [member["inspector"] for member in team["members"]] for team in evidence["teams"]
    }
    held = Counter(chain.from_iterable(teams.values()))
    gone = {facility: set() for facility in teams}
    latest = ("抽取时间", evidence["held_at"])
    for number, entry in enumerate(evidence["substitutions"], 1):
        where, facility, out = f"第 {number} 次调换", entry["facility"], entry["out"]
        if facility not in teams:
            raise Difference(f"{where}：{_show(facility)} 不是中选机构。")
        if out not in teams[facility]:
            raise Difference(f"{where}：{_show(out)} 此时不是 {_show(facility)} 检查组的成员。")
        if entry["reason"] not in REASONS:
            raise Difference(f"{where}：事由 {_show(entry['reason'])} 不在规定的四种之内。")
        current = (f"{where}的批准时间", entry["approved_at"])
        _in_order(latest, current)
        latest = current
        gone[facility].add(out)
        place = teams[facility].index(out)
        barred = gone[facility].union(teams[facility], people.away_from(facility))
        eligible = (people.card(code, held[code] + 1) for code in people.fit_for(place) if code not in barred)
        _check_substitute(entry, f"{where}换入的检查人员", min(eligible, default=None), people)
        teams[facility][place] = entry["in"]
        held.update({out: -1, entry["in"]: 1})


def _check_substitute(entry: dict, seat: str, due: tuple[int, str, str] | None, people: People) -> None:
    if due is None:
        lent = re.fullmatch("([0-9]{6}):.+", entry["in"])
        if entry["in"] in people.known or not lent or lent.group(1) == people.bureau:
            due_form = "名册内已无人可派，须为“区划代码:人员代码”形式的借调人员"
            raise Difference(f"{seat}：{due_form}，文件记为 {_show(entry['in'])}。")
    _same_card(seat, entry, entry["in"], due or (0, "", entry["in"]))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="重新计算一次抽取，核验其证据文件。")
    parser.add_argument("file", metavar="FILE", help="证据文件（JSON）")
    parser.add_argument(
        "--seal-digest", metavar="DIGEST", help="封存时公布的封存摘要，最好是您当时自己记下的"
    )
    options = parser.parse_args(arguments)
    sys.stdout.reconfigure(errors="replace")
    gc.disable()  # nothing here becomes garbage before the end; a roster of a million rows is read twice as fast
    try:
        verified, answer = check_file(options.file, options.seal_digest)
    except Unreadable as unreadable:
        sys.stdout.write(f"{unreadable}\n")
        return 2
    sys.stdout.write(f"{answer}\n")
    return 0 if verified else 1


if __name__ == "__main__":
    sys.exit(main())
