"""The generated pages are those of the code as it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def generator():
    spec = importlib.util.spec_from_file_location("generate_reference", REFERENCE / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", generator().GENERATED)
def test_a_reference_page_is_what_the_code_says(name):
    """Mend with: python docs/reference/generate.py."""
    assert (REFERENCE / name).read_text(encoding="utf-8") == generator().GENERATED[name]()


def test_no_page_is_left_of_a_schema_that_is_gone():
    there = {page.relative_to(REFERENCE).as_posix() for page in (REFERENCE / "schemas").iterdir()}
    assert there == {name for name in generator().GENERATED if name.startswith("schemas/")}
