"""The site: each page is in its navigation, it builds without a warning, its links lead somewhere.

The build needs the ``docs`` extra and is skipped without it; ``.ci/run`` installs it.
"""

from __future__ import annotations

import importlib.util
import os
import posixpath
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
TOP_PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")


class SiteLoader(yaml.SafeLoader):
    """MkDocs' file names a function by a tag of Python's; here it only has to be read past."""


SiteLoader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


def settings():
    return yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), SiteLoader)  # noqa: S506 - a safe loader


def leaves(entry):
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict):
        for inner in entry.values():
            yield from leaves(inner)
    else:
        for inner in entry:
            yield from leaves(inner)


def test_every_page_is_in_the_navigation_once():
    """A new page needs one line under ``nav`` in mkdocs.yml."""
    named = list(leaves(settings()["nav"]))
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    pages |= {f"repository/{name}" for name in TOP_PAGES}
    assert sorted(pages - set(named)) == [], "pages without a line under nav in mkdocs.yml"
    assert sorted(set(named) - pages) == [], "lines under nav in mkdocs.yml without a page"
    assert len(named) == len(set(named)), "a page stands twice under nav in mkdocs.yml"


def test_the_site_fetches_nothing_while_it_is_built():
    read = settings()
    assert read["theme"]["font"] is False
    assert read["strict"] is True
    assert set(read["plugins"]) == {"search"}, "the docs extra brings no other plugin"


class Page(HTMLParser):
    """What one page links to, what it loads, and which places of it can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.ids = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids.add(found.get("id"))
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in {"script", "img", "iframe"} and found.get("src"):
            self.loads.append(found["src"])
        if tag == "link" and found.get("rel") in {"stylesheet", "preconnect", "icon"}:
            self.loads.append(found["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if importlib.util.find_spec("material") is None:
        pytest.skip("the docs extra is not installed: python -m pip install -e '.[docs]'")
    target = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert "ERROR" not in done.stderr
    return {
        path.relative_to(target).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in target.rglob("*.html")
    } | {path.relative_to(target).as_posix(): None for path in target.rglob("*") if path.suffix != ".html"}


def test_the_site_builds_without_a_warning(site):
    assert "index.html" in site
    assert "reference/cli/index.html" in site


def test_no_page_loads_anything_from_elsewhere(site):
    for name, page in site.items():
        for load in page.loads if page else ():
            assert "//" not in load, f"{name} loads {load}"


def test_links_inside_the_site_lead_somewhere(site):
    broken = []
    for name, page in site.items():
        for link in page.links if page and name != "404.html" else ():
            target, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(target)))
            if target.endswith("/") or there == "." or f"{there}/index.html" in site:
                there = posixpath.normpath(f"{there}/index.html")
            there = there if target else name
            if there not in site or (anchor and site[there] and unquote(anchor) not in site[there].ids):
                broken.append(f"{name}: {link}")
    assert broken == []
