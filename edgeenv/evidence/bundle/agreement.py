"""Do the files of a bundle tell one story? A result may not contradict its own evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeenv.evidence.bundle.checking import Check
from edgeenv.evidence.bundle.latency import contradicted_samples
from edgeenv.evidence.bundle.names import shown
from edgeenv.evidence.files import CONFIG, ENVIRONMENT, STDERR, STDOUT, TARGET, Kind
from edgeenv.evidence.moments import normal_time
from edgeenv.model.contracts import FAILED_RUN_SCHEMA, RESULT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edgeenv.evidence.bundle.documents import RunDocuments

_ABSENT = object()

_PROTOCOL = (
    "input_shape",
    "input_dtype",
    "task",
    "precision",
    "batch_size",
    "warmup_runs",
    "repeat_runs",
    "include_preprocess",
    "include_postprocess",
)
_CONFIG_IN_RESULT = {
    "name": "benchmark_name",
    "command": "command",
    **{name: f"model.{name}" for name in ("model_name", "model_version", "model_format", "model_path")},
    **{name: f"runtime.{name}" for name in ("runtime", "execution_provider")},
    **{name: f"protocol.{name}" for name in _PROTOCOL},
    "extra_env": "execution.extra_env",
}
_CONFIG_IN_FAILURE = {"name": "benchmark_name", "command": "command", "extra_env": "execution.extra_env"}
_TARGET_IN_RESULT = {
    name: f"target.{name}" for name in ("target_name", "target_type", "board_name", "os", "runtime_tags")
}
_TARGET_IN_FAILURE = {"target_name": "target_name", "target_type": "target_type"}
_DEFAULTS: dict[str, Any] = {"runtime_tags": [], "extra_env": {}}
_HASHED = ("file", "directory", "declared")


def _other_run_id(documents: RunDocuments) -> Iterator[str]:
    found = documents.main.get("run_id")
    if found != documents.manifest.run_id:
        name = documents.manifest.kind.document
        both = f"{shown(documents.manifest.run_id)} and {shown(str(found))}"
        yield f"Manifest run_id does not match {name} run_id: {both}"


def _other_directory(documents: RunDocuments) -> Iterator[str]:
    if documents.top != documents.manifest.run_id:
        yield (
            f"Archive top-level directory does not match run_id: {shown(documents.top)} "
            f"and {shown(documents.manifest.run_id)}"
        )


def _other_schema(documents: RunDocuments) -> Iterator[str]:
    is_run = documents.manifest.kind is Kind.RUN
    found = documents.main.get("schema_version", RESULT_SCHEMA if is_run else FAILED_RUN_SCHEMA)
    if found != documents.manifest.source_schema:
        what = "result" if is_run else "failed-run"
        yield (
            f"Manifest {what} schema version does not match {documents.manifest.kind.document}: "
            f"{shown(documents.manifest.source_schema)} and {shown(str(found))}"
        )


def _other_time(documents: RunDocuments) -> Iterator[str]:
    promised, found = documents.manifest.created_at, str(documents.main.get("created_at"))
    if normal_time(promised) is None or normal_time(promised) != normal_time(found):
        name = documents.manifest.kind.document
        yield f"Manifest created_at does not match {name} created_at: {shown(promised)} and {shown(found)}"


def _against_config(documents: RunDocuments) -> Iterator[str]:
    pairs = _CONFIG_IN_RESULT if documents.manifest.kind is Kind.RUN else _CONFIG_IN_FAILURE
    yield from _contradictions(documents, documents.config, pairs, CONFIG)
    declared, model = documents.config.get("model_sha256"), documents.main.get("model", {})
    if declared is not None and model.get("hash_basis") in _HASHED:
        digest = str(declared).removeprefix("sha256:").lower()
        if digest != model.get("model_hash"):
            claim = _Claim(documents.manifest.kind.document, "model.model_hash", model.get("model_hash"))
            yield claim.against(_Claim(CONFIG, "model_sha256", digest))


def _against_target(documents: RunDocuments) -> Iterator[str]:
    pairs = _TARGET_IN_RESULT if documents.manifest.kind is Kind.RUN else _TARGET_IN_FAILURE
    yield from _contradictions(documents, documents.target, pairs, TARGET)


def _against_environment(documents: RunDocuments) -> Iterator[str]:
    env = documents.main.get("env")
    if not isinstance(env, dict):
        return
    for name in sorted({*env, *documents.environment}):
        here, there = env.get(name, _ABSENT), documents.environment.get(name, _ABSENT)
        if here != there:
            claim = _Claim(documents.manifest.kind.document, f"env.{name}", here)
            yield claim.against(_Claim(ENVIRONMENT, name, there))


def _against_logs(documents: RunDocuments) -> Iterator[str]:
    execution = documents.main.get("execution", {})
    for member, path in (("stdout", STDOUT), ("stderr", STDERR)):
        entry, stream = documents.manifest.entry(path), execution.get(member)
        if entry is not None and stream is not None and stream["stored_bytes"] != entry.bytes:
            where = f"execution.{member}.stored_bytes"
            claim = _Claim(documents.manifest.kind.document, where, stream["stored_bytes"])
            yield claim.against(_Claim(path, "size", entry.bytes))


def _contradictions(
    documents: RunDocuments, declared: Mapping[str, Any], pairs: Mapping[str, str], source: str
) -> Iterator[str]:
    for member, place in pairs.items():
        recorded = _at(documents.main, place)
        expected = declared.get(member, _DEFAULTS.get(member, _ABSENT))
        if _ABSENT not in (recorded, expected) and recorded != expected:
            claim = _Claim(documents.manifest.kind.document, place, recorded)
            yield claim.against(_Claim(source, member, expected))


def _at(document: Mapping[str, Any], place: str) -> Any:
    value: Any = document
    for part in place.split("."):
        value = value.get(part, _ABSENT) if isinstance(value, dict) else _ABSENT
    return value


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one file says: the file, the member and its value."""

    file: str
    member: str
    value: object

    def against(self, evidence: _Claim) -> str:
        """The sentence for a claim that its evidence does not bear out."""
        return (
            f"{self.file} contradicts {evidence.file} beside it: "
            f"{self.member} is {_value(self.value)}, {evidence.member} is {_value(evidence.value)}"
        )


def _value(value: object) -> str:
    return "absent" if value is _ABSENT else shown(str(value))


AGREEMENT: tuple[Check[RunDocuments], ...] = (
    Check("run-id-differs", "manifest and document are of one run", _other_run_id),
    Check("directory-differs", "the top directory is named as the run", _other_directory),
    Check("schema-differs", "manifest and document name one contract", _other_schema),
    Check("time-differs", "manifest and document tell one time", _other_time),
    Check("contradicts-config", "the run is the one that config.yaml asks for", _against_config),
    Check("contradicts-target", "the run was where target.yaml says", _against_target),
    Check("contradicts-env", "the run was on the machine of env.json", _against_environment),
    Check("contradicts-logs", "the logs are as long as the run says", _against_logs),
    Check("contradicts-samples", "the metrics are those of the latency samples", contradicted_samples),
)
