import ast
import copy
import json
from pathlib import Path

import pytest

from inspections import lottery, verification
from inspections.verification import first_difference
from tests.inspections.evidence import Case, at, complete, recused_at

VECTOR = Path(__file__).parent / "vectors" / "draw-v1.json"


@pytest.fixture
def evidence():
    return copy.deepcopy(COMPLETE)


COMPLETE = complete()


def void_before_holding(**changes):
    void = {
        "reason": "封存后发现名录库有误",
        "proposed_by": "经办甲",
        "approved_by": "负责人乙",
        "at": at(20),
    }
    return Case().unheld() | {"void": void, "public_value": None} | changes


def assigned():
    """The bureau names the teams itself: every facility gets a pair free of recusals."""
    evidence = Case().held() | {"assignment": "assigned"}
    for team in evidence["teams"]:
        free = [code for code in ("Z01", "Z02", "Z03", "Z04") if code != recused_at(team["facility"])]
        team["members"] = members(free[0], free[-1])
    return evidence


def members(*codes):
    return [{"inspector": code, "visit": 0, "card": ""} for code in codes]


# What verifies


def test_a_complete_draw_verifies(evidence):
    assert first_difference(evidence) is None


def test_the_cast_is_rich_enough(evidence):
    assert {row["top_up"] for row in evidence["winners"]} == {True, False}
    assert "990200:K07" in [entry["in"] for entry in evidence["substitutions"]]
    assert evidence["seal"]["quotas"][3] == {"grade": "D", "base": 3, "pool": 0, "quota": 0}


def test_a_draw_without_public_source_verifies():
    assert first_difference(Case(public_source=None).held()) is None


def test_the_published_seal_digest_is_compared(evidence):
    assert first_difference(evidence, expected_seal_digest=evidence["seal_digest"]) is None
    difference = first_difference(evidence, expected_seal_digest="0" * 64)
    assert difference == f"封存摘要：公布为 {'0' * 64}，文件记为 {evidence['seal_digest']}。"


def test_a_directly_assigned_draw_verifies_and_its_substitutes_come_from_the_cards():
    assert first_difference(assigned()) is None
    assert first_difference(Case().substitute(assigned(), 0, 1)) is None


def test_a_draw_voided_after_it_was_held_is_still_recomputed(evidence):
    evidence["void"] = void_before_holding()["void"] | {"at": at(90)}
    assert first_difference(evidence) is None
    evidence["winners"][0]["top_up"] = not evidence["winners"][0]["top_up"]
    assert "第 1 个中选机构的补抽标记" in first_difference(evidence)


@pytest.mark.parametrize("changes", [
    {},
    {"contributions": []},
    {"secret": None},
    {"public_value": "3388.06"},
    {"winners": None, "teams": None, "substitutions": None, "assignment": None},
])  # fmt: skip
def test_a_draw_voided_before_it_was_held_verifies(changes):
    assert first_difference(void_before_holding(**changes)) is None


@pytest.mark.parametrize(("changes", "place"), [
    ({"void": None}, "抽取时间（held_at）：本次抽取既未进行，也未作废"),
    ({"seed": "0" * 64}, "seed：本次抽取未进行"),
    ({"winners": COMPLETE["winners"]}, "winners：本次抽取未进行"),
    ({"substitutions": COMPLETE["substitutions"]}, "substitutions：本次抽取未进行"),
    ({"secret": "f" * 64}, "封存时的承诺值（commitment）"),
])  # fmt: skip
def test_a_draw_that_was_never_held_has_no_result(changes, place):
    assert first_difference(void_before_holding(**changes)).startswith(place)


def test_a_public_value_without_announced_source_is_found():
    unannounced = Case(public_source=None).unheld() | {
        "void": void_before_holding()["void"],
        "public_value": "3388.06",
    }
    assert first_difference(unannounced).startswith("公开随机数（public_value）：封存时未公布来源")
    held = Case(public_source=None).held() | {"public_value": "3388.06"}
    assert first_difference(held).startswith("公开随机数（public_value）：封存时公布了来源的须有值")


# What does not. The seal is sealed again where only the part behind it is to be tested.


def put(*path):
    """A tampering: walk the path but for its last two steps, then set that key to that value."""
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


