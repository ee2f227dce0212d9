"""What somebody may do to an evidence file, and the place that every verifier has to name.

One table for all three: the management command, the script for download and the page in the browser. The seal is
sealed again where only the part behind it is to be tested.
"""

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from inspections import lottery
from tests.inspections.evidence import Case, at, complete, recused_at

ZEROS = "0" * 64


class Tampering(NamedTuple):
    kind: str
    tamper: Callable[[dict], object]
    place: str
    base: Callable[[], dict] = complete

    def file(self) -> dict:
        evidence = copy.deepcopy(_original(self.base))
        self.tamper(evidence)
        return evidence

    def as_bytes(self) -> bytes:
        # Escaped, because not every tampering can be written as UTF-8.
        return json.dumps(self.file()).encode()


@cache
def _original(base: Callable[[], dict]) -> dict:
    return base()


# The files that are tampered with, besides the complete one


def void_before_holding(**changes):
    void = {
        "reason": "封存后发现名录库有误",
        "proposed_by": "经办甲",
        "approved_by": "负责人乙",
        "at": at(20),
    }
    return Case().unheld() | {"void": void, "public_value": None} | changes


def void_after_holding():
    return complete() | {"void": void_before_holding()["void"] | {"at": at(90)}}


def assigned():
    """The bureau names the teams itself: every facility gets a pair free of recusals."""
    evidence = Case().held() | {"assignment": "assigned"}
    for team in evidence["teams"]:
        free = [code for code in ("Z01", "Z02", "Z03", "Z04") if code != recused_at(team["facility"])]
        team["members"] = members(free[0], free[-1])
    return evidence


def unannounced():
    """Without a public source, voided before it was held."""
    return Case(public_source=None).unheld() | {"void": void_before_holding()["void"]}


def unannounced_and_held():
    return Case(public_source=None).held()


def one_team_over_and_over():
    """Both places by turns, until the roster is empty and even those lent are replaced by others lent."""
    case, evidence = Case(), Case().held()
    for number in range(8):
        case.substitute(evidence, 0, number % 2, borrow=f"990200:K{number}")
    return evidence


GOOD_FILES = (
    one_team_over_and_over,
    complete,
    assigned,
    void_before_holding,
    void_after_holding,
    unannounced,
    unannounced_and_held,
)


def members(*codes):
    return [{"inspector": code, "visit": 0, "card": ""} for code in codes]


def made_anew() -> dict:
    """Another facility's grade bettered, then everything sealed, drawn and dealt again: nothing left to see."""
    case = Case()
    rows = case.facilities
    rows[20] = rows[20]._replace(grade="A")
    return Case(facilities=rows).held()


FIRST_TEAM = f"第 1 个检查组（{_original(assigned)['winners'][0]['code']}）"


# How


def put(*path):
    """Walk the path but for its last two steps, then set that key to that value."""
    *steps, key, value = path

    def tamper(evidence):
        for step in steps:
            evidence = evidence[step]
        assert repr(evidence[key]) != repr(value)
        evidence[key] = value

    return tamper


def drop(*path):
    *steps, key = path

    def tamper(evidence):
        for step in steps:
            evidence = evidence[step]
        del evidence[key]

    return tamper


def add(*path):
    """Append the last step to the list that the others lead to."""
    *steps, entry = path

    def tamper(evidence):
        for step in steps:
            evidence = evidence[step]
        evidence.append(entry)

    return tamper


def swap(key, first, second):
    def tamper(evidence):
        rows = evidence[key]
        rows[first], rows[second] = rows[second], rows[first]

    return tamper


def repeat_row(key, index):
    return lambda evidence: evidence[key].insert(index, copy.deepcopy(evidence[key][index]))


def resealed(*tampers):
    def tamper_and_reseal(evidence):
        for tamper in tampers:
            tamper(evidence)
        for roster, digest in (
            ("facility_roster", "facility_digest"),
            ("inspector_roster", "inspector_digest"),
            ("recusals", "recusal_digest"),
        ):
            evidence["seal"][digest] = lottery.digest(lottery.roster_text(evidence[roster]))
        evidence["seal_digest"] = lottery.digest(lottery.canonical(evidence["seal"]))

    return tamper_and_reseal


def team_of(*codes):
    return lambda evidence: evidence["teams"][0].update(members=members(*codes))


