"""A comparison for the terminal: the verdict first, then only what there is to say.

The lines are plain data: whoever prints them makes outside text harmless, line by line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.model.judgement import Level, Outcome, Verdict
from edgeenv.report.comparison import (
    came_out,
    delta_line,
    extends_words,
    failing_fields,
    rest_of_rules,
    shown_deltas,
    value_texts,
    waiver_note,
)
from edgeenv.report.judgement_id import shortened
from edgeenv.report.remedy import axis_line, grouped, perhaps_words, step_words
from edgeenv.report.width import WIDTH, display_width, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.model.judgement import Judgement, RuleOutcome
    from edgeenv.report.comparison import Comparison

_SHORT_DIGEST = len("sha256:") + 12
_NOTHING_DIFFERENT = "No rule of the policy came out different"


def comparison_lines(comparison: Comparison, *, explain: bool = False) -> Iterator[str]:
    """The report, line by line; ``explain`` shows every rule, with its fields, values and matcher."""
    judgement = comparison.judgement
    yield from _verdict(judgement)
    yield from _altered(comparison)
    yield from _rules(judgement) if explain else _failing(judgement)
    yield from _remedy(judgement)
    yield from _section("Advisories:", (*(item.text for item in judgement.advisories), *judgement.notes))
    if judgement.unjudged:
        yield ""
        yield "Unjudged differences:"
        for item in judgement.unjudged:
            yield from _pair(item.path, item.a, item.b)
    yield ""
    yield "Runs:"
    yield f"- A (baseline):  {comparison.a.run_id}"
    yield from _wrapped(f"    {comparison.a.description}", "      ")
    yield f"- B (candidate): {comparison.b.run_id}"
    yield from _wrapped(f"    {comparison.b.description}", "      ")
    yield from _policy(judgement)
    yield f"Judgement: {shortened(comparison.id)}"


def _verdict(judgement: Judgement) -> Iterator[str]:
    yield f"Comparable: {judgement.verdict.display}"
    if judgement.mode is not None:
        yield f"Mode: {judgement.mode}"
    if judgement.axis is not None:
        yield from _wrapped(f"Axis: {axis_line(judgement)}")
    yield "Reason:"
    for reason in judgement.reasons or (_NOTHING_DIFFERENT,):
        yield from _wrapped(f"- {reason}", "  ")
    deltas = shown_deltas(judgement)
    if deltas:
        yield "Metrics Delta:"
        for delta in deltas:
            yield from _wrapped(f"- {delta_line(delta)}")


def _altered(comparison: Comparison) -> Iterator[str]:
    """Before all details: what was judged is not what was stored."""
    for label, side in (("A", comparison.a), ("B", comparison.b)):
        heading = f"Altered evidence of {label}, judged as it is (--allow-altered):"
        yield from _section(heading, tuple(finding.text for finding in side.altered))


def _failing(judgement: Judgement) -> Iterator[str]:
    failing = failing_fields(judgement)
    yield ""
    if failing:
        yield _failing_heading(judgement)
    for rule, field in failing:
        level = "" if rule.level is Level.REQUIRED else rule.level.value
        notes = ", ".join(filter(None, (level, waiver_note(rule))))
        yield from _pair(f"{field.path} ({notes})" if notes else field.path, field.a, field.b)
    rest = rest_of_rules(judgement)
    if rest:
        yield f"{rest} (--explain lists every rule)"


def _failing_heading(judgement: Judgement) -> str:
    if judgement.verdict is not Verdict.INDETERMINATE:
        return "Different fields:"
    return "Different or missing:" if any(rule.waiver for rule in judgement.rules) else "Missing evidence:"


def _remedy(judgement: Judgement) -> Iterator[str]:
    if judgement.remedy is None:
        return
    yield ""
    yield "What would make these comparable:"
    for heading, steps in grouped(judgement):
        words = [step_words(step, judgement.axis) for step in steps]
        is_common = len(set(words)) == 1  # then it is said once
        yield from _wrapped(f"{heading} ({words[0]}):" if is_common else f"{heading}:")
        for step, said in zip(steps, words, strict=True):
            yield from _pair(step.path, step.a, step.b)
            if not is_common:
                yield from _wrapped(f"    {said}", "      ")
    for more in judgement.remedy.perhaps:
        yield from _wrapped(perhaps_words(more))


def _rules(judgement: Judgement) -> Iterator[str]:
    yield ""
    yield "Rules:"
    for rule in judgement.rules:
        yield f"- {rule.rule}: {came_out(rule, rule.outcome)} ({_effect(rule)}; {rule.matcher})"
        for field in rule.fields:
            if field.outcome is Outcome.SAME and field.a == field.b and type(field.a) is type(field.b):
                yield from _single(field.path, value_texts(field.a, field.b)[0])
            else:
                yield from _pair(field.path, field.a, field.b, indent="    ")


def _effect(rule: RuleOutcome) -> str:
    return rule.level.value if rule.mode is None else f"{rule.level.value}: {rule.mode}"


def _single(path: str, text: str) -> Iterator[str]:
    line = f"    {path}: {text}"
    if display_width(line) <= WIDTH:
        yield line
        return
    yield f"    {path}:"
    yield f"      {text}"


def _pair(path: str, a: Any, b: Any, indent: str = "- ") -> Iterator[str]:
    """Both values on one line, or below each other where they would not fit."""
    left, right = value_texts(a, b)
    line = f"{indent}{path}: {left} -> {right}"
    if display_width(line) <= WIDTH:
        yield line
        return
    below = " " * (len(indent) + 2)
    yield f"{indent}{path}:"
    yield f"{below}A: {left}"
    yield f"{below}B: {right}"


def _section(heading: str, lines: tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield ""
        yield heading
        for line in lines:
            yield from _wrapped(f"- {line}")


def _wrapped(line: str, indent: str = "  ") -> list[str]:
    """The line on as many as it needs, the later ones indented; a long word stays whole."""
    return folded(line, indent)


def _policy(judgement: Judgement) -> Iterator[str]:
    policy = judgement.policy
    yield f"Policy: {policy.name} {policy.version} ({policy.digest[:_SHORT_DIGEST]})"
    if extends_words(judgement):
        yield from _wrapped(f"- extends {extends_words(judgement)}")
    for rule, old, new in policy.weakened:
        yield f"- weakened rule {rule}: {old} -> {new}"
    if judgement.day is not None:
        yield f"- waivers looked at on {judgement.day}"
