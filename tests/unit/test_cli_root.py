"""Which root a command works on."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeenv.cli.root import chosen_root


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A directory two levels down, as the current one, without EDGEENV_ROOT."""
    monkeypatch.delenv("EDGEENV_ROOT")
    below = tmp_path / "project" / "src" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    return tmp_path / "project"


def test_without_anything_it_is_here_and_is_not_made(place):
    assert chosen_root(None) == Path(".edgeenv")
    assert list(place.rglob(".edgeenv")) == []


def test_the_nearest_one_upward_is_found_and_named_as_a_user_would(place):
    (place / ".edgeenv").mkdir()
    assert str(chosen_root(None)) == "../../.edgeenv"
    (place / "src" / ".edgeenv").mkdir()
    assert str(chosen_root(None)) == "../.edgeenv"
    (place / "src" / "deep" / ".edgeenv").mkdir()
    assert str(chosen_root(None)) == ".edgeenv"


def test_a_link_to_nothing_is_chosen_and_refused_later_instead_of_skipped(place):
    (place / ".edgeenv").mkdir()
    (place / "src" / ".edgeenv").symlink_to("nowhere")
    assert str(chosen_root(None)) == "../.edgeenv"


def test_the_variable_wins_over_the_search_and_the_option_over_both(place, monkeypatch):
    (place / ".edgeenv").mkdir()
    monkeypatch.setenv("EDGEENV_ROOT", "elsewhere")
    assert chosen_root(None) == Path("elsewhere")
    assert chosen_root("given") == Path("given")
    monkeypatch.setenv("EDGEENV_ROOT", "")
    assert str(chosen_root(None)) == "../../.edgeenv"


def test_a_current_directory_that_is_gone_is_no_bug(place, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert chosen_root(None) == Path(".edgeenv")
    monkeypatch.chdir(place)
