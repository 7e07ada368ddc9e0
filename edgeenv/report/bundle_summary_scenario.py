"""The pairs of runs that a bundle summary is about, as typed: ``label:a:b`` or ``label:a:b=conditional``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeenv.errors import EdgeEnvError
from edgeenv.model.judgement import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edgeenv.model.judgement import Judgement

EXAMPLE = "fp16-vs-fp32:latest~1:latest=conditional"

_VERDICTS = {
    "yes": Verdict.COMPARABLE,
    "conditional": Verdict.CONDITIONAL,
    "no": Verdict.NOT_COMPARABLE,
    "indeterminate": Verdict.INDETERMINATE,
}
_MODES = ("same-condition", "runtime-comparison", "target-comparison")
_LONGEST_LABEL = 200
_SHOWN = 140


@dataclass(frozen=True, slots=True)
class Scenario:
    """One pair of runs to judge.

    Attributes:
        label: the author's name for the pair, in one line; unique within a summary.
        a: what names the baseline.
        b: what names the candidate.
        expected: the verdict or mode that the author expects; None when none was stated.
    """

    label: str
    a: str
    b: str
    expected: str | None = None

    def holds(self, judgement: Judgement) -> bool | None:
        """Is the judgement the one that was expected? None when nothing was."""
        if self.expected is None:
            return None
        verdict = _VERDICTS.get(self.expected)
        return judgement.mode == self.expected if verdict is None else judgement.verdict is verdict


def parse_scenarios(texts: Iterable[str], modes: Iterable[str] = ()) -> tuple[Scenario, ...]:
    """Read scenarios, in their order.

    No name of a run holds a colon, so the label may hold some: it ends at the last colon but one.

    Args:
        texts: each ``label:a:b``, or ``label:a:b=`` and what is expected.
        modes: the conditional modes of the policy, which may be expected besides the usual ones.

    Raises:
        EdgeEnvError: there is none, or one is of another form (code ``invalid-scenario``), or two have the
            same label (``duplicate-scenario``).
    """
    expectable = tuple(dict.fromkeys((*_VERDICTS, *_MODES, *modes)))
    scenarios = tuple(_parse(text, expectable) for text in texts)
    if not scenarios:
        raise _invalid("At least one --scenario is required")
    seen: set[str] = set()
    for scenario in scenarios:
        if scenario.label in seen:
            raise EdgeEnvError(
                f"Duplicate scenario label: {scenario.label}",
                "give each scenario a label of its own",
                code="duplicate-scenario",
            )
        seen.add(scenario.label)
    return scenarios


def _parse(text: str, expectable: tuple[str, ...]) -> Scenario:
    parts = text.rsplit(":", 2)
    label, a, b = (" ".join(part.split()) for part in parts) if len(parts) == 3 else ("", "", "")  # noqa: PLR2004 - label, a, b
    b, equals, expected = (part.strip() for part in b.partition("="))
    if not (label and a and b):
        raise _invalid("Scenario must use the form <label>:<run_id_a>:<run_id_b>", found=text)
    if len(label) > _LONGEST_LABEL:
        raise _invalid(f"a scenario's label has {len(label)} characters, expected at most {_LONGEST_LABEL}")
    if equals and expected not in expectable:
        raise _invalid(
            f"scenario {label} expects {_cut(expected)!r}, expected one of: {', '.join(expectable)}"
        )
    return Scenario(label, a, b, expected if equals else None)


def _invalid(message: str, found: str | None = None) -> EdgeEnvError:
    hint = f"for example: --scenario {EXAMPLE}"
    if found is not None:
        hint = f"found {_cut(found)!r}; {hint}"
    return EdgeEnvError(message, hint, code="invalid-scenario")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
