"""The samplers of an NVIDIA GPU (its library stood in for) and of a Raspberry Pi (with a fake tool)."""

from __future__ import annotations

import sys
import time
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampler_support import context, now_ns, run_for, settings, tree

from edgeenv.capture import firmware
from edgeenv.capture.samplers.base import SamplerUnavailableError
from edgeenv.capture.samplers.nvidia_nvml import NvidiaNvml
from edgeenv.capture.samplers.raspberry_pi import RaspberryPi
from edgeenv.capture.sysroot import Sysroot
from edgeenv.capture.window import Window


class NVMLError(Exception):
    """The library's own error."""


def library(monkeypatch, *unsupported, watts=50.0, reasons=0):
    """The functions that the sampler calls, for one GPU of constant power."""
    start = time.monotonic()
    nvml = ModuleType("pynvml")

    def no(*_):
        raise NVMLError("Not Supported")

    value = SimpleNamespace(nvmlReturn=0, value=SimpleNamespace(uiVal=round(watts * 1000)))
    answers = {
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlSystemGetDriverVersion": lambda: "575.57",
        "nvmlDeviceGetName": lambda _gpu: b"Test GPU",
        "nvmlDeviceGetHandleByIndex": lambda index: index if index == 0 else no(),
        "nvmlDeviceGetFieldValues": lambda _gpu, _fields: [value],
        "nvmlDeviceGetPowerUsage": lambda _gpu: round(watts * 1000) - 1000,
        "nvmlDeviceGetTotalEnergyConsumption": lambda _gpu: round((time.monotonic() - start) * watts * 1000),
        "nvmlDeviceGetTemperature": lambda _gpu, _sensor: 61,
        "nvmlDeviceGetClockInfo": lambda _gpu, kind: 1500 + kind,
        "nvmlDeviceGetMemoryInfo": lambda _gpu: SimpleNamespace(used=3 << 30),
        "nvmlDeviceGetCurrentClocksEventReasons": lambda _gpu: reasons,
    }
    for name, answer in answers.items():
        setattr(nvml, name, no if name in unsupported else answer)
    nvml.NVMLError = NVMLError
    nvml.NVML_TEMPERATURE_GPU, nvml.NVML_CLOCK_SM, nvml.NVML_CLOCK_MEM = 0, 1, 2
    nvml.NVML_FI_DEV_POWER_INSTANT = 186
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    return nvml


def gpu_run(directory, seconds=0.3, **members):
    sampler = NvidiaNvml()
    around = context(directory, settings("nvidia-nvml", interval_ms=20, **members))
    return sampler.summary(run_for(sampler, around, seconds))


def test_a_gpu_with_a_counter(tmp_path, monkeypatch):
    library(monkeypatch)
    summary = gpu_run(tmp_path)
    assert summary.metric("energy_j").value == pytest.approx(50 * summary.window.duration_s, rel=0.05)
    assert summary.metric("energy_j").aggregation == "counter"
    assert summary.metric("power_mean_w").value == pytest.approx(50, rel=0.05)
    assert summary.metric("power_peak_w").basis == "gpu_power_instant"
    assert summary.metric("temperature_peak_c").value == 61
    assert summary.metric("memory_peak_mb") is None  # the GPU's memory is not the command's
    assert summary.details["gpu_memory_peak_mb"] == 3072
    assert summary.details["gpu_name"] == "Test GPU"
    assert summary.tool.version == "575.57"
    assert (summary.shortfalls, summary.warnings) == ((), ())


def test_a_gpu_without_a_counter_and_without_instant_power(tmp_path, monkeypatch):
    library(monkeypatch, "nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetFieldValues")
    summary = gpu_run(tmp_path)
    assert summary.metric("energy_j").aggregation == "trapezoid"
    assert summary.metric("power_mean_w").value == pytest.approx(49.0)
    assert summary.metric("power_mean_w").basis == "gpu_power_average"
    assert summary.details["unsupported"]["energy_counter_j"] == "Not Supported"


def test_a_gpu_that_tells_nothing_of_power(tmp_path, monkeypatch):
    library(monkeypatch, "nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetFieldValues",
            "nvmlDeviceGetPowerUsage", "nvmlDeviceGetTemperature")  # fmt: skip
    summary = gpu_run(tmp_path, 0.1)
    assert summary.metrics == ()
    assert summary.absent["energy_j"] == "Not Supported"
    assert summary.absent["temperature_peak_c"] == "Not Supported"


