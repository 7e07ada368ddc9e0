"""Bytes from files and text from bytes: regular files only, bounded, UTF-8 only."""

from __future__ import annotations

import os
import re
import stat
from errno import ENOENT, ENOTDIR, ENXIO

from edgeenv.documents.document import Position
from edgeenv.documents.refusal import NOWHERE, refusal
from edgeenv.errors import EdgeEnvError, Problem

CHUNK = 1024 * 1024
_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
)
# Line breaks to some YAML parsers and ordinary characters to others, and characters that no parser prints.
_UNSAFE_IN_YAML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")


def read_file(path: str | os.PathLike[str], limit: int) -> bytes:
    """Read a regular file of at most ``limit`` bytes.

    Opening never blocks, so a named pipe is refused and not waited for.

    Raises:
        EdgeEnvError: with the code ``not-found``, ``not-a-regular-file``, ``unreadable`` or ``too-large``;
            its one problem gives the reason without the path.
    """
    source = os.fspath(path)
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _cannot_open(source, error) from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _not_regular(source, status.st_mode)
        if status.st_size > limit:
            raise too_large(source, status.st_size, limit)
        raw = _read(descriptor, limit + 1)
    except OSError as error:
        raise _failed("unreadable", source, f"cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)
    if len(raw) > limit:
        raise too_large(source, len(raw), limit)
    return raw


def too_large(source: str, size: int, limit: int) -> EdgeEnvError:
    """The error for a document of more than ``limit`` bytes."""
    message = f"found {size} bytes or more, expected at most {limit}"
    return _failed("too-large", source, message, "check that this is the file you meant")


def decode(raw: bytes, source: str, title: str, code: str) -> str:
    """The text of UTF-8 bytes without byte order mark, without NUL.

    Raises:
        EdgeEnvError: with the given ``code`` and one problem ``utf-16``, ``byte-order-mark``, ``not-utf8``
            or ``nul-character``.
    """

    def refused(kind: str, position: Position, message: str, hint: str | None) -> EdgeEnvError:
        return refusal(code, title, [Problem(kind, source, *position, "$", message, hint)])

    if _looks_like_utf16(raw):
        raise refused("utf-16", Position(1, 1), "found UTF-16 text, expected UTF-8", _SAVE_AS_UTF8)
    if raw.startswith(b"\xef\xbb\xbf"):
        message = "found a byte order mark, expected UTF-8 without one"
        raise refused("byte-order-mark", Position(1, 1), message, _SAVE_AS_UTF8)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        position = offset_position(raw[: error.start].decode("utf-8"), error.start)
        message = f"found the byte 0x{raw[error.start]:02x}, which is not UTF-8 text"
        raise refused("not-utf8", position, message, _SAVE_AS_UTF8) from None
    nul = text.find("\0")
    if nul >= 0:
        message = "found a NUL character, expected text"
        raise refused("nul-character", offset_position(text, nul), message, None)
    return text


def refuse_unsafe_characters(text: str, source: str, title: str, code: str) -> None:
    """Refuse what YAML parsers read differently or not at all: control characters, foreign line breaks.

    Raises:
        EdgeEnvError: with the given ``code`` and a problem ``control-character``.
    """
    match = _UNSAFE_IN_YAML.search(text)
    if match is None:
        return
    name = f"U+{ord(match[0]):04X}"
    message = f"found the character {name}, which YAML parsers read differently or refuse"
    hint = f'remove it, or write it as an escape in double quotes: "\\u{ord(match[0]):04x}"'
    position = offset_position(text, match.start())
    raise refusal(code, title, [Problem("control-character", source, *position, "$", message, hint)])


def offset_position(text: str, offset: int) -> Position:
    """The line and column of an offset in a text."""
    return Position(text.count("\n", 0, offset) + 1, min(offset, len(text)) - text.rfind("\n", 0, offset))


def _looks_like_utf16(raw: bytes) -> bool:
    zeros = b"\0\0"
    halves = (raw[0:4:2] == zeros, raw[1:4:2] == zeros)
    return raw.startswith((b"\xff\xfe", b"\xfe\xff")) or halves in {(True, False), (False, True)}


def _read(descriptor: int, limit: int) -> bytes:
    chunks: list[bytes] = []
    left = limit
    while left > 0:
        chunk = os.read(descriptor, min(left, CHUNK))
        if not chunk:
            break
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks)


def _cannot_open(source: str, error: OSError | ValueError) -> EdgeEnvError:
    if isinstance(error, ValueError):
        return _failed("not-found", source, "no file has such a name", "check the path")
    if error.errno in {ENOENT, ENOTDIR}:
        return _failed("not-found", source, "no such file", "check the path")
    if error.errno == ENXIO:
        return _failed("not-a-regular-file", source, "found a socket or device, expected a regular file")
    return _failed("unreadable", source, f"cannot be read: {error.strerror}", "check its permissions")


def _not_regular(source: str, mode: int) -> EdgeEnvError:
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "a special file")
    return _failed("not-a-regular-file", source, f"found {kind}, expected a regular file")


def _failed(code: str, source: str, message: str, hint: str | None = None) -> EdgeEnvError:
    return refusal(code, "", [Problem(code, source, *NOWHERE, "$", message, hint)])


_SAVE_AS_UTF8 = "save the file as UTF-8 without byte order mark"
