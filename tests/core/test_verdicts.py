"""The decision table, row by row, and what each kind of operation makes of it."""

from __future__ import annotations

from itertools import chain

import pytest

from batchkit._core.effects import Failure, Phase
from batchkit._core.meaning.bodies import BodyKind
from batchkit._core.meaning.table import (
    ANY_OTHER,
    ASSUMED,
    GONE,
    ITEMS,
    MEANINGS,
    PHASES,
    STATUSES,
    ItemVerdict,
    Verdict,
    judge,
    judge_item,
)
from batchkit.drip import answers as drip
from batchkit.ecwid import answers as ecwid
from batchkit.empathy import answers as empathy
from tests.core.toy import CONVERGES, DUPLICATES, KEYED, cut, failure, kinds, play, reply, rules

AGAIN, DOUBT, GIVE_UP = Verdict.AGAIN, Verdict.DOUBT, Verdict.GIVE_UP
NARROW, SPLIT, STOP = Verdict.NARROW, Verdict.SPLIT, Verdict.STOP

BY_DEFAULT = {
    100: DOUBT,
    103: DOUBT,
    **dict.fromkeys((300, 301, 302, 303, 304, 307, 308, 399), STOP),
    400: NARROW,
    422: NARROW,
    **dict.fromkeys((401, 402, 403, 404, 405, 406, 407, 410, 411, 415, 418, 431, 451, 499), STOP),
    408: DOUBT,
    409: AGAIN,
    413: SPLIT,
    425: AGAIN,
    429: AGAIN,
    **dict.fromkeys((500, 502, 503, 504), DOUBT),
    **dict.fromkeys((501, 505, 507, 508, 511, 520, 599), GIVE_UP),
    **dict.fromkeys((200, 204, 299, 99, 600, 999), DOUBT),
}


@pytest.mark.parametrize(("status", "verdict"), BY_DEFAULT.items())
def test_a_status_has_its_verdict(status: int, verdict: Verdict) -> None:
    assert judge(reply(status), None) is verdict


@pytest.mark.parametrize("status", range(100, 600))
def test_no_status_is_left_to_the_last_row(status: int) -> None:
    assert any(status in row.statuses for row in STATUSES[:-1])


ROWS = [*PHASES, *STATUSES, *MEANINGS.values(), *ITEMS, GONE]
TABLES = {"Empathy": empathy.ROWS, "Drip": drip.ROWS, "Ecwid": ecwid.ROWS}


def test_every_row_has_a_reason() -> None:
    assert all(row.why for row in [*ROWS, *chain(*TABLES.values())])


def test_every_verdict_has_a_meaning() -> None:
    assert list(MEANINGS) == list(Verdict)
    assert {row.verdict for row in [*PHASES, *STATUSES]} == set(Verdict)


def test_no_row_is_hidden_by_those_before_it() -> None:
    for place, row in enumerate(STATUSES):
        above = [other for other in STATUSES[:place] if not other.with_wait]
        assert any(
            not any(status in other.statuses for other in above)
            for status in (range(600, 700) if row.statuses is ANY_OTHER else row.statuses)
        )
    for place, line in enumerate(ITEMS):
        assert any(
            not any(code in other.codes and other.tried is line.tried for other in ITEMS[:place])
            for code in (range(100, 700) if line.codes is ANY_OTHER else line.codes)
        )


@pytest.mark.parametrize("vendor", TABLES)
def test_a_vendor_has_one_row_for_each_kind_of_body(vendor: str) -> None:
    named = [body for row in TABLES[vendor] for body in row.bodies]
    assert sorted(body.name for body in named) == sorted({body.name for body in BodyKind})


def test_what_is_assumed_is_what_the_documents_name() -> None:
    assert {400, 422, 425, 429} == ASSUMED


@pytest.mark.parametrize("status", [400, 422, 425, 429])
def test_a_status_that_the_caller_leaves_out_is_doubtful(status: int) -> None:
    assert judge(reply(status), frozenset()) is DOUBT
    assert judge(reply(status), {status}) is BY_DEFAULT[status]


@pytest.mark.parametrize("status", [408, 500, 501, 502, 503, 504, 511])
def test_a_status_that_the_caller_adds_means_that_nothing_was_taken(status: int) -> None:
    assert judge(reply(status), {status}) is AGAIN


@pytest.mark.parametrize("status", [302, 401, 404, 409, 413, 415])
@pytest.mark.parametrize("chosen", [True, False])
def test_what_is_no_assumption_cannot_be_switched(status: int, chosen: bool) -> None:
    assert judge(reply(status), {status} if chosen else {429}) is BY_DEFAULT[status]


