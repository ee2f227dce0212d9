"""Recompute a draw from its evidence file (draw protocol v1, section 4).

Written from the protocol's text and apart from the module that draws: the two must never share code, or an
error in one would hide in the other. Standard library only.

A draw that was voided before it was held is told by `held_at` null. Then `void` must be there, `seed` null,
`winners`, `teams` and `substitutions` null or empty, `assignment` null or one of its two words; contributions
and public value may be missing still; `secret` is null or fits the commitment. A draw voided after it was
held is recomputed in full like any other; only a team that was still to be assigned may be empty there.

A substitute lent by another bureau carries `division code:inspector` in `in`, with `visit` 0 and `card` "",
and is right only where nobody on the roster was eligible. Whoever was replaced at a facility is not eligible
there again.
"""

import hashlib
import heapq
import json

from inspections.evidence_shape import Difference, check_shape, moment, show

GRADES = ["A", "B", "C", "D", "NONE"]
REASONS = ("岗位调整", "工作冲突", "健康状况", "执法回避")


def first_difference(evidence: object, *, expected_seal_digest: str | None = None) -> str | None:
    """None when the file recomputes to itself, else the first difference as a sentence that says where.

    `expected_seal_digest` is the digest published when the draw was sealed; without it the file is only
    compared with itself.
    """
    try:
        check_shape(evidence)
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


def _same(where: str, recorded: object, recomputed: object) -> None:
    if recorded != recomputed or type(recorded) is not type(recomputed):
        raise Difference(f"{where}：文件记为 {show(recorded)}，重算为 {show(recomputed)}。")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


# Seal


