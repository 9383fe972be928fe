"""The tests: a folder for each topic, and files for what concerns every topic or none."""

import pytest

pytest.register_assert_rewrite(
    "tests.twins"
)  # its assertions explain what differs, as a test's do