def resealed(tamper):
    def tamper_and_reseal(evidence):
        tamper(evidence)
        evidence["seal_digest"] = lottery.digest(lottery.canonical(evidence["seal"]))

    return tamper_and_reseal


def swap(key, first, second):
    def tamper(evidence):
        rows = evidence[key]
        rows[first], rows[second] = rows[second], rows[first]

    return tamper


def repeat_row(key, index):
    return lambda evidence: evidence[key].insert(index, evidence[key][index])


def swap_members(evidence):
    evidence["teams"][2]["members"].reverse()


TAMPERINGS = [
    # Shape
    (drop("seed"), "证据文件：缺少 seed"),
    (lambda evidence: evidence.update(note=1), "证据文件：多出 note"),
    (drop("seal", "previous"), "seal：缺少 previous"),
    (lambda evidence: evidence["seal"].update(salt=""), "seal：多出 salt"),
    (put("seal", "rules", "team_size", 2.0), "seal rules team_size：须为 2 至 1000 的整数"),
    (put("seal", "rules", "ratios_bp", "A", True), "seal rules ratios_bp A：须为"),
    (drop("seal", "rules", "ratios_bp", "NONE"), "seal rules ratios_bp：缺少 NONE"),
    (put("seal", "sealed_at", "2026-03-02T01:00:00Z"), "seal sealed_at：须为东八区"),
    (put("held_at", "2026-13-02T09:30:00+08:00"), "held_at：须为东八区"),
    (put("winners", 1, "top_up", 0), "winners 第 2 项 top_up：须为真假值"),
    (put("winners", 0, "ticket", "ABC"), "winners 第 1 项 ticket：须为 64 位"),
    (drop("teams", 2, "members", 1, "card"), "teams 第 3 项 members 第 2 项：缺少 card"),
    (put("facility_roster", 4, ["H0004", "A"]), "facility_roster 第 5 项：须为 3 项"),
    (put("facility_roster", 4, 0, "H\t4"), "facility_roster 第 5 项 代码：不能含有制表符"),
    (put("inspector_roster", 0, 0, "Z\n"), "inspector_roster 第 1 项 代码：须为一行文字"),
    (put("recusals", 0, 1, ""), "recusals 第 1 项 检查人员代码：不能为空白"),
    (
        put("contributions", 0, "text", "一行十六个字符的内容\n又一行文字"),
        "contributions 第 1 项 text：须为一行",
    ),
    (put("contributions", 0, "name", "\ud800"), "contributions 第 1 项 name：含有无法"),
    (put("assignment", "chosen"), "assignment：须为 drawn 或 assigned"),
    (put("void", {"reason": "有误"}), "void：缺少 proposed_by"),
    (put("secret", "secret"), "secret：须为 64 位"),
    # Seal
    (put("seal", "protocol", "draw/v2"), "封存内容的协议名称（protocol）：文件记为 draw/v2，重算为 draw/v1"),
    (put("seal", "hash", "sm3"), "封存内容的哈希算法（hash）：文件记为 sm3"),
    (put("seal", "round", 2), "封存摘要（seal_digest）：文件记为"),
    (put("seal", "public_source", "另一来源"), "封存摘要（seal_digest）：文件记为"),
    (put("seal_digest", "0" * 64), f"封存摘要（seal_digest）：文件记为 {'0' * 64}"),
    # Rosters
    (swap("facility_roster", 5, 6), "检查对象名册第 7 行"),
    (repeat_row("facility_roster", 5), "检查对象名册第 7 行"),
    (put("facility_roster", 5, 1, "B"), "检查对象名册摘要（facility_digest）"),
    (put("facility_roster", 2, 2, "in"), "检查对象名册摘要（facility_digest）"),
    (drop("facility_roster", 5), "检查对象名册摘要（facility_digest）"),
    (swap("inspector_roster", 0, 1), "检查人员名册第 2 行"),
    (put("inspector_roster", 6, 2, "in"), "检查人员名册摘要（inspector_digest）"),
    (swap("recusals", 0, 1), "回避登记第 2 行"),
    (drop("recusals", 0), "回避登记摘要（recusal_digest）"),
    # Witness and seed
    (put("secret", "f" * 64), "封存时的承诺值（commitment）"),
    (put("contributions", []), "见证（contributions）：至少须有一名见证人"),
    (put("contributions", 1, "text", "不足十六个字符"), "第 2 位见证人输入的内容：不足 16 个字符"),
    (put("contributions", 0, "text", "1 1 1 1 1 1 1 1 1 1"), "随机种子（seed）：文件记为"),
    (put("contributions", 0, "at", at(-1)), "第 1 位见证人的见证时间 2026-03-02T08:59:00+08:00 早于封存时间"),
    (put("contributions", 1, "at", at(31)), "抽取时间 2026-03-02T09:30:00+08:00 早于第 2 位见证人的见证时间"),
    (put("contributions", 1, "at", at(9)), "第 2 位见证人的见证时间 2026-03-02T09:09:00+08:00 早于第 1 位"),
    (swap("contributions", 0, 1), "第 2 位见证人的见证时间"),
    (put("held_at", at(-1)), "抽取时间 2026-03-02T08:59:00+08:00 早于封存时间"),
    (put("public_value", None), "公开随机数（public_value）"),
    (put("public_value", "3388.07"), "随机种子（seed）"),
    (put("seed", "0" * 64), f"随机种子（seed）：文件记为 {'0' * 64}，重算为"),
    (put("seed", None), "seed：本次抽取已经进行"),
    (put("secret", None), "secret：本次抽取已经进行"),
    # Quotas
    (
        resealed(put("seal", "quotas", 1, "quota", 3)),
        "抽取数量（quotas）第 2 行 B 级的 quota：文件记为 3，重算为 2",
    ),
    (
        resealed(put("seal", "quotas", 3, "pool", 3)),
        "抽取数量（quotas）第 4 行 D 级的 pool：文件记为 3，重算为 0",
    ),
    (
        resealed(lambda evidence: evidence["seal"]["quotas"].reverse()),
        "抽取数量（quotas）第 1 行 A 级的 grade",
    ),
    (resealed(drop("seal", "quotas", 4)), "抽取数量（quotas）的行数：文件记为 4，重算为 5"),
    (resealed(put("seal", "top_up", 0)), "按总体下限补抽的数量（top_up）：文件记为 0，重算为 2"),
    (resealed(put("seal", "rules", "floor_bp", 300)), "按总体下限补抽的数量（top_up）"),
    (resealed(put("seal", "round", 2)), "随机种子（seed）"),
    # Winners
    (swap("winners", 2, 3), "第 3 个中选机构：文件记为"),
    (drop("winners", 4), "第 5 个中选机构：文件记为"),
    (drop("winners", -1), "中选机构的数量：文件记为 7，重算为 8"),
    (repeat_row("winners", -1), "中选机构的数量：文件记为 9，重算为 8"),
    (put("winners", 2, "code", "H0001"), "第 3 个中选机构：文件记为 H0001，重算为"),
    (put("winners", 2, "ticket", "0" * 64), "第 3 个中选机构的抽签号"),
    (put("winners", 2, "grade", "D"), "第 3 个中选机构的信用等级：文件记为 D"),
    # Teams
    (swap("teams", 0, 1), "第 1 个检查组的检查对象"),
    (drop("teams", -1), "检查组的数量：文件记为 7，重算为 8"),
    (swap_members, "第 3 个检查组（"),
    (put("teams", 1, "members", 0, "inspector", "Z00"), "第 2 个检查组（"),
    (put("teams", 1, "members", 0, "visit", 9), "第 2 个检查组（"),
    (put("teams", 1, "members", 1, "card", "0" * 64), "第 2 个检查组（"),
    (drop("teams", 1, "members", 1), "第 2 个检查组（"),
    (
        lambda evidence: evidence["teams"][1]["members"].append(evidence["teams"][0]["members"][0]),
        "第 2 个检查组（",
    ),
    (put("assignment", "assigned"), "第 1 个检查组（"),
    # Substitutions
    (put("substitutions", 0, "facility", "H0002"), "第 1 次调换：H0002 不是中选机构"),
    (put("substitutions", 1, "out", "Z06"), "第 2 次调换：Z06 此时不是"),
    (put("substitutions", 1, "reason", "另有安排"), "第 2 次调换：事由 另有安排 不在规定的四种之内"),
    (put("substitutions", 0, "in", "Z06"), "第 1 次调换换入的检查人员：文件记为 Z06，重算为"),
    (put("substitutions", 0, "in", "990200:K07"), "第 1 次调换换入的检查人员：文件记为 990200:K07，重算为"),
    (put("substitutions", 0, "visit", 1), "第 1 次调换换入的检查人员的序次（visit）"),
    (put("substitutions", 0, "card", ""), "第 1 次调换换入的检查人员的牌（card）"),
    (put("substitutions", 0, "approved_at", at(29)), "第 1 次调换的批准时间"),
    (put("substitutions", 2, "approved_at", at(60)), "第 3 次调换的批准时间"),
    (swap("substitutions", 0, 2), "第 1 次调换：Z"),
    (drop("substitutions", 0), "第 1 次调换换入的检查人员的序次（visit）"),
    (put("substitutions", -1, "in", "990100:K07"), "第 5 次调换换入的检查人员：名册内已无人可派"),
    (put("substitutions", -1, "in", "Z00"), "第 5 次调换换入的检查人员：名册内已无人可派"),
    (put("substitutions", -1, "visit", 1), "第 5 次调换换入的检查人员的序次（visit）：文件记为 1，重算为 0"),
    # Void
    (put("void", void_before_holding()["void"]), "作废时间 2026-03-02T09:20:00+08:00 早于抽取时间"),
]


