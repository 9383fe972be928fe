"""The rooms of the topics, tests/<topic>/, and what the tests of all topics look for in them.

calls.py      SOUND: for each function arguments that it takes; BAD: what to change in them, and
              what the error must say; ODD: what to change so that they are odd and still right;
              DEGENERATE: what to change so that there is no estimate, and what the error must say
solutions.py  right solutions of the exercises, in three styles
wrong.py      WRONG: wrong ones, and what `check` must say; TAUGHT: the results that the book
              teaches, each of which has at least five known mistakes
"""

from importlib import import_module
from importlib.util import find_spec

from tests.twins import TOPICS


def part(topic, name):
    """The module tests/<topic>/<name>.py, or None where nobody has written it."""
    found = find_spec(f"tests.{topic}") and find_spec(f"tests.{topic}.{name}")
    return import_module(f"tests.{topic}.{name}") if found else None


def rows(name, table):
    """All rooms' rows of a table, whose first entries are then "topic.function"."""
    return [
        (f"{topic}.{function}", *rest)
        for topic in TOPICS
        for function, *rest in getattr(part(topic, name), table, ())
    ]
