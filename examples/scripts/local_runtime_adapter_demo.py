"""How to adapt a runtime that has a command line of its own: start it with the protocol, read its report.

The runtime here is a few lines of Python that stand for a vendor's tool. Everything it needs comes from the
variables that EdgeEnv injects, so the benchmark config says each value once. Its report follows from the
protocol: mean = 18 + 0.2 for each warm-up call + 0.1 for each counted call.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

RUNTIME = """
import json, sys
model, shape, warmup, repeat = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
mean = round(18 + 0.2 * warmup + 0.1 * repeat, 1)
print(json.dumps({"model": model, "shape": shape, "mean": mean, "peak_mb": 216.0, "mean_mb": 204.0}))
"""
PROTOCOL = ("EDGEENV_MODEL_PATH", "EDGEENV_INPUT_SHAPE", "EDGEENV_WARMUP_RUNS", "EDGEENV_REPEAT_RUNS")


def start_runtime() -> subprocess.CompletedProcess[str]:
    """Run the runtime on the model and the protocol that the benchmark config names."""
    missing = [name for name in PROTOCOL if name not in os.environ]
    if missing:
        sys.exit(
            f"local_runtime_adapter_demo: not set: {', '.join(missing)}; start it through edgeenv bench run"
        )
    command = [sys.executable, "-c", RUNTIME, *(os.environ[name] for name in PROTOCOL)]
    return subprocess.run(  # noqa: S603 - the program is the text above, its arguments are data
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False
    )


def main() -> int:
    """Run the runtime and translate its report into the marker lines."""
    done = start_runtime()
    print(f"runtime_stdout={done.stdout.strip()}")
    print(f"runtime_command_exit={done.returncode}")
    if done.returncode != 0:
        return 1
    report = json.loads(done.stdout)
    mean = report["mean"]
    resources = {
        "memory_mean_mb": report["mean_mb"],
        "memory_peak_mb": report["peak_mb"],
        "source": "local-runtime-adapter-demo",
    }
    metrics = {
        "latency_mean_ms": mean,
        "latency_p50_ms": round(mean - 0.4, 1),
        "latency_p95_ms": round(mean + 1.8, 1),
        "latency_p99_ms": round(mean + 2.4, 1),
        "throughput_fps": round(1000 / mean, 1),
    }
    print(f"EDGEENV_RESOURCE_METRICS_JSON={json.dumps(resources)}")
    print(f"EDGEENV_METRICS_JSON={json.dumps(metrics)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
