"""Which conditions are reported as differences that nobody has judged: settings are, readings are not."""

from __future__ import annotations

import pytest
from policy_cases import run
from test_conditions_observed import JETSON_FACTS

from edgeenv.capture.conditions import observe_conditions
from edgeenv.capture.conditions.changes import changes
from edgeenv.policy.document import load_policy
from edgeenv.policy.judge import judge
from edgeenv.policy.residue import MEASURED_CONDITIONS, VOLATILE_CONDITIONS

SETTINGS = {
    "board_model", "power_mode", "power_mode_id", "platform_profile", "battery_status", "on_mains",
    "cpu_governor", "cpu_clusters", "cpu_clocks_fixed", "cpu_energy_preference", "cpu_boost", "cpus_online",
    "cpus_isolated", "smt_active", "cpu_affinity", "cpu_count", "firmware_flags_now", "under_voltage_alarm",
    "swap_total_mb", "swap_in_memory", "gpu_governor", "gpu_min_hz", "gpu_max_hz", "gpu_clocks_fixed",
    "gpu_driver", "l4t_release", "cgroup_cpu_limit", "cgroup_memory_limit_mb", "container",
    "virtual_machine", "samplers_active",
}  # fmt: skip
KEPT_OF_THE_RUN = {"throttled", "throttled_by", "changed"}
MINI = load_policy("default")._replace(rules=load_policy("default").rules[:1])


def unjudged(moment, name, a, b):
    path = f"env.conditions.{moment}.{name}"
    return [difference.path for difference in judge(MINI, run({path: a}), run({path: b})).unjudged]


def test_every_fact_is_a_setting_or_a_reading():
    known = SETTINGS | set(VOLATILE_CONDITIONS)
    assert not SETTINGS & set(VOLATILE_CONDITIONS)
    for observed in (JETSON_FACTS, observe_conditions()):
        assert set(observed) - {"sources"} <= known
    found = changes(JETSON_FACTS, {**JETSON_FACTS, "throttle_events": {"soctherm_oc2": 9}})
    assert set(found) <= KEPT_OF_THE_RUN | set(MEASURED_CONDITIONS)


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_setting_that_differs_is_reported(name):
    assert unjudged("before", name, "one", "other") == [f"env.conditions.before.{name}"]


@pytest.mark.parametrize("name", VOLATILE_CONDITIONS)
def test_a_reading_that_differs_is_not(name):
    assert unjudged("before", name, 1, 2) == []
    assert unjudged("before", name, {"zone.0": 1}, {"zone.0": 2}) == []


@pytest.mark.parametrize("name", sorted(KEPT_OF_THE_RUN))
def test_what_happened_during_one_run_only_is_reported(name):
    assert unjudged("during", name, "one", "other") == [f"env.conditions.during.{name}"]


@pytest.mark.parametrize("name", MEASURED_CONDITIONS)
def test_an_amount_that_was_measured_is_not(name):
    assert unjudged("during", name, 1, 2) == []


def test_what_was_read_afterwards_and_where_is_not():
    assert unjudged("after", "cpu_governor", "a", "b") == []
    assert unjudged("sources", "cpu_governor", "a", "b") == []
