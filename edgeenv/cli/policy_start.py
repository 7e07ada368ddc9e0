"""``edgeenv policy init``: a policy of one's own that asks for what the default one asks for."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import click

from edgeenv import resources
from edgeenv.cli.output import clean, message, result, write_file
from edgeenv.cli.schema_place import schema_place
from edgeenv.errors import EdgeEnvError

_PLAIN = re.compile(r"[A-Za-z0-9_./-]+\Z")
_POLICY = """\
# yaml-language-server: $schema={schema}
schema_version: edgeenv.policy.v1
name: {name}
version: "1.0.0"
extends: edgeenv:default
rules: {{}}  # in place of {{}}, lines below such as "  warmup-runs: {{level: advisory}}"
"""


@click.command(name="init")
@click.argument("file", metavar="[FILE]", default="policy.yaml")
def start_policy(*, file: str) -> None:
    """Begin a policy of your own, with its tests.

    FILE, by default policy.yaml, extends edgeenv:default and changes nothing yet. Beside it come the test
    cases of the default policy, so that each change shows in them. Nothing that is there is overwritten.
    """
    policy = Path(file)
    if policy.suffix not in (".yaml", ".yml"):
        raise EdgeEnvError(
            f"the name of a policy file ends in .yaml: {file}",
            f"edgeenv policy init {file}.yaml",
            code="not-a-policy-name",
        )
    tests = policy.with_name(f"{policy.stem}.policy-test.yaml")
    for path in (policy, tests):
        if os.path.lexists(path):
            raise EdgeEnvError(
                f"{path} is there already, and is not overwritten", "choose another name", code="file-exists"
            )
    text = _POLICY.format(schema=schema_place("policy", policy.parent), name=_name(policy.stem))
    write_file(policy, text.encode(), replace=False)
    write_file(tests, _tests(policy, tests).encode(), replace=False)
    result(f"Policy: {clean(policy)}")
    result(f"Tests: {clean(tests)}")
    message(f"Next: edgeenv policy check {clean(policy)} && edgeenv policy test {clean(tests)}")


def _tests(policy: Path, tests: Path) -> str:
    """The cases of the default policy, for another file."""
    _, _, body = resources.read_text("policies", "default.policy-test.yaml").partition("\nbase:")
    return (
        f"# yaml-language-server: $schema={schema_place('policy-test', tests.parent)}\n"
        f"# What {policy.name} must say of pairs of runs: edgeenv policy test {tests.name}\n"
        f"schema_version: edgeenv.policy-test.v1\npolicy: {_scalar(f'./{policy.name}')}\nbase:{body}"
    )


def _name(stem: str) -> str:
    """A policy name made from a file's name."""
    words = re.findall(r"[a-z0-9]+", stem.lower())
    name = "-".join(words)
    return name if name[:1].isalpha() else f"policy-{name}".rstrip("-")


def _scalar(text: str) -> str:
    return text if _PLAIN.match(text) else json.dumps(text, ensure_ascii=False)
