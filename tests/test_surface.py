"""The public surface: its names, its words, and the keywords that its calls take."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

import batchkit

OUTCOMES = {"Succeeded", "Accepted", "Rejected", "Skipped", "Unknown", "Unsent"}
CLIENTS = ("EmpathyTagging", "Drip", "Ecwid")

NAMES: dict[str, set[str]] = {
    "batchkit": {
        *OUTCOMES,
        "Journal",
        *(prefix + name for name in CLIENTS for prefix in ("", "Async")),
        *("Outcome", "Problem", "Report", "Plan", "RequestRecord"),
        *("RetryPolicy", "PollPolicy", "Pace", "Limits", "Hooks"),
        *("UNSET", "Unset", "JsonValue", "BatchkitError", "report_of"),
        *("Endpoint", "AsyncEndpoint", "Stream", "AsyncStream"),  # for annotations
    },
    "batchkit.drip": {
        *("Subscriber", "Unsubscribe", "Event", "LegacyOrder", "Cart", "Order", "Product"),
        *("CartItem", "OrderItem", "Address", "LegacyOrderItem", "LegacyAddress"),
    },
    "batchkit.empathy": {
        *("QueryEvent", "ClickEvent", "WishlistEvent", "Add2CartEvent", "CheckoutEvent"),
        *("BrowseCategoryEvent", "BrowseProductEvent", "BrowseAdd2CartEvent"),
        "BrowseCheckoutEvent",
    },
    "batchkit.ecwid": {"ApiRequest", "Job", "BatchStatus"},
    "batchkit.journal": {"Journal", "JournaledItem"},
    "batchkit.testing": {
        *("Sandbox", "Vendors", "FakeDrip", "FakeEcwid", "FakeEmpathy", "FakeClock", "Faults"),
        *("UnknownFaultError", "Ledger", "LedgerItem", "LedgerRequest", "Request", "Response"),
        *("Switches", "DripSwitches", "EcwidSwitches", "EmpathySwitches", "assert_taken"),
        *("drip_routes", "ecwid_routes", "empathy_routes", "mock_transport"),
        *("fake_drip", "fake_ecwid", "fake_empathy"),
    },
    "batchkit.progress": {"progress_bar"},
}
DEFINED: dict[str, set[str]] = {
    "batchkit.exceptions": {
        *("BatchkitError", "ConfigurationError", "VendorError", "AuthenticationError"),
        *("NotFoundError", "RateLimitedError", "TransportError", "ContractError"),
        *("DeadlineExceededError", "JournalError", "IncompleteError"),
    },
    "batchkit.outcomes": OUTCOMES | {"Report", "Plan", "RequestRecord"},
    "batchkit.options": {"RetryPolicy", "PollPolicy", "Pace", "Limits", "Hooks"},
    "batchkit.values": {"Unset"},
}
PUBLIC = [*NAMES, *DEFINED]


def classes_of(module: ModuleType) -> Iterator[type]:
    """The public classes that are defined in a module."""
    for name, value in vars(module).items():
        is_ours = inspect.isclass(value) and value.__module__ == module.__name__
        if is_ours and not name.startswith("_"):
            yield value


def offered() -> Iterator[tuple[str, Any]]:
    """Every public object, once, by its full name."""
    seen: set[int] = set()
    for path in PUBLIC:
        module = importlib.import_module(path)
        names = getattr(module, "__all__", None) or [cls.__name__ for cls in classes_of(module)]
        for name in names:
            value = getattr(module, name)
            if id(value) not in seen and (inspect.isclass(value) or inspect.isroutine(value)):
                seen.add(id(value))
                yield f"{path}.{name}", value


def streams_and_endpoints() -> Iterator[tuple[str, Any]]:
    """What users hold without importing it."""
    homes = {
        "batchkit._io.streams": ("Stream", "AsyncStream"),
        "batchkit._io.endpoints": ("Endpoint", "AsyncEndpoint"),
        "batchkit.ecwid.batches": ("Batches",),
        "batchkit.ecwid.async_batches": ("AsyncBatches",),
    }
    for path, names in homes.items():
        module = importlib.import_module(path)
        yield from ((f"{path}.{name}", getattr(module, name)) for name in names)


EVERYTHING = dict([*offered(), *streams_and_endpoints()])


# Names


@pytest.mark.parametrize(("module", "names"), NAMES.items())
def test_a_module_offers_exactly_what_is_documented(module: str, names: set[str]) -> None:
    found = importlib.import_module(module)

    assert set(found.__all__) == names
    assert list(found.__all__) == sorted(found.__all__, key=_in_ruffs_order)
    assert {name for name in dir(found) if name in names} == names


def _in_ruffs_order(name: str) -> tuple[bool, str]:
    return not name.isupper(), name


@pytest.mark.parametrize(("module", "names"), DEFINED.items())
def test_a_module_defines_exactly_what_is_documented(module: str, names: set[str]) -> None:
    assert {cls.__name__ for cls in classes_of(importlib.import_module(module))} == names


def test_the_version_is_that_of_the_installation() -> None:
    assert batchkit.__version__ == importlib.metadata.version("batchkit")


def test_the_door_knows_no_other_name() -> None:
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        batchkit.nothing_of_that_name  # noqa: B018 - looking it up is the test


def test_the_tree_of_exceptions() -> None:
    tree = importlib.import_module("batchkit.exceptions")
    under_vendor = {"AuthenticationError", "NotFoundError", "RateLimitedError"}
    for cls in classes_of(tree):
        parent = {"BatchkitError": Exception}.get(cls.__name__, tree.BatchkitError)
        parent = tree.VendorError if cls.__name__ in under_vendor else parent
        assert cls.__bases__ == (parent,)
        assert cls.__name__ in (tree.__doc__ or "")


# Words


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_module_says_what_it_is_for(name: str) -> None:
    assert (importlib.import_module(name).__doc__ or "").strip()


@pytest.mark.parametrize("name", EVERYTHING)
def test_everything_public_has_a_docstring(name: str) -> None:
    value = EVERYTHING[name]
    assert (value.__doc__ or "").strip()
    members = vars(value).items() if inspect.isclass(value) else ()
    for member, found in members:
        if not member.startswith("_") and (inspect.isroutine(found) or isinstance(found, property)):
            assert (inspect.getdoc(found) or "").strip(), f"{name}.{member}"


def unexplained(path: str) -> set[str]:
    """The attributes of a file's public classes that neither a docstring nor a sibling explains."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    public = {value.__name__ for value in EVERYTHING.values()}
    told: set[str] = set()
    left: set[str] = set()
    for cls in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        words = set(re.findall(r"\w+", ast.get_docstring(cls) or ""))
        for one, after in pairwise([*cls.body, ast.Pass()]):
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
                name = one.target.id
                explained = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                if explained or name in words:
                    told.add(name)
                elif cls.name in public and not name.startswith("_"):
                    left.add(name)
    return left - told


