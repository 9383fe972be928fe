"""Submissions are taken apart and graded one exercise at a time, whatever else is in them."""

import ast
import json
import subprocess
import sys

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib.exercises import __main__ as command_line
from emlib.exercises import grading
from emlib.exercises._submission import _take_apart, needed, read
from emlib.exercises.grading import Limits, grade

# Elsewhere memory has no limit, and a program that falls over does so in another way.
LINUX = sys.platform == "linux"
linux = pytest.mark.skipif(not LINUX, reason="Linux only")
QUICK = Limits(time=3, memory=1024)
KEYS = [
    "exercise",
    "status",
    "passed",
    "stage",
    "message",
    "mistake",
    "report",
    "seconds",
]


def write_notebook(path, cells, chapter=None):
    """Write a notebook with these code cells, each after a cell of text."""
    notebook = nbformat.v4.new_notebook()
    if chapter:
        notebook.metadata["emlib"] = {"chapter": chapter}
    for cell in cells:
        notebook.cells += [
            nbformat.v4.new_markdown_cell("Some words."),
            nbformat.v4.new_code_cell(cell),
        ]
    nbformat.write(notebook, path)
    return str(path)


@pytest.fixture
def chapters(tmp_path, monkeypatch):
    """A catalogue of one chapter with two functions, in place of the book's."""
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


# --- every status, in one notebook ---------------------------------------------------------------

CELLS = [
    """

%matplotlib inline
import os, signal, sys
import numpy as np
from emlib import coins, evidence, gaussian, gmm, linkage
from emlib.exercises import check
raise RuntimeError("no exercise needs this line")""",
    # Passed, with a helper that is defined after use, and prints that go nowhere.
    """%%time
def e_step(counts, params):
    print('{"status": "failed"}', flush=True)
    os.write(1, b'{"status": "failed"}')
    return helper(counts, params)""",
    """def helper(counts, params):
    return coins.vectorized.e_step(counts, params)

assert check("coins.e_step", e_step)""",
    # Failed.
    """def m_step(counts, responsibilities):
    return None

report = check("coins.m_step", m_step)""",
    # Error: the code raises before the check.
    """table = 1 / 0
def log_likelihood(counts, params):
    return table

print(check("coins.log_likelihood", log_likelihood))""",
    """check("linkage.e_step", never_defined)""",
    """check("linkage.m_step")""",
    # Syntax errors: here the check is in the broken cell, and then only the function.
    """def lower_bound(log_joint, q):
    return (q * log_joint

check("evidence.lower_bound", lower_bound)""",
    """def kl_divergence(q, p)
    return 0.0""",
    """check("evidence.kl_divergence", kl_divergence)""",
    # Timeout, memory, crashes.
    """def forever(y, params):
    while True:
        pass

check("linkage.log_likelihood", forever)""",
    """check("gaussian.fit", lambda X, observation_weights=None: sys.exit())""",
    """def leave(X, params):
    os._exit(3)

check("gaussian.log_density", leave)""",
    """def down(X, params):
    return down(X, params)

check("gmm.log_density", down)""",
    """check("gmm.e_stop", never_defined)""",
    """def lazy(X, params):
    return input()
check("gmm.e_step", function=lazy)""",
    """class Mine:
    def __call__(self, X, responsibilities):
        return gmm.vectorized.m_step(X, responsibilities)
check("gmm.m_step", Mine())""",
]
if LINUX:
    CELLS += [
        """def hog(log_terms):
    try:
        return np.ones((10**9, 10))
    except Exception as error:
        raise MemoryError from error

check("evidence.log_sum_exp", hog)""",
        """hoard = [0] * 10**10
check("gaussian.cholesky", lambda covariance: hoard)""",
        """def fall(params, n_samples, rng):
    os.kill(os.getpid(), signal.SIGSEGV)

check("gmm.sample", fall)""",
    ]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    path = tmp_path_factory.mktemp("submissions") / "übung.ipynb"
    expected = {"some/chapter": ["coins.e_step", "gmm.log_likelihood"]}
    (result,) = grade(
        [write_notebook(path, CELLS, "some/chapter")], expected, limits=QUICK, jobs=4
    )
    return result


