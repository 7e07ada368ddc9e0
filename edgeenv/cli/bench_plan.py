"""``edgeenv bench run --dry-run``: what would be started, without starting it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeenv.capture.command import injected, plan
from edgeenv.capture.failures import RefusedError, hint
from edgeenv.capture.presence import is_there
from edgeenv.capture.request import CaptureRequest
from edgeenv.cli.output import clean, json_result, result
from edgeenv.errors import EdgeEnvError, ExitStatus
from edgeenv.model.benchmark import BenchmarkConfig, TargetProfile

if TYPE_CHECKING:
    from edgeenv.recording import RecordRequest

_NO_RUN = "run-00000000-000000-00000000"


def show_plan(request: RecordRequest, *, as_json: bool) -> int:
    """Print what the runner would do for a request.

    Raises:
        EdgeEnvError: the command could not be started.
    """
    config = BenchmarkConfig.from_document(request.config.data)
    target = TargetProfile.from_document(request.target.data)
    members = _fake(config, target) if target.target_type == "fake" else _local(request, config, target)
    if as_json:
        json_result("edgeenv.bench-plan.v1", members)
        return ExitStatus.DONE
    result("Dry run: nothing was started, nothing recorded")
    for name, value in members.items():
        if isinstance(value, dict):
            result(f"{name}:")
            for member, text in value.items():
                result(f"  {clean(member)}={clean(text)}")
        else:
            result(f"{name}: {clean('none' if value is None else value)}")
    return ExitStatus.DONE


def _fake(config: BenchmarkConfig, target: TargetProfile) -> dict[str, Any]:
    return {"benchmark": config.name, "target": target.target_name, "runner": "fake: no command is started"}


def _local(request: RecordRequest, config: BenchmarkConfig, target: TargetProfile) -> dict[str, Any]:
    capture = CaptureRequest(
        run_id=_NO_RUN,
        config=config,
        target=target,
        environment=request.environment,
        current_directory=request.current_directory,
        python=request.python,
        stdout=Path(),
        stderr=Path(),
        clock=request.clock,
    )
    try:
        launch = plan(capture)
    except RefusedError as error:
        raise EdgeEnvError(error.message, _advice(error.code), code=error.code) from error
    if launch.executable is None:
        raise EdgeEnvError(
            f"found no program {launch.argv[0]!r} in {launch.working_directory} or on PATH",
            _advice("cannot-start"),
            code="cannot-start",
        )
    return {
        "benchmark": config.name,
        "target": target.target_name,
        "runner": "local",
        "command": shlex.join(launch.argv),
        "executable": launch.executable,
        "working_directory": str(launch.working_directory),
        "timeout_seconds": config.timeout_seconds,
        "model": f"{config.model_path} ({_presence(launch.working_directory / config.model_path)})",
        "samplers": ", ".join(str(block["name"]) for block in target.sampler_blocks) or None,
        "variables": {**config.extra_env, **injected(capture)},
    }


def _presence(path: Path) -> str:
    return "there" if is_there(path) else "not there"


def _advice(code: str) -> str:
    """The advice of a failure, without the command that shows a run: there is none."""
    return hint(code, _NO_RUN).partition(" Inspect ")[0]
