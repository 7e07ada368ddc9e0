"""A hook of MkDocs: links that hold in the repository hold in the site as well.

Pages link to each other, and to files outside ``docs/``, by relative paths, which is what a forge shows. The
site gets every file outside ``docs/`` that a page links to, under ``repository/``, and the links lead to it.
"""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = "repository/"
_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)\s#]+)(?=[#)\s])")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
_LOG = logging.getLogger("mkdocs.hooks.site_files")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what pages link to outside ``docs/``, and what those files link to in turn."""
    waiting = [f"docs/{file.src_uri}" for file in files.documentation_pages()]
    waiting += ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
    seen = set(waiting)
    while waiting:
        here = waiting.pop()
        if not here.startswith("docs/"):
            _add(files, config, here)
        if here.endswith(".md"):
            new = {there for there in _linked(here) if not there.startswith("docs/")} - seen
            seen |= new
            waiting += sorted(new)
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turn the links of one page to where the site has what they mean."""
    here = page.file.src_uri

    def turned(match: re.Match[str]) -> str:
        there = _in_repository(_repository_path(here), match["target"])
        if there is None:
            return match[0]
        return match["before"] + posixpath.relpath(_site_path(there), posixpath.dirname(here) or ".")

    parts, end = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [_LINK.sub(turned, markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(turned, markdown[end:])])


def _add(files: Files, config: MkDocsConfig, path: str) -> None:
    source = ROOT / path
    if source.is_dir():
        names = sorted(entry.name for entry in source.iterdir() if entry.is_file())
        listing = "\n".join([f"# {path}\n", *(f"- `{name}`" for name in names), ""])
        files.append(File.generated(config, f"{OUTSIDE}{path}/index.md", content=listing))
    elif source.is_file():
        files.append(File.generated(config, OUTSIDE + path, abs_src_path=str(source)))
    else:
        _LOG.warning("a page links to %s, which is not there", path)


def _linked(path: str) -> Iterator[str]:
    source = ROOT / path
    if source.is_file():
        for match in _LINK.finditer(_FENCE.sub("", source.read_text(encoding="utf-8"))):
            there = _in_repository(path, match["target"])
            if there is not None:
                yield there


def _in_repository(here: str, target: str) -> str | None:
    """What a link on a page of the repository means, as a path from its root; None for other places."""
    if _SCHEME.match(target) or target.startswith("/"):
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(here), target))


def _repository_path(site: str) -> str:
    return site.removeprefix(OUTSIDE) if site.startswith(OUTSIDE) else f"docs/{site}"


def _site_path(path: str) -> str:
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return f"{OUTSIDE}{path}/index.md" if (ROOT / path).is_dir() else OUTSIDE + path
