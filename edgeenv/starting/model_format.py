"""What the name of a model file says of it; guesses, and told as such."""

from __future__ import annotations

import os
from typing import NamedTuple


class FormatGuess(NamedTuple):
    """What usually goes with a kind of model file: its format, runtime and execution provider."""

    format: str
    runtime: str
    provider: str


MODEL_FORMATS = {
    ".onnx": FormatGuess("onnx", "onnxruntime", "cpu"),
    ".ort": FormatGuess("ort", "onnxruntime", "cpu"),
    ".tflite": FormatGuess("tflite", "tflite", "cpu"),
    ".engine": FormatGuess("tensorrt", "tensorrt", "cuda"),
    ".plan": FormatGuess("tensorrt", "tensorrt", "cuda"),
    ".pt": FormatGuess("pytorch", "pytorch", "cpu"),
    ".pth": FormatGuess("pytorch", "pytorch", "cpu"),
    ".torchscript": FormatGuess("torchscript", "pytorch", "cpu"),
    ".safetensors": FormatGuess("safetensors", "pytorch", "cpu"),
    ".xml": FormatGuess("openvino", "openvino", "cpu"),
    ".gguf": FormatGuess("gguf", "llama.cpp", "cpu"),
    ".mlmodel": FormatGuess("coreml", "coreml", "cpu"),
    ".mlpackage": FormatGuess("coreml", "coreml", "cpu"),
    ".param": FormatGuess("ncnn", "ncnn", "cpu"),
    ".rknn": FormatGuess("rknn", "rknn", "npu"),
    ".hef": FormatGuess("hef", "hailort", "hailo"),
}


def suffix_of(name: str) -> str:
    """The ending of a file's name, from its last dot on, in small letters."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - a word, not a file of ours
