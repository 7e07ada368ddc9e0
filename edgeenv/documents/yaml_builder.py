"""Plain values from YAML events, without recursion; refuses what YAML files of ours may not hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

import yaml

from edgeenv.documents.document import Position, ValuePath
from edgeenv.documents.limits import PROBLEM_LIMIT, YAML_DEPTH, YAML_EVENTS
from edgeenv.documents.paths import shown_key, shown_path
from edgeenv.documents.refusal import NOWHERE
from edgeenv.documents.yaml_scalars import RefusedScalar, plain_value
from edgeenv.errors import Problem

_Node: TypeAlias = "yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent"

_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_ALIASES = "write the value out in every place where it is needed"


class Stop(Exception):  # noqa: N818 - a signal to the reader, never seen outside
    """What follows is not looked at; the problems say why."""


@dataclass(slots=True)
class _Open:
    """An object or list whose end has not come yet."""

    path: ValuePath
    container: dict[str, Any] | list[Any]
    key: str | None = None
    seen: dict[str, int] = field(default_factory=dict)


class Builder:
    """Takes events one by one; afterwards holds the data, the places and the problems."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.data: Any = None
        self.problems: list[Problem] = []
        self.values: dict[ValuePath, Position] = {}
        self.keys: dict[ValuePath, Position] = {}
        self.scalars: dict[ValuePath, str] = {}
        self.last: tuple[int | None, int | None] = NOWHERE
        self._open: list[_Open] = []
        self._events = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Look at one event.

        Raises:
            Stop: the text is refused and the rest of it does not matter.
        """
        self._events += 1
        self.last = _position(event)
        if self._events > YAML_EVENTS:
            self._stop("too-many-values", event, f"more than {YAML_EVENTS} values and brackets")
        if isinstance(event, yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._node(event)
        elif isinstance(event, yaml.AliasEvent):
            self._stop("alias", event, f"found the alias *{event.anchor}, expected none", _NO_ALIASES)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(event)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop("several-documents", event, "found a second document, expected one", "remove '---'")
        if event.version is not None or event.tags:
            self._stop("directive", event, "found a % directive, expected none", "remove the line")

    def _node(self, event: _Node) -> None:
        if event.anchor is not None:
            self._stop("anchor", event, f"found the anchor &{event.anchor}, expected none", _NO_ALIASES)
        if event.tag is not None:
            message = f"found the tag {shown_key(event.tag)}, expected a value without tag"
            self._stop("tag", event, message, "remove the tag; quote the value if it is text")
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.container, dict) and parent.key is None:
            self._key(parent, event)
        elif isinstance(event, yaml.ScalarEvent):
            path = self._path(parent)
            self._place(parent, path, event, self._scalar(event, path))
        else:
            self._collection(parent, event)

    def _collection(self, parent: _Open | None, event: _Node) -> None:
        if len(self._open) >= YAML_DEPTH:
            self._stop("too-deep", event, f"nested deeper than {YAML_DEPTH} levels")
        container: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._path(parent)
        self._place(parent, path, event, container)
        self._open.append(_Open(path, container))

    def _path(self, parent: _Open | None) -> ValuePath:
        if parent is None:
            return ()
        if isinstance(parent.container, list):
            return (*parent.path, len(parent.container))
        return (*parent.path, parent.key or "")

    def _place(self, parent: _Open | None, path: ValuePath, event: _Node, value: Any) -> None:
        self.values[path] = _position(event)
        if parent is None:
            self.data = value
        elif isinstance(parent.container, list):
            parent.container.append(value)
        else:
            parent.container[str(parent.key)] = value
            parent.key = None

    def _key(self, parent: _Open, event: _Node) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            self._stop("non-string-key", event, "found a list or an object as a key, expected text")
        key = event.value
        path = (*parent.path, key)
        if _is_plain(event):
            self._check_plain_key(key, event, path)
        self._check_text(event, path)
        if key in parent.seen:
            message = f"the key {shown_key(key)} stands twice, first on line {parent.seen[key]}"
            self._refuse("duplicate-key", event, message, "keep one of the two", path)
        else:
            parent.seen[key] = _position(event).line
        self.keys[path] = _position(event)
        parent.key = key

    def _check_plain_key(self, key: str, event: yaml.ScalarEvent, path: ValuePath) -> None:
        if key == "<<":
            self._stop("merge-key", event, "found the merge key <<, expected none", _NO_ALIASES)
        if key in {"y", "n", "Y", "N"}:
            return
        value = plain_value(key)
        if isinstance(value, RefusedScalar):
            self._refuse(value.code, event, value.message, f"quote the key: {shown_key(key)}", path)
        elif not isinstance(value, str):
            message = f"found the key {key or '(nothing)'}, which is not text; expected text"
            self._refuse("non-string-key", event, message, f'quote it: "{key[:40]}"', path)

    def _scalar(self, event: yaml.ScalarEvent, path: ValuePath) -> Any:
        self._check_text(event, path)
        if not _is_plain(event):
            return event.value
        value = plain_value(event.value)
        if isinstance(value, RefusedScalar):
            self._refuse(value.code, event, value.message, value.hint, path)
            return event.value
        if not isinstance(value, str):
            self.scalars[path] = event.value
        return value

    def _check_text(self, event: yaml.ScalarEvent, path: ValuePath) -> None:
        if _SURROGATE.search(event.value):
            message = "found half of a character pair (a lone surrogate)"
            hint = 'write the character itself, or \\U and eight digits: "\\U0001F600"'
            self._refuse("lone-surrogate", event, message, hint, path)

    def _refuse(
        self, code: str, event: yaml.Event, message: str, hint: str | None, path: ValuePath = ()
    ) -> None:
        place = _position(event)
        self.problems.append(Problem(code, self.source, *place, shown_path(path), message, hint))
        if len(self.problems) >= PROBLEM_LIMIT:
            raise Stop

    def _stop(self, code: str, event: yaml.Event, message: str, hint: str | None = None) -> NoReturn:
        parent = self._open[-1] if self._open else None
        path = self._path(parent) if parent is None or parent.key is not None else parent.path
        place = _position(event)
        self.problems.append(Problem(code, self.source, *place, shown_path(path), message, hint))
        raise Stop


def _is_plain(event: yaml.ScalarEvent) -> bool:
    return not event.style


def _position(event: yaml.Event) -> Position:
    mark: Any = event.start_mark  # every event of the parser has one
    return Position(mark.line + 1, mark.column + 1)
