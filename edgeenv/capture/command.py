"""From a benchmark config to what is started: words, program, variables, directory."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from edgeenv.capture.failures import RefusedError
from edgeenv.capture.presence import is_directory, is_file, is_there
from edgeenv.capture.process import Launch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeenv.capture.request import CaptureRequest
    from edgeenv.model.benchmark import BenchmarkConfig


def injected(request: CaptureRequest) -> dict[str, str]:
    """The ``EDGEENV_`` variables by which a command learns its protocol."""
    config = request.config
    return {
        "EDGEENV_BENCHMARK_NAME": config.name,
        "EDGEENV_MODEL_NAME": config.model_name,
        "EDGEENV_MODEL_PATH": config.model_path,
        "EDGEENV_RUNTIME": config.runtime,
        "EDGEENV_EXECUTION_PROVIDER": config.execution_provider,
        "EDGEENV_PRECISION": config.precision,
        "EDGEENV_BATCH_SIZE": str(config.batch_size),
        "EDGEENV_WARMUP_RUNS": str(config.warmup_runs),
        "EDGEENV_REPEAT_RUNS": str(config.repeat_runs),
        "EDGEENV_INCLUDE_PREPROCESS": _truth(value=config.include_preprocess),
        "EDGEENV_INCLUDE_POSTPROCESS": _truth(value=config.include_postprocess),
        "EDGEENV_TARGET_NAME": request.target.target_name,
        "EDGEENV_INPUT_SHAPE": ",".join(str(dimension) for dimension in config.input_shape),
        "EDGEENV_INPUT_DTYPE": config.input_dtype,
        "EDGEENV_TASK": config.task,
        "EDGEENV_MODEL_VERSION": config.model_version,
        "EDGEENV_MODEL_FORMAT": config.model_format,
        "EDGEENV_RUN_ID": request.run_id,
    }


def handed_in(request: CaptureRequest) -> dict[str, str]:
    """Where the command may leave its samples: told to it and not recorded, for the place is gone with it."""
    return {} if request.samples_file is None else {"EDGEENV_SAMPLES_FILE": str(request.samples_file)}


def plan(request: CaptureRequest) -> Launch:
    """What is to be started for a request.

    Raises:
        RefusedError: the command cannot be split, holds a NUL, or its directory is not there.
    """
    variables = {**request.config.extra_env, **injected(request), **handed_in(request)}
    _refuse_nul(request.config, variables)
    words = _split(request.config.command)
    directory = working_directory(request)
    if not is_directory(directory):
        found = "is not a directory" if is_there(directory) else "does not exist"
        raise RefusedError(
            "working-directory-missing", f"Local benchmark working directory {found}: {directory}"
        )
    environment = {**request.environment, **variables}
    executable = find_program(words[0], environment, directory)
    if executable is None and words[0] == "python":
        words[0] = executable = request.python
    return Launch(tuple(words), executable, environment, directory)


def working_directory(request: CaptureRequest) -> Path:
    """The command's directory, absolute and free of links, as the command itself would see it."""
    return Path(os.path.realpath(request.current_directory / (request.config.working_directory or ".")))


def find_program(word: str, environment: Mapping[str, str], directory: Path) -> str | None:
    """The absolute path of the program that a first word names, found as the child would find it.

    Args:
        word: the first word; with a slash in it, it counts from ``directory``.
        environment: the child's variables; its PATH counts, not ours.
        directory: the child's directory.
    """
    places = [""] if "/" in word else os.get_exec_path(environment)
    for place in places:
        candidate = directory / place / word
        if is_file(candidate) and os.access(candidate, os.X_OK):
            return str(candidate)
    return None


def _split(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise RefusedError(
            "command-quotes", f"Local benchmark command has unbalanced quotes: {error} in: {command}"
        ) from error
    if not words or not words[0]:
        raise RefusedError("command-empty", "Local benchmark command is empty")
    return words


def _refuse_nul(config: BenchmarkConfig, variables: Mapping[str, str]) -> None:
    texts = {"command": config.command, "working_directory": config.working_directory or ""}
    texts |= {f"variable {name}": f"{name}{value}" for name, value in variables.items()}
    for place, text in texts.items():
        if "\0" in text:
            raise RefusedError("nul-character", f"Local benchmark {place!r} holds a NUL character")


def _truth(*, value: bool) -> str:
    return "true" if value else "false"
