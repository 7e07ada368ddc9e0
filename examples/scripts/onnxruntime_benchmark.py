"""Time an ONNX model with onnxruntime, as the EDGEENV_ variables ask.

What is timed: `InferenceSession.run` alone, once per repeat, with `time.perf_counter_ns`. Warm-up calls come
first and are not counted. The input is made once, from real bytes (of this very file, unless --input names
another):
 - integers: one token a byte, the first half from the file's beginning, the second from its end, padded
   with 256; that is how magika feeds its model;
 - floats: the bytes repeated until the tensor is full, scaled to 0..1, as an image would be.
Percentiles are nearest-rank: the smallest sample that at least the given share of all samples does not
exceed. Throughput is inputs per second of timed work.

The number of threads comes from ORT_INTRA_OP_NUM_THREADS: set it in `extra_env`; without it onnxruntime
chooses.

EDGEENV_WINDOW_JSON tells EdgeEnv when the counted calls began and ended, so that samplers leave out loading
and warm-up.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

INTEGERS = ("int32", "int64")
ONNX_TYPES = {
    "int32": "tensor(int32)",
    "int64": "tensor(int64)",
    "float16": "tensor(float16)",
    "float32": "tensor(float)",
    "float64": "tensor(double)",
}
PADDING_TOKEN = 256


class Protocol(NamedTuple):
    """What the benchmark config asks for; 0 threads means that onnxruntime chooses."""

    model: Path
    provider: str
    shape: tuple[int, ...]
    dtype: str
    batch: int
    warmup: int
    repeat: int
    threads: int


def refuse(message: str, hint: str) -> SystemExit:
    """What to raise when the measurement asked for cannot be made."""
    return SystemExit(f"onnxruntime_benchmark: {message}\nhint: {hint}")


def variable(name: str) -> str:
    """An injected variable, which must be there."""
    try:
        return os.environ[name]
    except KeyError:
        raise refuse(
            f"{name} is not set",
            "start this script through: edgeenv bench run --target examples/profiles/local.yaml"
            " --config examples/benches/onnx_tiny.yaml",
        ) from None


def count(name: str, least: int) -> int:
    """An injected variable that counts something."""
    text = variable(name)
    if not text.isdecimal() or int(text) < least:
        raise refuse(f"{name} is {text!r}, expected a whole number of at least {least}", f"correct {name}")
    return int(text)


def read_protocol() -> Protocol:
    """What the benchmark config asks for, refused where this script would not do it."""
    for stage in ("PREPROCESS", "POSTPROCESS"):
        if variable(f"EDGEENV_INCLUDE_{stage}") == "true":
            raise refuse(
                f"include_{stage.lower()} is true, but this script times the model alone",
                f"set include_{stage.lower()}: false in the benchmark config",
            )
    text = variable("EDGEENV_INPUT_SHAPE")
    sizes = text.split(",")
    if not all(size.isdecimal() and int(size) > 0 for size in sizes):
        raise refuse(
            f"EDGEENV_INPUT_SHAPE is {text!r}, expected sizes such as 1,3,224,224", "correct input_shape"
        )
    shape = tuple(int(size) for size in sizes)
    batch = count("EDGEENV_BATCH_SIZE", 1)
    if shape[0] != batch:
        raise refuse(f"batch_size is {batch}, but input_shape begins with {shape[0]}", "make them equal")
    dtype = variable("EDGEENV_INPUT_DTYPE")
    if dtype not in ONNX_TYPES:
        raise refuse(
            f"input_dtype is {dtype!r}, expected one of {', '.join(ONNX_TYPES)}", "correct input_dtype"
        )
    return Protocol(
        model=Path(variable("EDGEENV_MODEL_PATH")),
        provider=variable("EDGEENV_EXECUTION_PROVIDER"),
        shape=shape,
        dtype=dtype,
        batch=batch,
        warmup=count("EDGEENV_WARMUP_RUNS", 0),
        repeat=count("EDGEENV_REPEAT_RUNS", 1),
        threads=count("ORT_INTRA_OP_NUM_THREADS", 1) if "ORT_INTRA_OP_NUM_THREADS" in os.environ else 0,
    )


def open_session(protocol: Protocol):  # noqa: ANN201 - its type is known only where onnxruntime is installed
    """The model, loaded on exactly the provider that was asked for."""
    if not protocol.model.is_file():
        hint = "the path counts from working_directory"
        if protocol.model.name.startswith("magika"):
            hint = "put it there with: python examples/scripts/place_magika_model.py"
        raise refuse(f"no model at {protocol.model}", hint)
    try:
        import onnxruntime  # its absence deserves a better answer than a traceback
    except ImportError as error:
        raise refuse(
            f"onnxruntime cannot be imported by {sys.executable}: {error}",
            "python -m pip install 'edgeenv[onnx]', and activate that environment before edgeenv bench run",
        ) from None
    available = onnxruntime.get_available_providers()
    if protocol.provider not in available:
        raise refuse(
            f"execution_provider is {protocol.provider!r}; this onnxruntime has {', '.join(available)}",
            "name one of these in the benchmark config",
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = protocol.threads
    try:
        session = onnxruntime.InferenceSession(str(protocol.model), options, providers=[protocol.provider])
    except Exception as error:  # noqa: BLE001 - its exceptions share no other base
        raise refuse(f"onnxruntime cannot load {protocol.model}: {error}", "is it an ONNX model?") from None
    if session.get_providers()[0] != protocol.provider:
        raise refuse(
            f"{protocol.provider} could not be used; onnxruntime fell back to {session.get_providers()[0]}",
            "see its message above, or name that provider in the benchmark config",
        )
    print(
        f"onnxruntime={onnxruntime.__version__} provider={session.get_providers()[0]}"
        f" threads={session.get_session_options().intra_op_num_threads or 'default'}"
    )
    return session


def input_name(session, protocol: Protocol) -> str:  # noqa: ANN001 - as open_session
    """The name of the model's one input, which must be what the protocol says."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(item.name for item in inputs)
        raise refuse(
            f"the model has {len(inputs)} inputs ({names}), expected one", "feed it by a script of its own"
        )
    expected = inputs[0]
    fits = len(expected.shape) == len(protocol.shape) and all(
        size == protocol.shape[axis] for axis, size in enumerate(expected.shape) if isinstance(size, int)
    )
    if not fits or expected.type != ONNX_TYPES[protocol.dtype]:
        raise refuse(
            f"the model takes {expected.type} {expected.shape}, the protocol says"
            f" {protocol.dtype} {list(protocol.shape)}",
            "correct input_dtype and input_shape in the benchmark config",
        )
    return expected.name


