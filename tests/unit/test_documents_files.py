"""Reading files: each thing that is no ordinary small file has its own clear error, at once."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from edgeenv.documents import load_yaml, read_file
from edgeenv.errors import EdgeEnvError


def refused(path, limit=1000):
    with pytest.raises(EdgeEnvError) as caught:
        read_file(path, limit)
    error = caught.value
    assert [p.code for p in error.problems] == [error.code]
    assert error.message == f"{os.fspath(path)}: {error.problems[0].message}"
    assert error.problems[0].line is None
    return error


def test_a_file_is_read_whole(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"x" * 1000)
    assert read_file(path, 1000) == read_file(str(path), 1000) == b"x" * 1000


@pytest.mark.parametrize("name", ["absent.yaml", "file/inside", "nul\0inside"])
def test_a_missing_file(tmp_path, name):
    (tmp_path / "file").write_text("x")
    error = refused(str(tmp_path / name))
    assert error.code == "not-found"
    assert error.hint == "check the path"


def test_a_directory(tmp_path):
    assert refused(tmp_path).message.endswith("found a directory, expected a regular file")
    assert refused(tmp_path).code == "not-a-regular-file"


def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "a named pipe" in refused(tmp_path / "pipe").message


def test_a_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert refused("s").code == "not-a-regular-file"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device(device):
    assert "a character device" in refused(device).message


def test_a_file_of_100_mb_is_refused_unread(tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    error = refused(path)
    assert error.code == "too-large"
    assert "100000000 bytes" in error.message
    assert "at most 1000" in error.message
    with pytest.raises(EdgeEnvError, match="at most 262144"):
        load_yaml(path)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_file_that_says_it_is_empty_is_still_bounded():
    assert refused("/proc/self/status", limit=10).code == "too-large"
    assert read_file("/proc/self/status", 100_000)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission(tmp_path):
    path = tmp_path / "secret.yaml"
    path.write_text("a: 1")
    path.chmod(0)
    error = refused(path)
    assert error.code == "unreadable"
    assert "Permission denied" in error.message


def test_a_link_that_leads_to_itself(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    assert refused(tmp_path / "loop").code == "unreadable"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc")
def test_a_file_whose_reading_fails():
    assert refused("/proc/self/mem").code == "unreadable"
