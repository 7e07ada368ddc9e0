from __future__ import annotations

import json
import os
import zipfile
import zlib
from pathlib import Path

import pytest
from bundle_defects import CASES, Case
from bundle_kit import (
    RESULT,
    RUN_ID,
    as_json,
    bundle,
    deflated,
    entries_of,
    failed_files,
    manifest_of,
    measured_files,
    pack,
    run_files,
    sampled_files,
    with_entry,
    with_name,
)

from edgeenv import schema
from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle import reader
from edgeenv.evidence.bundle.archive import Archive, DamagedEntryError
from edgeenv.evidence.bundle.checking import Result
from edgeenv.evidence.bundle.ending import Ending
from edgeenv.evidence.bundle.inspection import inspect_bundle
from edgeenv.evidence.bundle.limits import Limits
from edgeenv.evidence.bundle.reader import PHASES, open_bundle
from edgeenv.evidence.bundle.structure import Directory
from edgeenv.evidence.files import Kind

CODES = [check.code for phase in PHASES for check in phase]


@pytest.fixture
def written(tmp_path):
    def write(content: bytes):
        path = tmp_path / "some.zip"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    "files",
    [
        run_files(),
        failed_files(),
        sampled_files(),
        measured_files(),
        measured_files(metrics__throughput_fps=70.5, latency_samples__throughput="reported"),
        {**failed_files(), "latency-samples.raw": b"whatever\xff"},
    ],
    ids=["run", "failed", "sampled", "measured", "measured by itself", "failed with samples"],
)
def test_a_good_bundle_passes_every_check(written, files):
    report = inspect_bundle(written(bundle(files)))
    assert report.failures == ()
    assert [outcome.code for outcome in report.outcomes] == CODES
    assert {outcome.result for outcome in report.outcomes} == {Result.PASSED}
    assert report.content.manifest.run_id == RUN_ID


def test_what_a_bundle_holds_can_be_read_while_it_is_open(written):
    with open_bundle(written(bundle())) as found:
        assert (found.run_id, found.kind, found.document) == (RUN_ID, Kind.RUN, RESULT)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_damaged_bundle_is_refused_by_one_check_alone(written, case: Case):
    path = written(case.make())
    report = inspect_bundle(path, case.limits)
    assert [failure.code for failure in report.failures] == [case.code]
    assert report.content is None
    with pytest.raises(EdgeEnvError) as refused, open_bundle(path, case.limits):
        pass
    assert refused.value.code == case.code
    assert refused.value.hint
    assert refused.value.message.isprintable()
    assert len(refused.value.message) < 1000


def test_every_check_has_a_bundle_that_only_it_refuses():
    assert {case.code for case in CASES} == set(CODES)


def test_codes_are_unique():
    assert len(set(CODES)) == len(CODES)


# Some checks repeat what a later one would find, so that the message says what is wrong. These do not:
# without the check, at least one of its bundles would come in.
ONLY_DEFENCES = set(CODES) - {
    *("not-a-zip", "zip-trailing-data", "zip64", "zip-method", "zip-stored-size"),
    *("duplicate-entries", "unsafe-path", "entry-outside-run", "several-top-directories", "clashing-names"),
    *("manifest-missing", "manifest-not-json", "manifest-not-object", "manifest-schema", "bundle-type"),
    *("manifest-files", "manifest-unsafe-path", "manifest-duplicates", "required-not-listed"),
    *("manifest-required-flag", "manifest-invalid", "env-invalid"),
}


@pytest.mark.parametrize("code", sorted(ONLY_DEFENCES))
def test_without_this_check_a_bad_bundle_would_come_in(written, monkeypatch, code):
    for name, checks in vars(reader).copy().items():
        if isinstance(checks, tuple) and checks in PHASES:
            monkeypatch.setattr(reader, name, tuple(check for check in checks if check.code != code))
    came_in = [case for case in CASES if case.code == code and is_accepted(written(case.make()), case.limits)]
    assert came_in


def is_accepted(path, limits):
    return inspect_bundle(path, limits).content is not None


# What is no regular file is never waited for.


def test_a_pipe_a_device_and_a_directory_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    for path in (tmp_path / "pipe.zip", Path("/dev/zero"), tmp_path):
        with pytest.raises(EdgeEnvError) as refused, open_bundle(path):
            pass
        assert refused.value.code == "not-a-regular-file"


@pytest.mark.parametrize("name", ["absent.zip", "some.zip/inside", "a\0b", "x" * 300])
def test_a_file_that_cannot_be_there_is_not_found(written, tmp_path, name):
    written(bundle())
    with pytest.raises(EdgeEnvError) as refused, open_bundle(tmp_path / name):
        pass
    assert refused.value.code in {"not-found", "unreadable"}


