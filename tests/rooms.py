"""The rooms of the topics, tests/<topic>/, and what the tests of all topics look for in them.

calls.py      SOUND: valid arguments for each function; BAD: how to change them, and what the error
              must say; ODD: how to change them so that they are unusual but valid; DEGENERATE: how
              to change them so that there is no estimate, and what the error must say
solutions.py  right solutions of the exercises, in three styles
wrong.py      WRONG: wrong ones, and what `check` must say; TAUGHT: the results that the book
              teaches, each of which has at least five known mistakes
"""

from importlib import import_module
from importlib.util import find_spec

from tests.twins import TOPICS


def part(topic, name):
    """The module tests/<topic>/<name>.py; None if there is none."""
    found = find_spec(f"tests.{topic}") and find_spec(f"tests.{topic}.{name}")
    return import_module(f"tests.{topic}.{name}") if found else None


def rows(name, table):
    """The rows of a table in all rooms, each with "topic.function" as its first entry."""
    return [
        (f"{topic}.{function}", *rest)
        for topic in TOPICS
        for function, *rest in getattr(part(topic, name), table, ())
    ]
