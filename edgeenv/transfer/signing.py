"""Opening a bundle under what its reader asks of signatures."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeenv.evidence.bundle.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edgeenv.evidence.signature import Signature, Signer


@dataclass(frozen=True, slots=True)
class SignaturePolicy:
    """What is asked of signatures.

    Attributes:
        allowed_signers: the reader's list of whom they trust.
        principal: who it must have been; None for anybody on the list.
        revoked: keys that no longer count.
        is_required: False to let in a bundle that has no signature; one that has a wrong one never comes in.
    """

    allowed_signers: Path
    principal: str | None = None
    revoked: Path | None = None
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that has been checked, and who made it."""

    signature: Signature
    signer: Signer


@contextmanager
def signed_archive(path: Path, policy: SignaturePolicy | None) -> Iterator[tuple[Archive, Signed | None]]:
    """Open a bundle; where a signature is asked for, as a private copy whose signature has been checked.

    Raises:
        EdgeEnvError: it cannot be opened, or its signature is missing or not valid.
    """
    with Archive.open(path) as archive:
        if policy is None:
            yield archive, None
            return
        from edgeenv.evidence import signature as signatures

        beside = signatures.signature_path(path)
        if not policy.is_required and not os.path.lexists(beside):
            yield archive, None
            return
        found = signatures.read_signature(beside)
        with archive.private_copy() as copy:
            signer = signatures.verify(
                copy.descriptor,
                found,
                policy.allowed_signers,
                source=str(path),
                principal=policy.principal,
                revoked=policy.revoked,
            )
            yield copy, Signed(found, signer)