def _check_seal(evidence: dict, expected: str | None) -> None:
    seal = evidence["seal"]
    _same("封存内容的协议名称（protocol）", seal["protocol"], "draw/v1")
    _same("封存内容的哈希算法（hash）", seal["hash"], "sha256")
    text = json.dumps(seal, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    _same("封存摘要（seal_digest）", evidence["seal_digest"], _hash(text))
    if expected is not None and expected.strip().lower() != evidence["seal_digest"]:
        raise Difference(f"封存摘要：公布为 {show(expected)}，文件记为 {show(evidence['seal_digest'])}。")


def _check_rosters(evidence: dict) -> None:
    for key, name, identity in (
        ("facility_roster", "检查对象名册", 1),
        ("inspector_roster", "检查人员名册", 1),
        ("recusals", "回避登记", 2),
    ):
        rows = evidence[key]
        for index in range(1, len(rows)):
            before, row = rows[index - 1][:identity], rows[index][:identity]
            if not _bytes(before) < _bytes(row):
                fault = "重复" if before == row else "未按代码的字节顺序排列"
                raise Difference(f"{name}第 {index + 1} 行：{show(row[-1])} {fault}。")
        digest_key = {"recusals": "recusal_digest"}.get(key, key.replace("_roster", "_digest"))
        lines = "".join("\t".join(row) + "\n" for row in rows)
        _same(f"{name}摘要（{digest_key}）", evidence["seal"][digest_key], _hash(lines))
    for number, (code, grade, _) in enumerate(evidence["facility_roster"], 1):
        if grade not in GRADES:
            raise Difference(
                f"检查对象名册第 {number} 行：{show(code)} 的信用等级 {show(grade)} 不在规定之内。"
            )
    for number, (code, tags, _) in enumerate(evidence["inspector_roster"], 1):
        parts = tags.split(",") if tags else []
        if "" in parts or parts != sorted(set(parts), key=str.encode):
            raise Difference(f"检查人员名册第 {number} 行：{show(code)} 的资格未按字节顺序排列或有重复。")


def _bytes(fields: list[str]) -> bytes:
    return "\t".join(fields).encode("utf-8")


# Witness


def _check_witness(evidence: dict) -> None:
    seal, held_at, void = evidence["seal"], evidence["held_at"], evidence["void"]
    if evidence["secret"] is not None:
        _same("封存时的承诺值（commitment）", seal["commitment"], _hash(evidence["secret"]))
    if held_at is None and void is None:
        raise Difference("抽取时间（held_at）：本次抽取既未进行，也未作废，无从核验。")
    end, end_name = (held_at, "抽取时间") if held_at is not None else (void["at"], "作废时间")
    _in_order(("封存时间", seal["sealed_at"]), (end_name, end))
    latest = ("封存时间", seal["sealed_at"])
    for number, entry in enumerate(evidence["contributions"], 1):
        where = f"第 {number} 位见证人输入的内容"
        if len(entry["text"]) < 16:
            raise Difference(f"{where}：不足 16 个字符。")
        current = (f"第 {number} 位见证人的见证时间", entry["at"])
        _in_order(latest, current)
        _in_order(current, (end_name, end))
        latest = current


def _in_order(earlier: tuple[str, str], later: tuple[str, str]) -> None:
    if moment(later[1]) < moment(earlier[1]):
        raise Difference(f"{later[0]} {later[1]} 早于{earlier[0]} {earlier[1]}。")


# Quotas


def _check_quotas(evidence: dict) -> None:
    rules = evidence["seal"]["rules"]
    base, pool = dict.fromkeys(GRADES, 0), dict.fromkeys(GRADES, 0)
    for _, grade, status in evidence["facility_roster"]:
        base[grade] += 1
        pool[grade] += status == "in"
    drawn = 0
    recorded = evidence["seal"]["quotas"]
    _same("抽取数量（quotas）的行数", len(recorded), len(GRADES))
    for number, (row, grade) in enumerate(zip(recorded, GRADES, strict=True), 1):
        number_due = min(pool[grade], _round_up(base[grade] * rules["ratios_bp"][grade]))
        drawn += number_due
        due = {"grade": grade, "base": base[grade], "pool": pool[grade], "quota": number_due}
        for key, value in due.items():
            _same(f"抽取数量（quotas）第 {number} 行 {grade} 级的 {key}", row[key], value)
    missing = max(0, _round_up(sum(base.values()) * rules["floor_bp"]) - drawn)
    top_up = min(missing, sum(pool.values()) - drawn)
    _same("按总体下限补抽的数量（top_up）", evidence["seal"]["top_up"], top_up)


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
    seal = evidence["seal"]
    for key in ("secret", "seed", "winners", "teams", "substitutions", "assignment"):
        if evidence[key] is None:
            raise Difference(f"{key}：本次抽取已经进行，此项不能为空。")
    if not evidence["contributions"]:
        raise Difference("见证（contributions）：至少须有一名见证人。")
    if (seal["public_source"] is None) != (evidence["public_value"] is None):
        raise Difference("公开随机数（public_value）：封存时公布了来源的须有值，未公布来源的须为空。")
    texts = [entry["text"] for entry in evidence["contributions"]]
    public = [] if evidence["public_value"] is None else [evidence["public_value"]]
    seed = _hash("\n".join([evidence["seal_digest"], evidence["secret"], *texts, *public]))
    _same("随机种子（seed）", evidence["seed"], seed)
    _check_winners(evidence)
    members = _check_teams(evidence)
    _check_substitutions(evidence, members)
    if evidence["void"] is not None:
        _in_order(("抽取时间", evidence["held_at"]), ("作废时间", evidence["void"]["at"]))


def _check_winners(evidence: dict) -> None:
    recomputed = _draw(evidence)
    recorded = evidence["winners"]
    names = {"code": "", "ticket": "的抽签号", "grade": "的信用等级", "top_up": "的补抽标记"}
    for number, (row, due) in enumerate(zip(recorded, recomputed, strict=False), 1):
        for key, name in names.items():
            _same(f"第 {number} 个中选机构{name}", row[key], due[key])
    _same("中选机构的数量", len(recorded), len(recomputed))


def _draw(evidence: dict) -> list[dict]:
    seed, seal = evidence["seed"], evidence["seal"]
    waiting = sorted(
        (_hash(f"{seed},{code}"), code, grade)
        for code, grade, status in evidence["facility_roster"]
        if status == "in"
    )
    room = {row["grade"]: row["quota"] for row in seal["quotas"]}
    extra = seal["top_up"]
    winners, passed_over = [], []
    for ticket, code, grade in waiting:
        if room[grade] > 0:
            room[grade] -= 1
            winners.append({"ticket": ticket, "code": code, "grade": grade, "top_up": False})
        else:
            passed_over.append({"ticket": ticket, "code": code, "grade": grade, "top_up": True})
    return sorted(winners + passed_over[:extra], key=lambda winner: winner["ticket"])


# Teams


def _check_teams(evidence: dict) -> dict[str, list[str]]:
    """The codes of every team's members, by facility in draw order."""
    recorded = evidence["teams"]
    for number, (team, winner) in enumerate(zip(recorded, evidence["winners"], strict=False), 1):
        _same(f"第 {number} 个检查组的检查对象", team["facility"], winner["code"])
    _same("检查组的数量", len(recorded), len(evidence["winners"]))
    if evidence["assignment"] == "assigned":
        _check_assigned(evidence)
    else:
        _check_dealt(evidence)
    return {team["facility"]: [member["inspector"] for member in team["members"]] for team in recorded}


def _check_assigned(evidence: dict) -> None:
    pool, recused = _pool(evidence), _recusals(evidence)
    for number, team in enumerate(evidence["teams"], 1):
        where = f"第 {number} 个检查组（{show(team['facility'])}）"
        codes = [member["inspector"] for member in team["members"]]
        if evidence["void"] and not codes:
            continue
        if len(codes) < evidence["seal"]["rules"]["team_size"]:
            raise Difference(f"{where}：直接选派的检查人员少于规定人数。")
        for place, member in enumerate(team["members"]):
            code, seat = member["inspector"], f"{where}第 {place + 1} 名检查人员"
            if code in codes[:place]:
                raise Difference(f"{seat}：{show(code)} 重复。")
            if code not in pool:
                raise Difference(f"{seat}：{show(code)} 不在检查人员名册内或不可选派。")
            if (team["facility"], code) in recused:
                raise Difference(f"{seat}：{show(code)} 应当回避。")
            _same(f"{seat}的序次（visit）", member["visit"], 0)
            _same(f"{seat}的牌（card）", member["card"], "")
        wanted = evidence["seal"]["rules"]["qualification"]
        if wanted and wanted not in pool[codes[0]]:
            raise Difference(f"{where}第 1 名检查人员：{show(codes[0])} 不具备资格 {show(wanted)}。")


def _check_dealt(evidence: dict) -> None:
    size = evidence["seal"]["rules"]["team_size"]
    dealt = _deal(evidence)
    for place in range(size):
        for number, team in enumerate(evidence["teams"], 1):
            where = f"第 {number} 个检查组（{show(team['facility'])}）"
            if place >= len(team["members"]):
                raise Difference(f"{where}：文件记有 {len(team['members'])} 名检查人员，应为 {size} 名。")
            member, seat = team["members"][place], f"{where}第 {place + 1} 名检查人员"
            visit, card, inspector = next(dealt)
            _same(seat, member["inspector"], inspector)
            _same(f"{seat}的序次（visit）", member["visit"], visit)
            _same(f"{seat}的牌（card）", member["card"], card)
    for number, team in enumerate(evidence["teams"], 1):
        where = f"第 {number} 个检查组（{show(team['facility'])}）的人数"
        _same(where, len(team["members"]), size)


def _deal(evidence: dict):
    """The cards taken, one at a time: the first places of all facilities, then the second places, …"""
    seed, rules = evidence["seed"], evidence["seal"]["rules"]
    pool, recused = _pool(evidence), _recusals(evidence)
    facilities = [winner["code"] for winner in evidence["winners"]]
    taken = {facility: set() for facility in facilities}
    visits = dict.fromkeys(pool, 0)
    for place in range(rules["team_size"]):
        wanted = rules["qualification"] if place == 0 else ""
        deck = [_card(seed, code, visits[code] + 1) for code in pool if not wanted or wanted in pool[code]]
        heapq.heapify(deck)
        for facility in facilities:
            skipped = []
            while True:
                if not deck:
                    raise Difference(f"检查对象 {show(facility)}：没有可派的检查人员。")
                lowest = heapq.heappop(deck)
                visit, _, code = lowest
                if code not in taken[facility] and (facility, code) not in recused:
                    break
                skipped.append(lowest)
            for card in skipped:
                heapq.heappush(deck, card)
            heapq.heappush(deck, _card(seed, code, visit + 1))
            visits[code] = visit
            taken[facility].add(code)
            yield lowest


def _card(seed: str, code: str, visit: int) -> tuple[int, str, str]:
    return visit, _hash(f"{seed},{code},{visit}"), code


def _pool(evidence: dict) -> dict[str, list[str]]:
    """The inspectors who may be dealt, each with the qualifications held."""
    return {code: tags.split(",") for code, tags, status in evidence["inspector_roster"] if status == "in"}


def _recusals(evidence: dict) -> set[tuple[str, str]]:
    return {(facility, inspector) for facility, inspector in evidence["recusals"]}


# Substitutions


def _check_substitutions(evidence: dict, teams: dict[str, list[str]]) -> None:
    held = {}
    for code in (code for members in teams.values() for code in members):
        held[code] = held.get(code, 0) + 1
    gone = {facility: set() for facility in teams}
    latest = ("抽取时间", evidence["held_at"])
    for number, entry in enumerate(evidence["substitutions"], 1):
        where, facility = f"第 {number} 次调换", entry["facility"]
        if facility not in teams:
            raise Difference(f"{where}：{show(facility)} 不是中选机构。")
        if entry["out"] not in teams[facility]:
            raise Difference(f"{where}：{show(entry['out'])} 此时不是 {show(facility)} 检查组的成员。")
        if entry["reason"] not in REASONS:
            raise Difference(f"{where}：事由 {show(entry['reason'])} 不在规定的四种之内。")
        current = (f"{where}的批准时间", entry["approved_at"])
        _in_order(latest, current)
        latest = current
        gone[facility].add(entry["out"])
        place = teams[facility].index(entry["out"])
        barred = gone[facility].union(teams[facility])
        _check_substitute(evidence, entry, where, _substitute(evidence, facility, place, barred, held))
        teams[facility][place] = entry["in"]
        held[entry["out"]] -= 1
        held[entry["in"]] = held.get(entry["in"], 0) + 1


def _substitute(evidence: dict, facility: str, place: int, barred: set[str], held: dict[str, int]):
    """The lowest card of those eligible for the place, or None."""
    recused, rules = _recusals(evidence), evidence["seal"]["rules"]
    wanted = rules["qualification"] if place == 0 else ""
    best = None
    for code, tags in _pool(evidence).items():
        if code in barred or (facility, code) in recused or (wanted and wanted not in tags):
            continue
        offered = _card(evidence["seed"], code, held.get(code, 0) + 1)
        best = offered if best is None else min(best, offered)
    return best


def _check_substitute(evidence: dict, entry: dict, where: str, due: tuple[int, str, str] | None) -> None:
    seat = f"{where}换入的检查人员"
    if due is not None:
        _same(seat, entry["in"], due[2])
        _same(f"{seat}的序次（visit）", entry["visit"], due[0])
        _same(f"{seat}的牌（card）", entry["card"], due[1])
        return
    bureau, colon, code = entry["in"].partition(":")
    known = {row[0] for row in evidence["inspector_roster"]}
    foreign = bureau.isascii() and bureau.isdigit() and bureau != evidence["seal"]["bureau"]
    if entry["in"] in known or not (foreign and len(bureau) == 6 and colon and code):
        raise Difference(
            f"{seat}：名册内已无人可派，须为“区划代码:人员代码”形式的借调人员，文件记为 {show(entry['in'])}。"
        )
    _same(f"{seat}的序次（visit）", entry["visit"], 0)
    _same(f"{seat}的牌（card）", entry["card"], "")
