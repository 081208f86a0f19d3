"""The pictures of the docs, drawn from the text in this file: ``python docs/pictures.py``.

Each has a title and a description for those who do not see it, and its colours follow what the
reader's machine prefers, light or dark.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Literal, NamedTuple

FOLDER = Path(__file__).parent / "pictures"

Kind = Literal["step", "good", "doubt", "bad", "note"]
"""What a box is filled with; a note has no frame."""

LINE = 18
"""Pixels from one line of text to the next."""

STYLE = """
  svg { background: #ffffff; font: 14px system-ui, sans-serif }
  text { fill: #1f2328; text-anchor: middle }
  .note { fill: #57606a; font-size: 12.5px }
  rect, path { stroke: #57606a; stroke-width: 1.5; fill: none }
  .step { fill: #f3f4f6 } .good { fill: #d9f2df } .doubt { fill: #fdf0c8 } .bad { fill: #fadfdd }
  .head { fill: #57606a; stroke: none }
  @media (prefers-color-scheme: dark) {
    svg { background: #14171a }
    text { fill: #e6e8ea }
    .note { fill: #a5acb4 }
    rect, path { stroke: #8b949e }
    .step { fill: #22272d } .good { fill: #17402a } .doubt { fill: #4a3b0c } .bad { fill: #54211f }
    .head { fill: #8b949e }
  }
"""

FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"
     width="{width}" height="{height}" role="img" aria-labelledby="title desc">
<title id="title">{title}</title>
<desc id="desc">{describe}</desc>
<style>{style}</style>
<defs>
  <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
          orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker>
</defs>
{parts}
</svg>
"""


class Box(NamedTuple):
    """Lines of text around a middle, in a frame of a kind."""

    x: float
    y: float
    text: str
    kind: Kind = "step"
    width: float = 150

    @property
    def height(self) -> float:
        """What its lines need."""
        return LINE * len(self.text.split("|")) + 16


class Arrow(NamedTuple):
    """A line through points, with a head at its end and a word beside it."""

    points: tuple[tuple[float, float], ...]
    text: str = ""
    at: tuple[float, float] = (0, 0)


class Picture(NamedTuple):
    """What is drawn, and what is said to those who do not see it."""

    name: str
    title: str
    describe: str
    size: tuple[int, int]
    parts: tuple[Box | Arrow, ...]


CHUNK = Picture(
    "chunk",
    "The life of a chunk",
    "Items are checked, encoded and cut. A chunk waits for its turn and is sent. Where nothing was "
    "taken, it waits and is sent again. Where it may have been taken, it is sent again only if a "
    "repeat does no harm, and is Unknown otherwise. Refused as a whole, it is divided until the "
    "culprit is found. An answer settles each item.",
    (860, 400),
    (
        Box(100, 60, "your items"),
        Box(300, 60, "check, encode,|cut"),
        Box(300, 160, "a bad one:|Rejected by client", "bad"),
        Box(500, 60, "wait for a turn|(pace, order)"),
        Box(720, 60, "send"),
        Arrow(((175, 60), (225, 60))),
        Arrow(((375, 60), (425, 60))),
        Arrow(((575, 60), (645, 60))),
        Arrow(((300, 86), (300, 134))),
        Box(720, 180, "what came back?"),
        Arrow(((720, 77), (720, 163))),
        Box(500, 180, "nothing was taken:|back off"),
        Arrow(((645, 180), (575, 180))),
        Arrow(((500, 154), (500, 86)), "again", (525, 124)),
        Box(100, 330, "answered:|an outcome each", "good", 170),
        Box(310, 330, "refused as a whole:|divide, find culprits", "step", 180),
        Box(530, 330, "in doubt, a repeat|does no harm: again", "doubt", 180),
        Box(750, 330, "in doubt, a repeat|would double: Unknown", "doubt", 190),
        Arrow(((720, 197), (720, 250), (100, 250), (100, 304))),
        Arrow(((310, 250), (310, 304))),
        Arrow(((530, 250), (530, 304))),
        Arrow(((720, 250), (750, 250), (750, 304))),
    ),
)

TICKET = Picture(
    "ticket",
    "The states of an Ecwid ticket",
    "A submission gives a ticket; where no answer came it is repeated with the same key. The "
    "ticket is QUEUED, then IN_PROGRESS, then COMPLETED, and only then has each entry its outcome. "
    "A ticket that is gone leaves its entries Unknown. One without progress ends the wait with "
    "DeadlineExceededError, which has the job to wait for later.",
    (860, 280),
    (
        Box(95, 70, "submit|(with a key)"),
        Box(305, 70, "QUEUED"),
        Box(515, 70, "IN_PROGRESS"),
        Box(735, 70, "COMPLETED", "good"),
        Arrow(((170, 70), (230, 70)), "ticket", (200, 60)),
        Arrow(((380, 70), (440, 70))),
        Arrow(((590, 70), (660, 70))),
        Arrow(((60, 44), (60, 18), (130, 18), (130, 44)), "no answer: the same key", (215, 22)),
        Box(305, 200, "gone, or refused:|entries Unknown", "doubt", 170),
        Box(515, 200, "no progress:|DeadlineExceededError|with the job", "bad", 190),
        Box(
            735,
            215,
            "each entry:|Succeeded, Rejected,|Skipped, or Unknown|without a result",
            "good",
            180,
        ),
        Arrow(((305, 87), (305, 174))),
        Arrow(((515, 87), (515, 165))),
        Arrow(((735, 87), (735, 170))),
        Arrow(
            ((420, 200), (405, 200), (405, 125), (350, 125), (350, 87)),
            "wait(job), later",
            (457, 130),
        ),
    ),
)

CRASH = Picture(
    "crash",
    "What is in doubt after a crash",
    "The time of one chunk from left to right. A crash before the first byte leaves its items "
    "surely unsent. A crash from then until the outcome is written down leaves them in doubt. "
    "After that they are known. In doubt are at most max_in_flight requests with their items, and "
    "up to two more while answers leave doubt.",
    (860, 268),
    (
        Box(150, 110, "waiting|for its turn", "step", 200),
        Box(390, 110, "on its way,|at the vendor, on its way back", "doubt", 240),
        Box(610, 110, "answered, not|written down yet", "doubt", 160),
        Box(765, 110, "written down", "good", 110),
        Box(260, 40, "the first byte|goes out", "note"),
        Box(520, 40, "the answer|is here", "note"),
        Box(700, 40, "the outcome is|written down", "note"),
        Arrow(((260, 64), (260, 155))),
        Arrow(((520, 64), (520, 155))),
        Arrow(((700, 64), (700, 155))),
        Arrow(((50, 170), (830, 170)), "time", (440, 190)),
        Box(150, 230, "surely unsent", "good", 200),
        Box(
            480,
            230,
            "in doubt: at most max_in_flight requests,|or two more while answers leave doubt",
            "doubt",
            420,
        ),
        Box(765, 230, "known", "good", 110),
    ),
)

PICTURES = (CHUNK, TICKET, CRASH)


def draw(picture: Picture) -> str:
    """The picture as SVG."""
    width, height = picture.size
    return FRAME.format(
        width=width,
        height=height,
        title=escape(picture.title),
        describe=escape(picture.describe),
        style=STYLE,
        parts="\n".join(_lines(picture.parts)),
    )


def _lines(parts: Iterable[Box | Arrow]) -> Iterable[str]:
    for part in parts:
        if isinstance(part, Arrow):
            route = " ".join(f"{x:g} {y:g}" for x, y in part.points)
            yield f'<path d="M{route}" marker-end="url(#head)"/>'
            if part.text:
                x, y = part.at
                yield f'<text class="note" x="{x:g}" y="{y:g}">{escape(part.text)}</text>'
            continue
        left, top = part.x - part.width / 2, part.y - part.height / 2
        if part.kind != "note":
            yield (
                f'<rect class="{part.kind}" x="{left:g}" y="{top:g}" '
                f'width="{part.width:g}" height="{part.height:g}" rx="6"/>'
            )
        kind = ' class="note"' if part.kind == "note" else ""
        for number, line in enumerate(part.text.split("|")):
            y = top + LINE * (number + 1) + 3
            yield f'<text{kind} x="{part.x:g}" y="{y:g}">{escape(line)}</text>'


def main() -> None:
    """Draw every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    for picture in PICTURES:
        (FOLDER / f"{picture.name}.svg").write_text(draw(picture), encoding="utf-8")


if __name__ == "__main__":
    main()
