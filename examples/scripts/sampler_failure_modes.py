"""What a wrapper around a sampler may print when sampling fails: nothing at all, or nonsense.

Usage: python examples/scripts/sampler_failure_modes.py --mode MODE

sampler-unavailable says so on stderr and omits the resource metrics: a good run. malformed-resource-metrics
prints a resource line that is not JSON: a failed run, because what is emitted must be valid.
"""

from __future__ import annotations

import argparse
import json
import sys

METRICS = {
    "latency_mean_ms": 12.3,
    "latency_p50_ms": 12.0,
    "latency_p95_ms": 14.1,
    "latency_p99_ms": 15.0,
    "throughput_fps": 81.3,
}


def main() -> None:
    """Fail in the way that was asked for."""
    parser = argparse.ArgumentParser(description="Show how a sampler's failure looks to EdgeEnv.")
    modes = ("sampler-unavailable", "malformed-resource-metrics")
    parser.add_argument("--mode", choices=modes, required=True)
    if parser.parse_args().mode == "sampler-unavailable":
        print("sampler unavailable; resource metrics omitted", file=sys.stderr)
    else:
        print("EDGEENV_RESOURCE_METRICS_JSON={bad sampler json")
    print(f"EDGEENV_METRICS_JSON={json.dumps(METRICS)}")


if __name__ == "__main__":
    main()
