"""The sandbox's own endpoints: state, faults, switches and the ledger over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batchkit import Drip
from batchkit.testing import Request, Response, Sandbox
from tests.testing.drip_calls import EVENTS, GOOD, SUBSCRIBERS, send
from tests.testing.shop import HEADERS, NEW

OURS = {"Host": "127.0.0.1:80", "Content-Type": "application/json"}


def call(
    sandbox: Sandbox, method: str, target: str, value: object = None, **headers: str
) -> Response:
    body = b"" if value is None else json.dumps(value).encode()
    return sandbox.handle(Request.of(method, target, {**OURS, **headers}, body))


def get(sandbox: Sandbox, target: str) -> Any:
    response = call(sandbox, "GET", target)
    assert response.status == 200, response.body
    return json.loads(response.body)


def refusal(response: Response) -> tuple[int, str]:
    return response.status, json.loads(response.body)["error"]


def test_the_state_tells_what_came_and_what_stands() -> None:
    sandbox = Sandbox(clock=lambda: 2.0, faults=["drip:503@0%"], seconds_per_entry=1)
    send(sandbox, EVENTS, GOOD[EVENTS], {})
    entries = json.dumps([NEW, NEW]).encode()
    sandbox.handle(Request.of("POST", "/ecwid/api/v3/7/batch", HEADERS, entries))
    state = get(sandbox, "/_/state")

    assert state["counts"]["drip"] == {"taken": 1, "dropped": 1, "refused": 0}
    first, second = state["requests"]
    assert first["number"] == 1
    assert (first["operation"], first["status"], first["taken"]) == ("events", 201, 1)
    assert second["bytes"] == len(entries)
    assert [quota["used"] for quota in state["quotas"]] == [1, 1]
    [ticket] = state["tickets"]
    assert (ticket["store"], ticket["status"], ticket["total"]) == ("7", "QUEUED", 2)
    assert (ticket["request"], ticket["done"], ticket["failed"]) == (2, 0, 0)
    assert state["faults"] == ["drip:503@0%"]
    assert [one["number"] for one in get(sandbox, "/_/state?after=1")["requests"]] == [2]


def test_the_state_tells_one_sandbox_from_the_next() -> None:
    one, other = Sandbox(), Sandbox()
    runs = [get(sandbox, "/_/state")["run"] for sandbox in (one, one, other)]

    assert runs[0] == runs[1] != runs[2]


def test_one_request_is_shown_without_credentials() -> None:
    with (
        Sandbox() as sandbox,
        Drip("1", api_key="very-secret", base_url=sandbox.url("drip")) as drip,
    ):
        drip.subscribers.send([GOOD[SUBSCRIBERS]])
        shown = get(sandbox, "/_/requests/1")
    target = "/ecwid/api/v3/7/batch?ticket=x&token=very-secret"
    sandbox.handle(Request.of("GET", target, {"Cookie": "a=very-secret"}))
    query = get(sandbox, "/_/requests/2")

    assert shown["headers"]["authorization"] == "Basic hidden"
    assert json.loads(shown["body"])["batches"]
    assert shown["answer"] == "{}"
    assert query["target"] == "/7/batch?ticket=x&token=hidden"
    assert query["headers"] == {"cookie": "hidden"}
    assert "very-secret" not in str((shown, query))


@pytest.mark.parametrize(
    "path",
    [
        "/products?token=very-secret",
        "/products?limit=1&Token=very-secret",
        "/products?to%6ben=very\\/very-secret",
        "/products?a=1\\u0026\\u0074oken=very-secret",
        "/products?access_token=very-secret&a=b",
        "/products?api-key=very-secret",
    ],
)
def test_a_credential_in_a_path_is_shown_nowhere(path: str) -> None:
    sandbox = Sandbox(seconds_per_entry=0)
    entries = f'[{{"method":"GET","path":"{path}"}}]'.encode()
    sandbox.handle(Request.of("POST", "/ecwid/api/v3/7/batch", HEADERS, entries))
    direct = json.loads(f'"{path}"')
    headers = {**HEADERS, "X-Api-Key": "very-secret", "Referer": f"http://shop{direct}"}
    sandbox.handle(Request.of("GET", f"/ecwid/api/v3/7{direct}", headers))
    shown = [get(sandbox, f"/_/{part}") for part in ("requests/1", "requests/2", "ledger")]

    assert "very-secret" not in str(shown)
    assert [item["item"]["method"] for item in shown[2]["items"]] == ["GET"]
    assert str(shown).count("=hidden") == 4


def test_what_is_no_credential_is_shown_as_it_came() -> None:
    sandbox = Sandbox(seconds_per_entry=0)
    entry = {"method": "GET", "path": "/products?keyword=tea&limit=1"}
    body = json.dumps([entry]).encode()
    sandbox.handle(Request.of("POST", "/ecwid/api/v3/7/batch", HEADERS, body))

    assert get(sandbox, "/_/requests/1")["body"] == body.decode()
    assert get(sandbox, "/_/ledger")["items"][0]["item"] == entry


def test_a_long_body_is_cut_and_one_that_was_not_kept_is_null() -> None:
    sandbox = Sandbox()
    send(sandbox, SUBSCRIBERS, {"email": "a@b.c", "city": "x" * 100_000})
    assert get(sandbox, "/_/requests/1")["body"].endswith("bytes more")
    sandbox = Sandbox(keep_items=False)
    send(sandbox, SUBSCRIBERS, GOOD[SUBSCRIBERS])
    assert get(sandbox, "/_/requests/1")["body"] is None
    assert call(sandbox, "GET", "/_/requests/2").status == 404


def test_faults_are_added_and_cleared() -> None:
    sandbox = Sandbox()
    added = call(sandbox, "POST", "/_/faults", {"add": ["429*2", "ecwid.status:html@5%"]})
    assert json.loads(added.body) == {"faults": ["429*2", "ecwid.status:html@5%"]}
    call(sandbox, "POST", "/_/faults", {"add": "drip:500*1"})
    assert [send(sandbox, EVENTS, GOOD[EVENTS]).status for _ in range(4)] == [429, 429, 500, 201]
    call(sandbox, "DELETE", "/_/faults")
    assert get(sandbox, "/_/state")["faults"] == []


def test_the_words_are_listed_with_what_they_do() -> None:
    words = get(Sandbox(), "/_/words")

    assert words["stored-then-dropped"] == "another name of closed-after-taking"
    assert "taken-NNN[=Retry-After]" in words


def test_items_are_refused_on_request() -> None:
    sandbox = Sandbox()
    told = {"vendor": "drip", "where": {"email": "john@example.com"}, "times": 1}
    assert call(sandbox, "POST", "/_/refusals", told).status == 200
    send(sandbox, SUBSCRIBERS, *[GOOD[SUBSCRIBERS]] * 2)
    assert sandbox.ledger.count() == sandbox.ledger.count(fate="dropped") == 1


def test_switches_are_shown_with_their_choices_and_turned() -> None:
    sandbox = Sandbox(stores=["7"], refused_credentials=["very-secret"])
    switches = get(sandbox, "/_/switches")
    assert switches["attempts"] == {"vendor": "ecwid", "value": 6, "choices": [5, 6]}
    assert switches["stores"] == {"vendor": "ecwid", "value": ["7"], "choices": []}
    assert "very-secret" not in str(switches)
    turned = call(sandbox, "PATCH", "/_/switches", {"bad_v2_item": "refuse"})
    assert json.loads(turned.body)["bad_v2_item"]["value"] == "refuse"
    assert send(sandbox, SUBSCRIBERS, {}).status == 422


def test_the_ledger_is_read_and_cleared() -> None:
    sandbox = Sandbox(clock=lambda: 2.0)
    send(sandbox, EVENTS, GOOD[EVENTS], {})
    where = {"vendor": "drip", "operation": "events", "account": "1", "request": 1, "time": 2.0}

    assert get(sandbox, "/_/ledger?vendor=drip&operation=events") == {
        "count": 1,
        "items": [{**where, "position": 0, "item": GOOD[EVENTS]}],
        "next": None,
    }
    assert get(sandbox, "/_/ledger?fate=dropped")["items"] == [{**where, "position": 1, "item": {}}]
    call(sandbox, "DELETE", "/_/ledger")
    assert get(sandbox, "/_/ledger") == {"count": 0, "items": [], "next": None}


def test_a_long_ledger_is_read_in_pages() -> None:
    sandbox = Sandbox()
    send(sandbox, EVENTS, *[GOOD[EVENTS]] * 700)
    send(sandbox, EVENTS, *[GOOD[EVENTS]] * 301)
    first = get(sandbox, "/_/ledger?vendor=drip")
    second = get(sandbox, f"/_/ledger?vendor=drip&offset={first['next']}")

    assert [len(first["items"]), first["next"], first["count"]] == [1000, 1000, 1001]
    [last] = second["items"]
    assert (last["request"], last["position"], second["next"]) == (2, 300, None)
    assert get(sandbox, "/_/ledger?offset=1001") == {"count": 1001, "items": [], "next": None}


def test_of_several_faults_all_are_planned_or_none() -> None:
    sandbox = Sandbox()
    answer = call(sandbox, "POST", "/_/faults", {"add": ["drip:503", "nonsense"]})

    assert answer.status == 400
    assert sandbox.faults.planned == ()


@pytest.mark.parametrize(
    ("method", "target", "value", "words"),
    [
        ("GET", "/_/state?after=x", None, "`after` is a whole number"),
        ("POST", "/_/faults", {"add": "teapot"}, "'teapot' is no fault. There are: NNN"),
        ("POST", "/_/faults", {"add": 7}, "`add` is a fault such as"),
        ("POST", "/_/faults", {"Add": "503"}, "`Add` is not known here; there are add"),
        ("POST", "/_/faults", {"add": "drip.typo:503"}, "'typo' is no operation of drip"),
        (
            "POST",
            "/_/refusals",
            {"vendor": "drip", "where": {}, "tims": 1},
            "`tims` is not known here; there are vendor, where, code, times",
        ),
        ("GET", "/_/ledger?offset=-1", None, "`offset` is a whole number"),
        ("POST", "/_/faults", [], "the body is not an object"),
        ("POST", "/_/refusals", {"vendor": "shopify"}, "`vendor` is drip, ecwid or empathy"),
        ("POST", "/_/refusals", {"vendor": "drip"}, "`where` is an object"),
        (
            "POST",
            "/_/refusals",
            {"vendor": "drip", "where": {}, "code": 200},
            "`code` is 200",
        ),
        (
            "POST",
            "/_/refusals",
            {"vendor": "drip", "where": {}, "times": 0},
            "`times` is 0",
        ),
        ("PATCH", "/_/switches", {"bad_v2_item": "x"}, "must be one of 'drop', 'refuse'"),
        ("PATCH", "/_/switches", {"x": 1}, "There is no switch `x`"),
        ("GET", "/_/ledger?fate=lost", None, "`fate` is 'lost'; it must be one of taken"),
    ],
)
def test_what_is_wrong_is_said(method: str, target: str, value: object, words: str) -> None:
    status, said = refusal(call(Sandbox(), method, target, value))

    assert status == 400
    assert words in said


def test_a_body_that_is_not_json_is_refused() -> None:
    request = Request.of("POST", "/_/faults", OURS, b"{")

    assert refusal(Sandbox().handle(request)) == (400, "the body is not JSON")


def test_an_unknown_endpoint_lists_those_there_are() -> None:
    status, said = refusal(call(Sandbox(), "GET", "/_/nothing"))

    assert status == 404
    assert "PATCH /_/switches" in said


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_page_that_reaches_in_by_another_name_is_refused(host: str) -> None:
    assert call(Sandbox(), "GET", "/_/state", Host=host).status == 403


def test_a_page_of_another_origin_is_refused() -> None:
    sandbox = Sandbox()
    own = {"Host": "localhost:81", "Origin": "http://localhost:81"}
    assert call(sandbox, "GET", "/_/state", **own).status == 200
    assert call(sandbox, "GET", "/_/state", Origin="http://evil.example").status == 403
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert call(sandbox, "POST", "/_/faults", {"add": "503"}, **form).status == 415


@pytest.mark.parametrize("path", ["/", "/_/page.js", "/_/page.css"])
def test_the_page_comes_whole_and_loads_nothing_from_elsewhere(path: str) -> None:
    response = call(Sandbox(), "GET", path)
    headers = dict(response.headers)

    assert response.status == 200
    assert headers["Content-Type"].startswith("text/")
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert b"http://" not in response.body
    assert b"https://" not in response.body


def test_the_control_is_in_no_ledger() -> None:
    sandbox = Sandbox(faults=["503"])
    get(sandbox, "/_/state")

    assert sandbox.ledger.requests == ()