def team_with_a_recused(evidence):
    team = evidence["teams"][0]
    team["members"][1]["inspector"] = recused_at(team["facility"])


def winner_for_another(evidence):
    """The friend's facility goes, the next in line of its grade comes, with its true ticket."""
    winner = evidence["winners"][2]
    drawn = {row["code"] for row in evidence["winners"]}
    code = next(
        c for c, g, s in evidence["facility_roster"] if g == winner["grade"] and s == "in" and c not in drawn
    )
    winner.update(code=code, ticket=lottery.ticket(evidence["seed"], code))


def secret_with_its_commitment(evidence):
    evidence["secret"] = "f" * 64
    evidence["seal"]["commitment"] = lottery.digest("f" * 64)


SHAPE = [
    Tampering("a key removed", drop("seed"), "证据文件：缺少 seed"),
    Tampering("a key added", lambda evidence: evidence.update(note=1), "证据文件：多出 note"),
    Tampering("a key of the seal removed", drop("seal", "previous"), "seal：缺少 previous"),
    Tampering("a key of the seal added", lambda e: e["seal"].update(salt=""), "seal：多出 salt"),
    Tampering(
        "team size of one",
        put("seal", "rules", "team_size", 1),
        "seal rules team_size：须为 2 至 1000 的整数",
    ),
    Tampering(
        "team size as text",
        put("seal", "rules", "team_size", "2"),
        "seal rules team_size：须为 2 至 1000 的整数",
    ),
    Tampering(
        "a ratio that is no number",
        put("seal", "rules", "ratios_bp", "A", True),
        "seal rules ratios_bp A：须为",
    ),
    Tampering(
        "a ratio removed", drop("seal", "rules", "ratios_bp", "NONE"), "seal rules ratios_bp：缺少 NONE"
    ),
    Tampering(
        "a time of another zone",
        put("seal", "sealed_at", "2026-03-02T01:00:00Z"),
        "seal sealed_at：须为东八区",
    ),
    Tampering("a month thirteen", put("held_at", "2026-13-02T09:30:00+08:00"), "held_at：须为东八区"),
    Tampering("a 30th of February", put("held_at", "2026-02-30T09:30:00+08:00"), "held_at：须为东八区"),
    Tampering("a number for a yes", put("winners", 1, "top_up", 0), "winners 第 2 项 top_up：须为真假值"),
    Tampering("half a ticket", put("winners", 0, "ticket", "ABC"), "winners 第 1 项 ticket：须为 64 位"),
    Tampering(
        "a card removed", drop("teams", 2, "members", 1, "card"), "teams 第 3 项 members 第 2 项：缺少 card"
    ),
    Tampering(
        "a status removed", put("facility_roster", 4, ["H0004", "A"]), "facility_roster 第 5 项：须为 3 项"
    ),
    Tampering(
        "a tab in a code",
        put("facility_roster", 4, 0, "H\t4"),
        "facility_roster 第 5 项 代码：须为一行不含制表符",
    ),
    Tampering(
        "a line break in a code",
        put("inspector_roster", 0, 0, "Z\n"),
        "inspector_roster 第 1 项 代码：须为一行不含制表符",
    ),
    Tampering(
        "an empty code",
        put("recusals", 0, 1, ""),
        "recusals 第 1 项 检查人员代码：须为一行不含制表符的文字，不能为空白",
    ),
    Tampering(
        "a contribution of two lines",
        put("contributions", 0, "text", "一行十六个字符的内容\n又一行文字"),
        "contributions 第 1 项 text：须为一行",
    ),
    Tampering(
        "half a character",
        put("contributions", 0, "name", "\ud800"),
        "contributions 第 1 项 name：须为一行文字",
    ),
    Tampering(
        "another word for assignment", put("assignment", "chosen"), "assignment：须为 drawn 或 assigned"
    ),
    Tampering("a void without names", put("void", {"reason": "有误"}), "void：缺少 proposed_by"),
    Tampering("a secret that is none", put("secret", "secret"), "secret：须为 64 位"),
]

