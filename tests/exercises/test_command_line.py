"""`python -m emlib.exercises` lists the exercises and grades submissions."""

import json
import subprocess
import sys

import pytest

from emlib.exercises import __main__ as command_line
from tests.exercises.submissions import write_notebook

GOOD = """from emlib import coins
from emlib.exercises import check


def e_step(counts, params):
    return coins.naive.e_step(counts, params)


check("coins.e_step", e_step)
"""
BOTH = GOOD + 'check("coins.m_step", lambda *data: coins.naive.m_step(*data))\n'


@pytest.fixture
def chapters(tmp_path, monkeypatch):
    """Replace the book's catalogue by one chapter with two functions."""
    exercises = [
        {
            "label": f"ex-{n}",
            "number": n,
            "kind": "Implement",
            "level": n,
            "title": words,
        }
        | {"function": function}
        for n, (words, function) in enumerate(
            [("one", "coins.e_step"), ("two", "coins.m_step"), ("why", None)], start=1
        )
    ]
    catalogue = [{"chapter": "em/two-coins", "title": "Coins", "exercises": exercises}]
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps(catalogue), encoding="utf-8")
    monkeypatch.setattr(command_line, "CATALOGUE", path)


def run(arguments, capsys):
    """Exit status and printed text of a command."""
    status = command_line.main(arguments)
    return status, capsys.readouterr()


@pytest.mark.usefixtures("chapters")
def test_list(capsys):
    for arguments in ([], ["list"]):
        status, printed = run(arguments, capsys)
        assert status == 0
        lines = printed.out.splitlines()
        assert lines[0] == "em/two-coins: Coins"
        assert lines[2].split() == ["ex-2", "★★☆", "Implement", "two", "coins.m_step"]
        others = printed.out.partition("No chapter asks for these")[2]
        assert "gmm.e_step" in others
        assert "coins.e_step" not in others


@pytest.mark.usefixtures("chapters")
def test_grade_in_words(tmp_path, capsys):
    good = write_notebook(tmp_path / "good.ipynb", [BOTH], "em/two-coins")
    less = write_notebook(tmp_path / "less.ipynb", [GOOD], "em/two-coins")
    status, printed = run(["grade", good], capsys)
    assert status == 0
    assert "2 of 2 passed" in printed.out
    assert "1/1" in printed.err  # the progress bar
    status, printed = run(["grade", good, less, "--jobs", "2"], capsys)
    assert status == 1
    assert "missing           coins.m_step" in printed.out
    assert "note:" not in printed.out
    assert "In all 2 files: 3 of 4 passed" in printed.out


@pytest.mark.usefixtures("chapters")
def test_the_package_s_own_function_is_no_answer(tmp_path, capsys):
    text = (
        "from emlib import coins\nfrom emlib.exercises import check\n"
        'check("coins.e_step", coins.vectorized.e_step)\n'
    )
    own = write_notebook(tmp_path / "own.ipynb", [text])
    status, printed = run(["grade", own], capsys)
    assert status == 1
    assert "the package's own coins.e_step" in printed.out


@pytest.mark.usefixtures("chapters")
def test_a_failed_report_is_printed_in_full(tmp_path, capsys):
    path = tmp_path / "bad.py"
    path.write_text(
        "from emlib.exercises import check\n"
        'check("coins.e_step", lambda counts, params: None)'
    )
    status, printed = run(["grade", str(path)], capsys)
    assert status == 1
    assert "        coins.e_step: not right yet\n" in printed.out


@pytest.mark.usefixtures("chapters")
def test_what_did_not_run_is_printed_before_what_failed(tmp_path, capsys):
    path = write_notebook(tmp_path / "hw.ipynb", ["1 / 0", BOTH])
    status, printed = run(["grade", path], capsys)
    assert status == 0
    lines = printed.out.splitlines()
    assert lines[1].startswith("  note: ZeroDivisionError: division by zero (hw.ipynb")
    assert lines[2].startswith("  passed")


@pytest.mark.usefixtures("chapters")
def test_what_cannot_be_graded(tmp_path, capsys):
    texts = {
        "empty.py": "x = 1",
        "no.ipynb": "not JSON",
        "list.ipynb": "[]",
        "good.py": GOOD,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "latin.py").write_bytes(b"x = '\xff'")
    files = [str(tmp_path / name) for name in ("none.py", "latin.py", *texts)]
    status, printed = run(["grade", "--json", *files, str(tmp_path)], capsys)
    assert status == 2
    submissions = json.loads(printed.out)["submissions"]
    problems = [submission["problem"] for submission in submissions]
    assert [bool(problem) for problem in problems] == [True] * 5 + [False, True]
    assert 'Looked for: calls like check("' in problems[2]
    assert all(
        f"{s['file']}: {s['problem']}" in printed.err
        for s in submissions
        if s["problem"]
    )
    assert submissions[-2]["passed"] == 1  # the good one is graded all the same
    assert submissions[0]["score"] == 0


@pytest.mark.usefixtures("chapters")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--chapter", "em/nonsense"],
        ["--time-limit", "0"],
        ["--memory-limit", "-1"],
        ["--jobs", "many"],
    ],
)
def test_options_are_checked(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        command_line.main(["grade", "file.py", *arguments])
    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


@pytest.mark.usefixtures("chapters")
def test_without_the_extra_it_says_what_to_install(monkeypatch, capsys):
    for name in ("emlib.exercises.grading", "emlib.exercises._submission"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr("emlib.exercises.grading", raising=False)
    monkeypatch.setitem(sys.modules, "nbformat", None)
    status, printed = run(["grade", "file.py"], capsys)
    assert status == 2
    assert "python -m pip install '.[grading]'" in printed.err


def test_as_a_program(tmp_path):
    """From another folder, with the real catalogue: JSON on stdout, progress on stderr."""
    path = tmp_path / "mine.py"
    path.write_text(GOOD, encoding="utf-8")
    program = [sys.executable, "-m", "emlib.exercises", "grade", "--json", path.name]
    done = subprocess.run(
        [*program, "--chapter", "em/two-coins"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr  # the chapter asks for more
    document = json.loads(done.stdout)
    assert document["version"] == 1
    (submission,) = document["submissions"]
    assert submission["file"] == "mine.py"
    assert submission["chapter"] == "em/two-coins"
    statuses = {e["exercise"]: e["status"] for e in submission["exercises"]}
    assert statuses.pop("coins.e_step") == "passed"
    assert set(statuses.values()) <= {"missing"}


def test_listing_needs_numpy_only():
    code = """
import sys
sys.modules.update(dict.fromkeys(("nbformat", "IPython", "tqdm", "matplotlib")))
from emlib.exercises.__main__ import main
main([])
"""
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=True,
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    "command",
    [["list"], ["--help"], ["grade", "good.py"], ["grade", "--json", "good.py"]],
)
def test_a_reader_who_stops_reading_sees_no_traceback(command, tmp_path):
    (tmp_path / "good.py").write_text(GOOD)
    python = [sys.executable, "-m", "emlib.exercises", *command]
    with subprocess.Popen(
        python, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        process.stdout.close()  # long before the first line is written
        words = process.stderr.read().decode()
    assert "Traceback" not in words
    assert "BrokenPipe" not in words