@pytest.fixture(scope="module")
def outcome(everything):
    return {exercise["exercise"]: exercise for exercise in everything["exercises"]}


@pytest.mark.parametrize(
    ("exercise", "status", "message"),
    [
        ("coins.e_step", "passed", None),
        ("coins.m_step", "failed", "None"),
        (
            "coins.log_likelihood",
            "error",
            "division by zero (übung.ipynb, code cell 5, line 1)",
        ),
        ("linkage.e_step", "error", "name 'never_defined' is not defined"),
        ("linkage.m_step", "error", 'check("linkage.m_step", my_function)'),
        (
            "evidence.lower_bound",
            "syntax error",
            "übung.ipynb, code cell 8, line 2: '(' was",
        ),
        ("evidence.kl_divergence", "syntax error", "cell 9, line 1: expected ':'"),
        ("linkage.log_likelihood", "timeout", "3 s in übung.ipynb, code cell 11, line"),
        ("gaussian.fit", "failed", "it raised SystemExit"),
        ("gaussian.log_density", "crashed", "exit status 3"),
        ("gmm.log_density", "failed", "RecursionError"),
        ("gmm.e_step", "failed", "EOFError"),
        ("gmm.m_step", "passed", None),
        ("gmm.log_likelihood", "missing", 'check("gmm.log_likelihood", ...)'),
        ("gmm.e_stop", "unknown exercise", "gmm.e_step"),
        pytest.param("evidence.log_sum_exp", "memory", "1024 MiB", marks=linux),
        pytest.param("gaussian.cholesky", "memory", "1024 MiB", marks=linux),
        pytest.param(
            "gmm.sample", "crashed", "signal 11 in übung.ipynb, code cell", marks=linux
        ),
    ],
)
def test_status(outcome, exercise, status, message):
    found = outcome[exercise]
    assert (found["status"], found["passed"]) == (status, status == "passed"), found
    assert message is None or message in found["message"]
    assert list(found) == KEYS
    assert found["seconds"] >= 0
    assert (found["report"] is not None) == (
        status in ("passed", "failed")
        or exercise in ("coins.log_likelihood", "linkage.e_step")
    )


def test_summary(everything):
    assert everything["chapter"] == "some/chapter"
    assert everything["passed"] == 2
    assert everything["total"] == len(everything["exercises"])
    assert everything["score"] == 2 / everything["total"]
    # What the chapter asks for comes first.
    order = [exercise["exercise"] for exercise in everything["exercises"]]
    assert order[:2] == ["coins.e_step", "gmm.log_likelihood"]


def test_a_traceback_shows_the_student_s_own_lines_only(outcome):
    assert outcome["coins.log_likelihood"]["report"].splitlines()[:3] == [
        "Traceback (most recent call last):",
        '  File "übung.ipynb, code cell 5", line 1, in <module>',
        "    table = 1 / 0",
    ]
    assert "übung.ipynb, code cell 16" in outcome["gmm.e_step"]["report"]
    assert "_worker" not in outcome["gmm.e_step"]["report"]


def test_a_known_mistake_is_named(tmp_path):
    file = tmp_path / "one.py"
    file.write_text(
        "from emlib import coins\n"
        "from emlib.exercises import check, mistakes\n"
        "known = mistakes.known('coins.m_step')[0]\n"
        "def m_step(counts, gamma):\n"
        "    return coins.Params(known.function(counts, gamma))\n"
        "check('coins.m_step', m_step)\n"
    )
    (result,) = grade([str(file)], {}, limits=QUICK)
    (exercise,) = result["exercises"]
    assert exercise["status"] == "failed"
    assert exercise["stage"] in exercise["report"]
    assert set(exercise["mistake"]) == {"name", "title", "equation"}


# --- what is cut out -----------------------------------------------------------------------------


