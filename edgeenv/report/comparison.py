"""What a comparison report says, as plain values: the same for text, Markdown and JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from json import dumps
from typing import TYPE_CHECKING, Any, NamedTuple

from edgeenv.model.judgement import Outcome, Verdict
from edgeenv.report.judgement_id import id_of
from edgeenv.report.judgement_parts import (
    delta_document,
    policy_document,
    rule_document,
    side_document,
    waiver_document,
)
from edgeenv.report.numbers import number
from edgeenv.report.remedy import axis_document, remedy_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeenv.model.facts import Facts
    from edgeenv.model.finding import Finding
    from edgeenv.model.judgement import (
        FieldOutcome,
        Judgement,
        MetricDelta,
        RuleOutcome,
    )

JUDGEMENT_SCHEMA = "edgeenv.judgement.v1"
ABSENT = "(absent)"
_NUMBERS_MODE = "same-condition"
# A value longer than this is cut in text and Markdown; the JSON form holds all of it.
_LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs, in the words of a report.

    Attributes:
        evidence_digest: ``sha256:`` and 64 hex digits over the manifest of the run's files.
        description: model, runtime and target in one line.
        altered: how the files differ from what was stored; empty unless the reader allowed such evidence.
        sealed: False for a run of a release that stored no manifest with it.
    """

    run_id: str
    evidence_digest: str
    description: str
    altered: tuple[Finding, ...] = ()
    sealed: bool = True

    @classmethod
    def of(
        cls,
        facts: Facts,
        evidence_digest: str,
        altered: tuple[Finding, ...] = (),
        *,
        sealed: bool = True,
    ) -> Side:
        """The side that a run with these facts takes."""
        model = f"{facts.at('model.model_name')} {facts.at('model.model_version')}"
        runtime = f"{facts.at('runtime.runtime')} ({facts.at('runtime.execution_provider')})"
        description = f"{model}, {runtime}, {facts.at('target.target_name')}"
        return cls(str(facts.at("run_id")), evidence_digest, description, altered, sealed)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A judgement together with the runs that it is about: ``a`` is the baseline, ``b`` the candidate.

    Attributes:
        resolved_policy: the members of the policy that judged, ancestors merged; None where a report does
            not carry them.
    """

    judgement: Judgement
    a: Side
    b: Side
    resolved_policy: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """The digest of everything that the judgement was made from; equal inputs, equal ids."""
        return id_of(_inputs(self))


class DeltaTexts(NamedTuple):
    """One metric of the candidate against the baseline, as text."""

    metric: str
    a: str
    b: str
    change: str
    percent: str
    flag: str


def shown_deltas(judgement: Judgement) -> tuple[MetricDelta, ...]:
    """The deltas that may be shown: all of them for Yes in the same condition, none otherwise."""
    if judgement.verdict is Verdict.COMPARABLE and judgement.mode == _NUMBERS_MODE:
        return judgement.deltas
    return ()


def failing_fields(judgement: Judgement) -> tuple[tuple[RuleOutcome, FieldOutcome], ...]:
    """Every field that differs or lacks evidence, with its rule, in the policy's order."""
    return tuple(
        (rule, field)
        for rule in judgement.rules
        for field in rule.fields
        if field.outcome in (Outcome.DIFFERENT, Outcome.MISSING)
    )


def waiver_note(rule: RuleOutcome) -> str:
    """What a waiver does to a failing field, in a word or two; empty where none speaks of it."""
    if rule.waiver is None:
        return ""
    return "waived" if rule.waiver.in_force else "waiver expired"


def came_out(rule: RuleOutcome, outcome: Outcome) -> str:
    """An outcome of a rule or one of its fields, with what a waiver makes of it: ``different, waived``."""
    note = waiver_note(rule) if outcome in (Outcome.DIFFERENT, Outcome.MISSING) else ""
    return f"{outcome.value}, {note}" if note else outcome.value


def rest_of_rules(judgement: Judgement) -> str:
    """How the rules without a failing field came out, in one phrase; empty when there are none."""
    counts = Counter(rule.outcome for rule in judgement.rules)
    other = "other " if counts[Outcome.DIFFERENT] + counts[Outcome.MISSING] else ""
    phrases = [
        _counted(counts[Outcome.SAME], f"{other}rule agrees", f"{other}rules agree"),
        _counted(counts[Outcome.NOT_APPLICABLE], "rule does not apply", "rules do not apply"),
        _counted(counts[Outcome.NOT_EVALUATED], "rule could not be checked", "rules could not be checked"),
    ]
    return ", ".join(phrase for phrase in phrases if phrase)


