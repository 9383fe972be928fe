"""How long a class takes to grade: 30 submissions of 10 exercises each, with 2 jobs.

``python benchmarks/grading.py`` prints the wall time and the time per exercise.
"""

import json
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from emlib.exercises import names
from emlib.exercises.__main__ import CATALOGUE
from emlib.exercises.grading import grade

SUBMISSIONS, EXERCISES, JOBS = 30, 10, 2
START = """import numpy as np
from emlib import coins, evidence, gaussian, gmm, linkage
from emlib.exercises import check"""
ANSWERS = (  # right, right, and three ways to be wrong
    "return {topic}.naive.{name}(*arguments)",
    "return {topic}.vectorized.{name}(*arguments)",
    "return None",
    "return {topic}.naive.{name}(*arguments[::-1])",
    "return halved({topic}.naive.{name}(*arguments))",
)
HELPER = """def halved(value):
    if hasattr(value, "_fields"):
        return type(value)(*map(halved, value))
    return tuple(map(halved, value)) if isinstance(value, tuple) else np.divide(value, 2)"""


def chosen():
    """The functions that the chapters ask for; if those are too few, others that `check` knows."""
    chapters = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    asked = [e["function"] for chapter in chapters for e in chapter["exercises"]]
    return list(dict.fromkeys([*filter(None, asked), *names()]))[:EXERCISES]


def submission(number, exercises):
    """A notebook; which answer it gives depends on its number and the exercise's."""
    cells = [START]
    for i, exercise in enumerate(exercises):
        topic, name = exercise.split(".")
        answer = ANSWERS[(number + i) % len(ANSWERS)].format(topic=topic, name=name)
        cells.append(f"def answer_{i}(*arguments):\n    {answer}")
        cells.append(f'check("{exercise}", answer_{i})')
    cells.insert(2, HELPER)
    return nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))


def main():
    exercises = chosen()
    with TemporaryDirectory() as folder:
        files = [str(Path(folder, f"{n:02d}.ipynb")) for n in range(SUBMISSIONS)]
        for number, file in enumerate(files):
            nbformat.write(submission(number, exercises), file)
        begin = time.perf_counter()
        results = grade(files, {}, jobs=JOBS)
        wall = time.perf_counter() - begin
    graded = [exercise for result in results for exercise in result["exercises"]]
    statuses = Counter(exercise["status"] for exercise in graded)
    each = sum(exercise["seconds"] for exercise in graded) / len(graded)
    print(
        f"{len(graded)} exercises of {len(files)} submissions, {JOBS} jobs: {wall:.1f} s"
    )
    print(f"one every {wall / len(graded):.3f} s; each takes {each:.3f} s")
    print(", ".join(f"{count} {status}" for status, count in statuses.most_common()))


if __name__ == "__main__":
    main()
