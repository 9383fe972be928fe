"""Submissions drawn at random: a solution or a known mistake, in a random mix of styles.

The solutions are those of the chapters and those of the tests. A submission is a list of cells,
with `FILES` next to it. The last cell prints the verdict of `check`.
"""

import re
from functools import cache

import nbformat
import workbooks

from tests.exercises.known import MISTAKES
from tests.solving import solutions

HEAD = """import functools
import sys
import numpy as np
from emlib.exercises import check, mistakes
from tests.exercises.known import made_into_a_solution
from tests.solving import solutions"""
VERDICT = "print('VERDICT', report.passed, report.stage)"

# Cells that turn `f` into another function that does the same, or that change nothing.
STYLES = {
    "decorator": "def same(g):\n    @functools.wraps(g)\n    def h(*args, **kwargs):\n"
    "        return g(*args, **kwargs)\n    return h\nf = same(f)",
    "class": "class Own:\n    def __init__(self, g):\n        self.g = g\n"
    "        functools.update_wrapper(self, g)\n    def __call__(self, *args, **kwargs):\n"
    "        return self.g(*args, **kwargs)\nf = Own(f)",
    "method": "class Model:\n    inner = staticmethod(f)\n    def step(self, *args):\n"
    "        return self.inner(*args)\nstep = Model().step\n"
    "f = functools.wraps(f)(lambda *args, **kw: step(*args, **kw))",
    "type hints": "from __future__ import annotations\nfrom numpy.typing import NDArray",
    "hinted": "def hinted(*args: np.ndarray, g: object = f, **kw: float) -> tuple:\n"
    "    return g(*args, **kw)\nhinted = functools.update_wrapper(hinted, f)\nf = hinted",
    "comprehension": "f = [g for g in (None, f) if g][0]",
    "walrus": "if (g := f) is not None:\n    f = g",
    "partial": "f = functools.partial(f)",
    "registered": "table = {}\ndef enter(g):\n    table[1] = g\nenter(f)\nf = table[1]",
    "global": "def choose():\n    global f, g\n    g = f\n    f = g\nchoose()",
    "exec": "exec('f = (lambda g: g)(f)')",
    "seterr": "np.seterr(all='raise')",
    "printing": "np.set_printoptions(precision=2)",
    "recursion": "sys.setrecursionlimit(5000)",
    "seed": "np.random.seed(3)\nassert np.random.rand() < 0.6",
    "warnings": "import warnings\nwarnings.simplefilter('error')",
    "assertion": "assert callable(f)\ndel np\nimport numpy as np",
    "module": "from beside import passed_on\nf = passed_on(f)",
    "run": "%run beside.py\nf = passed_on(f)",
    "star": "from beside import *\nf = passed_on(f)",
    "table": "one = np.loadtxt('one.csv')\nassert one == 1",
    "written": "%%writefile made.py\nmade = 1",
    "time": "%time f = f",
    "cell time": "%%time\nf = f",
    "capture": "%%capture said\nprint(f)\nf = f",
    "await": "import asyncio\nawait asyncio.sleep(0)\nasync def later(g): return g\n"
    "f = await later(f)",
    "display": "def shown(*args, g=f, **kw):\n    display(len(args))\n    return g(*args, **kw)\n"
    "f = functools.wraps(f)(shown)",
    "last": "f",
    "underscore": "(f,)\n",
    "ipython": "f = get_ipython().user_ns['f']",
    "command": "words = !echo one\nassert words == ['one']",
    "matplotlib": "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    # These fail in the notebook, too.
    "unknown name": "f = no_such_name",
    "no file": "np.loadtxt('nothing.csv')",
    "raises": "raise RuntimeError",
    "no Python": "f = (",
    "no magic": "%no_such_magic",
    "lost": "del f",
    "none": "f = None",
    "loop": "import asyncio\nasyncio.run(asyncio.sleep(0))\nf = None",
}
CALLS = [
    'report = check("{name}", f)',
    'report = check(exercise="{name}", function=f)',
    'name = "{name}"\nreport = check(name, f)',
    'from emlib.exercises import check as verify\nreport = verify("{name}", f)',
    'import emlib.exercises\nreport = emlib.exercises.check("{name}", f)',
    '%time report = check("{name}", f)',
    '%%time\nreport = check("{name}", f)',
    'for n, g in [("{name}", f)]:\n    report = check(n, g)',
    'def go():\n    return check("{name}", f)\nreport = go()',
    '(report := check(*["{name}", f]))',
    'report = functools.partial(check, "{name}")(f)',
    '[report] = [check(n, f) for n in ["{name}"]]',
]
FILES = {"beside.py": "def passed_on(g):\n    return g\n", "one.csv": "1\n"}


@cache
def of_chapters():
    """The chapters' solutions: exercise, the chapter's first code cell, the solution's cell."""
    found = []
    for _, path in workbooks.chapters():
        cells = nbformat.read(path, as_version=4).cells
        first = next(cell.source for cell in cells if cell.cell_type == "code")
        inside = False
        for cell in cells:
            if cell.cell_type == "markdown":
                starts = cell.source.rfind("{solution-start}")
                inside = starts > cell.source.rfind("{solution-end}") or (
                    inside and "{solution-end}" not in cell.source
                )
            elif inside and (asked := CHECKED.search(cell.source)):
                found.append((asked[1], first, CHECKED.sub(r"f = \2", cell.source)))
    return found


CHECKED = re.compile(r'^check\("([\w.]+)", (\w+)\)', re.MULTILINE)


def draw(rng):
    """One submission: the exercise and its cells."""
    kind = rng.choice(["chapter", "solution", "mistake"], p=[0.3, 0.3, 0.4])
    begin = [HEAD]
    if kind == "chapter":
        solved = of_chapters()
        name, preamble, first = solved[rng.integers(len(solved))]
        begin.append(preamble)
    elif kind == "solution":
        entered = solutions()
        name = str(rng.choice(sorted(entered)))
        style = str(rng.choice(sorted(entered[name])))
        first = f'f = solutions()["{name}"]["{style}"]'
    else:
        mistake = MISTAKES[rng.integers(len(MISTAKES))]
        name = mistake.exercise
        first = (
            f'(one,) = [m for m in mistakes.known("{name}") if m.name == "{mistake.name}"]\n'
            f"f = made_into_a_solution(one)"
        )
    styles = rng.choice(sorted(STYLES), size=rng.integers(1, 5), replace=False)
    call = str(rng.choice(CALLS)).format(name=name)
    return name, [*begin, first, *(STYLES[str(s)] for s in styles), call, VERDICT]
