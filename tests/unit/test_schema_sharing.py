"""What several schemas need is repeated in each, as its owner has it."""

from __future__ import annotations

import copy
import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "repeat_definitions.py"


@pytest.fixture(scope="module")
def sharing():
    spec = importlib.util.spec_from_file_location("repeat_definitions", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_shared_definition_is_that_of_its_owner(sharing):
    """Mend with: python docs/reference/repeat_definitions.py."""
    shipped = sharing.shipped()
    assert sharing.repeated(shipped) == shipped


def test_a_change_at_the_owner_reaches_every_schema(sharing):
    schemas = copy.deepcopy(sharing.shipped())
    schemas["result"]["$defs"]["metrics"]["properties"]["latency_max_ms"] = {"$ref": "#/$defs/new"}
    schemas["result"]["$defs"]["new"] = {"type": "number"}
    schemas["failed-run"]["properties"]["error_message"]["maxLength"] = 5
    again = sharing.repeated(schemas)
    for name in ("runs-show", "bench-run"):
        assert "latency_max_ms" in again[name]["$defs"]["metrics"]["properties"]
        assert again[name]["$defs"]["new"] == {"type": "number"}
    for name in ("failed-runs-show", "bench-run"):
        assert again[name]["$defs"]["failed_run"]["properties"]["error_message"]["maxLength"] == 5


def test_what_nobody_refers_to_is_dropped(sharing):
    schemas = copy.deepcopy(sharing.shipped())
    schemas["doctor"]["$defs"]["stray"] = {"type": "string"}
    assert "stray" not in sharing.repeated(schemas)["doctor"]["$defs"]
