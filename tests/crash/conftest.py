from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.lives import Importer


@pytest.fixture(scope="module")
def importer() -> Iterator[Importer]:
    with Importer() as importer:
        yield importer
