"""Repair the HTML of Sphinx and its theme where it would mislead assistive technology."""

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

# ARIA has withdrawn doc-biblioentry, and a list must own list items.
WITHDRAWN, CURRENT = 'role="doc-biblioentry"', 'role="listitem"'


def cure_body(app, pagename, templatename, context, doctree) -> None:
    if context.get("body"):
        context["body"] = context["body"].replace(WITHDRAWN, CURRENT)


def named(navigation) -> str:
    """The navigation, with a name for each arrow that unfolds the pages below another."""
    soup = BeautifulSoup(str(navigation), "html.parser")
    for arrow in soup.select("li.has-children > details > summary"):
        title = arrow.find_parent("li").a.get_text(strip=True)
        arrow["aria-label"] = f"Pages below {title}"
    return str(soup)


def cure_navigation(app, pagename, templatename, context, doctree) -> None:
    generate = context.get("generate_toctree_html")
    if generate:
        context["generate_toctree_html"] = lambda *args, **options: named(
            generate(*args, **options)
        )


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", cure_body)
    # After the theme, which adds the function.
    app.connect("html-page-context", cure_navigation, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