def extends_words(judgement: Judgement) -> str:
    """The ancestors of the policy, nearest first; empty when it has none."""
    return ", ".join(f"{name} {version}" for name, version in reversed(judgement.policy.chain[:-1]))


def delta_texts(delta: MetricDelta) -> DeltaTexts:
    """One metric side by side, each part as it is shown."""
    a, b = (f"{number(value)} {delta.unit}" if value is not None else "n/a" for value in (delta.a, delta.b))
    return DeltaTexts(
        delta.metric,
        a,
        b,
        "n/a" if delta.delta is None else f"{_signed(number(delta.delta))} {delta.unit}",
        "n/a" if delta.percent is None else percentage(delta.percent),
        "single-run change beyond the policy limit" if delta.status == "flagged" else "",
    )


def delta_line(delta: MetricDelta) -> str:
    """The same as one line: ``latency_mean_ms: 18.0 ms -> 16.4 ms (delta -1.6 ms, -8.89%)``."""
    texts = delta_texts(delta)
    percent = "percent n/a" if texts.percent == "n/a" else texts.percent
    flag = f"; {texts.flag}" if texts.flag else ""
    return f"{texts.metric}: {texts.a} -> {texts.b} (delta {texts.change}, {percent}){flag}"


def percentage(value: float) -> str:
    """A signed percentage with two decimals."""
    text = f"{value:+.2f}%"
    return "+0.00%" if text == "-0.00%" else text


def value_texts(a: Any, b: Any) -> tuple[str, str]:
    """Two recorded values so that a reader sees how they differ: ``1`` and ``"1"`` are told apart."""
    texts = _value_text(a), _value_text(b)
    if texts[0] == texts[1] and type(a) is not type(b):
        return dumps(a, ensure_ascii=False), dumps(b, ensure_ascii=False)
    return texts


def judgement_document(comparison: Comparison) -> dict[str, Any]:
    """The judgement as the document that the ``judgement`` schema describes; no clock, no paths."""
    judgement = comparison.judgement
    inputs = _inputs(comparison)
    document = {
        "schema_version": JUDGEMENT_SCHEMA,
        "id": id_of(inputs),
        "verdict": judgement.verdict.value,
        "display": judgement.verdict.display,
        "mode": judgement.mode,
        "modes": list(judgement.modes),
        "reasons": list(judgement.reasons),
        "rules": [rule_document(rule) for rule in judgement.rules],
        "notes": list(judgement.notes),
        "advisories": [
            {"code": finding.code, "text": finding.text, "operands": dict(finding.operands)}
            for finding in judgement.advisories
        ],
        "unjudged": [{"path": item.path, "a": item.a, "b": item.b} for item in judgement.unjudged],
        "deltas": [delta_document(delta) for delta in shown_deltas(judgement)],
        "waivers": [
            waiver_document(rule, rule.waiver) for rule in judgement.rules if rule.waiver is not None
        ],
        "axis": axis_document(judgement.axis),
        "remedy": remedy_document(judgement.remedy, judgement.axis),
        **inputs,
    }
    if comparison.resolved_policy is not None:
        document["resolved_policy"] = dict(comparison.resolved_policy)
    return document


def _inputs(comparison: Comparison) -> dict[str, Any]:
    """What the judgement was made from, as members of its document; the id is a digest of these."""
    axis, day = comparison.judgement.axis, comparison.judgement.day
    return {
        "policy": policy_document(comparison.judgement.policy),
        "engine": comparison.judgement.engine,
        "vary": [] if axis is None else list(axis.rules),
        **({} if day is None else {"day": day}),
        "runs": {label: side_document(side) for label, side in (("a", comparison.a), ("b", comparison.b))},
    }


def _counted(count: int, one: str, several: str) -> str:
    if count == 0:
        return ""
    return f"1 {one}" if count == 1 else f"{count} {several}"


def _signed(text: str) -> str:
    return text if text.startswith("-") or text == "0.0" else f"+{text}"


def _value_text(value: Any) -> str:
    if value is None:
        return ABSENT
    text = value if isinstance(value, str) and value else dumps(value, ensure_ascii=False)
    if len(text) > _LONGEST_VALUE:
        return f"{text[:_LONGEST_VALUE]}… ({len(text)} characters; --format json shows all)"
    return text
