"""How much room text takes on a terminal, and how to make it fit."""

from __future__ import annotations

WIDTH = 80
"""What every text is laid out for; a terminal and a pipe get the same text."""


def display_width(text: str) -> int:
    """The columns that a text fills: East Asian wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def fitting(text: str, width: int) -> str:
    """The longest beginning of a text that fills at most ``width`` columns."""
    if text.isascii():
        return text[:width]
    used = 0
    for index, character in enumerate(text):
        used += _character_width(character)
        if used > width:
            return text[:index]
    return text


def folded(text: str, indent: str = "", width: int = WIDTH) -> list[str]:
    """A sentence in lines of at most ``width`` columns, broken at blanks only: a long word stays whole.

    Args:
        text: the sentence; the blanks that it begins with stay.
        indent: what each further line begins with.
        width: the columns of a line.
    """
    words = text.split()
    lines = [text[: len(text) - len(text.lstrip())]]
    used = display_width(lines[0])
    is_first = True
    for word in words:
        room = display_width(word)
        if not is_first and used + 1 + room > width:
            lines.append(indent)
            used, is_first = display_width(indent), True
        lines[-1] += word if is_first else f" {word}"
        used += room + (not is_first)
        is_first = False
    return lines if words else []


def wrapped(parts: list[str], indent: str) -> list[str]:
    """Parts joined by commas, in as many lines as they need.

    A part longer than a line is broken, at a blank where there is one; nothing is ever cut.

    Args:
        parts: the texts, already clean.
        indent: what every line begins with; continuation lines are indented once more.
    """
    lines = [indent]
    for number, part in enumerate(parts):
        text = part if number == len(parts) - 1 else f"{part},"
        is_first = not lines[-1].strip()
        if not is_first and display_width(lines[-1]) + 1 + display_width(text) > WIDTH:
            lines.append(indent * 2)
            is_first = True
        lines[-1] += text if is_first else f" {text}"
        while display_width(lines[-1]) > WIDTH:
            head = fitting(lines[-1], WIDTH)
            blank = head.rfind(" ")
            if head[:blank].strip():
                head = head[:blank]
            lines[-1:] = [head, indent * 2 + lines[-1][len(head) :].lstrip(" ")]
    return lines


def _character_width(character: str) -> int:
    from unicodedata import combining, east_asian_width

    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
