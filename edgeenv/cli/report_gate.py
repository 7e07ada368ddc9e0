"""The options ``--require`` and ``--fail-on``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.output import clean, message
from edgeenv.errors import EdgeEnvError
from edgeenv.report.gate import FAILURES, FLAGGED, REQUIREMENTS, Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeenv.model.judgement import Judgement
    from edgeenv.policy.rules import Policy


def gate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options ``--require`` and ``--fail-on``."""
    fail_on = click.option(
        "--fail-on",
        type=click.Choice(FAILURES),
        multiple=True,
        help="Fail on this: exit status 3, for indeterminate 5, for flagged 4. May be given several times.",
    )
    require = click.option(
        "--require",
        type=click.Choice(REQUIREMENTS),
        help="Fail unless the verdict is at least this: exit status 3, or 5 for want of evidence.",
    )
    return require(fail_on(command))


def gate_of(policy: Policy, require: str | None, fail_on: tuple[str, ...]) -> Gate:
    """The demands of a call.

    Raises:
        EdgeEnvError: one of them could never fail under this policy.
    """
    limits = any(metric.flag_rel is not None or metric.flag_abs is not None for metric in policy.metrics)
    if FLAGGED in fail_on and not limits:
        raise EdgeEnvError(
            f"--fail-on {FLAGGED}: the policy {policy.identity.name} sets no flag_change for any metric, "
            "so nothing could ever fail",
            "give a metric a limit in a policy of your own: edgeenv policy init FILE",
            code="idle-gate",
        )
    return Gate(require, tuple(dict.fromkeys(fail_on)))


def gate_status(gate: Gate, judgement: Judgement) -> int:
    """The exit status; what does not pass, or could not be looked at, is told on stderr."""
    for complaint in gate.complaints(judgement):
        message(clean(complaint))
    for blind in gate.blind_spots(judgement):
        message(f"Note: {clean(blind)}")
    return gate.status(judgement)
