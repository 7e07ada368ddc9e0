"""Real lines of tegrastats, from the Nano to Thor, and what each must parse to."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampler_support import TEGRASTATS

from edgeenv.capture.samplers.board_power import board_temperature, total_power
from edgeenv.capture.samplers.tegrastats_grammar import parse_line

LINES = json.loads((TEGRASTATS / "samples.json").read_text())
BY_ID = {entry["id"]: entry for entry in LINES}


def told(line):
    """The parsed line in the form in which the expectations stand."""
    gpu, emc = line.clocks.get("GR3D"), line.clocks.get("EMC")
    power, temperature = total_power(line.rails_mw), board_temperature(line.temperatures_c)
    return {
        "ram_mb": line.ram_mb and list(line.ram_mb),
        "swap_mb": line.swap_mb and list(line.swap_mb),
        "iram_kb": line.iram_kb and list(line.iram_kb),
        "core_loads": [core and core.load_percent for core in line.cores],
        "core_mhz": [core and core.mhz for core in line.cores],
        "cpu_mhz": line.cpu_mhz,
        "gpu_load_percent": line.gpu_load_percent,
        "gpu_mhz": gpu and list(gpu.mhz),
        "emc_load_percent": emc and emc.load_percent,
        "engines": line.engines,
        "temperatures_c": line.temperatures_c,
        "dropped_temperatures": line.dropped_temperatures,
        "rails_mw": line.rails_mw,
        "power_w": power and power.value,
        "power_basis": power and power.basis,
        "temperature_c": temperature and temperature.value,
        "temperature_basis": temperature and temperature.basis.partition(":")[0],
    }


def test_there_are_lines_of_every_family():
    assert len(LINES) == 23
    boards = " ".join(entry["board"] for entry in LINES)
    for family in ("Nano", "TX1", "TX2", "AGX Xavier", "Xavier NX", "Orin Nano", "AGX Orin", "Thor"):
        assert family in boards
    assert all(entry["source"] for entry in LINES)


@pytest.mark.parametrize("name", BY_ID)
def test_a_real_line_parses_with_nothing_left_over(name):
    line = parse_line(BY_ID[name]["line"])
    assert line.unknown == []
    assert told(line) == BY_ID[name]["expected"]


@pytest.mark.parametrize("name", BY_ID)
def test_every_rail_and_sensor_of_a_real_line_is_found(name):
    """Counted by another way than the grammar's."""
    text, line = BY_ID[name]["line"], parse_line(BY_ID[name]["line"])
    rails = set(re.findall(r"([A-Z][A-Z0-9_]+) -?\d+(?:mW)?/-?\d+(?:mW)?(?!\d*MB|\d*kB)", text))
    assert set(line.rails_mw) == rails - {"NC", "RAM", "SWAP", "IRAM"}
    sensors = set(re.findall(r"(\w+)@-?[\d.]+C", text))
    assert set(line.temperatures_c) | set(line.dropped_temperatures) == sensors
    assert line.timestamp is None or text.startswith(line.timestamp)


@pytest.mark.parametrize("name", BY_ID)
def test_every_half_of_a_real_line_parses(name):
    text = BY_ID[name]["line"]
    whole = parse_line(text)
    for cut in range(len(text)):
        for half in (text[:cut], text[cut:]):
            line = parse_line(half)
            assert len(line.unknown) <= 4, half
            if line.ram_mb is not None and half is text[:cut]:
                assert line.ram_mb == whole.ram_mb


@pytest.mark.parametrize("name", BY_ID)
def test_a_line_cut_short_never_gives_another_power(name):
    text = BY_ID[name]["line"]
    whole = parse_line(text)
    for cut in range(len(text)):
        for rail, milliwatts in parse_line(text[:cut]).rails_mw.items():
            assert whole.rails_mw[rail] == milliwatts, text[:cut]


def test_the_first_power_field_counts_and_not_the_running_average():
    assert parse_line("VIN 87426mW/43713mW/87426mW").rails_mw == {"VIN": 87426.0}
    assert parse_line("VDD_IN 2763mW/2846mW").rails_mw == {"VDD_IN": 2763.0}


def test_watts_count_a_thousandfold():
    assert parse_line("VDD_IN 2.5W/2.4W VDD_SOC 1W/1W").rails_mw == {"VDD_IN": 2500.0, "VDD_SOC": 1000.0}


def test_dummies_and_sensors_without_power_are_dropped():
    line = parse_line("PMIC@100C PMIC@50C pmic@50C GPU@-256C CV0@-127C CPU@-12.5C")
    assert line.temperatures_c == {"CPU": -12.5}
    assert line.dropped_temperatures == ["PMIC", "PMIC", "pmic", "GPU", "CV0"]


