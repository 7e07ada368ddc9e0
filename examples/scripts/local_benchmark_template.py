"""A template to copy: replace `measure` by your own benchmark, keep the rest.

EdgeEnv starts this command once and times nothing: warming up, repeating and measuring are its own work.
What the benchmark config asks for arrives in EDGEENV_ variables, so nothing needs to be written twice.
"""

from __future__ import annotations

import json
import os
import sys


def measure(model_path: str, batch_size: int, warmup_runs: int, repeat_runs: int) -> dict[str, float]:
    """Run your model here; these numbers are fixed, so that the template works before you change it."""
    print(
        f"would run {model_path}: batch {batch_size}, {warmup_runs} warm-up and {repeat_runs} counted calls"
    )
    return {
        "latency_mean_ms": 21.4,
        "latency_p50_ms": 20.9,
        "latency_p95_ms": 24.2,
        "latency_p99_ms": 26.0,
        "throughput_fps": 46.7,
    }


def measure_resources() -> dict[str, float | str]:
    """Optional: report what you have really measured, leave out the rest, or delete this function."""
    return {"memory_peak_mb": 256.0, "memory_mean_mb": 240.0, "source": "local-template"}


def main() -> int:
    """Print both marker lines; a status other than 0 would make this a failed run."""
    metrics = measure(
        os.environ["EDGEENV_MODEL_PATH"],
        int(os.environ["EDGEENV_BATCH_SIZE"]),
        int(os.environ["EDGEENV_WARMUP_RUNS"]),
        int(os.environ["EDGEENV_REPEAT_RUNS"]),
    )
    print(f"EDGEENV_RESOURCE_METRICS_JSON={json.dumps(measure_resources())}")
    print(f"EDGEENV_METRICS_JSON={json.dumps(metrics)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