@pytest.mark.parametrize(("tamper", "place"), TAMPERINGS)
def test_every_tampering_is_found_and_its_place_named(evidence, tamper, place):
    tamper(evidence)
    difference = first_difference(evidence)
    assert difference is not None
    assert difference.startswith(place)


@pytest.mark.parametrize(("team", "place"), [
    (["Z02"], "直接选派的检查人员少于规定人数"),
    (["Z02", "Z02"], "第 2 名检查人员：Z02 重复"),
    (["Z02", "Z06"], "第 2 名检查人员：Z06 不在检查人员名册内或不可选派"),
    (["Z02", "Z99"], "第 2 名检查人员：Z99 不在检查人员名册内或不可选派"),
    (["Z03", "Z00"], "第 1 名检查人员：Z03 不具备资格 药学"),
])  # fmt: skip
def test_an_assigned_team_is_bound_by_the_rules_too(team, place):
    evidence = assigned()
    evidence["teams"][0]["members"] = members(*team)
    assert place in first_difference(evidence)


def test_an_assigned_team_cannot_hold_a_recused_inspector():
    evidence = assigned()
    team = evidence["teams"][0]
    team["members"][1]["inspector"] = recused_at(team["facility"])
    assert first_difference(evidence).endswith(f"第 2 名检查人员：{recused_at(team['facility'])} 应当回避。")


