"""Samples in columns: bounded, sparse, and whole when they are written."""

from __future__ import annotations

import json
import math

from edgeenv.capture.samplers.samples import MAX_CHANNELS, Samples


def test_channels_may_come_and_go(tmp_path):
    samples = Samples()
    samples.add(1, {"a_w": 1.0})
    samples.add(2, {"b_c": 2.0})
    samples.add(3, {"a_w": math.nan, "b_c": 3.0})
    assert samples.channels == ("a_w", "b_c")
    assert samples.series("a_w").times_ns == (1,)
    assert samples.series("b_c").values == (2.0, 3.0)
    assert len(samples.series("never")) == 0
    samples.write(tmp_path / "samples.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "samples.jsonl").read_text().splitlines()]
    assert lines == [{"t_ns": 1, "a_w": 1.0}, {"t_ns": 2, "b_c": 2.0}, {"t_ns": 3, "b_c": 3.0}]


def test_what_comes_after_the_limit_is_counted():
    samples = Samples(limit=3)
    for time_ns in range(5):
        samples.add(time_ns, {"a_w": 1.0})
    assert (len(samples), samples.dropped) == (3, 2)


def test_a_source_that_invents_channels_is_bounded():
    samples = Samples()
    for number in range(MAX_CHANNELS + 50):
        samples.add(number, {f"rail_{number}_w": 1.0})
    assert len(samples.channels) == MAX_CHANNELS
