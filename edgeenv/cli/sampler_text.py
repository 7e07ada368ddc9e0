"""Sampler evidence as text for people; the metadata may come from anywhere, so nothing in it is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from edgeenv.cli.output import clean
from edgeenv.report.width import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.evidence.samples import SamplerEvidence

_INDENT = "  "


def sampler_lines(evidence: SamplerEvidence, sizes: Mapping[str, int]) -> Iterator[str]:
    """Everything that a reader of the numbers must know.

    Args:
        evidence: the samplers' part of a run.
        sizes: the size in bytes of each file of the run.
    """
    yield f"Run ID: {clean(evidence.run_id)}"
    yield f"Metadata: {clean(evidence.metadata_path)}"
    for document in evidence.samplers:
        yield ""
        yield from _sampler(document)
    yield ""
    yield "files"
    for path in evidence.raw_artifacts:
        yield f"{_INDENT}{clean(path)}  {sizes.get(path, '?')} bytes"


def _sampler(document: Mapping[str, Any]) -> Iterator[str]:
    tool = " ".join(
        str(document[name]) for name in ("platform_tool", "platform_tool_version") if document.get(name)
    )
    yield f"Sampler: {clean(document.get('sampler_name'))} ({clean(tool)})"
    interval = document.get("sampling_interval_ms")
    pace = f", one every {clean(interval)} ms" if interval else ""
    inside = document.get("samples_inside_window")
    within = "" if inside is None else f", {clean(inside)} inside the window"
    yield f"Samples: {clean(document.get('sample_count'))}{within}{pace}"
    yield f"Scope: {clean(document.get('sampling_scope'))}"
    window = _part(document, "window")
    if window:
        yield f"Window: {clean(window.get('basis'))}{_seconds(window)}"
    yield from _metrics(_part(document, "fields"))
    for title, name in (("not measured", "absent"), ("details", "details")):
        part = _part(document, name)
        if part:
            yield title
            for member, value in part.items():
                yield from _told(f"{clean(member)}: {clean(_shown(value))}")
    warnings = document.get("warnings")
    if isinstance(warnings, list) and warnings:
        yield "warnings"
        for warning in warnings:
            yield from _told(clean(warning))


def _metrics(fields: Mapping[str, Any]) -> Iterator[str]:
    measured = {name: field for name, field in fields.items() if isinstance(field, Mapping)}
    if not measured:
        return
    yield "metrics"
    width = max(len(clean(name)) for name in measured)
    for name, field in measured.items():
        value = f"{clean(field['value'])} {clean(field.get('unit'))}" if "value" in field else "recorded"
        how = f"{clean(field.get('aggregation'))} of {clean(field.get('source_field'))}"
        yield f"{_INDENT}{clean(name):<{width}}  {value}  ({how})"
        origin = [f"{member} {clean(field[member])}" for member in ("basis", "window") if member in field]
        if isinstance(field.get("coverage"), int | float):
            origin.append(f"covers {field['coverage']:.0%} of it")
        if origin:
            yield f"{_INDENT}{'':<{width}}  {', '.join(origin)}"


def _told(text: str) -> list[str]:
    return wrap(
        text,
        WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT * 2,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}


def _seconds(window: Mapping[str, Any]) -> str:
    start, end = window.get("start_monotonic_ns"), window.get("end_monotonic_ns")
    return f", {(end - start) / 1e9:.3f} s" if isinstance(start, int) and isinstance(end, int) else ""


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(member)}" for name, member in value.items())
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
