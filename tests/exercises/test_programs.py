"""The grader runs everything that the notebook ran, as JupyterLab does.

Each program is right and passes in a notebook, but it needs more than its functions for that.
"""

import sys

import pytest

from emlib.exercises.grading import Limits, grade
from tests.exercises.submissions import write_notebook

HEAD = "import numpy as np\nfrom emlib.exercises import check\n"
ASSIGN = """def assign(X, centers):
    d = ((X[:, None, :] - centers) ** 2).sum(axis=2)
    return d.argmin(axis=1)
"""
CHECK = 'check("kmeans.assign", assign)'


def with_line(line):
    """The function with one more line before its `return`."""
    return ASSIGN.replace("    return", f"    {line}\n    return")


RECURSIVE = """def assign(X, centers):
    def go(n):
        if n == len(X):
            return []
        rest = go(n + 1)
        rest.append(int(np.argmin(((X[n] - centers) ** 2).sum(1))))
        return rest
    return np.array(go(0)[::-1])
"""

PROGRAMS = {
    # Settings: statements whose effect is elsewhere.
    "recursion limit": ["import sys\nsys.setrecursionlimit(10**4)", RECURSIVE, CHECK],
    "seed": [
        "np.random.seed(0)\nw = np.random.rand()",
        with_line("assert abs(w - 0.5488135) < 1e-7"),
        CHECK,
    ],
    "environment": [
        "import os\nos.environ['NEAREST'] = 'yes'",
        with_line("import os; os.environ['NEAREST']"),
        CHECK,
    ],
    "path": [
        "import sys, os\nos.makedirs('own')\nopen('own/mine.py', 'w').write('z = 0')\n"
        "sys.path.append('own')",
        "import mine",
        with_line("mine.z"),
        CHECK,
    ],
    "monkeypatch": [
        "np.nearest = lambda d: d.argmin(axis=1)",
        ASSIGN.replace("d.argmin(axis=1)", "np.nearest(d)"),
        CHECK,
    ],
    "singledispatch": [
        "from functools import singledispatch\n@singledispatch\ndef squared(X, c):\n"
        "    raise TypeError\n@squared.register\ndef _(X: np.ndarray, c):\n"
        "    return ((X[:, None] - c) ** 2).sum(2)\n"
        "def assign(X, centers):\n    return squared(X, centers).argmin(1)",
        CHECK,
    ],
    "decorator that registers": [
        "table = {}\ndef entered(f):\n    table[f.__name__] = f\n    return f",
        f"@entered\n{ASSIGN}",
        'check("kmeans.assign", table["assign"])',
    ],
    "table filled by a call": [
        "table = {}\ndef add(name, f):\n    table[name] = f",
        "add('d', lambda X, c: ((X[:, None] - c) ** 2).sum(2))",
        "def assign(X, centers):\n    return table['d'](X, centers).argmin(1)",
        CHECK,
    ],
    "global statement": [
        "def begin():\n    global axis\n    axis = 1",
        "begin()",
        ASSIGN.replace("argmin(axis=1)", "argmin(axis=axis)"),
        CHECK,
    ],
    "exec, globals and setattr": [
        f"exec({ASSIGN!r})\nglobals()['g'] = assign",
        "import __main__\nsetattr(__main__, 'h', g)",
        'check("kmeans.assign", h)',
    ],
    # What every notebook has.
    "display": [with_line("display(d.shape)"), CHECK],
    "get_ipython": [with_line("get_ipython().user_ns['np']"), CHECK],
    "Out and _": ["1 + 1", "assert _ == 2 == Out[2]", with_line("Out"), CHECK],
    "In": ["assert In[1].startswith('import numpy')", with_line("In[-1]"), CHECK],
    "await": [
        "import asyncio\nawait asyncio.sleep(0)\nasync def two(): return 2",
        "axis = await two() - 1\ntask = asyncio.create_task(two())",
        with_line("assert task.result() == 2 and axis == 1"),
        CHECK,
    ],
    "a running loop": [
        "import asyncio\nasyncio.get_running_loop()\n"
        "try:\n    asyncio.run(two())\nexcept (NameError, RuntimeError) as e: ran = False",
        with_line("ran"),
        CHECK,
    ],
    # Magics.
    "%time": ["%time SCALE = 1", with_line("SCALE"), CHECK],
    "%time check": [ASSIGN, f"%time report = {CHECK}"],
    "%%time": [f"%%time\n{ASSIGN}", f"%%time\n{CHECK}"],
    "%%capture": [f"%%capture said\n{ASSIGN}\nprint(1)", with_line("said"), CHECK],
    "%timeit, %prun": [
        "%timeit -n 1 -r 1 1 + 1\n%prun -q sum([])",
        f"%%prun -q\n{ASSIGN}",
        CHECK,
    ],
    "%%writefile, %run and import": [
        "%%writefile one.py\ndef nearest(d): return d.argmin(axis=1)",
        "%%writefile two.py\ntwo = 2",
        "%run two.py\nfrom one import nearest",
        ASSIGN.replace("d.argmin(axis=1)", "two and nearest(d)"),
        CHECK,
    ],
    "%matplotlib, %config, %pylab": [
        "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'",
        "%matplotlib notebook\n%config Completer.use_jedi = False\n%precision 3",
        "%load_ext autoreload\n%autoreload 2\n%env NEAREST=1\n%xmode Minimal",
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()",
        f"assert not plt.get_fignums()\n{ASSIGN}",
        CHECK,
    ],
    "%autosave, %clear, %store": [
        f"%autosave 60\n%clear\nx = 3\n%store x\ndel x\n%store -r x\n{ASSIGN}",
        with_line("x"),
        CHECK,
    ],
    "events": [
        "seen = []\nget_ipython().events.register('post_run_cell', seen.append)",
        ASSIGN,
        f"assert len(seen) == 2\n{CHECK}",
    ],
    "commands": [
        "!mkdir -p own && echo nearest > own/word\nwords = !cat own/word",
        "%%bash\necho more >> own/word",
        with_line("assert words == ['nearest'] and len(open('own/word').read()) == 13"),
        CHECK,
    ],
    "commands with variables": [
        "cmd = 'mkdir -p one'\n!{cmd}\n!$cmd\n"
        "def make(name):\n    !mkdir -p {name}\n    found = !ls -d {name}\n    return found\n"
        "assert make('two') == ['two']",
        "import os\nassert os.path.isdir('one') and not os.path.exists('{name}')\n"
        + ASSIGN,
        CHECK,
    ],
    "another folder": [
        "%mkdir -p src\n%cd src",
        "%%writefile nearest.py\naxis = 1",
        f"import nearest\nos = __import__('os')\nos.chdir('..')\n{ASSIGN}",
        CHECK,
    ],
    "%%html and help": ["%%html\n<b>", "np.mean?\n%pinfo np\n%lsmagic", ASSIGN, CHECK],
    # Code has a file's name.
    "inspect": [
        ASSIGN,
        "import inspect\nassert inspect.getsource(assign).startswith('def assign')",
        CHECK,
    ],
    "traceback": [
        "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n"
        "    assert '    1 / 0\\n' in traceback.format_exc()",
        ASSIGN,
        CHECK,
    ],
    "joblib's cache": [
        "from joblib import Memory\n@Memory('kept', verbose=0).cache\n"
        "def distances(X, centers):\n    return ((X[:, None] - centers) ** 2).sum(2)",
        "import os\ndef assign(X, centers):\n    return distances(X, centers).argmin(1)",
        f"{CHECK}\nassert os.path.isdir('kept')",
    ],
    "dataclasses and __future__": [
        "from __future__ import annotations\nfrom dataclasses import dataclass",
        "@dataclass\nclass Nearest:\n    axis: int\n    def __call__(self, X: Y, centers: Y):\n"
        "        return ((X[:, None] - centers) ** 2).sum(2).argmin(self.axis)",
        'check("kmeans.assign", Nearest(1))',
    ],
    "pickle": [
        ASSIGN,
        "import pickle\nassign = pickle.loads(pickle.dumps(assign))\n"
        "assert assign.__module__ == __name__ == '__main__'",
        CHECK,
    ],
    # Ways to call check.
    "keywords": [ASSIGN, 'check(function=assign, exercise="kmeans.assign")'],
    "a name in a variable": [ASSIGN, 'NAME = "kmeans.assign"\ncheck(NAME, assign)'],
    "another name": [
        ASSIGN,
        'from emlib.exercises import check as verify\nverify("kmeans.assign", assign)',
    ],
    "of a module": [
        ASSIGN,
        'import emlib.exercises as ex\nassert ex.check("kmeans.assign", assign).passed',
    ],
    "in a loop": [ASSIGN, 'for n, f in {"kmeans.assign": assign}.items(): check(n, f)'],
    "in a function": [ASSIGN, f"def go():\n    return {CHECK}\nreport = go()"],
    "partial and map": [
        ASSIGN,
        "from functools import partial\n"
        'list(map(partial(check, "kmeans.assign"), [assign]))',
    ],
    "stars": [ASSIGN, 'check(*("kmeans.assign",), **{"function": assign})'],
    "walrus and comprehension": [
        ASSIGN,
        'assert all((r := check("kmeans.assign", f)) for f in [assign])',
    ],
    "in another process": [
        ASSIGN,
        "import multiprocessing as mp\nwith mp.get_context('fork').Pool(2) as pool:\n"
        "    pool.starmap(check, [('kmeans.assign', assign)])",
        "assert 1",
    ],
    # Work and settings that outlast a cell.
    "work in a thread": [
        "import asyncio, time\ntask = asyncio.create_task(asyncio.to_thread(time.sleep, 60))",
        ASSIGN,
        CHECK,
    ],
    "a task that does not end": [
        "import asyncio\nasync def go():\n    while True:\n        try:\n"
        "            await asyncio.sleep(.05)\n        except BaseException:\n            pass\n"
        "task = asyncio.create_task(go())",
        ASSIGN,
        CHECK,
    ],
    "interrupted": [
        "import _thread, threading, time\n"
        "threading.Timer(.2, _thread.interrupt_main).start()\n"
        "try:\n    for i in range(300): time.sleep(.05)\n"
        "except KeyboardInterrupt: axis = 1",
        "def assign(X, centers):\n    d = ((X[:, None, :] - centers) ** 2).sum(axis=2)\n"
        "    return d.argmin(axis=axis)",
        CHECK,
    ],
    "warnings": [
        "import warnings\nwith warnings.catch_warnings(record=True) as w:\n"
        f"    np.log(np.zeros(1))\nassert w[0].category is RuntimeWarning\n{ASSIGN}",
        CHECK,
    ],
    "in a notebook?": [
        "assert get_ipython().__class__.__name__ == 'ZMQInteractiveShell'\n"
        f"assert 'IPKernelApp' in get_ipython().config\n{ASSIGN}",
        CHECK,
    ],
    "described as the package's": [
        "import functools\nfrom emlib import kmeans",
        f"@functools.wraps(kmeans.naive.assign)\n{ASSIGN}",
        CHECK,
    ],
    "a check of one's own": [
        f"{ASSIGN}\n{CHECK}",
        "def check(label, value): print(label, value)",
        "check('rows sum to 1.0', True)",
    ],
    # Cells that fail or exit do not stop the later ones from running.
    "an error before": ["raise RuntimeError", ASSIGN, CHECK],
    "no Python before": ["def f(:", ASSIGN, CHECK],
    "no such magic": ["%nonsense", ASSIGN, CHECK],
    "exit": ["import sys\nsys.exit()", ASSIGN, CHECK],
    # The last one counts.
    "wrong at first": ["assign = lambda X, centers: None", CHECK, ASSIGN, CHECK],
}


