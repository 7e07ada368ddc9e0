"""What is offered in place of a word that is no command."""

from __future__ import annotations

import pytest

from edgeenv.cli.commands import COMMANDS
from edgeenv.cli.suggestion import commands_meant


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("compare", ["report compare"]),
        ("comapre", ["report compare"]),
        ("run", ["bench run"]),
        ("polcy", ["policy"]),
        ("validate", ["profile validate", "bench validate", "schema validate"]),
        ("xyzzy", []),
    ],
)
def test_a_command_is_found_wherever_it_stands(word, meant):
    assert commands_meant(word, COMMANDS) == meant
