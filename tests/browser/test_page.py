"""The sandbox's page in a real browser: `nox -s browser` brings what this needs."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from batchkit import Drip, Ecwid, EmpathyTagging, Limits, RetryPolicy
from batchkit.testing import Sandbox

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the page is tested by `nox -s browser`, which brings a browser"
)
CHROMIUM = os.environ.get("BATCHKIT_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium here; `nox -s browser` installs one if it can"
)

expect: Any = getattr(playwright, "expect", None)
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        # No sandbox of its own: in a container there is none to be had, and it loads our page only.
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seconds_per_entry=60.0) as running:
        yield running


@pytest.fixture
def page(browser: Any, sandbox: Sandbox) -> Iterator[Any]:
    """The page, on which nothing may go wrong and nothing comes from elsewhere."""
    troubles: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text))
        page.on(
            "request",
            lambda request: (
                urlsplit(request.url).hostname in ("127.0.0.1", None)
                or troubles.append(request.url)
            ),
        )
        page.goto(sandbox.page)
        yield page
    # What the sandbox refuses is an error to the browser as well.
    assert [said for said in troubles if not said.startswith("Failed to load resource")] == []


def send(sandbox: Sandbox, people: int = 60) -> None:
    with Drip(
        "1",
        api_key="very-secret",
        base_url=sandbox.url("drip"),
        limits=Limits(max_items=20),
        max_in_flight=1,
        retry=RetryPolicy(base_delay=0.001),
    ) as drip:
        drip.subscribers.send({"email": f"{n}@example.com"} for n in range(people))


def test_requests_items_and_quotas_appear_as_they_come(page: Any, sandbox: Sandbox) -> None:
    expect(page.get_by_text("No request has counted yet.")).to_be_visible()
    sandbox.drip.faults.once("503")
    sandbox.empathy.refuse({"q": "bad"})
    send(sandbox)
    with EmpathyTagging("shop", base_url=sandbox.url("empathy")) as tagging:
        tagging.query.send({"q": q, "lang": "es"} for q in ("good", "bad"))

    expect(page.get_by_role("row", name="drip 60 0 0")).to_be_visible()
    expect(page.get_by_role("row", name="empathy 1 0 1")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("5 requests, 61 items taken.")
    first = page.get_by_role("row", name=re.compile("^Show request 1 drip subscribers 503"))
    expect(first).to_be_visible()
    expect(page.get_by_role("meter", name="drip, 1: v2 batches: 3 of 50 used")).to_be_visible()
    expect(page.locator(".bar")).to_have_count(5)
    expect(page.locator(".bar.failed")).to_have_count(1)


def test_a_ticket_shows_its_progress(page: Any, sandbox: Sandbox) -> None:
    with Ecwid("77", token="t", base_url=sandbox.url("ecwid")) as ecwid:
        job = ecwid.batches.submit([{"method": "GET", "path": "/profile"}] * 3)
    name = f"store 77, {job.tickets[0].ticket}: queued, 0 of 3"
    expect(page.get_by_role("progressbar", name=name)).to_be_visible()
    sandbox.switch(seconds_per_entry=0.0)
    with Ecwid("77", token="t", base_url=sandbox.url("ecwid")) as ecwid:
        ecwid.batches.cancel_group("nobody")
    expect(page.get_by_role("progressbar", name=re.compile("0 of 3"))).to_be_visible()


def test_a_request_is_shown_by_keyboard_without_credentials(page: Any, sandbox: Sandbox) -> None:
    send(sandbox, 1)
    button = page.get_by_role("button", name="Show request 1")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Request 1 to drip: 201")
    expect(dialog).to_contain_text("authorization: Basic hidden")
    expect(dialog).to_contain_text('"email": "0@example.com"')
    assert "very-secret" not in page.content()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_faults_are_clicked_together_and_cleared(page: Any, sandbox: Sandbox) -> None:
    page.get_by_role("combobox", name="Vendor").select_option("drip")
    page.get_by_role("combobox", name="What").select_option("stored-then-dropped")
    expect(page.get_by_text("another name of closed-after-taking")).to_be_visible()
    page.get_by_role("combobox", name="How often").select_option("the next three")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("listitem").get_by_text("drip:stored-then-dropped*3")).to_be_visible()
    assert sandbox.faults.planned == ("drip:stored-then-dropped*3",)
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("Nothing is planned to go wrong.")).to_be_visible()
    assert sandbox.faults.planned == ()


def test_a_fault_that_cannot_be_is_told(page: Any, sandbox: Sandbox) -> None:
    page.get_by_role("combobox", name="What").select_option("html")
    page.get_by_role("textbox", name="After").fill("3")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("takes nothing after")
    assert sandbox.faults.planned == ()


def test_a_switch_is_turned(page: Any, sandbox: Sandbox) -> None:
    page.get_by_text("Switches:").click()
    page.get_by_label("drip: bad v2 item").select_option("refuse")
    page.wait_for_timeout(200)
    page.get_by_label("ecwid: attempts").select_option("5")
    expect(page.get_by_label("ecwid: attempts")).to_have_value("5")
    page.wait_for_timeout(200)
    assert sandbox.drip.switches["bad_v2_item"] == "refuse"
    assert sandbox.ecwid.switches["attempts"] == 5


def test_what_moves_can_be_paused(page: Any, sandbox: Sandbox) -> None:
    pause = page.get_by_role("button", name="Pause")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    send(sandbox, 1)
    page.wait_for_timeout(1500)
    assert page.get_by_role("button", name="Show request 1").count() == 0
    pause.click()
    expect(page.get_by_role("button", name="Show request 1")).to_be_visible()


def test_a_fault_added_in_a_pause_is_shown(page: Any) -> None:
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("combobox", name="What").select_option("html")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("listitem").get_by_text("html")).to_be_visible()
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("Nothing is planned to go wrong.")).to_be_visible()


def test_the_requests_of_the_next_sandbox_on_the_port_take_the_place_of_the_old(
    page: Any, sandbox: Sandbox
) -> None:
    send(sandbox, 60)
    expect(page.get_by_role("button", name="Show request 3")).to_be_visible()
    port = sandbox.port
    sandbox.__exit__(None, None, None)
    with Sandbox(port=port) as other:
        send(other, 1)
        expect(page.get_by_role("status")).to_have_text("1 requests, 1 items taken.")
        expect(page.get_by_role("button", name=re.compile("Show request"))).to_have_count(1)


def test_the_keyboard_reaches_everything_and_may_skip(page: Any) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    seen: set[str] = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.name || ''"))
    assert {"pause", "vendor", "word", "argument", "often", "clear-faults"} <= seen


def test_every_control_has_a_name(page: Any, sandbox: Sandbox) -> None:
    send(sandbox, 1)
    page.get_by_text("Switches:").click()
    expect(page.get_by_role("button", name="Show request 1")).to_be_visible()
    for role in ("button", "combobox", "textbox", "meter", "link", "table", "region"):
        for found in page.get_by_role(role).all():
            line = found.aria_snapshot().splitlines()[0]
            assert '"' in line, line


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_by_day_and_by_night(page: Any, sandbox: Sandbox, scheme: str) -> None:
    sandbox.faults.add("html@0%")
    sandbox.drip.faults.once("503").once("400").once("reset-after-taking")
    send(sandbox)
    page.emulate_media(color_scheme=scheme)
    expect(page.get_by_role("button", name="Show request 3")).to_be_visible()
    assert page.evaluate(CONTRASTS) == []


@pytest.mark.parametrize("width", [320, 360])
def test_a_phone_needs_no_sideways_scrolling(page: Any, sandbox: Sandbox, width: int) -> None:
    send(sandbox)
    page.set_viewport_size({**PHONE, "width": width})
    page.get_by_text("Switches:").click()
    expect(page.get_by_role("button", name="Show request 1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_sandbox_that_has_gone_is_told(page: Any, sandbox: Sandbox) -> None:
    expect(page.get_by_role("status")).to_be_visible()
    page.route("**/_/state*", lambda route: route.fulfill(status=500, body="{}"))
    expect(page.get_by_role("status")).to_have_text("The sandbox does not answer.")
    page.unroute("**/_/state*")
    expect(page.get_by_role("status")).to_have_text("0 requests, 0 items taken.")


# The text of every visible element that stands out from its ground by less than WCAG's 4.5 to 1.
CONTRASTS = """() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = channels(color).map((one) => one / 255)
      .map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if ((channels(color)[3] ?? 1) > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility())
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((one) => {
      const [a, b] = [light(getComputedStyle(one).color), light(ground(one))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
    })
    .map((one) => `${one.tagName} ${one.textContent.trim().slice(0, 40)}`);
}"""