# What the notes say about some programs; there are no notes about the others.
NOTES = {
    "an error before": "code cell 2, line 1",
    "no Python before": "code cell 2, line 1",
    "no such magic": "UsageError: Line magic function `%nonsense`",
    "exit": "SystemExit",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory, asked):
    """The grader's results for the programs that this run asks for, graded together."""
    folder = tmp_path_factory.mktemp("programs")
    files = [
        write_notebook(folder / f"{number}.ipynb", [HEAD, *PROGRAMS[name]])
        for number, name in enumerate(asked)
    ]
    return dict(zip(asked, grade(files, {}, limits=Limits(time=20)), strict=True))


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_passes_as_in_the_notebook(graded, name):
    result = graded[name]
    assert (result["passed"], result["total"]) == (1, 1), result
    assert len(result["notes"]) == (name in NOTES), result
    assert NOTES.get(name, "") in "".join(result["notes"])


@pytest.mark.parametrize(
    "cell",
    [
        "%%capture\nx = 1\nwhile True: x = 2",
        "%%capture\nimport os\nos._exit(1)",
        "y = 1\n\nget_ipython().run_cell('x = 1\\nwhile True: pass')",
    ],
)
def test_what_is_run_inside_of_a_cell_costs_the_cell(cell, tmp_path):
    file = write_notebook(tmp_path / "hw.ipynb", [HEAD, cell, ASSIGN, CHECK])
    (result,) = grade([file], {}, limits=Limits(time=1.5))
    assert result["passed"] == result["total"] == 1, result
    assert "code cell 2" in result["notes"][0]


