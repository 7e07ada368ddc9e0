"""What watching costs: the CPU time of the `process-tree` sampler at ten samples a second, and its budget.

A command with three children is watched for some seconds. Measured is the CPU time of this process, whose
only work is the sampler's thread, as a share of one core; and, beside it, what one observation of the
machine's conditions takes.

Usage: python benchmarks/sampler_overhead.py [--seconds N]
Exit status: 0 when the budgets hold, 1 when one is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from edgeenv.capture.conditions import observe_conditions
from edgeenv.capture.request import Clock
from edgeenv.capture.samplers import catalogue
from edgeenv.capture.samplers.base import SamplerContext, SamplerSettings
from edgeenv.capture.window import Window

SHARE_BUDGET = 0.02
OBSERVATION_BUDGET_MS = 50.0
OBSERVATIONS = 20

COMMAND = """
import os, time
held = bytearray(64 << 20)
top = os.getpid()
for _ in range(3):
    if os.getpid() == top:
        os.fork()
time.sleep({seconds})
"""


def sampler_share(seconds: float) -> tuple[float, int]:
    """The share of one core that the sampler takes, and how many samples it took."""
    clock = Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic)
    with tempfile.TemporaryDirectory() as directory:
        settings = catalogue.completed(SamplerSettings("process-tree"))
        context = SamplerContext(settings, Path(directory), "sampler/", clock)
        sampler = catalogue.create("process-tree")
        sampler.start(context)
        code = COMMAND.format(seconds=seconds)
        with subprocess.Popen([sys.executable, "-S", "-c", code], start_new_session=True) as child:
            begin, used = context.now_ns(), time.process_time()
            sampler.command_started(child.pid)
            child.wait()
            spent, end = time.process_time() - used, context.now_ns()
        sampler.stop()
        summary = sampler.summary(Window(begin, end))
    return spent / ((end - begin) / 1e9), summary.samples_inside


def observation_ms() -> float:
    """The median time of one observation of the conditions, in milliseconds."""
    times = []
    for _ in range(OBSERVATIONS):
        begin = time.perf_counter()
        observe_conditions(environment=os.environ)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def main() -> int:
    """Measure both, print them beside their budgets."""
    parser = argparse.ArgumentParser(description="What watching costs.")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to watch")
    seconds = parser.parse_args().seconds
    share, samples = sampler_share(seconds)
    print(f"process-tree: {share:.2%} of one core, {samples} samples, budget {SHARE_BUDGET:.0%}")
    observation = observation_ms()
    print(f"conditions: {observation:.1f} ms for one observation, budget {OBSERVATION_BUDGET_MS:g} ms")
    return int(share > SHARE_BUDGET or observation > OBSERVATION_BUDGET_MS)


if __name__ == "__main__":
    sys.exit(main())
