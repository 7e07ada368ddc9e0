"""The policies, schemas and templates that EdgeEnv ships: their text and, for other programs, their place."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from edgeenv.errors import EdgeEnvError


@cache
def _data_directory() -> Path:
    package = Path(__file__).resolve().parent
    installed = package / "_data"
    if installed.is_dir():
        return installed
    checkout = package.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / "schemas").is_dir():
        return checkout
    archive = next((folder for folder in package.parents if folder.is_file()), None)
    if archive is not None:
        raise EdgeEnvError(
            f"EdgeEnv was started from within the archive {archive}, where its files have no paths",
            "install it: python -m pip install edgeenv",
            code="broken-installation",
        )
    raise EdgeEnvError(
        f"the policies, schemas and templates of EdgeEnv are not beside its code in {package}",
        "install it again: python -m pip install --force-reinstall edgeenv",
        code="broken-installation",
    )


def read_bytes(kind: str, name: str) -> bytes:
    """The bytes of one shipped file.

    Args:
        kind: ``policies``, ``schemas`` or ``templates``.
        name: the file's name in that folder.

    Raises:
        EdgeEnvError: the installation holds no such file.
    """
    path = _data_directory() / kind / name
    try:
        return path.read_bytes()
    except OSError as error:
        raise EdgeEnvError(
            f"EdgeEnv ships no {kind}/{name}", "see: edgeenv doctor", code="no-such-resource"
        ) from error


def read_text(kind: str, name: str) -> str:
    """The same as `read_bytes`, decoded as UTF-8."""
    return read_bytes(kind, name).decode("utf-8")


def place(kind: str, name: str) -> Path:
    """Where one shipped file lies, for programs that read it themselves, such as editors.

    Args:
        kind: ``policies``, ``schemas`` or ``templates``.
        name: the file's name in that folder.

    Raises:
        EdgeEnvError: there is no such file, or this installation is no directory.
    """
    path = _data_directory() / kind / name
    if not path.is_file():
        raise EdgeEnvError(f"EdgeEnv ships no {kind}/{name}", "see: edgeenv doctor", code="no-such-resource")
    return path


def names(kind: str, suffix: str) -> tuple[str, ...]:
    """The names, without ``suffix``, of the shipped files of one kind, sorted."""
    return tuple(
        sorted(
            path.name.removesuffix(suffix)
            for path in (_data_directory() / kind).iterdir()
            if path.name.endswith(suffix)
        )
    )