def test_errors_that_say_little_are_told(tmp_path):
    cells = [
        HEAD,
        "e = ValueError('no data')\ne.add_note('hint: look')\nraise e",
        "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute",
        "def fit(X, centers): raise ValueError('mine')",
        'check("kmeans.fit", fit)',
    ]
    (result,) = grade([write_notebook(tmp_path / "hw.ipynb", cells)], {})
    assert result["notes"][0].startswith("ValueError: no data (hw.ipynb, code cell 2")
    assert result["notes"][1].startswith("Mute: (its message cannot be shown)")
    (found,) = result["exercises"]
    assert (found["status"], found["seconds"] < 10) == ("failed", True), found
    assert "ValueError: mine" in found["message"]


def test_a_script_has_what_a_script_has(tmp_path):
    path = tmp_path / "hw.py"
    path.write_text(
        f'"""Mine."""\n{HEAD}import argparse\nassert __doc__ == "Mine."\n'
        f"argparse.ArgumentParser().parse_args()\n{ASSIGN}"
        f"def main():\n    {CHECK}\nif __name__ == '__main__':\n    main()\n"
    )
    (result,) = grade([str(path)], {})
    assert (result["passed"], result["total"], result["notes"]) == (1, 1, [])


# --- next to the notebook -------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "nearest.py").write_text(
        "def nearest(d):\n    return d.argmin(axis=1)\n"
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "table.csv").write_text("1,2\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("from .part import one\n")
    (tmp_path / "package" / "part.py").write_text("one = 1\n")
    return tmp_path


def test_what_lies_beside_is_found_and_left_as_it_was(folder):
    near = ASSIGN.replace("d.argmin(axis=1)", "nearest(d)")
    writes = "open('data/table.csv', 'a').write('3')\nopen('new.txt', 'w').write('4')"
    reads = "rows = np.loadtxt('data/table.csv', delimiter=',')\nassert rows[1] == 2"
    programs = [
        ["from nearest import nearest", near, CHECK],
        ["from nearest import *", near, CHECK],
        [reads, writes, "from package import one", with_line("rows, one"), CHECK],
        [reads, "import os\nassert not os.path.exists('new.txt')", ASSIGN, CHECK],
        ["import os\nassert not os.path.exists('0.ipynb')", ASSIGN, CHECK],
        ["%run nearest.py", near, CHECK],
    ]
    files = [
        write_notebook(folder / f"{i}.ipynb", [HEAD, *cells])
        for i, cells in enumerate(programs)
    ]
    script = folder / "script.py"
    script.write_text(
        f"{HEAD}from nearest import nearest\nimport pathlib\n"
        f"assert (pathlib.Path(__file__).parent / 'data/table.csv').exists()\n{near}{CHECK}"
    )
    results = grade([*files, str(script)], {}, limits=Limits(time=20))
    assert [result["passed"] for result in results[:7]] == [1] * 7, results
    assert [result["notes"] for result in results] == [[]] * 7
    assert (folder / "data" / "table.csv").read_text() == "1,2\n"
    assert not (folder / "new.txt").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links and rights")
def test_folders_links_and_rights_come_along(folder, tmp_path_factory):
    (folder / "figures").mkdir()
    (folder / "figures" / ".gitkeep").touch()
    script = folder / "make.sh"
    script.write_text("#!/bin/sh\necho made\n")
    script.chmod(0o755)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "one.txt").write_text("1")
    (folder / "linked").symlink_to(elsewhere)
    (elsewhere / "up").symlink_to(folder)  # round and round
    cells = [
        HEAD,
        "open('figures/a.txt', 'w').write('a')\nsaid = !./make.sh\nassert said == ['made']\n"
        f"assert open('linked/one.txt').read() == '1'\nimport nearest\n{ASSIGN}",
        CHECK,
    ]
    target = write_notebook(elsewhere / "hw.ipynb", cells)
    (folder / "hw.ipynb").symlink_to(target)
    (result,) = grade([str(folder / "hw.ipynb")], {})
    assert result["passed"] == 1, result


