"""A run as a judgement names it: its id, the digest of its evidence, and what is wrong with its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeenv.cli.output import json_text
from edgeenv.model.finding import Finding
from edgeenv.report.comparison import Side

if TYPE_CHECKING:
    from edgeenv.registry.examining import Examined


def side_of(examined: Examined) -> Side:
    """The side that a run takes whose every file was looked at."""
    altered = tuple(
        Finding(defect.code, json_text(defect.text), (("path", json_text(defect.path)),))
        for defect in examined.altered
    )
    stored = examined.stored
    return Side.of(stored.facts, stored.digest, altered, sealed=stored.sealed or bool(altered))
