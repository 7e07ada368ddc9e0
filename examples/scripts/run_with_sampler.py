"""A wrapper that adds resource metrics to what a benchmark prints; the numbers are fixed here.

Usage: python examples/scripts/run_with_sampler.py -- COMMAND...

In your own copy, measure while the command runs, and drain whatever you read from in a thread of its own: a
tool whose pipe is full stops. Where a sampler of EdgeEnv can do it, name that one in the target profile.
Exit status: that of the command; 2 when there is none, 1 when it printed no metrics.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys

METRICS = "EDGEENV_METRICS_JSON="
RESOURCES = "EDGEENV_RESOURCE_METRICS_JSON="
MEASURED = {
    "memory_peak_mb": 384.0,
    "memory_mean_mb": 320.0,
    "power_mean_w": 6.5,
    "power_peak_w": 9.0,
    "energy_j": 24.5,
    "temperature_peak_c": 68.0,
    "source": "deterministic-wrapper-demo",
}


def main() -> int:
    """Run the command, forward what it says, and print the resource line before its metrics line."""
    parser = argparse.ArgumentParser(description="Run a benchmark and add resource metrics.")
    parser.add_argument("command", nargs="*", help="the benchmark, after --")
    command = parser.parse_args().command
    if not command:
        parser.error("no command to wrap: put it after --")
    if command[0] == "python" and shutil.which("python") is None:
        command[0] = sys.executable
    done = subprocess.run(  # noqa: S603 - argv comes from the user's own config, no shell
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )
    lines = done.stdout.splitlines()
    sys.stdout.writelines(f"{line}\n" for line in lines if not line.startswith((METRICS, RESOURCES)))
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        return done.returncode
    metrics = [line for line in lines if line.startswith(METRICS)]
    if not metrics:
        print(f"Wrapped benchmark did not emit {METRICS}<json>", file=sys.stderr)
        return 1
    print(RESOURCES + json.dumps(MEASURED))
    print(metrics[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
