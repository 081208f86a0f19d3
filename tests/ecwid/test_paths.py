"""Where an entry may point, and where it may not however it is spelled."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batchkit._core.items.models import InvalidItem
from batchkit.ecwid.paths import LONGEST, check_path, with_slash

GOOD = [
    "/products",
    "products",
    "/profile",
    "/products/7/variations/9",
    "/orders?limit=1&email=ec.apps@lightspeedhq.com",
    "/orders?offset=100&paymentStatus=PAID,AWAITING_PAYMENT",
    "/orders?createdFrom=2024-01-01T00:00:00&createdTo=2024-01-31T23:59:59",
    "/orders?createdFrom=2024-01-01T00:00:00%2B02:00",
    "/products?keyword=caf%C3%A9%20100%25",
    "/products?sku=A%231",
    "/products?responseFields=total,items(id,name)",
    "/products/7/image?externalUrl=https%3A%2F%2Fshop.example%2Fcaf%25E9.jpg",
    "/products/7/image?externalUrl=https://shop.example/a.jpg",
    "/products?attribute_Brand=D'or!$;~*",
    "/customers?useToken=1&pushtoken=2",
    "/products/batch",
    "/batches",
    "/batch-jobs",
    "/products?next=/batch",
]

HAZARDS = {
    "a scheme": ["https://evil.example/x", "HTTP:x", "/http://evil.example", "x-1.y:z", "file:///"],
    "//": ["//evil.example/products", "///products"],
    "..": ["/../1003/products", "/products/..", "..", "/products?keyword=a..b", "/a/..;/b"],
    "a backslash": [r"\\evil.example", r"/products\7", r"/products?keyword=\x"],
    "a control character": ["/a\nb", "/a\x00", "/products?keyword=\x7f", "/a\x85"],
    "`#`": ["#", "/products#", "/products#?x=1"],
    "token": ["/products?token=x", "/products?a=1&TOKEN=x", "/products?a;Token=", "/p? token=x"],
    "the batch endpoint": [
        "batch", "/batch", "/batch/", "/batch/cancel-group", "/batch?ticket=x", "/Batch",
        "/./batch", "/batch;a=1", "/;a/batch", "/+batch", "/batch+", "/batch /x",
    ],
    "no endpoint": ["/", "?limit=1", "/?limit=1", "/.", "/;a=1"],
}  # fmt: skip


def encoded(path: str, times: int) -> str:
    """The path with every character but its first slash percent-encoded so often."""
    head, rest = ("/", path[1:]) if path[:1] == "/" else ("", path)
    for _ in range(times):
        rest = "".join(f"%{byte:02x}" for byte in rest.encode())
    return head + rest


def refusal(path: str) -> str:
    said = verdict(path)
    assert said
    return said


def verdict(path: str) -> str:
    """Why the path is refused; nothing if it is good."""
    try:
        check_path(path)
    except InvalidItem as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize("path", GOOD)
def test_a_path_below_the_store_is_good(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize("path", [path for paths in HAZARDS.values() for path in paths])
def test_a_path_to_anywhere_else_is_refused(path: str) -> None:
    assert refusal(path).startswith("`path` ")


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("path", [path for paths in HAZARDS.values() for path in paths])
def test_percent_encoding_hides_nothing(path: str, times: int) -> None:
    assert refusal(encoded(path, times)).startswith("`path` ")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/%2e%2e/x", "`..`"),
        ("/%252E./x", "`..`"),
        ("/products%5c7", "backslash"),
        ("%2f%2fevil.example", "`//`"),
        ("/%2fevil.example", "`//`"),
        ("http%3a//evil.example", "scheme"),
        ("/products?tok%65n=x", "token"),
        ("/products%3Ftoken=x", "token"),
        ("/products?a=1%26token%3Dx", "token"),
        ("/%62atch", "batch endpoint"),
        ("/%2562atch%252Fcancel-group", "batch endpoint"),
        ("/products%23x", "`#`"),
        ("/products?keyword=%0d%0a", "control character"),
        ("/%3Fbatch", "no endpoint"),
    ],
)
def test_an_encoded_hazard_is_called_by_its_name(path: str, words: str) -> None:
    assert words in refusal(path)


def test_an_empty_path_is_refused() -> None:
    assert refusal("") == "`path` is empty."


def test_a_path_may_be_two_thousand_and_forty_eight_characters_long() -> None:
    check_path("/" + "x" * (LONGEST - 1))

    assert "2,048" in refusal("/" + "x" * LONGEST)


@pytest.mark.parametrize("character", [*' "<>[]|^`{}', "é", "\u202e", "\ud800", "１"])
def test_what_a_url_cannot_hold_must_be_percent_encoded(character: str) -> None:
    assert "percent-encode" in refusal(f"/products?keyword={character}")


def test_a_fragment_after_the_query_must_be_percent_encoded() -> None:
    assert "percent-encode" in refusal("/products?sku=A#1")


@pytest.mark.parametrize("escape", ["%", "%2", "%zz", "%%32", "%u0041"])
def test_a_malformed_escape_is_refused(escape: str) -> None:
    assert "two hex digits" in refusal(f"/products?keyword={escape}")


@pytest.mark.parametrize("escape", ["%E9", "%c0%ae%c0%ae", "%ff"])
def test_an_escape_that_is_not_utf_8_is_refused(escape: str) -> None:
    assert "UTF-8" in refusal(f"/products/{escape}")


@pytest.mark.parametrize(("path", "sent"), [("products", "/products"), ("/products", "/products")])
def test_the_slash_before_a_path_may_be_left_out(path: str, sent: str) -> None:
    assert with_slash(path) == sent


PIECES = st.sampled_from(
    ["/", "//", ".", "..", "batch", "Batch", "products", "7", "?", "&", "=", "token", "TOKEN", ":",
     "http", "https:", "\\", "#", "%", "%2", "%2e", "%252e", "%2f", "%5C", "%3a", "%3F", "%62", "+",
     ";", " ", "\n", "\x00", "é", "%00", "%25", "%2525", "25", "2e", "%C3%A9", "%ff"]
)  # fmt: skip
PATHS = st.lists(PIECES, max_size=8).map("".join) | st.text()


@given(PATHS, st.integers(0, 3))
@example("/a%2525252e.", 0)
def test_every_path_is_refused_or_safe(path: str, encodings: int) -> None:
    for _ in range(encodings):
        path = quote(path.encode("utf-8", "replace"), safe="/?&=")
    if said := verdict(path):
        assert said.endswith(".")
        return
    assert 0 < len(path) <= LONGEST
    assert re.fullmatch(r"[!-~]+", path)
    form = with_slash(path)
    for _ in range(4):
        before_query = form.partition("?")[0]
        assert re.match(r"/*[a-z][a-z0-9+.-]*:", form, re.IGNORECASE) is None
        assert not form.startswith("//")
        assert ".." not in form
        assert "\\" not in form
        assert "#" not in before_query
        assert not any(ord(each) < 32 or ord(each) == 127 for each in form)
        assert re.search(r"[?&]token=", form, re.IGNORECASE) is None
        segments = [each for each in before_query.lower().split("/") if each not in ("", ".")]
        assert segments
        assert segments[0] != "batch"
        form = unquote(form)


@given(PATHS)
def test_no_refusal_shows_the_path(path: str) -> None:
    assert "canary" not in verdict(f"{path}secret-canary")


def test_looking_at_a_path_takes_no_longer_than_its_length_allows() -> None:
    for pattern in ("%25", "/", "?", "&", ".", ";", "a:", " ", "%2525", "/+"):
        assert "2,048" in refusal(pattern * 500_000)
