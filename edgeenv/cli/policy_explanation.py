"""``edgeenv policy explain``: one rule in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.output import clean, json_option, json_result, json_text, result
from edgeenv.cli.policy_text import wrapped
from edgeenv.errors import EdgeEnvError
from edgeenv.policy.document import load_policy
from edgeenv.policy.explanation import explain
from edgeenv.policy.fields import description
from edgeenv.policy.history import history
from edgeenv.policy.nearest import suggestion
from edgeenv.policy.waiver_words import waiver_document, waiver_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.policy.explanation import Explanation
    from edgeenv.policy.history import Step
    from edgeenv.policy.rules import Policy, Rule


@click.command(name="explain")
@click.argument("rule_id", metavar="RULE")
@click.option(
    "--policy", "reference", metavar="NAME|FILE", default="default", show_default=True, help="Whose rule."
)
@json_option
def explain_rule(*, rule_id: str, reference: str, as_json: bool) -> None:
    """Say in words what a rule of a policy does.

    What it reads, how it matches, what a difference and absent evidence mean, which file of the policy's
    chain it came from, and what would make it weaker.
    """
    policy = load_policy(reference)
    rule = policy.rule(rule_id)
    if rule is None:
        known = [other.id for other in policy.rules]
        raise EdgeEnvError(
            f"{policy.identity.name} has no rule '{rule_id}'{suggestion(rule_id, known)}",
            f"its rules: {', '.join(known)}",
            code="unknown-rule",
        )
    explanation, steps = explain(policy, rule), history(reference, rule_id)
    if as_json:
        json_result("edgeenv.policy-explain.v1", _document(policy, rule, explanation, steps))
        return
    for line in _lines(policy, rule, explanation, steps):
        result(clean(line))


def _lines(policy: Policy, rule: Rule, explanation: Explanation, steps: tuple[Step, ...]) -> Iterator[str]:
    yield f"Rule: {rule.id} ({rule.level.value}) of {policy.identity.name} {policy.identity.version}"
    if rule.why is not None:
        yield from _paragraph("Why", rule.why)
    yield from _items("Reads", (_field(path) for path in rule.fields))
    yield from _paragraph("Matches", explanation.matches)
    for name, spellings in explanation.spellings:
        yield from wrapped(f"- {name}: {', '.join(spellings)}", "    ")
    yield from _paragraph("A difference", explanation.differs)
    yield from _paragraph("Missing evidence", explanation.missing)
    yield from _paragraph("Applies", explanation.applies)
    yield from _items("Elsewhere", explanation.serves)
    yield from _items("Written by", (_step(step) for step in steps))
    yield from _items(
        "Weakened",
        (f"from {old} to {new}" for name, old, new in policy.identity.weakened if name == rule.id),
    )
    yield from _items("Waived", (waiver_words(waiver) for waiver in policy.waivers if waiver.rule == rule.id))
    yield from _items("What would make it weaker", explanation.weaker)


def _field(path: str) -> str:
    words = description(path)
    return path if words is None else f"{path}: {words}"


def _step(step: Step) -> str:
    place = step.source if step.line is None else f"{step.source}:{step.line}"
    return f"{step.policy} ({place}): {', '.join(step.members)}"


def _paragraph(title: str, text: str) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    yield from wrapped(text)


def _items(title: str, items: Any) -> Iterator[str]:
    lines = [line for item in items for line in wrapped(f"- {item}", "    ")]
    if lines:
        yield ""
        yield f"{title}:"
        yield from lines


def _document(
    policy: Policy, rule: Rule, explanation: Explanation, steps: tuple[Step, ...]
) -> dict[str, Any]:
    identity = policy.identity
    return {
        "policy": {"name": identity.name, "version": identity.version, "digest": identity.digest},
        "rule": rule.id,
        "level": rule.level.value,
        "mode": rule.mode,
        "reason": rule.reason,
        "why": rule.why,
        "fields": [{"path": path, "description": description(path)} for path in rule.fields],
        "matcher": rule.match.words(),
        "matches": explanation.matches,
        "spellings": {name: list(spellings) for name, spellings in explanation.spellings},
        "difference": explanation.differs,
        "missing": explanation.missing,
        "applies": explanation.applies,
        "elsewhere": list(explanation.serves),
        "written_by": [
            {**step._asdict(), "source": json_text(step.source), "members": list(step.members)}
            for step in steps
        ],
        "weakened": [{"from": old, "to": new} for name, old, new in identity.weakened if name == rule.id],
        "waivers": [waiver_document(waiver) for waiver in policy.waivers if waiver.rule == rule.id],
        "weaker": list(explanation.weaker),
    }
