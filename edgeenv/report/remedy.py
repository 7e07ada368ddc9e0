"""A declared axis and a remedy in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.model.judgement import Verdict
from edgeenv.model.remedy import Need, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.model.judgement import Axis, Judgement
    from edgeenv.model.remedy import Perhaps, Remedy, RemedyStep

_PLACES = {
    Place.BENCH_CONFIG: "In the bench config",
    Place.TARGET_PROFILE: "In the target profile",
    Place.MACHINE: "On the machine or in the model",
    Place.MEASUREMENT: "In what the run itself recorded",
}


def grouped(judgement: Judgement) -> tuple[tuple[str, tuple[RemedyStep, ...]], ...]:
    """The steps of the remedy under the heading of the place where they belong; no empty groups."""
    if judgement.remedy is None:
        return ()
    groups = ((words, judgement.remedy.at(place)) for place, words in _PLACES.items())
    return tuple((words, steps) for words, steps in groups if steps)


def step_words(step: RemedyStep, axis: Axis | None) -> str:
    """What is to be done about one field: ``equal; record B again (precision, text ignoring case)``."""
    need = "equal"
    if step.need is Need.PRESENT:
        need = "recorded and equal"
    words = f"{need}; record {' and '.join(step.record)} again"
    # The bench config may call the field by another name.
    if step.member is not None and step.member != step.path.rpartition(".")[2]:
        words += f"; set by {step.member}"
    loose = [matcher for matcher in step.matchers if matcher != "exact"]
    if loose:
        words += f"; equal as {' and '.join(loose)}"
    return f"{words}; varied on purpose" if is_varied(step, axis) else words


def perhaps_words(more: Perhaps) -> str:
    """What may have to be added to the remedy, as a sentence."""
    values = " or ".join(str(value) for value in more.values)
    return f"Perhaps also {', '.join(more.paths)}: '{more.rule}' applies where '{more.guard}' reads {values}"


def is_varied(step: RemedyStep, axis: Axis | None) -> bool:
    """Whether the field stands in the way on purpose only."""
    return axis is not None and set(step.rules) <= set(axis.rules)


def axis_line(judgement: Judgement) -> str:
    """The declared axis in one phrase: ``runtime (controlled)``; empty when none was declared."""
    axis = judgement.axis
    if axis is None:
        return ""
    return f"{', '.join(axis.rules)} ({'controlled' if axis.controlled else '; '.join(_faults(judgement))})"


def _faults(judgement: Judgement) -> Iterator[str]:
    axis = judgement.axis
    if axis is None:
        return
    yield "not controlled"
    if axis.same:
        yield f"did not differ: {', '.join(axis.same)}"
    if axis.lacking:
        yield f"without evidence: {', '.join(axis.lacking)}"
    waived = [rule.rule for rule in judgement.rules if rule.is_waived and rule.rule in axis.rules]
    if waived:
        yield f"waived: {', '.join(waived)}"
    if axis.surplus:
        yield f"surplus: {', '.join(axis.surplus)}"
    if judgement.verdict in (Verdict.NOT_COMPARABLE, Verdict.INDETERMINATE):
        yield f"the verdict is {judgement.verdict.display}"


def axis_document(axis: Axis | None) -> dict[str, Any] | None:
    """What has come of the declared axis, as JSON."""
    if axis is None:
        return None
    return {
        "controlled": axis.controlled,
        "differing": list(axis.differing),
        "same": list(axis.same),
        "lacking": list(axis.lacking),
        "surplus": list(axis.surplus),
    }


def remedy_document(remedy: Remedy | None, axis: Axis | None) -> dict[str, Any] | None:
    """The remedy as JSON; null when the runs are comparable."""
    if remedy is None:
        return None
    return {
        "steps": [
            {
                "path": step.path,
                "a": step.a,
                "b": step.b,
                "need": step.need.value,
                "record": [side.lower() for side in step.record],
                "rules": list(step.rules),
                "matchers": list(step.matchers),
                "place": step.place.value,
                "member": step.member,
                "varied": is_varied(step, axis),
            }
            for step in remedy.steps
        ],
        "perhaps": [
            {
                "rule": more.rule,
                "guard": more.guard,
                "values": list(more.values),
                "paths": list(more.paths),
            }
            for more in remedy.perhaps
        ],
    }
