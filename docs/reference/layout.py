"""The page of every file that EdgeEnv writes, made from the names and limits that the code goes by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeenv.capture.samplers.jetson_tegrastats import RAW_LOG
from edgeenv.evidence import files as names
from edgeenv.evidence.bundle.origin import IMPORTS
from edgeenv.evidence.bundle.origin import SCHEMA as IMPORT_SCHEMA
from edgeenv.evidence.manifest import EXPORT_SCHEMA
from edgeenv.evidence.samples import SAMPLES
from edgeenv.evidence.signature import SUFFIX
from edgeenv.model.contracts import FAILED_RUN_SCHEMA, RESULT_SCHEMA
from edgeenv.registry.access import INDEX
from edgeenv.resources import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

ID = "<run id>"
_MEGABYTE = 1 << 20

_HEAD = """\
# What lies on disk

Made from the code by `docs/reference/generate.py`.

## A root

`.edgeenv`, or what `--edgeenv-root` or `EDGEENV_ROOT` names. Only the folders of runs and of failed runs are
evidence."""
_NAMES = f"""\
A run id has at most 128 letters, digits, dots, underscores and hyphens. Our own ids are
`run-YYYYMMDD-HHMMSS-` and eight hex digits, in UTC. `{names.STAGING}/` empties itself: what a killed command
left there is cleared by the next one."""
_BUNDLE = f"""\
## A bundle

One zip file, `edgeenv-{ID}.zip` unless named otherwise. It holds one folder, named by the run id, with
`{names.MANIFEST}` first and then every file that it lists, and nothing else: the index, the mark of an import
and what lies in the trash never travel. A signature lies beside it, in a file that ends in `.zip{SUFFIX}`."""
_LIMITS = f"""\
## Limits

A JSON or YAML document of a run has at most {names.DOCUMENT_LIMIT // _MEGABYTE} MiB, and a
manifest at most {names.MANIFEST_LIMIT // _MEGABYTE} MiB.
What is stored can be exported, and what is exported can be imported."""


@dataclass(frozen=True, slots=True)
class Place:
    """One file or folder: its path, when it is there, and what it holds."""

    path: str
    there: str
    holds: str


ROOT = (
    Place(
        INDEX,
        "after the first run",
        "the index, in SQLite: made from the evidence, may be deleted at any time",
    ),
    Place(f"{names.RUNS}/{ID}/", "for each run", "a run: whole or absent, never changed"),
    Place(
        f"{names.FAILED_RUNS}/{ID}/", "for each failed run", "the same for an execution without valid metrics"
    ),
    Place(f"{names.TRASH}/{ID}/", "after a delete", "a deleted run, as it was, until `registry prune`"),
    Place(
        f"{IMPORTS}/{ID}.json", "after an import", f"`{IMPORT_SCHEMA}`: which bundle, when, and who signed it"
    ),
    Place(
        f"{names.STAGING}/", "after the first run", "what living commands are at work on, each with its lock"
    ),
)
_BOTH = {
    names.CONFIG: "the benchmark config, byte for byte as it was read",
    names.TARGET: "the target profile, byte for byte as it was read",
    names.ENVIRONMENT: "the machine and the software: the member `env` of the document",
    names.STDOUT: "what the command wrote to standard output, byte for byte, bounded",
    names.STDERR: "what the command wrote to standard error, byte for byte, bounded",
}
DOCUMENTS = {
    names.Kind.RUN: (RESULT_SCHEMA, "result", "how the run went, and every number"),
    names.Kind.FAILED_RUN: (FAILED_RUN_SCHEMA, "failed-run", "what went wrong"),
}
BESIDE = (
    Place(names.MANIFEST, "always", f"`{EXPORT_SCHEMA}`: every other file with its size and SHA-256"),
    Place(
        names.SAMPLER_METADATA,
        "when a sampler ran",
        "`edgeenv.sampler-metadata.v1`: how each number came about",
    ),
    Place(f"{names.SAMPLER}/{SAMPLES}", "when a sampler ran", "every sample, one JSON object on a line"),
    Place(f"{names.SAMPLER}/{RAW_LOG}", "`jetson-tegrastats` with `raw_log`", "the output of the tool"),
    Place(f"{names.SAMPLER}/<sampler>/", "when several samplers ran", "the samples and the log of each"),
)

_OPTIONAL = {
    names.LATENCY_SAMPLES: (
        "when the command gave its samples",
        "every latency in milliseconds, one on a line",
    ),
    names.LATENCY_SAMPLES_RAW: (
        "when the command left one",
        "what it wrote to the file for its samples, byte for byte",
    ),
}


def of_run(kind: names.Kind) -> tuple[Place, ...]:
    """Every file that the directory of a run of this kind may hold, first the six that it must hold."""
    marker, _, holds = DOCUMENTS[kind]
    held = {kind.document: f"`{marker}`: {holds}", **_BOTH}
    optional = (Place(name, *_OPTIONAL[name]) for name in kind.optional_files)
    return (*(Place(name, "always", held[name]) for name in kind.files), *optional, *BESIDE)


def layout_page() -> str:
    """The reference page, as Markdown."""
    parts = [_HEAD, _table(ROOT), _NAMES]
    for kind, title in ((names.Kind.RUN, "A run"), (names.Kind.FAILED_RUN, "A failed run")):
        _, schema, _ = DOCUMENTS[kind]
        parts += [f"## {title}", _table(of_run(kind)), _members(kind.document, schema)]
    return "\n\n".join([*parts, _BUNDLE, _LIMITS]) + "\n"


def _members(document: str, schema: str) -> str:
    contract = json.loads(read_text("schemas", f"{schema}.schema.json"))
    required = set(contract["required"])
    rows = [
        (f"`{name}`", "always" if name in required else "may be absent", member.get("description", ""))
        for name, member in contract["properties"].items()
    ]
    return f"`{document}` has these members:\n\n" + _rows(("member", "there", "what it holds"), rows)


def _table(places: Iterable[Place]) -> str:
    rows = [(f"`{place.path}`", place.there, place.holds) for place in places]
    return _rows(("path", "there", "what it holds"), rows)


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
