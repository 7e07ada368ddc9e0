"""Each damaged bundle is refused for its own reason, by every command, and nothing is written."""

from __future__ import annotations

import pytest
from conformance_kit import sealed, tree, zipped
from damaged_bundles import DAMAGES


@pytest.fixture(scope="module")
def damaged(bundles, tmp_path_factory):
    """One file for each damage."""
    folder = tmp_path_factory.mktemp("damaged")
    for number, damage in enumerate(DAMAGES):
        (folder / f"{number:03}.zip").write_bytes(damage.do(bundles[damage.of]))
    return folder


@pytest.fixture(scope="module")
def refused(program, damaged):
    """What one call that imports them all says of each, by file name."""
    before = tree(damaged)
    done = program("runs", "import", damaged, "--json", "--edgeenv-root", "new", cwd=damaged)
    assert done.status == 1
    assert done.json["imported"] == []
    assert tree(damaged) == before, "something was written"
    return {entry["file"].rpartition("/")[2]: entry for entry in done.json["refused"]}


@pytest.fixture(scope="module")
def verified(program, damaged):
    """The same, for a call that only looks."""
    files = sorted(path.name for path in damaged.iterdir())
    done = program("bundle", "verify", *files, "--json", cwd=damaged)
    assert done.status == 3
    return {entry["file"]: entry for entry in done.json["bundles"]}


@pytest.mark.parametrize("number", range(len(DAMAGES)), ids=lambda number: str(DAMAGES[number]))
def test_a_damaged_bundle_is_refused_for_its_own_reason(refused, verified, number):
    damage, name = DAMAGES[number], f"{number:03}.zip"
    assert refused[name]["code"] == damage.code
    assert refused[name]["message"].isprintable()
    assert refused[name]["hint"]
    assert verified[name]["valid"] is False
    failed = [check["code"] for check in verified[name]["checks"] if check["result"] == "failed"]
    assert failed[0] == damage.code


def test_no_two_of_them_are_refused_in_the_same_words(refused):
    messages = {(entry["code"], entry["message"].replace(name, "")) for name, entry in refused.items()}
    same = len(DAMAGES) - len(messages)
    # Text that is no zip, and one that was cut off, differ in nothing that could be said.
    assert same <= 3


@pytest.mark.parametrize("code", ["not-a-zip", "checksum-differs", "failure-invalid"])
@pytest.mark.parametrize("noun", ["runs", "failed-runs"])
def test_a_single_one_is_an_error_with_a_hint(program, damaged, place, code, noun):
    number = next(number for number, damage in enumerate(DAMAGES) if damage.code == code)
    path = damaged / f"{number:03}.zip"
    done = program(noun, "import", path, "--edgeenv-root", "new", cwd=place)
    assert (done.status, done.stdout) == (1, "")
    error, hint = done.stderr.splitlines()
    assert error.startswith("Error: ")
    assert hint.startswith("Hint: ")
    assert list(place.iterdir()) == []
    assert program("bundle", "show", path, cwd=place).status == 3


def test_limits_can_be_set(program, bundles, place):
    (place / "good.zip").write_bytes(bundles["baseline"].content)
    words = ("runs", "import", "good.zip", "--edgeenv-root", "new", "--max-size")
    assert program(*words, "1kB", cwd=place).status == 1
    assert not (place / "new").exists()
    assert program(*words, "10MB", cwd=place).status == 0


def test_a_bundle_made_by_other_means_comes_in_when_it_holds(program, bundles, place):
    """The damages above are refused for the damage, not for how the suite packs."""
    for name in ("baseline", "failed"):
        (place / "packed.zip").write_bytes(zipped(bundles[name].run_id, sealed(bundles[name].files)))
        program("runs", "import", "packed.zip", "--edgeenv-root", "new", cwd=place).must()
