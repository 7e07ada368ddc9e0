"""Put magika's production model where the example configs look for it.

The wheel of magika (PyPI, Apache-2.0) carries the model, but its place differs from machine to machine, while
a benchmark config names one path. So this copies it to examples/models/magika_standard_v3_3.onnx, once, and
only when its SHA-256 is the known one: a different model must not be measured under the same name. Nothing is
downloaded.

Usage: python examples/scripts/place_magika_model.py
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path

KNOWN_SHA256 = "fe2d2eb49c5f88a9e0a6c048e15d6ffdf86235519c2afc535044de433169ec8c"
TARGET = Path(__file__).resolve().parent.parent / "models" / "magika_standard_v3_3.onnx"


def sha256(path: Path) -> str:
    """The file's digest as 64 hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def installed_models() -> list[Path]:
    """The models in the installed wheel of magika; leaves with a message when it is not installed."""
    spec = importlib.util.find_spec("magika")
    if spec is None or spec.origin is None:
        sys.exit(
            f"place_magika_model: magika is not installed for {sys.executable}\n"
            "install it with: python -m pip install 'edgeenv[onnx]'"
        )
    return sorted(Path(spec.origin).parent.glob("models/*/model.onnx"))


def place(source: Path, target: Path) -> None:
    """Copy in one step, so that an interrupted copy never lies under the final name."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as copy:
            copy.write(source.read_bytes())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink()
        raise


def main() -> int:
    """Place the model and say where it is."""
    if TARGET.is_file() and sha256(TARGET) == KNOWN_SHA256:
        print(f"Model already in place: {os.path.relpath(TARGET)}")
        return 0
    models = installed_models()
    for candidate in models:
        if sha256(candidate) == KNOWN_SHA256:
            place(candidate, TARGET)
            print(f"Model placed: {os.path.relpath(TARGET)} (sha256 {KNOWN_SHA256[:12]}...)")
            return 0
    found = "".join(f"\n  {sha256(path)}  {path}" for path in models) or " no model"
    sys.exit(
        f"place_magika_model: expected a model with sha256 {KNOWN_SHA256}; this magika has:{found}\n"
        "install one that carries it: python -m pip install 'magika==1.0.3'"
    )


if __name__ == "__main__":
    sys.exit(main())
