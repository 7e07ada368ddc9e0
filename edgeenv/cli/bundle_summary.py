"""``edgeenv report bundle-summary``: a page for whoever receives evidence, every statement checked now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeenv import __version__
from edgeenv.cli.bundle_summary_evidence import examine
from edgeenv.cli.output import clean, json_text, message, result, show_notices, write_file
from edgeenv.cli.root import root_option
from edgeenv.cli.run_reference import REFERENCE_HELP
from edgeenv.cli.today import today
from edgeenv.errors import ExitStatus
from edgeenv.policy.document import judging_members, load_resolved, policy_of_resolved
from edgeenv.policy.judge import judge
from edgeenv.registry.registry import Registry
from edgeenv.report.bundle_summary import BundleSummary, JudgedScenario
from edgeenv.report.bundle_summary_scenario import parse_scenarios
from edgeenv.report.comparison import Comparison

if TYPE_CHECKING:
    from edgeenv.cli.bundle_summary_evidence import ExaminedRun
    from edgeenv.report.bundle_summary_scenario import Scenario


@click.command(
    name="bundle-summary",
    epilog=f"{REFERENCE_HELP} LABEL may hold colons. EXPECTED is a verdict (yes, conditional, no, "
    "indeterminate) or a mode (same-condition, runtime-comparison, target-comparison); when it does not "
    "hold, the summary is still written, and the exit status is 3.",
)
@click.option(
    "--scenario",
    "scenarios",
    metavar="LABEL:A:B[=EXPECTED]",
    multiple=True,
    required=True,
    help="A pair of runs to judge: A is the baseline, B the candidate. May be given several times.",
)
@root_option
@click.option("--policy", metavar="NAME|FILE", default="default", show_default=True, help="What must hold.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "json", "html"]),
    default="markdown",
    show_default=True,
    help="How to say it; html is one file that needs nothing else and prints well.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--source-device", metavar="TEXT", help="Where the evidence comes from, as you state it.")
@click.option(
    "--note", "notes", metavar="TEXT", multiple=True, help="A line of your own. May be given several times."
)
@click.option(
    "--allow-altered", is_flag=True, help="Use evidence that was altered, and say so in the summary."
)
@click.option("--output", "-o", metavar="FILE", help="Write the summary to a file.")
@click.option("--force", is_flag=True, help="Let --output replace a file that is there.")
def bundle_summary(  # noqa: PLR0913 - one argument for each option of the command
    *,
    scenarios: tuple[str, ...],
    root: Path,
    policy: str,
    form: str,
    as_json: bool,
    source_device: str | None,
    notes: tuple[str, ...],
    allow_altered: bool,
    output: str | None,
    force: bool,
) -> int:
    """Summarise runs and their judgements for a reviewer.

    While the summary is made, every file of every run is checked against its manifest, and every pair is
    judged. What was not verified is said.
    """
    resolved = load_resolved(policy)
    wanted = parse_scenarios(map(json_text, scenarios), resolved["policy"].get("modes", ()))
    registry = Registry(root)
    judged = _judged(wanted, registry, resolved, allow_altered=allow_altered)
    show_notices(registry.notices)
    summary = BundleSummary(
        scenarios=judged,
        edgeenv_version=__version__,
        source_device=None if source_device is None else json_text(source_device),
        notes=tuple(map(json_text, notes)),
        altered_allowed=allow_altered,
    )
    report = _rendered(summary, "json" if as_json else form)
    if output is None:
        click.echo(report, nl=False)
    else:
        write_file(Path(output), report, replace=force)
        result("Bundle summary written")
        result(f"Report: {clean(output)}")
    return _status(summary)


def _judged(
    wanted: tuple[Scenario, ...], registry: Registry, resolved: dict[str, Any], *, allow_altered: bool
) -> tuple[JudgedScenario, ...]:
    """Judge every pair; a run of several scenarios is read once."""
    policy, members = policy_of_resolved(resolved), judging_members(resolved["policy"])
    examined: dict[str, ExaminedRun] = {}
    day = today()

    def run(reference: str) -> ExaminedRun:
        if reference not in examined:
            examined[reference] = examine(registry, reference, allow_altered=allow_altered)
        return examined[reference]

    judged = []
    for scenario in wanted:
        a, b = run(scenario.a), run(scenario.b)
        judgement = judge(policy, a.facts, b.facts, today=day)
        comparison = Comparison(judgement, a.evidence.side, b.evidence.side, members)
        judged.append(JudgedScenario(scenario, comparison, a.evidence, b.evidence))
    return tuple(judged)


def _rendered(summary: BundleSummary, form: str) -> bytes:
    """The whole summary in UTF-8."""
    if form == "json":
        from edgeenv.documents import pretty_json
        from edgeenv.report.bundle_summary_document import summary_document

        return f"{pretty_json(summary_document(summary))}\n".encode()
    from edgeenv.report.bundle_summary_pages import summary_html, summary_markdown

    return (summary_html(summary) if form == "html" else summary_markdown(summary)).encode()


def _status(summary: BundleSummary) -> int:
    """Does every stated expectation hold?"""
    status = ExitStatus.DONE
    for judged in summary.scenarios:
        if judged.holds is False:
            judgement = judged.comparison.judgement
            mode = "" if judgement.mode is None else f", {judgement.mode}"
            message(
                f"Scenario {clean(judged.scenario.label)}: expected {judged.scenario.expected}; "
                f"found: {judgement.verdict.display}{mode}"
            )
            status = ExitStatus.REQUIREMENT_FAILED
    return status
