"""The Korean pages keep in step with the English ones: the same headings, blocks, tables, lists and links."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAIRS = {
    "README.md": "docs/ko/README.md",
    "docs/guides/quickstart.md": "docs/ko/quickstart.md",
    "docs/guides/compare-workflow.md": "docs/ko/compare-workflow.md",
    "docs/guides/policy.md": "docs/ko/policy.md",
    "docs/guides/tuning-a-policy.md": "docs/ko/tuning-a-policy.md",
}
FENCE = re.compile(r"^ *```([a-z]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HANGUL = re.compile(r"[\uac00-\ud7a3]")


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def prose(page):
    return FENCE.sub("", page)


def headings(page):
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(page), re.MULTILINE)]


def shape(page):
    """What a translation keeps: how many lists, rows of tables and pictures each part has."""
    parts = re.split(r"^#+ .*$", prose(page), flags=re.MULTILINE)
    kinds = (r"^ *- ", r"^ *[0-9]+\. ", r"^\|", r"!\[")
    return [[len(re.findall(kind, part, re.MULTILINE)) for kind in kinds] for part in parts]


def links(name, page):
    """Where a page leads; a Korean page may lead to the Korean counterpart of what the English one names."""
    english = {korean: name for name, korean in PAIRS.items()}
    found = []
    for target in LINK.findall(prose(page)):
        path, _, _ = target.partition("#")
        if "://" in target or not path:
            found.append("a place of the page" if not path else target)
            continue
        there = ((ROOT / name).parent / path).resolve().relative_to(ROOT).as_posix()
        found.append(english.get(there, there))
    return sorted(found)


def paragraphs(page):
    plain = re.sub(r"`[^`]*`|\]\([^)]*\)|EdgeEnv", "", prose(page))
    return [part for part in re.split(r"\n\s*\n", plain) if re.search(r"[A-Za-z]{3}", part)]


def faults(name, korean):
    """What of an English page its Korean one does not follow."""
    english_page, korean_page = text(name), text(korean)
    found = []
    if headings(english_page) != headings(korean_page):
        found.append(f"headings: {headings(english_page)}, in Korean {headings(korean_page)}")
    blocks, translated = FENCE.findall(english_page), FENCE.findall(korean_page)
    found += [
        f"block {number}: ```{kind}\n{body}```"
        for number, (kind, body) in enumerate(blocks, 1)
        if translated[number - 1 : number] != [(kind, body)]
    ]
    if len(translated) > len(blocks):
        found.append("more blocks than in English")
    if shape(english_page) != shape(korean_page):
        found.append(f"lists, tables and pictures: {shape(english_page)}, in Korean {shape(korean_page)}")
    switch = {name, korean}
    there, here = (
        [link for link in links(*side) if link not in switch]
        for side in ((name, english_page), (korean, korean_page))
    )
    if there != here:
        found.append(f"links: {sorted(set(there) ^ set(here))}")
    found += [
        f"not translated: {part.strip()[:60]}" for part in paragraphs(korean_page) if not HANGUL.search(part)
    ]
    return found


@pytest.mark.parametrize(("name", "korean"), PAIRS.items(), ids=PAIRS)
def test_a_korean_page_keeps_in_step(name, korean):
    assert faults(name, korean) == []


def test_every_korean_page_has_its_english_one():
    written = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "ko").rglob("*.md")}
    assert written == set(PAIRS.values())


def route(here, there):
    return posixpath.relpath(there, posixpath.dirname(here) or ".")


@pytest.mark.parametrize(("name", "korean"), PAIRS.items(), ids=PAIRS)
def test_a_switch_leads_from_each_page_to_the_other(name, korean):
    assert text(name).splitlines()[0] == f"English | [한국어]({route(name, korean)})"
    assert text(korean).splitlines()[0] == f"[English]({route(korean, name)}) | 한국어"


@pytest.mark.parametrize("korean", PAIRS.values())
def test_a_korean_page_leads_to_korean_pages_where_there_are(korean):
    below = text(korean).partition("\n")[2]
    english = {route(korean, name) for name in PAIRS}
    assert [link for link in LINK.findall(prose(below)) if link.partition("#")[0] in english] == []


@pytest.mark.parametrize(
    ("english", "korean", "fault"),
    [
        ("# A\n\n## B\n", "# 가\n", "headings"),
        ("# A\n```console\n$ a\n```\n", "# 가\n```console\n$ b\n```\n", "block 1"),
        ("# A\n\n- a\n- b\n", "# 가\n\n- 가\n", "lists"),
        ("# A\n\n[x](y.md)\n", "# 가\n\n[가](z.md)\n", "links"),
        ("# A\n\nSome words.\n", "# 가\n\nSome words.\n", "not translated"),
    ],
)
def test_a_page_out_of_step_is_found(tmp_path, monkeypatch, english, korean, fault):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "en.md").write_text(english, encoding="utf-8")
    (tmp_path / "ko.md").write_text(korean, encoding="utf-8")
    assert faults("en.md", "ko.md")[0].startswith(fault)
