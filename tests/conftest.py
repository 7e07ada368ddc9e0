"""What every test may rely on: no accidental registry, a command line, snapshots as readable files."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syrupy.assertion import SnapshotAssertion

REPOSITORY = Path(__file__).resolve().parent.parent

# Nothing can be created below a device file, not even by root: whoever forgets to choose a root is told so.
NO_ROOT = "/dev/null/this-test-has-not-chosen-a-root"

settings.register_profile(
    "edgeenv", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("thorough", settings.get_profile("edgeenv"), max_examples=1000)
settings.load_profile(os.environ.get("EDGEENV_TEST_PROFILE", "edgeenv"))


class MarkdownSnapshot(SingleFileSnapshotExtension):
    file_extension = "md"
    _write_mode = WriteMode.TEXT


class TextSnapshot(SingleFileSnapshotExtension):
    file_extension = "txt"
    _write_mode = WriteMode.TEXT


@dataclass(frozen=True)
class Completed:
    """How one call of the command line ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()


@pytest.fixture(autouse=True)
def root_must_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that touches storage names its root, by ``--edgeenv-root`` or by EDGEENV_ROOT."""
    monkeypatch.setenv("EDGEENV_ROOT", NO_ROOT)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root directory of the test's own; not created yet."""
    return tmp_path / "evidence"


@pytest.fixture
def edgeenv(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Completed]:
    """Call the command line in this process: ``edgeenv("runs", "list", cwd=..., env={...})``."""
    from click.testing import CliRunner

    from edgeenv.cli.main import cli

    def call(
        *words: object, cwd: Path | None = None, env: Mapping[str, str | None] | None = None
    ) -> Completed:
        with monkeypatch.context() as patch:
            if cwd is not None:
                patch.chdir(cwd)
            result = CliRunner().invoke(cli, [str(word) for word in words], env=dict(env or {}))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Completed(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def edgeenv_process() -> Callable[..., Completed]:
    """Run the command line as a process of its own, as a user does."""

    def call(
        *words: object,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> Completed:
        process = subprocess.run(
            [sys.executable, "-m", "edgeenv", *(str(word) for word in words)],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=timeout,
            check=False,
        )
        return Completed(process.returncode, process.stdout, process.stderr)

    return call


@pytest.fixture
def md_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare a Markdown text with a file of its own."""
    return snapshot.use_extension(MarkdownSnapshot)


@pytest.fixture
def txt_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare a plain text with a file of its own."""
    return snapshot.use_extension(TextSnapshot)