def test_an_assigned_member_has_no_card():
    evidence = assigned()
    evidence["teams"][0]["members"][0]["visit"] = 1
    assert first_difference(evidence).endswith("的序次（visit）：文件记为 1，重算为 0。")


# Nonsense


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("nonsense", [None, [], "text", 7, 1.5, True, {}, {"seal": None}, nested(100_000)])
def test_nonsense_is_answered_in_words(nonsense):
    assert first_difference(nonsense).startswith("证据文件：")


@pytest.mark.parametrize(
    "nonsense", [None, [], {}, "", -1, 10**400, 1.5, float("nan"), True, nested(100_000), [None], [{}]]
)
def test_nonsense_in_any_place_is_answered_in_words(evidence, nonsense):
    for holder, key in places(evidence):
        kept = holder[key]
        holder[key] = nonsense
        answer = first_difference(evidence)
        assert answer is None or (answer.endswith("。") and len(answer) < 400)
        holder[key] = kept


def places(value):
    """Every key of every object, and the first two entries of every list."""
    entries = value.items() if isinstance(value, dict) else enumerate(value[:2])
    for key, inner in list(entries):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def test_the_verifier_shares_no_code_with_the_lottery():
    for module in ("verification", "evidence_shape"):
        tree = ast.parse((Path(verification.__file__).parent / f"{module}.py").read_text())
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        ours = {name for name in imported if name.startswith("inspections")}
        assert ours <= {"inspections.evidence_shape"}


# The recorded draw: a change here is a change of the protocol


def test_the_recorded_draw_is_recomputed_hash_by_hash():
    recorded = json.loads(VECTOR.read_text())
    assert recorded == complete()
    assert first_difference(recorded) is None
