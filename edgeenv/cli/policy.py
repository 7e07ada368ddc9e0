"""``edgeenv policy list`` and ``edgeenv policy show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.output import clean, json_document, json_option, json_result, result
from edgeenv.cli.policy_text import wrapped
from edgeenv.policy.document import load_policy, load_resolved
from edgeenv.policy.waiver_words import waiver_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.policy.rules import Policy, Rule

_SHIPPED = "edgeenv:"


@click.command(name="list")
@json_option
def list_policies(*, as_json: bool) -> None:
    """List the policies that EdgeEnv ships."""
    from edgeenv.policy.chain import shipped_names

    policies = {name: load_policy(name) for name in shipped_names()}
    if as_json:
        members = [_summary(name, policy) for name, policy in policies.items()]
        json_result("edgeenv.policy-list.v1", {"policies": members})
        return
    from edgeenv.report.table import table

    rows = [
        (clean(name), clean(policy.identity.version), clean(policy.description or ""))
        for name, policy in policies.items()
    ]
    result(table(("Policy", "Version", "Description"), rows))


@click.command(name="show")
@click.argument("reference", metavar="NAME|FILE")
@click.option("--resolved", is_flag=True, help="Show what holds in the end, ancestors included.")
@json_option
def show_policy(*, reference: str, resolved: bool, as_json: bool) -> None:
    """Show what a policy asks for.

    NAME is a shipped policy: see edgeenv policy list. Without --resolved the file is printed as it was
    written.
    """
    document = load_resolved(reference)  # refuses what does not hold, whatever is printed
    if as_json:
        json_document(document)
        return
    if not resolved:
        result(_written(reference).rstrip("\n"))
        return
    for line in _lines(load_policy(reference)):
        result(clean(line))


def _written(reference: str) -> str:
    from edgeenv import documents, resources
    from edgeenv.cli.output import clean_block
    from edgeenv.policy.chain import shipped_names

    name = reference.removeprefix(_SHIPPED)
    if name in shipped_names():
        return resources.read_text("policies", f"{name}.yaml")
    return clean_block(documents.read_file(reference, documents.YAML_LIMIT).decode("utf-8"))


def _lines(policy: Policy) -> Iterator[str]:
    identity = policy.identity
    yield f"Policy: {identity.name} {identity.version}"
    yield f"Digest: {identity.digest}"
    yield f"Chain: {' > '.join(f'{name} {version}' for name, version in identity.chain)}"
    for rule_id, old, new in identity.weakened:
        yield f"Weakened: {rule_id}: {old} -> {new}"
    yield f"Modes: {', '.join(policy.modes) or 'none'}"
    yield ""
    yield "Rules:"
    for rule in policy.rules:
        yield from _rule_lines(rule)
    if policy.waivers:
        yield ""
        yield "Waivers:"
    for waiver in policy.waivers:
        yield from wrapped(f"- {waiver_words(waiver)}", "    ")
    yield ""
    yield "Metrics:"
    for metric in policy.metrics:
        yield f"- {metric.name} ({metric.unit}, {metric.better} is better): {metric.path}"


def _rule_lines(rule: Rule) -> Iterator[str]:
    level = rule.level.value if rule.mode is None else f"{rule.level.value}, {rule.mode}"
    yield f"- {rule.id} ({level}): {rule.reason}"
    yield f"    {rule.match.words()}, missing: {rule.missing.value}, from {rule.origin}"
    if rule.when is not None:
        yield f"    only where {rule.when.rule} is {', '.join(str(value) for value in rule.when.values)}"
    for field in rule.fields:
        yield f"    {field}"


def _summary(name: str, policy: Policy) -> dict[str, Any]:
    return {
        "name": name,
        "policy": policy.identity.name,
        "version": policy.identity.version,
        "digest": policy.identity.digest,
        "description": policy.description,
    }
