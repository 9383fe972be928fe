"""The gallery of failures: what is provoked on a page, and cured, is provoked and cured in a test.

Each page of book/gmm/failures has a file of tests here, named after it. What the package itself
refuses to do wrong is done wrong with NumPy.
"""

import re
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

BOOK = Path(__file__).parents[3] / "book" / "gmm"
PAGES = sorted((BOOK / "failures").glob("*.ipynb"))
HEADINGS = ["## Provoked", "## Recognised", "## Explained", "## Cured"]


def prose(path):
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(c.source for c in cells if c.cell_type == "markdown")


def test_there_are_ten_pages():
    assert len(PAGES) == 10


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_a_page_provokes_recognises_explains_and_cures(path):
    text = prose(path)
    assert re.findall(r"^## .*$", text, re.M) == HEADINGS
    assert "**What you see.**" in text.partition(HEADINGS[0])[0]
    figures = [
        cell.metadata["mystnb"]["figure"]["name"]
        for cell in nbformat.read(path, as_version=4).cells
        if "mystnb" in cell.metadata
    ]
    assert figures
    assert all(name.startswith("fig-fail-") for name in figures)


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_a_page_is_linked_and_tested(path):
    assert f"{{doc}}`failures/{path.stem}`" in prose(BOOK / "failure-gallery.ipynb")
    name = f"test_{path.stem.replace('-', '_')}"
    tests = import_module(f"tests.gmm.failures.{name}")
    assert hasattr(tests, f"{name}_happens")
    assert hasattr(tests, f"{name}_is_cured")
