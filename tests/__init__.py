"""The tests: a folder a topic, and beside them what every topic, or none, is held to."""

import pytest

pytest.register_assert_rewrite(
    "tests.twins"
)  # a helper says what differs, as a test does
