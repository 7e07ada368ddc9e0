"""The documents inside a bundle, each against its own contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgeenv import schema
from edgeenv.documents import Document, parse_json, parse_yaml
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.checking import Check
from edgeenv.evidence.files import CONFIG, ENVIRONMENT, FAILURE, LATENCY_SAMPLES, RESULT, TARGET, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from edgeenv.evidence.bundle.contents import Contents
    from edgeenv.evidence.manifest import Manifest

_MEMBERS_MOST = 20_000
"""More members and items than any run document has; a validator would take long over more."""


@dataclass(frozen=True, slots=True)
class RunDocuments:
    """What the documents of a run say.

    Attributes:
        main: ``result.json`` or ``failure.json``.
        samples: the bytes of ``latency-samples.txt``; None when it is not there.
        config: ``config.yaml``, target: ``target.yaml``, environment: ``env.json``.
        faults: for each file that breaks its contract, what is wrong with it.
    """

    manifest: Manifest
    top: str
    main: Mapping[str, Any]
    config: Mapping[str, Any]
    target: Mapping[str, Any]
    environment: Mapping[str, Any]
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    samples: bytes | None = None

    @classmethod
    def of(cls, manifest: Manifest, contents: Contents) -> RunDocuments:
        """Parse and check each document; one that cannot be read counts as empty and has a fault."""
        faults: dict[str, tuple[str, ...]] = {}

        def read(
            path: str, parse: Callable[[bytes, str], Any], contract: str, part: str | None = None
        ) -> Any:
            try:
                value = parse(contents.document(path), path)
                document = value if isinstance(value, Document) else Document(value, b"", path)
                faults[path] = _breaches(document, contract, part)
            except EdgeEnvError as error:
                faults[path] = (error.message.removeprefix(f"{path}:").strip(),)
                return {}
            return document.data if isinstance(document.data, dict) else {}

        kind = manifest.kind
        return cls(
            manifest,
            contents.top,
            main=read(kind.document, parse_json, "result" if kind is Kind.RUN else "failed-run"),
            config=read(CONFIG, parse_yaml, "bench-config"),
            target=read(TARGET, parse_yaml, "target-profile"),
            environment=read(ENVIRONMENT, parse_json, "result", "env"),
            faults=faults,
            samples=contents.document(LATENCY_SAMPLES) if LATENCY_SAMPLES in contents.files else None,
        )


def _breaches(document: Document, contract: str, part: str | None) -> tuple[str, ...]:
    if _is_vast(document.data):
        return (f"has more than {_MEMBERS_MOST} members and items",)
    if part is None:
        problems = schema.check(contract, document)
    else:
        problems = schema.check_part(contract, part, document.data, document.source)
    return tuple(f"{problem.path}: {problem.message}" for problem in problems)


def _is_vast(value: Any) -> bool:
    left, pending = _MEMBERS_MOST, [value]
    while pending:
        item = pending.pop()
        inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        left -= len(inner)
        if left < 0:
            return True
        pending.extend(inner)
    return False


def _invalid(path: str, words: str) -> Callable[[RunDocuments], Iterator[str]]:
    def find(documents: RunDocuments) -> Iterator[str]:
        for fault in documents.faults.get(path, ()):
            yield f"{words}: {fault}"

    return find


CONTRACTS: tuple[Check[RunDocuments], ...] = (
    Check(
        "result-invalid",
        "result.json holds its contract",
        _invalid(RESULT, "Invalid result.json in run evidence bundle"),
    ),
    Check(
        "failure-invalid",
        "failure.json holds its contract",
        _invalid(FAILURE, "Invalid failure.json in failed-run evidence bundle"),
    ),
    Check(
        "config-invalid", "config.yaml holds its contract", _invalid(CONFIG, "Invalid config.yaml in bundle")
    ),
    Check(
        "target-invalid", "target.yaml holds its contract", _invalid(TARGET, "Invalid target.yaml in bundle")
    ),
    Check("env-invalid", "env.json holds its contract", _invalid(ENVIRONMENT, "Invalid env.json in bundle")),
)
