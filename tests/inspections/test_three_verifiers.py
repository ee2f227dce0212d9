"""The management command, the script for download and the page in the browser: each finds every tampering and says where."""

import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from inspections.verify_draw import check_file, first_difference
from tests.inspections.browser_verifier import browser_verifier
from tests.inspections.evidence import complete
from tests.inspections.tamperings import (
    GOOD_FILES,
    MISSPELT,
    TAMPERINGS,
    made_anew,
    void_before_holding,
    with_a_key_twice,
    with_a_number_as_a_fraction,
)

KINDS = [tampering.kind for tampering in TAMPERINGS]
PLACES = {tampering.kind: tampering.place for tampering in TAMPERINGS}
PUBLISHED = complete()["seal_digest"]

# Runs the script once over many files, as `python3 verify_draw.py FILE` would each; -I keeps this repository out of sight.
MANY_RUNS = """
import runpy, sys
script, *files = sys.argv[1:]
for file in files:
    sys.argv = [script, file]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        print(end.code, flush=True)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    directory = tmp_path_factory.mktemp("evidence")
    paths = {kind: directory / f"{number}.json" for number, kind in enumerate(KINDS)}
    for tampering in TAMPERINGS:
        paths[tampering.kind].write_bytes(tampering.as_bytes())
    return paths


@pytest.fixture
def script(client, tmp_path):
    """What a citizen downloads from the public page, alone in a directory."""
    file = tmp_path / "verify_draw.py"
    file.write_bytes(client.get(reverse("public:verify_script")).content)
    return file


@pytest.fixture(scope="module")
def browser():
    with browser_verifier() as verify:
        yield verify


def test_there_are_kinds_enough_and_each_only_once():
    assert len(set(KINDS)) == len(KINDS) >= 30


def misplaced(answers: dict[str, str]) -> dict[str, str]:
    """The kinds whose answer does not begin with the place tampered with."""
    return {
        kind: answers[kind] for kind in KINDS if not answers[kind].startswith(f"核验不通过。{PLACES[kind]}")
    }


# The management command


def test_the_command_finds_every_tampering(files):
    answers = {}
    for kind, file in files.items():
        with pytest.raises(CommandError) as difference:
            call_command("verify_draw", str(file))
        answers[kind] = str(difference.value)
    assert misplaced(answers) == {}


def test_the_command_takes_a_file_made_anew_for_true_unless_it_knows_the_seal(tmp_path, capsys):
    file = tmp_path / "anew.json"
    file.write_text(json.dumps(made_anew()))
    call_command("verify_draw", str(file))
    assert "核验通过" in capsys.readouterr().out
    with pytest.raises(CommandError, match=f"核验不通过。封存摘要：公布为 {PUBLISHED}"):
        call_command("verify_draw", str(file), seal_digest=PUBLISHED)


# The script


def run(script, *arguments, cwd):
    command = [sys.executable, "-I", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.django_db
def test_the_script_finds_every_tampering(script, files, tmp_path):
    result = run(script, "-c", MANY_RUNS, script, *files.values(), cwd=tmp_path)
    lines = result.stdout.splitlines()
    assert result.stderr == ""
    assert lines[1::2] == ["1"] * len(KINDS)
    assert misplaced(dict(zip(KINDS, lines[::2], strict=True))) == {}


@pytest.mark.django_db
def test_the_script_takes_a_file_made_anew_for_true_unless_it_knows_the_seal(script, tmp_path):
    (tmp_path / "anew.json").write_text(json.dumps(made_anew()))
    alone = run(script, script, "anew.json", cwd=tmp_path)
    assert (alone.returncode, "核验通过" in alone.stdout) == (0, True)
    told = run(script, script, "anew.json", "--seal-digest", PUBLISHED, cwd=tmp_path)
    assert (told.returncode, told.stdout.startswith("核验不通过。封存摘要：公布为")) == (1, True)


@pytest.mark.django_db
def test_the_script_says_in_words_that_a_file_cannot_be_read(script, tmp_path):
    (tmp_path / "broken.json").write_bytes(b"not json")
    for name, answer in (("broken.json", "不是有效的证据文件"), ("absent.json", "无法读取文件")):
        result = run(script, script, name, cwd=tmp_path)
        assert (result.returncode, answer in result.stdout, result.stderr) == (2, True, "")


# The page in the browser


@pytest.mark.browser
def test_the_browser_finds_every_tampering_in_the_same_words_as_the_command(browser, files):
    answers = dict(zip(KINDS, browser(file.read_bytes() for file in files.values()), strict=True))
    assert all(answer["verified"] is False for answer in answers.values())
    said = {kind: f"核验不通过。{answer['answer']}" for kind, answer in answers.items()}
    assert misplaced(said) == {}
    assert said == {kind: check_file(str(file))[1] for kind, file in files.items()}


@pytest.mark.browser
def test_the_browser_agrees_with_whatever_the_lottery_made(browser):
    evidences = [file() for file in GOOD_FILES]
    answers = browser(json.dumps(evidence, ensure_ascii=False, indent=1).encode() for evidence in evidences)
    assert [answer["verified"] for answer in answers] == [True] * len(evidences)
    said = dict(zip(GOOD_FILES, (answer["answer"] for answer in answers), strict=True))
    assert said[complete] == "示抽〔2026〕3号：核验通过。中选机构 8 家，检查人员 16 人次，调换 5 次。"
    assert said[void_before_holding] == "示抽〔2026〕3号：核验通过。本次抽取在进行之前已作废。"
    assert [answer["sealDigest"] for answer in answers] == [row["seal_digest"] for row in evidences]


@pytest.mark.browser
def test_the_browser_takes_a_file_made_anew_for_true_unless_it_knows_the_seal(browser):
    file = json.dumps(made_anew()).encode()
    assert browser([file])[0]["verified"] is True
    grouped = " ".join(PUBLISHED[start : start + 4] for start in range(0, 64, 4)).upper()
    told = browser([file, json.dumps(complete()).encode()], grouped)
    assert [answer["verified"] for answer in told] == [False, True]
    assert told[0]["answer"].startswith("封存摘要：公布为")


@pytest.mark.browser
def test_the_browser_says_in_words_that_a_file_cannot_be_read(browser):
    files = [*MISSPELT.values(), with_a_key_twice(), with_a_number_as_a_fraction()]
    assert ["不是有效的证据文件" in answer["unreadable"] for answer in browser(files)] == [True] * len(files)


def test_a_number_written_as_a_fraction_is_another_file(tmp_path):
    file = tmp_path / "fraction.json"
    file.write_bytes(with_a_number_as_a_fraction())
    assert check_file(str(file))[1].startswith("核验不通过。seal rules team_size：须为 2 至 1000 的整数")


def test_the_file_made_anew_is_consistent_in_itself():
    assert first_difference(made_anew()) is None