SEAL = [
    Tampering(
        "another protocol",
        put("seal", "protocol", "draw/v2"),
        "封存内容的协议名称（protocol）：文件记为 draw/v2，重算为 draw/v1",
    ),
    Tampering("another hash", put("seal", "hash", "sm3"), "封存内容的哈希算法（hash）：文件记为 sm3"),
    Tampering("another round", put("seal", "round", 2), "封存摘要（seal_digest）：文件记为"),
    Tampering(
        "another number", put("seal", "number", "示抽〔2026〕4号"), "封存摘要（seal_digest）：文件记为"
    ),
    Tampering(
        "another public source", put("seal", "public_source", "另一来源"), "封存摘要（seal_digest）：文件记为"
    ),
    Tampering("another draw before", put("seal", "previous", "8" * 64), "封存摘要（seal_digest）：文件记为"),
    Tampering("no draw before", put("seal", "previous", None), "封存摘要（seal_digest）：文件记为"),
    Tampering("another commitment", put("seal", "commitment", "7" * 64), "封存摘要（seal_digest）：文件记为"),
    Tampering("secret and commitment", secret_with_its_commitment, "封存摘要（seal_digest）：文件记为"),
    Tampering("sealed earlier", put("seal", "sealed_at", at(-5)), "封存摘要（seal_digest）：文件记为"),
    Tampering("another seal digest", put("seal_digest", ZEROS), f"封存摘要（seal_digest）：文件记为 {ZEROS}"),
    Tampering("a round, sealed again", resealed(put("seal", "round", 2)), "随机种子（seed）"),
]

ROSTERS = [
    Tampering("two facilities exchanged", swap("facility_roster", 5, 6), "检查对象名册第 7 行"),
    Tampering("a facility twice", repeat_row("facility_roster", 5), "检查对象名册第 7 行"),
    Tampering("a grade changed", put("facility_roster", 5, 1, "B"), "检查对象名册摘要（facility_digest）"),
    Tampering(
        "an exclusion lifted", put("facility_roster", 2, 2, "in"), "检查对象名册摘要（facility_digest）"
    ),
    Tampering(
        "an exclusion added",
        put("facility_roster", 3, 2, "joint_plan"),
        "检查对象名册摘要（facility_digest）",
    ),
    Tampering("a facility removed", drop("facility_roster", 5), "检查对象名册摘要（facility_digest）"),
    Tampering(
        "a facility added",
        add("facility_roster", ["H0099", "NONE", "in"]),
        "检查对象名册摘要（facility_digest）",
    ),
    Tampering(
        "a grade that does not exist, sealed again",
        resealed(put("facility_roster", 5, 1, "E")),
        "检查对象名册第 6 行：H0005 的信用等级 E",
    ),
    Tampering(
        "a grade, sealed again",
        resealed(put("facility_roster", 5, 1, "B")),
        "抽取数量（quotas）第 1 行 A 级的 base：文件记为 12，重算为 11",
    ),
    Tampering(
        "an exclusion, sealed again",
        resealed(put("facility_roster", 3, 2, "joint_plan")),
        "抽取数量（quotas）第 1 行 A 级的 pool：文件记为 11，重算为 10",
    ),
    Tampering("two inspectors exchanged", swap("inspector_roster", 0, 1), "检查人员名册第 2 行"),
    Tampering("an inspector removed", drop("inspector_roster", 3), "检查人员名册摘要（inspector_digest）"),
    Tampering(
        "a leave forgotten", put("inspector_roster", 6, 2, "in"), "检查人员名册摘要（inspector_digest）"
    ),
    Tampering(
        "a qualification added", put("inspector_roster", 0, 1, "药学"), "检查人员名册摘要（inspector_digest）"
    ),
    Tampering(
        "qualifications out of order, sealed again",
        resealed(put("inspector_roster", 2, 1, "财务,药学")),
        "检查人员名册第 3 行：Z02 的资格未按字节顺序",
    ),
    Tampering("two recusals exchanged", swap("recusals", 0, 1), "回避登记第 2 行"),
    Tampering("a recusal removed", drop("recusals", 0), "回避登记摘要（recusal_digest）"),
    Tampering("a recusal of another", put("recusals", 0, 1, "Z05"), "回避登记摘要（recusal_digest）"),
    Tampering("a recusal, sealed again", resealed(drop("recusals", 0)), "随机种子（seed）"),
]

