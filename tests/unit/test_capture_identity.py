from __future__ import annotations

import hashlib
import os
import time

import pytest
from capture_support import CONFIG, GOOD, printing, request

from edgeenv.capture import content, identity, runner

OLD, NEW = b"weights", b"WEIGHTS"
SHA_OLD, SHA_NEW = hashlib.sha256(OLD).hexdigest(), hashlib.sha256(NEW).hexdigest()


def never():
    return False


def model_file(tmp_path, raw=OLD):
    path = tmp_path / CONFIG.model_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def recorded(tmp_path, then="", **config):
    capture = runner.run(request(tmp_path, printing(GOOD, then=then), **config))
    assert capture.failure is None
    return capture.model, [finding.code for finding in capture.findings]


MODEL = repr(CONFIG.model_path)


def test_a_file(tmp_path):
    model_file(tmp_path)
    model, findings = recorded(tmp_path)
    assert (model.model_hash, model.hash_basis, model.size_bytes) == (SHA_OLD, "file", 7)
    assert (model.model_path, model.model_format) == (CONFIG.model_path, "onnx")
    assert findings == []


def test_the_file_that_the_command_would_open(tmp_path):
    model_file(tmp_path, b"beside edgeenv, never opened")
    model_file(tmp_path / "sub")
    model, _ = recorded(tmp_path, f"assert open({MODEL}, 'rb').read() == {OLD!r}", working_directory="sub")
    assert model.model_hash == SHA_OLD


def test_a_missing_model_is_no_identity(tmp_path):
    model, findings = recorded(tmp_path)
    assert (model.model_hash, model.hash_basis, model.size_bytes) == (None, "missing", None)
    assert findings == []


@pytest.mark.parametrize(
    "then",
    [
        f"open({MODEL}, 'wb').write({NEW!r})",
        f"open({MODEL}, 'ab').write(b'more')",
        f"os.remove({MODEL})",
        f"os.remove({MODEL}); os.rmdir('models')",
        f"open('new', 'wb').write({NEW!r}); os.replace('new', {MODEL})",
        f"open('new', 'wb').write({OLD!r}); os.replace('new', {MODEL})",
        f"os.remove({MODEL}); os.mkdir({MODEL})",
    ],
)
def test_a_model_that_changes_while_the_command_runs(tmp_path, then):
    model_file(tmp_path)
    model, findings = recorded(tmp_path, then)
    assert (model.model_hash, model.hash_basis, model.size_bytes) == (None, "missing", None)
    assert findings == ["model-changed"]


def test_same_size_and_times_do_not_hide_a_change(tmp_path):
    path = model_file(tmp_path)
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    then = f"open({MODEL}, 'r+b').write({NEW!r}); os.utime({MODEL}, ns={times})"
    assert recorded(tmp_path, then)[1] == ["model-changed"]


@pytest.mark.parametrize("then", [f"os.utime({MODEL})", f"os.chmod({MODEL}, 0o600)", f"open({MODEL}).read()"])
def test_a_model_that_is_only_touched_keeps_its_identity(tmp_path, then):
    model_file(tmp_path)
    model, findings = recorded(tmp_path, then)
    assert (model.model_hash, findings) == (SHA_OLD, [])


def test_a_model_that_the_command_brings(tmp_path):
    then = f"os.mkdir('models'); open({MODEL}, 'wb').write({OLD!r})"
    model, findings = recorded(tmp_path, then)
    assert (model.hash_basis, findings) == ("missing", ["model-changed"])


def test_a_large_model_is_digested_again_only_when_its_stamps_differ(tmp_path, monkeypatch):
    monkeypatch.setattr(identity, "SMALL_BYTES", 1)
    path = model_file(tmp_path)
    before = identity.look(CONFIG, tmp_path, never)
    calls = []
    monkeypatch.setattr(content, "examine", lambda *arguments: calls.append(arguments) or before.content)
    assert identity.settle(CONFIG, before, never)[1] == ()
    assert calls == []
    time.sleep(0.02)
    path.touch()
    assert identity.settle(CONFIG, before, never)[1] == ()
    assert len(calls) == 1


# A digest that the config declares


@pytest.mark.parametrize("spelling", [SHA_OLD, SHA_OLD.upper(), f"sha256:{SHA_OLD}"])
def test_a_declared_model_that_is_there(tmp_path, spelling):
    model_file(tmp_path)
    model, findings = recorded(tmp_path, model_sha256=spelling)
    assert (model.model_hash, model.hash_basis, findings) == (SHA_OLD, "file", [])


def test_a_declared_model_that_is_not_there(tmp_path):
    model, findings = recorded(tmp_path, model_sha256=SHA_OLD)
    assert (model.model_hash, model.hash_basis, model.size_bytes) == (SHA_OLD, "declared", None)
    assert findings == []