def test_an_older_library_without_a_function(tmp_path, monkeypatch):
    nvml = library(monkeypatch)
    del nvml.nvmlDeviceGetCurrentClocksEventReasons
    assert "throttle_reasons" in gpu_run(tmp_path, 0.1).details["unsupported"]


def test_throttling_of_a_gpu_is_told_and_idling_is_not(tmp_path, monkeypatch):
    library(monkeypatch, reasons=0x1 | 0x4 | 0x40)
    summary = gpu_run(tmp_path, 0.1)
    assert summary.details["throttle_reasons"] == ["power cap", "hardware thermal slowdown"]
    assert "slowed down while sampling" in summary.warnings[0]


def test_a_gpu_that_is_not_there(tmp_path, monkeypatch):
    library(monkeypatch)
    with pytest.raises(SamplerUnavailableError, match="NVIDIA GPU 3 is not available"):
        NvidiaNvml().start(context(tmp_path, settings("nvidia-nvml", gpu_index=3)))
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(SamplerUnavailableError) as refused:
        NvidiaNvml().start(context(tmp_path, settings("nvidia-nvml")))
    assert refused.value.hint == "install it: pip install 'edgeenv[nvml]'"


# Raspberry Pi.

FLAGS = firmware.FLAGS_FILE


def test_a_raspberry_pi_by_files(tmp_path):
    files = {FLAGS: "0", "/sys/class/thermal/thermal_zone0/type": "cpu-thermal",
             "/sys/class/thermal/thermal_zone0/temp": "48300"}  # fmt: skip
    root = tree(tmp_path / "sys", files)
    sampler = RaspberryPi()
    sampler.start(context(tmp_path, settings("raspberry-pi", interval_ms=20), sysroot=root,
                          environment={"PATH": ""}))  # fmt: skip
    begin = now_ns()
    time.sleep(0.1)
    (root / FLAGS.lstrip("/")).write_text("50000\n")
    sampler.stop()
    summary = sampler.summary(Window(begin, now_ns()))
    assert summary.metric("temperature_peak_c").value == 48.3
    assert summary.details["throttled_before"] == "0x0"
    assert summary.details["throttled_after"] == "0x50000"
    assert summary.warnings == ("while sampling, the firmware reported: under-voltage, throttled",)
    assert "no sensor for its total power" in summary.absent["energy_j"]


def test_a_raspberry_pi_by_its_tool(tmp_path):
    tool = tmp_path / "vcgencmd"
    tool.write_text(
        '#!/bin/sh\ncase $1 in measure_temp) echo "temp=48.3\'C";; get_throttled) echo throttled=0x0;; esac\n'
    )
    tool.chmod(0o755)
    sampler = RaspberryPi()
    around = context(tmp_path, settings("raspberry-pi", interval_ms=50, vcgencmd_path=str(tool)))
    summary = sampler.summary(run_for(sampler, around, 0.3))
    assert summary.metric("temperature_peak_c").value == 48.3
    assert summary.metric("temperature_peak_c").basis == "vcgencmd measure_temp"
    assert summary.details["throttled_after"] == "0x0"
    assert summary.tool.path == str(tool)
    assert summary.warnings == ()


def test_another_board(tmp_path):
    with pytest.raises(SamplerUnavailableError, match="vcgencmd unavailable"):
        RaspberryPi().start(context(tmp_path, settings("raspberry-pi"), environment={"PATH": ""}))


@pytest.mark.parametrize(
    ("text", "flags"),
    [("throttled=0x50000", 0x50000), ("50000", 0x50000), ("0x5\n", 5), ("", None), ("throttled=", None)],
)
def test_the_flags_are_hexadecimal(text, flags):
    assert firmware.parse_throttled(text) == flags


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (0x0, 0x0, ()),
        (0x0, 0x50000, ("under-voltage", "throttled")),
        (0x50000, 0x50000, ()),  # long ago
        (0x50005, 0x50000, ("under-voltage", "throttled")),  # still so when the run began
        (0x20000, 0x60000, ("throttled",)),
        (None, 0x50000, ()),
        (0x0, None, ()),
    ],
)
def test_what_happened_between_two_readings(before, after, words):
    assert firmware.happened(before, after) == words


@given(st.text(max_size=40))
def test_no_answer_of_the_firmware_makes_it_stumble(text):
    firmware.parse_throttled(text)


def test_a_machine_without_firmware_flags(tmp_path):
    assert firmware.throttled(Sysroot(tmp_path)) is None
