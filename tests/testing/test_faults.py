"""Faults as text, in scripts and by chance."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from batchkit.testing import Faults, UnknownFaultError, fake_drip
from batchkit.testing._faults import WORDS, parse
from batchkit.testing._faults.spec import OPERATIONS
from batchkit.testing._vendors.drip_endpoints import BY_OPERATION
from batchkit.testing._vendors.empathy import _SINKS
from tests.testing.shop import Shop

# -- as text


@pytest.mark.parametrize(
    "text",
    [
        "503",
        "429=30",
        "429=Wed, 21 Oct 2026 07:28:00 GMT",
        "taken-500",
        "item-400=3",
        "drip:503@5%",
        "drip.events:503=nan@0.5%",
        "ecwid.status:results-shuffled*2",
        "delay=0.25",
    ],
)
def test_a_fault_is_written_as_it_was_read(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize("word", WORDS)
def test_words_may_be_written_with_spaces(word: str) -> None:
    seconds = "=1" if word == "delay" else ""

    assert parse(word.replace("-", " ") + seconds).word.name == word


@pytest.mark.parametrize(
    "text", ["teapot", "5O3", "", "299", "600", "maybe-503", "50", "@5%", "a b c"]
)
def test_an_unknown_fault_is_refused_with_the_list_of_names(text: str) -> None:
    with pytest.raises(UnknownFaultError) as caught:
        parse(text)

    assert all(word in str(caught.value) for word in (*WORDS, "NNN", "taken-NNN", "item-NNN"))


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(UnknownFaultError, match="Did you mean `results-shuffled`"):
        parse("results-shufled")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("shopify:503", "names no vendor; there are drip, ecwid, empathy"),
        ("503@101%", "above 100 %"),
        ("html=3", "takes nothing after"),
        ("delay", "needs its seconds"),
        ("delay=soon", "a number (seconds)"),
        ("item-500=0", "a number (how many)"),
        ("drip:429=∞", "plain ASCII text"),
        ("429=3\r\nX-Evil: 1", "plain ASCII text"),
    ],
)
def test_what_else_is_wrong_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse(text)


def test_a_fault_of_another_vendor_is_refused() -> None:
    with pytest.raises(ValueError, match="is for ecwid, and this is drip"):
        fake_drip().faults.add("ecwid:503")


@pytest.mark.parametrize(("said", "seconds"), [("date+30", 1030), ("date-30", 970)])
def test_a_date_is_written_for_so_many_seconds_from_now(said: str, seconds: float) -> None:
    text = parse(f"429={said}").retry_after(lambda: 1000)

    assert text is not None
    assert parsedate_to_datetime(text).timestamp() == seconds


@pytest.mark.parametrize("said", ["30", "-1", "nan", "inf", "1e3", "soon", "", "1.5", "99999999"])
def test_any_other_retry_after_is_sent_as_it_is(said: str) -> None:
    assert parse(f"429={said}").retry_after(lambda: 0) == said


def test_without_one_there_is_no_retry_after() -> None:
    assert parse("429").retry_after(lambda: 0) is None


# -- operations


def test_the_operations_are_those_that_the_fakes_know() -> None:
    assert set(OPERATIONS["drip"]) == set(BY_OPERATION)
    assert OPERATIONS["empathy"] == tuple(name for name, _ in _SINKS.values())
    shop = Shop()
    shop.call("POST", "/7/batch/cancel-group", groupId="x")
    shop.call("GET", "/7/profile")
    for method, query in (("POST", {}), ("GET", {}), ("DELETE", {}), ("GET", {"ticket": "x"})):
        shop.call(method, **query)
    assert {one.operation for one in shop.ledger.requests} == set(OPERATIONS["ecwid"])


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Faults(vendor="drip").once("429", operation="event"),
        lambda: Faults(vendor="ecwid").always("products:429"),
        lambda: Faults().times(2, "429", operation="event"),
        lambda: Faults().add("drip.typo:503"),
        lambda: Faults().once("drip:503", operation="batches"),
    ],
)
def test_an_operation_that_no_request_has_is_refused_with_the_list(ask: Any) -> None:
    with pytest.raises(
        ValueError, match=r"is no operation of (drip|ecwid|the vendors); there are "
    ):
        ask()


def test_any_sink_of_empathy_may_be_named() -> None:
    assert chosen(Faults().add("empathy.other:503"), 1, "empathy", "other") == ["503"]
    assert chosen(Faults().once("503", operation="query"), 1, "empathy", "query") == ["503"]


# -- in scripts


def chosen(
    faults: Faults, number: int, vendor: str = "drip", operation: str = "events"
) -> list[str]:
    found = [faults.choose(vendor, operation) for _ in range(number)]
    return [one.word.name if one else "" for one in found]


def test_a_script_is_met_step_by_step_and_then_all_is_fine() -> None:
    faults = Faults().times(2, "429").once("fine").once("html")

    assert chosen(faults, 6) == ["429", "429", "", "html", "", ""]


def test_a_step_for_one_operation_waits_for_it() -> None:
    faults = Faults().once("500", operation="events").once("503")

    assert chosen(faults, 1, operation="carts") == ["503"]
    assert chosen(faults, 2) == ["500", ""]


def test_a_step_for_one_vendor_waits_for_it() -> None:
    faults = Faults().add("ecwid.batches:500*1")

    assert chosen(faults, 1) == [""]
    assert chosen(faults, 1, "ecwid", "status") == [""]
    assert chosen(faults, 2, "ecwid", "batches") == ["500", ""]


def test_results_are_mixed_up_only_where_there_are_results() -> None:
    faults = Faults().once("results-missing")

    assert chosen(faults, 1, "ecwid", "batches") == [""]
    assert chosen(faults, 1, "drip", "events") == [""]
    assert chosen(faults, 1, "ecwid", "status") == ["results-missing"]
    assert chosen(faults.once("results-missing"), 1, "drip", "carts") == ["results-missing"]


def test_items_fail_only_where_items_are_carried() -> None:
    faults = Faults().once("item-500")

    assert chosen(faults, 1, "ecwid", "status") == [""]
    assert chosen(faults, 1, "ecwid", "batches") == ["item-500"]


def test_a_number_of_times_must_be_one() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        Faults().times(0, "503")


# -- by chance


def test_a_seed_gives_the_same_faults_again() -> None:
    first, second = (chosen(Faults(seed=7).add("503@30%"), 200) for _ in range(2))

    assert first == second
    assert 30 <= first.count("503") <= 90


def test_what_always_happens_comes_after_the_script() -> None:
    faults = Faults().always("503", operation="events").once("html")

    assert chosen(faults, 3) == ["html", "503", "503"]
    assert chosen(faults, 1, operation="carts") == [""]


def test_the_first_of_several_faults_strikes() -> None:
    assert chosen(Faults().add("500@0%").add("503").add("404"), 2) == ["503", "503"]


# -- seen from one vendor


def test_a_vendor_sees_its_own_faults_and_its_operations_need_no_vendor() -> None:
    every = Faults(seed=1)
    drip = every.of("drip").add("events:503").once("drip:500")
    every.of("empathy").add("404")

    assert drip.planned == ("drip:500*1", "drip.events:503")
    assert set(every.planned) == {*drip.planned, "empathy:404"}
    assert chosen(every, 2) == ["500", "503"]


def test_clearing_takes_away_what_is_planned_here() -> None:
    every = Faults().add("503")
    drip = every.of("drip").once("500").clear()

    assert drip.planned == ()
    assert every.planned == ("503",)
    assert every.clear().planned == ()


def test_a_fault_of_all_vendors_is_seen_and_cleared_at_each() -> None:
    every = Faults().add("503").once("500")
    drip, ecwid, empathy = map(every.of, ("drip", "ecwid", "empathy"))
    assert drip.planned == ("500*1", "503")

    drip.clear()
    assert (drip.planned, ecwid.planned) == ((), ("500*1", "503"))
    assert chosen(every, 1) == [""]
    assert chosen(every, 2, "empathy", "query") == ["500", "503"]
    drip.clear()
    ecwid.clear()
    assert every.planned == ("503",)
    empathy.clear()
    assert every.planned == ()


def test_clearing_at_one_vendor_leaves_the_faults_of_another() -> None:
    every = Faults().add("ecwid:503")
    every.of("drip").clear()

    assert every.planned == ("ecwid:503",)
