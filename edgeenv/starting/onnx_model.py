"""What an ONNX model says of its inputs; the only importer of ONNX Runtime, which the onnx extra brings."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

_TYPES = {
    "float": "float32",
    "double": "float64",
    "float16": "float16",
    "bfloat16": "bfloat16",
    "bool": "bool",
    "string": "string",
    **{f"{sign}int{bits}": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
_GREATEST = 2**31 - 1
_ERRORS_ONLY = 4


class NoOnnxRuntimeError(Exception):
    """The onnx extra is not installed."""


class UnreadableModelError(Exception):
    """ONNX Runtime cannot open the model; the text is its reason."""


class ModelInput(NamedTuple):
    """The first input of a model.

    Attributes:
        name: as the model names it.
        shape: its dimensions; 1 stands for each that the model leaves open.
        dtype: the element type, as NumPy writes it.
        is_open: whether the model leaves a dimension open.
        others: how many more inputs there are.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    is_open: bool
    others: int


def first_input(path: Path) -> ModelInput:
    """Open a model, without optimising or running it, and read what it takes.

    Raises:
        NoOnnxRuntimeError: the extra is not installed.
        UnreadableModelError: the file is no model that ONNX Runtime can open, or takes no tensor.
    """
    try:
        runtime = import_module("onnxruntime")
    except ImportError as error:
        raise NoOnnxRuntimeError from error
    options = runtime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        inputs = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]).get_inputs()
    except Exception as error:  # each fault has a class of its own, which ONNX Runtime does not export
        raise UnreadableModelError(str(error)) from error
    if not inputs:
        raise UnreadableModelError("it takes no input")
    first = inputs[0]
    kind = first.type.removeprefix("tensor(").removesuffix(")")
    known = [_dimension(number) for number in first.shape] or [1]
    return ModelInput(
        name=first.name,
        shape=tuple(number or 1 for number in known),
        dtype=_TYPES.get(kind, kind),
        is_open=not all(known),
        others=len(inputs) - 1,
    )


def _dimension(value: object) -> int | None:
    """A fixed dimension; None for one that has only a name."""
    return value if isinstance(value, int) and 0 < value <= _GREATEST else None
