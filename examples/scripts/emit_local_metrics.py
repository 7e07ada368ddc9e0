"""The smallest command that EdgeEnv can record: one marker line with fixed numbers on stdout."""

import json

print(
    "EDGEENV_METRICS_JSON="
    + json.dumps(
        {
            "latency_mean_ms": 12.3,
            "latency_p50_ms": 12.0,
            "latency_p95_ms": 14.1,
            "latency_p99_ms": 15.0,
            "throughput_fps": 81.3,
        }
    )
)