def test_another_model_than_the_declared_one_starts_nothing(tmp_path):
    model_file(tmp_path)
    capture = runner.run(request(tmp_path, printing(then="open('ran', 'w')"), model_sha256=SHA_NEW))
    assert capture.failure.code == "model-hash-mismatch"
    assert SHA_OLD in capture.failure.message
    assert SHA_NEW in capture.failure.message
    assert capture.execution.started_at is None
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("raw", "basis", "findings"), [(OLD, "declared", []), (NEW, "missing", ["model-changed"])]
)
def test_a_declared_model_that_the_command_brings(tmp_path, raw, basis, findings):
    then = f"os.mkdir('models'); open({MODEL}, 'wb').write({raw!r})"
    model, found = recorded(tmp_path, then, model_sha256=SHA_OLD)
    assert (model.hash_basis, found) == (basis, findings)


# Directories


def tree(directory, files):
    for name, raw in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return directory


FILES = {"model.xml": b"<net/>", "model.bin": b"\0\1", "variables/v.data": b"data"}


def test_a_directory_by_its_definition(tmp_path):
    tree(tmp_path / CONFIG.model_path, FILES)
    model, findings = recorded(tmp_path)
    text = b"edgeenv.model-directory.v1\n"
    for name, raw in sorted(FILES.items()):
        text += f"{hashlib.sha256(raw).hexdigest()} {len(raw)} {name}\0".encode()
    assert model.model_hash == hashlib.sha256(text).hexdigest()
    assert (model.hash_basis, model.size_bytes, findings) == ("directory", 12, [])


@pytest.mark.parametrize(
    "other",
    [
        {**FILES, "model.bin": b"\0\2"},
        {**FILES, "more": b""},
        {"model.xml": b"<net/>", "model.bin": b"\0\1"},
        {"model.xml": b"<net/>", "model.bin": b"\0\1", "variables-v.data": b"data"},
    ],
)
def test_another_directory_has_another_digest(tmp_path, other):
    one = content.examine(tree(tmp_path / "a", FILES), never)
    same = content.examine(tree(tmp_path / "b", dict(reversed(FILES.items()))), never)
    assert one.digest == same.digest
    assert content.examine(tree(tmp_path / "c", other), never).digest != one.digest


@pytest.mark.parametrize(
    "then", [f"open({MODEL} + '/model.bin', 'wb').write(b'xx')", f"open({MODEL} + '/cache', 'w').close()"]
)
def test_a_directory_that_changes(tmp_path, then):
    tree(tmp_path / CONFIG.model_path, FILES)
    assert recorded(tmp_path, then)[1] == ["model-changed"]


def test_links_in_a_directory_are_followed(tmp_path):
    blobs = tree(tmp_path / "blobs", FILES)
    linked = tmp_path / "linked"
    linked.mkdir()
    for name in ("model.xml", "model.bin", "variables"):
        (linked / name).symlink_to(blobs / name)
    assert content.examine(linked, never).digest == content.examine(blobs, never).digest


def loop(directory):
    (directory / "again").symlink_to(directory)


def crossing(directory):
    (directory / "a").mkdir()
    (directory / "b").mkdir()
    (directory / "a/b").symlink_to(directory / "b")
    (directory / "b/a").symlink_to(directory / "a")


def many_ways(directory):
    for level in range(30):
        (directory / f"{level}").mkdir()
    for level in range(29):
        for way in "ab":
            (directory / f"{level}/{way}").symlink_to(directory / f"{level + 1}")


@pytest.mark.parametrize(
    "spoil",
    [
        loop,
        crossing,
        many_ways,
        lambda directory: (directory / ("d/" * 100)).mkdir(parents=True),
        lambda directory: (directory / "dangling").symlink_to("nowhere"),
        lambda directory: (directory / "self").symlink_to("self"),
        lambda directory: os.mkfifo(directory / "pipe"),
    ],
)
def test_a_directory_that_cannot_be_digested_is_no_identity(tmp_path, spoil):
    spoil(tree(tmp_path / CONFIG.model_path, FILES))
    model, findings = recorded(tmp_path)
    assert (model.model_hash, model.hash_basis, findings) == (None, "missing", ["model-unreadable"])


def test_a_directory_with_too_much_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr(content, "MAX_ENTRIES", 3)
    with pytest.raises(content.UnreadableError, match="more than 3"):
        content.examine(tree(tmp_path / "a", FILES), never)


def test_a_pipe_is_not_waited_for(tmp_path):
    (tmp_path / "models").mkdir()
    os.mkfifo(tmp_path / CONFIG.model_path)
    assert recorded(tmp_path)[1] == ["model-unreadable"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_model_that_may_not_be_read(tmp_path):
    model_file(tmp_path).chmod(0)
    assert recorded(tmp_path)[1] == ["model-unreadable"]


def test_digesting_can_be_stopped(tmp_path):
    with pytest.raises(content.StoppedError):
        content.examine(model_file(tmp_path), lambda: True)
