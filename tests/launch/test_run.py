"""What `make run` decides before anything is started: the address, who may run, and where a demo belongs."""

import socket
from contextlib import closing

import pytest

from config.launch import run
from config.launch.run import CannotRun


@pytest.fixture
def taken():
    """A port of this machine that somebody listens on."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def var(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    return tmp_path


@pytest.fixture
def managed(monkeypatch):
    """Records calls of manage.py; load_demo answers with a list of accounts."""
    calls = []

    def record(*arguments, environment=None, output=None):
        calls.append((arguments[0], environment))
        if output:
            output.write_text("staff  drafts and draws\n", encoding="utf-8")

    monkeypatch.setattr(run, "manage", record)
    return calls


def accounts_exist(monkeypatch, answer: bool) -> None:
    monkeypatch.setattr(run, "has_accounts", lambda: answer)


def test_a_named_port_is_taken_as_it_is():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert run.choose_port("127.0.0.1", str(free)) == free


def test_a_named_port_that_is_taken_stops_with_the_way_to_name_another(taken):
    with pytest.raises(CannotRun, match=f"Port {taken} is taken .* make run PORT="):
        run.choose_port("127.0.0.1", str(taken))


@pytest.mark.parametrize("wanted", ["web", "0", "65536", "-1"])
def test_a_port_that_is_no_port_is_refused(wanted):
    with pytest.raises(CannotRun, match="is no port number"):
        run.choose_port("127.0.0.1", wanted)


def test_without_a_named_port_the_next_free_one_is_taken_and_said(taken, monkeypatch, capsys):
    monkeypatch.setattr(run, "DEFAULT_PORT", taken)
    assert run.choose_port("127.0.0.1", None) > taken
    assert f"port {taken} is taken, using " in capsys.readouterr().out


def test_a_second_start_in_the_same_checkout_is_told_where_the_first_one_is(var):
    with run.claim_checkout() as lock:
        run.sign(lock, "process 7, http://127.0.0.1:8000")
        with pytest.raises(CannotRun, match=r"running already: process 7, http://127\.0\.0\.1:8000\."):
            run.claim_checkout()


def test_what_a_killed_start_left_behind_blocks_nobody(var):
    (var / "run.lock").write_text("process 7, http://127.0.0.1:8000")
    run.claim_checkout().close()


def test_an_empty_embedded_database_gets_the_demo_and_its_password_is_printed_and_kept(
    var, managed, monkeypatch
):
    accounts_exist(monkeypatch, False)
    notice = run.prepare_database()
    kept = (var / "demo_password").read_text()
    assert managed == [("migrate", None), ("load_demo", {"DEMO_PASSWORD": kept})]
    assert notice == f"staff  drafts and draws\nPassword of the demo accounts: {kept}"
    assert len(kept) >= 12
    assert (var / "demo_password").stat().st_mode & 0o777 == 0o600


def test_the_next_start_loads_nothing_and_prints_the_same(var, managed, monkeypatch):
    accounts_exist(monkeypatch, False)
    first = run.prepare_database()
    managed.clear()
    accounts_exist(monkeypatch, True)
    assert run.prepare_database() == first
    assert managed == [("migrate", None)]


def test_demo_password_is_the_password_of_the_demo(var, managed, monkeypatch):
    accounts_exist(monkeypatch, False)
    monkeypatch.setenv("DEMO_PASSWORD", "chosen-by-hand")
    assert "chosen-by-hand" in run.prepare_database()
    assert managed[1] == ("load_demo", {"DEMO_PASSWORD": "chosen-by-hand"})


def test_another_demo_password_later_is_said_to_come_too_late(var, managed, monkeypatch):
    accounts_exist(monkeypatch, False)
    run.prepare_database()
    accounts_exist(monkeypatch, True)
    monkeypatch.setenv("DEMO_PASSWORD", "too-late")
    assert "DEMO_PASSWORD differs" in run.prepare_database()


def test_an_embedded_database_somebody_filled_by_hand_is_left_alone(var, managed, monkeypatch):
    accounts_exist(monkeypatch, True)
    assert run.prepare_database() == ""
    assert managed == [("migrate", None)]


@pytest.mark.parametrize("filled", [False, True])
def test_a_database_named_by_database_url_is_never_given_the_demo(var, managed, monkeypatch, filled):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    accounts_exist(monkeypatch, filled)
    assert ("manage.py load_demo" in run.prepare_database()) is not filled
    assert managed == [("migrate", None)]
