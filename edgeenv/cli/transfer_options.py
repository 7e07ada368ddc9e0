"""Options that the commands about bundles share: how large one may be, and who must have signed it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeenv.transfer.signing import SignaturePolicy

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}
_SIZE = re.compile(r"(?P<number>[0-9]{1,12}) ?(?P<unit>[kmg]?i?)b?", re.IGNORECASE | re.ASCII)


class _Size(click.ParamType[Limits]):
    """A number of bytes, with or without a unit, as the limits that follow from it."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Limits:
        """Read the option's text."""
        match = _SIZE.fullmatch(value)
        unit = None if match is None else _UNITS.get(match["unit"].lower())
        if match is None or unit is None:
            self.fail(f"found {value!r}, expected a size such as 1GiB, 500MB or 1048576", param, ctx)
        return Limits.of_size(int(match["number"]) * unit)


def size_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--max-size``, handed to it as ``limits``."""
    return click.option(
        "--max-size",
        "limits",
        metavar="SIZE",
        type=_Size(),
        help=f"The most that a bundle may unpack to. [default: {DEFAULT_LIMITS.total_bytes >> 20}MiB]",
    )(command)


def signer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say whose signature counts."""
    for option in (
        click.option("--revoked", metavar="FILE", help="Keys that no longer count."),
        click.option("--signer", metavar="NAME", help="Who on that list it must have been."),
        click.option(
            "--allowed-signers", metavar="FILE", help="Whose signatures count, as ssh-keygen lists them."
        ),
    ):
        command = option(command)
    return command


def signature_policy(
    allowed_signers: str | None, signer: str | None, revoked: str | None, *, required: bool
) -> SignaturePolicy | None:
    """What the options ask of signatures; None when they ask nothing.

    Raises:
        click.UsageError: they ask without saying whose signatures count.
    """
    if allowed_signers is None:
        if required or signer or revoked:
            raise click.UsageError("say whose signatures count: --allowed-signers FILE")
        return None
    from edgeenv.transfer.signing import SignaturePolicy

    return SignaturePolicy(
        Path(allowed_signers), signer, Path(revoked) if revoked else None, is_required=required
    )
