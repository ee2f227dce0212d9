"""The production files agree with the code: settings are explained, command lines exist, the schema holds."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())
READ_IN_CODE = re.compile(
    r"""(?:env\.\w+\(|env\(|required\(\s*env,|environ\.get\(|environ\[)\s*f?["']([A-Z][A-Z_]+)["']"""
)
SET_BY_THE_CODE_ITSELF = {"DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER"}


def variables_read() -> set[str]:
    sources = [path for path in (ROOT / "config").rglob("*.py") if path.name != "settings_test.py"]
    found = {name for path in sources for name in READ_IN_CODE.findall(path.read_text())}
    return found - SET_BY_THE_CODE_ITSELF


def variables_of_compose() -> set[str]:
    return set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def variables_explained() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_setting_is_explained_in_env_example_and_nothing_else_is():
    assert variables_explained() == variables_read() | variables_of_compose()


def test_every_explained_setting_has_a_sentence_above_it():
    lines = (ROOT / ".env.example").read_text().splitlines()
    for above, line in zip(lines, lines[1:], strict=False):
        if re.match(r"#?[A-Z][A-Z_]+=", line):
            assert above.startswith("#"), line


def test_compose_follows_its_schema():
    checker = [
        str(Path(sys.executable).parent / "check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
    ]
    done = subprocess.run(
        [*checker, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_everything_that_keeps_running_has_a_health_check():
    assert [name for name, service in COMPOSE["services"].items() if "healthcheck" not in service] == [
        "migrate"
    ]


def test_one_beat_and_one_migration_come_up_whatever_the_number_of_hosts():
    for name in ("beat", "migrate"):
        assert "deploy" not in COMPOSE["services"][name]
    assert COMPOSE["services"]["web"]["depends_on"]["migrate"] == {
        "condition": "service_completed_successfully"
    }


@pytest.mark.parametrize("service", ["migrate", "web", "worker", "beat"])
def test_command_lines_are_understood_by_the_programs_they_name(service):
    command = COMPOSE["services"][service]["command"]
    check = {"web": "--check-config", "migrate": "--help"}.get(service, "--help")
    environment = {"PATH": "/usr/bin:/bin", "VAR_DIR": str(settings.VAR_DIR), "ENV_FILE": "/dev/null"}
    done = subprocess.run(
        [sys.executable, *command[1:], check],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_image_leaves_out_what_belongs_to_one_machine():
    assert {".env", ".venv", "var", ".git"} <= set((ROOT / ".dockerignore").read_text().split())


def test_the_image_installs_with_hashes_and_does_not_run_as_root():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert dockerfile.count("--require-hashes") == 2
    assert "\nUSER app\n" in dockerfile
