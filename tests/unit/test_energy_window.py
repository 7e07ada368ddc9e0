"""The window that a command reports: strict, and inside its own run."""

from __future__ import annotations

import json

import pytest

from edgeenv.capture.window import REPORTED, Window, WindowError, narrowed

WHOLE = Window(1000, 9000)


def payload(start=2000, end=3000, **more):
    return json.dumps({"start_monotonic_ns": start, "end_monotonic_ns": end, **more}).encode()


def test_a_window_narrows_the_command():
    found = narrowed(WHOLE, payload())
    assert (found.start_ns, found.end_ns, found.basis) == (2000, 3000, REPORTED)
    assert found.document() == {
        "basis": "reported_by_command",
        "start_monotonic_ns": 2000,
        "end_monotonic_ns": 3000,
    }


def test_the_whole_run_is_a_window_too():
    assert narrowed(WHOLE, payload(1000, 9000)).duration_s == pytest.approx(8e-6)
    assert WHOLE.basis == "whole_command"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (b"{", "window-json", "JSON"),
        (b"", "window-json", "JSON"),
        (b'{"start_monotonic_ns": NaN, "end_monotonic_ns": 2}', "window-json", "JSON"),
        (b"[]", "window-schema", "expected one JSON object"),
        (b'{"start_monotonic_ns": 2000}', "window-schema", "end_monotonic_ns is missing"),
        (payload(extra=1), "window-schema", "unknown member 'extra'"),
        (payload(start=2000.0), "window-schema", "start_monotonic_ns must be a whole number"),
        (payload(start=True), "window-schema", "start_monotonic_ns must be a whole number"),
        (payload(end="3000"), "window-schema", "end_monotonic_ns must be a whole number"),
        (payload(3000, 3000), "window-schema", "not before"),
        (payload(4000, 3000), "window-schema", "not before"),
        (payload(999, 3000), "window-outside-command", "lies outside"),
        (payload(2000, 9001), "window-outside-command", "lies outside"),
    ],
)
def test_everything_else_is_refused(text, code, words):
    with pytest.raises(WindowError) as refused:
        narrowed(WHOLE, text)
    assert refused.value.code == code
    assert words in refused.value.message
    assert "EDGEENV_WINDOW_JSON" in refused.value.message
    assert "time.monotonic_ns()" in refused.value.hint


def test_a_window_without_length_cannot_be_made():
    with pytest.raises(ValueError, match="must end after its start"):
        Window(5, 5)
