"""Every page of the built book but the chapters, opened in a real browser; and all links."""

import re

from bs4 import BeautifulSoup

from tests.browser.page_checks import (
    dead_links,
    representatives,
    source_pages,
    source_skeleton,
    visit,
)

REPORT = r'<table class="exercise-report">.*?</table>'


def test_page(page_name, browser, book_url, readable):
    problems = visit(browser, book_url + page_name, readable).problems()
    assert not problems, "\n".join(problems)


def test_source_pages_differ_in_their_code_alone(book):
    """So that to look at some of them is to look at all."""
    pages = source_pages(book)
    assert len(pages) > 50
    assert len({source_skeleton(book, page) for page in pages}) == 1
    assert len(representatives(book)) < 12


def test_links(book):
    dead = dead_links(book)
    assert not dead, "\n".join(dead)


def test_a_report_on_a_mistake_links_to_the_equation(book):
    pages = [page.read_text("utf-8") for page in book.glob("book/*/*.html")]
    reports = [
        BeautifulSoup(report, "html.parser")
        for report in re.findall(REPORT, "".join(pages), re.S)
    ]
    linked = [
        report.select("a.equation-label[href*='#equation-eq-']") for report in reports
    ]
    assert any(linked)
    assert not any(report.select("code.equation-label") for report in reports)
