"""The checks themselves: each is shown a page with the fault that it is there to find."""

import pytest

from tests.browser.page_checks import dead_links, pages_to_visit, visit

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>[data-theme="dark"] .grey {{ color: #ddd; }}</style></head>
<body><main><h1>A page</h1>{body}</main></body></html>
"""
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

FAULTS = {
    "formula that fails": (
        "mathematics",
        r'<mjx-merror data-mjx-error="Missing close brace">\frac{1</mjx-merror>',
    ),
    "macro that is unknown": (
        "mathematics",
        r'<mjx-container><mjx-mtext style="color: red;">\unknown</mjx-mtext></mjx-container>',
    ),
    "formula never typeset": ("mathematics", r'<div class="math">\(x\)</div>'),
    "console error": ("console", "<script>console.error('broken')</script>"),
    "missing script": ("console", '<script src="no-such-script.js"></script>'),
    "page error": ("errors", "<script>throw new Error('broken')</script>"),
    "request to another host": (
        "outside",
        '<script src="https://outside.invalid/script.js"></script>',
    ),
    "broken image": ("images", '<img src="no-such-image.png" alt="A curve.">'),
    "image without alt text": ("alternatives", f'<img src="{PIXEL}">'),
    "file name as alt text": (
        "alternatives",
        f'<img src="{PIXEL}" alt="images/curve.png">',
    ),
    "page wider than a phone": ("overflow", '<div style="width: 500px">wide</div>'),
    "text cut off by the screen": (
        "overflow",
        '<style>body { overflow-x: hidden }</style><div style="width: 500px">wide</div>',
    ),
    "inline formula wider than its box": (
        "overflow",
        '<div style="width: 200px; overflow: hidden"><p>'
        '<mjx-container style="display: inline-block; width: 220px">x</mjx-container></p></div>',
    ),
    "inline formula that scrolls": (
        "overflow",
        '<p style="width: 200px"><mjx-container style="display: block; overflow: auto">'
        '<span style="display: block; width: 220px">x</span></mjx-container></p>',
    ),
    "code cut off on a desk": (
        "overflow",
        '<div class="highlight"><pre tabindex="0" style="overflow: auto">'
        + 300 * "x"
        + "</pre></div>",
    ),
    "grey on white": ("accessibility", '<p style="color: #ccc">Hardly to be read.</p>'),
    "grey in the dark theme only": (
        "accessibility",
        '<p class="grey">Hardly to be read.</p>',
    ),
    "faint comment in highlighted code": (
        "accessibility",
        '<div class="highlight"><pre><span class="k">if</span> <span class="k">if</span>'
        '<span class="c" style="color: #ccc"># one</span> <span class="n">x</span></pre></div>',
    ),
    "button without a name": ("accessibility", "<button></button>"),
    "fault inside a closed dropdown": (
        "accessibility",
        "<details><summary>More</summary><button></button></details>",
    ),
    "scroll box out of the keyboard's reach": (
        "accessibility",
        '<pre tabindex="-1" style="width: 300px; overflow: auto"><b>'
        + "wide " * 200
        + "</b></pre>",
    ),
}


def test_a_good_page_passes(tmp_path, browser, serve):
    body = (
        f'<p id="here">Text, and <a href="#here">a link</a>.</p><img src="{PIXEL}" alt="A dot.">'
        '<div style="overflow: auto" tabindex="0"><div style="width: 500px">wide</div></div>'
    )
    (tmp_path / "index.html").write_text(PAGE.format(body=body), "utf-8")
    assert visit(browser, serve(tmp_path) + "index.html").problems() == []
    assert dead_links(tmp_path) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault, tmp_path, browser, serve):
    kind, body = FAULTS[fault]
    (tmp_path / "index.html").write_text(PAGE.format(body=body), "utf-8")
    seen = visit(browser, serve(tmp_path) + "index.html")
    assert getattr(seen, kind), f"{fault} went unnoticed; found only {seen.problems()}"


def test_what_cannot_be_read_on_one_page_is_found_on_the_next(tmp_path, browser, serve):
    """What a good page has shown to be readable is not measured again, and nothing else."""
    readable = set()
    for name, body in {
        "good": "<p>Text.</p>",
        "bad": FAULTS["grey on white"][1],
    }.items():
        (tmp_path / f"{name}.html").write_text(PAGE.format(body=body), "utf-8")
    url = serve(tmp_path)
    assert visit(browser, url + "good.html", readable).problems() == []
    shown = set(readable)
    assert shown
    for _ in range(2):
        assert visit(browser, url + "bad.html", readable).accessibility
    assert readable == shown


def test_a_fault_that_a_desk_alone_shows_is_found(tmp_path, browser, serve):
    body = (
        "<style>aside { display: none }"
        "@media (min-width: 600px) { aside { display: block } }</style>"
        "<aside><p>Text.</p><button></button></aside>"
    )
    (tmp_path / "index.html").write_text(PAGE.format(body=body), "utf-8")
    (found,) = visit(browser, serve(tmp_path) + "index.html").accessibility
    assert found.startswith("desk: button-name")


@pytest.mark.parametrize(
    "target",
    [
        "gone.html",
        "#gone",
        "other.html#gone",
        "folder/",
        "chapter.ipynb",
        "../up.html",
        "a.css?v=1",
    ],
)
def test_a_dead_link_is_found(target, tmp_path):
    (tmp_path / "index.html").write_text(
        PAGE.format(body=f'<a href="{target}">x</a>'), "utf-8"
    )
    (tmp_path / "other.html").write_text(
        PAGE.format(body='<p id="here">x</p>'), "utf-8"
    )
    assert len(dead_links(tmp_path)) == 1


def test_living_and_outside_links_pass(tmp_path):
    targets = [
        "other.html",
        "other.html#here",
        "a%20b.html",
        "#",
        "https://outside.invalid/",
        "",
    ]
    body = "".join(f'<a href="{target}">x</a>' for target in targets)
    (tmp_path / "index.html").write_text(PAGE.format(body=body), "utf-8")
    (tmp_path / "other.html").write_text(
        PAGE.format(body='<p id="here">x</p>'), "utf-8"
    )
    (tmp_path / "a b.html").write_text(PAGE.format(body=""), "utf-8")
    assert dead_links(tmp_path) == []


def test_a_redirect_is_followed_by_the_link_check_alone(tmp_path):
    redirect = '<meta http-equiv="Refresh" content="0; url=gone.html" />\n'
    (tmp_path / "index.html").write_text(redirect, "utf-8")
    assert pages_to_visit(tmp_path) == []
    assert dead_links(tmp_path) == ["index.html: gone.html: no such file"]
