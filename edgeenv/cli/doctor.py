"""``edgeenv doctor``: is this installation fit for work, and is the registry sound?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from edgeenv import __version__
from edgeenv.cli.doctor_checks import Check, all_checks
from edgeenv.cli.output import clean, json_option, json_result, json_text, result
from edgeenv.cli.root import root_option
from edgeenv.errors import ExitStatus

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
            result(f"{check.state:<7}  {check.subject:<{width}}  {clean(check.text)}")
            if check.hint:
                result(f"{'':<7}  {'':<{width}}  Hint: {clean(check.hint)}")
    return ExitStatus.DONE if healthy else ExitStatus.COULD_NOT


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
