"""What leaves the program: nothing raw from outside, laid out for 80 columns."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_cases import HOSTILE

from edgeenv.cli.output import clean, clean_block, json_document, json_text, write_file
from edgeenv.cli.progress import Echo, Progress
from edgeenv.errors import EdgeEnvError
from edgeenv.report.table import table
from edgeenv.report.width import display_width, fitting, folded, wrapped


@given(st.text())
def test_clean_text_is_one_printable_line(text):
    assert clean(text).isprintable()


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_what_can_be_seen_stays_as_it_is(text):
    assert clean(text) == text


def test_escapes_are_shown_and_not_obeyed():
    assert clean("\x1b[2Jx\n\u202e\x85\r") == r"\x1b[2Jx\n\u202e\x85\r"
    assert clean_block("a\tb\r\nc\x1b[1m\n") == "a\tb\nc\\x1b[1m\n"


def test_json_is_utf8_and_whole(capfdbinary):
    json_document({"schema_version": "v", "name": "모델|\x1b" + "x" * 300})
    out = capfdbinary.readouterr().out
    assert json.loads(out.decode("utf-8"))["name"].startswith("모델|\x1b")
    assert b"\x1b" not in out


def test_a_path_that_is_no_text_can_stand_in_json():
    json_text(os.fsdecode(b"caf\xe9")).encode("utf-8")


def test_wide_characters_count_twice():
    assert display_width("abc") == 3
    assert display_width("모델") == 4
    assert display_width("e\u0301") == 1
    assert fitting("모델모델", 5) == "모델"


@given(st.lists(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1), min_size=1, max_size=5))
def test_wrapping_loses_nothing_and_fits(parts):
    lines = wrapped(parts, "  ")
    assert all(display_width(line) <= 80 for line in lines)
    joined = "".join(line.strip().replace(" ", "") for line in lines)
    assert joined == ",".join(part.replace(" ", "") for part in parts)


@pytest.mark.parametrize("name", HOSTILE)
def test_wrapping_keeps_outside_names_in_their_lines(name):
    assert all(line.isprintable() for line in wrapped([clean(name), "x"], "  "))


def test_a_table_wraps_its_last_column_only():
    drawn = table(("Id", "Text"), [("a" * 40, "word " * 20)])
    assert "a" * 40 in drawn
    assert all(len(line) <= 80 for line in drawn.splitlines())


def test_write_file_writes_all_or_nothing(tmp_path):
    path = tmp_path / "deep" / "report.md"
    write_file(path, b"one", replace=False)
    with pytest.raises(EdgeEnvError, match="not overwritten"):
        write_file(path, b"two", replace=False)
    assert path.read_bytes() == b"one"
    write_file(path, b"two", replace=True)
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["report.md"]


def test_write_file_says_why_it_cannot(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(EdgeEnvError, match="cannot write") as raised:
        write_file(tmp_path / "file" / "report.md", b"x", replace=False)
    assert "Not a directory" in raised.value.message or "File exists" in raised.value.message


class Terminal:
    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_progress_shows_time_limit_and_last_line(tmp_path):
    log = tmp_path / "stdout.log"
    log.write_bytes(b"x" * 100_000 + b"\nstep 1\r\x1b[31mstep 2\n\n")
    terminal = Terminal()
    with Progress(terminal, limit_s=30.0) as progress:
        progress.tick(12.4, log, tmp_path / "stderr.log")
    assert "12 s of 30 s  \\x1b[31mstep 2" in terminal.text
    assert terminal.text.endswith("\r\x1b[K")
    assert "\n" not in terminal.text


def test_a_run_too_short_for_progress_leaves_the_terminal_alone():
    terminal = Terminal()
    with Progress(terminal, limit_s=None):
        pass
    assert terminal.text == ""


def test_echo_forwards_everything_once_and_harmless(tmp_path):
    stdout, stderr = tmp_path / "stdout.log", tmp_path / "stderr.log"
    terminal = Terminal()
    echo = Echo(terminal)
    echo.tick(0.5, stdout, stderr)  # not created yet
    stdout.write_bytes(b"one\n\xec")
    echo.tick(1.0, stdout, stderr)
    with stdout.open("ab") as log:
        log.write(b"\x95\x88\x1b[2J\n")
    stderr.write_bytes(b"warned\n")
    stored = tmp_path / "stored"
    stored.mkdir()
    stdout.rename(stored / "stdout.log")
    stderr.rename(stored / "stderr.log")
    echo.finish(stored)
    assert terminal.text == "one\n안\\x1b[2J\nwarned\n".replace("안", b"\xec\x95\x88".decode())


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, []),
        ("  a b", 10, ["  a b"]),
        ("- one two three", 9, ["- one two", "  three"]),
        ("- 모델 모델 모델", 11, ["- 모델 모델", "  모델"]),
        ("endlessword x", 6, ["endlessword", "  x"]),
    ],
)
def test_a_sentence_is_folded_at_blanks_by_what_it_fills(text, width, lines):
    assert folded(text, "  ", width) == lines
