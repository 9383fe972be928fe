"""The record of tests that have passed: which of them run again, and which do not."""

import json

import pytest

from tests import seals, seen

WRONG = "tests/exercises/test_wrong.py"
TESTS = [f"{WRONG}::test_it[{number}]" for number in range(40)]
PAGE = "tests/browser/test_pages.py::test_page[page.html]"


@pytest.fixture
def record(monkeypatch, tmp_path):
    """Replace the record by an empty one, and the built book by one without pages."""
    monkeypatch.setattr(seals, "THOROUGH", False)
    monkeypatch.setattr(seen, "RECORD", tmp_path / "seen.json")
    monkeypatch.setattr(seen, "BUILT", tmp_path)
    yield seen.RECORD
    seen._of_page.cache_clear()
    seen._of_looks.cache_clear()


def write(record, outcomes):
    record.write_text(json.dumps(seen.renewed(outcomes)), "utf-8")


def of_page(tmp_path, text):
    seen._of_page.cache_clear()
    (tmp_path / "page.html").write_text(text, "utf-8")
    return seen.depends_on(PAGE)


def test_what_is_on_record_is_tried_in_part(record, monkeypatch):
    write(record, dict.fromkeys(TESTS, "passed"))
    left_out = seen.left_out(TESTS)
    assert len(left_out) == 32
    monkeypatch.setattr(seals, "SEED", seals.SEED + 1)
    assert len(seen.left_out(TESTS)) == 32
    assert seen.left_out(TESTS) != left_out


def test_what_is_not_is_tried_in_full(record, monkeypatch):
    assert not seen.left_out(TESTS)
    write(record, dict.fromkeys(TESTS, "passed"))
    assert not seen.left_out(["tests/test_em.py::test_it"])
    monkeypatch.setattr(seen, "_of_package", lambda: "another package")
    assert not seen.left_out(TESTS)


def test_a_thorough_run_tries_all(record, monkeypatch):
    write(record, dict.fromkeys(TESTS, "passed"))
    monkeypatch.setattr(seals, "THOROUGH", True)
    assert not seen.left_out(TESTS)


def test_what_fails_does_not_go_on_record(record, tmp_path):
    of_page(tmp_path, "<p>A page")
    outcomes = dict.fromkeys(TESTS, "passed") | {PAGE: "passed"}
    assert set(seen.renewed(outcomes)) == {WRONG, PAGE}
    assert set(seen.renewed(outcomes | {TESTS[7]: "failed"})) == {PAGE}
    assert set(seen.renewed(outcomes | {PAGE: "failed"})) == {WRONG}


def test_what_is_skipped_has_not_been_seen(record, tmp_path):
    of_page(tmp_path, "<p>A page")
    outcomes = dict.fromkeys(TESTS, "passed") | {PAGE: "skipped"}
    assert set(seen.renewed(outcomes | {TESTS[7]: "skipped"})) == {WRONG}


def test_a_page_is_another_one_by_its_words_and_not_by_its_timings(record, tmp_path):
    before = of_page(tmp_path, "<p>It took 3.25 ms,  twice")
    assert of_page(tmp_path, "<p>It took 14 ms, twice") == before
    assert of_page(tmp_path, "<p>It took 3.25 ms, thrice") != before
    (tmp_path / "own.css").write_text("p { color: red }", "utf-8")
    seen._of_looks.cache_clear()
    assert of_page(tmp_path, "<p>It took 3.25 ms, twice") != before


def test_a_page_that_is_not_there_is_not_on_record(record):
    assert seen.depends_on(PAGE) is None
    assert not seen.renewed({PAGE: "passed"})


def test_what_has_a_record_exists():
    files = {test.partition("::")[0] for test in (*seen.PAGES, seen.STUBS)}
    for file in files | set(seen.SUBMISSIONS):
        assert (seen.ROOT / file).is_file()
    assert seen.RECORD.is_file()
