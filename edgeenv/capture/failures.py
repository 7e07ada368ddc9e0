"""Why an execution gave no valid metrics: the codes, and the one hint that belongs to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.capture.request import CaptureFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_MESSAGE_CHARACTERS = 4000
"""A message quotes text from outside, so its length has an end."""

_SHOW = "Inspect stdout/stderr with: edgeenv failed-runs show {run_id}"

_FIVE_FIELDS = (
    "the five numbers latency_mean_ms, latency_p50_ms, latency_p95_ms, latency_p99_ms (above 0, in"
    " milliseconds) and throughput_fps"
)

_ADVICE: Mapping[str, str] = {
    "command-empty": "Write the benchmark's command line into `command` of the benchmark config.",
    "command-quotes": "Close the quotes and finish the backslashes in `command`; no shell reads it, so "
    "$, |, > and && mean nothing there (write `bash -c '...'` to have one).",
    "nul-character": "Remove the NUL character; no program can be handed one.",
    "working-directory-missing": "`working_directory` counts from where edgeenv is started; start it from "
    "there, correct it, or create the directory.",
    "cannot-start": "Check the command's path, quoting, working_directory, virtual environment and "
    "permissions.",
    "model-hash-mismatch": "Put the declared model at `model_path`, or declare in `model_sha256` the digest "
    "of the model that is there.",
    "sampler-required": "Set `required: false` for the sampler in the target profile to record without "
    "its evidence.",
    "timeout": "Shorten the command's loop, or raise `timeout_seconds` in the benchmark config.",
    "interrupted": "What the command had written so far is kept; run it again when ready.",
    "output-limit": "Print less: progress and debug output belong into a file of the command's own.",
    "nonzero-exit": "The command itself reported a failure; its last lines of output usually say which.",
    "killed-by-signal": "SIGKILL often means that memory ran out (see dmesg), SIGSEGV, SIGABRT and SIGBUS a "
    "crash inside the runtime or a driver.",
    "metrics-missing": f"Print one line EDGEENV_METRICS_JSON=<json> to stdout, from its first column, with "
    f"{_FIVE_FIELDS}, or with latency_samples_ms, a list of times; in Python: "
    "edgeenv.emit(samples_ms=[...]).",
    "metrics-line-too-long": f"Put nothing but {_FIVE_FIELDS} into the line; many samples go "
    "into the file that EDGEENV_SAMPLES_FILE names.",
    "metrics-not-utf8": "Write the line as UTF-8; Python's json.dumps(...) gives plain ASCII.",
    "metrics-json": "Write the line with a JSON writer, such as json.dumps(...) in Python.",
    "metrics-not-object": f"Write one JSON object with {_FIVE_FIELDS}.",
    "metrics-schema": f"Write exactly {_FIVE_FIELDS}, as JSON numbers and nothing else.",
    "metrics-percentiles": "Compute the percentiles from one sorted list of samples, so that "
    "p50 <= p95 <= p99.",
    "samples-empty": "Give at least one sample for each counted inference, or none at all and the five "
    "numbers instead.",
    "samples-too-many": "Measure fewer inferences, or give the five numbers instead of the samples.",
    "samples-invalid": "Give the time of each counted inference in milliseconds, as a plain number above 0.",
    "samples-contradict": "Give the samples only: EdgeEnv computes the metrics from them.",
    "samples-file-unusable": "Write a plain file at the path that EDGEENV_SAMPLES_FILE names, or none.",
    "samples-file-syntax": "Write one number per line, or one JSON list of numbers; "
    "edgeenv.emit(samples_ms=[...]) in Python does.",
    "resource-metrics-line-too-long": "Resource metrics are optional: omit the line, or write only the "
    "supported fields.",
    "resource-metrics-not-utf8": "Resource metrics are optional: omit the line, or write it as UTF-8.",
    "resource-metrics-json": "Resource metrics are optional: omit the line, or write valid JSON, for example "
    "with json.dumps(...).",
    "resource-metrics-not-object": "Resource metrics are optional: omit the line, or write one JSON object.",
    "resource-metrics-schema": "Resource metrics are optional: omit the line, or write only supported "
    "numeric fields (memory_peak_mb, memory_mean_mb, power_mean_w, power_peak_w, energy_j, "
    "temperature_peak_c) and `source`.",
    "window-json": "The window is optional: omit the line, or write it with a JSON writer, such as "
    "json.dumps(...) in Python.",
    "window-schema": "The window is optional: omit the line, or write exactly start_monotonic_ns and "
    "end_monotonic_ns, two whole numbers such as time.monotonic_ns() gives.",
    "window-outside-command": "The window is optional: omit the line, or read both times from the monotonic "
    "clock of this machine while the command runs, such as with time.monotonic_ns().",
}

CODES = frozenset(_ADVICE)
"""Every code that a `CaptureFailure` can have."""


class RefusedError(Exception):
    """An execution cannot go on, or its output cannot be accepted.

    It never leaves this package: a runner turns it into a `CaptureFailure`.

    Args:
        code: one of `CODES`.
        message: what was found and what is expected.
        signal: the signal that interrupted EdgeEnv itself.
        advice: what to do about this very case, told before what belongs to the code.
    """

    def __init__(
        self, code: str, message: str, *, signal: int | None = None, advice: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.signal = signal
        self.advice = advice

    def failure(self, run_id: str, return_code: int | None) -> CaptureFailure:
        """The failure as a value, with the hint of its code and the command that shows the failed run.

        Args:
            run_id: the failed run's id.
            return_code: the command's exit status, None when it never ended by itself.
        """
        message = legible(self.message)
        if len(message) > MAX_MESSAGE_CHARACTERS:
            message = message[: MAX_MESSAGE_CHARACTERS - 1] + "…"
        told = hint(self.code, run_id)
        if self.advice:
            told = f"{self.advice[:1].upper()}{self.advice[1:].rstrip('.')}. {told}"
        return CaptureFailure(self.code, message, told, return_code, self.signal)


def legible(text: str) -> str:
    """Text that can be written as UTF-8, though a path in it may hold any byte."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def hint(code: str, run_id: str) -> str:
    """What to do about a failure; ends in a command that can be pasted.

    Args:
        code: one of `CODES`.
        run_id: the failed run's id.
    """
    return f"{_ADVICE[code]} {_SHOW.format(run_id=run_id)}"
