"""Code in HTML, with a span only for tokens that look different from plain text.

Pygments wraps every token of a listing in an element of its own, coloured or not. In a chapter,
those that look like plain text are more than half of all elements of the page.
"""

from collections.abc import Iterable
from typing import TextIO

from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Text
from sphinx.application import Sphinx


def plain(names: Iterable[str]) -> frozenset:
    """The types of token that all of the named styles set like plain text."""
    styles = [get_style_by_name(name) for name in names]
    return frozenset(
        kind
        for kind in STANDARD_TYPES
        if all(s.style_for_token(kind) == s.style_for_token(Text) for s in styles)
    )


def formatter_of(kinds: frozenset) -> type[HtmlFormatter]:
    """A formatter that treats tokens of these types as text."""

    class PlainFormatter(HtmlFormatter):
        def format(self, tokensource: Iterable, outfile: TextIO) -> None:
            tokens = ((Text if k in kinds else k, text) for k, text in tokensource)
            super().format(tokens, outfile)

    return PlainFormatter


def use_formatter(app: Sphinx) -> None:
    if app.builder.format == "html":
        options = app.config.html_theme_options
        styles = (options[f"pygments_{theme}_style"] for theme in ("light", "dark"))
        app.builder.highlighter.formatter = formatter_of(plain(styles))


def setup(app: Sphinx) -> dict:
    app.connect("builder-inited", use_formatter)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
