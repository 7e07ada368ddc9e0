"""The linux-power sampler on fake trees: counters that wrap, chips of boards, zones, throttling, refusals."""

from __future__ import annotations

import os
import time

import pytest
from sampler_support import context, now_ns, settings, tree

from edgeenv.capture import thermal
from edgeenv.capture.samplers import power_monitors
from edgeenv.capture.samplers.base import SamplerUnavailableError
from edgeenv.capture.samplers.linux_power import LinuxPower
from edgeenv.capture.samplers.powercap import Packages, Zone
from edgeenv.capture.sysroot import Sysroot
from edgeenv.capture.window import Window

RAPL = "/sys/class/powercap"
HWMON = "/sys/class/hwmon"
THERMAL = "/sys/class/thermal"
ZONE = {f"{THERMAL}/thermal_zone0/type": "x86_pkg_temp", f"{THERMAL}/thermal_zone0/temp": "51000"}

ORIN = {
    f"{HWMON}/hwmon3/name": "ina3221",
    f"{HWMON}/hwmon3/in1_label": "VDD_IN",
    f"{HWMON}/hwmon3/in1_input": "5000",
    f"{HWMON}/hwmon3/curr1_input": "1200",
    f"{HWMON}/hwmon3/in2_label": "VDD_CPU_GPU_CV",
    f"{HWMON}/hwmon3/in2_input": "5000",
    f"{HWMON}/hwmon3/curr2_input": "200",
    f"{HWMON}/hwmon3/in3_label": "NC",
    f"{HWMON}/hwmon3/in3_input": "5000",
    f"{HWMON}/hwmon3/curr3_input": "999",
    f"{HWMON}/hwmon3/in7_label": "sum of shunt voltages",
    f"{HWMON}/hwmon3/in7_input": "40",
    f"{HWMON}/hwmon3/curr7_input": "1",
}


def package(number=0, energy_uj="1000000", highest="262143328850", **more):
    base = f"{RAPL}/intel-rapl:{number}"
    return {
        f"{base}/name": f"package-{number}",
        f"{base}/energy_uj": energy_uj,
        f"{base}/max_energy_range_uj": highest,
        **more,
    }


def sampled(directory, files, seconds=0.3, during=None, **members):
    sampler = LinuxPower()
    root = tree(directory / "sys", files)
    sampler.start(context(directory, settings("linux-power", interval_ms=20, **members), sysroot=root))
    begin = now_ns()
    end_at = time.monotonic() + seconds
    while time.monotonic() < end_at:
        if during is not None:
            during(root)
        time.sleep(0.01)
    end = now_ns()
    sampler.stop()
    return sampler.summary(Window(begin, end))


def replaced(path, text):
    """Write as the kernel does: a reader never sees half a file."""
    aside = path.with_name(f"{path.name}.new")
    aside.write_text(text)
    aside.replace(path)


def test_the_energy_of_a_package_with_a_wrap_around(tmp_path):
    """A counter that grows by 20 W and starts again at zero on the way."""
    counter = tmp_path / "sys" / RAPL.lstrip("/") / "intel-rapl:0" / "energy_uj"
    start = now_ns()
    highest = 3_000_000

    def grow(_root):
        microjoules = (now_ns() - start) * 20 // 1000
        replaced(counter, f"{microjoules % highest}\n")

    summary = sampled(tmp_path, package(energy_uj="0", highest=str(highest)), 0.5, grow)
    energy = summary.metric("energy_j")
    assert energy.value == pytest.approx(20 * summary.window.duration_s, rel=0.15)
    assert (energy.basis, energy.aggregation) == ("powercap:package-0", "counter")
    assert summary.metric("power_mean_w").value == pytest.approx(20, rel=0.15)
    assert summary.details["energy"]["method"] == "counter"
    assert summary.tool.scope == "package"


def test_only_packages_count_and_all_of_them(tmp_path):
    files = package() | package(1)
    for name, text in ((":0:0/name", "core"), (":0:0/energy_uj", "5"), ("-psys/name", "psys")):
        files[f"{RAPL}/intel-rapl{name}"] = text
    files |= {f"{RAPL}/intel-rapl:2/name": "psys", f"{RAPL}/intel-rapl:2/energy_uj": "5"}
    packages = Packages.find(Sysroot(tree(tmp_path, files)))
    assert packages.basis == "powercap:package-0+package-1"


def test_wrap_arounds_of_packages_are_undone_one_by_one(tmp_path):
    first = Zone("package-0", tmp_path, 100_000_000, [(0, 90_000_000), (1, 10_000_000)])
    second = Zone("package-1", tmp_path, 100_000_000, [(0, 0), (1, 5_000_000)])
    assert Packages((first, second)).total_j().values == (0.0, 25.0)


def test_a_counter_that_falls_for_no_reason_gives_no_energy(tmp_path):
    counts = iter(range(900_000_000, 0, -1000))
    counter = tmp_path / "sys" / RAPL.lstrip("/") / "intel-rapl:0" / "energy_uj"
    files = package(energy_uj="900000001", highest="5")
    summary = sampled(tmp_path, files, 0.1, lambda _root: replaced(counter, f"{next(counts)}\n"))
    assert "went backwards" in summary.absent["energy_j"]
    assert "sampler-unparseable" in [shortfall.code for shortfall in summary.shortfalls]


def test_a_counter_that_may_not_be_read_is_told_with_its_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(Sysroot, "refusal", lambda _self, _path: "permission")
    summary = sampled(tmp_path, package() | ZONE, 0.1)
    assert summary.absent["energy_j"].startswith("unavailable: permission: /sys/class/powercap/intel-rapl:0")
    (warning,) = summary.warnings
    assert "udev" in warning
    assert summary.metric("temperature_peak_c").value == 51.0
    assert summary.shortfalls == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_the_permission_is_really_looked_at(tmp_path):
    root = tree(tmp_path, package())
    (root / RAPL.lstrip("/") / "intel-rapl:0" / "energy_uj").chmod(0)
    assert "permission" in Packages.find(Sysroot(root)).refusal


