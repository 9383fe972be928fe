"""The page of symbols and the chapters agree, as far as a machine can tell."""

import re
from collections import Counter, defaultdict
from pathlib import Path

import nbformat
import pytest

BOOK = Path(__file__).parent.parent / "book"
NOTATION = (BOOK / "notation.md").read_text("utf-8")
PAGES = sorted(
    path for path in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
)
OFTEN = 5  # a letter in this many formulas of a page must have a row
MARK = "†"  # a letter with another meaning elsewhere
FREE = "letters without a fixed meaning"

FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+(?:\n[^$\n]+)?)\$", re.DOTALL)
FENCE = re.compile(r"\s*(`{3,})(.*)")
CODE = re.compile(r"`[^`\n]*`")
WORDS = re.compile(
    r"\\(?:text|operatorname|mathrm|mathbf|label|begin|end|tag)\*?\s*\{[^{}]*\}"
)
SCRIPT = re.compile(r"\\mathcal\s*\{?\s*([A-Z])\}?")
GREEK = re.compile(
    r"\\((?:var)?(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho"
    r"|sigma|tau|upsilon|phi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi"
    r"|Omega)|ell)(?![A-Za-z])"
)


def letters(formula):
    """The letters of a formula, without accents, function names or the order of indices."""
    formula = WORDS.sub(" ", formula)
    found = {rf"\mathcal {letter}" for letter in SCRIPT.findall(formula)}
    formula = re.sub(r"\\mathbb\s*\{?\s*[A-Z]\}?", " ", SCRIPT.sub(" ", formula))
    found |= {f"\\{name}" for name in GREEK.findall(formula)}
    return found | set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", formula)))


def head(symbol):
    """The letter that a symbol begins with; None if it is a name such as log."""
    symbol = WORDS.sub(" ", symbol)
    for end in range(1, len(symbol) + 1):
        found = letters(symbol[:end])
        if found and not re.match(r"[A-Za-z]", symbol[end : end + 1]):
            return min(found)
    return None


def prose(text):
    """Some Markdown without its code: a fence encloses code, unless it names a directive."""
    kept, fences = [], []
    for line in text.splitlines():
        fence = FENCE.fullmatch(line)
        if fence and fences and not fence[2].strip() and fence[1] >= fences[-1][0]:
            fences.pop()
        elif fence:
            fences.append((fence[1], not fence[2].startswith("{")))
        elif not any(is_code for _, is_code in fences):
            kept.append(line)
    return CODE.sub("", "\n".join(kept))


def formulas(text):
    """The formulas in some Markdown, outside of its code."""
    return [display or inline for display, inline in FORMULA.findall(prose(text))]


def scope_of(path):
    """The chapter that a page belongs to, as in the notation page's headings."""
    return "/".join(path.relative_to(BOOK).with_suffix("").parts[:2]).replace(
        "gmm/failures", "gmm/failure-gallery"
    )


def tables():
    """For each scope the rows of its table, symbols and meaning; "" is the whole book."""
    found, scope = defaultdict(list), ""
    for line in NOTATION.splitlines():
        heading = re.match(r"### \{doc\}`(.+?)`", line)
        if heading:
            scope = heading[1]
        elif line.startswith("| $"):
            symbols, meaning, *_ = re.split(r"(?<!\\)\|", line.strip("|"))
            found[scope].append((FORMULA.findall(symbols), meaning))
    return {
        scope: [([a or b for a, b in symbols], meaning) for symbols, meaning in rows]
        for scope, rows in found.items()
    }


TABLES = tables()


@pytest.fixture(scope="module")
def used():
    """For each page, the number of formulas that each letter is in."""
    counts = {}
    for path in PAGES:
        cells = nbformat.read(path, as_version=4).cells
        text = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
        counts[path] = Counter(
            letter for formula in formulas(text) for letter in letters(formula)
        )
    return counts


def test_there_are_tables():
    assert len(TABLES[""]) > 30
    assert set(TABLES) - {""} <= {scope_of(path) for path in PAGES}


@pytest.mark.parametrize("scope", TABLES)
def test_each_symbol_is_used_in_its_scope(scope, used):
    of_scope = [path for path in PAGES if not scope or scope_of(path) == scope]
    there = Counter()
    for path in of_scope:
        there += used[path]
    for symbols, meaning in TABLES[scope]:
        for symbol in symbols:
            missing = letters(symbol) - there.keys()
            assert not missing, f"{symbol} ({meaning.strip()}) is not used"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_letters_of_a_page_are_in_its_tables(path, used):
    rows = TABLES[""] + TABLES.get(scope_of(path), [])
    known = {
        letter
        for symbols, _ in rows
        for symbol in symbols
        for letter in letters(symbol)
    }
    often = {letter for letter, n in used[path].items() if n >= OFTEN}
    assert not often - known


def test_what_has_another_meaning_elsewhere_is_marked():
    """By a symbol's first letter; letters without a fixed meaning have no mark."""
    rows = [
        ({head(symbol) for symbol in symbols} - {None}, scope, meaning)
        for scope, table in TABLES.items()
        for symbols, meaning in table
        if FREE not in meaning
    ]
    scopes = defaultdict(set)
    for heads, scope, _ in rows:
        for letter in heads:
            scopes[letter].add(scope)
    for heads, scope, meaning in rows:
        clashes = sorted(letter for letter in heads if len(scopes[letter]) > 1)
        assert (MARK in meaning) == bool(clashes), (scope, meaning, clashes)


def test_directives_are_prose_and_listings_are_not():
    lines = (
        "```{prf:proof}",
        "$a$",
        "```",
        "$b$",
        "```python",
        "$c$",
        "```",
        "````{note}",
    )
    lines += ("```{math}", "$d$", "```", "$e$", "````", "`$f$` $g$")
    text = "\n".join(lines)
    assert formulas(text) == ["a", "b", "d", "e", "g"]