def test_a_link_to_a_bundle_is_followed(written, tmp_path):
    (tmp_path / "link.zip").symlink_to(written(bundle()))
    assert inspect_bundle(tmp_path / "link.zip").failures == ()


# Several defects, and texts that are out to deceive.


def test_of_several_defects_the_first_is_told_and_the_others_are_counted(written):
    files = run_files(stdout=b"tuo\n", stderr=b"longer\n")
    with (
        pytest.raises(EdgeEnvError) as refused,
        open_bundle(written(bundle(files, manifest_of(run_files())))),
    ):
        pass
    assert refused.value.code == "size-differs"
    assert "stderr.log has 7 bytes, the manifest says 0 (and 1 more)" in refused.value.message


def test_escape_sequences_of_names_never_reach_the_message(written):
    with (
        pytest.raises(EdgeEnvError) as refused,
        open_bundle(written(with_name(b"%s/\x1b]0;x\x07" % RUN_ID.encode()))),
    ):
        pass
    assert refused.value.message.isprintable()
    assert "x1b" in refused.value.message


def test_a_document_of_a_million_members_is_refused_before_it_is_validated(written):
    vast = as_json({**RESULT, "extensions": {"x": list(range(300_000))}})
    report = inspect_bundle(written(bundle(run_files(result=vast))))
    assert [failure.code for failure in report.failures] == ["result-invalid"]
    assert "more than 20000 members" in report.failures[0].texts[0]


def test_extensions_are_kept(written):
    result = {**RESULT, "extensions": {"lab.ticket": "BENCH-7"}}
    with open_bundle(written(bundle(run_files(result=result)))) as found:
        assert found.document["extensions"] == {"lab.ticket": "BENCH-7"}


def test_a_bundle_that_changes_after_it_was_verified_is_not_stored(written, tmp_path):
    path = written(bundle(run_files(stdout=b"a" * 5000)))
    target = tmp_path / "stage"
    target.mkdir()
    other = bundle(run_files(stdout=b"b" * 5000))
    with open_bundle(path) as found:
        path.write_bytes(other)
        with pytest.raises(EdgeEnvError) as refused:
            found.unpack_into(target)
    assert refused.value.code == "bundle-changed"
    assert not (target / "manifest.json").exists()


def test_limits_of_a_size():
    assert Limits.of_size(1 << 30).file_bytes == 1 << 30
    for size in (0, -1, 1 << 32):
        with pytest.raises(EdgeEnvError, match="as the greatest size"):
            Limits.of_size(size)


def test_the_schema_and_the_reader_of_manifests_agree(tmp_path):
    good = [manifest_of(files) for files in (run_files(), failed_files(), sampled_files())]
    for document in good:
        assert schema.check_value("manifest", document, "m") == ()
    for case in CASES:
        if (
            case.code == "manifest-invalid" and case.name != "no source"
        ):  # which depends on the type of bundle
            path = tmp_path / "x.zip"
            path.write_bytes(case.make())
            with zipfile.ZipFile(path) as archive:
                document = json.loads(archive.read(f"{RUN_ID}/manifest.json"))
            assert schema.check_value("manifest", document, "m"), case


def test_a_bomb_is_not_unpacked_further_than_it_declares(written):
    path = written(with_entry(5, packed=deflated(bytes(50 << 20)), size=10))
    with Archive.open(path) as archive:
        ending = Ending.of(archive, Limits())
        record = Directory.of(archive, ending.record, Limits()).records[5]
        with pytest.raises(DamagedEntryError, match="more than the 10 bytes"):
            next(archive.unpack(record))


def test_other_bytes_with_the_same_checksum_are_noticed_while_they_are_stored(written, tmp_path):
    """CRC-32 is no protection: a difference that is a multiple of its polynomial leaves it as it is."""
    log = b"a" * 64
    bits = "1" + format(0x04C11DB7, "032b")
    forged = bytearray(log)
    for number, bit in enumerate(bits):
        forged[8 + number // 8] ^= int(bit) << number % 8
    assert zlib.crc32(forged) == zlib.crc32(log)
    entries = entries_of(run_files(stdout=log))
    entries[5].method = 0
    path = written(pack(entries))
    (tmp_path / "stage").mkdir()
    with open_bundle(path) as found:
        path.write_bytes(path.read_bytes().replace(log, bytes(forged)))
        with pytest.raises(EdgeEnvError) as refused:
            found.unpack_into(tmp_path / "stage")
    assert refused.value.code == "bundle-changed"
