"""Notebook and grader say the same, whatever the style."""

import os
import re

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from emlib.exercises.grading import grade
from tests import seals
from tests.exercises.restyled import FILES, draw
from tests.exercises.submissions import write_notebook

DRAWN = 200 if seals.THOROUGH else 4
SEED = 0 if os.environ.get("CI") else None


def in_a_notebook(path, folder):
    """The verdict that the last cell prints when a kernel has run all cells; None without one."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(
        notebook, allow_errors=True, timeout=120, resources=resources
    ).execute()
    said = "".join(
        output.get("text", "") for output in notebook.cells[-1].get("outputs", ())
    )
    found = re.search("VERDICT (True|False) (.*)", said)
    return (
        ("passed", None)
        if found and found[1] == "True"
        else (found and ("failed", found[2]))
    )


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The submissions with the grader's results."""
    rng = np.random.default_rng(SEED)
    folder = tmp_path_factory.mktemp("drawn")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    submissions = [draw(rng) for _ in range(DRAWN)]
    paths = [
        write_notebook(folder / f"{number}.ipynb", cells)
        for number, (_, cells) in enumerate(submissions)
    ]
    return list(zip(submissions, paths, grade(paths, {}), strict=True))


@pytest.mark.parametrize("number", range(DRAWN))
def test_notebook_and_grader_say_the_same(drawn, number):
    (name, cells), path, result = drawn[number]
    said = in_a_notebook(path, os.path.dirname(path))
    outcomes = {entry["exercise"]: entry for entry in result["exercises"]}
    found = outcomes.get(name, {"status": "not found", "stage": None})
    if said is None:
        assert found["status"] not in ("passed", "failed"), (cells, found)
    else:
        assert (found["status"], found["stage"]) == said, (cells, result)
