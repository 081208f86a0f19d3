from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

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
settings.register_profile("thorough", deadline=None, max_examples=5_000)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "local")
settings.load_profile(PROFILE)
