"""The API reference of the topics, found by walking the package: none has to be registered.

A page that contains ``<!-- topics -->`` gets a section there for each topic. The heading is the
first line of the topic's docstring, which is then left out of the text below it.
"""

import inspect
from importlib import import_module

from sphinx.application import Sphinx
from sphinx.config import Config

from emlib._topics import files, topics

MARKER = "<!-- topics -->"

SECTION = """\
## {title}

```{{eval-rst}}
.. automodule:: emlib.{topic}
   :members:
```

The twins are {{source}}`{topic}/naive.py` and {{source}}`{topic}/vectorized.py`.

```{{eval-rst}}
.. automodule:: emlib.{topic}.vectorized
   :members:
```
"""
ROOM = {
    "problems": "Its random problems are in {links}.",
    "mistakes": (
        "The mistakes that its exercises know are in {links}: try the exercises before you read "
        "them."
    ),
}


def title_of(topic: str) -> str:
    """The first line of a topic's docstring, without its full stop."""
    docstring = inspect.getdoc(import_module(f"emlib.{topic}"))
    return docstring.partition("\n")[0].rstrip(".")


def modules_of(topic: str, name: str) -> list[str]:
    """The files of a module in a topic's folder, or of the package that it has become."""
    inside = files(f"{topic}/{name}")
    if not inside:
        return [f"{topic}/{name}.py"]
    return [f"{topic}/{name}/{module}.py" for module in inside]


def links_to(modules: list[str]) -> str:
    """Links to the pages of modules, as a list in words."""
    *first, last = [f"{{source}}`{module}`" for module in modules]
    return f"{', '.join(first)} and {last}" if first else last


def section_of(topic: str) -> str:
    """The section of a topic."""
    rest = [
        text.format(links=links_to(modules_of(topic, name)))
        for name, text in ROOM.items()
        if name in files(topic)
    ]
    section = SECTION.format(topic=topic, title=title_of(topic))
    return "\n".join([section, " ".join(rest), ""] if rest else [section])


def with_topics(source: str) -> str:
    """A page's source with the topics in the place of the marker."""
    return source.replace(MARKER, "\n".join(map(section_of, topics())).strip())


def read_source(app: Sphinx, docname: str, source: list[str]) -> None:
    if MARKER in source[0]:
        source[0] = with_topics(source[0])


def drop_title(
    app: Sphinx, what: str, name: str, member: object, options: object, lines: list
) -> None:
    """Leave out of a topic's docstring the first line, which is the heading above it."""
    if what == "module" and name.removeprefix("emlib.") in topics():
        del lines[: lines.index("") + 1]


def note_topics(app: Sphinx, config: Config) -> None:
    """Make the topics part of the configuration: after a new one the page is read again."""
    config.documented_topics = list(topics())


def setup(app: Sphinx) -> dict:
    app.add_config_value("documented_topics", [], "env", list)
    app.connect("config-inited", note_topics)
    app.connect("source-read", read_source)
    app.connect("autodoc-process-docstring", drop_title)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
