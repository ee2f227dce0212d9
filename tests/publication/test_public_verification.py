"""我来验证 on the public page of a draw: the program, the ticket by hand, and what waits for the last visit."""

import csv
import hashlib
import io
import subprocess
import sys

import pytest
from django.urls import reverse

from inspections import verify_draw
from tests.factories.draws import drawable_task, finished_draw, held_draw, sealed_draw, voided_draw
from tests.publication.test_public_pages import page

VECTOR = "07ce21d14d02efbf537c7e4b5216b62059143d86b0adc6112c2231b8c06fc139"

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(county):
    return drawable_task(county)


@pytest.fixture
def finished(task):
    return finished_draw(task)


def address(name, *args):
    return reverse(f"public:{name}", args=args)


def test_the_program_is_the_file_of_this_repository_and_its_digest_stands_beside_it(client, finished):
    response = client.get(address("verify_script"))
    with open(verify_draw.__file__, "rb") as file:
        assert response.content == file.read()
    assert response["Content-Disposition"] == 'attachment; filename="verify_draw.py"'
    digest = hashlib.sha256(response.content).hexdigest()
    assert f'data-copy="{digest}"' in page(client, "draw", finished.pk)


def test_the_program_verifies_the_published_file_in_a_process_of_its_own(client, finished, tmp_path):
    script, file = tmp_path / "verify_draw.py", tmp_path / "evidence.json"
    script.write_bytes(client.get(address("verify_script")).content)
    file.write_bytes(client.get(address("evidence", finished.pk)).content)
    command = [sys.executable, "-I", script, file, "--seal-digest", finished.seal_digest]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{finished.number}：核验通过。中选机构 ")


def test_before_the_last_visit_the_page_asks_to_note_the_seal_digest(client, task):
    text = page(client, "draw", held_draw(task).pk)
    assert "记下上面的封存摘要" in text
    assert "data-verifier" not in text
    assert "verify-draw.js" not in text


def test_the_page_offers_browser_program_and_spreadsheet_when_the_evidence_is_due(client, finished):
    text = page(client, "draw", finished.pk)
    assert f'data-evidence="{address("evidence", finished.pk)}"' in text
    assert address("verify_script") in text
    assert address("by_hand", finished.pk) in text


# A ticket by hand


def by_hand(client, draw, **query):
    return client.get(address("by_hand", draw.pk), query)


def test_before_the_evidence_is_due_the_ticket_by_hand_is_the_protocol_s_example(client, task):
    draw = held_draw(task)
    response = by_hand(client, draw, code=draw.visits.first().code)
    assert (response.context["shown"]["code"], response.context["shown"]["ticket"]) == ("F005", VECTOR)
    assert [code for code, _ in response.context["shown"]["order"]] == [
        "F005", "F003", "F008", "F001", "F010", "F009", "F002", "F004", "F006", "F007",
    ]  # fmt: skip
    assert draw.seed not in response.content.decode()


def test_a_draw_voided_before_it_was_held_has_no_ticket_either(client, task):
    assert by_hand(client, voided_draw(sealed_draw(task))).context["shown"]["code"] == "F005"


def test_the_first_drawn_is_shown_with_the_text_whose_hash_is_its_ticket(client, finished):
    visit = finished.visits.get(position=1)
    shown = by_hand(client, finished).context["shown"]
    assert shown["text"] == f"{finished.seed},{visit.code}"
    assert shown["ticket"] == visit.ticket == hashlib.sha256(shown["text"].encode()).hexdigest()
    assert "应当抽中，结果也抽中了" in by_hand(client, finished).content.decode()


def test_a_facility_that_was_not_drawn_has_a_greater_ticket_than_the_last_of_its_grade(client, finished):
    drawn = finished.visits.values_list("code", flat=True)
    row = finished.facilities.filter(status="in").exclude(code__in=drawn).first()
    response = by_hand(client, finished, code=row.code)
    assert response.context["shown"]["ticket"] > response.context["shown"]["last_of_grade"]
    assert "签号大于上面抽中的最后一个签号" in response.content.decode()


def test_a_facility_kept_out_takes_no_part(client, task):
    task.bureau.facilities.filter(insurance_code__endswith="1").update(agreement_status="suspended")
    draw = finished_draw(task)
    row = draw.facilities.exclude(status="in").first()
    assert "协议已中止。它的签号不参加比较。" in by_hand(client, draw, code=row.code).content.decode()


@pytest.mark.parametrize("code", ["H99999999999", "<b>", "\0", "é" * 500])
def test_a_code_that_is_not_on_the_roster_is_answered_in_words(client, finished, code):
    response = by_hand(client, finished, code=code)
    assert response.context["shown"]["code"] == finished.visits.get(position=1).code
    assert "<b>" not in response.content.decode()


def test_every_ticket_can_be_had_for_a_spreadsheet_and_agrees_with_the_winners(client, finished):
    response = client.get(address("tickets", finished.pk))
    rows = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))[1:]
    assert len(rows) == finished.facilities.count()
    assert {row[4] for row in rows} >= set(finished.visits.values_list("ticket", flat=True))
    assert all(hashlib.sha256(row[3].encode()).hexdigest() == row[4] for row in rows)


def test_the_tickets_wait_for_the_last_visit(client, task):
    assert client.get(address("tickets", held_draw(task).pk)).status_code == 404