WITNESS = [
    Tampering("another secret", put("secret", "f" * 64), "封存时的承诺值（commitment）"),
    Tampering("no secret", put("secret", None), "secret：本次抽取已经进行"),
    Tampering("no witness", put("contributions", []), "见证（contributions）：至少须有一名见证人"),
    Tampering(
        "a contribution too short",
        put("contributions", 1, "text", "不足十六个字符"),
        "第 2 位见证人输入的内容：不足 16 个字符",
    ),
    Tampering(
        "a contribution of fifteen astral characters",
        put("contributions", 1, "text", "𠮷" * 15),
        "第 2 位见证人输入的内容：不足 16 个字符",
    ),
    Tampering(
        "a contribution edited",
        put("contributions", 0, "text", "1 1 1 1 1 1 1 1 1 1"),
        "随机种子（seed）：文件记为",
    ),
    Tampering("a witness removed", drop("contributions", 1), "随机种子（seed）：文件记为"),
    Tampering(
        "a witness before the seal",
        put("contributions", 0, "at", at(-1)),
        "第 1 位见证人的见证时间 2026-03-02T08:59:00+08:00 早于封存时间",
    ),
    Tampering(
        "a witness after the draw",
        put("contributions", 1, "at", at(31)),
        "抽取时间 2026-03-02T09:30:00+08:00 早于第 2 位见证人的见证时间",
    ),
    Tampering(
        "witnesses out of order",
        put("contributions", 1, "at", at(9)),
        "第 2 位见证人的见证时间 2026-03-02T09:09:00+08:00 早于第 1 位",
    ),
    Tampering("two witnesses exchanged", swap("contributions", 0, 1), "第 2 位见证人的见证时间"),
    Tampering(
        "held before the seal", put("held_at", at(-1)), "抽取时间 2026-03-02T08:59:00+08:00 早于封存时间"
    ),
    Tampering(
        "neither held nor void", put("held_at", None), "抽取时间（held_at）：本次抽取既未进行，也未作废"
    ),
    Tampering("no public value", put("public_value", None), "公开随机数（public_value）"),
    Tampering("another public value", put("public_value", "3388.07"), "随机种子（seed）"),
    Tampering(
        "a public value nobody announced",
        put("public_value", "3388.06"),
        "公开随机数（public_value）：封存时公布了来源的须有值",
        unannounced_and_held,
    ),
    Tampering("another seed", put("seed", ZEROS), f"随机种子（seed）：文件记为 {ZEROS}，重算为"),
    Tampering("no seed", put("seed", None), "seed：本次抽取已经进行"),
]

QUOTAS = [
    Tampering(
        "a quota off by one",
        resealed(put("seal", "quotas", 1, "quota", 3)),
        "抽取数量（quotas）第 2 行 B 级的 quota：文件记为 3，重算为 2",
    ),
    Tampering(
        "a pool too large",
        resealed(put("seal", "quotas", 3, "pool", 3)),
        "抽取数量（quotas）第 4 行 D 级的 pool：文件记为 3，重算为 0",
    ),
    Tampering(
        "quotas out of order",
        resealed(lambda evidence: evidence["seal"]["quotas"].reverse()),
        "抽取数量（quotas）第 1 行 A 级的 grade",
    ),
    Tampering(
        "a quota removed",
        resealed(drop("seal", "quotas", 4)),
        "抽取数量（quotas）的行数：文件记为 4，重算为 5",
    ),
    Tampering(
        "no top-up",
        resealed(put("seal", "top_up", 0)),
        "按总体下限补抽的数量（top_up）：文件记为 0，重算为 2",
    ),
    Tampering(
        "a lower floor", resealed(put("seal", "rules", "floor_bp", 300)), "按总体下限补抽的数量（top_up）"
    ),
    Tampering(
        "a lower ratio",
        resealed(put("seal", "rules", "ratios_bp", "C", 1000)),
        "抽取数量（quotas）第 3 行 C 级的 quota：文件记为 2，重算为 1",
    ),
]

