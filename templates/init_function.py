"""Measure a function and tell EdgeEnv the result. This file is yours: replace `one_inference` by your own.

EdgeEnv starts this script once (see `command` in the bench config) and reads one line of its output, the
one that starts with EDGEENV_METRICS_JSON=. It times nothing itself: warming up and repeating happens here.
"""

import json
import math
import os
import sys
import time


def load():
    """Prepare what is not to be measured: open the model, make an input."""
    return [float(number) for number in range(20000)]


def one_inference(model):
    """Do what is to be measured, once. This stands in for your model: replace it."""
    return sum(number * number for number in model)


def main():
    """Warm up, measure, and print the marker line."""
    # What the bench config asks for arrives in variables, so nothing needs to be written twice.
    # Your model's path is os.environ["EDGEENV_MODEL_PATH"].
    warmups = int(os.environ.get("EDGEENV_WARMUP_RUNS", "1"))
    repeats = int(os.environ.get("EDGEENV_REPEAT_RUNS", "20"))
    model = load()
    for _ in range(warmups):
        one_inference(model)
    samples_ms = []
    for _ in range(repeats):
        before = time.perf_counter()
        one_inference(model)
        samples_ms.append((time.perf_counter() - before) * 1000)
    emit(samples_ms)
    return 0


def emit(samples_ms):
    """Print the marker line: the mean, and percentiles by nearest rank."""
    try:
        from edgeenv.emit import emit as emit_by_edgeenv
    except ImportError:  # this Python is not the one that EdgeEnv is installed in
        ordered = sorted(samples_ms)
        mean = sum(ordered) / len(ordered)
        metrics = {"latency_mean_ms": mean}
        for percent in (50, 95, 99):
            rank = max(1, math.ceil(percent / 100 * len(ordered)))
            metrics[f"latency_p{percent}_ms"] = ordered[rank - 1]
        metrics["throughput_fps"] = int(os.environ.get("EDGEENV_BATCH_SIZE", "1")) * 1000 / mean
        print("EDGEENV_METRICS_JSON=" + json.dumps(metrics))
    else:
        emit_by_edgeenv(samples_ms=samples_ms)


if __name__ == "__main__":
    sys.exit(main())
