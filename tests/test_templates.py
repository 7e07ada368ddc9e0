"""The forms for contributors hold what the forge accepts; a broken form is silently not shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

GITHUB = Path(__file__).resolve().parent.parent / ".github"
pytestmark = pytest.mark.skipif(not GITHUB.is_dir(), reason="the source distribution has no .github")
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
TOP = {"name", "description", "title", "labels", "assignees", "projects", "type", "body"}
COMMON = {"label", "description"}
ATTRIBUTES = {
    "markdown": {"value"},
    "textarea": COMMON | {"placeholder", "value", "render"},
    "input": COMMON | {"placeholder", "value"},
    "dropdown": COMMON | {"multiple", "options", "default"},
    "checkboxes": COMMON | {"options"},
}


def form_faults(form):
    """What the forge would refuse, in the order of the form."""
    faults = [f"unknown member {name}" for name in sorted(set(form) - TOP)]
    faults += [f"no {name}" for name in ("name", "description", "body") if not form.get(name)]
    labels, ids = [], []
    for number, field in enumerate(form.get("body") or []):
        faults += [f"body[{number}]: {fault}" for fault in field_faults(field)]
        labels.append(field.get("attributes", {}).get("label", number))
        ids.append(field.get("id", number))
    if all(field.get("type") == "markdown" for field in form.get("body") or []):
        faults.append("nothing to fill in")
    faults += [f"two of the same {what}" for what, all_ in (("label", labels), ("id", ids)) if repeats(all_)]
    return faults


def repeats(names):
    return len(set(names)) != len(names)


def field_faults(field):
    kind, attributes = field.get("type"), field.get("attributes", {})
    if kind not in ATTRIBUTES:
        return [f"unknown type {kind}"]
    faults = [f"unknown member {name}" for name in set(field) - {"type", "id", "attributes", "validations"}]
    faults += [f"unknown attribute {name}" for name in set(attributes) - ATTRIBUTES[kind]]
    needed = "value" if kind == "markdown" else "label"
    if not attributes.get(needed):
        faults.append(f"no {needed}")
    if kind == "markdown" and "validations" in field:
        faults.append("text cannot be required")
    if kind != "markdown" and not re.fullmatch(r"[A-Za-z0-9_-]+", field.get("id", "")):
        faults.append("no id of letters, digits, - and _")
    if not set(field.get("validations", {})) <= {"required"}:
        faults.append("unknown validation")
    if kind in {"dropdown", "checkboxes"}:
        faults += option_faults(kind, attributes.get("options") or [])
    return faults


def option_faults(kind, options):
    if not options:
        return ["no options"]
    names = [option["label"] if kind == "checkboxes" else option for option in options]
    if not all(isinstance(name, str) for name in names):
        return ["an option that is no text: quote it"]
    return ["two of the same option"] if repeats(names) else []


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_is_one_that_the_forge_shows(path):
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if path.name == "config.yml":
        assert set(read) <= {"blank_issues_enabled", "contact_links"}
        assert isinstance(read["blank_issues_enabled"], bool)
    else:
        assert form_faults(read) == []


def test_there_are_forms_for_a_bug_and_for_the_first_path():
    assert {"bug.yml", "first_path.yml", "config.yml"} <= {path.name for path in FORMS}


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ("{name: a, description: b, body: [{type: markdown, attributes: {value: c}}]}", "nothing to fill in"),
        ("{name: a, description: b, about: c, body: []}", "unknown member about"),
        ("{name: a, body: [{type: input, id: i, attributes: {label: l}}]}", "no description"),
        ("{name: a, description: b, body: [{type: text, id: i}]}", "body[0]: unknown type text"),
        (
            "{name: a, body: [{type: dropdown, id: i, attributes: {label: l, options: [on]}}]}",
            "body[0]: an option that is no text: quote it",
        ),
        (
            "{name: a, description: b, body: [{type: input, id: i, attributes: {label: l, render: x}}]}",
            "body[0]: unknown attribute render",
        ),
    ],
)
def test_a_form_that_the_forge_refuses_is_found(form, fault):
    assert fault in form_faults(yaml.safe_load(form))
