"""Do the names in a bundle describe one run's directory, on every file system alike?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeenv.evidence.bundle.checking import CORRUPT, EXPORT_AGAIN, Check
from edgeenv.evidence.bundle.names import name_fault, shown
from edgeenv.evidence.files import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edgeenv.evidence.bundle.records import CentralRecord


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of all entries, in the order of the zip's list."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, records: tuple[CentralRecord, ...]) -> Layout:
        """The names as texts; what is not ASCII is refused, so how it is decoded does not matter."""
        return cls(tuple(record.header.name.decode("utf-8", "surrogateescape") for record in records))

    @property
    def tops(self) -> tuple[str, ...]:
        """Every top directory, in order of appearance."""
        return tuple(dict.fromkeys(name.partition("/")[0] for name in self.names))

    def by_path(self, records: tuple[CentralRecord, ...]) -> Mapping[str, CentralRecord]:
        """Each entry under its path inside the top directory."""
        return {name.partition("/")[2]: record for name, record in zip(self.names, records, strict=True)}


def _duplicates(layout: Layout) -> Iterator[str]:
    for name, times in Counter(layout.names).items():
        if times > 1:
            yield f"Duplicate archive entries are not allowed: {shown(name)} is there {times} times"


def _unsafe(layout: Layout) -> Iterator[str]:
    for name in layout.names:
        if fault := name_fault(name):
            yield f"Unsafe archive entry path: {shown(name)} {fault}"


def _not_under_run(layout: Layout) -> Iterator[str]:
    for name in layout.names:
        if "/" not in name:
            yield f"Archive entries must be under a run_id directory: {shown(name)} is not"


def _several_tops(layout: Layout) -> Iterator[str]:
    if len(layout.tops) > 1:
        found = ", ".join(shown(top) for top in layout.tops[:3])
        yield f"Archive must contain exactly one top-level run directory: found {found}"


def _clashes(layout: Layout) -> Iterator[str]:
    names = tuple(dict.fromkeys(layout.names))
    folded: dict[str, str] = {}
    for name in names:
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            yield f"{shown(other)} and {shown(name)} are one file where case does not matter"
    for name in names:
        parts = name.casefold().split("/")
        for count in range(2, len(parts)):
            file = folded.get("/".join(parts[:count]))
            if file is not None:
                yield f"{shown(file)} is a file, and a directory in {shown(name)}"


def _manifest_missing(layout: Layout) -> Iterator[str]:
    if not any(name.partition("/")[2] == MANIFEST for name in layout.names):
        yield "Evidence manifest missing: manifest.json"


LAYOUT: tuple[Check[Layout], ...] = (
    Check("duplicate-entries", "no entry is there twice", _duplicates, CORRUPT),
    Check("unsafe-path", "every name is safe", _unsafe, EXPORT_AGAIN),
    Check("entry-outside-run", "every entry lies in a directory", _not_under_run, EXPORT_AGAIN),
    Check("several-top-directories", "there is one top directory", _several_tops, EXPORT_AGAIN),
    Check("clashing-names", "names differ in more than case", _clashes, EXPORT_AGAIN),
    Check("manifest-missing", "there is a manifest", _manifest_missing, EXPORT_AGAIN),
)
