"""A highlighted page for each module of the package, so that each line of code has an address.

``sphinx.ext.viewcode`` makes similar pages, but only for documented modules and without an
anchor for each line. Here every module has a page, every line the id ``line-<number>``, and
every object of the API reference a link to its first line.
"""

import inspect
import shutil
from collections.abc import Iterator
from html import escape
from importlib import import_module
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

logger = logging.getLogger(__name__)

PACKAGE = "emlib"
FOLDER = f"source/{PACKAGE}"


def page_of(module: str) -> str:
    """The page that shows a module, given by its path in the package ("gmm/naive.py")."""
    return f"{FOLDER}/{module.removesuffix('.py')}"


def uri_of(app: Sphinx, from_page: str, module: str, line: int) -> str:
    """The relative address of a line of the package, as seen from a page."""
    return f"{app.builder.get_relative_uri(from_page, page_of(module))}#line-{line}"


def collect_pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Yield a page for each module, and a page that lists them."""
    # The page of a module that was renamed or removed must not remain from an earlier build.
    shutil.rmtree(Path(app.outdir, FOLDER), ignore_errors=True)
    package = Path(app.srcdir, PACKAGE)
    modules = [
        path.relative_to(package).as_posix() for path in sorted(package.rglob("*.py"))
    ]
    index = f"{FOLDER}/index"
    for module in modules:
        page = page_of(module)
        code = app.builder.highlighter.highlight_block(
            (package / module).read_text("utf-8"),
            "python",
            linenos="inline",
            linespans="line",
        )
        title = f"{PACKAGE}/{module}"
        up = app.builder.get_relative_uri(page, index)
        body = (
            f"<h1>{escape(title)}</h1>\n"
            f'<p><a href="{up}">All modules of <code>{PACKAGE}</code></a></p>\n'
            f'<div class="highlight-python notranslate source-page">{code}</div>\n'
        )
        yield page, {"title": title, "body": body}, "page.html"

    links = "".join(
        f'<li><a href="{app.builder.get_relative_uri(index, page_of(module))}">'
        f"<code>{PACKAGE}/{escape(module)}</code></a></li>\n"
        for module in modules
    )
    title = f"The source of {PACKAGE}"
    body = f"<h1>The source of <code>{PACKAGE}</code></h1>\n<ul>\n{links}</ul>\n"
    yield index, {"title": title, "body": body}, "page.html"


def place_of(
    package: Path, module_name: str, qualified_name: str
) -> tuple[str, int] | None:
    """The module path and first line of a documented object; None if it has no source line."""
    found = import_module(module_name)
    try:
        for part in filter(None, qualified_name.split(".")):
            found = getattr(found, part)
        found = inspect.unwrap(found.fget if isinstance(found, property) else found)
        path = Path(inspect.getsourcefile(found))
        _, line = inspect.getsourcelines(found)
    except (AttributeError, OSError, TypeError):
        # Constants and the fields of a data class: only functions and classes know their line.
        return None
    if not path.is_relative_to(package):
        return None
    return path.relative_to(package).as_posix(), max(line, 1)


def link_documented_objects(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give each signature of the API reference a link to its source line."""
    if app.builder.format != "html":
        return
    package = Path(app.srcdir, PACKAGE)
    for signature in doctree.findall(addnodes.desc_signature):
        if not signature.get("module"):
            continue
        place = place_of(package, signature["module"], signature.get("fullname", ""))
        if place:
            uri = uri_of(app, docname, *place)
            link = nodes.reference("", "source", internal=True, refuri=uri)
            link["classes"].append("source-link")
            signature += link


class SourceRole(SphinxRole):
    """A link to a module's page: {source}`gmm/naive.py`, or {source}`the list <index>`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        title, bracket, target = self.text.partition(" <")
        module = target.removesuffix(">") if bracket else title
        if module != "index" and not Path(self.env.srcdir, PACKAGE, module).is_file():
            logger.warning(
                "no module %s/%s", PACKAGE, module, location=self.get_location()
            )
        uri = self.env.app.builder.get_relative_uri(self.env.docname, page_of(module))
        text = nodes.literal("", title if bracket else f"{PACKAGE}/{module}")
        return [nodes.reference("", "", text, internal=True, refuri=uri)], []


def setup(app: Sphinx) -> dict:
    app.add_role("source", SourceRole())
    app.connect("html-collect-pages", collect_pages)
    app.connect("doctree-resolved", link_documented_objects)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
