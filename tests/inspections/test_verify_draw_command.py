import json
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inspections.management.commands.verify_draw import Command
from tests.inspections.tamperings import MISSPELT

VECTOR = Path(__file__).parent / "vectors" / "draw-v1.json"


@pytest.fixture
def write(tmp_path):
    def write(content):
        file = tmp_path / "draw.json"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return file

    return write


def test_a_true_file_answers_with_number_and_counts(capsys):
    seal_digest = json.loads(VECTOR.read_text())["seal_digest"]
    call_command("verify_draw", str(VECTOR), "--seal-digest", seal_digest)
    assert capsys.readouterr().out == (
        "示抽〔2026〕3号：核验通过。中选机构 8 家，检查人员 16 人次，调换 5 次。\n"
    )


def test_without_the_published_digest_it_says_what_was_not_checked(capsys):
    call_command("verify_draw", str(VECTOR))
    assert "未提供封存时公布的封存摘要" in capsys.readouterr().out


def test_a_wrong_published_digest_fails():
    with pytest.raises(CommandError, match="核验不通过。封存摘要：公布为 000"):
        call_command("verify_draw", str(VECTOR), "--seal-digest", "0" * 64)


def test_a_tampered_file_answers_with_the_first_difference(write):
    evidence = json.loads(VECTOR.read_text())
    evidence["winners"][2]["code"] = "H0001"
    with pytest.raises(CommandError, match="核验不通过。第 3 个中选机构：文件记为 H0001，重算为 "):
        call_command("verify_draw", str(write(evidence)))


def test_a_draw_voided_before_it_was_held_is_reported_as_such(write, capsys):
    void = {
        "reason": "名录库有误",
        "proposed_by": "甲",
        "approved_by": "乙",
        "at": "2026-03-02T09:20:00+08:00",
    }
    nothing = dict.fromkeys(
        ["held_at", "seed", "public_value", "winners", "teams", "substitutions", "assignment"]
    )
    call_command("verify_draw", str(write(json.loads(VECTOR.read_text()) | nothing | {"void": void})))
    assert "核验通过。本次抽取在进行之前已作废。" in capsys.readouterr().out


def test_a_draw_voided_after_it_was_held_is_counted_and_marked(write, capsys):
    void = {
        "reason": "名录库有误",
        "proposed_by": "甲",
        "approved_by": "乙",
        "at": "2026-03-03T09:20:00+08:00",
    }
    call_command("verify_draw", str(write(json.loads(VECTOR.read_text()) | {"void": void})))
    assert "调换 5 次。本次抽取已作废。" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", [*MISSPELT.values(), b"1" * 5000], ids=[*MISSPELT, "a number of 5000 digits"]
)
def test_a_file_that_is_not_json_is_refused_in_words(write, content):
    file = write(content)
    with pytest.raises(CommandError, match="不是有效的证据文件") as refusal:
        call_command("verify_draw", str(file))
    # What Python says of it is English.
    assert not re.search("[A-Za-z]", str(refusal.value).replace(str(file), ""))


@pytest.mark.parametrize("content", [b"[]", b"null", b"{}", b'"\\ud800"'])
def test_json_of_another_shape_does_not_verify(write, content):
    with pytest.raises(CommandError, match="核验不通过。证据文件："):
        call_command("verify_draw", str(write(content)))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match="无法读取文件 .*absent.json"):
        call_command("verify_draw", str(tmp_path / "absent.json"))


def test_it_needs_neither_checks_nor_migrations():
    assert (Command.requires_system_checks, Command.requires_migrations_checks) == ([], False)


def test_the_exit_code_tells_the_answer(write, capsys):
    assert Command().run_from_argv(["manage.py", "verify_draw", str(VECTOR)]) is None
    with pytest.raises(SystemExit) as stopped:
        Command().run_from_argv(["manage.py", "verify_draw", str(write({}))])
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "CommandError: 核验不通过。证据文件：缺少 seal。\n"
