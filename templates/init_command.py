"""Run a command, measure it, and tell EdgeEnv the result. This file is yours: change what does not fit.

Usage: python bench.py -- COMMAND...

EdgeEnv starts this script once (see `command` in the bench config) and reads one line of its output, the
one that starts with EDGEENV_METRICS_JSON=. There are three ways to come by the numbers:

1. COMMAND prints that line itself: it is started once and its output is passed on as it is.
2. COMMAND prints its latencies in some other form: say below in LATENCY how to find them. It is started once.
3. COMMAND prints nothing of use (as this script begins): the whole command is timed. It is started
   warmup_runs times uncounted, then repeat_runs times counted. What is measured is everything between start
   and end of the process: loading the program and the model included, not a single inference alone.
"""

import json
import math
import os
import re  # noqa: F401 - for LATENCY
import shutil
import subprocess
import sys
import time

# A pattern with one group that holds one latency in milliseconds, or None to time the whole command.
# For lines such as "inference 7: 12.4 ms" it would be: re.compile(r"inference [0-9]+: ([0-9.]+) ms")
LATENCY = None

MARKER = "EDGEENV_METRICS_JSON="


def main():
    """Measure the command after `--` and print the marker line; the exit status is 0 if all went well."""
    words = sys.argv[1:]
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        print("usage: python bench.py -- COMMAND...", file=sys.stderr)
        return 2
    output, first_ms = run(words)
    sys.stdout.write(output)
    if output and not output.endswith("\n"):
        print()
    if any(line.startswith(MARKER) for line in output.splitlines()):
        return 0
    emit(stated_samples(output) if LATENCY else timed_samples(words, first_ms))
    return 0


def stated_samples(output):
    """The latencies that the command has printed."""
    samples = [float(text) for text in LATENCY.findall(output)]
    if not samples:
        sys.exit("bench.py: LATENCY matches nothing that the command has printed")
    return samples


def timed_samples(words, first_ms):
    """The milliseconds of repeat_runs whole runs, after warmup_runs that do not count."""
    warmups = int(os.environ.get("EDGEENV_WARMUP_RUNS", "1"))
    repeats = int(os.environ.get("EDGEENV_REPEAT_RUNS", "20"))
    done = [first_ms] + [run(words)[1] for _ in range(warmups + repeats - 1)]
    return done[warmups:]


def run(words):
    """Run the command once; its standard output and its milliseconds. A failure ends this script."""
    if words[0] in ("python", "python3") and shutil.which(words[0]) is None:
        words = [sys.executable, *words[1:]]
    before = time.perf_counter()
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    except OSError as error:
        sys.exit(f"bench.py: cannot start {words[0]!r}: {error.strerror}")
    elapsed_ms = (time.perf_counter() - before) * 1000
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        sys.stdout.write(output)
        print(f"bench.py: the command ended with {done.returncode}: {words}", file=sys.stderr)
        sys.exit(done.returncode if done.returncode > 0 else 128 - done.returncode)
    return output, elapsed_ms


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
        print(MARKER + json.dumps(metrics))
    else:
        emit_by_edgeenv(samples_ms=samples_ms)


if __name__ == "__main__":
    sys.exit(main())
