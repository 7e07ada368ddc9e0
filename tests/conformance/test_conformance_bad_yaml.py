"""Hundreds of bad YAML files: all refused, each for its own reason, and nothing is written."""

from __future__ import annotations

import pytest
from bad_yaml import GOOD, bad_files
from conformance_kit import tree

BAD = bad_files()
REASON = ("code", "path", "line", "message")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("yaml")
    for number, bad in enumerate(BAD):
        (folder / f"{number:03}.yaml").write_bytes(bad.content)
    return folder


@pytest.fixture(scope="module")
def problems(program, folder):
    """What the validating commands say of each file, by its number."""
    before = tree(folder)
    found = {}
    for kind in GOOD:
        numbers = [number for number, bad in enumerate(BAD) if bad.kind == kind]
        done = program(kind, "validate", *(f"{number:03}.yaml" for number in numbers), "--json", cwd=folder)
        assert done.status in {1, 3}
        assert not any(file["valid"] for file in done.json["files"])
        found |= dict(zip(numbers, (file["problems"] for file in done.json["files"]), strict=True))
    assert tree(folder) == before, "something was written"
    return found


def test_there_are_more_than_two_hundred():
    assert len(BAD) > 200
    assert len({(bad.kind, bad.content) for bad in BAD}) == len(BAD)


def test_the_files_that_they_are_made_from_are_good(program, place):
    for kind, text in GOOD.items():
        (place / "good.yaml").write_text(text)
        program(kind, "validate", "good.yaml", cwd=place).must()


@pytest.mark.parametrize(
    "number", range(len(BAD)), ids=lambda n: f"{BAD[n].kind}-{BAD[n].code}-{BAD[n].path}-{BAD[n].what}"[:70]
)
def test_a_bad_file_is_refused_for_its_reason(problems, number):
    bad = BAD[number]
    named = [problem for problem in problems[number] if problem["code"] == bad.code]
    assert named, [problem["code"] for problem in problems[number]]
    assert bad.path is None or bad.path in {problem["path"] for problem in named}
    for problem in problems[number]:
        assert problem["message"]
        assert problem["message"].isprintable()
        assert problem["file"] == f"{number:03}.yaml"
        assert (problem["line"] is None) is (problem["code"] == "too-large")


def test_no_two_of_them_are_refused_for_the_same_reason(problems):
    reasons = {
        (BAD[number].kind, *(tuple(problem[part] for part in REASON) for problem in found))
        for number, found in problems.items()
    }
    assert len(reasons) == len(BAD)


@pytest.mark.parametrize("number", range(0, len(BAD), 40))
def test_nothing_is_recorded_with_a_bad_file(program, folder, place, number):
    for kind, text in GOOD.items():
        (place / f"{kind}.yaml").write_text(text)
    (place / f"{BAD[number].kind}.yaml").write_bytes((folder / f"{number:03}.yaml").read_bytes())
    done = program("bench", "run", "--target", "profile.yaml", "--config", "bench.yaml", cwd=place)
    assert (done.status, done.stdout) == (1, "")
    assert "Error: " in done.stderr
    assert "Hint: " in done.stderr
    assert {path.name for path in place.iterdir()} == {"bench.yaml", "profile.yaml"}
