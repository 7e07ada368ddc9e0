"""``edgeenv report compare``: the verdict first, numbers only where it allows them."""

from __future__ import annotations

from pathlib import Path

import click

from edgeenv.cli.judged_evidence import side_of
from edgeenv.cli.output import clean, message, show_notices, write_file
from edgeenv.cli.report_axis import axis_of
from edgeenv.cli.report_formats import FORMATS, form_of, rendered
from edgeenv.cli.report_gate import gate_of, gate_options, gate_status
from edgeenv.cli.root import root_option
from edgeenv.cli.run_reference import altered_option, run_argument
from edgeenv.cli.today import today
from edgeenv.policy.document import judging_members, load_resolved, policy_of_resolved
from edgeenv.policy.judge import judge
from edgeenv.registry.examining import examine
from edgeenv.registry.registry import Registry
from edgeenv.report.comparison import Comparison


@click.command(name="compare")
@run_argument("baseline", "A")
@run_argument("candidate", "B")
@root_option
@click.option("--policy", metavar="NAME|FILE", default="default", show_default=True, help="What must hold.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How to say it.  [default: json for --output FILE.json, else text]",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--explain", is_flag=True, help="Show every rule, with its fields, values, matcher and outcome."
)
@gate_options
@click.option(
    "--vary",
    metavar="RULE[,RULE]",
    help="Conditional rules that the experiment changes on purpose; the verdict stays what it is.",
)
@click.option("--output", metavar="FILE", help="Write the report to a file.")
@altered_option
@click.option("--force", is_flag=True, help="Let --output replace a file that is there.")
def compare(  # noqa: PLR0913 - one argument for each option of the command
    *,
    baseline: str,
    candidate: str,
    root: Path,
    policy: str,
    form: str | None,
    as_json: bool,
    explain: bool,
    require: str | None,
    fail_on: tuple[str, ...],
    vary: str | None,
    output: str | None,
    force: bool,
    allow_altered: bool,
) -> int:
    """Judge whether two runs may be compared.

    A is the baseline, B the candidate: each an id, a unique beginning or end of one, or latest, latest~1 and
    so on. Numbers are shown only when both were made in the same condition.
    """
    registry = Registry(root)
    a, b = (examine(registry, named, allow_altered=allow_altered) for named in (baseline, candidate))
    show_notices(registry.notices)
    resolved = load_resolved(policy)
    rules = policy_of_resolved(resolved)
    gate = gate_of(rules, require, fail_on)
    judgement = judge(rules, a.stored.facts, b.stored.facts, axis_of(rules, vary, policy), today=today())
    comparison = Comparison(judgement, side_of(a), side_of(b), judging_members(resolved["policy"]))
    report = rendered(comparison, "json" if as_json else form or form_of(output), gate, explain=explain)
    if output is None:
        click.echo(report, nl=False)
    else:
        write_file(Path(output), report, replace=force)
        message(f"Report: {clean(output)}")
    return gate_status(gate, judgement)