def sources() -> list[str]:
    return sorted({inspect.getsourcefile(value) or "" for value in EVERYTHING.values()})


# What name and type say in full: the counts of a report have the names of the outcomes.
OBVIOUS = {*map(str.lower, OUTCOMES), "ok", "items", "status", "ticket", "store_id", "max_items"}
OBVIOUS |= {"method", "headers", "body", "drip", "ecwid", "empathy", "fate", "shape"}


@pytest.mark.parametrize("path", sources(), ids=lambda path: "/".join(Path(path).parts[-2:]))
def test_every_attribute_is_explained(path: str) -> None:
    assert unexplained(path) - OBVIOUS == set()


# Keywords

COMMON = (
    *("base_url", "user_agent", "timeout", "retry", "pace", "limits", "max_in_flight"),
    *("on_doubt", "strict_items", "refused_statuses", "hooks"),
)
OWN = {
    "EmpathyTagging": ("instance", ("require_q",)),
    "Drip": ("account_id", ("api_key", "access_token")),
    "Ecwid": ("store_id", ("token",)),
}


@pytest.mark.parametrize("prefix", ["", "Async"])
@pytest.mark.parametrize("vendor", CLIENTS)
def test_the_keywords_of_a_client(vendor: str, prefix: str) -> None:
    cls = getattr(batchkit, prefix + vendor)
    positional, own = OWN[vendor]
    made = inspect.signature(cls).parameters
    changed = dict(inspect.signature(cls.with_options).parameters)
    changed.pop("self")

    assert set(made) == {positional, *own, *COMMON, "http_client"}
    assert set(changed) == {positional, *own, *COMMON}
    for parameters in (made, changed):
        for name, parameter in parameters.items():
            keyword = name != positional
            assert (parameter.kind is parameter.KEYWORD_ONLY) == keyword
            assert parameter.default is not parameter.empty
    assert all(each.default is batchkit.UNSET for each in changed.values())
    assert made["timeout"].default == 60
    assert made["max_in_flight"].default == 4
    assert made["on_doubt"].default == "hold"


