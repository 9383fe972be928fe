"""Every topic has a room, and files in a room have the names that the tests look for."""

from importlib import import_module
from pathlib import Path

import pytest

from tests import rooms
from tests.twins import TOPICS, TWINS

TESTS = Path(__file__).parent
TABLES = {
    "calls": {"SOUND", "BAD", "ODD", "DEGENERATE"},
    "wrong": {"WRONG", "TAUGHT"},
}


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_room(topic):
    assert (TESTS / topic).is_dir(), f"make the folder tests/{topic}"


def test_every_folder_of_tests_is_a_package():
    """Otherwise files in different rooms could not have the same name."""
    for path in TESTS.rglob("*.py"):
        file = path.parent / "__init__.py"
        assert file.exists(), f"write {file.relative_to(TESTS.parent)}; it may be empty"


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("name", TABLES)
def test_the_tables_of_a_room_are_about_its_functions(topic, name):
    functions = {function for of, function in TWINS if of == topic}
    for table in TABLES[name]:
        told = getattr(rooms.part(topic, name), table, ())
        said = {row if isinstance(row, str) else row[0] for row in told}
        assert said <= functions, f"{table} in tests/{topic}/{name}.py"


def test_what_nobody_has_written_is_not_there():
    assert rooms.part("nonsense", "calls") is None
    assert rooms.part("gmm", "nonsense") is None
    assert rooms.part("gmm", "calls") is import_module("tests.gmm.calls")


def test_the_rows_of_all_rooms_are_found_under_their_full_names():
    found = {name.partition(".")[0] for name, *_ in rooms.rows("calls", "BAD")}
    assert found == set(TOPICS)
