"""What the tests of the samplers stand on: a fake tegrastats on PATH, fake trees, real clocks."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from edgeenv.capture.request import Clock
from edgeenv.capture.samplers import catalogue
from edgeenv.capture.samplers.base import SamplerContext, SamplerSettings
from edgeenv.capture.window import Window

CLOCK = Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic)
TEGRASTATS = Path(__file__).parents[1] / "data" / "tegrastats"
SECOND = 1_000_000_000


def now_ns():
    return round(CLOCK.monotonic() * 1e9)


def fake_tegrastats(directory, mode="steady", **variables):
    """Variables with a PATH on which the fake is found first."""
    folder = directory / "bin"
    folder.mkdir(exist_ok=True)
    shutil.copy(TEGRASTATS / "tegrastats", folder / "tegrastats")
    (folder / "tegrastats").chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "FAKE_TEGRASTATS": mode, **variables}


def settings(name, **members):
    return catalogue.completed(SamplerSettings(name, **members))


def context(directory, wanted, *, environment=None, sysroot=None, clock=CLOCK):
    """A context whose files lie in ``directory/sampler``."""
    place = directory / "sampler"
    place.mkdir(exist_ok=True)
    return SamplerContext(
        settings=wanted,
        directory=place,
        artifact_prefix="sampler/",
        clock=clock,
        environment=dict(os.environ) if environment is None else environment,
        current_directory=directory,
        sysroot=sysroot or directory / "nothing",
    )


def run_for(sampler, in_context, seconds, ready=lambda: True):
    """Start a sampler, let it run, and stop it; the window in which a command would have run."""
    sampler.start(in_context)
    wait_for(ready)
    begin = now_ns()
    time.sleep(seconds)
    end = now_ns()
    sampler.stop()
    return Window(begin, end)


def tree(root, files):
    """Files under a fake root; a value of None makes a directory."""
    for name, content in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir(exist_ok=True)
        else:
            path.write_text(f"{content}\n")
    return root


def wait_for(condition, at_most_s=10.0):
    end = time.monotonic() + at_most_s
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
    return value
