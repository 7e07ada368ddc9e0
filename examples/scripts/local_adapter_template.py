"""A template for a benchmark that cannot print EdgeEnv's markers: wrap it, and say its numbers for it.

Usage: python examples/scripts/local_adapter_template.py [options] -- COMMAND...

The numbers are options with fixed defaults here. In your own copy, read them from the wrapped command's
output.
Exit status: that of the wrapped command; 2 when there is none.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys

METRICS = {
    "latency_mean_ms": 19.2,
    "latency_p50_ms": 18.9,
    "latency_p95_ms": 21.5,
    "latency_p99_ms": 23.0,
    "throughput_fps": 52.1,
}
RESOURCE_METRICS = {"memory_mean_mb": 320.0, "memory_peak_mb": 384.0}


def read_arguments() -> argparse.Namespace:
    """The options, and the command that follows `--`."""
    parser = argparse.ArgumentParser(description="Wrap a command and print EdgeEnv's marker lines for it.")
    parser.add_argument("--adapter-name", default="local-adapter-template")
    for name, value in METRICS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=value)
    parser.add_argument("--include-resource-metrics", action="store_true")
    parser.add_argument("--resource-source", default="adapter-template")
    parser.add_argument("command", nargs="*", help="the command to wrap, after --")
    arguments = parser.parse_args()
    if not arguments.command:
        parser.error("no command to wrap: put it after --")
    return arguments


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the wrapped command; `python` means this interpreter where PATH has no other."""
    if command[0] == "python" and shutil.which("python") is None:
        command = [sys.executable, *command[1:]]
    return subprocess.run(  # noqa: S603 - argv comes from the user's own config, no shell
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )


def main() -> int:
    """Run the wrapped command, show what it said, and print the marker lines if it ended well."""
    arguments = read_arguments()
    done = run(arguments.command)
    print(f"adapter={arguments.adapter_name}")
    for name in ("benchmark_name", "model_name", "runtime", "target_name"):
        print(f"{name.split('_')[0]}={os.environ.get('EDGEENV_' + name.upper(), '')}")
    print(f"wrapped_command={' '.join(shlex.quote(word) for word in arguments.command)}")
    print(f"wrapped_stdout={done.stdout.strip()}")
    print(f"wrapped_stderr={done.stderr.strip()}", file=sys.stderr)
    print(f"wrapped_command_exit={done.returncode}")
    if done.returncode != 0:
        return done.returncode if done.returncode > 0 else 1
    if arguments.include_resource_metrics:
        resources = {**RESOURCE_METRICS, "source": arguments.resource_source}
        print(f"EDGEENV_RESOURCE_METRICS_JSON={json.dumps(resources)}")
    metrics = {name: getattr(arguments, name) for name in METRICS}
    print(f"EDGEENV_METRICS_JSON={json.dumps(metrics)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