def test_a_helper_that_is_handed_in_is_found_all_the_same(folder):
    cells = [HEAD, "from nearest import nearest", ASSIGN, CHECK]
    file = write_notebook(folder / "hw.ipynb", cells)
    own, helper = grade([file, str(folder / "nearest.py")], {})
    assert (own["passed"], own["notes"]) == (1, [])
    assert "nothing to grade" in helper["problem"]


def test_what_is_too_large_to_be_copied_is_said(folder):
    with open(folder / "big.bin", "wb") as file:
        file.truncate(65 * 2**20)
    (folder / ".hidden").write_text("mine")
    cells = [HEAD, "open('big.bin')", "open('.hidden')", ASSIGN, CHECK]
    (result,) = grade([write_notebook(folder / "hw.ipynb", cells)], {})
    assert result["passed"] == 1
    assert "big.bin (65 MiB) was not copied" in result["notes"][0]
    assert ["FileNotFound" in note for note in result["notes"]] == [False, True, True]


# --- what is not done -----------------------------------------------------------------------------


# The package does not exist, so that nothing would happen if the command did run.
@pytest.mark.parametrize(
    "cell",
    [
        "!pip install no-such-thing",
        "%pip install no-such-thing",
        "!{sys.executable} -m pip install -q no-such-thing",
        "words = !conda install no-such-thing",
        "%%bash\nset -e\npip install no-such-thing",
        "%conda install no-such-thing",
        '!"{sys.executable}" -m pip uninstall -y no-such-thing',
        "!time pip3.11 install no-such-thing",
        "import subprocess\n"
        "subprocess.run([sys.executable, '-m', 'pip', 'install', 'no-such-thing'], check=True)",
        "import os\nassert os.system('pip install no-such-thing') == 0",
    ],
)
def test_nothing_is_installed_and_that_is_said(cell, tmp_path):
    file = write_notebook(
        tmp_path / "hw.ipynb", [HEAD + "import sys", cell, ASSIGN, CHECK]
    )
    (result,) = grade([file], {})
    assert result["passed"] == 1
    (note,) = result["notes"]
    assert "was not run: grading does not install" in note
    assert "install" in note


