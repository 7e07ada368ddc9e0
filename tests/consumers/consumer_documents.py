"""Every real document, the contract that it is held against, and what a JSON Schema alone can say of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from edgeenv import schema

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMAS = REPOSITORY / "schemas"
DOCUMENTS = REPOSITORY / "tests" / "documents"

# What EdgeEnv refuses and no JSON Schema can: other validators rightly accept these files.
BEYOND_A_SCHEMA = {
    "result/percentiles.json": "p50 <= p95 <= p99 is about three members at once",
    "result/hash-of-a-missing-model.json": "model_hash and hash_basis must agree",
    "result/no-hash-of-a-file.json": "model_hash and hash_basis must agree",
    "target-profile/sampler-and-samplers.yaml": "either of two members, not both",
}


class RealDocument(NamedTuple):
    """One file, the schema's name, and whether it must be accepted."""

    contract: str
    path: Path
    is_valid: bool

    @property
    def job(self):
        return {"schema": str(SCHEMAS / f"{self.contract}.schema.json"), "file": str(self.path)}

    @property
    def key(self):
        return " ".join(self.job.values())

    @property
    def name(self):
        return f"{self.path.parent.name}/{self.path.name}"


def real_documents():
    """The examples, the shipped policies, and all test documents that are held against a contract."""
    yield from (RealDocument(contract, path, is_valid=True) for contract, path in shipped())
    for kind in ("valid", "invalid"):
        for path in sorted((DOCUMENTS / kind).glob("*/*")):
            contract = path.parent.name
            if path.suffix == ".expect" or contract not in schema.names():
                continue
            name = f"{contract}/{path.name}"
            yield RealDocument(contract, path, is_valid=kind == "valid" or name in BEYOND_A_SCHEMA)


def shipped():
    """Contract and path of every document that EdgeEnv ships."""
    for folder, contract in (("benches", "bench-config"), ("profiles", "target-profile")):
        yield from ((contract, path) for path in sorted((REPOSITORY / "examples" / folder).rglob("*.yaml")))
    for folder in (REPOSITORY / "policies", REPOSITORY / "examples" / "policies"):
        for path in sorted(folder.rglob("*.yaml")):
            yield ("policy-test" if path.name.endswith(".policy-test.yaml") else "policy"), path
        yield from (("resolved-policy", path) for path in sorted(folder.rglob("*.resolved.json")))