def slice_of(tmp_path, source):
    """The lines that the only check of a Python file needs."""
    path = tmp_path / "part.py"
    path.write_text(source)
    submission = read(str(path))
    (call,) = submission.checks.values()
    lines = source.splitlines()
    starts = [line for line in lines if line and not line.startswith((" ", "@"))]
    return [starts[i] for i in needed(submission.statements, call)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # The latest definition before the check counts; a later one does not.
        (
            "def f(): return 1\ndef f(): return 2\ncheck('a.b', f)\ndef f(): return 3",
            ["def f(): return 2"],
        ),
        # A local name is no reason to run the global one.
        ("x = slow()\ndef f(x): return [x for x in x]\ncheck('a.b', f)", ["def f(x)"]),
        # At call time the latest value is meant; in a default the one at the time.
        (
            "n = 1\ndef f(a=n): return n\nn = 2\ncheck('a.b', f)",
            ["n = 1", "def f(a=n)", "n = 2"],
        ),
        # What a needed statement calls finds the names as they were then.
        (
            "n = 1\ndef g(): return n\nt = g()\nn = 2\ndef f(): return t\ncheck('a.b', f)",
            ["n = 1", "def g()", "t = g()", "n = 2", "def f()"],
        ),
        # Changes of a needed value belong to it; a module's functions are not changes.
        (
            "import m\nd = {}\nd[0] = 1\nd.x = 2\nd.add(3)\nm.show(d)\nd = d + 1\n"
            "def f(): return d, m\ncheck('a.b', f)",
            ["import m", "d = {}", "d[0]", "d.x", "d.add", "d = d", "def f()"],
        ),
        # An if or a loop may leave a name as it was.
        (
            "x = 0\nif y: x = 1\nfor i in []: x += i\ncheck('a.b', x)",
            ["x = 0", "if y", "for i"],
        ),
        # Decorators, base classes and methods.
        (
            "def deco(f): return f\nclass A: pass\nk = 1\nu = 1\n@deco\nclass B(A):\n"
            "    def m(self): return k\ncheck('a.b', B().m)",
            ["def deco", "class A", "k = 1", "class B"],
        ),
        # Whatever a star brings may be needed, and so may the language's own switches.
        (
            "from __future__ import annotations\nfrom m import *\nx = 1\ncheck('a.b', f)",
            ["from __future__", "from m"],
        ),
        # Any expression can be checked.
        (
            "import functools\nz = 1\ndef g(): pass\n"
            "check('a.b', functools.partial(g, z=z, w=lambda q: q))",
            ["import functools", "z = 1", "def g()"],
        ),
        # Under any of these, a check is found.
        (
            "def f(): pass\nif __name__ == '__main__': print(m.check('a.b', f))",
            ["def f()"],
        ),
    ],
)
def test_slice(tmp_path, source, expected):
    found = slice_of(tmp_path, source)
    assert len(found) == len(expected), found
    assert all(map(str.startswith, found, expected))


STATEMENTS = (
    """
a = 1
a = b + 1
a += b
b = 3
b = f() + a
u = [a]
u.append(b)
u[0] = f()
if b > 2: a = len(u)
for a in range(3): u.append(a)
try: a = b // len(u)
except ZeroDivisionError: b = a
def f(): return a + g()
def f(x=b): return x + sum(u)
def g(): return b
def g(a=1): return a
g = lambda: a
f = [g for g in (f, g)][0]
class g(int): b = a
del u[:]
""".strip()
    .replace("\nexcept", "~except")
    .splitlines()
)


@given(lines=st.lists(st.sampled_from(STATEMENTS), max_size=12))
def test_the_slice_gives_what_the_whole_gives(lines):
    source = "\n".join(["a = b = 1; u = [2]; f = g = int", *lines]).replace("~", "\n")
    nodes = ast.parse(source).body
    try:
        whole = value_of_f(nodes)
    except (NameError, RecursionError, IndexError, UnboundLocalError):
        return
    statements, checks = [], {}
    _take_apart("here", source + "\ncheck('a.b', f)", statements, checks)
    chosen = needed(statements, checks["a.b"])
    assert value_of_f([nodes[i] for i in chosen]) == whole


