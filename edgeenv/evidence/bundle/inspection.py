"""What a bundle holds and how every check came out, without importing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.documents import parse_json
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.archive import Archive
from edgeenv.evidence.bundle.checking import CheckOutcome, Examination, Result, refusal
from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS, Limits
from edgeenv.evidence.bundle.reader import Bundle, all_outcomes, examine
from edgeenv.evidence.files import Kind
from edgeenv.model.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edgeenv.evidence.manifest import Manifest


@dataclass(frozen=True, slots=True)
class BundleContent:
    """What a bundle holds whose checks have all passed.

    Attributes:
        exporter: who wrote it: tool, package and version, as the manifest says.
        exported_at: when, for bundles of releases that say so.
        document: ``result.json`` or ``failure.json``.
    """

    manifest: Manifest
    exporter: Mapping[str, Any]
    exported_at: str | None
    document: Mapping[str, Any]

    @classmethod
    def of(cls, bundle: Bundle) -> BundleContent:
        """Take from an open bundle what outlives it."""
        raw = parse_json(bundle.manifest_bytes, "manifest.json")
        exported_at = raw.get("exported_at")
        when = exported_at if isinstance(exported_at, str) else None
        return cls(bundle.manifest, raw["exported_by"], when, bundle.document)


@dataclass(frozen=True, slots=True)
class BundleReport:
    """A look at one file that may be a bundle.

    Attributes:
        path: the file.
        bytes: its size.
        sha256: its digest in hex.
        outcomes: what each check answered, in the order of asking.
        content: what it holds; None unless every check has passed.
    """

    path: Path
    bytes: int
    sha256: str
    outcomes: tuple[CheckOutcome, ...]
    content: BundleContent | None

    @property
    def failures(self) -> tuple[CheckOutcome, ...]:
        """The checks that have failed."""
        return tuple(outcome for outcome in self.outcomes if outcome.result is Result.FAILED)

    @property
    def facts(self) -> Facts:
        """The recorded facts of the run in the bundle, for a judge.

        Raises:
            EdgeEnvError: the bundle does not hold, with the code of its first failed check; or it holds a
                failed run (code ``not-a-run``).
        """
        if self.content is None:
            raise refusal(str(self.path), self.failures)
        if self.content.manifest.kind is not Kind.RUN:
            raise EdgeEnvError(
                f"the bundle holds a failed run, which gave no metrics to compare (in {self.path})",
                f"see: edgeenv bundle show {self.path}",
                code="not-a-run",
            )
        return Facts.of_result(self.content.document)


def inspect_bundle(path: Path, limits: Limits = DEFAULT_LIMITS) -> BundleReport:
    """Ask every check of a file; nothing is written.

    Raises:
        EdgeEnvError: there is no such file, or it cannot be read.
    """
    with Archive.open(path) as archive:
        return inspect_archive(archive, limits)


def inspect_archive(archive: Archive, limits: Limits = DEFAULT_LIMITS) -> BundleReport:
    """The same as `inspect_bundle` for an archive that is open already."""
    examination = Examination()
    bundle = examine(archive, limits, examination)
    is_small = archive.size <= limits.archive_bytes
    return BundleReport(
        path=archive.path,
        bytes=archive.size,
        sha256=archive.digest() if is_small else "",
        outcomes=all_outcomes(examination),
        content=None if bundle is None else BundleContent.of(bundle),
    )
