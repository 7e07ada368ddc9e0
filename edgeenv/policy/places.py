"""Where every recorded field comes from: the bench config, the target profile, the machine, the measurement.

A field belongs to the longest path of the table that it lies under. A test holds the table complete against
``result.schema.json``.
"""

from __future__ import annotations

from edgeenv.model.remedy import Place

SOURCES: tuple[tuple[str, Place, str | None], ...] = (
    # path, place, member of that document that sets it; * is the next name of the path
    ("schema_version", Place.MEASUREMENT, None),
    ("run_id", Place.MEASUREMENT, None),
    ("created_at", Place.MEASUREMENT, None),
    ("benchmark_name", Place.BENCH_CONFIG, "name"),
    ("command", Place.BENCH_CONFIG, "command"),
    ("model.model_name", Place.BENCH_CONFIG, "model_name"),
    ("model.model_version", Place.BENCH_CONFIG, "model_version"),
    ("model.model_format", Place.BENCH_CONFIG, "model_format"),
    ("model.model_path", Place.BENCH_CONFIG, "model_path"),
    ("model.model_hash", Place.MACHINE, None),
    ("model.hash_basis", Place.MACHINE, None),
    ("model.size_bytes", Place.MACHINE, None),
    ("runtime", Place.BENCH_CONFIG, "*"),
    ("target", Place.TARGET_PROFILE, "*"),
    ("protocol", Place.BENCH_CONFIG, "*"),
    ("metrics", Place.MEASUREMENT, None),
    ("latency_samples", Place.MEASUREMENT, None),
    ("resource_metrics", Place.MEASUREMENT, None),
    ("resource_evidence", Place.MEASUREMENT, None),
    ("execution.started_at", Place.MEASUREMENT, None),
    ("execution.finished_at", Place.MEASUREMENT, None),
    ("execution.duration_s", Place.MEASUREMENT, None),
    ("execution.exit_code", Place.MEASUREMENT, None),
    ("execution.argv", Place.BENCH_CONFIG, "command"),
    ("execution.executable", Place.MACHINE, None),
    ("execution.working_directory", Place.MACHINE, None),
    ("execution.extra_env", Place.BENCH_CONFIG, "extra_env"),
    ("execution.injected_env", Place.MEASUREMENT, None),
    ("execution.stdout", Place.MEASUREMENT, None),
    ("execution.stderr", Place.MEASUREMENT, None),
    ("env", Place.MACHINE, None),
    ("env.captured_at", Place.MEASUREMENT, None),
    ("findings", Place.MEASUREMENT, None),
    ("extensions", Place.MEASUREMENT, None),
    ("extensions.benchmark", Place.BENCH_CONFIG, "extensions"),
    ("extensions.target", Place.TARGET_PROFILE, "extensions"),
)
_BY_PATH = {path: (place, member) for path, place, member in SOURCES}


def source_of(path: str) -> tuple[Place, str | None]:
    """Where the field under a dotted path comes from, and the member of that document that sets it.

    A path that no result can hold counts as the measurement: nothing that anybody writes sets it.
    """
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        found = _BY_PATH.get(".".join(parts[:length]))
        if found is not None:
            place, member = found
            if member == "*":
                member = parts[length] if length < len(parts) else None
            return place, member
    return Place.MEASUREMENT, None
