"""Fixed numbers in two variants, a and b, for a comparison whose deltas are known in advance."""

import json
import os
import sys

VARIANTS = {
    "a": {
        "latency_mean_ms": 18.0,
        "latency_p50_ms": 17.6,
        "latency_p95_ms": 20.5,
        "latency_p99_ms": 22.0,
        "throughput_fps": 55.5,
    },
    "b": {
        "latency_mean_ms": 16.4,
        "latency_p50_ms": 16.0,
        "latency_p95_ms": 18.2,
        "latency_p99_ms": 19.7,
        "throughput_fps": 61.0,
    },
}

variant = os.environ.get("LOCAL_COMPARE_VARIANT", "")
if variant not in VARIANTS:
    print(f"LOCAL_COMPARE_VARIANT is {variant!r}, expected a or b", file=sys.stderr)
    sys.exit(2)
print(f"EDGEENV_METRICS_JSON={json.dumps(VARIANTS[variant])}")
