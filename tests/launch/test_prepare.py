"""The first thing a fresh machine runs: it may rely on the standard library only, and names what it cannot install."""

import ast
import subprocess
import sys

import pytest

from config.launch import prepare
from config.launch.prepare import CannotPrepare, SystemPackage


@pytest.fixture
def absent():
    return SystemPackage("a-package", "a purpose", lambda: False)


@pytest.fixture
def apt(monkeypatch):
    """Records apt-get calls; every one fails until told otherwise."""
    calls = []

    def record(*arguments):
        calls.append(arguments)
        return False

    monkeypatch.setattr(prepare, "apt_get", record)
    return calls


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with a lock file, whose commands are recorded instead of run."""
    commands = []
    venv = tmp_path / ".venv"
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "VENV", venv)
    monkeypatch.setattr(prepare, "PYTHON", venv / "bin" / "python")

    def make_venv():
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").symlink_to(sys.executable)
        commands.append("venv")

    def run(command):
        commands.append("uv" if "uv" in command else "pip " + command[-1].name)
        return True

    monkeypatch.setattr(prepare, "make_venv", make_venv)
    monkeypatch.setattr(prepare, "run", run)
    lock = tmp_path / "requirements.txt"
    lock.write_text("a==1")
    return lock, commands


def test_it_imports_nothing_but_the_standard_library():
    tree = ast.parse((prepare.ROOT / "config/launch/prepare.py").read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


def test_it_runs_as_a_script_without_site_packages(tmp_path):
    script = tmp_path / "config" / "launch" / "prepare.py"
    script.parent.mkdir(parents=True)
    script.write_bytes((prepare.ROOT / "config/launch/prepare.py").read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import runpy; runpy.run_path({str(script)!r})"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_missing_is_named_with_its_purpose_and_the_command_when_not_root(
    absent, apt, monkeypatch, capsys
):
    monkeypatch.setattr(prepare, "may_install", lambda: False)
    assert prepare.provide([absent]) == [absent]
    said = capsys.readouterr().out
    assert "MISSING a-package: needed for a purpose" in said
    assert "install as root: apt-get install -y --no-install-recommends a-package" in said
    assert apt == []


def test_root_installs_what_is_missing_and_refreshes_the_package_lists_once_when_that_fails(
    absent, apt, monkeypatch
):
    monkeypatch.setattr(prepare, "may_install", lambda: True)
    monkeypatch.setattr(prepare, "found", lambda pattern: True)
    prepare.provide([absent])
    assert [call[0] for call in apt] == ["install", "update", "install"]


def test_empty_package_lists_are_fetched_first(absent, apt, monkeypatch):
    monkeypatch.setattr(prepare, "may_install", lambda: True)
    monkeypatch.setattr(prepare, "found", lambda pattern: False)
    prepare.provide([absent])
    assert [call[0] for call in apt] == ["update", "install"]


def test_what_is_present_asks_nothing_of_apt(apt, monkeypatch):
    monkeypatch.setattr(prepare, "may_install", lambda: True)
    assert prepare.provide([SystemPackage("b-package", "a purpose", lambda: True)]) == []
    assert apt == []


def test_a_missing_venv_module_stops_with_the_package_to_install(absent, monkeypatch):
    monkeypatch.setattr(prepare, "VENV_PACKAGE", SystemPackage("python3-venv", "it", lambda: False))
    monkeypatch.setattr(prepare, "may_install", lambda: False)
    with pytest.raises(CannotPrepare, match="apt-get install .* python3-venv"):
        prepare.make_venv()


def test_another_python_is_refused_with_the_way_to_name_the_right_one(monkeypatch):
    monkeypatch.setattr(prepare.sys, "version_info", (3, 9, 2))
    with pytest.raises(CannotPrepare, match=r"make PYTHON=/path/to/python3.11 setup"):
        prepare.check_python()


def test_the_first_preparation_installs_and_the_second_does_nothing(checkout):
    lock, commands = checkout
    prepare.install_locked(lock)
    assert commands == ["venv", "pip uv.txt", "uv"]
    prepare.install_locked(lock)
    assert commands == ["venv", "pip uv.txt", "uv"]


def test_a_changed_lock_is_installed_into_the_environment_that_is_there(checkout):
    lock, commands = checkout
    prepare.install_locked(lock)
    lock.write_text("a==2")
    prepare.install_locked(lock)
    assert commands == ["venv", "pip uv.txt", "uv", "pip uv.txt", "uv"]


def test_pip_steps_in_where_uv_cannot_fetch(checkout, monkeypatch):
    lock, commands = checkout

    def uv_fails(command):
        commands.append("uv" if "uv" in command else "pip " + command[-1].name)
        return "uv" not in command

    monkeypatch.setattr(prepare, "run", uv_fails)
    prepare.install_locked(lock)
    assert commands == ["venv", "pip uv.txt", "uv", "pip requirements.txt"]
    assert prepare.is_installed(lock)


def test_a_failed_installation_leaves_no_stamp(checkout, monkeypatch):
    lock, _ = checkout
    monkeypatch.setattr(prepare, "run", lambda command: False)
    with pytest.raises(CannotPrepare, match=r"requirements\.txt could not be installed"):
        prepare.install_locked(lock)
    assert not prepare.is_installed(lock)


def test_every_lock_has_hashes_and_names_no_registry():
    for lock in ("requirements.txt", "requirements-dev.txt", "config/launch/uv.txt"):
        text = (prepare.ROOT / lock).read_text()
        packages = [line for line in text.splitlines() if line and line[0] not in " #"]
        assert packages
        assert all("==" in line and line.endswith("\\") for line in packages)
        assert "index-url" not in text
        assert "://" not in text


def test_the_suites_lock_holds_every_version_of_the_production_lock():
    def versions(lock):
        return {line.split(" ")[0] for line in (prepare.ROOT / lock).read_text().splitlines() if "==" in line}

    assert versions("requirements.txt") <= versions("requirements-dev.txt")
