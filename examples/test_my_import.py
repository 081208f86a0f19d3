"""What the tests of your own import may look like: `python -m pytest examples/test_my_import.py`.

No account, no network, no sleeping. The fixtures come with batchkit; they need pytest and respx,
and the strategies need hypothesis: `python -m pip install pytest respx hypothesis`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings

from batchkit import Drip, Ecwid, EmpathyTagging, Report
from batchkit.drip import Event, Subscriber
from batchkit.testing import assert_taken, strategies

if TYPE_CHECKING:
    from batchkit.testing import FakeClock, FakeDrip, FakeEcwid, FakeEmpathy, Sandbox

# -- the code under test


def subscriber(row: dict[str, str]) -> Subscriber:
    return Subscriber(email=row["mail"].lower(), tags=["Shop"])


def import_people(drip: Drip, rows: Iterable[dict[str, str]]) -> Report[Subscriber]:
    return drip.subscribers.send(subscriber(row) for row in rows)


# -- its tests


def test_rows_arrive_as_people(batchkit_drip: FakeDrip) -> None:
    with Drip("1", api_key="any") as drip:
        report = import_people(drip, [{"mail": "Ann@Example.com"}, {"mail": "bob@example.com"}])

    assert report.accepted == 2
    assert_taken(
        batchkit_drip,
        [
            {"email": "ann@example.com", "tags": ["Shop"]},
            {"email": "bob@example.com", "tags": ["Shop"]},
        ],
    )


def test_a_bad_day(
    batchkit_drip: FakeDrip,
    batchkit_empathy: FakeEmpathy,
    batchkit_ecwid: FakeEcwid,
    batchkit_clock: FakeClock,
) -> None:
    """Drip is busy twice, Empathy refuses one event, a ticket of Ecwid's takes ten minutes."""
    batchkit_drip.faults.times(2, "429")
    batchkit_empathy.refuse({"q": "boots"})
    batchkit_ecwid.switch(seconds_per_batch=600)

    with Drip("1", api_key="any") as drip:
        events = drip.events.send([Event(email="ann@example.com", action="Came")])
    with EmpathyTagging("shop") as tagging:
        searches = tagging.query.send({"q": q, "lang": "en"} for q in ("tea", "boots"))
    with Ecwid("1003", token="any") as ecwid:
        entry = {"method": "POST", "path": "/products", "body": {"name": "Tea"}}
        products = ecwid.batches.send([entry])

    assert (events.accepted, events.retries) == (1, 2)
    assert (searches.succeeded, searches.rejected) == (1, 1)
    assert products.succeeded == 1
    assert batchkit_clock.slept > 600


def test_what_may_have_been_applied_is_not_sent_again(batchkit_drip: FakeDrip) -> None:
    batchkit_drip.faults.once("stored-then-dropped")
    with (
        Drip("1", api_key="any") as drip,
        drip.events.stream([{"email": "ann@example.com", "action": "Bought"}]) as stream,
    ):
        outcomes = list(stream)

    assert type(outcomes[0]).__name__ == "Unknown"
    assert batchkit_drip.ledger.count() == 1
    assert batchkit_drip.ledger.check_outcomes(outcomes) == []


def test_over_a_real_socket(batchkit_sandbox: Sandbox) -> None:
    batchkit_sandbox.faults.add("drip:503*1")
    with Drip("1", api_key="any", base_url=batchkit_sandbox.url("drip")) as drip:
        report = import_people(drip, [{"mail": "ann@example.com"}])

    assert report.ok
    assert batchkit_sandbox.ledger.check(report) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(person=strategies.subscribers())
def test_any_person_can_be_planned_for(person: Any) -> None:
    with Drip("1", api_key="any") as drip:
        assert drip.subscribers.plan([person]).invalid == 0
