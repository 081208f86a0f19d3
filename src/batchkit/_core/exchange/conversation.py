"""What any conversation with a vendor keeps: account, last reply, and what follows from it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from http import HTTPStatus

from ...outcomes import Unsent
from .. import headers
from ..effects import Failure, Flow, Phase, Received, Record, Response, Turn
from ..items.chunks import Chunk
from ..meaning import stops
from ..meaning.table import MEANINGS, Meaning, Verdict, judge
from ..operations import Complaint, Operation, Trouble
from ..rulings import Abort, Entry, OutcomeClass, Ruling
from .account import Account
from .policy import Policy
from .retry import RetryState


class Conversation:
    """A conversation with a vendor; `flow` is its course."""

    def __init__(self, account: Account, operation: Operation, rules: Policy) -> None:
        self.account = account
        self.operation = operation
        self.rules = rules
        self.trouble: Trouble | None = None
        """What the last reply says of the vendor: others would meet the same."""
        self.retry_in: float | None = None
        """Seconds until what the last reply was for is sent again; `None` if it is not."""
        self._last: Received | None = None

    @abstractmethod
    def flow(self) -> Flow:
        """Yields what has to be waited for, until everything is accounted for."""

    def changes(self) -> frozenset[str]:
        """What it changes at the vendor."""
        return frozenset()

    @property
    def chunk(self) -> Chunk:
        """What it is about; the items of a bare ticket are known at its end."""
        return self.account.chunk

    def recorded(self, record: Record, at: float) -> Entry:
        """What the journal shall say now; `at` is in seconds of the Unix clock.

        Raises `LookupError` where `is_kept` is always true, as there is nothing to say.
        """
        raise LookupError(f"A journal has nothing to say of a {type(self).__name__}.")

    @property
    def is_kept(self) -> bool:
        """Whether there is nothing for the journal to say of it."""
        return True

    @property
    def status(self) -> int | None:
        """The HTTP status of the last reply; `None` where no answer came."""
        reply = self._last and self._last.reply
        return reply.status if isinstance(reply, Response) else None

    @property
    def request_id(self) -> str | None:
        """The vendor's id of the last answer; `None` where none came, or none with an id."""
        reply = self._last and self._last.reply
        if not isinstance(reply, Response):
            return None
        return headers.request_id(reply.headers, self.operation.request_id_headers)

    def rule(
        self,
        outcome: OutcomeClass,
        positions: Sequence[int],
        *,
        code: int | None = None,
        reason: str = "",
        ticket: str | None = None,
        answered: bool = False,
    ) -> None:
        """Enter the same ruling for all of these; `answered`: the last answer decided it."""
        self.account.rule(
            Ruling(
                outcome=outcome,
                positions=positions,
                code=code,
                reason=reason,
                ticket=ticket,
                request_id=self.request_id if answered else None,
            )
        )

    def note(self, received: Received) -> Received:
        """This is the last reply now."""
        self.trouble, self.retry_in, self._last = None, None, received
        if isinstance(received.reply, Response):
            self.account.note_code(received.reply.status)
        return received

    def describe(self, reply: Response | Failure) -> str:
        """What came back, as the middle of a sentence."""
        if isinstance(reply, Failure):
            return reply.reason
        complaint = self.operation.complain(reply) if reply.complete else Complaint()
        words = ": ".join(part for part in (complaint.code, complaint.message) if part)
        return f"{self.operation.vendor} answered {reply.status}" + (f" ({words})" if words else "")

    def judge(self, reply: Response | Failure, refused: Collection[int] | None) -> Meaning:
        """What the table's verdict leads to, with a note of what it says of the vendor."""
        verdict = judge(reply, refused)
        if verdict in (Verdict.AGAIN, Verdict.DOUBT, Verdict.GIVE_UP):
            self.trouble = self._trouble(reply)
        return MEANINGS[verdict]

    def wait(
        self, retry: RetryState, positions: Sequence[int], why: str, received: Received
    ) -> Turn | None:
        """The next turn for what was not taken; `None`, with it ruled on, without one."""
        response = received.reply if isinstance(received.reply, Response) else None
        told = headers.retry_after(response.headers, response.received) if response else None
        most = self.rules.retry.max_retry_after
        if response is not None and told is not None and told > most:
            complaint = self.operation.complain(response)
            self.account.stop = stops.rate_limited(self.operation, response, complaint, told, most)
            self.rule(Unsent, positions, reason=self.account.stop.message, answered=True)
            return None
        contended = self.trouble is Trouble.CONTENDED
        delay = retry.wait(why, received.now, retry.calm if contended and told is None else told)
        if delay is None:
            if isinstance(received.reply, Failure) and received.reply.phase <= Phase.CONNECTING:
                self.account.unreached = why
            times = "1 attempt" if retry.attempts == 1 else f"{retry.attempts} attempts"
            reason = f"Given up after {times}; the last time, {why}."
            self.rule(Unsent, positions, reason=reason, answered=True)
            return None
        self.retry_in = delay if received is self._last else None  # a ticket was asked about since
        limited = response is not None and response.status == HTTPStatus.TOO_MANY_REQUESTS
        pause = told is not None or (limited and not contended)
        return Turn(after=delay, pause=pause, again=True)

    def stop_for(self, reply: Response | Failure, why: str) -> Abort:
        """Why the run ends with this reply."""
        if isinstance(reply, Failure):
            return stops.closed() if reply.closed else stops.unreachable(self.operation.vendor, why)
        return stops.refused(self.operation, reply, self.operation.complain(reply))

    def _trouble(self, reply: Response | Failure) -> Trouble:
        if isinstance(reply, Failure):
            return Trouble.TRANSIENT
        told = headers.retry_after(reply.headers, reply.received) is not None
        match reply.status:
            case HTTPStatus.TOO_MANY_REQUESTS:
                trouble = self.operation.limited(reply)
                # Who says how long to wait is believed.
                return Trouble.THROTTLED if told and trouble is Trouble.QUOTA_SPENT else trouble
            case HTTPStatus.SERVICE_UNAVAILABLE if told:
                return Trouble.THROTTLED
            case HTTPStatus.CONFLICT:
                return Trouble.CONTENDED
            case _:
                return Trouble.TRANSIENT
