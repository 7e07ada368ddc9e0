"""Both marker lines with fixed numbers: the five metrics, and the optional resource metrics."""

import json
import os

METRICS = {
    "latency_mean_ms": 12.8,
    "latency_p50_ms": 12.4,
    "latency_p95_ms": 14.2,
    "latency_p99_ms": 15.1,
    "throughput_fps": 78.125,
}
RESOURCE_METRICS = {
    "memory_peak_mb": 512.0,
    "memory_mean_mb": 420.5,
    "power_mean_w": 8.2,
    "power_peak_w": 11.4,
    "energy_j": 31.7,
    "temperature_peak_c": 72.0,
    "source": "example-script",
}

print(f"LOCAL_DEMO_FLAG={os.environ.get('LOCAL_DEMO_FLAG', '')}")
print(f"EDGEENV_RESOURCE_METRICS_JSON={json.dumps(RESOURCE_METRICS)}")
print(f"EDGEENV_METRICS_JSON={json.dumps(METRICS)}")
