"""Signatures beside bundles, made and checked by ``ssh-keygen`` with the keys that people have already.

A signature says that the holder of a key has signed these very bytes as an EdgeEnv bundle. Whether that key
is to be trusted says the reader's own list of allowed signers, never the signature itself.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.evidence.bundle.archive import Archive
from edgeenv.evidence.bundle.placing import placed, write_at

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMESPACE = "edgeenv-bundle-v1"
SUFFIX = ".sig"
SIGNATURE_LIMIT = 4096
"""The most bytes of a signature file."""

_PROGRAM = "ssh-keygen"
_CHECK_SECONDS = 60
_SIGN_SECONDS = 180  # somebody may have to type a passphrase or touch a key
_MOST_PRINCIPALS = 16
_MAGIC = b"SSHSIG"
_HASHES = ("sha256", "sha512")
_ARMOR = re.compile(
    rb"-----BEGIN SSH SIGNATURE-----\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)-----END SSH SIGNATURE-----(?:\r?\n)?"
)
_GOOD = re.compile(r'Good "[^"]*" signature for .* with (?P<kind>\S+) key (?P<fingerprint>\S+)')
_SIGN_AGAIN = "sign the bundle again: edgeenv bundle sign FILE --key KEY"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature file that is of our kind; whether it is right, `verify` says.

    Attributes:
        armored: its bytes.
        hash_algorithm: ``sha256`` or ``sha512``.
    """

    armored: bytes
    hash_algorithm: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Who has signed, as the reader's list of allowed signers names them.

    Attributes:
        principal: the name in that list.
        key_type: such as ``ED25519``.
        fingerprint: of the public key, such as ``SHA256:…``.
    """

    principal: str
    key_type: str
    fingerprint: str


def signature_path(bundle: Path) -> Path:
    """Where the signature of a bundle lies: beside it."""
    return bundle.with_name(bundle.name + SUFFIX)


def sign(bundle: Path, key: Path, *, force: bool = False) -> Path:
    """Sign a bundle; ssh-keygen may ask for the key's passphrase on the terminal.

    Args:
        bundle: the zip.
        key: a private key, or a public one whose private half an agent holds.
        force: replace a signature that is there.

    Returns:
        the signature file, `signature_path` of the bundle.

    Raises:
        EdgeEnvError: with the code ``ssh-keygen-missing``, ``signing-failed``, ``output-exists``, or that of
            a file that cannot be read or written.
    """
    if not key.is_file():
        raise EdgeEnvError(f"{key}: no such key file", "make one: ssh-keygen -t ed25519", code="not-found")
    with placed(signature_path(bundle), force=force) as aside, Archive.open(bundle) as content:
        words = ("-Y", "sign", "-f", _plain(key), "-n", NAMESPACE)
        done = _run(words, content.descriptor, _SIGN_SECONDS)
        if done.returncode != 0:
            raise EdgeEnvError(
                f"ssh-keygen could not sign with {key}: {_last_line(done.stderr)}",
                "check that the file is a private key and its passphrase is right",
                code="signing-failed",
            )
        parse_signature(done.stdout, str(bundle))
        write_at(aside.descriptor, 0, done.stdout)
    return signature_path(bundle)


def read_signature(path: Path) -> Signature:
    """Read a signature file.

    Raises:
        EdgeEnvError: there is none (code ``signature-missing``), or as `parse_signature`.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise EdgeEnvError(
            f"{path}: the bundle has no signature", _SIGN_AGAIN, code="signature-missing"
        ) from error
    except OSError as error:
        raise EdgeEnvError(f"{path}: cannot be read: {error.strerror}", code="unreadable") from error
    try:
        raw = os.read(descriptor, SIGNATURE_LIMIT + 1)
    except OSError as error:
        raise EdgeEnvError(f"{path}: cannot be read: {error.strerror}", code="unreadable") from error
    finally:
        os.close(descriptor)
    return parse_signature(raw, str(path))


def parse_signature(raw: bytes, source: str) -> Signature:
    """Read an armored signature without believing it.

    Raises:
        EdgeEnvError: it is no SSH signature (code ``signature-malformed``), or one for another purpose than
            an EdgeEnv bundle (``signature-namespace``).
    """
    match = _ARMOR.fullmatch(raw) if len(raw) <= SIGNATURE_LIMIT else None
    if match is None:
        raise _malformed(
            source, f"expected one SSH signature of at most {SIGNATURE_LIMIT} bytes and nothing else"
        )
    try:
        blob = base64.b64decode(match[1].replace(b"\r", b"").replace(b"\n", b""), validate=True)
        namespace, algorithm = _fields(blob)
    except (binascii.Error, ValueError, struct.error, UnicodeDecodeError) as error:
        raise _malformed(source, "it is not what ssh-keygen writes") from error
    if namespace != NAMESPACE:
        raise EdgeEnvError(
            f"{source} is a signature for {ascii(namespace)[:80]}, expected one for {NAMESPACE!r}",
            _SIGN_AGAIN,
            code="signature-namespace",
        )
    if algorithm not in _HASHES:
        raise _malformed(source, f"it uses the hash {ascii(algorithm)[:40]}, expected {' or '.join(_HASHES)}")
    return Signature(raw, algorithm)


