"""Runs as text for people: laid out for 80 columns, the same on a terminal and in a pipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from edgeenv.cli.output import clean
from edgeenv.registry.rows import SYNTHETIC_TARGET_TYPE
from edgeenv.report.numbers import number
from edgeenv.report.width import WIDTH, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edgeenv.evidence.bundle.origin import Origin
    from edgeenv.evidence.check import EvidenceDefect
    from edgeenv.evidence.store import StoredRun
    from edgeenv.registry.rows import RunRow

_INDENT = "  "
_SECONDS = len("2026-05-07T21:21:53")
_SYNTHETIC = "synthetic"
_MISSING = "directory is missing"
_LONG = {
    "conditions.after": "facts read after the run, shown by --json",
    "conditions.sources": "places where facts were read, shown by --json",
    "injected_env": "EDGEENV_ variables, shown by --json",
}


def listing_lines(rows: Sequence[RunRow]) -> Iterator[str]:
    """Two lines for each run: what can be aligned, then the names, which may be of any length."""
    id_width = max(len("Run ID"), *(len(row.run_id) for row in rows))
    mean_width = max(len("Mean ms"), *(len(number(row.latency_mean_ms)) for row in rows))
    yield f"{'Run ID':<{id_width}}  {'Created (UTC)':<{_SECONDS}}  {'Mean ms':>{mean_width}}"
    yield f"{_INDENT}Benchmark: Model, Runtime (provider), Target"
    for row in rows:
        marks = [mark for mark, holds in ((_SYNTHETIC, row.synthetic), (_MISSING, not row.present)) if holds]
        created = row.created_at[:_SECONDS].replace("T", " ")
        mean = number(row.latency_mean_ms)
        line = f"{clean(row.run_id):<{id_width}}  {created:<{_SECONDS}}  {mean:>{mean_width}}"
        yield "  ".join((line, *marks))
        yield from wrapped(
            [
                clean(f"{row.benchmark_name}: {row.model_name} {row.model_version}"),
                clean(f"{row.runtime} ({row.execution_provider})"),
                clean(row.target_name),
            ],
            _INDENT,
        )


def run_lines(
    stored: StoredRun, altered: Sequence[EvidenceDefect] = (), origin: Origin | None = None
) -> Iterator[str]:
    """Every recorded fact of a run, by the names that policies use, and what the evidence consists of.

    Args:
        stored: the run.
        altered: how it differs from what was stored.
        origin: how it came here, when it was not recorded here.
    """
    synthetic = stored.facts.at("target.target_type") == SYNTHETIC_TARGET_TYPE
    mark = " (synthetic: nothing was measured)" if synthetic else ""
    yield f"Run ID: {clean(stored.document['run_id'])}{mark}"
    yield f"Result: {clean(stored.directory / 'result.json')}"
    yield f"Evidence: {stored.digest}"
    if origin is not None:
        from edgeenv.cli.origin import origin_lines

        yield from origin_lines(origin)
    if altered:
        from textwrap import wrap

        yield "Altered evidence, shown as it is (--allow-altered):"
        for defect in altered:
            yield from wrap(
                f"- {clean(defect.text)}",
                WIDTH,
                subsequent_indent=_INDENT,
                break_long_words=False,
                break_on_hyphens=False,
            )
    elif not stored.sealed:
        yield "Evidence note: recorded without a manifest, so nothing proves it unchanged"
    yield ""
    yield from document_lines(stored.document, leave_out=("schema_version", "run_id"))
    yield ""
    yield "files"
    width = max(len(entry.path) for entry in stored.manifest.files)
    for entry in stored.manifest.files:
        yield f"{_INDENT}{clean(entry.path):<{width}}  {entry.bytes} bytes"


def document_lines(document: Mapping[str, Any], leave_out: tuple[str, ...] = ()) -> Iterator[str]:
    """The members of a document: plain ones first, then one section for each object."""
    plain = {
        name: value
        for name, value in document.items()
        if name not in leave_out and not isinstance(value, Mapping)
    }
    yield from _members(plain, "")
    for name, value in document.items():
        if name not in leave_out and isinstance(value, Mapping):
            yield ""
            yield clean(name)
            yield from _members(dict(_leaves(value)), _INDENT)


def _members(members: Mapping[str, Any], indent: str) -> Iterator[str]:
    width = max((len(clean(name)) for name in members), default=0)
    for name, value in members.items():
        yield f"{indent}{clean(name):<{width}}  {_shown(name, value)}".rstrip()


def _leaves(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, member in value.items():
        path = f"{prefix}{name}"
        if path in _LONG and isinstance(member, Mapping):
            yield path, f"{len(member)} {_LONG[path]}"
        elif isinstance(member, Mapping):
            yield from _leaves(member, f"{path}.")
        else:
            yield path, member


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return clean(_listed(name, value))
    if isinstance(value, Mapping):
        return clean(", ".join(f"{key}: {item}" for key, item in value.items()))
    return clean(value)


def _listed(name: str, values: list[Any]) -> str:
    if name == "argv":
        import shlex

        return shlex.join(str(word) for word in values)
    if name == "resource_evidence":
        return f"{len(values)} values with their origin, shown by --json"
    if name == "findings":
        return "; ".join(_shown(name, item) for item in values)
    return f"[{', '.join(str(value) for value in values)}]"
