"""Bundles damaged at random: none hangs, none escapes, none shows a traceback."""

from __future__ import annotations

import json
import struct
import time
from datetime import UTC, datetime
from random import Random

import pytest
from bundle_kit import (
    CONFIG,
    ENV,
    FAILURE,
    METADATA,
    RESULT,
    TARGET,
    bundle,
    failed_files,
    manifest_of,
    run_files,
    sampled_files,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import edited

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.inspection import inspect_bundle
from edgeenv.evidence.bundle.reader import open_bundle
from edgeenv.transfer.importing import Importer

GOOD = [bundle(run_files(stdout=b"line\n" * 300)), bundle(failed_files()), bundle(sampled_files())]
DAMAGED = 500
MOST_SECONDS = 5


def meaningless(content: bytes) -> set[int]:
    """Bytes that say nothing of the evidence: who made an entry, and its rights."""
    found = set()
    at = content.find(b"PK\1\2")
    while at >= 0:
        found |= {at + 4, at + 5, *range(at + 36, at + 42)}
        at = content.find(b"PK\1\2", at + 46)
    return found


def turned_bit(random, content):
    at = random.choice(sorted(set(range(len(content))) - meaningless(content)))
    return content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :]


def cut_off(random, content):
    return content[: random.randrange(len(content))]


def cut_out(random, content):
    at = random.randrange(len(content))
    return content[:at] + content[at + random.randrange(1, 50) :]


def inserted(random, content):
    at = random.randrange(len(content) + 1)
    return content[:at] + random.randbytes(random.randrange(1, 50)) + content[at:]


def repeated(random, content):
    at = random.randrange(len(content))
    piece = content[at : at + random.randrange(1, 400)]
    return content[:at] + piece + content[at:]


def overwritten(random, content):
    at = random.randrange(len(content))
    piece = random.choice(
        [b"\xff" * 4, bytes(4), b"PK\3\4", b"PK\1\2", b"PK\5\6", struct.pack("<I", len(content))]
    )
    return content[:at] + piece + content[at + len(piece) :]


def swapped(random, content):
    a, b = sorted(random.sample(range(len(content)), 2))
    length = min(random.randrange(1, 60), b - a, len(content) - b)
    return (
        content[:a]
        + content[b : b + length]
        + content[a + length : b]
        + content[a : a + length]
        + content[b + length :]
    )


DAMAGES = (turned_bit, cut_off, cut_out, inserted, repeated, overwritten, swapped)


def what_it_holds(path):
    with open_bundle(path) as found:
        return {name: (file.sha256, file.size) for name, file in found.contents.files.items()}


def test_five_hundred_damaged_bundles_are_refused_and_nothing_is_written(tmp_path, root):
    random = Random(20260507)  # noqa: S311 - the same bundles every time
    path = tmp_path / "some.zip"
    importer = Importer(root, now=lambda: datetime.now(UTC), random_hex=lambda count: "0" * count)
    reasons, refused = set(), 0
    while refused < DAMAGED:
        good = random.choice(GOOD)
        damaged = random.choice(DAMAGES)(random, good)
        path.write_bytes(damaged)
        started = time.monotonic()
        if inspect_bundle(path).content is not None:  # damaged in bits that mean nothing
            now = what_it_holds(path)
            path.write_bytes(good)
            assert now == what_it_holds(path)
            continue
        with pytest.raises(EdgeEnvError) as refusal:
            importer.bring(path)
        assert time.monotonic() - started < MOST_SECONDS
        assert refusal.value.message.isprintable()
        assert refusal.value.hint
        reasons.add(refusal.value.message)
        refused += 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["some.zip"]
    assert len(reasons) > 100


def holds_or_is_refused(path):
    started = time.monotonic()
    report = inspect_bundle(path)
    assert time.monotonic() - started < MOST_SECONDS
    assert bool(report.failures) == (report.content is None)
    for failure in report.failures:
        assert failure.hint
        for text in failure.texts:
            assert text


@settings(max_examples=150)
@given(data=st.data())
def test_any_edit_of_the_bytes_is_refused_or_harmless(tmp_path, data):
    content = bytearray(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    path = tmp_path / "some.zip"
    path.write_bytes(content)
    holds_or_is_refused(path)


@settings(max_examples=150)
@given(data=st.data())
def test_any_edit_of_a_document_is_refused_or_harmless(tmp_path, data):
    """The edited document is digested anew, so that only its content can give it away."""
    which = data.draw(
        st.sampled_from(["result", "failure", "env", "metadata", "manifest", "config", "target"])
    )
    draw = data.draw
    if which in {"config", "target"}:
        raw = bytearray(CONFIG if which == "config" else TARGET)
        at = draw(st.integers(0, len(raw) - 1))
        raw[at : at + draw(st.integers(0, 9))] = draw(
            st.binary(max_size=9) | st.sampled_from([b"&a ", b"*a", b"!!x ", b"{"])
        )
        content = bundle(run_files(**{which: bytes(raw)}))
    elif which == "manifest":
        files = draw(st.sampled_from([run_files(), failed_files(), sampled_files()]))
        content = bundle(files, encoded(edited(draw, manifest_of(files))))
    elif which == "failure":
        content = bundle(failed_files(encoded(edited(draw, FAILURE))))
    elif which == "metadata":
        content = bundle(sampled_files(encoded(edited(draw, METADATA))))
    else:
        content = bundle(run_files(**{which: encoded(edited(draw, RESULT if which == "result" else ENV))}))
    path = tmp_path / "some.zip"
    path.write_bytes(content)
    holds_or_is_refused(path)


def encoded(value) -> bytes:
    return json.dumps(value).encode()
