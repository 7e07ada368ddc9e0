"""Draw the pictures of the pages, as SVG: python docs/pictures/draw.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
_WIDTH = 900
_LINE = 19
_FONT = "font-family='system-ui, DejaVu Sans, Helvetica, Arial, sans-serif'"
_HEADS = """\
<defs><marker id='head' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' markerHeight='7' orient='auto'>
<path d='M0 0 L10 5 L0 10 z' fill='#57606a'/></marker></defs>"""
_FILLS = {
    "file": ("#ffffff", "#57606a"),
    "step": ("#ddf4ff", "#0969da"),
    "kept": ("#fff8c5", "#9a6700"),
    "yes": ("#dafbe1", "#1a7f37"),
    "maybe": ("#fff1e5", "#bc4c00"),
    "unknown": ("#eaeef2", "#57606a"),
    "no": ("#ffebe9", "#cf222e"),
}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with a bold first line; x and y are its middle."""

    x: int
    y: int
    width: int
    kind: str
    lines: tuple[str, ...]

    @property
    def height(self) -> int:
        """As high as its lines ask."""
        return _LINE * len(self.lines) + 20

    def edge(self, side: str) -> tuple[int, int]:
        """The middle of one side: left, right, top or bottom."""
        across = {"left": -self.width // 2, "right": self.width // 2}.get(side, 0)
        down = {"top": -self.height // 2, "bottom": self.height // 2}.get(side, 0)
        return self.x + across, self.y + down

    def svg(self) -> str:
        """The rectangle and its text."""
        fill, stroke = _FILLS[self.kind]
        left, top = self.x - self.width // 2, self.y - self.height // 2
        shape = (
            f"<rect x='{left}' y='{top}' width='{self.width}' height='{self.height}' rx='8' "
            f"fill='{fill}' stroke='{stroke}' stroke-width='1.5'/>"
        )
        texts = [
            f"<text x='{self.x}' y='{top + 24 + _LINE * number}' text-anchor='middle' "
            f"font-size='{14 if number == 0 else 13}' font-weight='{600 if number == 0 else 400}' "
            f"fill='#1f2328'>{escape(line)}</text>"
            for number, line in enumerate(self.lines)
        ]
        return "\n".join([shape, *texts])


def arrow(*points: tuple[int, int], word: str = "", at: tuple[int, int] | None = None) -> str:
    """A line through some points, with a head at its end and perhaps a word beside it."""
    path = "M" + " L".join(f"{x} {y}" for x, y in points)
    line = f"<path d='{path}' fill='none' stroke='#57606a' stroke-width='1.5' marker-end='url(#head)'/>"
    if not word:
        return line
    x, y = at or points[0]
    return f"{line}\n<text x='{x}' y='{y}' font-size='13' fill='#57606a'>{escape(word)}</text>"


def picture(height: int, title: str, about: str, parts: list[str]) -> str:
    """A whole file; the panel behind it is white, so that it can be read on a dark page too."""
    size = f"viewBox='0 0 {_WIDTH} {height}' width='{_WIDTH}' height='{height}'"
    head = f"<svg xmlns='http://www.w3.org/2000/svg' {size} role='img' {_FONT}>"
    told = f"<title>{escape(title)}</title>\n<desc>{escape(about)}</desc>"
    panel = f"<rect width='{_WIDTH}' height='{height}' rx='10' fill='#ffffff'/>"
    return "\n".join([head, told, _HEADS, panel, *parts, "</svg>", ""])


def data_flow() -> str:
    """From two YAML files to a judged comparison, here or on another machine."""
    config = Box(120, 60, 200, "file", ("benchmark config", "what is to be run"))
    target = Box(120, 150, 200, "file", ("target profile", "where, and which samplers"))
    run = Box(
        390,
        105,
        240,
        "step",
        ("edgeenv bench run", "starts the command, keeps", "its output, observes the machine"),
    )
    evidence = Box(
        680, 60, 260, "kept", ("run = evidence", "six files + samples + manifest,", "frozen by one rename")
    )
    failed = Box(680, 165, 260, "kept", ("failed run", "kept, but never compared"))
    registry = Box(
        680,
        270,
        260,
        "kept",
        ("registry", "all runs under one root, and an index", "that can be built again from them"),
    )
    bundle = Box(
        360, 270, 236, "file", ("bundle", "one run as one zip, the same", "bytes every time, may be signed")
    )
    other = Box(100, 270, 160, "kept", ("another root", "checked whole", "before it is written"))
    policy = Box(120, 400, 200, "file", ("policy", "what must hold, in YAML"))
    compare = Box(400, 400, 240, "step", ("edgeenv report compare", "judges, reads nothing else"))
    judgement = Box(
        730, 400, 280, "yes", ("judgement", "verdict, mode, reasons; numbers only", "after a Yes")
    )
    boxes = [config, target, run, evidence, failed, registry, bundle, other, policy, compare, judgement]
    side = (860, evidence.y)
    arrows = [
        arrow(config.edge("right"), (245, 60), (245, 95), (270, 95)),
        arrow(target.edge("right"), (245, 150), (245, 115), (270, 115)),
        arrow(run.edge("right"), (525, 105), (525, 60), evidence.edge("left")),
        arrow((525, 105), (525, 165), failed.edge("left")),
        arrow(evidence.edge("right"), side, (860, 270), registry.edge("right")),
        arrow(registry.edge("left"), bundle.edge("right"), word="export", at=(490, 262)),
        arrow(bundle.edge("left"), other.edge("right"), word="import", at=(190, 262)),
        arrow(
            (610, 309), (610, 345), (440, 345), (440, compare.edge("top")[1]), word="two runs", at=(500, 339)
        ),
        arrow(
            (100, 309),
            (100, 345),
            (360, 345),
            (360, compare.edge("top")[1]),
            word="or two of these",
            at=(112, 339),
        ),
        arrow(policy.edge("right"), compare.edge("left")),
        arrow(compare.edge("right"), judgement.edge("left")),
    ]
    about = (
        "A benchmark config and a target profile go into bench run, which freezes a run or a failed run as "
        "evidence. The registry finds runs; a bundle carries one to another root. report compare judges two "
        "runs under a policy."
    )
    return picture(460, "How data flows through EdgeEnv", about, [*arrows, *(box.svg() for box in boxes)])


VERDICTS = (
    (
        "Does a required rule find a difference?",
        "No",
        "no",
        ("no mode, no numbers:", "the fields that differ, with both values"),
    ),
    (
        "Is required evidence missing, a waiver expired?",
        "Indeterminate",
        "unknown",
        ("no mode, no numbers:", "what is missing, in which run"),
    ),
    (
        "Does a conditional rule differ, or lack evidence?",
        "Conditional",
        "maybe",
        ("mode: the first of the policy's modes", "that applies; no deltas"),
    ),
)


def verdict() -> str:
    """The order in which a judgement is decided."""
    parts = []
    start = Box(
        240,
        52,
        400,
        "file",
        (
            "Two runs, one policy",
            "every rule is evaluated; a difference that",
            "is waived is told and does not count",
        ),
    )
    boxes, above = [start], start
    for number, (question, answer, kind, lines) in enumerate(VERDICTS):
        ask = Box(240, 150 + 100 * number, 400, "step", (question,))
        told = Box(690, ask.y, 340, kind, (f"Comparable: {answer}", *lines))
        parts.append(
            arrow(above.edge("bottom"), ask.edge("top"), word="no" if number else "", at=(250, ask.y - 42))
        )
        parts.append(arrow(ask.edge("right"), told.edge("left"), word="yes", at=(464, ask.y - 8)))
        boxes += [ask, told]
        above = ask
    yes = Box(240, 460, 400, "yes", ("Comparable: Yes", "mode: same-condition; metric deltas are shown"))
    advisory = Box(
        690,
        460,
        340,
        "file",
        ("Advisory rules and noise notes", "are told beside every verdict", "and never change it"),
    )
    parts.append(arrow(above.edge("bottom"), yes.edge("top"), word="no", at=(250, 408)))
    about = (
        "A difference in a required rule gives No; else missing evidence of a required rule, or an expired "
        "waiver, gives Indeterminate; else a difference in a conditional rule gives Conditional; else the "
        "verdict is Yes."
    )
    return picture(
        520, "How a verdict is decided", about, [*parts, *(box.svg() for box in [*boxes, yes, advisory])]
    )


PICTURES = {"data-flow.svg": data_flow, "verdict.svg": verdict}


if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (HERE / name).write_text(draw(), encoding="utf-8")
