from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from bundle_kit import RUN_ID, bundle

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence import signature
from edgeenv.evidence.bundle.archive import Archive
from edgeenv.evidence.bundle.origin import read_origin
from edgeenv.transfer.importing import Importer
from edgeenv.transfer.signing import SignaturePolicy, signed_archive

pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None,
    reason="ssh-keygen is absent; it comes with the package openssh-client",
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Throw-away keys: two of ed25519, and who may sign with the first."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("alice", "mallory"):
        make = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name))
        subprocess.run(make, check=True, stdin=subprocess.DEVNULL)
    public = (folder / "alice.pub").read_text()
    (folder / "allowed").write_text(f'alice@lab,al@lab namespaces="{signature.NAMESPACE}" {public}')
    return folder


@pytest.fixture
def zipped(tmp_path):
    path = tmp_path / "some.zip"
    path.write_bytes(bundle())
    return path


def check(path, allowed, **options):
    with signed_archive(path, SignaturePolicy(allowed, **options)) as (_, signed):
        return signed.signer


def refusal(path, allowed, **options):
    with pytest.raises(EdgeEnvError) as refused:
        check(path, allowed, **options)
    assert refused.value.message.isprintable()
    return refused.value.code


def test_what_was_signed_is_verified_and_the_signer_named(keys, zipped):
    written = signature.sign(zipped, keys / "alice")
    assert written == zipped.with_name("some.zip.sig")
    signer = check(zipped, keys / "allowed")
    assert (signer.principal, signer.key_type) == ("alice@lab", "ED25519")
    assert signer.fingerprint.startswith("SHA256:")
    assert check(zipped, keys / "allowed", principal="al@lab").principal == "al@lab"


def test_a_name_with_a_hyphen_in_front_is_no_option(keys, zipped, monkeypatch):
    monkeypatch.chdir(keys)
    shutil.copy("alice", "-alice")
    shutil.copy("alice.pub", "-alice.pub")
    shutil.copy("allowed", "-allowed")
    signature.sign(zipped, signature.Path("-alice"))
    assert check(zipped, signature.Path("-allowed")).principal == "alice@lab"


def test_other_bytes_are_refused(keys, zipped):
    signature.sign(zipped, keys / "alice")
    zipped.write_bytes(zipped.read_bytes() + b"x")
    assert refusal(zipped, keys / "allowed") == "signature-not-valid"


def test_a_key_that_is_not_on_the_list_is_refused(keys, zipped):
    signature.sign(zipped, keys / "mallory")
    assert refusal(zipped, keys / "allowed") == "signer-not-allowed"


def test_another_person_than_asked_for_is_refused(keys, zipped):
    signature.sign(zipped, keys / "alice")
    assert refusal(zipped, keys / "allowed", principal="bob@lab") == "signature-not-valid"


def test_a_key_that_is_listed_for_another_purpose_is_refused(keys, zipped, tmp_path):
    signature.sign(zipped, keys / "alice")
    other = tmp_path / "git-only"
    other.write_text(f'alice@lab namespaces="git" {(keys / "alice.pub").read_text()}')
    assert refusal(zipped, other) in {"signature-not-valid", "signer-not-allowed"}


def test_a_revoked_key_is_refused(keys, zipped, tmp_path):
    signature.sign(zipped, keys / "alice")
    revoked = tmp_path / "revoked"
    revoked.write_text((keys / "alice.pub").read_text())
    assert refusal(zipped, keys / "allowed", revoked=revoked) == "signature-not-valid"
    revoked.write_text((keys / "mallory.pub").read_text())
    assert check(zipped, keys / "allowed", revoked=revoked).principal == "alice@lab"


def signed_for(keys, path, namespace):
    words = ("ssh-keygen", "-Y", "sign", "-f", str(keys / "alice"), "-n", namespace)
    done = subprocess.run(words, input=path.read_bytes(), check=True, capture_output=True)
    path.with_name(path.name + ".sig").write_bytes(done.stdout)
    return done.stdout


def test_a_signature_for_another_purpose_is_refused(keys, zipped):
    signed_for(keys, zipped, "git")
    assert refusal(zipped, keys / "allowed") == "signature-namespace"


def test_a_signature_that_others_make_with_ssh_keygen_is_accepted(keys, zipped):
    signed_for(keys, zipped, signature.NAMESPACE)
    assert check(zipped, keys / "allowed").principal == "alice@lab"


@pytest.mark.parametrize(
    "damage",
    [
        lambda armored: armored[:0],
        lambda armored: armored[:10],
        lambda armored: armored + armored,
        lambda armored: armored + b"and more\n",
        lambda armored: b"first\n" + armored,
        lambda armored: armored.replace(b"BEGIN SSH", b"BEGIN PGP"),
        lambda armored: armored[:100],
        lambda armored: armored.replace(b"U1NI", b"U1NJ", 1),
        lambda armored: armored.replace(b"\n-----END", b"AAAA\n-----END"),
        lambda armored: armored + b"\n" * 5000,
        lambda armored: armored.replace(b"\nU1NI", b"\n\x1b[31mU1NI"),
    ],
)
def test_what_is_no_signature_is_refused(keys, zipped, damage):
    armored = signed_for(keys, zipped, signature.NAMESPACE)
    zipped.with_name("some.zip.sig").write_bytes(damage(armored))
    assert refusal(zipped, keys / "allowed") == "signature-malformed"


