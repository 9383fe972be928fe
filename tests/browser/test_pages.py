"""Every page of the built book, opened in a real browser."""

from page_checks import dead_links, visit


def test_page(page_name, browser, book_url):
    problems = visit(browser, book_url + page_name).problems()
    assert not problems, "\n".join(problems)


def test_links(book):
    dead = dead_links(book)
    assert not dead, "\n".join(dead)
