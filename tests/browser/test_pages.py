"""Every page of the built book, opened in a real browser."""

from bs4 import BeautifulSoup
from page_checks import dead_links, visit


def test_page(page_name, browser, book_url):
    problems = visit(browser, book_url + page_name).problems()
    assert not problems, "\n".join(problems)


def test_links(book):
    dead = dead_links(book)
    assert not dead, "\n".join(dead)


def test_a_report_on_a_mistake_links_to_the_equation(book):
    reports = [
        report
        for page in book.glob("book/*/*.html")
        for report in BeautifulSoup(page.read_bytes(), "html.parser").select(
            "table.exercise-report"
        )
    ]
    linked = [
        report.select("a.equation-label[href*='#equation-eq-']") for report in reports
    ]
    assert any(linked)
    assert not any(report.select("code.equation-label") for report in reports)