def make_input(data: bytes, protocol: Protocol):  # noqa: ANN201 - a numpy array; numpy comes with onnxruntime
    """The tensor that every call is given."""
    import numpy as np  # onnxruntime has been found, and needs it itself

    size = math.prod(protocol.shape)
    if protocol.dtype in INTEGERS:
        half = size // 2
        begin, end = list(data[:half]), list(data[-(size - half) :])
        begin += [PADDING_TOKEN] * (half - len(begin))
        end = [PADDING_TOKEN] * (size - half - len(end)) + end
        return np.array(begin + end, dtype=protocol.dtype).reshape(protocol.shape)
    repeated = (data * (size // len(data) + 1))[:size]
    pixels = np.frombuffer(repeated, dtype=np.uint8).astype(protocol.dtype)
    return (pixels / 255).astype(protocol.dtype).reshape(protocol.shape)


def measure(
    call,  # noqa: ANN001 - any callable without arguments
    protocol: Protocol,
) -> tuple[list[int], dict[str, int]]:
    """The duration of each counted call in nanoseconds, and when the counted calls began and ended."""
    for _ in range(protocol.warmup):
        call()
    samples = []
    start = time.monotonic_ns()
    for _ in range(protocol.repeat):
        begin = time.perf_counter_ns()
        call()
        samples.append(time.perf_counter_ns() - begin)
    return samples, {"start_monotonic_ns": start, "end_monotonic_ns": time.monotonic_ns()}


def percentile(ordered: list[int], share: int) -> int:
    """The nearest-rank percentile of sorted samples."""
    return ordered[max(math.ceil(len(ordered) * share / 100), 1) - 1]


def summarise(samples: list[int], batch: int) -> dict[str, float]:
    """The five metrics of EdgeEnv, from durations in nanoseconds."""
    ordered = sorted(samples)
    total = sum(ordered)
    return {
        "latency_mean_ms": round(total / len(ordered) / 1e6, 6),
        "latency_p50_ms": percentile(ordered, 50) / 1e6,
        "latency_p95_ms": percentile(ordered, 95) / 1e6,
        "latency_p99_ms": percentile(ordered, 99) / 1e6,
        "throughput_fps": round(batch * len(ordered) * 1e9 / total, 6),
    }


def main() -> int:
    """Measure and print the metrics line."""
    parser = argparse.ArgumentParser(description="Time an ONNX model with onnxruntime.")
    parser.add_argument(
        "--input", type=Path, default=Path(__file__), help="file whose bytes become the input"
    )
    arguments = parser.parse_args()
    protocol = read_protocol()
    try:
        data = arguments.input.read_bytes()
    except OSError as error:
        raise refuse(f"cannot read {arguments.input}: {error.strerror}", "name a readable file") from None
    if not data:
        raise refuse(f"{arguments.input} is empty", "name a file that holds at least one byte")
    session = open_session(protocol)
    feed = {input_name(session, protocol): make_input(data, protocol)}
    output = session.run(None, feed)[0]  # shows that the model works; one more call that is not counted
    print(
        f"output {session.get_outputs()[0].name}: the largest of {output.size} values is {output.max():.4f}"
    )
    samples, window = measure(lambda: session.run(None, feed), protocol)
    print(f"EDGEENV_WINDOW_JSON={json.dumps(window)}")
    print(f"EDGEENV_METRICS_JSON={json.dumps(summarise(samples, protocol.batch))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
