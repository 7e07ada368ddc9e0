"""The documents of a recorded run: what was asked for and what came of it, put together and validated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv import schema
from edgeenv.model.benchmark import BenchmarkConfig, TargetProfile
from edgeenv.model.contracts import FAILED_RUN_SCHEMA, RESULT_SCHEMA
from edgeenv.model.document import read, write
from edgeenv.model.failed_run import FailedRun
from edgeenv.model.run import Protocol, Run, Runtime, Target

if TYPE_CHECKING:
    from edgeenv.capture.request import Capture, CaptureFailure
    from edgeenv.model.run import Environment, Metrics
    from edgeenv.recording.request import RecordRequest

_ERROR_TYPE = "LocalRunnerError"


class Plan:
    """What a request asks for, as typed values, and the id that its run will have."""

    def __init__(self, request: RecordRequest, run_id: str) -> None:
        self.run_id = run_id
        self.config = BenchmarkConfig.from_document(request.config.data)
        self.target = TargetProfile.from_document(request.target.data)

    def extensions(self) -> dict[str, Any] | None:
        """What other tools have put into the two documents, each under a name of its own."""
        parts = {"benchmark": self.config.extensions, "target": self.target.extensions}
        return {name: dict(part) for name, part in parts.items() if part is not None} or None


def composed_run(
    plan: Plan, created_at: str, capture: Capture, metrics: Metrics, environment: Environment
) -> Run:
    """The run that a capture with metrics gives."""
    config = plan.config
    return Run(
        schema_version=RESULT_SCHEMA,
        run_id=plan.run_id,
        created_at=created_at,
        benchmark_name=config.name,
        command=config.command,
        model=capture.model,
        runtime=Runtime(config.runtime, config.execution_provider),
        target=read(Target, write(plan.target)),
        protocol=read(Protocol, write(config)),
        metrics=metrics,
        env=environment,
        latency_samples=capture.latency_samples,
        resource_metrics=capture.resource_metrics,
        resource_evidence=capture.resource_evidence,
        execution=capture.execution,
        findings=capture.findings or None,
        extensions=plan.extensions(),
    )


def composed_failure(plan: Plan, created_at: str, capture: Capture, failure: CaptureFailure) -> FailedRun:
    """The failed run that a capture without metrics gives."""
    return FailedRun(
        schema_version=FAILED_RUN_SCHEMA,
        run_id=plan.run_id,
        created_at=created_at,
        benchmark_name=plan.config.name,
        target_name=plan.target.target_name,
        target_type=plan.target.target_type,
        command=plan.config.command,
        error_type=_ERROR_TYPE,
        error_message=failure.message,
        return_code=failure.return_code,
        error_code=failure.code,
        error_hint=failure.hint,
        execution=capture.execution,
        findings=capture.findings or None,
        extensions=plan.extensions(),
    )


def must_be_valid(contract: str, document: dict[str, Any]) -> None:
    """Hold our own documents to their contract.

    Raises:
        RuntimeError: the document breaks it; that is a bug in EdgeEnv.
    """
    problems = schema.check_value(contract, document, contract)
    if problems:
        listed = "; ".join(problem.render() for problem in problems)
        raise RuntimeError(f"EdgeEnv made an invalid {contract} document: {listed}")
