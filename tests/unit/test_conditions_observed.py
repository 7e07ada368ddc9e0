"""What is observed of a machine, on fake trees of several boards and on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import time

import pytest
from sampler_support import tree

from edgeenv.capture.conditions import observe_conditions
from edgeenv.capture.conditions.changes import changes, child_usage

CPU = "/sys/devices/system/cpu"

JETSON = {
    "/proc/device-tree/model": "NVIDIA Jetson Orin Nano Developer Kit\0",
    "/var/lib/nvpmodel/status": "pmode:0001 fmode:quiet",
    "/etc/nvpmodel.conf": "< POWER_MODEL ID=0 NAME=15W >\n< POWER_MODEL ID=1 NAME=25W >\n",
    "/etc/nv_tegra_release": "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic",
    f"{CPU}/online": "0-3,6",
    f"{CPU}/isolated": "3",
    f"{CPU}/cpufreq/policy0/related_cpus": "0 1 2 3",
    f"{CPU}/cpufreq/policy0/scaling_governor": "schedutil",
    f"{CPU}/cpufreq/policy0/scaling_driver": "tegra194",
    f"{CPU}/cpufreq/policy0/scaling_min_freq": "729600",
    f"{CPU}/cpufreq/policy0/scaling_max_freq": "1510400",
    f"{CPU}/cpufreq/policy0/scaling_cur_freq": "1190400",
    f"{CPU}/cpufreq/policy0/cpuinfo_max_freq": "1510400",
    f"{CPU}/cpufreq/policy4/related_cpus": "4 5 6",
    f"{CPU}/cpufreq/policy4/scaling_governor": "performance",
    f"{CPU}/cpufreq/policy4/scaling_min_freq": "1510400",
    f"{CPU}/cpufreq/policy4/scaling_max_freq": "1510400",
    "/proc/self/status": "Name:\tpython\nCpus_allowed:\tf\nCpus_allowed_list:\t0-2\n",
    "/proc/loadavg": "0.52 0.40 0.31 2/345 6789",
    "/proc/pressure/cpu": "some avg10=1.50 avg60=0.80 avg300=0.20 total=12345\nfull avg10=0.00 avg60=0.00",
    "/proc/stat": "cpu  100 0 50 800 10 0 5 35 7 0\ncpu0 1 2 3 4 5 6 7 8",
    "/sys/class/thermal/thermal_zone0/type": "cpu-thermal",
    "/sys/class/thermal/thermal_zone0/temp": "45312",
    "/sys/class/thermal/thermal_zone1/type": "PMIC-Die",
    "/sys/class/thermal/thermal_zone1/temp": "100000",
    "/sys/class/thermal/cooling_device0/type": "pwm-fan",
    "/sys/class/thermal/cooling_device0/cur_state": "2",
    "/sys/class/thermal/cooling_device1/type": "cpufreq-cpu0",
    "/sys/class/thermal/cooling_device1/cur_state": "0",
    "/proc/meminfo": "MemAvailable: 4194304 kB\nSwapTotal: 3901440 kB\nSwapFree: 3798016 kB",
    "/proc/swaps": "Filename Type Size Used Priority\n/dev/zram0 partition 650240 0 5\n",
    "/sys/class/devfreq/17000000.gpu/governor": "nvhost_podgov",
    "/sys/class/devfreq/17000000.gpu/min_freq": "306000000",
    "/sys/class/devfreq/17000000.gpu/max_freq": "624750000",
    "/sys/class/devfreq/17000000.gpu/cur_freq": "306000000",
    "/sys/class/hwmon/hwmon1/name": "soctherm_oc",
    "/sys/class/hwmon/hwmon1/oc2_event_cnt": "3",
}

JETSON_FACTS = {
    "board_model": "NVIDIA Jetson Orin Nano Developer Kit",
    "power_mode": "25W",
    "power_mode_id": 1,
    "l4t_release": "R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic",
    "cpus_online": "0-3,6",
    "cpus_isolated": "3",
    "cpu_count": 5,
    "cpu_governor": "performance+schedutil",
    "cpu_clusters": [
        {"cpus": "0 1 2 3", "governor": "schedutil", "driver": "tegra194", "min_khz": 729600,
         "max_khz": 1510400, "hardware_max_khz": 1510400},
        {"cpus": "4 5 6", "governor": "performance", "min_khz": 1510400, "max_khz": 1510400},
    ],
    "cpu_current_khz": {"0 1 2 3": 1190400},
    "cpu_clocks_fixed": False,
    "cpu_affinity": "0-2",
    "load_1m": 0.52,
    "load_5m": 0.4,
    "load_15m": 0.31,
    "processes_running": 2,
    "pressure_cpu_avg10": 1.5,
    "pressure_cpu_avg60": 0.8,
    "pressure_cpu_avg300": 0.2,
    "cpu_ticks": 1000,
    "cpu_steal_ticks": 35,
    "temperatures_c": {"cpu-thermal": 45.312},
    "cooling_active": {"pwm-fan": 2},
    "throttle_events": {"soctherm_oc2": 3},
    "memory_available_mb": 4096,
    "swap_total_mb": 3810,
    "swap_used_mb": 101,
    "swap_in_memory": True,
    "gpu_governor": "nvhost_podgov",
    "gpu_min_hz": 306000000,
    "gpu_max_hz": 624750000,
    "gpu_current_hz": 306000000,
    "gpu_clocks_fixed": False,
    "samplers_active": ["jetson-tegrastats"],
}  # fmt: skip


def facts(directory, files, **arguments):
    found = observe_conditions(tree(directory / "sys", files), **arguments)
    sources = found.pop("sources")
    assert set(sources) == set(found), "each fact has its source"
    return found


def test_a_jetson(tmp_path):
    assert facts(tmp_path, JETSON, samplers=("jetson-tegrastats",)) == JETSON_FACTS


def test_an_empty_machine_has_no_facts_but_what_we_do_ourselves(tmp_path):
    assert facts(tmp_path, {}) == {"samplers_active": []}


def test_a_desktop(tmp_path):
    found = facts(
        tmp_path,
        {
            "/sys/class/dmi/id/product_name": "ThinkPad",
            f"{CPU}/intel_pstate/no_turbo": "0",
            f"{CPU}/smt/active": "1",
            f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave",
            f"{CPU}/cpu10/cpufreq/scaling_governor": "powersave",
            f"{CPU}/cpu2/cpufreq/scaling_governor": "powersave",
            "/sys/firmware/acpi/platform_profile": "balanced",
            "/sys/class/power_supply/AC/type": "Mains",
            "/sys/class/power_supply/AC/online": "0",
            "/sys/class/power_supply/BAT0/type": "Battery",
            "/sys/class/power_supply/BAT0/status": "Discharging",
            "/sys/class/power_supply/BAT0/capacity": "81",
            "/sys/class/power_supply/mouse/type": "Battery",
            "/sys/class/power_supply/mouse/scope": "Device",
            "/sys/class/power_supply/mouse/status": "Full",
            "/proc/driver/nvidia/version": "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun",
            "/sys/class/drm/card0/gt_max_freq_mhz": "1300",
            "/sys/class/drm/card0/gt_min_freq_mhz": "300",
            "/sys/class/drm/card0/gt_cur_freq_mhz": "350",
        },
    )
    assert found["board_model"] == "ThinkPad"
    assert (found["cpu_boost"], found["smt_active"], found["on_mains"]) == (True, True, False)
    assert (found["battery_status"], found["battery_percent"]) == ("Discharging", 81)
    assert [cluster["cpus"] for cluster in found["cpu_clusters"]] == ["0", "2", "10"]
    assert "cpu_clocks_fixed" not in found
    assert found["gpu_driver"] == "nvidia 535.183.01"
    assert (found["gpu_min_hz"], found["gpu_max_hz"]) == (300_000_000, 1_300_000_000)
    assert found["platform_profile"] == "balanced"


def test_a_raspberry_pi(tmp_path):
    found = facts(
        tmp_path,
        {
            "/sys/devices/platform/soc/soc:firmware/get_throttled": "50005",
            "/sys/class/hwmon/hwmon0/name": "rpi_volt",
            "/sys/class/hwmon/hwmon0/in0_lcrit_alarm": "1",
        },
    )
    assert found["firmware_throttled"] == "0x50005"
    assert found["firmware_flags_now"] == ["under-voltage", "throttled"]
    assert found["under_voltage_alarm"] is True


def test_limits_of_a_unified_cgroup_and_of_those_above_it(tmp_path):
    found = facts(
        tmp_path,
        {
            "/sys/fs/cgroup/cgroup.controllers": "cpu memory",
            "/proc/self/cgroup": "0::/a/b",
            "/sys/fs/cgroup/a/cpu.max": "150000 100000",
            "/sys/fs/cgroup/a/b/cpu.max": "400000 100000",
            "/sys/fs/cgroup/cpu.max": "max 100000",
            "/sys/fs/cgroup/a/memory.max": "max",
            "/sys/fs/cgroup/a/b/memory.max": "1073741824",
            "/sys/fs/cgroup/a/b/cpu.stat": "usage_usec 5\nnr_throttled 4\nthrottled_usec 250000",
        },
    )
    assert found["cgroup_cpu_limit"] == 1.5
    assert found["cgroup_memory_limit_mb"] == 1024
    assert (found["cgroup_throttled_count"], found["cgroup_throttled_s"]) == (4, 0.25)


def test_limits_of_the_older_cgroups(tmp_path):
    found = facts(
        tmp_path,
        {
            "/proc/self/cgroup": "4:memory:/box\n1:cpu,cpuacct:/box\n0::/",
            "/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "50000",
            "/sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000",
            "/sys/fs/cgroup/cpu/box/cpu.stat": "nr_throttled 2\nthrottled_time 1500000000",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        },
    )
    assert (found["cgroup_cpu_limit"], found["cgroup_throttled_s"]) == (0.5, 1.5)
    assert "cgroup_memory_limit_mb" not in found


@pytest.mark.parametrize(
    ("files", "fact", "value"),
    [
        ({"/.dockerenv": ""}, "container", "docker"),
        ({"/run/.containerenv": ""}, "container", "podman"),
        ({"/run/systemd/container": "lxc"}, "container", "lxc"),
        ({"/proc/1/cgroup": "0::/kubepods/besteffort"}, "container", "kubepods"),
        ({"/sys/class/dmi/id/sys_vendor": "QEMU"}, "virtual_machine", "qemu"),
        ({"/sys/class/dmi/id/product_name": "VMware Virtual Platform"}, "virtual_machine", "vmware"),
        ({"/proc/cpuinfo": "processor: 0\nflags\t\t: fpu hypervisor sse"}, "virtual_machine", "hypervisor"),
    ],
)
def test_hints_of_walls(tmp_path, files, fact, value):
    assert facts(tmp_path, files)[fact] == value


def test_a_jetson_without_a_status_file_is_asked(tmp_path):
    tool = tmp_path / "nvpmodel"
    tool.write_text("#!/bin/sh\necho 'NVPM ERROR: cannot read'\necho 'NV Power Mode: MAXN_SUPER'\necho 2\n")
    tool.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    found = facts(tmp_path, {}, environment=environment)
    assert (found["power_mode"], found["power_mode_id"]) == ("MAXN_SUPER", 2)
    known = facts(tmp_path / "known", {"/var/lib/nvpmodel/status": "pmode:0007"}, environment=environment)
    assert (known["power_mode"], known["power_mode_id"]) == ("7", 7)


def test_an_nvpmodel_that_hangs_holds_up_nobody(tmp_path):
    (tmp_path / "nvpmodel").write_text("#!/bin/sh\nexec sleep 30\n")
    (tmp_path / "nvpmodel").chmod(0o755)
    begin = time.monotonic()
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    assert "power_mode" not in facts(tmp_path, {}, environment={**os.environ, "PATH": path})
    assert time.monotonic() - begin < 5


NONSENSE = [
    "",
    "\x1b[31m",
    "nan",
    "-",
    "0-",
    "a: b",
    "some avg10=nan avg60=x",
    "9" * 400,
    "cpu  x y",
    "{}",
    "\n\n",
]


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_in_every_file_gives_no_trouble(tmp_path, text):
    found = facts(tmp_path, dict.fromkeys([*JETSON, "/proc/self/cgroup", "/proc/cpuinfo"], text))
    json.dumps(found, allow_nan=False)
    assert all(len(value) <= 200 for value in found.values() if isinstance(value, str))


def test_this_machine_is_observed_quickly():
    observe_conditions()
    begin = time.perf_counter()
    found = observe_conditions(environment=os.environ)
    assert time.perf_counter() - begin < 1  # an idle desktop needs a few milliseconds
    assert found["cpu_affinity"]
    json.dumps(found, allow_nan=False)


# What changed in between.


def test_what_happened_during_a_run():
    before = {
        "throttle_events": {"cpu_core": 5},
        "cpu_ticks": 1000,
        "cpu_steal_ticks": 10,
        "swap_used_mb": 1,
        "cgroup_throttled_s": 0.5,
        "temperatures_c": {"a": 40.0, "b": 50.0},
        "power_mode": "15W",
    }
    after = {
        "throttle_events": {"cpu_core": 7},
        "cpu_ticks": 2000,
        "cpu_steal_ticks": 60,
        "swap_used_mb": 9,
        "cgroup_throttled_s": 0.75,
        "temperatures_c": {"a": 61.5, "b": 51.0},
        "power_mode": "25W",
    }
    assert changes(before, after) == {
        "throttled": True,
        "throttled_by": ["cpu_core"],
        "cgroup_throttled_s": 0.25,
        "swap_grown_mb": 8,
        "steal_share": 0.05,
        "temperature_rise_c": 21.5,
        "changed": ["power_mode"],
    }


def test_what_nobody_can_tell_is_absent():
    assert changes({}, {}) == {"changed": []}
    assert "throttled" not in changes({"throttle_events": {"a": 1}}, {})


def test_a_calm_run_says_that_it_was_not_throttled():
    found = changes({"firmware_throttled": "0x50000"}, {"firmware_throttled": "0x50000"})
    assert found == {"throttled": False, "changed": []}
    slowed = changes({"firmware_throttled": "0x0"}, {"firmware_throttled": "0x40000"})
    assert slowed["throttled_by"] == ["firmware: throttled"]


def test_the_usage_of_a_child():
    with subprocess.Popen(["true"]) as child:
        _, _, used = os.wait4(child.pid, 0)
        child.returncode = 0
    found = child_usage(used)
    assert found["child_cpu_s"] >= 0
    assert found["child_voluntary_context_switches"] >= 0
