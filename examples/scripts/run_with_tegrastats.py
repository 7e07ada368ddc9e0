"""A wrapper of your own around tegrastats, for where EdgeEnv's sampler jetson-tegrastats cannot be used.

Usage: python examples/scripts/run_with_tegrastats.py [options] -- COMMAND...

Only samples taken while the command runs count, and of each power reading only the first number: the second
is tegrastats' own mean since it was started. Its output is read by a thread, since a full pipe would stop it.
Exit status: that of the command; 2 when there is none, 1 when it printed no metrics, or when tegrastats is
required and not there.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import threading
import time

METRICS = "EDGEENV_METRICS_JSON="
RESOURCES = "EDGEENV_RESOURCE_METRICS_JSON="
OMITTED = "tegrastats unavailable; resource metrics omitted"
RAM = re.compile(r"\bRAM ([0-9]+)/[0-9]+MB")
INPUT_POWER = re.compile(r"\b(?:VDD_IN|POM_5V_IN|VIN) ([0-9]+)(?:mW)?/")
SWITCHED_OFF_C = -127
TEMPERATURE = re.compile(r"\b([A-Za-z][A-Za-z0-9_-]*)@(-?[0-9]+(?:\.[0-9]+)?)C")


class Tegrastats:
    """The running tool, and every line it has printed with its time."""

    def __init__(self, path: str, interval_ms: int) -> None:
        self.lines: list[tuple[float, str]] = []
        self._child = subprocess.Popen(  # noqa: S603 - the path comes from the user's own command line
            [path, "--interval", str(interval_ms)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._child.stdout or ():
            self.lines.append((time.monotonic(), line))

    def stop(self) -> None:
        """End the tool."""
        self._child.terminate()
        try:
            self._child.wait(3)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._reader.join(1)


def resources(lines: list[str], source: str) -> dict[str, object]:
    """The resource metrics of some lines; what the board does not tell is not among them."""
    memory = [float(found[1]) for line in lines if (found := RAM.search(line))]
    power = [int(found[1]) / 1000 for line in lines if (found := INPUT_POWER.search(line))]
    # PMIC is a constant, and a sensor that is switched off shows an impossible value.
    heat = [
        float(value)
        for line in lines
        for name, value in TEMPERATURE.findall(line)
        if name != "PMIC" and float(value) > SWITCHED_OFF_C
    ]
    found: dict[str, object] = {}
    if memory:
        found |= {"memory_peak_mb": max(memory), "memory_mean_mb": round(sum(memory) / len(memory), 3)}
    if power:
        found |= {"power_mean_w": round(sum(power) / len(power), 4), "power_peak_w": max(power)}
    if heat:
        found["temperature_peak_c"] = max(heat)
    return {**found, "source": source} if found else {}


def read_arguments() -> argparse.Namespace:
    """The options, and the command that follows `--`."""
    parser = argparse.ArgumentParser(description="Run a benchmark and sample it by tegrastats.")
    parser.add_argument("--tegrastats-path", default="tegrastats")
    parser.add_argument("--interval-ms", type=int, default=500)
    parser.add_argument("--startup-wait-ms", type=int, default=250)
    parser.add_argument("--source", default="jetson-tegrastats-wrapper")
    parser.add_argument("--require-tegrastats", action="store_true")
    parser.add_argument("command", nargs="*", help="the benchmark, after --")
    arguments = parser.parse_args()
    if not arguments.command:
        parser.error("no command to wrap: put it after --")
    if arguments.command[0] == "python" and shutil.which("python") is None:
        arguments.command[0] = sys.executable
    return arguments


def main() -> int:
    """Run the command beside tegrastats, and print the resource line before its metrics line."""
    arguments = read_arguments()
    path = shutil.which(arguments.tegrastats_path)
    if path is None:
        print(OMITTED, file=sys.stderr)
        if arguments.require_tegrastats:
            return 1
    tegrastats = Tegrastats(path, arguments.interval_ms) if path else None
    if tegrastats:
        time.sleep(arguments.startup_wait_ms / 1000)
    begin = time.monotonic()
    done = subprocess.run(  # noqa: S603 - argv comes from the user's own config, no shell
        arguments.command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    end = time.monotonic()
    if tegrastats:
        tegrastats.stop()
    return report(arguments, done, [] if tegrastats is None else tegrastats.lines, (begin, end))


def report(
    arguments: argparse.Namespace,
    done: subprocess.CompletedProcess[str],
    sampled: list[tuple[float, str]],
    span: tuple[float, float],
) -> int:
    """Forward what the command said, with the resource metrics of the time in which it ran."""
    lines = done.stdout.splitlines()
    sys.stdout.writelines(f"{line}\n" for line in lines if not line.startswith((METRICS, RESOURCES)))
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        return done.returncode
    if any(line.startswith(RESOURCES) for line in lines):
        print("the benchmark's own resource metrics are left out", file=sys.stderr)
    metrics = [line for line in lines if line.startswith(METRICS)]
    if not metrics:
        print(f"Wrapped benchmark did not emit {METRICS}<json>", file=sys.stderr)
        return 1
    measured = resources([line for at, line in sampled if span[0] <= at <= span[1]], arguments.source)
    if not measured and sampled:
        # A command that is over before the next line is printed: the last line before it is the nearest.
        measured = resources([max(sampled)[1]], arguments.source)
    if measured:
        print(RESOURCES + json.dumps(measured))
    print(metrics[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
