"""Are the metrics of a run those of the latency samples that are stored beside them?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from edgeenv.evidence.files import LATENCY_SAMPLES, RESULT, Kind
from edgeenv.evidence.latency import read_samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.evidence.bundle.documents import RunDocuments

_SAME = 1e-8  # as when the run was recorded
_REPORTED = "reported"
_THROUGHPUT = "throughput_fps"


def contradicted_samples(documents: RunDocuments) -> Iterator[str]:
    """Everything in which a run and its samples do not say the same."""
    if documents.manifest.kind is not Kind.RUN:
        return
    record, content = documents.main.get("latency_samples"), documents.samples
    if record is None and content is None:
        return
    if content is None:
        yield f"{RESULT} names latency samples, and {LATENCY_SAMPLES} is not beside it"
        return
    if record is None:
        yield f"{LATENCY_SAMPLES} is there, and {RESULT} does not name latency samples"
        return
    try:
        samples = read_samples(content)
    except ValueError as error:
        yield f"{LATENCY_SAMPLES} cannot be read: {error}"
        return
    if record["count"] != len(samples):
        yield _sentence("latency_samples.count", record["count"], f"it has {len(samples)} samples")
    from edgeenv.emit import latency_metrics

    computed = latency_metrics(samples, batch_size=documents.main["protocol"]["batch_size"])
    for name, value in computed.items():
        stated = documents.main["metrics"][name]
        is_reported = name == _THROUGHPUT and record["throughput"] == _REPORTED
        if not is_reported and not math.isclose(stated, value, rel_tol=_SAME):
            yield _sentence(f"metrics.{name}", stated, f"its samples give {value!r}")


def _sentence(member: str, stated: object, found: str) -> str:
    return f"{RESULT} contradicts {LATENCY_SAMPLES} beside it: {member} is {stated!r}, {found}"
