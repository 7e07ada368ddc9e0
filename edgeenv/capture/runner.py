"""The runner that a target profile asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.capture import fake, local
from edgeenv.errors import EdgeEnvError

if TYPE_CHECKING:
    from edgeenv.capture.request import Capture, CaptureRequest

_RUNNERS = {"fake": fake.run, "local": local.run}


def run(request: CaptureRequest) -> Capture:
    """Make one execution.

    Whatever the command does is part of the answer; only what keeps the evidence from being written, such
    as a full disk, is raised.

    Raises:
        EdgeEnvError: the target type has no runner.
        OSError: the log files could not be written.
    """
    runner = _RUNNERS.get(request.target.target_type)
    if runner is None:
        raise EdgeEnvError(
            f"Unsupported target_type for v1: {request.target.target_type}",
            "v1 target_type values are fake and local; correct the target profile",
            code="unsupported-target-type",
        )
    return runner(request)
