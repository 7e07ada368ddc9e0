"""From a marker line to numbers that may be recorded, or to the reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv import documents, schema
from edgeenv.capture import markers
from edgeenv.capture.failures import RefusedError
from edgeenv.capture.window import WINDOW, WindowError, narrowed
from edgeenv.errors import EdgeEnvError
from edgeenv.model.document import read
from edgeenv.model.run import Metrics, ResourceMetrics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edgeenv.capture.window import Window
    from edgeenv.errors import Problem

_CODE_PREFIX = {markers.METRICS: "metrics", markers.RESOURCE_METRICS: "resource-metrics"}
_SUBJECT = {markers.METRICS: "local metrics", markers.RESOURCE_METRICS: "local resource metrics"}
_DEFINITION = {markers.METRICS: "metrics", markers.RESOURCE_METRICS: "resource_metrics"}
_DISORDERED = "percentiles-out-of-order"
_JSON_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}


def accept(found: Mapping[str, markers.MarkerLine], log: Path) -> tuple[Metrics, ResourceMetrics | None]:
    """The numbers that a command has reported; the primary metrics are judged first.

    Args:
        found: the marker lines of its standard output.
        log: the standard output, to name the line of a defect.

    Raises:
        RefusedError: there are no metrics, or what is there does not hold the contract.
    """
    if markers.METRICS not in found:
        raise RefusedError("metrics-missing", f"Missing {markers.METRICS}=<json> line in stdout")
    primary = _checked(found[markers.METRICS], log)
    metrics = read(Metrics, {key: _number(value) for key, value in primary.items()})
    if markers.RESOURCE_METRICS not in found:
        return metrics, None
    resources = _checked(found[markers.RESOURCE_METRICS], log)
    return metrics, read(ResourceMetrics, {key: _number(value) for key, value in resources.items()})


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


def _checked(marker: markers.MarkerLine, log: Path) -> dict[str, Any]:
    """The object of one marker line, in order by the schema."""
    prefix, subject = _CODE_PREFIX[marker.name], _SUBJECT[marker.name]
    value = _parsed(marker, prefix, log)
    if not isinstance(value, dict):
        kind = _JSON_NAMES.get(type(value), "a number")
        raise RefusedError(
            f"{prefix}-not-object", f"Invalid {subject} schema: found {kind}, expected one JSON object"
        )
    problems = schema.check_part("result", _DEFINITION[marker.name], value, marker.name)
    if problems:
        disordered = all(problem.code == _DISORDERED for problem in problems)
        code = "metrics-percentiles" if disordered else f"{prefix}-schema"
        raise RefusedError(code, f"Invalid {subject} schema: {_told(problems)}")
    return value


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


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int) else value