@pytest.mark.parametrize("length", range(0, 250, 7))
def test_a_signature_with_one_bit_turned_is_refused(keys, zipped, length):
    import base64

    armored = signed_for(keys, zipped, signature.NAMESPACE)
    first, *middle, last = armored.splitlines()
    blob = bytearray(base64.b64decode(b"".join(middle)))
    blob[length % len(blob)] ^= 1
    text = base64.b64encode(bytes(blob))
    zipped.with_name("some.zip.sig").write_bytes(b"\n".join((first, text, last, b"")))
    refusal(zipped, keys / "allowed")


def test_a_missing_signature_is_told(keys, zipped):
    assert refusal(zipped, keys / "allowed") == "signature-missing"


def test_a_signature_that_is_a_pipe_is_not_waited_for(keys, zipped):
    os.mkfifo(zipped.with_name("some.zip.sig"))
    assert refusal(zipped, keys / "allowed") == "signature-malformed"


def test_a_list_that_is_not_there_is_told(keys, zipped):
    signature.sign(zipped, keys / "alice")
    assert refusal(zipped, keys / "absent") == "not-found"


def test_a_key_that_is_not_there_or_is_none_is_told(keys, zipped):
    with pytest.raises(EdgeEnvError, match="no such key file"):
        signature.sign(zipped, keys / "absent")
    with pytest.raises(EdgeEnvError, match="could not sign") as refused:
        signature.sign(zipped, zipped)
    assert refused.value.code == "signing-failed"
    assert sorted(path.name for path in zipped.parent.iterdir()) == ["some.zip"]


def test_an_existing_signature_is_replaced_only_by_force(keys, zipped):
    signature.sign(zipped, keys / "alice")
    before = zipped.with_name("some.zip.sig").read_bytes()
    with pytest.raises(EdgeEnvError) as refused:
        signature.sign(zipped, keys / "mallory")
    assert refused.value.code == "output-exists"
    assert zipped.with_name("some.zip.sig").read_bytes() == before
    signature.sign(zipped, keys / "mallory", force=True)
    assert refusal(zipped, keys / "allowed") == "signer-not-allowed"


def test_without_ssh_keygen_the_error_says_what_to_install(keys, zipped, monkeypatch, tmp_path):
    signature.sign(zipped, keys / "alice")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EdgeEnvError, match="ssh-keygen was not found") as refused:
        check(zipped, keys / "allowed")
    assert refused.value.code == "ssh-keygen-missing"
    assert "openssh-client" in refused.value.hint


def test_a_program_that_never_answers_is_given_up(keys, zipped, monkeypatch, tmp_path):
    signature.sign(zipped, keys / "alice")
    slow = tmp_path / "bin" / "ssh-keygen"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent))
    monkeypatch.setattr(signature, "_CHECK_SECONDS", 0.2)
    assert refusal(zipped, keys / "allowed") == "ssh-keygen-timeout"


def test_what_is_parsed_is_what_was_signed(keys, zipped):
    """The bundle is replaced under the same name and in the same file while it is read."""
    signature.sign(zipped, keys / "alice")
    good = zipped.read_bytes()
    with signed_archive(zipped, SignaturePolicy(keys / "allowed")) as (archive, signed):
        zipped.write_bytes(b"x" * len(good))
        assert signed.signer.principal == "alice@lab"
        assert archive.read(0, len(good)) == good


def test_who_has_signed_is_recorded_with_an_imported_run(keys, zipped, root):
    signature.sign(zipped, keys / "alice")
    policy = SignaturePolicy(keys / "allowed")
    importer = Importer(
        root, now=lambda: datetime(2026, 6, 1, tzinfo=UTC), random_hex=lambda n: "0" * n, signatures=policy
    )
    assert importer.bring(zipped).signer.principal == "alice@lab"
    origin = read_origin(root, RUN_ID)
    assert origin.signer == "alice@lab"
    assert origin.signature == zipped.with_name("some.zip.sig").read_text()
    with Archive.open(zipped) as archive:
        assert origin.sha256 == archive.digest()


def test_an_unsigned_bundle_is_not_imported_where_signatures_are_asked_for(keys, zipped, root):
    policy = SignaturePolicy(keys / "allowed")
    importer = Importer(
        root, now=lambda: datetime(2026, 6, 1, tzinfo=UTC), random_hex=lambda n: "0" * n, signatures=policy
    )
    with pytest.raises(EdgeEnvError, match="has no signature"):
        importer.bring(zipped)
    assert not root.exists()
