"""What must hold of a policy's vocabularies, so that each spelling means one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeenv.policy.defect import Defect
from edgeenv.policy.matchers import glob_matches
from edgeenv.policy.nearest import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def alias_defects(document: Mapping[str, Any]) -> Iterator[Defect]:
    """Vocabularies that do not exist, are not used, or whose spellings stand in each other's way."""
    vocabularies = document.get("aliases", {})
    used = set()
    for rule_id, rule in document["rules"].items():
        name = rule.get("match", {}).get("text", {}).get("aliases")
        used.add(name)
        if name is not None and name not in vocabularies:
            yield Defect(
                "unknown-aliases",
                ("rules", rule_id, "match", "text", "aliases"),
                f"no aliases are named '{name}', which the rule '{rule_id}' uses"
                f"{suggestion(name, vocabularies)}",
                f"known: {', '.join(vocabularies)}"
                if vocabularies
                else f"declare them: aliases: {{{name}: {{fp16: [half, float16]}}}}",
                other=("aliases",),
            )
    for name, groups in vocabularies.items():
        if name not in used:
            yield Defect(
                "unused-aliases", ("aliases", name), f"no rule uses the aliases '{name}'", warning=True
            )
        yield from _ambiguous(name, groups)
        yield from _shadowed(name, groups)


def _ambiguous(name: str, groups: Mapping[str, Any]) -> Iterator[Defect]:
    """One spelling in two groups would make equality depend on the order of the file."""
    seen: dict[str, str] = {}
    for group, spellings in groups.items():
        for spelling in (group, *spellings):
            other = seen.setdefault(spelling.casefold(), group)
            if other != group:
                yield Defect(
                    "ambiguous-alias",
                    ("aliases", name, group),
                    f"'{spelling}' stands in both '{other}' and '{group}'",
                    f"leave '{spelling}' out of one of the two; upper and lower case are one",
                )


def _shadowed(name: str, groups: Mapping[str, Any]) -> Iterator[Defect]:
    """A spelling that a pattern of an earlier group takes first never leads to its own group."""
    earlier: list[tuple[str, str]] = []
    for group, spellings in groups.items():
        for spelling in (group, *spellings):
            taken = next(
                (
                    (pattern, other)
                    for pattern, other in earlier
                    if pattern != spelling.casefold() and glob_matches(pattern, spelling.casefold())
                ),
                None,
            )
            if taken is not None:
                yield Defect(
                    "shadowed-alias",
                    ("aliases", name, group),
                    f"'{spelling}' of '{group}' goes to '{taken[1]}', whose '{taken[0]}' stands before it",
                    "put the narrower group first",
                    warning=True,
                )
        earlier += [(spelling.casefold(), group) for spelling in (group, *spellings)]
