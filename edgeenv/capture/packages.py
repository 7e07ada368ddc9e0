"""Which runtime packages a Python interpreter sees, told by the names of their metadata directories."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXACT = frozenset(
    {
        "ai_edge_litert", "apache_tvm", "coremltools", "executorch", "hailort", "jax", "jaxlib", "magika",
        "mnn", "mxnet", "ncnn", "numpy", "onnx", "pycuda", "rknn_toolkit_lite2", "tflite_runtime", "torch",
        "torchvision", "ultralytics",
    }
)  # fmt: skip
FAMILIES = (
    "cupy", "mlx", "nvidia_cud", "onnxruntime", "opencv_python", "openvino", "paddle", "tensorflow",
    "tensorrt",
)  # fmt: skip
"""Packages that are published under several names, such as onnxruntime and onnxruntime_gpu."""

_PYTHON = re.compile(r"(?:python|pypy)(\d+(?:\.\d+)?)?[dmt]?")
_METADATA = re.compile(
    r"(?P<name>[A-Za-z0-9._]+)-(?P<version>[A-Za-z0-9.+!_]+?)(?:-py\d[\d.]*)?\.(?:dist|egg)-info"
)
_PACKAGE_DIRECTORIES = ("site-packages", "dist-packages")


def seen_by(program: str | None, own_python: str | None, home: Path | None = None) -> Mapping[str, str]:
    """The versions of the runtime packages that an interpreter would import, by name.

    Nothing is imported or started: the names of ``*.dist-info`` and ``*.egg-info`` entries say it all. A name
    is in lower case with ``_`` for ``-`` and ``.``. The first directory that has a package wins.

    Args:
        program: the absolute path of a program; nothing is found when it is no Python interpreter.
        own_python: the interpreter that runs EdgeEnv, which knows its own directories.
        home: the user's home directory, or None.
    """
    if program is None or _PYTHON.fullmatch(Path(program).name) is None:
        return {}
    directories = _own_directories() if program == own_python else _directories(Path(program), home)
    versions: dict[str, str] = {}
    for directory in directories:
        for name, version in _installed(directory):
            versions.setdefault(name, version)
    return dict(sorted(versions.items()))


def _own_directories() -> Iterator[Path]:
    return (path for path in map(Path, sys.path) if path.name in _PACKAGE_DIRECTORIES)


def _directories(python: Path, home: Path | None) -> Iterator[Path]:
    """The directories of another interpreter: of its virtual environment, or of its installation."""
    prefix = python.parent.parent
    environment = _environment_facts(prefix / "pyvenv.cfg")
    if environment is None:
        yield from _installation(Path(os.path.realpath(python)), home)
        return
    yield from _libraries(prefix, environment.get("version") or environment.get("version_info"))
    if environment.get("include-system-site-packages") == "true":
        yield from _installation(Path(os.path.realpath(python)), home)


def _environment_facts(file: Path) -> Mapping[str, str] | None:
    try:
        lines = file.read_text("utf-8", errors="replace").split("\n")
    except OSError:
        return None
    pairs = (line.partition("=") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _installation(python: Path, home: Path | None) -> Iterator[Path]:
    match = _PYTHON.fullmatch(python.name)
    version = match.group(1) if match else None
    if home is not None:
        yield from _libraries(home / ".local", version)
    prefix = python.parent.parent
    if prefix == Path("/usr"):  # Debian: what pip and what the system has installed
        yield from _libraries(prefix / "local", version)
    yield from _libraries(prefix, version)
    if prefix == Path("/usr"):
        yield prefix / "lib/python3/dist-packages"


def _libraries(prefix: Path, version: str | None) -> Iterator[Path]:
    """The package directories below a prefix; none when it is not clear of which Python version."""
    numbers = (version or "").split(".")
    if len(numbers) > 1:
        names = [f"python{numbers[0]}.{numbers[1]}"]
    else:
        names = [path.name for path in (prefix / "lib").glob("python[0-9].[0-9]*")]
        if len(names) > 1:
            return
    for name in names:
        for directory in _PACKAGE_DIRECTORIES:
            yield prefix / "lib" / name / directory


def _installed(directory: Path) -> Iterator[tuple[str, str]]:
    try:
        entries = sorted(path.name for path in directory.iterdir())
    except OSError:
        return
    for entry in entries:
        if not entry.endswith("-info"):
            continue
        match = _METADATA.fullmatch(entry)
        if match is None:
            continue
        name = match["name"].lower().replace(".", "_")
        if name in EXACT or name.startswith(FAMILIES):
            yield name, match["version"]
