"""Let EdgeEnv's helper warm up, repeat and time a call: `edgeenv.measure`.

The call hashes a quarter of a megabyte; put your inference in its place.
"""

import hashlib

import edgeenv

INPUT = bytes(range(256)) * 1024


def infer() -> str:
    """Your inference of one batch."""
    return hashlib.sha256(INPUT).hexdigest()


found = edgeenv.measure(infer)
print(f"measured {len(found.samples_ms)} calls, the fastest in {min(found.samples_ms):.3f} ms")
