"""The page of the Python API: signatures and docstrings as they stand in the code."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from enum import Enum
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import edgeenv
from edgeenv.evidence.bundle.checking import CheckOutcome
from edgeenv.evidence.bundle.inspection import BundleContent
from edgeenv.model.finding import Finding
from edgeenv.model.judgement import (
    Difference,
    FieldOutcome,
    Level,
    MetricDelta,
    Outcome,
    PolicyIdentity,
    RuleOutcome,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_HELD = (
    RuleOutcome,
    FieldOutcome,
    Outcome,
    Level,
    Difference,
    MetricDelta,
    PolicyIdentity,
    Finding,
    CheckOutcome,
    BundleContent,
)
# Public to other modules of the package, of no use to a program.
_INNER = {"Registry.access", "Registry.open", "Registry.resources", "BundleContent.of"}
_CODE = re.compile(r"``([^`]+)``|`([^`]+)`")
_SECTION = re.compile(r"^(Args|Returns|Raises|Attributes):$")


def python_api_page() -> str:
    """Every public name: functions first, then what they take and give."""
    public = {name: _subject(name) for name in edgeenv.__all__ if not name.startswith("_")}
    names = sorted(public, key=lambda name: (inspect.isclass(public[name]), name))
    parts = [
        "# The Python API",
        "Made from the code by `docs/reference/generate.py`.",
        "How the parts play together: [the guide](../guides/python-api.md).",
        "Every name is imported from `edgeenv` itself. What is not on this page may change at any time.",
    ]
    for name in names:
        parts += [f"## {name}", *_described(name, public[name])]
    parts += ["# What they hold", "The types of the members above; they are read, and seldom imported."]
    for subject in _HELD:
        parts += [f"## {subject.__name__}", *_described(subject.__name__, subject)]
    return "\n\n".join(parts) + "\n"


def _subject(name: str) -> Any:
    """What a public name means; a module that can be called stands for its function."""
    subject = getattr(edgeenv, name)
    return getattr(subject, name) if inspect.ismodule(subject) else subject


def _described(name: str, subject: Any) -> Iterator[str]:
    if inspect.isclass(subject):
        yield f"```python\nclass {name}{_bases(subject)}\n```"
    else:
        yield f"```python\n{_signature(subject)}\n```"
    yield _prose(inspect.getdoc(subject) or "")
    if inspect.isclass(subject):
        if issubclass(subject, Enum):
            yield "\n".join(f"- `{member.name}`: `{member.value}`" for member in subject)
        yield from _fields(subject)
        yield from _members(subject)


def _bases(subject: type) -> str:
    bases = [base.__name__ for base in subject.__bases__ if base is not object]
    return f"({', '.join('NamedTuple' if base == 'tuple' else base for base in bases)})" if bases else ""


def _fields(subject: type) -> Iterator[str]:
    """What a value of the class consists of, with its types as they are written."""
    written = [
        f"{node.target.id}: {ast.unparse(node.annotation)}"
        + (f" = {ast.unparse(node.value)}" if node.value is not None else "")
        for node in _node(subject).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    if written:
        yield "```python\n" + "\n".join(written) + "\n```"


def _members(subject: type) -> Iterator[str]:
    """The public methods and properties that the class itself defines."""
    for name, member in vars(subject).items():
        function = getattr(member, "fget", getattr(member, "__func__", member))
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        if f"{subject.__name__}.{name}" in _INNER:
            continue
        shown = _signature(function).removeprefix("def ")
        if isinstance(member, property):
            shown = shown.replace("(self) ->", ":")
        yield f"### {subject.__name__}.{name}"
        yield f"```python\n{shown}\n```"
        yield _prose(inspect.getdoc(function) or "")


def _signature(function: Any) -> str:
    """The first line of a function, without the decorators and the body."""
    tree = ast.parse(dedent(inspect.getsource(function)))
    node = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    returns = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    arguments = re.sub(r"(: [^,=]+)=", r"\1 = ", ast.unparse(node.args))
    return f"def {node.name}({arguments}){returns}"


def _node(subject: type) -> ast.ClassDef:
    source = Path(str(importlib.import_module(subject.__module__).__file__)).read_text(encoding="utf-8")
    return next(
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name == subject.__name__
    )


def _prose(docstring: str) -> str:
    """A docstring as Markdown: code in single marks, and each section a list."""
    lines: list[str] = []
    within = ""
    for line in docstring.splitlines():
        text = _CODE.sub(lambda found: f"`{found[1] or found[2]}`", line)
        section = _SECTION.match(text)
        if section is not None:
            within = section[1]
            lines += [f"{section[1]}:", ""]
        elif within == "Returns":
            lines.append(text.strip())
        elif within and re.match(r" {4}\S", text):
            head, colon, rest = text.strip().partition(": ")
            lines.append(
                f"- `{head}`: {rest}" if colon and re.fullmatch(r"[\w, ]+", head) else f"- {text.strip()}"
            )
        elif within and text.startswith(" "):
            lines.append(f"  {text.strip()}")
        else:
            lines.append(text)
    return "\n".join(lines)