def test_503_with_a_valid_retry_after_took_nothing() -> None:
    assert judge(reply(503, retry_after="5"), None) is AGAIN
    assert judge(reply(503, retry_after="soon"), None) is DOUBT
    assert judge(reply(503, retry_after="5"), {429}) is DOUBT


@pytest.mark.parametrize("phase", Phase)
def test_a_failure_is_judged_by_its_phase(phase: Phase) -> None:
    assert judge(failure(phase), None) is (AGAIN if phase <= Phase.SENDING else DOUBT)


@pytest.mark.parametrize("phase", Phase)
def test_a_failure_that_no_repeat_cures_ends_the_run(phase: Phase) -> None:
    final = Failure(phase=phase, reason="the certificate is not trusted", final=True)
    assert judge(final, None) is STOP


@pytest.mark.parametrize(
    ("code", "verdict", "strictly"),
    [
        *((code, ItemVerdict.UNCLEAR, ItemVerdict.UNCLEAR) for code in (None, 99, 100, 199, 600)),
        (200, ItemVerdict.DONE, ItemVerdict.DONE),
        (299, ItemVerdict.DONE, ItemVerdict.DONE),
        (300, ItemVerdict.UNCLEAR, ItemVerdict.UNCLEAR),
        (399, ItemVerdict.UNCLEAR, ItemVerdict.UNCLEAR),
        *((code, ItemVerdict.REJECT, ItemVerdict.REJECT) for code in (400, 404, 409, 422, 499)),
        *((code, ItemVerdict.STOP, ItemVerdict.STOP) for code in (401, 403)),
        (429, ItemVerdict.AGAIN, ItemVerdict.AGAIN),
        (425, ItemVerdict.REJECT, ItemVerdict.REJECT),
        (408, ItemVerdict.REJECT, ItemVerdict.UNCLEAR),
        *((code, ItemVerdict.AGAIN, ItemVerdict.DOUBT) for code in (500, 502, 503, 504, 599)),
    ],
)
def test_an_items_own_code_has_its_verdict(
    code: int | None, verdict: ItemVerdict, strictly: ItemVerdict
) -> None:
    assert judge_item(code, strict=False) is verdict
    assert judge_item(code, strict=True) is strictly


ENDS = {
    AGAIN: ("Unsent", "Unsent", "Unsent"),
    DOUBT: ("Unknown", "Unknown", "Unknown"),
    GIVE_UP: ("Unknown", "Unknown", "Unknown"),
    NARROW: ("Rejected", "Rejected", "Rejected"),
    SPLIT: ("Rejected", "Rejected", "Rejected"),
    STOP: ("Unsent", "Unsent", "Unsent"),
}
SENDINGS = {
    AGAIN: (6, 6, 6),
    DOUBT: (6, 1, 6),
    GIVE_UP: (1, 1, 1),
    NARROW: (3, 3, 3),
    SPLIT: (3, 3, 3),
    STOP: (1, 1, 1),
}


@pytest.mark.parametrize("status", [each for each in BY_DEFAULT if each not in (200, 204, 299)])
def test_each_kind_of_operation_ends_as_the_table_says(status: int) -> None:
    verdict = BY_DEFAULT[status]
    for place, operation in enumerate((CONVERGES, DUPLICATES, KEYED)):
        played = play(cut(range(2)), lambda request, now: (0.1, reply(status)), operation)
        assert set(kinds(played.outcomes)) == {ENDS[verdict][place]}
        assert len(played.posts) == SENDINGS[verdict][place]
        assert (played.stop is not None) is (verdict is STOP)
        assert played.report.highest_code == status


@pytest.mark.parametrize("phase", Phase)
def test_each_kind_of_operation_ends_as_the_phase_says(phase: Phase) -> None:
    taken = phase > Phase.SENDING
    for operation in (CONVERGES, DUPLICATES, KEYED):
        held = taken and operation is DUPLICATES
        played = play(cut(range(2)), lambda request, now: (0.1, failure(phase)), operation)
        assert set(kinds(played.outcomes)) == {"Unknown" if taken else "Unsent"}
        assert len(played.posts) == (1 if held else 6)
        assert played.report.highest_code is None


def test_a_duplicate_is_sent_again_in_doubt_if_the_caller_chose_so() -> None:
    replies = iter([failure(), reply(500), reply(202, "taken")])
    played = play(
        cut(range(2)),
        lambda request, now: (0.1, next(replies)),
        DUPLICATES,
        rules=rules(resend_in_doubt=True),
    )
    assert kinds(played.outcomes) == ["Accepted", "Accepted"]
    assert played.report.retries == 2
