"""Hypothesis profiles: quick at the desk, thorough where CI is set."""

import os

from hypothesis import HealthCheck, settings

# Derandomised in CI: a red run there is a red run here, with CI=true.
settings.register_profile(
    "ci",
    max_examples=1000,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("quick", max_examples=60, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "quick")
