"""Which model a command has run: digested before it starts, and checked to be the same when it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeenv.capture import content
from edgeenv.capture.failures import RefusedError, legible
from edgeenv.model.execution import RunFinding
from edgeenv.model.run import ModelIdentity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edgeenv.capture.content import Content
    from edgeenv.model.benchmark import BenchmarkConfig

SMALL_BYTES = 8 << 20
"""A model up to this size is digested again after every run; a larger one only when its stamps differ."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What lay at the model's path before the command was started.

    Attributes:
        path: the file or directory that the command would open.
        content: what was there; None when nothing was, or nothing that can be digested.
        trouble: why something that was there could not be digested.
    """

    path: Path
    content: Content | None
    trouble: str | None = None


def unexamined(config: BenchmarkConfig) -> ModelIdentity:
    """The model as declared, for an execution that failed before it was looked at or whose model is moot."""
    return _identity(config, None, None)


def look(config: BenchmarkConfig, directory: Path, stopped: Callable[[], bool]) -> Snapshot:
    """Digest the model that the command would open.

    Args:
        config: names the model's path, which counts from ``directory``, and perhaps its digest.
        directory: the command's directory.
        stopped: asked now and then whether to give up.

    Raises:
        RefusedError: the model is there and is not the one that ``model_sha256`` declares.
        StoppedError: ``stopped`` answered yes.
    """
    path = directory / config.model_path
    try:
        snapshot = Snapshot(path, content.examine(path, stopped))
    except FileNotFoundError:
        return Snapshot(path, None)
    except content.UnreadableError as error:
        return Snapshot(path, None, str(error))
    declared = _declared(config)
    if snapshot.content is not None and declared not in (None, snapshot.content.digest):
        raise RefusedError(
            "model-hash-mismatch",
            f"Model {config.model_path} has SHA-256 {snapshot.content.digest}, "
            f"but model_sha256 declares {declared}",
        )
    return snapshot


def settle(
    config: BenchmarkConfig, before: Snapshot, stopped: Callable[[], bool]
) -> tuple[ModelIdentity, tuple[RunFinding, ...]]:
    """The model's identity after a run, and what a reader must know about it.

    Only content that was the same before and after the run is an identity. Whether it was is told by size,
    times and inode; if any of them differs, or the model is small, by its digest. A file with another inode
    has been replaced, whatever its content.

    Raises:
        StoppedError: ``stopped`` answered yes.
    """
    change = _change(config, before, stopped)
    if change is not None:
        message = f"Model {config.model_path} {change}, so the run has no model identity"
        return _identity(config, "missing", None), (RunFinding("model-changed", legible(message)),)
    if before.content is not None:
        return _identity(config, before.content.basis, before.content), ()
    findings: tuple[RunFinding, ...] = ()
    if before.trouble is not None:
        message = f"Model {config.model_path} could not be digested: {before.trouble}"
        findings = (RunFinding("model-unreadable", legible(message)),)
    return _identity(config, "missing" if _declared(config) is None else "declared", None), findings


def _change(config: BenchmarkConfig, before: Snapshot, stopped: Callable[[], bool]) -> str | None:
    """What happened to the model since ``before``, as a predicate; None when nothing did."""
    if before.trouble is not None:
        return None
    try:
        if before.content is None:
            appeared = content.examine(before.path, stopped)
            if appeared.digest == _declared(config):
                return None
            return "was not there before the command ran and is there after it"
        return _difference(before.path, before.content, stopped)
    except FileNotFoundError:
        return None if before.content is None else "was removed while the command ran"
    except content.UnreadableError as error:
        return f"can no longer be read after the command ran ({error})"


def _difference(path: Path, before: Content, stopped: Callable[[], bool]) -> str | None:
    now = content.stamps(path)
    if [stamp.place for stamp in now] != [stamp.place for stamp in before.stamps]:
        return "was replaced while the command ran"
    if now == before.stamps and before.size_bytes > SMALL_BYTES:
        return None
    if content.examine(path, stopped).digest != before.digest:
        return "was changed while the command ran"
    return None


def _declared(config: BenchmarkConfig) -> str | None:
    if config.model_sha256 is None:
        return None
    return config.model_sha256.removeprefix("sha256:").lower()


def _identity(config: BenchmarkConfig, basis: str | None, found: Content | None) -> ModelIdentity:
    digest = found.digest if found else _declared(config) if basis == "declared" else None
    return ModelIdentity(
        model_name=config.model_name,
        model_version=config.model_version,
        model_format=config.model_format,
        model_path=config.model_path,
        model_hash=digest,
        hash_basis=basis,
        size_bytes=found.size_bytes if found else None,
    )
