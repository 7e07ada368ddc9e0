"""What a root and a run are made of: names, limits, and the one grammar of ids that may become a path."""

from __future__ import annotations

import re
from enum import Enum

RUNS = "runs"
FAILED_RUNS = "failed-runs"
STAGING = "tmp"
TRASH = "trash"

RESULT = "result.json"
FAILURE = "failure.json"
CONFIG = "config.yaml"
TARGET = "target.yaml"
ENVIRONMENT = "env.json"
STDOUT = "stdout.log"
STDERR = "stderr.log"
MANIFEST = "manifest.json"
LATENCY_SAMPLES = "latency-samples.txt"
"""The latency samples of a run, one number per line, where the command gave them."""
LATENCY_SAMPLES_RAW = "latency-samples.raw"
"""What a failed command had left in the file for its samples, byte for byte."""
SAMPLER = "sampler"
SAMPLER_METADATA = f"{SAMPLER}/metadata.json"

DOCUMENT_LIMIT = 4 << 20
"""The most bytes of a JSON or YAML document of a run; what is exported must be importable."""
LATENCY_SAMPLES_LIMIT = 32 << 20
"""The most bytes of a file of latency samples."""
MANIFEST_LIMIT = 1 << 20
"""The most bytes of a manifest."""

_RUN_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?", re.ASCII)


class Kind(Enum):
    """A run with metrics, or a failed one; the value is the manifest's ``bundle_type``."""

    RUN = "successful-run"
    FAILED_RUN = "failed-run"

    @property
    def folder(self) -> str:
        """The folder of the root that holds runs of this kind."""
        return RUNS if self is Kind.RUN else FAILED_RUNS

    @property
    def document(self) -> str:
        """The file that says how the run went."""
        return RESULT if self is Kind.RUN else FAILURE

    @property
    def files(self) -> tuple[str, ...]:
        """The six files that a run of this kind must hold besides its manifest, in the manifest's order."""
        return (self.document, CONFIG, TARGET, ENVIRONMENT, STDOUT, STDERR)

    @property
    def optional_files(self) -> tuple[str, ...]:
        """The files beside those that a run of this kind may hold, what its samplers left aside."""
        return (LATENCY_SAMPLES,) if self is Kind.RUN else (LATENCY_SAMPLES_RAW,)

    @property
    def schema_member(self) -> str:
        """The member of the manifest that repeats the document's schema marker."""
        if self is Kind.RUN:
            return "source_result_schema_version"
        return "source_failed_schema_version"


def is_run_id(text: str) -> bool:
    """May this text name a run? Only such texts are ever joined to a path.

    At most 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit and not
    ending in a dot.
    """
    return _RUN_ID.fullmatch(text) is not None