def test_a_loop_without_end_in_a_cell_costs_what_needs_it(tmp_path):
    cells = [
        HEAD,
        f"axis = 1\nwhile True:\n    axis = 1\n{CHECK}",
        ASSIGN.replace("axis=1", "axis=axis"),
        CHECK,
        "class Endless:\n    def __call__(self, counts, params):\n        while True: pass",
        'check("coins.e_step", Endless())\ncheck("coins.m_step", None)',
        "never = [i for i in iter(int, 1)]",
        'check("coins.fit", never)',
    ]
    file = write_notebook(tmp_path / "hw.ipynb", cells)
    (result,) = grade([file], {}, limits=Limits(time=1.5))
    found = {entry["exercise"]: entry["status"] for entry in result["exercises"]}
    assert found == {
        "kmeans.assign": "passed",
        "coins.e_step": "timeout",
        "coins.m_step": "failed",
        "coins.fit": "timeout",
    }
    assert "code cell 2, line" in result["notes"][0]
    assert "code cell 7" in result["exercises"][-1]["message"]


def test_checks_without_end_have_an_end(tmp_path):
    cell = 'while True:\n    check("kmeans.assign", None)'
    file = write_notebook(tmp_path / "hw.ipynb", [HEAD, cell])
    (result,) = grade([file], {}, limits=Limits(time=1))
    assert result["exercises"][0]["status"] in ("failed", "timeout")
    assert result["notes"]


@pytest.mark.skipif(sys.platform == "win32", reason="numba caches elsewhere")
def test_numba_s_cache_finds_its_place(tmp_path):
    pytest.importorskip("numba")
    cells = [HEAD, f"import numba\n@numba.njit(cache=True)\n{LOOPS}", CHECK]
    (result,) = grade([write_notebook(tmp_path / "hw.ipynb", cells)], {})
    assert result["passed"] == 1, result


LOOPS = """def assign(X, centers):
    labels = np.empty(len(X), np.int64)
    for n in range(len(X)):
        shortest = np.inf
        for k in range(len(centers)):
            d = ((X[n] - centers[k]) ** 2).sum()
            if d < shortest:
                shortest, labels[n] = d, k
    return labels
"""
