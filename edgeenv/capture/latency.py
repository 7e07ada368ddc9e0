"""Latency samples as a command hands them over: in its marker line, or in the file that it was told of."""

from __future__ import annotations

import io
import json
import math
import os
import re
import stat
from typing import TYPE_CHECKING, Any

from edgeenv.capture.failures import RefusedError
from edgeenv.emit import MAX_SAMPLES as MOST
from edgeenv.emit import METHOD, checked_samples, latency_metrics
from edgeenv.model.run import LatencySamples, Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MEMBER = "latency_samples_ms"
"""The member of the metrics marker that holds samples."""
VARIABLE = "EDGEENV_SAMPLES_FILE"
"""The variable that names the file."""
MAX_FILE_BYTES = 32 << 20

_THROUGHPUT = "throughput_fps"
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE
)
# Past any number that a program prints; the pattern takes quadratic time to refuse digits without end.
_LONGEST_NUMBER = 400
_SAME = 1e-8  # computed metrics have nine significant digits
_ROUNDED, _ROUNDED_MS = 1e-3, 0.0005
_SHOWN = 40


def from_marker(value: object) -> list[float]:
    """The samples of a marker line.

    Raises:
        RefusedError: they are no list of times, or there are none or too many.
    """
    if not isinstance(value, list):
        raise RefusedError(
            "samples-invalid", f"Invalid latency samples: {MEMBER} is no list, expected a list of numbers"
        )
    return _checked(value, MEMBER)


def from_file(path: Path) -> list[float] | None:
    """The samples of the file that the command was told of; None when it has left none.

    The file holds one number per line, or one JSON list of numbers.

    Raises:
        RefusedError: what is there cannot be read as that, or holds none or too many.
    """
    raw = _content(path)
    if raw is None:
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _syntax(f"is not UTF-8 at its byte {error.start + 1}") from error
    is_list = text.lstrip().startswith("[")
    return _checked(_listed(text) if is_list else list(_lines(text)), VARIABLE)


def settled(
    stated: list[float] | None, handed_over: list[float] | None, members: Mapping[str, Any], batch_size: int
) -> tuple[Metrics, LatencySamples, list[float]]:
    """The metrics that samples give, and how they came about.

    Args:
        stated: the samples of the marker line.
        handed_over: those of the file.
        members: the metrics that the marker line states besides; in order by the schema.
        batch_size: inputs per sample.

    Raises:
        RefusedError: the line, the file and the stated metrics do not say the same.
    """
    if stated is not None and handed_over is not None and stated != handed_over:
        raise _contradiction(
            f"{MEMBER} in stdout has {len(stated)} samples, the file of {VARIABLE} {len(handed_over)}, "
            "and they are not the same"
        )
    samples = handed_over if handed_over is not None else stated
    if samples is None:
        raise ValueError("there are no samples")
    computed = latency_metrics(samples, batch_size=batch_size)
    for name, value in computed.items():
        given = members.get(name)
        if name != _THROUGHPUT and given is not None and not _is_rounded(given, value):
            raise _contradiction(f"{name} is {given}, the samples give {value!r} ({METHOD})")
    throughput = members.get(_THROUGHPUT)
    basis = "mean-latency"
    if throughput is not None and not math.isclose(throughput, computed[_THROUGHPUT], rel_tol=_SAME):
        basis, computed[_THROUGHPUT] = "reported", float(throughput)
    where = "marker" if handed_over is None else "file"
    return Metrics(**computed), LatencySamples(len(samples), METHOD, basis, where), samples


def _checked(values: list[Any], name: str) -> list[float]:
    if not values:
        raise RefusedError("samples-empty", f"Invalid latency samples: {name} holds no samples")
    if len(values) > MOST:
        raise RefusedError(
            "samples-too-many", f"Invalid latency samples: {name} holds more than {MOST} samples"
        )
    try:
        return checked_samples(values, name)
    except (TypeError, ValueError) as error:
        raise RefusedError("samples-invalid", f"Invalid latency samples: {error}") from error


def _content(path: Path) -> bytes | None:
    """The bytes of a regular file; None when nothing is there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(f"cannot be opened as a regular file: {error.strerror}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _unusable("is not a regular file")
        if status.st_size > MAX_FILE_BYTES:
            raise _unusable(f"has {status.st_size} bytes, expected at most {MAX_FILE_BYTES}")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_FILE_BYTES)
    finally:
        os.close(descriptor)


def _listed(text: str) -> list[Any]:
    if text.count(",") >= MOST:
        return [0.0] * (MOST + 1)  # refused for their number, before so many are made
    try:
        value = json.loads(text, parse_int=float)
    except (ValueError, RecursionError) as error:
        told = str(error) if isinstance(error, ValueError) else "too deeply nested"
        raise _syntax(f"begins with [ and is no JSON list: {told}") from error
    return list(value)


def _lines(text: str) -> Iterator[float]:
    found = 0
    for number, line in enumerate(io.StringIO(text), 1):
        word = line.strip()
        if not word:
            continue
        if len(word) > _LONGEST_NUMBER or _NUMBER.fullmatch(word) is None:
            shown = word if len(word) <= _SHOWN else f"{word[:_SHOWN]}..."
            raise _syntax(f"has {shown!r} in line {number}, expected one number per line")
        found += 1
        yield float(word)
        if found > MOST:
            return


def _is_rounded(given: float, value: float) -> bool:
    """Whether a stated number is the computed one, as far as somebody may have rounded it."""
    return math.isclose(given, value, rel_tol=_ROUNDED, abs_tol=_ROUNDED_MS)


def _contradiction(what: str) -> RefusedError:
    return RefusedError("samples-contradict", f"Latency samples contradict the metrics: {what}")


def _syntax(what: str) -> RefusedError:
    return RefusedError("samples-file-syntax", f"Invalid latency samples: the file of {VARIABLE} {what}")


def _unusable(what: str) -> RefusedError:
    return RefusedError("samples-file-unusable", f"Invalid latency samples: the file of {VARIABLE} {what}")
