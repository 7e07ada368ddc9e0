"""Where the first line of a begun file says that its schema is."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeenv.cli.schema_place import schema_place


@pytest.fixture
def installed(monkeypatch):
    """An installation in a home directory."""
    there = Path("/home/someone/lab/.venv/lib/edgeenv/_data/schemas/policy.schema.json")
    monkeypatch.setattr("edgeenv.resources.place", lambda _kind, _name: there)
    return there


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("/home/someone/lab", ".venv/lib/edgeenv/_data/schemas/policy.schema.json"),
        ("/home/someone/lab/policies", "../.venv/lib/edgeenv/_data/schemas/policy.schema.json"),
        ("/home/someone/work", "../lab/.venv/lib/edgeenv/_data/schemas/policy.schema.json"),
    ],
)
def test_no_home_directory_is_named_where_a_relative_path_does(installed, folder, place):
    assert (Path(folder) / place).exists() == installed.exists()
    assert schema_place("policy", Path(folder)) == place


def test_without_a_directory_in_common_the_path_is_whole(installed):
    assert schema_place("policy", Path("/srv/lab")) == installed.as_posix()
