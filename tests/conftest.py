from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

# A shared machine may pause for seconds: how long one example takes proves nothing.
settings.register_profile("local", deadline=None)
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,  # a red build must be red again on the next try
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("fewer", settings.get_profile("ci"), max_examples=20)
settings.register_profile(
    "mutation",  # that an example fails is enough: nobody reads the smallest one
    settings.get_profile("fewer"),
    phases=[Phase.explicit, Phase.generate],
    # mutmut plays all tests once and then forks, so a class has an instance for each time.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.register_profile("thorough", deadline=None, max_examples=5_000)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "local")
settings.load_profile(PROFILE)

# No cell of a matrix depends on the interpreter, so one of them plays them all.
EVERY = int(os.environ.get("BATCHKIT_CELLS", "1"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    cells = [item for item in items if item.get_closest_marker("matrix")]
    left_out = {item for place, item in enumerate(cells) if place % EVERY}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]
