"""Tests that have passed and whose dependencies have not changed since: a sample runs again.

Some tests take long and depend on little: a page in a browser, a chapter's stubs, wrong
submissions. `tests/seen.json` holds a digest for each of them, of what it depended on when it last
passed. ``make test`` runs all whose digest has changed, and a random fifth of the rest (``SEED=...
make test`` repeats a run). `pytest` without ``--sample`` and ``make test-all`` run all of them.

``make seen`` runs all and renews the record.
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
# Tests of a page, with the name of the page in brackets.
PAGES = (
    "tests/browser/test_chapters.py::test_chapter[",
    "tests/browser/test_pages.py::test_page[",
)
# Tests of a chapter's workbook, with the name of the chapter in brackets.
STUBS = "tests/test_workbooks.py::test_every_stub_runs_and_fails["
# Files of tests of what the package reports about submissions.
SUBMISSIONS = tuple(
    f"tests/exercises/test_{name}.py"
    for name in ("causes", "programs", "right", "wrong")
)
# Not a change of a page: pictures' names are digests, some style sheets' addresses contain one, and
# timings differ at each execution.
VARIES = re.compile(r"[0-9a-f]{64}|\?v=[0-9a-f]+|\d+(\.\d+)?")


def depends_on(test):
    """A digest of what a test depends on, by its address; None for a test without a record."""
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
    """The record: digests by test address, or by file where all its tests have the same digest."""
    return json.loads(RECORD.read_text("utf-8")) if RECORD.is_file() else {}


def renewed(outcomes):
    """The record after a run: all that passed, unless another test of the same entry failed.

    Parameters
    ----------
    outcomes : dict of str
        The outcome of each test, by its address: passed, failed or skipped. A skipped test, such
        as one of a page without a browser, gets no entry.
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
    """Those of some tests, by address, that this run can leave out."""
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
    """A digest of a built page, of all styles and scripts, and of the code that checks pages."""
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
    # The search index covers the whole book and is not part of a page.
    return seals.digest(_texts(path for path in files if path.name != "searchindex.js"))


@cache
def _of_package():
    """A digest of the package, of what its tests share, and of the environment."""
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
