"""The bundle summary: true sample documents, statements that follow from evidence, harmless names."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from bundle_summary_cases import (
    ALL_SUMMARIES,
    ALTERED,
    FAKE,
    HANDOFF,
    PLAIN,
    REQUIRED,
    RUN_A,
    RUN_B,
    RUN_FAKE,
    RUN_OLD,
    files,
    judged,
)
from hypothesis import given
from hypothesis import strategies as st
from report_cases import HOSTILE, NO, YES, rule
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from edgeenv import resources, schema
from edgeenv.documents import pretty_json
from edgeenv.model.finding import Finding
from edgeenv.model.judgement import Outcome
from edgeenv.report.bundle_summary_document import summary_document
from edgeenv.report.bundle_summary_page import page_of
from edgeenv.report.bundle_summary_pages import summary_html, summary_markdown
from edgeenv.report.comparison import Comparison, Side

VOID = {"meta", "br"}
FORBIDDEN = {
    "script",
    "link",
    "img",
    "iframe",
    "object",
    "embed",
    "base",
    "form",
    "a",
    "svg",
    "video",
    "audio",
}


class HtmlSnapshot(SingleFileSnapshotExtension):
    file_extension = "html"
    _write_mode = WriteMode.TEXT


class JsonSnapshot(SingleFileSnapshotExtension):
    file_extension = "json"
    _write_mode = WriteMode.TEXT


class Reading(HTMLParser):
    """A page as its elements and the text between them; an element that is not closed is an error."""

    def __init__(self, page):
        super().__init__()
        self.shape, self.open, self.texts = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.shape.append((tag, *attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def handle_comment(self, data):
        raise AssertionError(data)


@pytest.mark.parametrize("case", ALL_SUMMARIES)
def test_summary_markdown(case, md_snapshot):
    assert summary_markdown(ALL_SUMMARIES[case]) == md_snapshot


@pytest.mark.parametrize("case", ALL_SUMMARIES)
def test_summary_html(case, snapshot):
    assert summary_html(ALL_SUMMARIES[case]) == snapshot.use_extension(HtmlSnapshot)


def test_summary_json(snapshot):
    assert pretty_json(summary_document(PLAIN)) == snapshot.use_extension(JsonSnapshot)


@pytest.mark.parametrize("case", ALL_SUMMARIES)
def test_the_json_form_holds_its_schema(case):
    document = json.loads(pretty_json(summary_document(ALL_SUMMARIES[case])))
    assert schema.check_value("bundle-summary", document, "summary") == ()


def test_the_schema_describes_judgements_as_their_own_schema_does():
    whole = json.loads(schema.text("judgement"))
    inner = json.loads(schema.text("bundle-summary"))["$defs"]["judgement"]
    for member in ("type", "required", "additionalProperties", "properties"):
        assert inner[member] == whole[member]


# The sections, tables and lines that readers of such summaries know.


def test_sections_and_tables_stand_where_they_are_looked_for():
    lines = summary_markdown(HANDOFF).splitlines()
    assert [line for line in lines if re.match("##? ", line)] == [
        "# EdgeEnv Evidence Bundle Handoff",
        "## Scope",
        "## Bundles",
        "## Imported Compare Results",
        "## Reasons",
        "## Metrics Deltas",
        "## Evidence Integrity",
        "## Notes",
        "## Warnings",
        "## Policy and Evidence",
    ]
    assert "| Scenario | Run A | Run B | Exported files | Sampler evidence | Resource source |" in lines
    assert (
        f"| same condition: again | {RUN_A.run_id} | {RUN_B.run_id} | core + sampler / core "
        "| metadata + raw log / absent | jetson-tegrastats / unspecified |"
    ) in lines
    assert "| Scenario | Comparable | Mode | Metrics Delta | Expected |" in lines
    assert "| same condition: again | Yes | same-condition | present | yes |" in lines
    assert "| measured against made up | No | none | absent | no |" in lines
    assert "| no model hash | Indeterminate | none | absent | not stated |" in lines


def test_each_line_of_integrity_follows_from_the_runs():
    said = {line.label: line.text for line in page_of(HANDOFF).integrity}
    assert said["Manifest schema"] == "edgeenv.export.v1"
    assert said["Required files present"] == "result/config/target/env/stdout/stderr"
    assert said["Sampler metadata present"] == "partial"
    assert said["Raw sampler artifacts present"] == "partial"
    assert said["SHA-256/byte-size verification"] == (
        "verified now: 20 of 20 files (2000 bytes) of 3 runs match the manifest"
    )
    assert (
        said["Unsafe paths/runs.db excluded"] == "verified now: 20 of 20 listed paths may travel in a bundle"
    )
    said = {line.label: line.text for line in page_of(ALTERED).integrity}
    assert said["Manifest schema"] == f"edgeenv.export.v1; none stored with {RUN_OLD.run_id}"
    assert said["Required files present"] == f"no; {RUN_B.run_id} lacks stderr.log"
    assert said["SHA-256/byte-size verification"] == (
        "failed: 4 of 6 files (400 bytes) of 1 run match the manifest; "
        f"not verified for want of a stored manifest: {RUN_OLD.run_id}; see Warnings"
    )


def test_an_index_that_disagrees_is_a_failed_verification():
    run = replace(RUN_B, altered=(Finding("index-differs", "the index recorded another digest"),))
    said = {
        line.label: line.text for line in page_of(replace(PLAIN, scenarios=(judged("x", NO, run),))).integrity
    }
    assert said["SHA-256/byte-size verification"].startswith("failed: ")


def test_a_path_that_no_bundle_may_hold_is_named():
    run = replace(RUN_B, files=(*files(), *files(("runs.db",), **{"runs.db": {"safe": False}})))
    said = {
        line.label: line.text for line in page_of(replace(PLAIN, scenarios=(judged("x", NO, run),))).integrity
    }
    assert said["Unsafe paths/runs.db excluded"] == f"no; {RUN_B.run_id} lists runs.db"


def test_without_an_expectation_there_is_no_such_column():
    text = summary_markdown(PLAIN)
    assert "| Scenario | Comparable | Mode | Metrics Delta |\n" in text
    assert "Expected" not in text
    assert "Expected" not in summary_html(PLAIN)


def test_nothing_is_said_of_the_past():
    for summary in ALL_SUMMARIES.values():
        for page in (summary_markdown(summary), summary_html(summary)):
            assert not re.search(r"previously|was imported|were imported|completed", page)


def test_notes_stand_beside_the_disclaimers():
    text = summary_markdown(HANDOFF)
    for disclaimer in PLAIN.disclaimers:
        assert f"- {disclaimer}\n" in text
    assert "- Author's note: Fan at full speed \\| door closed\n" in text


def test_a_policy_that_reads_resource_metrics_is_not_said_to_ignore_them():
    power = rule("power", Outcome.DIFFERENT, [("resource_metrics.power_mean_w", 5.0, 9.0)])
    comparison = Comparison(NO.judgement._replace(rules=(power,)), NO.a, NO.b)
    (first, _) = replace(PLAIN, scenarios=(judged("x", comparison),)).disclaimers
    assert "judges by supplemental evidence too: power (resource_metrics.power_mean_w)" in first
    assert "no rule of the policy reads it" in PLAIN.disclaimers[0]


def test_warnings_are_sorted_and_said_once():
    warnings = HANDOFF.warnings
    assert list(warnings) == sorted(set(warnings))
    assert f"{FAKE.run_id}: synthetic run, its numbers were not measured" in warnings
    for lacking in ("sampler metadata", "sampler raw artifacts"):
        assert f"{RUN_B.run_id}: {lacking} absent" in warnings
    assert f"{RUN_B.run_id}: resource metrics absent" not in warnings
    assert not any(warning.startswith(RUN_A.run_id) for warning in warnings)
    whole = replace(PLAIN, scenarios=(judged("x", NO, RUN_A, RUN_A),))
    assert "## Warnings" not in summary_markdown(whole)
    assert ">Warnings<" not in summary_html(whole)


def test_numbers_are_shown_for_the_same_condition_only():
    assert "None of the scenarios is of that kind." in summary_markdown(PLAIN)
    assert "latency" not in summary_markdown(PLAIN)
    deltas = summary_markdown(HANDOFF).split("## Metrics Deltas")[1].split("## Evidence Integrity")[0]
    assert re.findall("^### (.*)$", deltas, re.MULTILINE) == ["same condition: again"]
    assert "| `latency_mean_ms` | 18.0 ms | 16.4 ms | -1.6 ms | -8.89% |" in deltas


def test_altered_evidence_is_told_before_everything_else():
    text = summary_markdown(ALTERED)
    assert text.index("Altered evidence was allowed") < text.index("## Scope")
    assert RUN_B.run_id in text.split("## Scope")[0]
    allowed = replace(PLAIN, altered_allowed=True)
    assert "none was found" in summary_markdown(allowed)
    assert "none was found" in summary_html(allowed)
    assert "--allow-altered" not in summary_markdown(PLAIN)


@pytest.mark.parametrize(
    ("run", "exported", "sampler", "source"),
    [
        (RUN_A, "core + sampler", "metadata + raw log", "jetson-tegrastats"),
        (replace(RUN_A, sampler_raw=0), "core + sampler", "metadata only", "jetson-tegrastats"),
        (RUN_B, "core", "absent", "unspecified"),
        (RUN_FAKE, "core", "absent", "absent"),
        (
            replace(RUN_B, files=files(**{"env.json": {"present": False}})),
            "incomplete core",
            "absent",
            "unspecified",
        ),
    ],
)
def test_what_is_said_of_one_run(run, exported, sampler, source):
    assert (run.exported_files, run.sampler_evidence, run.shown_source) == (exported, sampler, source)
    assert {file.path for file in run.files if file.required} == set(REQUIRED)


# Names from outside.


def poisoned(name):
    bad = rule(name or "x", Outcome.DIFFERENT, [(name, name, [name])], reason=name)
    judgement = NO.judgement._replace(
        rules=(bad,), reasons=(name,), notes=(name,), advisories=(Finding("code", name),)
    )
    side = Side(name, FAKE.evidence_digest, name)
    run = replace(
        RUN_B,
        side=side,
        files=files(("a", name), **{name: {"safe": False}}),
        altered=(Finding("file-altered", name, (("path", name),)),),
        has_resources=True,
        resource_source=name,
    )
    return replace(
        HANDOFF,
        scenarios=(
            judged(name, Comparison(judgement, NO.a, NO.b), run, run, expected="no"),
            judged(name, YES, run, RUN_A),
        ),
        edgeenv_version=name,
        source_device=name or " ",
        notes=(name,),
        altered_allowed=True,
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_breaks_no_markdown(name):
    lines = summary_markdown(poisoned(name)).split("\n")
    harmless = summary_markdown(poisoned("x")).split("\n")
    assert len(lines) == len(harmless)
    for line, expected in zip(lines, harmless, strict=True):
        assert re.sub(r"\\.", "", line).count("|") == expected.count("|")
        assert line.isprintable()
        outside_code = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert not re.search(r"(?<!\\)[<>\[\]*~]", outside_code.replace("**", ""))
        assert "someone@" not in outside_code
        assert "http:" not in outside_code


@given(name=st.text(max_size=60) | st.sampled_from(HOSTILE))
def test_no_name_changes_the_elements_of_the_page(name):
    page = summary_html(poisoned(name))
    assert Reading(page).shape == Reading(summary_html(poisoned("x"))).shape
    assert all(line.isprintable() for line in page.split("\n"))


@pytest.mark.parametrize("case", ALL_SUMMARIES)
def test_the_page_stands_alone(case):
    page = summary_html(ALL_SUMMARIES[case])
    reading = Reading(page)
    assert not FORBIDDEN & {tag for tag, *_ in reading.shape}
    names = {name for _, *attributes in reading.shape for name, _ in attributes}
    assert names == {"lang", "charset", "http-equiv", "content", "name", "class", "scope"}
    style = page.split("<style>")[1].split("</style>")[0]
    assert not re.search(r"url\(|@import|//|expression", style)
    assert not re.search(r"https?:|javascript:|data:", page)
    assert "default-src 'none'" in page
    assert "@media print" in page
    assert page.startswith("<!DOCTYPE html>\n")
    headings = re.findall("<h2>(.*?)</h2>", page)
    assert headings == re.findall("^## (.*)$", summary_markdown(ALL_SUMMARIES[case]), re.MULTILINE)


def test_both_pages_say_the_same():
    for summary in ALL_SUMMARIES.values():
        page = page_of(summary)
        texts = " ".join(Reading(summary_html(summary)).texts)
        said = [line.text for line in (*page.scope, *page.integrity, *page.policy)]
        said += [cell for row in (*page.bundle_rows, *page.compare_rows, *page.evidence_rows) for cell in row]
        said += [*page.disclaimers, *page.notes, *page.warnings, page.policy_digest, page.altered]
        assert [text for text in said if text not in texts] == []


def test_values_in_the_html_template_are_never_marked_safe():
    source = resources.read_text("templates", "bundle_summary.html.j2")
    assert re.findall(r"\{\{[^}]*\|[^}]*\}\}", source) == []
    assert "autoescape" not in source
    # A value stands between tags, or in a class that is one of the verdicts.
    attributes = re.findall(r'="[^"]*\{\{([^}]*)\}\}[^"]*"', source)
    assert {name.strip() for name in attributes} == {"cell", "scenario.verdict"}


def test_the_same_summary_gives_the_same_bytes():
    for summary in ALL_SUMMARIES.values():
        assert summary_markdown(summary) == summary_markdown(summary)
        assert summary_html(summary) == summary_html(summary)
