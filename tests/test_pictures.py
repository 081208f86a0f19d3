"""The pictures of the docs are made from text, and can be read in light, in dark and by ear."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

DOCS = Path(__file__).parent.parent / "docs"
NAMES = ("chunk", "crash", "ticket")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(DOCS)
    monkeypatch.delitem(sys.modules, "pictures", raising=False)
    import pictures  # type: ignore[import-not-found,unused-ignore]  # beside the pages, no package

    return pictures


def test_what_is_shown_is_what_the_text_says(pictures: ModuleType) -> None:
    made = {each.name: pictures.draw(each) for each in pictures.PICTURES}

    assert made.keys() == set(NAMES)
    for name, svg in made.items():
        kept = (DOCS / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
        assert kept == svg, "run `python docs/pictures.py`"


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_can_be_read_in_the_dark_and_by_ear(name: str) -> None:
    text = (DOCS / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
    root = ET.fromstring(text)

    assert "prefers-color-scheme: dark" in text
    assert root.get("role") == "img"
    assert len((root.findtext(f"{SVG}title") or "").split()) >= 3
    assert len((root.findtext(f"{SVG}desc") or "").split()) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_on_a_page_with_a_text_in_its_place(name: str) -> None:
    pages = [page.read_text(encoding="utf-8") for page in DOCS.glob("**/*.md")]
    found = [re.search(rf"pictures/{name}\.svg\n:alt: (.+)", page) for page in pages]

    [alt] = [match[1] for match in found if match]
    assert len(alt.split()) >= 20


def test_nothing_is_drawn_beyond_the_edge(pictures: ModuleType) -> None:
    for picture in pictures.PICTURES:
        width, height = picture.size
        for box in (part for part in picture.parts if isinstance(part, pictures.Box)):
            assert box.x - box.width / 2 >= 0, (picture.name, box.text)
            assert box.x + box.width / 2 <= width, (picture.name, box.text)
            assert 0 <= box.y - box.height / 2 <= box.y + box.height / 2 <= height, box.text
