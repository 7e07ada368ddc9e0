"""Every YAML file that a reader may copy tells an editor its schema, by a path that leads there."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MARK = "# yaml-language-server: $schema="
FILES = sorted(path for folder in ("examples", "policies") for path in (REPOSITORY / folder).rglob("*.y*ml"))


def expected(path):
    """The contract that a file is held against, as its name and its folder tell."""
    if path.name.endswith(".policy-test.yaml"):
        return "policy-test"
    return {"benches": "bench-config", "profiles": "target-profile", "policies": "policy"}[path.parent.name]


def schema_of(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(MARK), f"{path} does not begin with {MARK}"
    return (path.parent / first.removeprefix(MARK)).resolve()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_the_first_line_leads_to_the_schema(path):
    there = schema_of(path)
    assert there == REPOSITORY / "schemas" / f"{expected(path)}.schema.json"
    assert there.is_file()


def test_what_is_begun_for_a_user_has_the_line_too(edgeenv, tmp_path):
    edgeenv("policy", "init", tmp_path / "lab.yaml")
    for name, contract in (("lab.yaml", "policy"), ("lab.policy-test.yaml", "policy-test")):
        there = schema_of(tmp_path / name)
        assert there.name == f"{contract}.schema.json"
        assert there.is_file()
