"""The manifest of a bundle, read with suspicion, and the files against it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.documents import parse_json
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.checking import EXPORT_AGAIN, NEWER, Check
from edgeenv.evidence.bundle.names import is_bundled, name_fault, shown
from edgeenv.evidence.files import MANIFEST, MANIFEST_LIMIT, Kind
from edgeenv.evidence.manifest import EXPORT_SCHEMA, Manifest, parse_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.evidence.bundle.contents import Contents

_NEVER = object()


@dataclass(frozen=True, slots=True)
class RawManifest:
    """``manifest.json`` as a JSON value, or why it is none."""

    raw: bytes
    value: Any
    fault: str | None = None

    @classmethod
    def of(cls, contents: Contents) -> RawManifest:
        """Parse the manifest strictly."""
        raw = contents.document(MANIFEST)
        try:
            return cls(raw, parse_json(raw, MANIFEST, limit=MANIFEST_LIMIT))
        except EdgeEnvError as error:
            return cls(raw, _NEVER, error.message)


@dataclass(frozen=True, slots=True)
class Listing:
    """The members of a manifest that is an object."""

    members: dict[str, Any]

    @property
    def kind(self) -> Kind | None:
        """What kind of run it is of, None when it is none that we know."""
        return next((kind for kind in Kind if kind.value == self.members.get("bundle_type")), None)

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The members of ``files``, as far as they are objects."""
        files = self.members.get("files")
        return [entry for entry in files if isinstance(entry, dict)] if isinstance(files, list) else []

    @property
    def paths(self) -> list[str]:
        """The paths that are listed, as far as they are texts."""
        return [entry["path"] for entry in self.entries if isinstance(entry.get("path"), str)]


