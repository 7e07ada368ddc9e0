"""What `edgeenv doctor` looks at. Nothing here changes anything, and each check answers with a value."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal, NamedTuple

from edgeenv.evidence.files import is_run_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

State = Literal["ok", "note", "problem"]

_OLDEST_PYTHON = (3, 11)
_LITTLE_SPACE = 512 * 1024 * 1024
# What EdgeEnv itself cannot do without; the schemas of what it prints are for other programs.
_SHIPPED = {
    "policies": ("default.yaml", "edge.yaml", "strict.yaml"),
    "schemas": tuple(
        f"{name}.schema.json"
        for name in (
            "bench-config",
            "bundle-summary",
            "failed-run",
            "init",
            "judgement",
            "manifest",
            "policy",
            "policy-test",
            "result",
            "sampler-metadata",
            "target-profile",
        )
    ),
    "templates": (
        "bundle_summary.html.j2",
        "bundle_summary.md.j2",
        "compare.md.j2",
        "compare_summary.md.j2",
        "init_command.py",
        "init_function.py",
        "sampler_plot.svg.j2",
    ),
}
_SAMPLER_PROGRAMS = ("tegrastats", "vcgencmd", "nvidia-smi")
_POWERCAP = "/sys/class/powercap"
_MOUNTS = "/proc/self/mounts"
_NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "9p", "fuse", "ceph", "glusterfs", "afs", "lustre")
_RUN_FOLDERS = ("runs", "failed-runs")


class Check(NamedTuple):
    """One thing that was looked at.

    Attributes:
        state: ``ok``; ``note``, worth knowing; ``problem``, something is broken.
        hint: what to do about a problem.
    """

    subject: str
    state: State
    text: str
    hint: str | None = None


def all_checks(root: Path) -> list[Check]:
    """Every check, in the order in which a user should mend what is broken."""
    return [_python(), *_shipped_files(), *_root(root), *_index(root), _python_on_path(), _samplers()]


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    text = f"{version} at {sys.executable}"
    if sys.version_info < _OLDEST_PYTHON:
        return Check("Python", "problem", text, "install Python 3.11 or newer")
    return Check("Python", "ok", text)


def _shipped_files() -> Iterator[Check]:
    from edgeenv import resources
    from edgeenv.errors import EdgeEnvError

    for kind, names in _SHIPPED.items():
        try:
            missing = [name for name in names if not resources.read_bytes(kind, name)]
        except EdgeEnvError as error:
            yield Check(kind, "problem", error.message, "install EdgeEnv again")
            continue
        if missing:
            yield Check(kind, "problem", f"empty: {', '.join(missing)}", "install EdgeEnv again")
        else:
            yield Check(kind, "ok", f"{len(names)} shipped, all there")


def _root(root: Path) -> Iterator[Check]:
    if not os.path.lexists(root):
        parent = next(parent for parent in root.absolute().parents if os.path.lexists(parent))
        if not os.path.isdir(parent):  # noqa: PTH112 - no error for a path below a file
            yield Check("root", "problem", f"{root} cannot be made: {parent} is not a directory", _CHOOSE)
            return
        if not os.access(parent, os.W_OK | os.X_OK):
            yield Check("root", "problem", f"{root} cannot be made: {parent} is not writable", _CHOOSE)
            return
        yield Check("root", "ok", f"{root} does not exist yet; the first run makes it")
    elif not os.path.isdir(root):  # noqa: PTH112 - a link to nothing is no directory either
        yield Check("root", "problem", f"{root} is not a directory", _CHOOSE)
        return
    elif not os.access(root, os.R_OK | os.X_OK):
        yield Check("root", "problem", f"{root} is not readable", _CHOOSE)
        return
    elif not os.access(root, os.W_OK):
        yield Check("root", "note", f"{root} is read-only: runs can be shown and compared, not recorded")
    else:
        yield Check("root", "ok", f"{root} is a writable directory")
    yield _free_space(root)
    yield _file_system(root)


def _free_space(root: Path) -> Check:
    status = os.statvfs(_existing_parent(root))
    free = status.f_bavail * status.f_frsize
    text = f"{free / 1e9:.1f} GB free"
    if free < _LITTLE_SPACE:
        return Check("disk", "problem", text, "make room before recording")
    return Check("disk", "ok", text)


def _file_system(root: Path) -> Check:
    kind = _file_system_of(os.path.realpath(_existing_parent(root)))
    if kind is None:
        return Check("file system", "note", "unknown on this system")
    if kind.startswith(_NETWORK_FILE_SYSTEMS):
        text = f"{kind}: locks may not hold here; the index may have to be rebuilt, evidence is safe"
        return Check("file system", "note", text)
    return Check("file system", "ok", kind)


def _file_system_of(path: str) -> str | None:
    """The type of the file system that holds a path; None where the system does not say."""
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as mounts:  # noqa: PTH123 - fewer imports
            found = [line.split(" ")[1:3] for line in mounts]
    except OSError:
        return None
    holding = [
        (len(point), kind)
        for point, kind in found
        if path == point or path.startswith(point.rstrip("/") + "/")
    ]
    return max(holding)[1] if holding else None


def _index(root: Path) -> Iterator[Check]:
    path = root / "runs.db"
    folders = {folder: _entries(root / folder) for folder in _RUN_FOLDERS}
    recorded, failed = (len(folders[folder]) for folder in _RUN_FOLDERS)
    if os.path.lexists(path):
        yield _existing_index(path, folders["runs"])
    elif recorded:
        text = f"{path} is not there; the next command rebuilds it from {recorded} runs"
        yield Check("index", "note", text)
    else:
        yield Check("index", "ok", "none yet; the first recorded run makes it")
    if recorded or failed:
        yield Check("evidence", "ok", f"runs: {recorded}, failed runs: {failed}")


def _existing_index(path: Path, directories: set[str]) -> Check:
    """Open an index without mending it, and compare its rows with the directories."""
    from contextlib import closing

    from edgeenv.registry.index import SCHEMA_VERSION, Index
    from edgeenv.registry.trouble import IndexMissingError, IndexOutdatedError, IndexTroubleError

    try:
        with closing(Index.open(path)) as index:
            rows = set(index.newest(0, -1))
    except (IndexMissingError, IndexOutdatedError) as trouble:
        return Check("index", "note", f"{path}: {trouble.reason}; the next command rebuilds it")
    except IndexTroubleError as trouble:
        text = f"{path} cannot be used: {trouble.reason}"
        return Check("index", "problem", text, "edgeenv runs list sets it aside and rebuilds it")
    without_row, without_directory = directories - rows, rows - directories
    if without_row or without_directory:
        text = f"{path}: {len(without_row)} runs have no row, {len(without_directory)} rows have no run"
        examples = ", ".join(sorted(without_row | without_directory)[:3])
        return Check(
            "index", "problem", f"{text} ({examples})", f"remove {path}: the next command rebuilds it"
        )
    return Check("index", "ok", f"{path}: version {SCHEMA_VERSION}, {len(rows)} rows, one for each run")


def _python_on_path() -> Check:
    found = _on_path("python")
    if found is not None:
        return Check("python", "ok", f"{found}, for commands that begin with python")
    return Check("python", "note", f"none on PATH; commands that begin with python run {sys.executable}")


def _samplers() -> Check:
    found = [name for name in _SAMPLER_PROGRAMS if _on_path(name)]
    if _entries_of_any_kind(_POWERCAP):
        found.append("powercap")
    text = f"found {', '.join(found)}" if found else "found none"
    return Check("samplers", "ok", f"{text}; a target profile names what is to be sampled")


def _on_path(program: str) -> str | None:
    for directory in os.get_exec_path():
        candidate = os.path.join(directory, program)  # noqa: PTH118 - fewer imports
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):  # noqa: PTH113 - as above
            return candidate
    return None


def _existing_parent(path: Path) -> Path:
    return next(parent for parent in (path, *path.absolute().parents) if os.path.isdir(parent))  # noqa: PTH112 - no error for a path below a file


def _entries(folder: Path) -> set[str]:
    """The names of the directories in a folder that may be runs."""
    try:
        with os.scandir(folder) as entries:
            return {
                entry.name
                for entry in entries
                if is_run_id(entry.name) and entry.is_dir(follow_symlinks=False)
            }
    except OSError:
        return set()


def _entries_of_any_kind(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - fewer imports
    except OSError:
        return []


_CHOOSE = "choose another root: --edgeenv-root DIRECTORY or EDGEENV_ROOT"
