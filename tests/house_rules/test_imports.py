"""Imports run one way: publication → inspections → registries; inside an app pure ← models ← verbs ← pages."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("registries", "inspections", "publication")
# What each room may not know. A room is the first part of a module's name inside its app.
PAGES = {"views", "forms", "urls", "tasks", "context", "management", "filters"}
# Standard library only: an outsider must be able to rerun them (handbook 4, habit 4).
STANDALONE = (
    "inspections/sealing.py",
    "inspections/lottery.py",
    "inspections/verify_draw.py",
    "registries/workdays.py",
    "registries/identifiers.py",
)


def modules(app):
    return [path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def imported(path):
    """Absolute names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(("app", "above"), [("registries", APPS[1:]), ("inspections", APPS[2:])])
def test_no_app_imports_one_above_it(app, above):
    wrong = {
        (str(path.relative_to(ROOT)), name)
        for path in modules(app)
        for name in imported(path)
        if name.split(".")[0] in above
    }
    assert wrong == set()


def test_no_modules_import_each_other_in_a_ring():
    """Which of a ring comes first differs between web, worker and command, and one of them breaks."""
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for app in APPS
        for path in modules(app)
    }
    graph = {name: {other for other in imported(path) if other in files} for name, path in files.items()}
    for name, others in graph.items():
        # `from package import module` needs the module; a package is never waited for by its own parts.
        others -= {
            package for package in others if any(one.startswith(f"{package}.") for one in (name, *others))
        }
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("app", APPS)
def test_verbs_and_models_know_no_pages(app):
    wrong = {
        (str(path.relative_to(ROOT)), name)
        for path in modules(app)
        if not PAGES & set(path.relative_to(ROOT).with_suffix("").parts)
        for name in imported(path)
        if name.split(".")[0] in APPS and PAGES & set(name.split(".")[1:])
    }
    assert wrong == set()


@pytest.mark.parametrize("app", APPS)
def test_models_know_no_verbs(app):
    """Models build on models, on pure modules and on field types."""
    allowed = {"models", "fields", "states", "deadlines", *(Path(name).stem for name in STANDALONE)}
    wrong = {
        (str(path.relative_to(ROOT)), name)
        for path in (ROOT / app / "models").rglob("*.py")
        for name in imported(path)
        if name.split(".")[0] in APPS and name.count(".") >= 1 and name.split(".")[1] not in allowed
    }
    assert wrong == set()


@pytest.mark.parametrize("name", STANDALONE)
def test_what_an_outsider_reruns_needs_the_standard_library_alone(name):
    own = {Path(other).stem for other in STANDALONE if other.startswith(name.split("/", maxsplit=1)[0])}
    foreign = {
        module
        for module in imported(ROOT / name)
        if module.split(".")[0] not in sys.stdlib_module_names
        and not (module.split(".")[0] in APPS and module.split(".")[1] in own)
    }
    assert foreign == set()


def test_the_verifier_is_one_file_that_shares_no_line_with_the_lottery():
    ours = {name for name in imported(ROOT / "inspections/verify_draw.py") if name.split(".")[0] in APPS}
    assert ours == set()


def test_only_printing_imports_weasyprint():
    users = {
        str(path.relative_to(ROOT))
        for app in APPS
        for path in modules(app)
        if any(name.split(".")[0] == "weasyprint" for name in imported(path))
    }
    assert users == {"inspections/printing.py"}


def test_no_module_is_named_after_a_drawer():
    drawers = {"services.py", "utils.py", "helpers.py", "mixins.py", "common.py", "misc.py"}
    assert {path.name for app in APPS for path in modules(app)} & drawers == set()
