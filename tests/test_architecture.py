"""The house stands as docs/architecture.md says: who imports whom, who owns what, how big a room may be."""

from __future__ import annotations

import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "edgeenv"
PAGE = REPOSITORY / "docs" / "architecture.md"

MODULE_LINES = 300
FUNCTION_LINES = 50
DRAWERS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "tools"}

# Who may import each third-party library: the module itself, or a package with all its modules.
OWNERS = {
    "yaml": ("edgeenv.documents",),
    "jsonschema": ("edgeenv.schema",),
    "jinja2": ("edgeenv.report.markdown",),
    "tabulate": ("edgeenv.report.table",),
    "click": ("edgeenv.cli",),
}
# The same for parts of the standard library that one module owns.
OWNERS_WITHIN = {"sqlite3": ("edgeenv.registry.index",), "zipfile": ("edgeenv.evidence.bundle",)}

# What only `cli` does. A core module that needs an exception stands in ALLOWED with its reason.
CLI_ONLY = {
    "print",
    "input",
    "datetime.now",
    "datetime.utcnow",
    "date.today",
    "time.time",
    "time.time_ns",
    "os.environ",
    "os.environb",
    "os.getenv",
    "os.getcwd",
    "os.getcwdb",
    "os.chdir",
    "os.urandom",
    "Path.cwd",
    "Path.home",
    "uuid.uuid4",
    "uuid.uuid1",
}
CHANCE = {"random", "secrets", "uuid"}
ALLOWED: dict[tuple[str, str], str] = {
    ("edgeenv.emit", "os.environ"): "it is run by benchmark scripts, which learn their protocol there",
}


class Import(NamedTuple):
    """One import: by whom, of what (a dotted name), and whether it happens only for type checkers."""

    importer: str
    imported: str
    line: int
    types_only: bool