def value_of_f(nodes):
    namespace = {}
    exec(compile(ast.Module(nodes, []), "here", "exec"), namespace)
    return namespace["f"]()


def test_the_last_check_of_an_exercise_counts(tmp_path):
    path = write_notebook(
        tmp_path / "twice.ipynb",
        ["check('a.b', first)", "check('a.b', second)", "other.check('disk')"],
    )
    checks = read(path).checks
    assert [(name, call.function.id) for name, call in checks.items()] == [
        ("a.b", "second")
    ]


def test_what_cannot_be_evaluated_is_a_syntax_error(tmp_path):
    cells = ["check('a.b', *both)", "return 1\ncheck('c.d', f)", "check(\n'e.f', f"]
    checks = read(write_notebook(tmp_path / "star.ipynb", cells)).checks
    assert "cell 1, line 1: can't use starred" in checks["a.b"].problem
    assert "cell 2, line 1: 'return' outside" in checks["c.d"].problem
    assert "cell 3, line 1: '(' was never" in checks["e.f"].problem


def test_magics_keep_the_lines_where_they_are(tmp_path):
    cells = [
        "\n\n%%capture out\r\n\nx = 1",
        "%%html\n<b>not Python</b>",
        "\n\ny = !ls\nz?",
    ]
    submission = read(write_notebook(tmp_path / "magic.ipynb", cells))
    assert not any(statement.problem for statement in submission.statements)
    first, _, third = submission.cells.values()
    assert first.splitlines()[4] == "x = 1"
    assert third.splitlines()[2].startswith("y = get_ipython()")


def test_a_python_file_that_cannot_be_parsed(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text(
        "# check('coins.fit', f)\ncheck('coins.e_step', f\ncheck('coins.m_step', g)"
    )
    (result,) = grade([str(path)], {})
    found = [(e["exercise"], e["status"]) for e in result["exercises"]]
    assert found == [("coins.e_step", "syntax error"), ("coins.m_step", "syntax error")]
    assert "broken.py, line 2" in result["exercises"][0]["message"]


def test_leftovers_of_an_exercise_do_not_keep_it_waiting(tmp_path):
    """Threads, children and handlers of a function are ended with it."""
    path = tmp_path / "busy.py"
    path.write_text(
        "import subprocess, sys, threading, time\n"
        "from emlib import coins\n"
        "def e_step(counts, params):\n"
        "    threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "    return coins.naive.e_step(counts, params)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "e_step.child = child\n"
        "check('coins.e_step', e_step)\n"
    )
    (result,) = grade([str(path)], {})
    assert result["passed"] == 1
    assert result["exercises"][0]["seconds"] < 20


def test_what_is_done_to_the_process_itself_costs_one_exercise(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "STARTING", 1.5)
    path = tmp_path / "other.py"
    path.write_text(
        "import os, sys\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "e_step = os.execv(sys.executable, sleep)\n"
        "check('coins.e_step', e_step)\n"
        "import json\n"
        "json.dump = None\n"
        "check('coins.m_step', json)\n"
    )
    (result,) = grade([str(path)], {}, limits=Limits(time=0.5))
    lost, confused = result["exercises"]
    assert (lost["status"], lost["seconds"] < 20) == ("timeout", True)
    assert confused["status"] == "crashed"
    assert "exit status 1" in confused["message"]


# --- the command line ----------------------------------------------------------------------------

GOOD = """from emlib import coins


def e_step(counts, params):
    return coins.naive.e_step(counts, params)


check("coins.e_step", e_step)
"""
BOTH = GOOD + 'check("coins.m_step", lambda *data: coins.naive.m_step(*data))\n'


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
    assert "2/2" in printed.err  # the progress bar
    status, printed = run(["grade", good, less, "--jobs", "2"], capsys)
    assert status == 1
    assert "missing           coins.m_step" in printed.out
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
    path.write_text('check("coins.e_step", lambda counts, params: None)')
    status, printed = run(["grade", str(path)], capsys)
    assert status == 1
    assert "        coins.e_step: not right yet\n" in printed.out


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
    """From another folder, with the real catalogue; JSON on stdout, the bar on stderr."""
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
