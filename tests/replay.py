"""Play one seed of the simulator again and show it: `python -m tests.replay keyed 17`."""

from __future__ import annotations

import sys
from collections import Counter

from batchkit._core.effects import Failure, Response
from tests.simulation.invariants import broken
from tests.simulation.story import KINDS, Story, tell


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in KINDS or not arguments[1].isdecimal():
        print(f"usage: python -m tests.replay {{{','.join(KINDS)}}} SEED")
        return 2
    story = tell(arguments[0], int(arguments[1]))
    show(story)
    problems = broken(story)
    print("broken:", "; ".join(problems) or "nothing")
    return 1 if problems else 0


def show(story: Story) -> None:
    played = story.simulator
    print(story.shop.habits)
    print(story.rules.retry, story.bounds, story.pace)
    for sent in played.requests:
        print(
            f"{sent.began - story.start:10.2f} {sent.ended - story.start:10.2f} "
            f"{sent.request.method} {sent.request.path} ({sent.items}): {_said(sent.reply)}"
        )
    print(played.stop.message if played.stop else "It came to its end.")
    print(dict(Counter(type(each).__name__ for each in played.outcomes)))


def _said(reply: Response | Failure) -> str:
    if isinstance(reply, Failure):
        return f"{reply.phase.name}, {reply.reason}"
    return f"{reply.status} {dict(reply.headers)} {reply.body[:60]!r}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
