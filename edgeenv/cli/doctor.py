"""``edgeenv doctor``: is this installation fit for work, and is the registry sound?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from edgeenv import __version__
from edgeenv.cli.doctor_checks import Check, all_checks
from edgeenv.cli.output import clean, json_option, json_result, json_text, result
from edgeenv.cli.root import root_option
from edgeenv.errors import ExitStatus
from edgeenv.report.width import WIDTH, folded

if TYPE_CHECKING:
    from pathlib import Path

_RUNNERS = ("fake", "local")


@click.command(name="doctor")
@root_option
@click.option("--noise", is_flag=True, help="Show instead what would disturb a benchmark on this machine.")
@json_option
def doctor(*, root: Path, noise: bool, as_json: bool) -> int:
    """Check this installation and the registry.

    Nothing is changed or created. Exit status: 0 when all is well, 1 when something is broken.
    """
    if noise:
        from edgeenv.cli.doctor_noise import show_noise

        show_noise(as_json=as_json)
        return ExitStatus.DONE
    checks = all_checks(root)
    healthy = all(check.state != "problem" for check in checks)
    if as_json:
        json_result("edgeenv.doctor.v1", _document(root, checks, healthy=healthy))
    else:
        result(f"EdgeEnv doctor: {'OK' if healthy else 'PROBLEMS FOUND'}")
        result(f"Version: {__version__}")
        result(f"Runner support: {', '.join(_RUNNERS)}")
        result(f"Registry: {clean(root / 'runs.db')}")
        result()
        width = max(len(check.subject) for check in checks)
        for check in checks:
            _show(check, width)
    return ExitStatus.DONE if healthy else ExitStatus.COULD_NOT


def _show(check: Check, width: int) -> None:
    """One check: its text in as many lines as it needs, its hint whole, so that it can be pasted."""
    first = f"{check.state:<7}  {check.subject:<{width}}  "
    blank = " " * len(first)
    for number, line in enumerate(folded(clean(check.text), width=WIDTH - len(first))):
        result(f"{blank if number else first}{line}")
    if check.hint:
        result(f"{blank}Hint: {clean(check.hint)}")


def _document(root: Path, checks: list[Check], *, healthy: bool) -> dict[str, Any]:
    return {
        "ok": healthy,
        "version": __version__,
        "runners": list(_RUNNERS),
        "root": json_text(root),
        "registry": json_text(root / "runs.db"),
        "checks": [
            {"check": check.subject, "state": check.state, "text": json_text(check.text), "hint": check.hint}
            for check in checks
        ],
    }
