"""The fixed numbers of emit_local_metrics.py after LOCAL_DEMO_SLEEP_SECONDS, so that there are samples."""

import json
import os
import time

METRICS = {
    "latency_mean_ms": 12.3,
    "latency_p50_ms": 12.0,
    "latency_p95_ms": 14.1,
    "latency_p99_ms": 15.0,
    "throughput_fps": 81.3,
}

time.sleep(float(os.environ.get("LOCAL_DEMO_SLEEP_SECONDS", "1.2")))
print(f"EDGEENV_METRICS_JSON={json.dumps(METRICS)}")