def verify(  # noqa: PLR0913 - what, by whom, and under which lists
    descriptor: int,
    signature: Signature,
    allowed_signers: Path,
    *,
    source: str,
    principal: str | None = None,
    revoked: Path | None = None,
) -> Signer:
    """Check that somebody on the reader's list has signed the bytes of an open file.

    Args:
        descriptor: the open bundle; read from its beginning.
        signature: what lies beside it.
        allowed_signers: the reader's list, in the format of ``ssh-keygen``.
        source: what to call the bundle in messages.
        principal: who it must have been; None for anybody on the list.
        revoked: a list of keys that no longer count.

    Raises:
        EdgeEnvError: with the code ``signer-not-allowed``, ``signature-not-valid`` or
            ``ssh-keygen-missing``.
    """
    for listed in (allowed_signers, *(() if revoked is None else (revoked,))):
        if not listed.is_file():
            raise EdgeEnvError(
                f"{listed}: no such file", "name a file with --allowed-signers", code="not-found"
            )
    with TemporaryDirectory(prefix="edgeenv-") as folder:
        armored = Path(folder, "signature")
        armored.write_bytes(signature.armored)
        common = ("-s", str(armored), "-f", _plain(allowed_signers))
        principals = (principal,) if principal else _principals(common, source, allowed_signers)
        said = ""
        for name in principals[:_MOST_PRINCIPALS]:
            without = () if revoked is None else ("-r", _plain(revoked))
            words = ("-Y", "verify", *common, "-n", NAMESPACE, "-I", name, *without)
            os.lseek(descriptor, 0, os.SEEK_SET)
            done = _run(words, descriptor, _CHECK_SECONDS)
            good = _GOOD.search(done.stdout.decode("utf-8", "replace"))
            if done.returncode == 0 and good is not None:
                return Signer(name, good["kind"], good["fingerprint"])
            said = _last_line(done.stderr) or said
    raise EdgeEnvError(
        f"the signature of {source} is not valid: {said or 'nobody on the list has signed these bytes'}",
        "ask its sender for the bundle and its signature again; do not import it as it is",
        code="signature-not-valid",
    )


def _principals(common: Sequence[str], source: str, allowed_signers: Path) -> tuple[str, ...]:
    """The names that the reader's list gives to the key of a signature."""
    done = _run(("-Y", "find-principals", *common), None, _CHECK_SECONDS)
    lines = done.stdout.decode("utf-8", "replace").splitlines() if done.returncode == 0 else []
    names = [name.strip() for line in lines for name in line.split(",")]
    found = tuple(dict.fromkeys(name for name in names if name and not name.startswith(("!", "-"))))
    if found:
        return found
    raise EdgeEnvError(
        f"the key that signed {source} is not in {allowed_signers}",
        "add it there only if you trust it: a line of name, key type and public key",
        code="signer-not-allowed",
    )


def _fields(blob: bytes) -> tuple[str, str]:
    """Namespace and hash algorithm of a signature blob; every other field must be there as well."""
    if not blob.startswith(_MAGIC + struct.pack(">I", 1)):
        raise ValueError(blob[:10])
    fields, at = [], len(_MAGIC) + 4
    while at < len(blob):
        (length,) = struct.unpack_from(">I", blob, at)
        fields.append(blob[at + 4 : at + 4 + length])
        at += 4 + length
    _key, namespace, reserved, algorithm, _signature = fields
    if at != len(blob) or reserved:
        raise ValueError(at)
    return namespace.decode("utf-8"), algorithm.decode("utf-8")


def _run(words: Sequence[str], stdin: int | None, seconds: int) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - our own words and files that the user named, no shell
            (_PROGRAM, *words),
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            capture_output=True,
            check=False,
            timeout=seconds,
        )
    except FileNotFoundError as error:
        raise EdgeEnvError(
            "ssh-keygen was not found on PATH; signatures are made and checked by it",
            "install OpenSSH 8.2 or newer, on Debian and Ubuntu: sudo apt install openssh-client",
            code="ssh-keygen-missing",
        ) from error
    except OSError as error:
        raise EdgeEnvError(
            f"ssh-keygen cannot be started: {error.strerror}", code="ssh-keygen-missing"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise EdgeEnvError(
            f"ssh-keygen has not answered for {seconds} seconds",
            "run the command again",
            code="ssh-keygen-timeout",
        ) from error


def _plain(path: Path) -> str:
    """A path that no program takes for an option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def _last_line(raw: bytes) -> str:
    lines = raw.decode("utf-8", "replace").strip().splitlines()
    return ascii(lines[-1].strip())[1:-1][:200] if lines else ""


def _malformed(source: str, defect: str) -> EdgeEnvError:
    return EdgeEnvError(f"{source} is no signature: {defect}", _SIGN_AGAIN, code="signature-malformed")
