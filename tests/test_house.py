"""The rules of the house, each read off the files themselves."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import analysis
from analysis import EVENTS, OUTCOMES
from dashboard.cli import build_parser

ROOT = Path(__file__).resolve().parents[1]
PYTHON = [f for folder in ("analysis", "dashboard") for f in sorted((ROOT / folder).rglob("*.py"))]
SQL = sorted((ROOT / "analysis").rglob("*.sql"))
VIEWS = sorted((ROOT / "dashboard" / "views").glob("*.py"))
LOCKS = sorted(ROOT.glob("requirements*.lock"))
NOT_IN_VIEWS = {"pandas", "numpy", "plotly", "duckdb", "analysis", "scipy"}


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ---- outcomes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_every_outcome_has_a_file_and_a_spec_of_its_name(outcome) -> None:
    assert (ROOT / "analysis" / "outcomes" / f"{outcome}.py").is_file()
    assert (ROOT / "tests" / "spec" / f"test_{outcome}.py").is_file()


def test_every_file_of_an_outcome_is_an_outcome() -> None:
    files = {file.stem for file in (ROOT / "analysis" / "outcomes").glob("*.py")}
    assert files - {"__init__", "verdict", "reliable"} == set(OUTCOMES)


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_every_outcome_has_a_line_in_the_methods(outcome) -> None:
    methods = (ROOT / "docs" / "methods.md").read_text("utf-8")
    assert re.search(rf"(?<![a-z_]){outcome}(?![a-z_])", methods)


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_has_a_file_a_spec_and_a_line_in_the_methods(event) -> None:
    assert (ROOT / "analysis" / "events" / f"{event}.py").is_file()
    specs = (f"test_time_to_{event}.py", f"test_{event}.py")
    assert any((ROOT / "tests" / "spec" / name).is_file() for name in specs)
    methods = (ROOT / "docs" / "methods.md").read_text("utf-8")
    assert re.search(rf"time to {event}|`{event}`", methods, re.IGNORECASE)


def test_every_file_of_an_event_is_an_event() -> None:
    files = {file.stem for file in (ROOT / "analysis" / "events").glob("*.py")}
    assert files - {"__init__"} == set(EVENTS)


# ---- SQL and names -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SQL, ids=place)
def test_every_question_opens_by_saying_what_a_row_is(path) -> None:
    assert path.read_text("utf-8").startswith("-- One row per ")


@pytest.mark.parametrize("path", SQL, ids=place)
def test_every_question_names_its_parameters(path) -> None:
    head, _, body = path.read_text("utf-8").partition("\nselect ")
    comment = "\n".join(line for line in head.splitlines() if line.startswith("--"))
    used = set(re.findall(r"\$[a-z_]+", body or head))
    assert used <= set(re.findall(r"\$[a-z_]+", comment))


def test_all_is_sorted_and_importable() -> None:
    # in the order of the linter: constants, classes, functions
    kinds = [(not n.isupper(), not n[0].isupper(), n) for n in analysis.__all__]
    assert kinds == sorted(kinds)
    assert len(set(analysis.__all__)) == len(analysis.__all__)
    for name in analysis.__all__:
        assert getattr(analysis, name) is not None


def test_all_is_exactly_the_names_that_are_imported_for_reading_and_found_when_used() -> None:
    source = ast.parse((ROOT / "analysis" / "__init__.py").read_text("utf-8"))
    read = {
        alias.name: node.module.removeprefix("analysis.")
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("analysis.")
        for alias in node.names
    }
    assert set(analysis.__all__) == set(read)
    assert read == analysis._FILE_OF


@pytest.mark.parametrize(
    "package",
    [
        "analysis.crosswalks",
        "analysis.events",
        "analysis.ingest",
        "analysis.instruments",
        "analysis.outcomes",
        "analysis.store",
    ],
)
def test_inner_packages_list_their_public_names_too(package) -> None:
    names = importlib.import_module(package).__all__
    assert all(hasattr(importlib.import_module(package), name) for name in names)
    assert len(set(names)) == len(names)


# ---- size and shape ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PYTHON, ids=place)
def test_a_file_can_be_read_in_one_sitting(path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", PYTHON, ids=place)
def test_every_file_says_what_it_is_for(path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)


def test_no_folder_is_called_pages() -> None:
    assert [f for f in (ROOT / "dashboard").rglob("pages") if f.is_dir()] == []


# ---- views ---------------------------------------------------------------------------------------


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def sums_in(tree: ast.AST) -> list[str]:
    """Return the arithmetic of a file; joining and formatting of text is none."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign):
            found.append(ast.unparse(node))
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr):
            joins = isinstance(node.op, ast.Add) and (is_text(node.left) or is_text(node.right))
            formats = isinstance(node.op, ast.Mod) and is_text(node.left)
            if not joins and not formats:
                found.append(ast.unparse(node))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum":
            found.append(ast.unparse(node))
    return found


