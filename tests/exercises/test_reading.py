"""A submission is read, whatever its name and its encoding."""

import json

import pytest

from emlib.exercises._submission import read, seems_to_bind
from tests.exercises.submissions import write_notebook


def checks_in(tmp_path, *cells):
    submission = read(write_notebook(tmp_path / "part.ipynb", cells))
    return [cell.checks for cell in submission.cells]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("check('a.b', f)", ("a.b",)),
        ("check(exercise='a.b', function=f)", ("a.b",)),
        ("assert emlib.exercises.check('a.b', f)\ncheck('c.d', g)", ("a.b", "c.d")),
        ("if __name__ == '__main__': check('a.b', f)", ("a.b",)),
        ("%%time\ncheck('a.b', f)", ("a.b",)),
        # These are run when something calls them, if ever.
        ("def later(): check('a.b', f)\nlambda: check('c.d', f)", ()),
        ("# check('a.b', f)\n'check(\"a.b\", f)'", ()),
        ("other.check('disk')\ncheck(name, f)", ()),
        # If the source cannot be parsed, its text is searched.
        ("check('a.b', f\n# check('c.d', f)", ("a.b",)),
    ],
)
def test_the_checks_that_are_written_in_a_cell(tmp_path, source, found):
    assert checks_in(tmp_path, source) == [found]


def test_what_cannot_be_run_says_where(tmp_path):
    cells = ["check('a.b', *both)", "return 1\ncheck('c.d', f)", "check(\n'e.f', f"]
    found = read(write_notebook(tmp_path / "star.ipynb", cells)).cells
    assert found[0].problem is None
    assert "cell 2, line 1: 'return' outside" in found[1].problem
    assert "cell 3, line 1: '(' was never" in found[2].problem


def test_magics_keep_the_lines_where_they_are(tmp_path):
    cells = [
        "\n\n%%capture out\r\n\nx = (1",
        "%%html\n<b>not Python</b>",
        "\n\ny = !ls\nz?\nawait z",
    ]
    found = read(write_notebook(tmp_path / "magic.ipynb", cells)).cells
    assert "cell 1, line 5" in found[0].problem
    assert [cell.problem for cell in found[1:]] == [None, None]


def test_a_statement_of_a_file_has_its_own_text(tmp_path):
    (tmp_path / "two.py").write_text("x = [\n1]\r\ny = 2\n")
    found = read(str(tmp_path / "two.py")).cells
    assert [cell.text for cell in found] == ["x = [\n1]", "y = 2"]


SOURCE = "größe = 1\ndef f(): return größe\ncheck('a.b', f)"


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("hw.ipynb", "utf-8"),
        ("hw.ipynb", "utf-8-sig"),
        ("hw.ipynb", "utf-16"),
        ("hw.ipynb", "utf-16-be"),
        ("hw.ipynb", "utf-32"),
        ("HW.IPYNB", "utf-8"),
        ("hw.ipynb.txt", "utf-8"),
        ("hw.json", "utf-8-sig"),
        ("hw", "utf-8"),
        ("hw.py", "utf-8-sig"),
        ("hw.PY", "utf-8"),
        ("hw.py.txt", "utf-8"),
        ("latin.py", "latin-1"),
    ],
)
def test_a_file_is_read_as_it_was_saved(name, encoding, tmp_path):
    notebook = tmp_path / "plain.ipynb"
    write_notebook(notebook, [SOURCE])
    is_notebook = "py" not in name.lower().split(".")
    text = notebook.read_text("utf-8") if is_notebook else SOURCE
    if encoding == "latin-1":
        text = f"# -*- coding: {encoding} -*-\n{text}"
    (tmp_path / name).write_text(text, encoding=encoding)
    submission = read(str(tmp_path / name))
    assert submission.problem is None
    assert "größe = 1" in submission.cells[0].source
    assert submission.cells[-1].checks == ("a.b",)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_way_to_end_a_line(newline, tmp_path):
    (tmp_path / "hw.py").write_text(SOURCE, encoding="utf-8", newline=newline)
    assert len(read(str(tmp_path / "hw.py")).cells) == 3


def test_an_old_notebook_and_one_of_another_language(tmp_path):
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {
                        "cell_type": "code",
                        "collapsed": False,
                        "input": ["check('a.b', f)"],
                        "language": "python",
                        "metadata": {},
                        "outputs": [],
                    }
                ],
            }
        ],
    }
    (tmp_path / "old.ipynb").write_text(json.dumps(old))
    assert read(str(tmp_path / "old.ipynb")).cells[0].checks == ("a.b",)
    path = write_notebook(tmp_path / "r.ipynb", ["x <- 1"])
    notebook = json.loads((tmp_path / "r.ipynb").read_text())
    notebook["metadata"]["kernelspec"] = {"name": "ir", "language": "R"}
    (tmp_path / "r.ipynb").write_text(json.dumps(notebook))
    assert "its code is R" in read(path).problem


@pytest.mark.parametrize(
    "text",
    [
        "def x(): (",
        "class x",
        "    x = 1",
        "a, x = 1, 2",
        "x: int = 3",
        "if (x := 2",
        "import a as x",
        "from a import y, x",
        "for x in (",
    ],
)
def test_what_a_text_would_have_bound(text):
    assert seems_to_bind(text, "x")


@pytest.mark.parametrize("text", ["x == 1", "f(x=1)", "# x = 1", "xx = 1", "print(x)"])
def test_what_it_would_not(text):
    assert not seems_to_bind(text, "x")
