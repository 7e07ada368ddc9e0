"""The example configs and profiles: valid, explained, with the numbers that their commands always had."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from sampler_support import fake_tegrastats

from edgeenv import schema
from edgeenv.documents import load_yaml

REPOSITORY = Path(__file__).resolve().parents[2]
BENCHES = sorted((REPOSITORY / "examples" / "benches").glob("*.yaml"))
PROFILES = sorted((REPOSITORY / "examples" / "profiles").glob("*.yaml"))
SCRIPTS = sorted((REPOSITORY / "examples" / "scripts").glob("*.py"))

FIVE = ("latency_mean_ms", "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "throughput_fps")
NUMBERS = {
    "local_echo_metrics": ((12.3, 12.0, 14.1, 15.0, 81.3), None),
    "local_resource_metrics": (
        (12.8, 12.4, 14.2, 15.1, 78.125),
        {
            "memory_peak_mb": 512.0,
            "memory_mean_mb": 420.5,
            "power_mean_w": 8.2,
            "power_peak_w": 11.4,
            "energy_j": 31.7,
            "temperature_peak_c": 72.0,
            "source": "example-script",
        },
    ),
    "local_template": (
        (21.4, 20.9, 24.2, 26.0, 46.7),
        {"memory_peak_mb": 256.0, "memory_mean_mb": 240.0, "source": "local-template"},
    ),
    "local_adapter_template": (
        (19.2, 18.9, 21.5, 23.0, 52.1),
        {"memory_mean_mb": 320.0, "memory_peak_mb": 384.0, "source": "adapter-template"},
    ),
    "local_runtime_adapter": (
        (18.5, 18.1, 20.3, 20.9, 54.1),
        {"memory_mean_mb": 204.0, "memory_peak_mb": 216.0, "source": "local-runtime-adapter-demo"},
    ),
    "local_sampler_wrapper": (
        (12.3, 12.0, 14.1, 15.0, 81.3),
        {
            "memory_peak_mb": 384.0,
            "memory_mean_mb": 320.0,
            "power_mean_w": 6.5,
            "power_peak_w": 9.0,
            "energy_j": 24.5,
            "temperature_peak_c": 68.0,
            "source": "deterministic-wrapper-demo",
        },
    ),
    "local_sampler_unavailable": ((12.3, 12.0, 14.1, 15.0, 81.3), None),
    "jetson_sampled_local": ((12.3, 12.0, 14.1, 15.0, 81.3), None),
    "local_emit_samples": ((13.07, 13.0, 13.92, 16.259999999999998, 76.5110941), None),
    "local_compare_a": ((18.0, 17.6, 20.5, 22.0, 55.5), None),
    "local_compare_b": ((16.4, 16.0, 18.2, 19.7, 61.0), None),
}


def data(path):
    return load_yaml(path).data


def bench(name):
    return data(REPOSITORY / "examples" / "benches" / f"{name}.yaml")


def run_command(config, *, extra=None):
    """The command as EdgeEnv would start it, with the variables that it would inject."""
    words = shlex.split(config["command"])
    assert words[0] == "python", "every example starts by the word that a user would type"
    injected = {
        f"EDGEENV_{name.upper()}": str(config[name])
        for name in ("model_name", "model_path", "runtime", "batch_size", "warmup_runs", "repeat_runs")
    }
    injected["EDGEENV_BENCHMARK_NAME"] = config["name"]
    injected["EDGEENV_TARGET_NAME"] = "local-machine"
    injected["EDGEENV_INPUT_SHAPE"] = ",".join(map(str, config["input_shape"]))
    return subprocess.run(
        [sys.executable, *words[1:]],
        cwd=REPOSITORY / config.get("working_directory", "."),
        env={**os.environ, **config.get("extra_env", {}), **injected, **(extra or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_measured_call_is_repeated_as_often_as_its_protocol_says():
    done = run_command(bench("local_measure_call"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("measured 700 calls, the fastest in ")
    metrics, window = marker(done, "METRICS_JSON"), marker(done, "WINDOW_JSON")
    assert set(metrics) == set(FIVE)
    stretch_ms = (window["end_monotonic_ns"] - window["start_monotonic_ns"]) / 1e6
    assert stretch_ms >= 350 * metrics["latency_p50_ms"]


def marker(done, name):
    lines = [line for line in done.stdout.splitlines() if line.startswith(f"EDGEENV_{name}=")]
    return json.loads(lines[-1].partition("=")[2]) if lines else None


@pytest.mark.parametrize("path", BENCHES, ids=lambda path: path.stem)
def test_every_config_is_valid_and_opens_with_its_schema_for_editors(path):
    schema.require("bench-config", load_yaml(path))
    first, second = path.read_text().splitlines()[:2]
    assert first == "# yaml-language-server: $schema=../../schemas/bench-config.schema.json"
    assert second.startswith("# ")
    assert (path.parent / "../../schemas/bench-config.schema.json").is_file()


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_every_profile_is_valid_and_opens_with_its_schema_for_editors(path):
    schema.require("target-profile", load_yaml(path))
    first, second = path.read_text().splitlines()[:2]
    assert first == "# yaml-language-server: $schema=../../schemas/target-profile.schema.json"
    assert second.startswith("# ")


@pytest.mark.parametrize("name", NUMBERS)
def test_the_command_emits_the_numbers_of_the_contract(name):
    done = run_command(bench(name))
    assert done.returncode == 0, done.stderr
    metrics, resources = NUMBERS[name]
    assert marker(done, "METRICS_JSON") == dict(zip(FIVE, metrics, strict=True))
    assert marker(done, "RESOURCE_METRICS_JSON") == resources


@pytest.mark.parametrize(
    "path", [path for path in BENCHES if path.stem != "yolov8n_fire"], ids=lambda p: p.stem
)
def test_every_local_example_names_a_script_and_a_model_that_are_there(path):
    config = data(path)
    script = shlex.split(config["command"])[1]
    assert (REPOSITORY / script).is_file()
    if "magika" not in config["model_path"]:
        assert (REPOSITORY / config["model_path"]).is_file()


def test_the_fake_example_has_the_seed_of_the_contract():
    config, target = bench("yolov8n_fire"), data(REPOSITORY / "examples" / "profiles" / "local_fake.yaml")
    seed = "|".join((config["name"], config["model_name"], config["runtime"], target["target_name"]))
    assert hashlib.sha256(seed.encode()).hexdigest().startswith("d924")
    assert config["model_path"] == "models/yolov8n-fire.onnx"
    assert config["extra_env"] == {"LOCAL_DEMO_FLAG": "enabled"}


def test_the_compare_pair_differs_in_name_and_variant_only():
    a, b = bench("local_compare_a"), bench("local_compare_b")
    assert {name for name in a if a[name] != b[name]} == {"name", "extra_env"}
    assert (a["extra_env"], b["extra_env"]) == (
        {"LOCAL_COMPARE_VARIANT": "a"},
        {"LOCAL_COMPARE_VARIANT": "b"},
    )


def test_the_two_magika_configs_differ_in_name_and_threads_only():
    one, two = bench("onnx_magika"), bench("onnx_magika_threads2")
    assert {name for name in one if one[name] != two[name]} == {"name", "extra_env"}
    assert one["input_shape"] == [1, 2048]
    assert one["input_dtype"] == "int32"


def test_the_profiles_have_the_facts_of_the_contract():
    found = {path.stem: data(path) for path in PROFILES}
    assert {name: tuple(profile.values()) for name, profile in found.items()} == {
        "local_fake": ("local-fake", "fake", "local-dev-machine", "macOS", ["fake", "local"]),
        "local": ("local-machine", "local", "local-dev-machine", "local", ["local"]),
        "jetson_nano_local": (
            "jetson-nano-local",
            "local",
            "Jetson Orin Nano",
            "Ubuntu 22.04 LTS for Tegra",
            ["local", "jetson", "tegrastats"],
        ),
        "jetson_nano_sampled_local": (
            "jetson-nano-sampled-local",
            "local",
            "Jetson Orin Nano",
            "Ubuntu 22.04 LTS for Tegra",
            ["local", "jetson", "tegrastats", "sampled"],
            {
                "name": "jetson-tegrastats",
                "required": False,
                "interval_ms": 500,
                "startup_wait_ms": 600,
                "raw_log": True,
            },
        ),
        "local_process_tree": (
            "local-machine",
            "local",
            "local-dev-machine",
            "local",
            ["local"],
            [{"name": "process-tree"}],
        ),
    }


def test_a_sampler_that_is_not_there_is_told_on_stderr():
    done = run_command(bench("local_sampler_unavailable"))
    assert done.stderr == "sampler unavailable; resource metrics omitted\n"


def test_a_malformed_resource_line_comes_with_good_metrics():
    done = run_command(bench("local_sampler_malformed_resource"))
    assert done.returncode == 0
    assert "EDGEENV_RESOURCE_METRICS_JSON={bad sampler json\n" in done.stdout
    assert marker(done, "METRICS_JSON")["latency_mean_ms"] == 12.3


def test_the_sampled_jetson_example_waits_long_enough_for_samples():
    assert bench("jetson_sampled_local")["extra_env"] == {"LOCAL_DEMO_SLEEP_SECONDS": "1.2"}
    for name in ("jetson_sampled_local", "jetson_tegrastats_local"):
        assert bench(name)["execution_provider"] == "jetson-cpu-demo"


def test_the_tegrastats_wrapper_adds_what_was_sampled(tmp_path):
    done = run_command(bench("jetson_tegrastats_local"), extra=fake_tegrastats(tmp_path))
    assert done.returncode == 0, done.stderr
    assert marker(done, "METRICS_JSON")["latency_mean_ms"] == 12.3
    assert marker(done, "RESOURCE_METRICS_JSON") == {
        "memory_peak_mb": 800.0,
        "memory_mean_mb": 800.0,
        "power_mean_w": 5.0,
        "power_peak_w": 5.0,
        "temperature_peak_c": 40.5,
        "source": "jetson-tegrastats-wrapper",
    }


@pytest.mark.parametrize(("required", "status"), [(False, 0), (True, 1)])
def test_the_tegrastats_wrapper_without_tegrastats(required, status):
    words = ["--require-tegrastats"] if required else []
    done = script("run_with_tegrastats", "--tegrastats-path", "/nowhere", *words, "--", *EMIT)
    assert done.returncode == status
    assert "tegrastats unavailable; resource metrics omitted" in done.stderr
    assert marker(done, "RESOURCE_METRICS_JSON") is None


@pytest.mark.parametrize("name", ["run_with_sampler", "run_with_tegrastats"])
def test_wrappers_pass_on_what_they_wrap(name):
    words = () if name == "run_with_sampler" else ("--tegrastats-path", "/nowhere")
    assert script(name, *words).returncode == 2
    failing = script(name, *words, "--", sys.executable, "-c", "import sys; print('so far'); sys.exit(7)")
    assert (failing.returncode, failing.stdout) == (7, "so far\n")
    silent = script(name, *words, "--", sys.executable, "-c", "print('nothing')")
    assert silent.returncode == 1
    assert "Wrapped benchmark did not emit EDGEENV_METRICS_JSON=<json>" in silent.stderr


EMIT = (sys.executable, str(REPOSITORY / "examples" / "scripts" / "emit_local_metrics.py"))


def script(name, *words):
    path = REPOSITORY / "examples" / "scripts" / f"{name}.py"
    return subprocess.run(
        [sys.executable, str(path), *words], capture_output=True, text=True, check=False, timeout=60
    )


def test_an_unknown_variant_is_a_usage_error():
    done = run_command(bench("local_compare_a"), extra={"LOCAL_COMPARE_VARIANT": "c"})
    assert done.returncode == 2
    assert "expected a or b" in done.stderr
    assert marker(done, "METRICS_JSON") is None


def adapter(*words):
    script = REPOSITORY / "examples" / "scripts" / "local_adapter_template.py"
    return subprocess.run(
        [sys.executable, str(script), *words], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_adapter_passes_on_the_status_of_what_it_wraps():
    done = adapter("--", sys.executable, "-c", "import sys; print('so far'); sys.exit(7)")
    assert done.returncode == 7
    assert "wrapped_stdout=so far" in done.stdout
    assert marker(done, "METRICS_JSON") is None


def test_the_adapter_without_a_command_is_a_usage_error():
    assert adapter("--include-resource-metrics").returncode == 2


def test_the_adapter_takes_its_numbers_from_its_options():
    done = adapter("--latency-mean-ms", "19.5", "--", sys.executable, "-c", "print('x')")
    assert marker(done, "METRICS_JSON")["latency_mean_ms"] == 19.5
    assert marker(done, "RESOURCE_METRICS_JSON") is None


def test_the_runtime_adapter_follows_the_protocol():
    config = {**bench("local_runtime_adapter"), "warmup_runs": 5, "repeat_runs": 10}
    assert marker(run_command(config), "METRICS_JSON")["latency_mean_ms"] == 20.0


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_says_what_it_is_for_and_belongs_to_an_example(path):
    assert path.read_text().startswith('"""')
    makers = ("make_tiny_model", "place_magika_model")
    named = "".join(config.read_text() for config in BENCHES)
    assert path.stem in makers or f"examples/scripts/{path.name}" in named