def imports_in(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.skipif(not VIEWS, reason="there are no views yet")
def test_views_compute_nothing() -> None:
    sums = {place(path): sums_in(ast.parse(path.read_text("utf-8"))) for path in VIEWS}
    assert {path: found for path, found in sums.items() if found} == {}


@pytest.mark.skipif(not VIEWS, reason="there are no views yet")
def test_views_import_neither_numbers_nor_the_engine() -> None:
    imports = {place(path): imports_in(ast.parse(path.read_text("utf-8"))) for path in VIEWS}
    wrong = {path: names & NOT_IN_VIEWS for path, names in imports.items()}
    assert {path: names for path, names in wrong.items() if names} == {}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("a + b", ["a + b"]),
        ("100 * rate", ["100 * rate"]),
        ("n -= 1", ["n -= 1"]),
        ("sum(counts)", ["sum(counts)"]),
        ("'n = ' + str(n)", []),
        ("f'{n} of ' + name", []),
        ("'%d people' % n", []),
        ("x: int | None = None", []),
    ],
)
def test_the_check_of_views_tells_sums_from_text(code, found) -> None:
    assert sums_in(ast.parse(code)) == found


# ---- what is committed ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", LOCKS, ids=place)
def test_a_lock_file_names_no_place_to_fetch_from(path) -> None:
    pattern = re.compile(r"--index-url|--extra-index-url|--find-links|file://|https?:")
    lines = path.read_text("utf-8").splitlines()
    assert [line for line in lines if pattern.search(line)] == []


@pytest.mark.parametrize("path", LOCKS, ids=place)
def test_a_lock_file_pins_every_package_with_a_hash(path) -> None:
    text = re.sub(r"^\s*#.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE)
    entries = [e for e in text.replace("\\\n", " ").splitlines() if e.strip()]
    assert entries
    assert [e for e in entries if "==" not in e or "--hash=sha256:" not in e] == []


def test_there_are_lock_files() -> None:
    assert {place(path) for path in LOCKS} == {"requirements.lock", "requirements-dev.lock"}


def commands() -> list[str]:
    (action,) = (a for a in build_parser()._actions if a.dest == "command")
    return sorted(action.choices or ())


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme(command) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert re.search(rf"trd-outcomes {command}\b|make {command}\b", readme)


@pytest.mark.parametrize("command", commands())
def test_every_command_has_a_file(command) -> None:
    files = {"import": "importing", "demo": "serve"}
    assert (ROOT / "dashboard" / "commands" / f"{files.get(command, command)}.py").is_file()


# ---- codes of refusals ---------------------------------------------------------------------------

CODE = re.compile(r'(?:"|\()(E\d{3})(?:"|\))')
CODES = sorted({code for file in PYTHON for code in CODE.findall(file.read_text("utf-8"))})


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_a_refusal_is_explained(code) -> None:
    pages = [page.read_text("utf-8") for page in sorted((ROOT / "docs").glob("*.md"))]
    assert any(re.search(rf"\b{code}\b", page) for page in pages)


def test_there_are_codes_to_explain() -> None:
    assert len(CODES) > 40
