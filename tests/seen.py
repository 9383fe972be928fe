"""What has been seen to pass and has not changed since: tried again in part.

Some tests take long and depend on little: a page in a browser, a chapter's stubs, wrong
submissions. `tests/seen.json` holds for each of them, when it last passed, a digest of what it
depends on. ``make test`` tries all whose digest is another one, and of the rest a random fifth
(``SEED=... make test`` repeats one); `pytest` without ``--sample`` and ``make test-all`` try all.

``make seen`` tries all and renews the record.
"""

import json
import re
import sys
from functools import cache

import numpy as np

from tests import seals

ROOT = seals.ROOT
RECORD = ROOT / "tests" / "seen.json"
SHARE = 1 / 5

BUILT = ROOT / "_build" / "html"
# Tests of a page, of which the name of the page is in brackets.
PAGES = (
    "tests/browser/test_chapters.py::test_chapter[",
    "tests/browser/test_pages.py::test_page[",
)
# Tests of a chapter's workbook, of which the name of the chapter is in brackets.
STUBS = "tests/test_workbooks.py::test_every_stub_runs_and_fails["
# Files of tests of what the package says to submissions.
SUBMISSIONS = tuple(
    f"tests/exercises/test_{name}.py"
    for name in ("causes", "programs", "right", "wrong")
)
# The name of a picture is a digest of it, a style sheet's address holds one at times, and what has
# been timed takes another time at each execution: none of them makes a page another one.
VARIES = re.compile(r"[0-9a-f]{64}|\?v=[0-9a-f]+|\d+(\.\d+)?")


def depends_on(test):
    """A digest of what a test depends on, by its address; None where none is kept."""
    file = test.partition("::")[0]
    if test.startswith(PAGES):
        return _of_page(_named(test))
    if test.startswith(STUBS):
        paths = [ROOT / "book" / f"{_named(test)}.ipynb", *ROOT.glob("tools/*.py")]
        return seals.digest([_of_package(), *_texts([ROOT / file, *paths])])
    if file in SUBMISSIONS:
        return seals.digest([_of_package(), *_texts([ROOT / file])])
    return None


def read():
    """The record: digests by a test's address, or by its file where all in it have the same."""
    return json.loads(RECORD.read_text("utf-8")) if RECORD.is_file() else {}


def renewed(outcomes):
    """The record after a run: all that passed, unless another test of the same entry failed.

    Parameters
    ----------
    outcomes : dict of str
        What became of each test, by its address: passed, failed or skipped. What was skipped, as
        pages are without a browser, has not been seen.
    """
    found, failed = {}, set()
    for test, outcome in outcomes.items():
        digest = depends_on(test)
        if digest is not None and outcome == "passed":
            found[_entry(test)] = digest
        elif outcome == "failed":
            failed.add(_entry(test))
    return {entry: found[entry] for entry in sorted(found) if entry not in failed}


def left_out(tests):
    """Those of some tests, by address, that need not be tried now."""
    if seals.THOROUGH:
        return set()
    record, known = read(), {}
    for test in tests:
        entry = _entry(test)
        if entry in record and record[entry] == depends_on(test):
            known.setdefault(entry if entry in SUBMISSIONS else "others", []).append(
                test
            )
    rng = np.random.default_rng(seals.SEED)
    return {
        test
        for group in sorted(known)
        for test in set(known[group])
        - set(seals.share_of(rng, sorted(known[group]), SHARE).tolist())
    }


def _entry(test):
    file = test.partition("::")[0]
    return file if file in SUBMISSIONS else test


def _named(test):
    return test.partition("[")[2].removesuffix("]")


@cache
def _of_page(page):
    """Of a page as it was built, of the styles and scripts of all, and of how it is looked at."""
    path = BUILT / page
    if not path.is_file():
        return None
    words = VARIES.sub("", path.read_text("utf-8")).split()
    return seals.digest([_of_looks(), " ".join(words)])


@cache
def _of_looks():
    files = [
        *(
            ROOT / "tests" / "browser" / name
            for name in ("conftest.py", "page_checks.py")
        ),
        *(path for path in BUILT.rglob("*") if path.suffix in (".css", ".js")),
    ]
    # The search index is of the whole book, and no part of a page.
    return seals.digest(_texts(path for path in files if path.name != "searchindex.js"))


@cache
def _of_package():
    """Of the package, of what its tests share, and of what they run with."""
    shared = [
        path
        for folder in ("tests", "tests/*", "tests/exercises/readings")
        for path in ROOT.glob(f"{folder}/*.py")
        if not path.name.startswith("test_") and path.parent.name != "browser"
    ]
    package = [
        path
        for path in ROOT.glob("emlib/**/*")
        if path.suffix in (".py", ".json", ".csv")
    ]
    files = [*package, ROOT / "requirements.txt", *shared]
    return seals.digest([str(sys.version_info[:2]), *_texts(files)])


def _texts(paths):
    for path in sorted(set(paths)):
        yield path.name
        yield path.read_text("utf-8")
