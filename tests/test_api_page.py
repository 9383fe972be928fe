"""The API reference documents every topic and every function in it automatically."""

import importlib
import re
from pathlib import Path

import pytest
import topics as extension

import emlib
from emlib._topics import functions, topics

PACKAGE = Path(emlib.__file__).parent
WRITTEN = (PACKAGE.parent / "book" / "api.md").read_text(encoding="utf-8")
PAGE = extension.with_topics(WRITTEN)
# The modules whose members the page lists.
LISTED = re.findall(r"^\.\. automodule:: (\S+)\n   :members:$", PAGE, re.MULTILINE)
HEADINGS = re.findall("^## (.*)$", PAGE, re.MULTILINE)


def test_the_page_asks_for_the_topics_once():
    assert WRITTEN.count(extension.MARKER) == 1
    assert extension.MARKER not in PAGE
    assert extension.with_topics("no marker") == "no marker"


@pytest.mark.parametrize("topic", topics())
def test_every_topic_and_every_function_of_it_is_documented(topic):
    module = importlib.import_module(f"emlib.{topic}")
    assert LISTED.count(module.__name__) == 1
    assert LISTED.count(f"{module.__name__}.vectorized") == 1
    # Every listed member has a docstring and a name without a leading underscore.
    assert all(found.__doc__ for found in functions(module.vectorized).values())
    assert set(functions(module.vectorized)) == set(functions(module.naive))


@pytest.mark.parametrize("topic", topics())
def test_the_first_line_of_a_topic_is_a_heading_and_stands_once(topic):
    docstring = importlib.import_module(f"emlib.{topic}").__doc__
    first, blank, *rest = docstring.splitlines()
    assert first.endswith(".")
    assert len(first) <= 60
    assert not blank
    assert HEADINGS.count(first.rstrip(".")) == 1
    lines = docstring.splitlines()
    extension.drop_title(None, "module", f"emlib.{topic}", None, None, lines)
    assert lines == rest


def test_other_docstrings_keep_their_first_line():
    for what, name in (
        ("module", "emlib.em"),
        ("module", "emlib.gmm.vectorized"),
        ("class", "emlib.gmm.Params"),
    ):
        lines = ["A summary.", "", "The rest."]
        extension.drop_title(None, what, name, None, None, lines)
        assert lines[0] == "A summary."


def test_headings_differ_and_links_lead_to_files():
    assert len(set(HEADINGS)) == len(HEADINGS)
    linked = re.findall(r"\{source\}`([^`<]+)`", PAGE)
    assert all((PACKAGE / path).is_file() for path in linked)
    rooms = ("naive", "vectorized", "problems", "mistakes")
    there = {f"{topic}/{name}.py" for topic in topics() for name in rooms}
    there = {path for path in there if (PACKAGE / path).exists()}
    inside = {
        path.relative_to(PACKAGE).as_posix()
        for topic in topics()
        for path in (PACKAGE / topic / "mistakes").glob("[!_]*.py")
    }
    assert inside
    assert there | inside <= set(linked)
