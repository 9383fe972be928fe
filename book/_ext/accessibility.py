"""Cure what assistive technology would stumble over in the HTML of Sphinx and its theme."""

from sphinx.application import Sphinx

# ARIA has withdrawn doc-biblioentry, and a list must own list items.
WITHDRAWN, CURRENT = 'role="doc-biblioentry"', 'role="listitem"'


def cure_body(app, pagename, templatename, context, doctree) -> None:
    if context.get("body"):
        context["body"] = context["body"].replace(WITHDRAWN, CURRENT)


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", cure_body)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
