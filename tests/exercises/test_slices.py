"""Of a submission, each exercise is run with the lines that it needs, and no others."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib.exercises._submission import _take_apart, needed, read
from tests.exercises.submissions import write_notebook


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


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("hw.ipynb", "utf-8"),
        ("hw.ipynb", "utf-8-sig"),
        ("hw.ipynb", "utf-16"),
        ("hw.ipynb", "utf-16-be"),
        ("hw.ipynb", "utf-32"),
        ("HW.IPYNB", "utf-8"),
        ("hw.py", "utf-8-sig"),
    ],
)
def test_a_file_is_read_as_editors_save_it(name, encoding, tmp_path):
    source = "größe = 1\ndef f(): return größe\ncheck('a.b', f)"
    notebook = tmp_path / "plain.ipynb"
    write_notebook(notebook, [source])
    text = source if name.endswith("py") else notebook.read_text("utf-8")
    (tmp_path / name).write_text(text, encoding=encoding)
    submission = read(str(tmp_path / name))
    assert submission.problem is None
    assert list(submission.checks) == ["a.b"]
    assert "größe = 1" in "".join(submission.cells.values())
