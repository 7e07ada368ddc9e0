"""``edgeenv doctor --noise``: what this machine is like now, and what would disturb a benchmark on it."""

from __future__ import annotations

import os
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from edgeenv.capture.conditions import observe_conditions
from edgeenv.capture.conditions.noise import noise_findings
from edgeenv.cli.output import clean, json_result, result
from edgeenv.report.width import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edgeenv.capture.conditions.noise import Noise

_INDENT = "  "


def show_noise(*, as_json: bool) -> None:
    """Observe once, and say what was found; nothing is changed."""
    observed = observe_conditions(environment=dict(os.environ))
    findings = noise_findings(observed)
    if as_json:
        noise = [
            {"code": each.code, "message": each.message, "remedy": each.remedy, "facts": list(each.facts)}
            for each in findings
        ]
        json_result("edgeenv.doctor-noise.v1", {"conditions": observed, "noise": noise})
        return
    for line in _lines(observed, findings):
        result(line)


def _lines(observed: Mapping[str, Any], findings: tuple[Noise, ...]) -> Iterator[str]:
    yield "Conditions of this machine now"
    facts = {name: value for name, value in observed.items() if name not in {"sources", "samplers_active"}}
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        yield f"{_INDENT}{name:<{width}}  {clean(_shown(value))}"
    yield ""
    if not findings:
        yield "Nothing that can be seen from here would disturb a benchmark."
        return
    yield "What would disturb a benchmark"
    for each in findings:
        yield from _told(f"- {each.message}.", "")
        yield from _told(f"To calm it: {each.remedy}", _INDENT)


def _told(text: str, indent: str) -> list[str]:
    return wrap(
        clean(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=_INDENT * 2 if indent else _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(member)}" for name, member in value.items())
    if isinstance(value, list):
        return "; ".join(map(_shown, value)) or "none"
    return str(value)
