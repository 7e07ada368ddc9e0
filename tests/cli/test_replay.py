"""`edgeenv report replay`: from the registry, from bundles, and of what was changed."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from cli_cases import RECORDED

from edgeenv import schema

FIRST, SECOND, LAST = (f"latest~{len(RECORDED) - 1 - index}" for index in (1, 2, 3))


@pytest.fixture
def judged(edgeenv, recorded_root, tmp_path):
    """The judgement of two runs, in a file."""
    path = tmp_path / "J.json"
    done = edgeenv("report", "compare", FIRST, SECOND, "--output", path, "--edgeenv-root", recorded_root)
    assert (done.status, done.stderr) == (0, f"Report: {path}\n")
    return path


@pytest.fixture
def bundles(edgeenv, recorded_root, tmp_path):
    folder = tmp_path / "bundles"
    done = edgeenv("runs", "export", FIRST, SECOND, "-o", folder, "--edgeenv-root", recorded_root)
    assert done.status == 0, done.stderr
    return sorted(folder.glob("*.zip"))


@pytest.fixture
def replay(edgeenv, recorded_root):
    def call(path, *words, root=recorded_root):
        return edgeenv("report", "replay", path, *words, "--edgeenv-root", root)

    return call


def rewrite(path, change):
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")


def test_the_name_of_the_file_asks_for_the_document(judged, edgeenv, recorded_root, tmp_path):
    printed = edgeenv("report", "compare", FIRST, SECOND, "--json", "--edgeenv-root", recorded_root)
    assert judged.read_text(encoding="utf-8") == printed.stdout
    document = json.loads(printed.stdout)
    assert schema.check_value("judgement", document, "judgement") == ()
    assert str(recorded_root) not in printed.stdout
    text = edgeenv("report", "compare", FIRST, SECOND, "--edgeenv-root", recorded_root)
    assert text.lines[-1] == f"Judgement: {document['id'][:19]}"
    other = tmp_path / "other.json"
    words = ("--format", "text", "--output", other, "--edgeenv-root", recorded_root)
    assert edgeenv("report", "compare", FIRST, SECOND, *words).status == 0
    assert other.read_text(encoding="utf-8") == text.stdout


def test_the_registry_gives_the_same(judged, replay):
    done = replay(judged)
    assert (done.status, done.stderr) == (0, "")
    assert done.lines[0] == "Replay: same"
    assert "Recorded: Yes, same-condition" in done.lines
    document = json.loads(replay(judged, "--json").stdout)
    assert schema.check_value("replay", document, "replay") == ()
    assert (document["outcome"], document["id"]) == ("same", document["found_id"])


def test_bundles_give_the_same_where_there_is_no_registry(judged, bundles, replay, tmp_path):
    done = replay(judged, *bundles, root=tmp_path / "none")
    assert (done.status, done.stderr) == (0, "")
    assert done.lines[0] == "Replay: same"
    assert not (tmp_path / "none").exists()


def test_the_policy_file_is_not_needed_any_more(edgeenv, recorded_root, tmp_path, replay):
    policy, path = tmp_path / "own.yaml", tmp_path / "J.json"
    policy.write_text(
        "schema_version: edgeenv.policy.v1\nname: own\nversion: '1.0.0'\nextends: edgeenv:default\n"
        "rules:\n  variant:\n    level: required\n    fields: [execution.extra_env]\n"
        "    reason: Different variables\n    why: They are tuned\n  warmup-runs: {level: advisory}\n"
    )
    words = ("--policy", policy, "--output", path, "--edgeenv-root", recorded_root)
    assert edgeenv("report", "compare", FIRST, SECOND, *words).status == 0
    policy.unlink()
    done = replay(path)
    assert (done.status, done.lines[0]) == (0, "Replay: same"), done.stdout
    assert "Recorded: No" in done.lines


def test_evidence_that_is_not_there_is_undecided(judged, bundles, replay, tmp_path):
    done = replay(judged, root=tmp_path / "none")
    assert (done.status, done.lines[0]) == (5, "Replay: undecided")
    assert sum(line.startswith("- run ") for line in done.lines) == 2
    done = replay(judged, bundles[0])
    assert done.status == 5
    assert "no bundle that was named holds run-" in done.stdout


@pytest.mark.parametrize("name", ["latest", "run-", "../../etc/passwd"])
def test_only_the_id_of_a_run_names_it(name, judged, replay):
    rewrite(judged, lambda document: document["runs"]["a"].update(run_id=name))
    done = replay(judged)
    assert done.status == 3  # the id is over the names too
    assert f"- run a: Run not found: {name}" in done.lines or "- run a: Ambiguous run" in done.stdout


def test_altered_evidence_is_told_by_its_digest(judged, edgeenv, bundles, replay, tmp_path):
    root = tmp_path / "own"
    assert edgeenv("runs", "import", *bundles, "--edgeenv-root", root).status == 0
    assert replay(judged, root=root).status == 0
    run_id = json.loads(judged.read_text(encoding="utf-8"))["runs"]["a"]["run_id"]
    result = root / "runs" / run_id / "result.json"
    result.write_text(result.read_text().replace('"precision": "fp32"', '"precision": "fp16"'))
    done = replay(judged, "--json", root=root)
    codes = [change["code"] for change in json.loads(done.stdout)["changes"]]
    assert done.status == 3
    assert codes[:2] == ["evidence-digest", "evidence-altered"]
    assert {"verdict", "rule"} <= set(codes)


def test_a_tampered_policy_is_told(judged, replay):
    def soften(document):
        document["resolved_policy"]["rules"]["precision"]["level"] = "advisory"

    rewrite(judged, soften)
    done = replay(judged)
    assert done.status == 3
    assert "- policy digest:" in done.lines


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.pop("id"), "is no valid judgement"),
        (lambda d: d.update(schema_version="edgeenv.judgement.v9"), "edgeenv.judgement.v9"),
        (lambda d: d["resolved_policy"].pop("rules"), "invalid policy: the policy in "),
        (lambda d: d["resolved_policy"].update(rules={}), "with a required rule"),
        (lambda d: d["resolved_policy"].update(extends="/etc/passwd.yaml"), "without extends"),
    ],
)
def test_what_is_no_judgement_is_refused_at_the_door(change, words, judged, replay):
    rewrite(judged, change)
    done = replay(judged)
    assert (done.status, done.stdout) == (1, "")
    assert words in done.stderr


def test_what_cannot_be_read_is_refused(judged, bundles, replay, tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(bundles[0].read_bytes()[:-40])
    empty = tmp_path / "empty.json"
    empty.write_text("[]")
    for words in ((tmp_path / "none.json",), (empty,), (judged, tmp_path / "none.zip"), (judged, broken)):
        done = replay(*words)
        assert (done.status, done.stdout) == (1, ""), words


def test_two_bundles_of_one_run_must_agree(judged, bundles, replay, edgeenv, tmp_path):
    assert replay(judged, *bundles, bundles[0]).status == 0
    root = tmp_path / "own"
    assert edgeenv("runs", "import", *bundles, "--edgeenv-root", root).status == 0
    run_id = json.loads(judged.read_text(encoding="utf-8"))["runs"]["a"]["run_id"]
    folder = root / "runs" / run_id
    result = (folder / "result.json").read_text()
    (folder / "result.json").write_text(result.replace('"throughput_fps": 55.5', '"throughput_fps": 55.25'))
    manifest = json.loads((folder / "manifest.json").read_text())
    for entry in manifest["files"]:
        content = (folder / entry["path"]).read_bytes()
        entry |= {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (root / "runs.db").unlink()
    words = ("runs", "export", run_id, "-o", tmp_path / "forged.zip", "--edgeenv-root", root)
    exported = edgeenv(*words)
    assert exported.status == 0, exported.stderr
    done = replay(judged, *bundles, tmp_path / "forged.zip")
    assert (done.status, done.stdout) == (1, "")
    assert "with other evidence than a bundle before it" in done.stderr


def test_a_failed_run_is_no_evidence_of_a_judgement(judged, edgeenv, workplace, replay):
    (workplace / "bench.py").write_text("raise SystemExit(1)\n")
    root = ("--edgeenv-root", workplace / "failed")
    assert edgeenv("bench", "run", "--target", "target.yaml", "--config", "bench.yaml", *root).status == 1
    (failed,) = json.loads(edgeenv("failed-runs", "list", "--json", *root).stdout)["failed_runs"]
    words = ("failed-runs", "export", failed["run_id"], "-o", workplace / "failed.zip", *root)
    assert edgeenv(*words).status == 0
    done = replay(judged, workplace / "failed.zip")
    assert (done.status, done.stdout) == (1, "")
    assert "holds a failed run" in done.stderr


def test_a_run_that_differs_is_no_evidence_of_another(judged, edgeenv, recorded_root, replay):
    """The runs are exchanged under their names: everything that follows from them is told."""
    shown = json.loads(edgeenv("runs", "show", LAST, "--json", "--edgeenv-root", recorded_root).stdout)
    rewrite(judged, lambda document: document["runs"]["b"].update(run_id=shown["run_id"]))
    done = replay(judged)
    assert done.status == 3
    assert "- run b, evidence digest:" in done.lines
