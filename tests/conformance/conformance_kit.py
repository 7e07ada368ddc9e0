"""What the suite needs: the program under test, and bundles taken apart and put together again.

Nothing here knows the program from within: a bundle is a zip of plain files, a root is a directory.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
MANIFEST = "manifest.json"
RUN_FILES = ("result.json", "config.yaml", "target.yaml", "env.json", "stdout.log", "stderr.log")
FAILED_FILES = ("failure.json", *RUN_FILES[1:])

CONFIG = """\
name: {name}
command: {command}
model_name: tiny
model_version: "1.0"
model_format: onnx
model_path: {model}
task: image-classification
input_shape: [1, 3, 8, 8]
input_dtype: float32
runtime: local-python
execution_provider: cpu
precision: fp32
batch_size: {batch_size}
warmup_runs: 1
repeat_runs: 3
include_preprocess: false
include_postprocess: false
timeout_seconds: 30
extra_env:
  SCALE: "{scale}"
"""
TARGET = """\
target_name: {name}
target_type: local
board_name: some-board
os: linux
runtime_tags: [lab]
"""
# Bytes that are no text, an escape sequence, a line end of another system, no final line end: all evidence.
BENCH = """\
import json, os, sys
scale = float(os.environ["SCALE"])
names = ("latency_mean_ms", "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "throughput_fps")
values = dict(zip(names, (2.5 * scale, 2.4 * scale, 2.9 * scale, 3.0 * scale, 400.0 / scale)))
sys.stdout.buffer.write(b"\\xff\\xfe \\x1b[31mred\\r\\n")
print("EDGEENV_METRICS_JSON=" + json.dumps(values), flush=True)
sys.stderr.buffer.write(b"no line end")
"""
FAILING = "import sys\nprint('half way')\nprint('broken', file=sys.stderr)\nsys.exit(7)\n"


@dataclass(frozen=True)
class Ended:
    """How one call of the program ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    def must(self) -> Ended:
        """The same, of a call that has to succeed."""
        assert self.status == 0, self.stderr
        return self


@dataclass(frozen=True)
class Program:
    """The program under test: what EDGEENV_COMMAND names, or the package of this interpreter."""

    words: tuple[str, ...]
    environment: dict[str, str]

    @classmethod
    def chosen(cls) -> Program:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EDGEENV_")}
        environment |= {"COLUMNS": "80"}
        chosen = os.environ.get("EDGEENV_COMMAND")
        if chosen:
            return cls(tuple(shlex.split(chosen)), environment)
        if (REPOSITORY / "edgeenv" / "__main__.py").is_file():
            environment["PYTHONPATH"] = str(REPOSITORY)
        return cls((sys.executable, "-m", "edgeenv"), environment)

    def __call__(self, *words: object, cwd: Path, env: dict[str, str] | None = None) -> Ended:
        done = subprocess.run(
            [*self.words, *(str(word) for word in words)],
            cwd=cwd,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=120,
            check=False,
        )
        assert "Traceback (most recent call last)" not in done.stderr + done.stdout
        return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Recorded:
    """A root with recorded runs; nobody may change it.

    Attributes:
        ids: of the runs, by what they are for.
        failed: of the failed run.
    """

    root: Path
    ids: dict[str, str] = field(default_factory=dict)
    failed: str = ""

    def id(self, name: str) -> str:
        return self.failed if name == "failed" else self.ids[name]

    def directory(self, name: str) -> Path:
        return self.root / ("failed-runs" if name == "failed" else "runs") / self.id(name)


@dataclass(frozen=True)
class Bundle:
    """A bundle as the program wrote it.

    Attributes:
        content: its bytes.
        files: what is in it, by the path below its one directory; the manifest first.
    """

    run_id: str
    content: bytes

    @property
    def files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def entry(name: str, mode: int = 0o100644, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """A zip entry as a bundle has them."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    info.compress_type = method
    return info


def zipped(run_id: str, files: dict[str, bytes], *more: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    """Files as a zip with one directory, in the order in which they are given."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(entry(f"{run_id}/{path}"), content)
        for info, content in more:
            archive.writestr(info, content)
    return target.getvalue()


def sealed(files: dict[str, bytes], **members: Any) -> dict[str, bytes]:
    """The files with a manifest that says what is there now; ``members`` replaces members of it."""
    manifest = json.loads(files[MANIFEST])
    for listed in manifest["files"]:
        content = files.get(listed["path"])
        if content is not None:
            listed.update(sha256=sha256(content).hexdigest(), bytes=len(content))
    return {**files, MANIFEST: json.dumps({**manifest, **members}).encode()}


def as_another_run(bundle: Bundle, number: int) -> Bundle:
    """The same evidence under another id, as valid as it was."""
    run_id = f"{bundle.run_id[:-8]}{number:08x}"
    files = {
        path: content.replace(bundle.run_id.encode(), run_id.encode())
        for path, content in bundle.files.items()
    }
    return Bundle(run_id, zipped(run_id, sealed(files)))


def edited(document: bytes, path: str, value: Any) -> bytes:
    """A JSON document with one member replaced or added."""
    whole = json.loads(document)
    *parents, last = path.split(".")
    place = whole
    for part in parents:
        place = place[part]
    place[last] = value
    return json.dumps(whole, indent=2).encode()


def tree(directory: Path) -> dict[str, bytes]:
    """Every file below a directory with its bytes."""
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }
