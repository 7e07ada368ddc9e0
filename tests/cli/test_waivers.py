"""Waivers in whole commands: compare, replay, show, check, diff, cohorts, summaries and tests of policies."""

from __future__ import annotations

import json

import pytest
from cli_cases import RECORDED

from edgeenv import schema
from edgeenv.cli import today

FIRST, SECOND = (f"latest~{len(RECORDED) - 1 - index}" for index in (1, 2))
POLICY = """\
schema_version: edgeenv.policy.v1
name: lab
version: "1.0.0"
extends: edgeenv:default
rules:
  variant:
    level: required
    fields: [execution.extra_env]
    reason: Different variables
waivers:
  - id: variants
    rule: variant
    runs: {target.target_name: ["local-*"]}
    reason: Two builds of one release
    owner: Kim
    expires: "2026-12-31"
"""
LAST, AFTER = "2026-12-31", "2027-01-01"


@pytest.fixture(autouse=True)
def day(monkeypatch):
    """The clock, as far as waivers ask it."""
    monkeypatch.setattr(today.time, "gmtime", lambda: (2026, 12, 31, 0, 0, 0, 3, 365, 0))

    def set_to(text):
        year, month, number = map(int, text.split("-"))
        monkeypatch.setattr(today.time, "gmtime", lambda: (year, month, number, 0, 0, 0, 3, 1, 0))

    return set_to


@pytest.fixture
def lab(tmp_path):
    path = tmp_path / "lab.yaml"
    path.write_text(POLICY)
    return path


@pytest.fixture
def compare(edgeenv, recorded_root, lab):
    def call(*words):
        words = (FIRST, SECOND, "--policy", lab, *words, "--edgeenv-root", recorded_root)
        return edgeenv("report", "compare", *words)

    return call


def test_a_waived_difference_is_in_every_format(compare, day):
    sentence = "Waived until 2026-12-31 by Kim: Different variables (Two builds of one release)"
    done = compare("--require", "same-condition")
    assert (done.status, done.lines[:2]) == (0, ["Comparable: Yes", "Mode: same-condition"])
    assert sentence in " ".join(done.stdout.split())
    assert "- waivers looked at on 2026-12-31" in done.lines
    assert sentence in compare("--format", "markdown").stdout.replace("\\", "")
    document = json.loads(compare("--json").stdout)
    assert schema.check_value("judgement", document, "judgement") == ()
    assert sentence in document["reasons"]
    assert document["waivers"] == [
        {
            "rule": "variant",
            "state": "in-force",
            "id": "variants",
            "reason": "Two builds of one release",
            "owner": "Kim",
            "expires": "2026-12-31",
            "selected": ["a", "b"],
        }
    ]
    day(AFTER)
    done = compare("--require", "conditional")
    assert (done.status, done.lines[0]) == (5, "Comparable: Indeterminate")
    assert "Waiver 'variants' by Kim expired on 2026-12-31: Different variables" in " ".join(
        done.stdout.split()
    )


def test_the_day_is_part_of_the_id_and_a_replay_keeps_it(compare, day, tmp_path, edgeenv, recorded_root):
    path = tmp_path / "J.json"
    assert compare("--output", path).status == 0
    ids = {json.loads(path.read_text())["id"], json.loads(compare("--json").stdout)["id"]}
    assert len(ids) == 1
    day(AFTER)
    ids.add(json.loads(compare("--json").stdout)["id"])
    assert len(ids) == 2
    done = edgeenv("report", "replay", path, "--edgeenv-root", recorded_root)
    assert (done.status, done.lines[0]) == (0, "Replay: same"), done.stdout
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "day": AFTER}))
    done = edgeenv("report", "replay", path, "--json", "--edgeenv-root", recorded_root)
    assert {"id", "verdict", "waivers"} <= {change["code"] for change in json.loads(done.stdout)["changes"]}


def test_the_commands_about_policies_tell_waivers(edgeenv, lab, day):
    words = "variant until 2026-12-31 by Kim, where target.target_name is local-*: Two builds of one release"
    shown = " ".join(edgeenv("policy", "show", lab, "--resolved").stdout.split())
    assert f"Waivers: - {words} [variants]" in shown
    explained = edgeenv("policy", "explain", "variant", "--policy", lab)
    assert f"Waived: - {words} [variants]" in " ".join(explained.stdout.split())
    members = json.loads(edgeenv("policy", "explain", "variant", "--policy", lab, "--json").stdout)
    assert [waiver["owner"] for waiver in members["waivers"]] == ["Kim"]
    assert edgeenv("policy", "check", lab).stderr == ""
    day(AFTER)
    done = edgeenv("policy", "check", lab)
    assert done.status == 0
    assert "the waiver has expired" in done.stderr
    lab.with_name("bare.yaml").write_text(POLICY[: POLICY.index("waivers:")])
    differing = edgeenv("policy", "diff", lab.with_name("bare.yaml"), lab)
    assert f"- waiver: none -> {words} [variants]" in " ".join(differing.stdout.split())


def test_stored_pairs_and_neighbours_are_judged_on_the_day(edgeenv, lab, day, recorded_root):
    bare = lab.with_name("bare.yaml")
    bare.write_text(POLICY[: POLICY.index("waivers:")])
    words = ("policy", "diff", bare, lab, "--runs", "--edgeenv-root", recorded_root)
    assert any(line.startswith("- No -> Yes: ") for line in edgeenv(*words).lines)
    day(AFTER)
    assert any(line.startswith("- No -> Indeterminate: ") for line in edgeenv(*words).lines)
    like = edgeenv("runs", "like", FIRST, "--policy", lab, "--edgeenv-root", recorded_root)
    assert "Waiver 'variants' by Kim expired on 2026-12-31" in " ".join(like.stdout.split())
    cohorts = edgeenv("runs", "cohorts", "--policy", lab, "--edgeenv-root", recorded_root)
    assert cohorts.status != 0
    assert "waives the rule 'variant'" in cohorts.stderr


def test_a_summary_tells_waivers(edgeenv, lab, recorded_root):
    words = ("report", "bundle-summary", "--scenario", f"x:{FIRST}:{SECOND}=yes", "--policy", lab)
    page = edgeenv(*words, "--edgeenv-root", recorded_root)
    assert page.status == 0
    assert "Waived until 2026-12-31 by Kim: Different variables" in page.stdout.replace("\\", "")
    assert "different, waived" in page.stdout
    document = json.loads(edgeenv(*words, "--json", "--edgeenv-root", recorded_root).stdout)
    assert schema.check_value("bundle-summary", document, "summary") == ()
    assert document["scenarios"][0]["judgement"]["waivers"][0]["state"] == "in-force"
