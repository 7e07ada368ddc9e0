"""Bundles into a root: verified, staged, and published by one rename."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS, Limits
from edgeenv.evidence.bundle.names import shown
from edgeenv.evidence.bundle.origin import Origin, forget_origin, write_origin
from edgeenv.evidence.bundle.reader import Bundle, require_bundle
from edgeenv.evidence.check import defects
from edgeenv.evidence.disk import explain, explained, make_directory
from edgeenv.evidence.files import Kind
from edgeenv.evidence.moments import utc_text
from edgeenv.evidence.stage import Stage
from edgeenv.evidence.store import load_failure, load_run
from edgeenv.model.finding import Finding
from edgeenv.registry.registry import Registry
from edgeenv.registry.trouble import IndexTroubleError
from edgeenv.transfer.signing import signed_archive

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from edgeenv.evidence.manifest import Manifest
    from edgeenv.evidence.signature import Signer
    from edgeenv.transfer.signing import SignaturePolicy, Signed


@dataclass(frozen=True, slots=True)
class Imported:
    """How the import of one bundle ended.

    Attributes:
        already_here: the same evidence was here before; nothing was written.
        signer: who has signed the bundle; None when no signature was asked for.
    """

    run_id: str
    kind: Kind
    directory: Path
    already_here: bool
    signer: Signer | None = None


class Importer:
    """Brings bundles into one root; a bundle comes in whole or not at all.

    Args:
        root: the root directory; it is made when the first good bundle comes in.
        now: aware UTC time.
        random_hex: gives at least so many random hex digits.
        limits: how large a bundle may be.
        signatures: None to import without looking at signatures.
    """

    def __init__(
        self,
        root: Path,
        *,
        now: Callable[[], datetime],
        random_hex: Callable[[int], str],
        limits: Limits = DEFAULT_LIMITS,
        signatures: SignaturePolicy | None = None,
    ) -> None:
        self.registry = Registry(root)
        self._root = root
        self._now = now
        self._random_hex = random_hex
        self._limits = limits
        self._signatures = signatures

    @property
    def notices(self) -> list[Finding]:
        """What was healed, or could not be done beside the import itself."""
        return self.registry.notices

    def bring(self, path: Path) -> Imported:
        """Import one bundle of either kind.

        Everything is verified before anything is written; then the run is staged, hashed once more, and
        published by one rename. Killed at any moment, the root holds the whole run or none of it.

        Raises:
            EdgeEnvError: the bundle is refused, with the code of the check; other evidence is here under
                the same id (``run-exists``); or it could not be stored.
        """
        with signed_archive(path, self._signatures) as (archive, signed):
            bundle = require_bundle(archive, self._limits)
            signer = None if signed is None else signed.signer
            here = self._already_here(bundle)
            if here is not None:
                return Imported(bundle.run_id, bundle.kind, here, already_here=True, signer=signer)
            try:
                directory = self._store(bundle, self._origin(bundle, signed))
            except OSError as error:
                raise explain(error, self._root) from error
            return Imported(bundle.run_id, bundle.kind, directory, already_here=False, signer=signer)

    def _already_here(self, bundle: Bundle) -> Path | None:
        """Where the same evidence is stored; None when nothing is under this id."""
        if not self.registry.open():
            return None
        with explained(self._root):
            same_but_case = _another_spelling(self._root, bundle.run_id)
        if same_but_case is not None:
            raise _conflict(bundle, f"{same_but_case} is here, which differs only in case")
        for kind in Kind:
            directory = self._root / kind.folder / bundle.run_id
            if os.path.lexists(directory):
                self._compare(bundle, kind, directory)
                return directory
        if bundle.kind is Kind.RUN:
            self._compare_with_index(bundle)
        return None

    def _compare(self, bundle: Bundle, kind: Kind, directory: Path) -> None:
        """Refuse a bundle whose evidence is not what is stored; the stored run is left alone."""
        if kind is not bundle.kind:
            raise _conflict(bundle, f"{directory} is a {kind.value}, the bundle holds a {bundle.kind.value}")
        stored = load_run(directory) if kind is Kind.RUN else load_failure(directory)
        with explained(directory):
            altered = defects(directory, stored.manifest) if stored.sealed else ()
        if altered:
            listed = "; ".join(defect.text for defect in altered)
            raise EdgeEnvError(
                f"{bundle.run_id} is here already, and was altered after it was stored: {listed}",
                f"move {directory} away, then import the bundle again",
                code="altered-evidence",
            )
        differing = _differing(stored.manifest, bundle.manifest)
        if differing:
            what = "Run" if kind is Kind.RUN else "Failed-run"
            raise _conflict(
                bundle, f"{what} artifact already exists: {directory}, and differs in {', '.join(differing)}"
            )

    def _compare_with_index(self, bundle: Bundle) -> None:
        """Refuse other evidence under an id whose directory is gone but whose digest the index remembers."""
        indexed = self.registry.access.read(lambda index: index.digest_of(bundle.run_id))
        if indexed not in {None, bundle.manifest.digest}:
            raise _conflict(
                bundle,
                f"Run already exists in registry: {bundle.run_id}: its directory is gone, and the evidence "
                f"of the bundle ({bundle.manifest.digest}) is not what the index remembers ({indexed})",
            )

    def _origin(self, bundle: Bundle, signed: Signed | None) -> Origin:
        return Origin(
            run_id=bundle.run_id,
            bundle_type=bundle.kind.value,
            imported_at=utc_text(self._now()),
            source=_as_text(bundle.archive.path),
            sha256=bundle.archive.digest(),
            bytes=bundle.archive.size,
            evidence_digest=bundle.manifest.digest,
            signer=None if signed is None else signed.signer.principal,
            fingerprint=None if signed is None else signed.signer.fingerprint,
            signature=None if signed is None else signed.signature.armored.decode("ascii"),
        )

    def _store(self, bundle: Bundle, origin: Origin) -> Path:
        make_directory(self._root)
        self.registry.open()
        stage = Stage.open(self._root, bundle.run_id, self._random_hex)
        published = indexed = False
        try:
            if bundle.kind is Kind.RUN:
                with suppress(IndexTroubleError, OSError):  # told of when the row is added
                    self.registry.access.prepare()
            bundle.unpack_into(stage.directory)
            write_origin(self._root, origin)
            directory = stage.publish(bundle.kind)
            published = True
            stage.sync_published(bundle.kind)
            indexed = self._index(bundle.kind, directory)
        finally:
            if not published:
                forget_origin(self._root, bundle.run_id)
                stage.discard()
            elif indexed:
                stage.finish()
            else:
                stage.release()
        return directory

    def _index(self, kind: Kind, directory: Path) -> bool:
        if kind is Kind.FAILED_RUN:
            return True
        try:
            self.registry.access.add(load_run(directory))
        except (IndexTroubleError, OSError) as trouble:
            text = (
                f"{directory.name} is stored, but not in the index ({trouble}); the next command tries again"
            )
            self.notices.append(Finding("index-not-updated", text))
            return False
        return True


def _another_spelling(root: Path, run_id: str) -> Path | None:
    """A stored run whose id differs only in case: where case does not matter they would be one."""
    folded = run_id.casefold()
    for kind in Kind:
        try:
            names = [entry.name for entry in (root / kind.folder).iterdir()]
        except FileNotFoundError:
            continue
        for name in names:
            if name != run_id and name.casefold() == folded:
                return root / kind.folder / name
    return None


def _differing(stored: Manifest, coming: Manifest) -> list[str]:
    mine = {entry.path: (entry.sha256, entry.bytes) for entry in stored.files}
    theirs = {entry.path: (entry.sha256, entry.bytes) for entry in coming.files}
    return sorted(path for path in {*mine, *theirs} if mine.get(path) != theirs.get(path))


def _conflict(bundle: Bundle, what: str) -> EdgeEnvError:
    return EdgeEnvError(
        f"{shown(str(bundle.archive.path))} is not imported: {what}",
        "Import never overwrites existing evidence; import it into another root: --edgeenv-root DIRECTORY",
        code="run-exists",
    )


def _as_text(path: Path) -> str:
    """A path as JSON can hold it: bytes that are no text are shown replaced."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
