"""Code in the built book: elements only for coloured text, and no character lost."""

import plain_code
from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.token import Operator

STYLES = "a11y-high-contrast-light", "a11y-high-contrast-dark"
CODE = "def f(x):\n    return [x, 1] if x < 2 else None  # why\n"


def shown(formatter):
    return BeautifulSoup(highlight(CODE, PythonLexer(), formatter()), "html.parser")


def test_what_looks_like_plain_text_is_plain_text():
    plain = shown(plain_code.formatter_of(plain_code.plain(STYLES)))
    usual = shown(HtmlFormatter)
    assert plain.text == usual.text
    assert plain.text.strip() == CODE.strip()
    classes = [span["class"][0] for span in plain.select("span[class]")]
    assert {"k", "nf", "mi", "c1"} <= set(classes)
    assert not {"n", "p", "w"} & set(classes)
    # The text is unchanged.
    coloured = [
        (span["class"], span.text)
        for span in usual.select("span[class]")
        if span["class"][0] in classes
    ]
    assert [(s["class"], s.text) for s in plain.select("span[class]")] == coloured


def test_a_type_that_one_of_the_styles_colours_is_kept():
    assert Operator in plain_code.plain(["bw"])
    assert Operator not in plain_code.plain(["bw", STYLES[0]])
    assert Operator not in plain_code.plain([STYLES[0], "bw"])
