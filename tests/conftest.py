"""How hard the suite tries, on how many processors, and where its time went."""

import json
import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

from emlib._processors import usable_processors
from emlib._topics import topics
from tests import seals, seen

# Derandomised in CI: a red run there is a red run here, with CI=true.
COMMON = {
    "deadline": None,
    "derandomize": bool(os.environ.get("CI")),
    "suppress_health_check": [HealthCheck.too_slow],
}
settings.register_profile("few", max_examples=seals.FEW, **COMMON)
settings.register_profile("many", max_examples=seals.MANY, **COMMON)
settings.load_profile("many" if seals.THOROUGH else "few")


def pytest_collectstart(collector):
    """A changed topic's tests draw many problems, others few; set before a module is imported."""
    if isinstance(collector, pytest.Module):
        folder = collector.path.relative_to(seals.ROOT / "tests").parts[0]
        changed = folder in topics() and not seals.is_current(folder)
        settings.load_profile("many" if seals.THOROUGH or changed else "few")


SLOWEST = 10
LONG = {
    "test_chapters.py",
    "test_grading.py",
    "test_mistakes.py",
    "test_mutants.py",
    "test_pages.py",
    "test_player.py",
    "test_programs.py",
    "test_right.py",
    "test_twins.py",
    "test_workbooks.py",
    "test_wrong.py",
}
_seconds, _notes, _outcomes = Counter(), [], {}


def pytest_addoption(parser):
    """The options that `make test` and `make seen` use."""
    parser.addoption(
        "--sample",
        action="store_true",
        help="of the unchanged tests in tests/seen.json, run a fifth",
    )
    parser.addoption(
        "--renew",
        action="store_true",
        help="run the tests that belong in tests/seen.json, and rewrite it",
    )


def pytest_report_header():
    """The environment variable that repeats this run's random choices."""
    return f"SEED={seals.SEED}"


@pytest.fixture(scope="module")
def asked(request):
    """The names for which this run needs a module's fixture `graded`: a sample needs fewer."""
    return [
        item.callspec.params["name"]
        for item in request.session.items
        if "graded" in item.fixturenames and item.module is request.module
    ]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """For ``-n auto``: one more than the processors, because a browser's tests sometimes wait."""
    return usable_processors() + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Run the longest files first, so that at the end no process waits for another."""
    items.sort(key=lambda item: item.path.name not in LONG)
    left_out = set()
    if config.getoption("renew"):
        left_out = {i.nodeid for i in items if seen.depends_on(i.nodeid) is None}
    elif config.getoption("sample"):
        left_out = seen.left_out([item.nodeid for item in items])
    if left_out:
        config.hook.pytest_deselected(
            items=[item for item in items if item.nodeid in left_out]
        )
        items[:] = [item for item in items if item.nodeid not in left_out]


def pytest_runtest_logreport(report):
    """Add up how long each file takes, and collect the notes of tests."""
    _seconds[report.nodeid.partition("::")[0]] += report.duration
    # The first of set-up, call and teardown that does not pass decides.
    if _outcomes.get(report.nodeid, "passed") == "passed":
        _outcomes[report.nodeid] = report.outcome
    if report.when == "call":
        _notes.extend(text for name, text in report.user_properties if name == "note")


def pytest_terminal_summary(terminalreporter):
    """Print the slowest files, in seconds of all processes, and the notes of tests."""
    terminalreporter.section(f"the {SLOWEST} slowest files")
    for file, seconds in _seconds.most_common(SLOWEST):
        terminalreporter.line(f"{seconds:7.1f} s  {file}")
    if _notes:
        terminalreporter.section("notes")
        for note in _notes:
            terminalreporter.line(note)


def pytest_sessionfinish(session):
    """Write the record, in the process that receives the outcomes of all tests."""
    is_worker = hasattr(session.config, "workerinput")
    if session.config.getoption("renew") and not is_worker:
        record = json.dumps(seen.renewed(_outcomes), indent=1)
        seen.RECORD.write_text(record + "\n", encoding="utf-8")
