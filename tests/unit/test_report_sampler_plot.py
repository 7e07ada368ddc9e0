"""The picture of samples over time: axes that fit, nothing lost, nothing from outside obeyed."""

from __future__ import annotations

import math
from hashlib import sha256
from xml.dom import minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.files import Kind
from edgeenv.evidence.manifest import FileEntry, Manifest
from edgeenv.evidence.samples import SamplerEvidence, read_readings, read_sampler
from edgeenv.model.readings import Readings
from edgeenv.report.markdown import html_from
from edgeenv.report.sampler_plot import LEFT, PANEL, RIGHT, WIDTH, plot_of
from edgeenv.report.sparkline import sparklines

SECOND = 1_000_000_000
WINDOW = {
    "window": {
        "basis": "reported_by_command",
        "start_monotonic_ns": 5 * SECOND,
        "end_monotonic_ns": 8 * SECOND,
    }
}


def plotted(*readings, metadata=WINDOW):
    return plot_of(("title", "run-1"), metadata, readings)


def drawn(picture):
    return minidom.parseString(picture)  # noqa: S318 - as at its import


def reading(channel, *values, begin=4 * SECOND, step=SECOND, sampler=""):
    return Readings(sampler, channel, [(begin + step * number, value) for number, value in enumerate(values)])


def test_quantities_of_one_unit_share_a_panel_and_time_begins_with_the_window():
    plot = plotted(
        reading("memory_mb", 1, 2, 3, 4, 5, 6), reading("power_w", 5, 15, 5), reading("cache_mb", 1)
    )
    assert [panel.unit for panel in plot.panels] == ["MB", "W"]
    assert [curve.name for curve in plot.panels[0].curves] == ["memory", "cache"]
    assert plot.panels[0].curves[0].points[0] == (-1.0, 1)
    assert plot.panels[0].curves[0].colour != plot.panels[0].curves[1].colour
    begin, end = plot.window
    zero = next(tick.at for tick in plot.ticks if tick.text == "0 s")
    assert begin == zero < end <= WIDTH - RIGHT


@given(
    st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=40),
    st.integers(1, 10**12),
)
def test_every_point_lies_in_its_panel_and_every_axis_has_marks(values, step):
    plot = plotted(reading("power_w", *values, step=step))
    (panel,) = plot.panels
    for pair in panel.curves[0].path.split():
        x, y = map(float, pair.split(","))
        assert LEFT <= x <= WIDTH - RIGHT
        assert panel.top - 0.01 <= y <= panel.bottom + 0.01
    assert panel.bottom - panel.top == PANEL
    assert 1 <= len(plot.ticks) <= 12
    assert len(panel.ticks) >= 1
    assert all(math.isfinite(tick.at) for tick in (*plot.ticks, *panel.ticks))


def test_a_long_run_is_thinned_without_losing_its_peak():
    values = [1.0] * 100_000
    values[70_001] = 99.0
    (panel,) = plotted(reading("power_w", *values, step=SECOND // 10)).panels
    points = panel.curves[0].points
    assert len(points) <= 700
    assert max(value for _, value in points) == 99.0


def test_the_picture_obeys_nothing_from_outside():
    hostile = '<script>alert("x")</script>]]>\x1b'
    plot = plot_of((hostile, hostile), WINDOW, [reading(hostile, 1, 2)])
    picture = html_from("sampler_plot.svg.j2", plot=plot)
    assert "<script" not in picture
    drawn(picture.encode())


@pytest.mark.parametrize("metadata", [{}, {"window": 5}, {"window": {"start_monotonic_ns": 1}}])
def test_without_a_window_nothing_is_shaded(metadata):
    plot = plotted(reading("power_w", 1, 2), metadata=metadata)
    assert plot.window is None
    assert "shaded" not in html_from("sampler_plot.svg.j2", plot=plot).partition("</desc>")[2]


def test_no_samples_are_no_error():
    plot = plotted()
    drawn(html_from("sampler_plot.svg.j2", plot=plot).encode())
    assert list(sparklines(plot, block_characters=True))[-1] == "No samples were stored with this run."


def test_a_sparkline_rises_with_its_values():
    lines = list(sparklines(plotted(reading("power_w", *range(8))), block_characters=True))
    assert lines[1].split() == ["power", "▁▂▃▄▅▆▇█", "0", "to", "7", "W"]
    lines = list(sparklines(plotted(reading("power_w", *range(100))), block_characters=False))
    assert lines[1].split()[1].isascii()
    assert len(lines[1].split()[1]) <= 32


def evidence(directory, text, paths=("sampler/samples.jsonl",)):
    (directory / "sampler").mkdir()
    (directory / "sampler" / "samples.jsonl").write_text(text)
    return SamplerEvidence("run-1", directory, {}, paths)


def test_samples_are_read_by_channel(tmp_path):
    found = read_readings(evidence(tmp_path, '{"t_ns":1,"a_mb":1}\n{"t_ns":2,"a_mb":2.5,"b_w":3}\n'))
    assert [(each.channel, each.points) for each in found] == [
        ("a_mb", [(1, 1.0), (2, 2.5)]),
        ("b_w", [(2, 3.0)]),
    ]


@pytest.mark.parametrize(
    "line",
    ["x", "[]", "{}", '{"t_ns":true}', '{"t_ns":1,"a":NaN}', '{"t_ns":1,"a":"2"}', '{"t_ns":1,"a":1e999}',
     '{"t_ns":1.5}', '{"t_ns":1,"a":true}', "[" * 10_000, '{"t_ns":1,"a":' + "9" * 70_000 + "}"],
    ids=lambda line: line[:20],
)  # fmt: skip
def test_what_is_no_sample_is_refused_with_its_place(tmp_path, line):
    with pytest.raises(EdgeEnvError, match=r"samples\.jsonl:2: found no sample"):
        read_readings(evidence(tmp_path, f'{{"t_ns":1}}\n{line}\n'))


def test_a_path_that_leads_elsewhere_is_refused(tmp_path):
    (tmp_path / "samples.jsonl").write_text('{"t_ns":1}\n')
    run = tmp_path / "run"
    run.mkdir()
    with pytest.raises(EdgeEnvError, match="Unsafe sampler raw artifact path"):
        read_readings(evidence(run, "", ("../samples.jsonl",)))


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "Invalid sampler metadata JSON"), ("[]", "must be a JSON object"), ("{}", "must be a list")],
)
def test_metadata_that_is_none_is_refused(tmp_path, text, told):
    (tmp_path / "sampler").mkdir()
    (tmp_path / "sampler" / "metadata.json").write_text(text)
    entry = FileEntry(
        "sampler/metadata.json", required=False, sha256=sha256(text.encode()).hexdigest(), bytes=len(text)
    )
    manifest = Manifest(Kind.RUN, "run-1", "2026-01-01T00:00:00+00:00", "edgeenv.result.v1", (entry,), "1")
    with pytest.raises(EdgeEnvError, match=told):
        read_sampler(tmp_path, manifest)
