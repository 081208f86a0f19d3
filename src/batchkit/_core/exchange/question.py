"""A single request that carries no items: a question to the vendor, or a word about a batch."""

from __future__ import annotations

from typing import cast

from ..effects import Failure, Flow, Halt, Received, Request, Response, Send, Turn
from ..items.chunks import Chunk, EncodedItems
from ..meaning import stops
from ..meaning.table import Step
from ..operations import Operation
from ..rulings import Abort
from .account import Account
from .conversation import Conversation
from .policy import Policy
from .retry import RetryState


class Question(Conversation):
    """A conversation about no items, whose account stays empty; `response` is the answer."""

    def __init__(self, request: Request, operation: Operation, rules: Policy) -> None:
        nothing = Chunk(start=0, items=(), encoded=EncodedItems(), positions=(), refused={})
        super().__init__(Account(nothing), operation, rules)
        self._request = request
        self.response: Response | None = None

    def answer(self) -> Response:
        """The answer, once the run has ended without an exception."""
        return cast(Response, self.response)

    def flow(self) -> Flow:
        """Ask until there is an answer; asking twice is the same as asking once."""
        retry = RetryState(self.rules.retry, self.rules.random)
        turn: Turn | None = Turn()
        while turn is not None:
            go = yield turn
            if isinstance(go, Halt):
                return
            send = Send(request=self._request, attempt=retry.attempts + 1)
            received = self.note(cast(Received, (yield send)))
            self.account.polls += 1
            reply, why = received.reply, self.describe(received.reply)
            if isinstance(reply, Response) and 200 <= reply.status < 300 and reply.complete:
                self.response = reply
                return
            ends = self.judge(reply, None).asking is Step.END
            turn = None if ends else self.wait(retry, (), why, received)
            if turn is None and self.account.stop is None:
                self.account.stop = self.stop_for(reply, why)

    def stop_for(self, reply: Response | Failure, why: str) -> Abort:
        """Why there is no answer."""
        if isinstance(reply, Failure):
            return stops.closed() if reply.closed else stops.unanswered(self.operation.vendor, why)
        if reply.status < 300:
            return stops.cut_short(self.operation.vendor)
        complaint = self.operation.complain(reply)
        return stops.refused(self.operation, reply, complaint, asked=True)