WINNERS = [
    Tampering("two winners exchanged", swap("winners", 2, 3), "第 3 个中选机构：文件记为"),
    Tampering("a winner removed", drop("winners", 4), "第 5 个中选机构：文件记为"),
    Tampering("the last winner removed", drop("winners", -1), "中选机构的数量：文件记为 7，重算为 8"),
    Tampering("a winner twice", repeat_row("winners", -1), "中选机构的数量：文件记为 9，重算为 8"),
    Tampering(
        "a winner renamed", put("winners", 2, "code", "H0001"), "第 3 个中选机构：文件记为 H0001，重算为"
    ),
    Tampering("a winner swapped for another", winner_for_another, "第 3 个中选机构：文件记为"),
    Tampering("a ticket edited", put("winners", 2, "ticket", ZEROS), "第 3 个中选机构的抽签号"),
    Tampering(
        "a winner's grade changed", put("winners", 2, "grade", "D"), "第 3 个中选机构的信用等级：文件记为 D"
    ),
    Tampering(
        "a top-up hidden",
        lambda e: e["winners"][0].update(top_up=not e["winners"][0]["top_up"]),
        "第 1 个中选机构的补抽标记",
    ),
    Tampering("no winners at all", put("winners", None), "winners：本次抽取已经进行"),
]

TEAMS = [
    Tampering("two teams exchanged", swap("teams", 0, 1), "第 1 个检查组的检查对象"),
    Tampering("a team removed", drop("teams", -1), "检查组的数量：文件记为 7，重算为 8"),
    Tampering("the leader exchanged", lambda e: e["teams"][2]["members"].reverse(), "第 3 个检查组（"),
    Tampering("a member swapped", put("teams", 1, "members", 0, "inspector", "Z00"), "第 2 个检查组（"),
    Tampering("a card's number changed", put("teams", 1, "members", 0, "visit", 9), "第 2 个检查组（"),
    Tampering("a card edited", put("teams", 1, "members", 1, "card", ZEROS), "第 2 个检查组（"),
    Tampering("a member removed", drop("teams", 1, "members", 1), "第 2 个检查组（"),
    Tampering(
        "a member added",
        lambda e: e["teams"][1]["members"].append(dict(e["teams"][0]["members"][0])),
        "第 2 个检查组（",
    ),
    Tampering("dealt teams called assigned", put("assignment", "assigned"), "第 1 个检查组（"),
    Tampering("assigned teams called dealt", put("assignment", "drawn"), "第 1 个检查组（", assigned),
    Tampering(
        "one assigned alone", team_of("Z02"), f"{FIRST_TEAM}：直接选派的检查人员少于规定人数", assigned
    ),
    Tampering(
        "one assigned twice", team_of("Z02", "Z02"), f"{FIRST_TEAM}第 2 名检查人员：Z02 重复", assigned
    ),
    Tampering(
        "somebody on leave assigned",
        team_of("Z02", "Z06"),
        f"{FIRST_TEAM}第 2 名检查人员：Z06 不在检查人员名册内或不可选派",
        assigned,
    ),
    Tampering(
        "a stranger assigned",
        team_of("Z02", "Z99"),
        f"{FIRST_TEAM}第 2 名检查人员：Z99 不在检查人员名册内或不可选派",
        assigned,
    ),
    Tampering(
        "nobody qualified assigned",
        team_of("Z03", "Z00"),
        f"{FIRST_TEAM}第 1 名检查人员：Z03 不具备资格 药学",
        assigned,
    ),
    Tampering("a recused one assigned", team_with_a_recused, f"{FIRST_TEAM}第 2 名检查人员：Z0", assigned),
    Tampering(
        "an assigned one with a card",
        put("teams", 0, "members", 0, "visit", 1),
        f"{FIRST_TEAM}第 1 名检查人员的序次（visit）：文件记为 1，重算为 0",
        assigned,
    ),
]

