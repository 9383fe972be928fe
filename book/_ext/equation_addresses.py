"""Every equation has an address: links between a labelled equation and the lines computing it.

Under an equation labelled ``eq-...`` is a line of links to the code, and each label in a
comment of the code, on a source page or in a chapter, links back to the equation. A label on
one side only is a warning, so it fails the strict build. Equations that no code computes are
labelled ``math-...`` and get no links.
"""

import re
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from equation_labels import LABEL, Places, labels_in_code, labels_in_comment, names_of
from source_pages import PACKAGE, uri_of

__all__ = ["labels_in_code"]

logger = logging.getLogger(__name__)

COMMENT = re.compile(r'(<span class="c1">)([^<]*)(</span>)')
# How a report of emlib.exercises names the equation that a mistake violates.
NAMED = re.compile(rf'(<code class="equation-label">)({LABEL})(</code>)')


def read_labels(app: Sphinx, config: Config) -> None:
    """Read the package at every build.

    The places are a configuration value, so a change of them rebuilds the whole book. If they were
    computed while a page is written, an unchanged chapter would keep old line numbers.
    """
    config.equation_addresses = labels_in_code(Path(app.srcdir, PACKAGE))


def check_labels(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every label that the book and the code do not share.

    This runs at every build: Sphinx checks consistency only when a page has changed, so a
    second build would hide what the first one warned of.
    """
    places: Places = app.config.equation_addresses
    equations = env.get_domain("math").equations
    for label, (docname, _) in equations.items():
        if label.startswith("eq-") and label not in places:
            logger.warning(
                "no line of %s ends in '# %s': label the line that computes this equation, "
                "or call the equation math-...",
                PACKAGE,
                label,
                location=docname,
            )
    for label, where in places.items():
        if label not in equations:
            for module, line in where:
                logger.warning(
                    "no equation of the book is labelled '%s'",
                    label,
                    location=f"{Path(app.srcdir, PACKAGE, module)}:{line}",
                )


def address_line(
    app: Sphinx, docname: str, where: list[tuple[str, int]]
) -> nodes.paragraph:
    """The line of links under an equation."""
    names = names_of([module for module, _ in where])
    line_of_links = nodes.paragraph("", "In code: ", classes=["equation-address"])
    previous = None
    for module, line in where:
        if module == previous:
            text = f"line {line}"
            line_of_links += nodes.Text(", ")
        else:
            text = f"{names[module]}, line {line}"
            if previous:
                line_of_links += nodes.Text(" · ")
        uri = uri_of(app, docname, module, line)
        line_of_links += nodes.reference("", text, internal=True, refuri=uri)
        previous = module
    return line_of_links


def link_equations(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put its address under each equation that the code computes."""
    if app.builder.format != "html":
        return
    places: Places = app.config.equation_addresses
    for equation in list(doctree.findall(nodes.math_block)):
        where = places.get(equation.get("label"))
        if where:
            parent = equation.parent
            parent.insert(parent.index(equation) + 1, address_line(app, docname, where))


def link_comments(app, pagename, templatename, context, doctree) -> None:
    """Turn labels into links to their equations: in comments of code, and in reports.

    It works on the finished HTML, because the highlighter makes no links and because chapters and
    source pages then need only one treatment.
    """
    equations = app.env.get_domain("math").equations

    def link(label: re.Match) -> str:
        if label[0] not in equations:
            return label[0]
        docname, _ = equations[label[0]]
        uri = app.builder.get_relative_uri(pagename, docname)
        return (
            f'<a class="equation-label" href="{uri}#equation-{label[0]}">{label[0]}</a>'
        )

    def link_comment(comment: re.Match) -> str:
        start, text, end = comment.groups()
        if labels_in_comment(unescape(text)):
            text = re.sub(LABEL, link, text)
        return start + text + end

    if "body" in context:
        body = COMMENT.sub(link_comment, context["body"])
        context["body"] = NAMED.sub(lambda m: re.sub(LABEL, link, m[2]), body)


def setup(app: Sphinx) -> dict:
    app.add_config_value("equation_addresses", {}, "env", dict)
    app.connect("config-inited", read_labels)
    app.connect("env-updated", check_labels)
    app.connect("doctree-resolved", link_equations)
    app.connect("html-page-context", link_comments)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
