"""Keep every page free of scripts and styles that come from elsewhere.

The book can be read offline: it serves everything that a page needs. sphinx-thebe, which
Jupyter Book always loads, declares an address at a CDN twice on every page (the second
declaration is an error in the console), and no setting switches it off.
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
        # In place: extensions that run later append to the same list.
        context[assets][:] = [
            asset for asset in context[assets] if not comes_from_elsewhere(asset)
        ]


def setup(app: Sphinx) -> dict:
    # After the other extensions, to see what they have added to the page.
    app.connect("html-page-context", drop_foreign_assets, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