SUBSTITUTIONS = [
    Tampering(
        "a substitute elsewhere",
        put("substitutions", 0, "facility", "H0002"),
        "第 1 次调换：H0002 不是中选机构",
    ),
    Tampering(
        "somebody replaced who was not there",
        put("substitutions", 1, "out", "Z06"),
        "第 2 次调换：Z06 此时不是",
    ),
    Tampering(
        "a reason of one's own",
        put("substitutions", 1, "reason", "另有安排"),
        "第 2 次调换：事由 另有安排 不在规定的四种之内",
    ),
    Tampering(
        "a substitute chosen by hand",
        put("substitutions", 0, "in", "Z06"),
        "第 1 次调换换入的检查人员：文件记为 Z06，重算为",
    ),
    Tampering(
        "one borrowed without need",
        put("substitutions", 0, "in", "990200:K07"),
        "第 1 次调换换入的检查人员：文件记为 990200:K07，重算为",
    ),
    Tampering(
        "a substitute's number",
        put("substitutions", 0, "visit", 1),
        "第 1 次调换换入的检查人员的序次（visit）",
    ),
    Tampering(
        "a substitute's card", put("substitutions", 0, "card", ""), "第 1 次调换换入的检查人员的牌（card）"
    ),
    Tampering(
        "a substitution before the draw",
        put("substitutions", 0, "approved_at", at(29)),
        "第 1 次调换的批准时间",
    ),
    Tampering(
        "substitutions out of order", put("substitutions", 2, "approved_at", at(60)), "第 3 次调换的批准时间"
    ),
    Tampering("two substitutions exchanged", swap("substitutions", 0, 2), "第 1 次调换：Z"),
    Tampering("a substitution removed", drop("substitutions", 0), "第 1 次调换换入的检查人员的序次（visit）"),
    Tampering("a substitution added", repeat_row("substitutions", 0), "第 2 次调换：Z"),
    Tampering(
        "one borrowed from the own bureau",
        put("substitutions", -1, "in", "990100:K07"),
        "第 5 次调换换入的检查人员：名册内已无人可派",
    ),
    Tampering(
        "one who is not eligible, as if borrowed",
        put("substitutions", -1, "in", "Z00"),
        "第 5 次调换换入的检查人员：名册内已无人可派",
    ),
    Tampering(
        "a bureau of five digits",
        put("substitutions", -1, "in", "99020:K07"),
        "第 5 次调换换入的检查人员：名册内已无人可派",
    ),
    Tampering(
        "one borrowed with a card",
        put("substitutions", -1, "visit", 1),
        "第 5 次调换换入的检查人员的序次（visit）：文件记为 1，重算为 0",
    ),
]

VOIDS = [
    Tampering(
        "void before it was held",
        put("void", void_before_holding()["void"]),
        "作废时间 2026-03-02T09:20:00+08:00 早于抽取时间",
    ),
    Tampering(
        "the void taken back", put("void", None), "抽取时间（held_at）：本次抽取既未", void_before_holding
    ),
    Tampering(
        "void before the seal",
        put("void", "at", at(-1)),
        "作废时间 2026-03-02T08:59:00+08:00 早于封存时间",
        void_before_holding,
    ),
    Tampering(
        "void without a name", put("void", "approved_by", ""), "void approved_by：须为", void_before_holding
    ),
    Tampering("a seed of a draw never held", put("seed", ZEROS), "seed：本次抽取未进行", void_before_holding),
    Tampering(
        "winners of a draw never held",
        lambda e: e.update(winners=complete()["winners"]),
        "winners：本次抽取未进行",
        void_before_holding,
    ),
    Tampering(
        "substitutions of a draw never held",
        lambda e: e.update(substitutions=complete()["substitutions"]),
        "substitutions：本次抽取未进行",
        void_before_holding,
    ),
    Tampering(
        "another secret of a draw never held",
        put("secret", "f" * 64),
        "封存时的承诺值（commitment）",
        void_before_holding,
    ),
    Tampering(
        "a public value of a draw never held",
        put("public_value", "3388.06"),
        "公开随机数（public_value）：封存时未公布来源",
        unannounced,
    ),
    Tampering(
        "a top-up of a draw void later",
        lambda e: e["winners"][0].update(top_up=not e["winners"][0]["top_up"]),
        "第 1 个中选机构的补抽标记",
        void_after_holding,
    ),
]

TAMPERINGS = [*SHAPE, *SEAL, *ROSTERS, *WITNESS, *QUOTAS, *WINNERS, *TEAMS, *SUBSTITUTIONS, *VOIDS]

# Not the content but its spelling; each reader says it in words of its own.
MISSPELT = {
    "nothing": b"",
    "no JSON": b"not json",
    "not UTF-8": b"\xff\xfe\xfa",
    "a mark before the text": b"\xef\xbb\xbf{}",
    "a key twice": b'{"seal": 1, "seal": 2}',
    "no number": b'{"seal": NaN}',
    "nested without end": b"[" * 200_000,
}


def with_a_key_twice() -> bytes:
    """Readers differ in which winners they would see."""
    text = json.dumps(complete())
    return ('{"winners": [], ' + text[1:]).encode()


def with_a_number_as_a_fraction() -> bytes:
    return json.dumps(complete()).replace('"team_size": 2', '"team_size": 2.0').encode()