def test_both_colours_take_the_same() -> None:
    for vendor in CLIENTS:
        sync, other = getattr(batchkit, vendor), getattr(batchkit, f"Async{vendor}")
        for method in ("__init__", "with_options"):
            of_sync = inspect.signature(getattr(sync, method)).parameters.values()
            of_async = inspect.signature(getattr(other, method)).parameters.values()
            assert [(each.name, each.kind, each.default) for each in of_sync] == [
                (each.name, each.kind, each.default) for each in of_async
            ]
        twins = {"close": "aclose"}
        methods = {twins.get(name, name) for name in _methods(sync)}
        assert methods == _methods(other)


def _methods(cls: type) -> set[str]:
    return {
        name
        for name, value in inspect.getmembers(cls, inspect.isroutine)
        if not name.startswith("_")
    }


RUN = ("on_progress", "deadline", "journal")
FLAGS = ("parallel", "group_id")
CALLS: dict[str, dict[str, tuple[str, ...]]] = {
    "Endpoint": {"send": ("items", *RUN), "stream": ("items", *RUN), "plan": ("items",)},
    "Batches": {
        "send": ("items", *RUN, *FLAGS, "stop_on_first_failure", "poll"),
        "stream": ("items", *RUN, *FLAGS, "stop_on_first_failure", "poll"),
        "plan": ("items",),
        "submit": ("items", *RUN, *FLAGS),
        "wait": ("job_or_ticket", "poll", "on_progress", "deadline"),
        "results": ("job_or_ticket", "poll", "on_progress", "deadline"),
        "status": ("ticket",),
        "tickets": ("status",),
        "cancel_group": ("group_id",),
        "delete": ("ticket",),
    },
}


@pytest.mark.parametrize("prefix", ["", "Async"])
@pytest.mark.parametrize("kind", CALLS)
def test_the_keywords_of_the_calls(kind: str, prefix: str) -> None:
    by_name = {name.rpartition(".")[2]: value for name, value in EVERYTHING.items()}
    cls = by_name[prefix + kind]

    assert _methods(cls) == set(CALLS[kind])
    for method, names in CALLS[kind].items():
        first, *others = inspect.signature(getattr(cls, method)).parameters.values()
        assert first.name == "self"
        assert {each.name for each in others} == set(names)
        for each in others[1:]:
            assert each.kind is each.KEYWORD_ONLY


def test_the_fields_of_outcomes_and_options() -> None:
    fields = {
        "Succeeded": "index item code value request_id ok",
        "Accepted": "index item code request_id ok",
        "Rejected": "index item by code reason request_id ok",
        "Skipped": "index item reason request_id ok",
        "Unknown": "index item reason ticket request_id ok",
        "Unsent": "index item reason request_id ok",
        "RetryPolicy": "attempts base_delay max_delay max_retry_after wait stop",
        "PollPolicy": "initial factor maximum stall_timeout",
        "Pace": "requests per",
        "Limits": "max_items max_bytes",
        "Plan": "items requests bytes invalid least_seconds problems own_keys",
    }
    for name, expected in fields.items():
        assert [each.name for each in attrs.fields(getattr(batchkit, name))] == expected.split()
    assert batchkit.RetryPolicy() == batchkit.RetryPolicy(
        attempts=6, base_delay=0.5, max_delay=30.0, max_retry_after=3700.0
    )
    assert batchkit.PollPolicy() == batchkit.PollPolicy(
        initial=1.0, factor=1.25, maximum=10.0, stall_timeout=900.0
    )
