"""Cure what assistive technology would stumble over in the HTML of Sphinx and its theme."""

from docutils import nodes
from sphinx.application import Sphinx

# ARIA has withdrawn doc-biblioentry, and a list must own list items.
REPLACEMENTS = {'role="doc-biblioentry"': 'role="listitem"'}


def cure_body(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    body = context.get("body")
    if not body:
        return
    for found, cured in REPLACEMENTS.items():
        body = body.replace(found, cured)
    context["body"] = body


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", cure_body)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
