"""Keep every page free of scripts and styles that come from elsewhere.

The book is read offline: whatever a page needs, the book itself serves. sphinx-thebe, which
Jupyter Book always loads, declares an address at a CDN twice on every page (the second
declaration is an error in the console) and cannot be switched off by configuration.
"""

from sphinx.application import Sphinx


def comes_from_elsewhere(asset: object) -> bool:
    """Whether a script or style belongs to thebe or is fetched from another host."""
    name = str(getattr(asset, "filename", asset) or "")
    body = getattr(asset, "attributes", {}).get("body") or ""
    return (
        "thebe" in name
        or "THEBE_JS_URL" in body
        or name.startswith(("http:", "https:", "//"))
    )


def drop_foreign_assets(app, pagename, templatename, context, doctree) -> None:
    for assets in ("script_files", "css_files"):
        # In place: extensions that run later append to this very list.
        context[assets][:] = [
            asset for asset in context[assets] if not comes_from_elsewhere(asset)
        ]


def setup(app: Sphinx) -> dict:
    # Last in line, to see what the other extensions have added to the page.
    app.connect("html-page-context", drop_foreign_assets, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
