"""`edgeenv doctor` checks for real, and changes nothing."""

from __future__ import annotations

import json
import shutil

import pytest

import edgeenv as package
from edgeenv import resources
from edgeenv.cli import doctor_checks
from edgeenv.registry.index import SCHEMA_VERSION


@pytest.fixture
def copy(recorded_root, tmp_path):
    target = tmp_path / "copy"
    shutil.copytree(recorded_root, target)
    return target


def checks(edgeenv, root):
    done = edgeenv("doctor", "--json", "--edgeenv-root", root)
    document = json.loads(done.stdout)
    assert document["schema_version"] == "edgeenv.doctor.v1"
    assert document["ok"] == (done.status == 0)
    return {check["check"]: check for check in document["checks"]}


def test_the_first_four_lines_stand(edgeenv, tmp_path, monkeypatch):
    monkeypatch.delenv("EDGEENV_ROOT")
    done = edgeenv("doctor", cwd=tmp_path)
    assert done.status == 0
    assert done.lines[:5] == [
        "EdgeEnv doctor: OK",
        f"Version: {package.__version__}",
        "Runner support: fake, local",
        "Registry: .edgeenv/runs.db",
        "",
    ]
    assert list(tmp_path.iterdir()) == []


def test_every_subject_is_looked_at(edgeenv, recorded_root):
    found = checks(edgeenv, recorded_root)
    assert list(found) == [
        "Python",
        "policies",
        "schemas",
        "templates",
        "root",
        "disk",
        "file system",
        "index",
        "evidence",
        "python",
        "samplers",
    ]
    assert f"version {SCHEMA_VERSION}, 4 rows" in found["index"]["text"]


def test_the_list_of_shipped_files_is_that_of_the_project():
    for kind, names in doctor_checks._SHIPPED.items():
        suffix = {"policies": ".yaml", "schemas": ".schema.json", "templates": ""}[kind]
        shipped = {name for name in resources.names(kind, suffix) if not name.endswith(".policy-test")}
        files = {f"{name}{suffix}" for name in shipped}
        # The schemas of what is printed are read by other programs only.
        assert set(names) <= files if kind == "schemas" else set(names) == files


@pytest.mark.parametrize("damage", ["garbage", "lost-run", "unknown-run"])
def test_a_broken_index_is_found_and_left_alone(edgeenv, copy, damage):
    run = next((copy / "runs").iterdir())
    if damage == "garbage":
        (copy / "runs.db").write_bytes(b"no database at all" * 500)
    elif damage == "lost-run":
        shutil.rmtree(run)
    else:
        shutil.copytree(run, copy / "runs" / "run-20200101-000000-00000000")
    before = (copy / "runs.db").read_bytes()
    found = checks(edgeenv, copy)
    assert found["index"]["state"] == "problem"
    assert found["index"]["hint"]
    assert (copy / "runs.db").read_bytes() == before
    done = edgeenv("doctor", "--edgeenv-root", copy)
    assert done.status == 1
    assert done.lines[0] == "EdgeEnv doctor: PROBLEMS FOUND"
    assert "Hint: " in done.stdout


def test_an_index_that_is_not_there_is_rebuilt_later(edgeenv, copy):
    (copy / "runs.db").unlink()
    found = checks(edgeenv, copy)
    assert found["index"]["state"] == "note"
    assert not (copy / "runs.db").exists()


def test_a_root_that_is_a_file_or_below_one(edgeenv, tmp_path):
    (tmp_path / "file").write_text("x")
    assert checks(edgeenv, tmp_path / "file")["root"]["state"] == "problem"
    assert checks(edgeenv, tmp_path / "file" / "deep")["root"]["state"] == "problem"


def test_missing_shipped_files_are_found(edgeenv, root, monkeypatch):
    monkeypatch.setitem(doctor_checks._SHIPPED, "templates", ("no-such.md.j2",))
    found = checks(edgeenv, root)["templates"]
    assert found["state"] == "problem"
    assert "no-such.md.j2" in found["text"]


def test_tools_on_path_are_found(edgeenv, root, tmp_path, monkeypatch):
    for name in ("python", "tegrastats"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = checks(edgeenv, root)
    assert found["python"]["text"].startswith(str(tmp_path / "python"))
    assert "tegrastats" in found["samplers"]["text"]
    (tmp_path / "python").unlink()
    assert checks(edgeenv, root)["python"]["state"] == "note"


@pytest.mark.parametrize(("kind", "state"), [("nfs4", "note"), ("fuse.sshfs", "note"), ("ext4", "ok")])
def test_a_network_file_system_is_told(edgeenv, tmp_path, monkeypatch, kind, state):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"rootfs / rootfs rw 0 0\nserver:/x {tmp_path} {kind} rw 0 0\n")
    monkeypatch.setattr(doctor_checks, "_MOUNTS", str(mounts))
    found = checks(edgeenv, tmp_path / "evidence")["file system"]
    assert (found["state"], found["text"].startswith(kind)) == (state, True)


def test_little_room_is_a_problem(edgeenv, root, monkeypatch):
    monkeypatch.setattr(doctor_checks, "_LITTLE_SPACE", 1 << 62)
    assert checks(edgeenv, root)["disk"]["state"] == "problem"


def test_noise_shows_the_machine_and_what_to_do_about_it(edgeenv, tmp_path):
    done = edgeenv("doctor", "--noise", "--edgeenv-root", tmp_path / "none")
    assert done.status == 0
    assert done.lines[0] == "Conditions of this machine now"
    assert any(line.startswith("  cpu_affinity ") for line in done.lines)
    assert "disturb a benchmark" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.partition("What would")[2].splitlines())
    assert not (tmp_path / "none").exists()
    document = json.loads(edgeenv("doctor", "--noise", "--json").stdout)
    assert document["schema_version"] == "edgeenv.doctor-noise.v1"
    assert set(document["conditions"]["sources"]) == set(document["conditions"]) - {"sources"}
    for noise in document["noise"]:
        assert set(noise) == {"code", "message", "remedy", "facts"}
        assert set(noise["facts"]) & set(document["conditions"])


def test_a_long_finding_is_folded_and_its_hint_is_whole(edgeenv, monkeypatch):
    hint = "edgeenv " + "word " * 30 + "end"
    check = doctor_checks.Check("disk", "problem", "many words " * 20, hint)
    monkeypatch.setattr("edgeenv.cli.doctor.all_checks", lambda _root: [check])
    first, *further, last = edgeenv("doctor").lines[5:]
    assert first.startswith("problem  disk  many words ")
    assert len(further) > 2
    assert all(len(line) <= 80 for line in (first, *further))
    assert all(line.startswith(f"{' ' * 15}{word}") for line in further for word in [line.split()[0]])
    assert last == f"{' ' * 15}Hint: {hint}"
