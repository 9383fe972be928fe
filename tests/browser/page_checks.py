"""What a page of the book must hold to, each check a function that lists what it finds wrong.

The tests of the book and the tests of the checks themselves call the same functions.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
OUTSIDE = re.compile(r"^(?!http://127\.0\.0\.1:\d+/|data:|blob:|about:)")

AXE = Axe()

# Hidden text is neither measured nor audited, so every dropdown is opened; and a colour read in
# the middle of a transition, or while a dropdown fades in, is the colour of neither theme.
PREPARE = """async () => {
    const style = document.createElement('style');
    const still = 'transition: none !important; animation: none !important;';
    style.textContent = `*, *::before, *::after { ${still} }`;
    document.head.append(style);
    if (window.MathJax?.startup) await MathJax.startup.promise;
    document.querySelectorAll('details').forEach(details => { details.open = true; });
    document.querySelectorAll('.toggle-button-hidden').forEach(button => button.click());
    // The page's own scripts look at what has now been opened, one frame later.
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    await frame();
}"""

# Whether text can be read follows from its colour, size and weight, from what lies behind it, and
# for a link from the text around it. Of the elements that agree in all that, one is left for axe
# to measure, and none where another page has shown that such text can be read: on the rest it
# would spend nine tenths of its time. They lose their text, and no more.
ONE_OF_EACH_COLOUR = """readable => {
    const own = element => [...element.childNodes].some(
        node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    let known = new Map();
    const behind = box => {
        if (!box) return '';
        if (!known.has(box)) {
            const style = getComputedStyle(box);
            known.set(box, [style.backgroundColor, style.backgroundImage, style.opacity,
                style.position, style.clip, style.clipPath, style.filter,
                box.matches('details, table, tr'), behind(box.parentElement)].join());
        }
        return known.get(box);
    };
    const look = element => {
        const style = getComputedStyle(element);
        return [style.color, style.fontSize, style.fontWeight, style.textDecorationLine,
            style.display, style.visibility, style.textShadow];
    };
    const seen = new Set(readable);
    const met = [];
    // Tokens of one kind in one block of code are alike.
    const tokens = new Map();
    const first = token => {
        const kinds = tokens.get(token.parentElement) ?? new Set();
        tokens.set(token.parentElement, kinds);
        return !kinds.has(token.className) && kinds.add(token.className);
    };
    const texts = [...document.querySelectorAll('body *')].filter(
        element => !element.matches('script, style, option, title') && own(element)
            && (!element.matches('.highlight span:not([style])') || first(element)));
    const before = document.documentElement.dataset.theme;
    for (const theme of ['light', 'dark']) {
        Object.assign(document.documentElement.dataset, {theme, mode: theme});
        known = new Map();
        for (const element of texts) {
            const around = element.closest('a') ? look(element.closest('a').parentElement) : [];
            const key = JSON.stringify([theme, look(element), around, behind(element)]);
            if (seen.has(key)) continue;
            seen.add(key);
            met.push(key);
            element.dataset.measured = '';
        }
    }
    Object.assign(document.documentElement.dataset, {theme: before, mode: before});
    return met;
}"""

# What holds no such text goes. The text around a link stays, for the two are compared.
THOSE_ALONE = """() => {
    const kept = new Set();
    for (const element of document.querySelectorAll('[data-measured]')) {
        for (let box = element; box; box = box.parentElement) kept.add(box);
        const link = element.closest('a');
        if (link) kept.add(link.parentElement);
    }
    for (const element of document.querySelectorAll('body *'))
        if (!kept.has(element) && element.isConnected && !element.matches('script, style'))
            element.remove();
}"""

# Formulas are thousands of boxes without a text of their own, and as many for who has them read
# aloud: axe has nothing to say of what is within them, but for those that scroll.
EMPTY_FORMULAS = """() => {
    const scrolls = formula => formula.scrollWidth > formula.clientWidth + 1
        && /auto|scroll/.test(getComputedStyle(formula).overflowX);
    const formulas = [...document.querySelectorAll('mjx-container')].filter(
        formula => !scrolls(formula));
    for (const formula of formulas)
        for (const inside of formula.querySelectorAll('mjx-math, mjx-assistive-mml > math'))
            inside.replaceChildren();
}"""

# The tokens of code are thousands of texts, of which axe has nothing to say but their colours.
WHOLE_LINES_OF_CODE = """() => {
    for (const code of document.querySelectorAll('.highlight pre')) {
        if (!code.querySelector('[data-measured], :not(span)')) {
            code.textContent = code.textContent;
            continue;
        }
        for (const token of [...code.querySelectorAll('span')].reverse())
            if (!token.firstElementChild && !('measured' in token.dataset))
                token.replaceWith(...token.childNodes);
        code.normalize();
    }
}"""

# What can be seen on a phone has been audited there; on a desk the sidebars come in sight.
SEEN_ON_A_PHONE = """() => {
    for (const element of document.querySelectorAll('body *'))
        if (element.checkVisibility()) element.dataset.seen = '';
}"""
NEW_ON_A_DESK = """() => {
    for (const element of document.querySelectorAll('body :not([data-seen])'))
        if (element.checkVisibility() && !element.parentElement.closest('[data-new]'))
            element.dataset.new = '';
    return document.querySelector('[data-new]') !== null;
}"""

SET_THEME = """theme => {
    document.documentElement.dataset.mode = theme;
    document.documentElement.dataset.theme = theme;
}"""

MATH_ERRORS = """() => {
    const errors = [...document.querySelectorAll('mjx-merror')].map(
        error => error.dataset.mjxError || error.title || error.textContent);
    // An unknown macro is no error to MathJax: it sets the macro's name in red.
    const unknown = [...document.querySelectorAll('mjx-mtext[style*="color: red"]')].map(
        text => 'unknown macro ' + text.textContent);
    const raw = document.querySelectorAll('.math').length;
    const typeset = document.querySelectorAll('mjx-container').length;
    return [...errors, ...unknown, ...(raw > typeset ? [`${raw - typeset} left raw`] : [])];
}"""

BROKEN_IMAGES = """async () => {
    const broken = [];
    for (const image of document.images) {
        image.loading = 'eager';
        await image.decode().catch(() => broken.push(image.src));
    }
    return broken;
}"""

# Sphinx falls back to the file's name as alternative text, which tells a reader nothing.
MISSING_ALT = r"""() => [...document.querySelectorAll('main img')].filter(
    image => !image.alt.trim() || /\.(png|svg|jpe?g|gif|webp)$/i.test(image.alt.trim())
).map(image => image.outerHTML)"""

# The page may be no wider than the screen; and nothing may be cut off by the screen's edge
# either, unless it stands in a box of its own that scrolls.
OVERFLOW = """() => {
    const width = document.scrollingElement.scrollWidth;
    const found = width > innerWidth ? [`the page is ${width} px wide`] : [];
    const cut = new Set();
    const scrolls = element => /auto|scroll/.test(getComputedStyle(element).overflowX);
    const clips = element => {
        const style = getComputedStyle(element);
        return style.clip !== 'auto' || style.clipPath !== 'none';
    };
    for (const element of document.querySelectorAll('main *')) {
        if (!element.checkVisibility() || element.getBoundingClientRect().right <= innerWidth + 1)
            continue;
        let box = element;
        while (box && !scrolls(box) && !clips(box) && !cut.has(box)) box = box.parentElement;
        if (box) continue;
        cut.add(element);
        found.push(`cut off: ${element.outerHTML.slice(0, 120)} ${element.textContent}`);
    }
    return found;
}"""

# MathJax does not break an inline formula. One that is wider than the column it stands in gets a
# scroll bar (wide-formulae.js), or leaves its box, where the end is lost: it should be a display.
FORMULAS_CUT = """() => {
    const found = [];
    const scrolls = element => /auto|scroll/.test(getComputedStyle(element).overflowX);
    for (const formula of document.querySelectorAll('main mjx-container:not([display="true"])')) {
        if (!formula.checkVisibility()) continue;
        let box = formula.parentElement;
        while (/^inline/.test(getComputedStyle(box).display)) box = box.parentElement;
        let beyond = formula.getBoundingClientRect().right - box.getBoundingClientRect().right;
        if (scrolls(formula)) beyond = formula.scrollWidth - formula.clientWidth;
        // A table scrolls as a whole.
        if (beyond > 1 && !formula.closest('table'))
            found.push(`inline formula ${Math.round(beyond)} px too wide: `
                + formula.closest('p, li, dd, figcaption, div').textContent.slice(0, 120));
    }
    return found;
}"""

# On a desk a reader sees code and formulas whole: none has to be scrolled sideways. A docstring on
# a source page may be wider than the column that a chapter has.
CUT_ON_A_DESK = """() => [...document.querySelectorAll(
    'main :not(.source-page) > pre, main div.highlight pre, main mjx-container[display="true"]'
)].filter(box => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1).map(box =>
    `${box.scrollWidth} px in ${box.clientWidth}: ` + box.textContent.split('\\n').reduce(
        (longest, line) => line.length > longest.length ? line : longest, ''))"""


@dataclass
class Visit:
    """What a browser met on one page; every list is empty on a good one."""

    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    mathematics: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)
    overflow: list[str] = field(default_factory=list)
    accessibility: list[str] = field(default_factory=list)

    def problems(self) -> list[str]:
        return [
            f"{kind}: {item}" for kind, items in vars(self).items() for item in items
        ]


def violations(
    page: Page, where: str, within: str = "html", **options: object
) -> list[str]:
    """The WCAG 2 A and AA violations that axe finds on the page as it stands, or in some of it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    options = {
        "runOnly": {"type": "tag", "values": WCAG},
        "resultTypes": ["violations"],
        # axe would fetch the style sheets again, and misreads the address of an imported one.
        "preload": False,
    } | options
    run = "async ([within, options]) => (await axe.run(within, options)).violations"
    return [
        f"{where}: {rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in page.evaluate(run, [within, options])
        for node in rule["nodes"]
    ]


@contextlib.contextmanager
def heard(page: Page, seen: Visit) -> Iterator[None]:
    """Note what the page logs as an error, throws, or asks of another host."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            seen.console.append(f"{message.text} ({message.location['url']})")

    def on_error(error: Error) -> None:
        seen.errors.append(str(error))

    def on_request(request: Request) -> None:
        if OUTSIDE.match(request.url):
            seen.outside.append(request.url)

    ears = {"console": on_console, "pageerror": on_error, "request": on_request}
    for event, ear in ears.items():
        page.on(event, ear)
    try:
        yield
    finally:
        for event, ear in ears.items():
            page.remove_listener(event, ear)


def visit(context: BrowserContext, url: str, readable: set[str] | None = None) -> Visit:
    """Load a page once, and look at it in light and in dark, on a desk and on a phone.

    One tab for all visits: what it has compiled for one page it need not compile for the next. Of
    how text looks, what other pages have shown to be readable is not measured again, and what this
    one shows is added.
    """
    seen = Visit()
    readable = set() if readable is None else readable
    page = context.pages[0] if context.pages else context.new_page()
    without_colours = {rule: {"enabled": False} for rule in COLOUR_RULES}
    with heard(page, seen):
        page.set_viewport_size(DESK)
        page.goto(url, wait_until="load")
        page.evaluate(PREPARE)
        seen.mathematics = page.evaluate(MATH_ERRORS)
        seen.images = page.evaluate(BROKEN_IMAGES)
        seen.alternatives = page.evaluate(MISSING_ALT)
        seen.overflow = page.evaluate(CUT_ON_A_DESK)
        page.evaluate(SET_THEME, "light")
        page.set_viewport_size(PHONE)
        # The theme lets the keyboard reach what scrolls now, 300 ms after the resize.
        page.wait_for_timeout(350)
        seen.overflow += page.evaluate(OVERFLOW) + page.evaluate(FORMULAS_CUT)
        # The theme changes colours alone, and the phone everything but them.
        page.evaluate(EMPTY_FORMULAS)
        met = page.evaluate(ONE_OF_EACH_COLOUR, list(readable))
        page.evaluate(WHOLE_LINES_OF_CODE)
        seen.accessibility += violations(page, "phone", rules=without_colours)
        page.evaluate(SEEN_ON_A_PHONE)
        page.set_viewport_size(DESK)
        if page.evaluate(NEW_ON_A_DESK):
            seen.accessibility += violations(
                page, "desk", "[data-new]", rules=without_colours
            )
    # The page's own scripts will miss what is taken away now: that is no fault of theirs.
    page.evaluate(THOSE_ALONE)
    unreadable = []
    for theme in ("light", "dark") if met else ():
        page.evaluate(SET_THEME, theme)
        unreadable += violations(page, theme, runOnly=COLOUR_RULES)
    seen.accessibility += unreadable
    if not unreadable:
        readable.update(met)
    page.goto("about:blank")  # nor the next page's
    return seen


def html_pages(root: Path) -> list[str]:
    """The pages of a built book; the themes' own templates under _static are none."""
    pages = (path.relative_to(root).as_posix() for path in root.rglob("*.html"))
    return sorted(page for page in pages if not page.startswith("_static/"))


def pages_to_visit(root: Path) -> list[str]:
    """The pages that have something to show, and do not merely lead to another.

    Source pages differ in their code alone (`source_skeleton`): some of them show what all do.
    """
    return [
        page
        for page in html_pages(root)
        if 'http-equiv="refresh"' not in (root / page).read_text("utf-8").lower()
        and page not in source_pages(root)
    ] + representatives(root)


CODE = '<div class="highlight-python notranslate source-page">'
TOKEN = re.compile(r'class="([a-z0-9]{1,3})"')


@cache
def source_pages(root: Path) -> tuple[str, ...]:
    """The pages that show a module of the package."""
    below = html_pages(root / "source")
    pages = (f"source/{page}" for page in below)
    return tuple(page for page in pages if CODE in (root / page).read_text("utf-8"))


def source_skeleton(root: Path, page: str) -> str:
    """A source page without its code, its name and how deep it lies."""
    text = (root / page).read_text("utf-8")
    begin = text.index(CODE)
    text = text[:begin] + text[text.index("</article>", begin) :]
    name = page.removeprefix("source/").removesuffix(".html")
    return text.replace(name, "MODULE").replace("../", "")


def representatives(root: Path) -> list[str]:
    """Source pages: the longest, that of the longest name, and one for each kind of token."""
    pages = source_pages(root)
    if not pages:
        return []
    tokens = {
        page: set(TOKEN.findall((root / page).read_text("utf-8"))) for page in pages
    }
    chosen = {
        max(pages, key=len),
        max(pages, key=lambda page: (root / page).stat().st_size),
    }
    while missing := set.union(*tokens.values()) - set.union(
        *(tokens[p] for p in chosen)
    ):
        chosen.add(max(pages, key=lambda page: (len(tokens[page] & missing), page)))
    return sorted(chosen)


class Links(HTMLParser):
    """Where a page leads, and the places in it that others can lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value is not None}
        self.targets += [values[name] for name in ("href", "src") if name in values]
        places = ("id", "name") if tag == "a" else ("id",)
        self.places |= {values[name] for name in places if name in values}
        # A page that only leads to another: <meta http-equiv="Refresh" content="0; url=...">
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.targets.append(values["content"].partition("url=")[2])


def dead_links(root: Path) -> list[str]:
    """Every link within the book that leads to no file, or to no such place in its file."""
    pages = {page: Links((root / page).read_text("utf-8")) for page in html_pages(root)}
    dead = []
    base = "http://book/"
    for page, links in pages.items():
        for target in links.targets:
            address, fragment = urldefrag(urljoin(base + page, target))
            if not address.startswith(base):
                continue
            path = unquote(urlsplit(address).path).lstrip("/") or "index.html"
            if path.endswith("/"):
                path += "index.html"
            if not (root / path).is_file():
                dead.append(f"{page}: {target}: no such file")
            elif (
                fragment
                and path in pages
                and unquote(fragment) not in pages[path].places
            ):
                dead.append(f"{page}: {target}: no such place")
    return dead
