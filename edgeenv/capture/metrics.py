"""From a marker line to numbers that may be recorded, or to the reason why not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from edgeenv import documents, schema
from edgeenv.capture import markers
from edgeenv.capture.failures import RefusedError
from edgeenv.capture.window import WINDOW, WindowError, narrowed
from edgeenv.errors import EdgeEnvError
from edgeenv.model.document import read
from edgeenv.model.run import Metrics, ResourceMetrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from edgeenv.capture.request import CaptureRequest
    from edgeenv.capture.window import Window
    from edgeenv.errors import Problem
    from edgeenv.model.run import LatencySamples

_CODE_PREFIX = {markers.METRICS: "metrics", markers.RESOURCE_METRICS: "resource-metrics"}
_SUBJECT = {markers.METRICS: "local metrics", markers.RESOURCE_METRICS: "local resource metrics"}
_DEFINITION = {markers.METRICS: "metrics", markers.RESOURCE_METRICS: "resource_metrics"}
_DISORDERED = "percentiles-out-of-order"
_SAMPLES = "latency_samples_ms"
_ANY_ORDER = 1.0
_JSON_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}


class Reported(NamedTuple):
    """The numbers that a command has reported.

    Attributes:
        latency_samples: how the metrics came from samples, samples: the samples; None where it gave none.
    """

    metrics: Metrics
    resource_metrics: ResourceMetrics | None = None
    latency_samples: LatencySamples | None = None
    samples: Sequence[float] | None = None


def accept(found: Mapping[str, markers.MarkerLine], request: CaptureRequest) -> Reported:
    """The numbers that a command has reported; the primary metrics are judged first.

    Args:
        found: the marker lines of its standard output.
        request: where that was written, and where the command may have left samples.

    Raises:
        RefusedError: there are no metrics, or what is there does not hold the contract.
    """
    reported = _primary(found.get(markers.METRICS), request)
    marker = found.get(markers.RESOURCE_METRICS)
    if marker is None:
        return reported
    resources = _object(marker, request.stdout)
    _must_hold(marker.name, resources)
    return reported._replace(resource_metrics=read(ResourceMetrics, _numbers(resources)))


def accept_window(found: Mapping[str, markers.MarkerLine], whole: Window) -> Window:
    """The stretch of time that a command says it has measured; the whole command when it says nothing.

    Args:
        found: the marker lines of its standard output.
        whole: the command's run from start to end.

    Raises:
        RefusedError: the line is there and does not hold the contract.
    """
    marker = found.get(WINDOW)
    if marker is None:
        return whole
    if marker.too_long:
        raise RefusedError(
            "window-json", f"Invalid {WINDOW} JSON: the line is longer than {markers.MAX_LINE_BYTES} bytes"
        )
    try:
        return narrowed(whole, marker.payload)
    except WindowError as error:
        raise RefusedError(error.code, error.message) from error


def _primary(marker: markers.MarkerLine | None, request: CaptureRequest) -> Reported:
    """The metrics of a marker line, or of the samples in it or in the file."""
    members = {} if marker is None else _object(marker, request.stdout)
    place = request.samples_file
    has_file = place is not None and os.path.lexists(place)
    if _SAMPLES not in members and not has_file:
        if marker is None:
            raise RefusedError("metrics-missing", f"Missing {markers.METRICS}=<json> line in stdout")
        _must_hold(markers.METRICS, members)
        return Reported(read(Metrics, _numbers(members)))
    from edgeenv.capture import latency

    stated = latency.from_marker(members.pop(_SAMPLES)) if _SAMPLES in members else None
    if members:
        # What is not stated follows from the samples; the rest must be as it is without them.
        _must_hold(markers.METRICS, {**dict.fromkeys(Metrics.__slots__, _ANY_ORDER), **members}, alone=False)
    handed_over = latency.from_file(place) if place is not None else None
    metrics, basis, samples = latency.settled(stated, handed_over, members, request.config.batch_size)
    return Reported(metrics, None, basis, samples)


def _object(marker: markers.MarkerLine, log: Path) -> dict[str, Any]:
    """The object of one marker line."""
    prefix, subject = _CODE_PREFIX[marker.name], _SUBJECT[marker.name]
    value = _parsed(marker, prefix, log)
    if not isinstance(value, dict):
        kind = _JSON_NAMES.get(type(value), "a number")
        raise RefusedError(
            f"{prefix}-not-object", f"Invalid {subject} schema: found {kind}, expected one JSON object"
        )
    return value


def _must_hold(name: str, members: dict[str, Any], *, alone: bool = True) -> None:
    """Hold the members of one marker line against the schema.

    Args:
        name: the marker.
        members: what it holds.
        alone: False where samples stand beside them, which say the order of the percentiles better.
    """
    prefix, subject = _CODE_PREFIX[name], _SUBJECT[name]
    problems = schema.check_part("result", _DEFINITION[name], members, name)
    if not alone:
        problems = tuple(problem for problem in problems if problem.code != _DISORDERED)
    if problems:
        disordered = all(problem.code == _DISORDERED for problem in problems)
        code = "metrics-percentiles" if disordered else f"{prefix}-schema"
        raise RefusedError(code, f"Invalid {subject} schema: {_told(problems)}")


def _parsed(marker: markers.MarkerLine, prefix: str, log: Path) -> Any:
    subject = f"Invalid {marker.name} JSON"
    if marker.too_long:
        raise RefusedError(
            f"{prefix}-line-too-long",
            f"{subject}: {_place(marker, log)} is longer than {markers.MAX_LINE_BYTES} bytes",
        )
    try:
        marker.payload.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = len(marker.name) + 2 + error.start
        raise RefusedError(
            f"{prefix}-not-utf8", f"{subject}: {_place(marker, log)} is not UTF-8 at its byte {byte}"
        ) from error
    try:
        return documents.parse_json(marker.payload, marker.name)
    except EdgeEnvError as error:
        raise RefusedError(
            f"{prefix}-json", f"{subject}: {_syntax(marker, error)} ({_place(marker, log)})"
        ) from error


def _syntax(marker: markers.MarkerLine, error: EdgeEnvError) -> str:
    """Every defect with its column in the line, of which the payload is only the end."""
    before = len(marker.name) + 1
    return (
        "; ".join(
            problem.message
            if problem.column is None
            else f"column {before + problem.column}: {problem.message}"
            for problem in error.problems
        )
        or error.message
    )


def _place(marker: markers.MarkerLine, log: Path) -> str:
    return f"line {markers.line_number(log, marker.offset)} of stdout"


def _told(problems: tuple[Problem, ...]) -> str:
    return "; ".join(f"{problem.path}: {problem.message}" for problem in problems)


def _numbers(members: Mapping[str, Any]) -> dict[str, Any]:
    return {key: float(value) if isinstance(value, int) else value for key, value in members.items()}
