"""Workflow commands of GitHub Actions: a comparison as annotations.

Values come from outside, so everything that a runner reads as more than text is escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edgeenv.model.judgement import Level, Outcome, Verdict
from edgeenv.report.comparison import delta_line, extends_words, shown_deltas, value_texts, waiver_note
from edgeenv.report.gate import FLAGGED
from edgeenv.report.remedy import axis_line, grouped, step_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edgeenv.model.judgement import Judgement, RuleOutcome
    from edgeenv.report.comparison import Comparison
    from edgeenv.report.gate import Gate

ERROR = "error"
WARNING = "warning"
NOTICE = "notice"
# A runner shows that many of each kind for one step, and drops the others without a word.
_SHOWN = 10
_LONGEST = 4000
_FAILING = (Outcome.DIFFERENT, Outcome.MISSING)


class Annotation(NamedTuple):
    """One annotation: ``error``, ``warning`` or ``notice``, at a place in a file or at none."""

    kind: str
    title: str
    text: str
    file: str | None = None
    line: int | None = None

    def command(self) -> str:
        """The workflow command, such as ``::error title=Different task::protocol.task: a -> b``."""
        line = None if self.line is None else str(self.line)
        properties = {"file": self.file, "line": line, "title": self.title}
        given = ",".join(f"{name}={_property(text)}" for name, text in properties.items() if text is not None)
        return f"::{self.kind} {given}::{_data(self.text)}"


def commands(annotations: Iterable[Annotation]) -> Iterator[str]:
    """As many of each kind as a runner shows; the last one tells how many there are more."""
    every = list(annotations)
    for kind in (ERROR, WARNING, NOTICE):
        found = [annotation for annotation in every if annotation.kind == kind]
        kept = found if len(found) <= _SHOWN else found[: _SHOWN - 1]
        yield from (annotation.command() for annotation in kept)
        if len(found) > len(kept):
            more = ", ".join(dict.fromkeys(annotation.title for annotation in found[len(kept) :]))
            yield Annotation(kind, f"EdgeEnv: {len(found) - len(kept)} more", more).command()


def comparison_annotations(comparison: Comparison, gate: Gate, *, explain: bool = False) -> Iterator[str]:
    """The verdict, every rule that fails, every flagged change and what else a reader must know.

    What the gate refuses is an error, what else differs a warning, the rest a notice.
    """
    return commands(_annotations(comparison, gate, explain=explain))


def _annotations(comparison: Comparison, gate: Gate, *, explain: bool) -> Iterator[Annotation]:
    judgement = comparison.judgement
    kind = NOTICE if judgement.verdict is Verdict.COMPARABLE else WARNING
    if gate.refuses(judgement.verdict):
        kind = ERROR
    yield Annotation(kind, f"Comparable: {judgement.verdict.display}", "\n".join(_verdict(comparison)))
    for rule in judgement.rules:
        if explain or rule.outcome in _FAILING:
            refused = gate.stops_at(rule, judgement)
            yield _rule(rule, refused=refused, explain=explain)
    for delta in shown_deltas(judgement):
        if delta.status == FLAGGED:
            refused = delta in gate.flagged(judgement)
            yield Annotation(ERROR if refused else WARNING, f"Changed: {delta.metric}", delta_line(delta))
    for finding in judgement.advisories:
        yield Annotation(NOTICE, f"Advisory: {finding.code}", finding.text)
    for side in (comparison.a, comparison.b):
        for finding in side.altered:
            yield Annotation(WARNING, f"Altered evidence: {side.run_id}", finding.text)


def _rule(rule: RuleOutcome, *, refused: bool, explain: bool) -> Annotation:
    lines = []
    for field in rule.fields:
        if explain or field.outcome in _FAILING:
            a, b = value_texts(field.a, field.b)
            lines.append(f"{field.path}: {a} -> {b}")
    text = "\n".join(lines)
    if rule.outcome not in _FAILING:
        return Annotation(NOTICE, f"{rule.rule}: {rule.outcome.value}", text)
    title = rule.reason if rule.outcome is Outcome.DIFFERENT else f"Missing evidence: {rule.rule}"
    if rule.waiver is not None:
        note = f"{waiver_note(rule).capitalize()} ({rule.waiver.owner}, {rule.waiver.expires}): {title}"
        return Annotation(_kind(rule, refused=refused), note, text)
    return Annotation(_kind(rule, refused=refused), title, text)


def _kind(rule: RuleOutcome, *, refused: bool) -> str:
    if refused:
        return ERROR
    return NOTICE if rule.is_waived or rule.level is Level.ADVISORY else WARNING


def _verdict(comparison: Comparison) -> Iterator[str]:
    judgement = comparison.judgement
    if judgement.mode is not None:
        yield f"Mode: {judgement.mode}"
    if judgement.axis is not None:
        yield f"Axis: {axis_line(judgement)}"
    yield from judgement.reasons
    for heading, steps in grouped(judgement):
        for step in steps:
            yield f"{heading}: {step.path}: {step_words(step, judgement.axis)}"
    yield f"A {comparison.a.run_id}, B {comparison.b.run_id}"
    yield from _policy(judgement)
    yield f"Judgement: {comparison.id}"


def _policy(judgement: Judgement) -> Iterator[str]:
    policy = judgement.policy
    yield f"Policy: {policy.name} {policy.version} ({policy.digest})"
    if extends_words(judgement):
        yield f"Extends: {extends_words(judgement)}"
    for rule, old, new in policy.weakened:
        yield f"Weakened rule {rule}: {old} -> {new}"
    if judgement.day is not None:
        yield f"Waivers looked at on {judgement.day}"


def _data(text: str) -> str:
    """The text of a command: a line break in it would begin another command."""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(c if c.isprintable() else _unprintable(c) for c in escaped)


def _property(text: str) -> str:
    """The same for a property, which ends at a comma or a colon as well."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _unprintable(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