def module_name(path, root=PACKAGE):
    parts = ("edgeenv", *path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
PACKAGES = {module_name(path) for path in PACKAGE.rglob("__init__.py")}


def guarded_lines(tree):
    """The lines of every ``if TYPE_CHECKING:`` body."""
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.body:
                lines.update(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
    return lines


def imports_of(name, source, modules):
    """Every import of one module, resolved to modules of ours where the name after ``from`` is one."""
    tree = ast.parse(source)
    guarded = guarded_lines(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = name.split(".")
                above = parts[: len(parts) - node.level + (name in PACKAGES)]
                base = ".".join([*above, base] if base else above)
            targets = [
                f"{base}.{alias.name}" if f"{base}.{alias.name}" in modules else base for alias in node.names
            ]
        else:
            continue
        for target in targets:
            yield Import(name, target, node.lineno, node.lineno in guarded)


ALL_IMPORTS = [
    found for name, source in SOURCES.items() for found in imports_of(name, source, SOURCES.keys() | PACKAGES)
]


class Table(NamedTuple):
    """The layer table of the page: what each name may import, and which names share a row."""

    allowed: dict[str, tuple[str, ...]]
    row: dict[str, int]


def read_table(page):
    rows = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE)
    table = Table({}, {})
    for number, (names, words) in enumerate(rows):
        allowed = tuple(part.strip() for part in words.split(","))
        if allowed == ("nothing",):
            allowed = ()
        elif allowed == ("all of the above but policy",):
            allowed = tuple(name for name in table.allowed if not name.startswith("policy"))
        for name in re.findall(r"`([^`]+)`", names):
            table.allowed[name] = allowed
            table.row[name] = number
    return table


TABLE = read_table(PAGE.read_text(encoding="utf-8"))

# The package's face and its entry point stand above every layer.
ABOVE = {"edgeenv", "edgeenv.__main__"}


def covers(name, module):
    inner = module.removeprefix("edgeenv.")
    return name in ("everything", inner) or inner.startswith(f"{name}.")


def place_of(module, table):
    """The name in the table that a module belongs to: the longest that covers it."""
    return max((name for name in table.allowed if covers(name, module)), key=len, default=None)


def layer_faults(imports, table):
    """Each import of ours that the table does not allow; imports for type checkers count as well."""
    for found in imports:
        if not found.imported.startswith("edgeenv.") or found.importer in ABOVE:
            continue
        importer, imported = place_of(found.importer, table), place_of(found.imported, table)
        if importer is None or imported is None:
            yield f"{found.importer if importer is None else found.imported} stands in no row of {PAGE.name}"
        elif table.row[importer] != table.row[imported] and not any(
            covers(name, found.imported) for name in table.allowed[importer]
        ):
            yield f"{found.importer}:{found.line} imports {found.imported}, which {importer} may not"


def owner_faults(imports):
    """Each import of a library by somebody who does not own it."""
    for found in imports:
        top = found.imported.split(".")[0]
        if top == "edgeenv" or (top in sys.stdlib_module_names and top not in OWNERS_WITHIN):
            continue
        owners = {**OWNERS, **OWNERS_WITHIN}.get(top, ())
        if not any(found.importer == owner or found.importer.startswith(f"{owner}.") for owner in owners):
            yield f"{found.importer}:{found.line} imports {top}, which belongs to {owners or 'nobody'}"


def cycle(imports):
    """A circle of modules that import one another when they run; None when there is none."""
    sorter = TopologicalSorter()
    for found in imports:
        if not found.types_only and found.importer != found.imported:
            sorter.add(found.importer, found.imported)
    try:
        sorter.prepare()
    except CycleError as error:
        return " -> ".join(error.args[1])
    return None


def size_faults(name, source):
    """A module or function that is too long."""
    lines = source.count("\n")
    if lines > MODULE_LINES:
        yield f"{name} has {lines} lines, more than {MODULE_LINES}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno} {node.name} has {length} lines, more than {FUNCTION_LINES}"


def cli_only_faults(name, source):
    """What a core module does that only the command line may."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            base = getattr(node, "module", None)
            names = [f"{base}.{alias.name}" if base else alias.name for alias in node.names]
            found = [full for full in names if full in CLI_ONLY or full.split(".")[0] in CHANCE]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found = [node.func.id] if node.func.id in CLI_ONLY else []
        elif isinstance(node, ast.Attribute):
            full = ".".join(ast.unparse(node).split(".")[-2:])
            found = [full] if full in CLI_ONLY else []
        else:
            continue
        for what in found:
            if (name, what) not in ALLOWED:
                yield f"{name}:{node.lineno} uses {what}, which only cli may"


# The house as it stands.


def test_every_import_is_allowed_by_the_table():
    assert list(layer_faults(ALL_IMPORTS, TABLE)) == []


def test_every_module_stands_in_the_table_and_every_row_has_a_module():
    modules = SOURCES.keys() - ABOVE
    assert [module for module in sorted(modules) if place_of(module, TABLE) is None] == []
    assert [name for name in TABLE.allowed if not any(covers(name, module) for module in modules)] == []


def test_every_name_that_the_table_allows_is_a_name_of_the_table():
    heads = {name.split(".")[0] for name in TABLE.allowed} | {"everything"}
    assert {name for allowed in TABLE.allowed.values() for name in allowed} - set(TABLE.allowed) <= heads


def test_each_library_is_imported_by_its_owner_only():
    assert list(owner_faults(ALL_IMPORTS)) == []


def test_each_library_of_the_project_has_an_owner_that_uses_it():
    imported = {found.imported.split(".")[0] for found in ALL_IMPORTS}
    assert OWNERS.keys() <= imported
    for library in ("PyYAML", "jsonschema", "Jinja2", "tabulate", "click"):
        assert library in PAGE.read_text(encoding="utf-8")


def test_no_modules_import_each_other_in_a_circle():
    assert cycle(ALL_IMPORTS) is None


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_module_and_its_functions_are_small(name):
    assert list(size_faults(name, SOURCES[name])) == []
    assert name.rpartition(".")[2] not in DRAWERS, "name it after what it does"


@pytest.mark.parametrize("name", sorted(name for name in SOURCES if not name.startswith("edgeenv.cli")))
def test_the_core_neither_prints_nor_reads_its_surroundings(name):
    if name in ABOVE:
        pytest.skip("the entry point belongs to the command line")
    assert list(cli_only_faults(name, SOURCES[name])) == []


def test_every_exception_is_still_needed():
    for (name, what), reason in ALLOWED.items():
        assert what in SOURCES[name], f"{name} no longer uses {what}: {reason}"


def test_every_module_says_what_it_is_for():
    silent = [name for name, source in SOURCES.items() if source and not ast.get_docstring(ast.parse(source))]
    assert silent == []


# Planted faults: each check above must see what it is there for.


def planted(importer, statement):
    return list(imports_of(importer, statement, SOURCES.keys() | PACKAGES))


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        ("edgeenv.model.run", "from edgeenv.errors import EdgeEnvError"),
        ("edgeenv.model.run", "from edgeenv import errors"),
        ("edgeenv.errors", "import edgeenv.resources"),
        ("edgeenv.policy.judge", "from edgeenv.documents import load_yaml"),
        ("edgeenv.policy.judge", "from edgeenv.policy.document import load_policy"),
        ("edgeenv.policy.judge", "from .document import load_policy"),
        ("edgeenv.capture.fake", "from edgeenv.evidence import store"),
        ("edgeenv.report.text", "from edgeenv.registry import registry"),
        ("edgeenv.registry.index", "from edgeenv.cli.output import clean"),
        ("edgeenv.recording", "from edgeenv.policy.judge import judge"),
        ("edgeenv.report.text", "def f():\n    from edgeenv.registry import registry"),
        ("edgeenv.model.run", "if TYPE_CHECKING:\n    from edgeenv.errors import Problem"),
        ("edgeenv.newcomer", "from edgeenv.errors import Problem"),
    ],
)
def test_an_import_against_the_table_is_seen(importer, statement):
    assert len(list(layer_faults(planted(importer, statement), TABLE))) == 1


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        ("edgeenv.policy.judge", "from edgeenv.model.facts import Facts"),
        ("edgeenv.policy.judge", "from edgeenv.policy.rules import Rule"),
        ("edgeenv.policy.document", "from edgeenv.policy.rules import Rule"),
        ("edgeenv.cli.demo", "from edgeenv import resources"),
        ("edgeenv.recording", "from edgeenv.registry import registry"),
        ("edgeenv.cli.main", "from edgeenv import __version__"),
    ],
)
def test_an_import_along_the_table_is_not_blamed(importer, statement):
    assert list(layer_faults(planted(importer, statement), TABLE)) == []


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        ("edgeenv.capture.local", "import click"),
        ("edgeenv.schema", "import yaml"),
        ("edgeenv.cli.bench", "from jinja2 import Environment"),
        ("edgeenv.report.text", "import tabulate"),
        ("edgeenv.registry.registry", "import sqlite3"),
        ("edgeenv.model.run", "import numpy"),
        ("edgeenv.policy.judge", "if TYPE_CHECKING:\n    import click"),
    ],
)
def test_a_library_in_the_wrong_hands_is_seen(importer, statement):
    assert len(list(owner_faults(planted(importer, statement)))) == 1


def test_a_circle_is_seen_and_one_for_types_only_is_not():
    there = Import("edgeenv.a", "edgeenv.b", 1, types_only=False)
    back = Import("edgeenv.b", "edgeenv.a", 1, types_only=False)
    assert cycle([there, back]) is not None
    assert cycle([there, back._replace(types_only=True)]) is None


def test_a_long_module_and_a_long_function_are_seen():
    assert list(size_faults("m", "x = 1\n" * 300)) == []
    assert len(list(size_faults("m", "x = 1\n" * 301))) == 1
    assert list(size_faults("m", "def f():\n" + "    x = 1\n" * 49)) == []
    assert len(list(size_faults("m", "def f():\n" + "    x = 1\n" * 50))) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "print('x')",
        "import time\ntime.time()",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.now()",
        "import os\nos.environ['X']",
        "import os\nos.getcwd()",
        "from os import environ",
        "from pathlib import Path\nPath.cwd()",
        "import random",
        "from secrets import token_hex",
    ],
)
def test_a_core_that_looks_around_is_seen(statement):
    assert len(list(cli_only_faults("edgeenv.model.run", statement))) == 1