def test_a_load_that_is_not_told_is_not_zero():
    assert parse_line("RAM 1/2MB").gpu_load_percent is None
    assert parse_line("GR3D_FREQ @[314,314,314]").gpu_load_percent is None
    assert parse_line("GR3D_FREQ 0%").gpu_load_percent == 0


def test_one_name_may_be_a_load_a_temperature_and_a_rail():
    line = parse_line("CPU [1%@100] CPU@40C CPU 618/618")
    assert (len(line.cores), line.temperatures_c, line.rails_mw) == (1, {"CPU": 40.0}, {"CPU": 618.0})
    assert line.unknown == []


def test_the_order_of_the_items_is_free():
    line = parse_line(BY_ID["orin_nano_busy"]["line"])
    items = re.findall(
        r"\d\d-\d\d-\d{4} [\d:]+|RAM [^(]*\([^)]*\)|SWAP [^(]*\([^)]*\)|CPU \[[^]]*\]|\w+@\S+|\w+ \S+",
        BY_ID["orin_nano_busy"]["line"],
    )
    turned = parse_line(" ".join(reversed(items)))
    assert told(turned) == told(line)
    assert turned.unknown == []


def test_what_fits_no_rule_is_counted_and_the_rest_is_read():
    line = parse_line("RAM 1/2MB ??? NEWTHING=5 VDD_IN 5mW/5mW tj@40C")
    assert line.unknown == ["???", "NEWTHING=5"]
    assert (line.ram_mb, line.rails_mw, line.temperatures_c) == ((1, 2), {"VDD_IN": 5.0}, {"tj": 40.0})


@given(st.text(max_size=300))
def test_no_text_makes_it_stumble(text):
    parse_line(text)


@given(
    st.lists(
        st.sampled_from(
            ["RAM", "1/2MB", "CPU", "[1%@2]", "VDD_IN", "5mW/5mW", "tj@4C", "off", "@5", "7%", "("]
        ),
        max_size=30,
    )
)
def test_no_order_of_tokens_makes_it_stumble(tokens):
    line = parse_line(" ".join(tokens))
    assert len(line.unknown) <= len(tokens)


def test_a_huge_line_takes_no_time():
    for hostile in ("A" * 60_000, "A " * 30_000, "[1%," * 15_000, "A 1/" * 15_000, "A 1%@[1," * 7000):
        parse_line(hostile)


# What stands for the whole board.


def test_an_input_rail_stands_alone():
    assert total_power({"VDD_IN": 5000, "VDD_SOC": 1000}).value == 5.0
    assert total_power({"VIN": 20000, "VIN_SYS_5V0": 5000, "VDD_GPU": -392}).basis == "input:VIN"


def test_a_sum_needs_all_its_rails():
    xavier = {"GPU": 1, "CPU": 2, "SOC": 3, "CV": 4, "VDDRQ": 5, "SYS5V": 985}
    assert total_power(xavier).value == 1.0
    for rail in xavier:
        assert total_power({name: value for name, value in xavier.items() if name != rail}) is None


def test_the_profile_decides_where_it_names_rails():
    rails = {"VDD_IN": 5000, "VDD_GPU": 1000, "VDD_CPU": 500}
    total = total_power(rails, ("VDD_GPU", "VDD_CPU"))
    assert (total.value, total.basis) == (1.5, "profile:VDD_GPU+VDD_CPU")
    assert total_power(rails, ("VDD_GPU", "VDD_X")) is None


def test_an_unknown_board_and_a_negative_sum_have_no_total():
    assert total_power({"VDD_ODD": 5000}) is None
    assert total_power({}) is None
    assert total_power({"VDD_IN": -5}) is None


@pytest.mark.parametrize(
    ("degrees", "basis", "value"),
    [
        ({"tj": 50.0, "gpu": 60.0}, "tj", 50.0),
        ({"CPU": 40.0, "GPU": 41.0, "AO": 90.0, "Tboard": 80.0, "PLL": 85.0}, "max:CPU+GPU", 41.0),
        ({"tj-thermal": 50.0, "cpu-thermal": 49.0}, "tj-thermal", 50.0),
        ({"cpu-thermal": 49.0, "gpu-thermal": 51.0}, "max:cpu-thermal+gpu-thermal", 51.0),
        ({"CPU-therm": 49.0, "GPU-therm": 48.0}, "max:CPU-therm+GPU-therm", 49.0),
        ({"acpitz": 27.8, "x86_pkg_temp": 61.0}, "max:x86_pkg_temp", 61.0),
        ({"cpu_thermal": 55.0}, "max:cpu_thermal", 55.0),
    ],
)
def test_the_temperature_of_a_board(degrees, basis, value):
    found = board_temperature(degrees)
    assert (found.basis, found.value) == (basis, value)


def test_a_board_without_silicon_sensors_has_no_temperature():
    assert board_temperature({"AO": 40.0, "Tboard": 30.0, "acpitz": 27.8, "nvme": 50.0}) is None
