"""The pictures are what their script draws, their words fit, and they tell of every verdict."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from edgeenv.model.judgement import Verdict

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"


def script():
    spec = importlib.util.spec_from_file_location("draw_pictures", PICTURES / "draw.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


DRAWN = {name: draw() for name, draw in script().PICTURES.items()}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_what_the_script_draws(name):
    """Mend with: python docs/pictures/draw.py."""
    assert (PICTURES / name).read_text(encoding="utf-8") == DRAWN[name]


def test_no_other_picture_lies_there():
    assert {path.name for path in PICTURES.glob("*.svg")} == set(DRAWN)


@pytest.mark.parametrize("name", DRAWN)
def test_the_words_of_a_picture_fit_and_it_says_what_it_shows(name):
    drawn = ET.fromstring(DRAWN[name])  # noqa: S314 - our own file
    boxes = [
        (
            float(box.get("x", "0")),
            float(box.get("y", "0")),
            float(box.get("width")),
            float(box.get("height")),
        )
        for box in drawn.iter(f"{SVG}rect")
    ]
    for text in drawn.iter(f"{SVG}text"):
        if text.get("text-anchor") != "middle":
            continue
        x, y = float(text.get("x")), float(text.get("y"))
        inside = [box[2] for box in boxes if box[0] < x < box[0] + box[2] and box[1] < y < box[1] + box[3]]
        wide = (
            len(text.text)
            * float(text.get("font-size"))
            * (0.58 if text.get("font-weight") == "600" else 0.54)
        )
        assert wide <= min(inside), text.text
    assert drawn.find(f"{SVG}title").text
    assert drawn.find(f"{SVG}desc").text


def test_every_verdict_is_in_the_picture():
    for verdict in Verdict:
        assert f"Comparable: {verdict.display}<" in DRAWN["verdict.svg"]
