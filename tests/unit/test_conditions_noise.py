"""What would disturb a benchmark, said in plain words; and silence on a calm machine."""

from __future__ import annotations

import pytest

from edgeenv.capture.conditions.noise import noise_findings

CALM = {
    "cpu_count": 4,
    "load_1m": 0.2,
    "pressure_cpu_avg10": 0.1,
    "pressure_memory_avg10": 0.0,
    "memory_available_mb": 4000,
    "cpu_governor": "performance",
    "cpu_boost": False,
    "cpu_clocks_fixed": True,
    "gpu_clocks_fixed": True,
    "temperatures_c": {"cpu": 45.0},
    "firmware_flags_now": [],
    "battery_status": "Full",
    "on_mains": True,
    "platform_profile": "performance",
    "cgroup_cpu_limit": 4.0,
}


def codes(**facts):
    return [noise.code for noise in noise_findings({**CALM, **facts})]


def test_a_calm_machine_and_an_unknown_one_are_silent():
    assert codes() == []
    assert noise_findings({}) == ()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"firmware_flags_now": ["under-voltage"]}, "firmware-throttled"),
        ({"under_voltage_alarm": True}, "firmware-throttled"),
        ({"temperatures_c": {"cpu": 85.0, "gpu": 50.0}}, "hot"),
        ({"load_1m": 1.5}, "load"),
        ({"load_1m": 9.0}, "load"),
        ({"pressure_cpu_avg10": 30.0}, "cpu-pressure"),
        ({"pressure_memory_avg10": 30.0}, "memory-pressure"),
        ({"memory_available_mb": 100}, "little-memory"),
        ({"cpu_governor": "schedutil", "cpu_clocks_fixed": False}, "governor"),
        ({"cpu_governor": "performance+ondemand", "cpu_clocks_fixed": False}, "governor"),
        ({"cpu_governor": "powersave"}, "powersave"),
        ({"cpu_boost": True}, "boost"),
        ({"gpu_clocks_fixed": False}, "gpu-clocks"),
        ({"battery_status": "Discharging"}, "battery"),
        ({"on_mains": False}, "battery"),
        ({"platform_profile": "low-power"}, "platform-profile"),
        ({"cgroup_cpu_limit": 1.5}, "cgroup-limit"),
        ({"virtual_machine": "kvm"}, "virtual-machine"),
    ],
)
def test_each_disturbance_is_told_alone(facts, code):
    (noise,) = noise_findings({**CALM, **facts})
    assert noise.code == code
    assert set(facts) & set(noise.facts)
    assert noise.message[0].isupper()
    assert not noise.message.endswith(".")
    assert noise.remedy


def test_clocks_that_are_fixed_make_the_governor_harmless():
    assert codes(cpu_governor="schedutil", cpu_clocks_fixed=True) == []


def test_the_powersave_of_a_driver_that_follows_the_load_is_no_fault():
    assert codes(cpu_governor="powersave", cpu_clusters=[{"driver": "intel_pstate"}]) == []


def test_load_above_the_cpus_says_so():
    (noise,) = noise_findings({**CALM, "load_1m": 9.0})
    assert "more than there are CPUs" in noise.message


def test_the_worst_comes_first():
    assert codes(virtual_machine="kvm", firmware_flags_now=["throttled"], cpu_boost=True) == [
        "firmware-throttled",
        "boost",
        "virtual-machine",
    ]
