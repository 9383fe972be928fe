"""Every chapter of the built book, opened in a real browser.

In a file of its own, for files are shared out among the processors.
"""

from tests.browser.page_checks import visit


def test_chapter(chapter_name, browser, book_url, readable):
    problems = visit(browser, book_url + chapter_name, readable).problems()
    assert not problems, "\n".join(problems)
