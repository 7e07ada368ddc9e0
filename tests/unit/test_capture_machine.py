from __future__ import annotations

import os
import platform
import re
import sys
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from edgeenv import schema
from edgeenv.capture import machine, packages
from edgeenv.model.document import write

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 1, 2, 3, 4, 5, 678900, timezone(timedelta(hours=9)))


def observe(**changes):
    facts = {
        "now": NOW,
        "execution_python": None,
        "own_python": sys.executable,
        "edgeenv_version": "0.1.0",
        **changes,
    }
    return machine.observe(**facts)


def sysroot(tmp_path, **files):
    for name, text in files.items():
        path = tmp_path / "proc" / name.replace("__", "/").replace("_", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return tmp_path


X86 = "processor\t: 0\nmodel name\t: Fast CPU @ 2.40GHz\n\nprocessor\t: 1\nmodel name\t: Fast CPU @ 2.40GHz\n"
ARM = "processor\t: 0\nBogoMIPS\t: 62.50\nCPU implementer\t: 0x41\n\nprocessor\t: 1\n"


def test_this_machine():
    env = observe()
    assert env.captured_at == "2026-01-01T18:04:05.678900Z"
    assert env.python_version == platform.python_version()
    assert env.machine == os.uname().machine
    assert env.platform == platform.platform()
    assert env.kernel == os.uname().release
    assert env.edgeenv_version == "0.1.0"
    assert env.cpu_count >= 1
    assert env.memory_total_bytes > 1 << 20


def test_what_is_recorded_holds_the_contract(tmp_path):
    for env in (observe(execution_python=sys.executable), observe(sysroot=tmp_path)):
        assert schema.check_part("result", "env", write(env), "env") == ()


def test_no_host_name_and_no_variable(monkeypatch):
    monkeypatch.setenv("SECRET_OF_THIS_TEST", "0xC0FFEE")
    text = repr(observe(execution_python=sys.executable))
    assert "C0FFEE" not in text
    assert os.uname().nodename not in text.split("'")


def test_a_pc(tmp_path):
    root = sysroot(tmp_path, cpuinfo=X86, meminfo="MemTotal:       16315924 kB\nMemFree: 1 kB\n")
    env = observe(sysroot=root)
    assert (env.cpu_model, env.cpu_count) == ("Fast CPU @ 2.40GHz", 2)
    assert env.processor == "Fast CPU @ 2.40GHz"
    assert env.memory_total_bytes == 16315924 * 1024


def test_a_board(tmp_path):
    root = sysroot(
        tmp_path,
        cpuinfo=ARM,
        device_tree__model=b"NVIDIA Jetson Orin Nano Developer Kit\x00",
        sys__kernel__osrelease="5.15.148-tegra\n",
    )
    env = observe(sysroot=root)
    assert env.cpu_model == "NVIDIA Jetson Orin Nano Developer Kit"
    assert (env.cpu_count, env.kernel) == (2, "5.15.148-tegra")


@pytest.mark.parametrize(
    ("cpuinfo", "model"),
    [
        ("Hardware\t: BCM2835\n", "BCM2835"),
        ("cpu\t\t: POWER9\n", "POWER9"),
        ("cpu model\t: MIPS 24Kc\n", "MIPS 24Kc"),
        ("model name\t: \nHardware\t: X\n", "X"),
        ("model name\t: " + "x" * 1000, "x" * 200),
        (b"model name\t: caf\xe9\n", "caf\ufffd"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_names_of_processors(tmp_path, cpuinfo, model):
    env = observe(sysroot=sysroot(tmp_path, cpuinfo=cpuinfo))
    assert env.cpu_model == model
    assert env.processor == (model or "")


@pytest.mark.parametrize(
    "meminfo", ["", "MemTotal: x kB\n", "MemTotal: 5 MB\n", "MemTotal:\n", "MemTotal: -5 kB\n"]
)
def test_memory_that_cannot_be_told(tmp_path, meminfo):
    assert observe(sysroot=sysroot(tmp_path, meminfo=meminfo)).memory_total_bytes is None


def test_absent_facts_are_absent(tmp_path):
    env = observe(sysroot=tmp_path)
    assert env.cpu_model is None
    assert env.memory_total_bytes is None
    assert env.packages is None
    assert env.kernel == os.uname().release


def test_it_is_cheap():
    observe(execution_python=sys.executable)
    best = min(timed() for _ in range(5))
    assert best < 0.2, "20 ms on a quiet machine"


def timed():
    begin = time.perf_counter()
    observe(execution_python=sys.executable)
    return time.perf_counter() - begin


# Packages


def installed(directory: Path, *names: str) -> None:
    for name in names:
        (directory / name).mkdir(parents=True)


def environment(prefix: Path, facts: str, python: Path | None = None) -> Path:
    """A virtual environment as venv lays it out."""
    (prefix / "bin").mkdir(parents=True)
    (prefix / "pyvenv.cfg").write_text(facts)
    program = prefix / "bin/python"
    program.symlink_to(python or "/nowhere/bin/python3.11")
    return program


NAMES = [
    "onnxruntime_gpu-1.20.1.dist-info",
    "numpy-2.1.0.dist-info",
    "opencv_python_headless-4.10.0.84.dist-info",
    "opencv-5.0.dist-info",
    "ai_edge_litert-1.0.1.dist-info",
    "Torch-2.5.0+cu124.dist-info",
    "requests-2.0.dist-info",
    "numpyro-1.0.dist-info",
    "not a version.dist-info",
    "tensorrt-10.0.1-py3.11.egg-info",
    "magika",
    "magika-1.0.0.dist-info.bak",
]
SEEN = {
    "ai_edge_litert": "1.0.1",
    "numpy": "2.1.0",
    "onnxruntime_gpu": "1.20.1",
    "opencv_python_headless": "4.10.0.84",
    "tensorrt": "10.0.1",
    "torch": "2.5.0+cu124",
}


def test_the_packages_of_a_virtual_environment(tmp_path):
    program = environment(tmp_path, "home = /usr/bin\nversion = 3.12.4\n")
    installed(tmp_path / "lib/python3.12/site-packages", *NAMES)
    installed(tmp_path / "lib/python3.11/site-packages", "ncnn-1.0.dist-info")
    assert packages.seen_by(str(program), None) == SEEN


def test_names_are_normalised(tmp_path):
    program = environment(tmp_path, "version = 3.11.0\n")
    installed(
        tmp_path / "lib/python3.11/site-packages",
        "ONNXRuntime.GPU-1.0.dist-info",
        "openvino-2025.1.dist-info",
    )
    assert packages.seen_by(str(program), None) == {"onnxruntime_gpu": "1.0", "openvino": "2025.1"}


def test_a_virtual_environment_may_see_its_installation(tmp_path):
    base = tmp_path / "base"
    (base / "bin").mkdir(parents=True)
    (base / "bin/python3.11").touch()
    installed(base / "lib/python3.11/site-packages", "numpy-1.0.dist-info", "onnx-1.0.dist-info")
    for flag in ("true", "false"):
        prefix = tmp_path / flag
        program = environment(
            prefix, f"version = 3.11.2\ninclude-system-site-packages = {flag}\n", base / "bin/python3.11"
        )
        installed(prefix / "lib/python3.11/site-packages", "numpy-2.0.dist-info")
        seen = packages.seen_by(str(program), None)
        assert seen == ({"numpy": "2.0", "onnx": "1.0"} if flag == "true" else {"numpy": "2.0"})


def test_an_installation_and_the_home_of_its_user(tmp_path):
    program = tmp_path / "opt/bin/python3.10"
    program.parent.mkdir(parents=True)
    program.touch()
    (tmp_path / "opt/bin/python3").symlink_to(program)
    installed(tmp_path / "opt/lib/python3.10/site-packages", "numpy-1.0.dist-info")
    installed(tmp_path / "home/.local/lib/python3.10/site-packages", "numpy-1.5.dist-info")
    python3 = str(tmp_path / "opt/bin/python3")
    assert packages.seen_by(python3, None) == {"numpy": "1.0"}
    assert packages.seen_by(python3, None, tmp_path / "home") == {"numpy": "1.5"}


def test_which_of_two_versions_is_not_guessed(tmp_path):
    program = tmp_path / "bin/python"
    program.parent.mkdir()
    program.touch()
    installed(tmp_path / "lib/python3.10/site-packages", "numpy-1.0.dist-info")
    assert packages.seen_by(str(program), None) == {"numpy": "1.0"}
    installed(tmp_path / "lib/python3.11/site-packages", "numpy-2.0.dist-info")
    assert packages.seen_by(str(program), None) == {}


def test_our_own_interpreter_knows_its_packages():
    import importlib.metadata

    seen = packages.seen_by(sys.executable, sys.executable)
    installed_here = {
        re.sub(r"[-.]", "_", found.metadata["Name"]).lower(): found.version
        for found in importlib.metadata.distributions()
    }
    assert seen == {name: installed_here[name] for name in seen}
    assert {"onnxruntime", "numpy"} & set(installed_here) <= set(seen)


def test_our_interpreter_is_seen_from_outside_as_from_inside():
    if sys.prefix == sys.base_prefix:
        pytest.skip("not in a virtual environment")
    inside = packages.seen_by(sys.executable, sys.executable)
    assert packages.seen_by(sys.executable, None) == inside


@pytest.mark.parametrize("program", [None, "/bin/sh", "/usr/bin/python3-config", "/nowhere/bin/python"])
def test_other_programs_have_no_packages(program):
    assert packages.seen_by(program, sys.executable) == {}