def test_the_chips_of_a_board(tmp_path):
    summary = sampled(tmp_path, ORIN)
    assert summary.metric("power_mean_w").value == 6.0
    assert summary.metric("power_mean_w").basis == "input:VDD_IN"
    assert summary.metric("energy_j").value == pytest.approx(6.0 * summary.window.duration_s, rel=1e-3)
    assert summary.metric("temperature_peak_c") is None
    rails = {rail.name: rail.read_mw() for rail in power_monitors.find(Sysroot(tmp_path / "sys"))}
    assert rails == {"VDD_IN": 6000.0, "VDD_CPU_GPU_CV": 1000.0}


def test_a_chip_that_tells_microwatts(tmp_path):
    files = {f"{HWMON}/hwmon0/name": "ina238", f"{HWMON}/hwmon0/power1_input": "19780000",
             f"{HWMON}/hwmon0/power1_label": "VIN"}  # fmt: skip
    (rail,) = power_monitors.find(Sysroot(tree(tmp_path, files)))
    assert (rail.name, rail.read_mw()) == ("VIN", 19780.0)


def test_the_chips_of_older_releases(tmp_path):
    base = "/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0"
    files = {f"{base}/rail_name_0": "POM_5V_IN", f"{base}/in_power0_input": "2515",
             f"{base}/rail_name_1": "NC", f"{base}/in_power1_input": "1"}  # fmt: skip
    summary = sampled(tmp_path, files, 0.1)
    assert summary.metric("power_peak_w").value == 2.515


def test_a_lone_chip_of_an_unknown_board_is_no_total_until_the_profile_says_so(tmp_path):
    files = {f"{HWMON}/hwmon0/name": "ina226", f"{HWMON}/hwmon0/power1_input": "5000000"}
    summary = sampled(tmp_path, files, 0.1)
    assert summary.absent["power_mean_w"] == (
        "no known board has the rails ina226; name those to add up in `power_rails`"
    )
    (tmp_path / "named").mkdir()
    named = sampled(tmp_path / "named", files, 0.1, power_rails=("ina226",))
    assert named.metric("power_mean_w").value == 5.0


def test_zones_without_power_and_dummies_are_left_out(tmp_path):
    files = {
        f"{THERMAL}/thermal_zone0/type": "CPU-therm",
        f"{THERMAL}/thermal_zone0/temp": "45500",
        f"{THERMAL}/thermal_zone1/type": "PMIC-Die",
        f"{THERMAL}/thermal_zone1/temp": "100000",
        f"{THERMAL}/thermal_zone2/type": "GPU-therm",
        f"{THERMAL}/thermal_zone2/temp": "-256000",
        f"{THERMAL}/thermal_zone3/type": "CPU-therm",
        f"{THERMAL}/thermal_zone3/temp": "nonsense",
    }
    sysroot = Sysroot(tree(tmp_path, files))
    degrees = {name: thermal.celsius(sysroot, path) for name, path in thermal.zones(sysroot).items()}
    assert degrees == {"CPU-therm": 45.5, "GPU-therm": None, "CPU-therm-2": None}


def test_the_sensors_of_a_cpu_stand_in_for_zones(tmp_path):
    files = {f"{HWMON}/hwmon0/name": "k10temp", f"{HWMON}/hwmon0/temp1_input": "66125",
             f"{HWMON}/hwmon1/name": "nvme", f"{HWMON}/hwmon1/temp1_input": "30000"}  # fmt: skip
    summary = sampled(tmp_path, files, 0.1)
    assert summary.metric("temperature_peak_c").value == 66.125


def test_throttling_while_sampling_is_told(tmp_path):
    throttle = "/sys/devices/system/cpu/cpu{}/thermal_throttle/{}_throttle_count"
    files = ZONE | {throttle.format(0, "core"): "5", throttle.format(1, "core"): "1",
                    throttle.format(0, "package"): "7", throttle.format(1, "package"): "7",
                    f"{HWMON}/hwmon0/name": "soctherm_oc", f"{HWMON}/hwmon0/oc1_event_cnt": "2"}  # fmt: skip
    bump = lambda root: replaced(root / throttle.format(1, "core").lstrip("/"), "4\n")  # noqa: E731
    summary = sampled(tmp_path, files, 0.1, bump)
    assert summary.details["throttle_events"] == {"cpu_core": 3, "cpu_package": 0, "soctherm_oc1": 0}
    assert summary.warnings == ("the hardware slowed itself down while sampling: cpu_core 3 times",)


def test_a_machine_that_shows_nothing(tmp_path):
    with pytest.raises(SamplerUnavailableError, match="neither power nor temperature"):
        LinuxPower().start(context(tmp_path, settings("linux-power")))


def test_numbers_of_the_kernel(tmp_path):
    sysroot = Sysroot(
        tree(tmp_path, {"/a": "12", "/b": "-3", "/c": "x", "/d": "", "/e": "9" * 30, "/f": "\u0661"})
    )
    assert [sysroot.number(f"/{name}") for name in "abcdefg"] == [12, -3, None, None, None, None, None]
    assert sysroot.text("/d") is None
    assert sysroot.refusal("/a") is None
    assert sysroot.refusal("/g") == "missing"
    order = tree(tmp_path / "cpus", {f"/cpu{number}/x": "1" for number in (10, 2, 1)})
    assert [path.name for path in Sysroot(order).matches("/cpu*")] == ["cpu1", "cpu2", "cpu10"]
