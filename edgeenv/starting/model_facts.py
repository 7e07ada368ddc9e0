"""What can be said of the user's model: its identity, and what it takes where that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edgeenv.capture.content import UnreadableError, examine
from edgeenv.errors import EdgeEnvError
from edgeenv.model.finding import Finding
from edgeenv.starting.model_format import MODEL_FORMATS, FormatGuess, suffix_of
from edgeenv.starting.onnx_model import ModelInput, NoOnnxRuntimeError, UnreadableModelError, first_input

if TYPE_CHECKING:
    from pathlib import Path

_ONNX = ".onnx"
_INSTALL = "python -m pip install onnxruntime"
_REASON = 160


class ModelFacts(NamedTuple):
    """A model file as a bench config describes it.

    Attributes:
        path: as the user named it.
        sha256: the digest of its content.
        guess: what its name says of it.
        taken: its first input; None where that could not be read.
        notes: what could not be found out, and what to do about it.
    """

    path: str
    sha256: str
    guess: FormatGuess
    taken: ModelInput | None
    notes: tuple[Finding, ...] = ()


def model_facts(named: str, directory: Path) -> ModelFacts:
    """Read a model.

    Args:
        named: the file or directory as the user named it.
        directory: what a relative name counts from.

    Raises:
        EdgeEnvError: ``model-not-found`` or ``model-unreadable``.
    """
    place = directory / named
    try:
        digest = examine(place, lambda: False).digest
    except (FileNotFoundError, ValueError):
        raise EdgeEnvError(
            f"Model not found: {named}",
            "name a file or directory that is there, or leave --model out",
            code="model-not-found",
        ) from None
    except UnreadableError as error:
        raise EdgeEnvError(
            f"Model cannot be read: {named}: {error}", "check its permissions", code="model-unreadable"
        ) from error
    suffix = suffix_of(named)
    guess = MODEL_FORMATS.get(suffix, FormatGuess(suffix.lstrip(".") or "unknown", "", "cpu"))
    taken, notes = _taken(place, named) if suffix == _ONNX else (None, (_not_read(named),))
    return ModelFacts(named, digest, guess, taken, notes)


def _taken(place: Path, named: str) -> tuple[ModelInput | None, tuple[Finding, ...]]:
    """What an ONNX model takes."""
    try:
        taken = first_input(place)
    except NoOnnxRuntimeError:
        text = (
            f"input_shape and input_dtype are guesses: to have them read from {named}, install the onnx "
            f"extra ({_INSTALL}) and give the same command once more with --force"
        )
        return None, (Finding("onnx-extra-missing", text),)
    except UnreadableModelError as error:
        reason = " ".join(str(error).split())[:_REASON]
        text = f"input_shape and input_dtype are guesses: ONNX Runtime cannot open {named}: {reason}"
        return None, (Finding("onnx-model-unreadable", text),)
    notes = []
    if taken.is_open:
        text = (
            f"the model leaves dimensions of its input {taken.name!r} open; input_shape says 1 for them: "
            "write what your command feeds"
        )
        notes.append(Finding("open-dimensions", text))
    if taken.others:
        text = f"the model takes {taken.others + 1} inputs; input_shape is that of the first, {taken.name!r}"
        notes.append(Finding("several-inputs", text))
    return taken, tuple(notes)


def _not_read(named: str) -> Finding:
    text = f"input_shape and input_dtype are guesses: only ONNX models are read, and {named} is none"
    return Finding("shape-not-read", text)
