"""A success that is a web page comes from something in between: the second in a row ends a run."""

from __future__ import annotations

import attrs
import pytest

from batchkit._core.effects import Failure, Response
from batchkit._core.operations import Reading, Unreadable
from batchkit.exceptions import ContractError
from batchkit.options import RetryPolicy
from tests.core.toy import CONVERGES, TAKEN, cut, failure, kinds, play, reply, rules, script
from tests.simulator import Simulator


class TestWebPages:
    """A success that is a web page comes from something in between."""

    PAGE, ODD = reply(200, "page"), reply(200, "odd")

    def play(self, *replies: Response | Failure) -> Simulator:
        def read(response: Response, items: int) -> Reading | None:
            if response in (self.PAGE, self.ODD):
                return Unreadable("the answer cannot be read", page=response == self.PAGE)
            return CONVERGES.read(response, items)

        reading = attrs.evolve(CONVERGES, read=read)
        once = rules(retry=RetryPolicy(attempts=1))
        chunks = cut(range(4), size=1)
        return play(chunks, script(*replies), reading, rules=once, in_flight=1)

    def test_two_in_a_row_end_the_run(self) -> None:
        played = self.play(TAKEN, self.PAGE, self.PAGE)
        assert kinds(played.outcomes) == ["Accepted", "Unknown", "Unknown", "Unsent"]
        assert played.stop is not None
        assert played.stop.error is ContractError
        assert played.stop.message.startswith(
            "Two requests to `things` in a row were answered by a web page, which Toy does not"
        )

    @pytest.mark.parametrize("between", [TAKEN, reply(500), ODD])
    def test_an_answer_in_between_begins_the_count_anew(self, between: Response) -> None:
        played = self.play(self.PAGE, between, self.PAGE, TAKEN)
        assert played.stop is None
        assert kinds(played.outcomes)[2:] == ["Unknown", "Accepted"]

    def test_no_answer_in_between_does_not(self) -> None:
        played = self.play(self.PAGE, failure(), self.PAGE)
        assert kinds(played.outcomes) == ["Unknown", "Unknown", "Unknown", "Unsent"]
        assert played.stop is not None
        assert played.stop.error is ContractError