@dataclass(frozen=True, slots=True)
class Shape:
    """A manifest in its typed reading, or why it has none."""

    manifest: Manifest | None
    fault: str | None = None

    @classmethod
    def of(cls, raw: bytes) -> Shape:
        """Read the manifest as a stored one is read."""
        try:
            return cls(parse_manifest(raw, MANIFEST))
        except EdgeEnvError as error:
            return cls(None, error.message)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was promised and what came."""

    manifest: Manifest
    contents: Contents


def _not_json(manifest: RawManifest) -> Iterator[str]:
    if manifest.fault is not None:
        yield f"Invalid run evidence manifest JSON: {manifest.fault}"


def _not_object(manifest: RawManifest) -> Iterator[str]:
    if manifest.fault is None and not isinstance(manifest.value, dict):
        yield f"Run evidence manifest must be a JSON object: found {_value(manifest.value)}"


def _unknown_schema(listing: Listing) -> Iterator[str]:
    marker = listing.members.get("schema_version")
    if marker != EXPORT_SCHEMA:
        known = f"this release reads {EXPORT_SCHEMA!r}"
        yield f"Unsupported run evidence export schema: found {_value(marker)}, {known}"


def _unknown_type(listing: Listing) -> Iterator[str]:
    if listing.kind is None:
        known = " or ".join(repr(kind.value) for kind in Kind)
        found = _value(listing.members.get("bundle_type"))
        yield f"Unsupported run evidence bundle type: found {found}, expected {known}"


def _no_list(listing: Listing) -> Iterator[str]:
    files = listing.members.get("files")
    if not isinstance(files, list):
        yield f"Run evidence manifest files must be a list: found {_value(files)}"
        return
    for entry in files:
        if not isinstance(entry, dict):
            yield f"Run evidence manifest file entries must be objects: found {_value(entry)}"
        elif not isinstance(entry.get("path"), str):
            yield f"Run evidence manifest file path must be a string: found {_value(entry.get('path'))}"


def _unsafe_listed(listing: Listing) -> Iterator[str]:
    for path in listing.paths:
        fault = "is the manifest itself" if path == MANIFEST else name_fault(path)
        if fault is not None:
            yield f"Unsafe export archive path: {shown(path)} {fault}"


def _listed_twice(listing: Listing) -> Iterator[str]:
    for path, times in Counter(listing.paths).items():
        if times > 1:
            yield f"Duplicate manifest file entries are not allowed: {shown(path)} is listed {times} times"


def _required_unlisted(listing: Listing) -> Iterator[str]:
    absent = (
        [] if listing.kind is None else [name for name in listing.kind.files if name not in listing.paths]
    )
    if absent:
        yield f"Required run artifact file missing: {', '.join(absent)}: not in the manifest"


def _not_evidence(listing: Listing) -> Iterator[str]:
    kind = listing.kind
    for path in listing.paths:
        if kind is not None and not is_bundled(path, kind):
            yield f"Unexpected manifest file entry: {shown(path)}"


def _required_flags(listing: Listing) -> Iterator[str]:
    required = () if listing.kind is None else listing.kind.files
    for entry in listing.entries:
        path, flag = entry.get("path"), entry.get("required")
        if path in required and flag is not True:
            yield f"Manifest file entry is not marked required: {shown(str(path))}"
        elif path not in required and flag is not False:
            yield f"Optional manifest file entry is marked required: {shown(str(path))}"


def _misshapen(shape: Shape) -> Iterator[str]:
    if shape.fault is not None:
        yield shape.fault


def _unlisted(delivery: Delivery) -> Iterator[str]:
    for path in delivery.contents.files:
        if path != MANIFEST and delivery.manifest.entry(path) is None:
            yield f"Unexpected archive file: {shown(path)} is not in the manifest"


def _absent(delivery: Delivery) -> Iterator[str]:
    for entry in delivery.manifest.files:
        if entry.path not in delivery.contents.files:
            yield f"Required run artifact file missing: {shown(entry.path)}: in the manifest, not in the zip"


def _other_size(delivery: Delivery) -> Iterator[str]:
    for entry in delivery.manifest.files:
        file = delivery.contents.files.get(entry.path)
        if file is not None and file.size != entry.bytes:
            yield (
                f"Byte size mismatch for exported file: {entry.path} has {file.size} bytes, "
                f"the manifest says {entry.bytes}"
            )


def _other_checksum(delivery: Delivery) -> Iterator[str]:
    for entry in delivery.manifest.files:
        file = delivery.contents.files.get(entry.path)
        if file is not None and file.size == entry.bytes and file.sha256 != entry.sha256:
            yield (
                f"Checksum mismatch for exported file: {entry.path} has SHA-256 {file.sha256[:12]}…, "
                f"the manifest says {entry.sha256[:12]}…"
            )


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return shown(str(value)).strip("'")


PARSED: tuple[Check[RawManifest], ...] = (
    Check("manifest-not-json", "the manifest is strict JSON", _not_json),
    Check("manifest-not-object", "the manifest is an object", _not_object),
)
MARKED: tuple[Check[Listing], ...] = (
    Check("manifest-schema", "the manifest is of a known version", _unknown_schema, NEWER),
    Check("bundle-type", "the bundle is of a known type", _unknown_type, NEWER),
)
LISTED: tuple[Check[Listing], ...] = (Check("manifest-files", "the manifest lists files", _no_list),)
ENTERED: tuple[Check[Listing], ...] = (
    Check("manifest-unsafe-path", "every listed path is safe", _unsafe_listed),
    Check("manifest-duplicates", "no file is listed twice", _listed_twice),
    Check("required-not-listed", "the six files of a run are listed", _required_unlisted),
    Check("manifest-unexpected-entry", "only evidence is listed", _not_evidence),
    Check("manifest-required-flag", "the six files are marked as required, others not", _required_flags),
)
SHAPED: tuple[Check[Shape], ...] = (
    Check("manifest-invalid", "the manifest is complete and exact", _misshapen),
)
DELIVERED: tuple[Check[Delivery], ...] = (
    Check("unexpected-file", "no file is there that is not listed", _unlisted, EXPORT_AGAIN),
    Check("listed-file-missing", "every listed file is there", _absent, EXPORT_AGAIN),
    Check("size-differs", "every file has the size that is listed", _other_size),
    Check("checksum-differs", "every file has the digest that is listed", _other_checksum),
)
