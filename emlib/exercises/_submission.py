"""Read a submission: its cells, and the calls of `check` that are written in them.

A submission is a notebook or a Python file with calls ``check("gmm.e_step", my_e_step)``. None of
its code is run here.
"""

import ast
import json
import re
import tokenize
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Cell(NamedTuple):
    """What runs as a unit: a notebook's cell, or a statement of a Python file.

    Attributes
    ----------
    place : str
        Where it is, such as ``"two-coins.ipynb, code cell 12"`` or ``"two_coins.py"``.
    source : str
        The cell's text; for a Python file, the text of the whole file.
    statement : int or None
        Its place among the statements of a Python file, from 0; None for a notebook's cell.
    checks : tuple of str
        The exercises that it checks by a name that can be read without running it.
    problem : str or None
        Why it cannot be parsed; None if it can.
    """

    place: str
    source: str
    statement: int | None = None
    checks: tuple = ()
    problem: str | None = None

    @property
    def text(self):
        """Its own part of the source."""
        if self.statement is None:
            return self.source
        node = ast.parse(self.source).body[self.statement]
        return ast.get_source_segment(self.source, node)


class Submission(NamedTuple):
    """A submitted file: its cells in order, or why it cannot be read."""

    file: str
    chapter: str | None
    cells: tuple = ()
    problem: str | None = None


def read(file, chapter=None):
    """Read a submission; if the file cannot be read, `problem` says why."""
    try:
        return _read(file, Path(file), chapter)
    except Exception as error:  # nbformat raises many kinds
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        problem = f"cannot be read as a notebook or a Python file: {reason}"
        return Submission(file, chapter, (), problem)


def _read(file, path, chapter):
    content = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # doubtful code, an old notebook
        document = _document(path, content)
        if document is None:
            return Submission(file, chapter, _python_file(path.name, _text(content)))
        notebook = nbformat.reads(json.dumps(document), as_version=4)
        kernel = notebook.metadata.get("kernelspec") or {}
        language = kernel.get("language") or "python"
        if "python" not in language.lower():
            problem = f"its code is {language}, according to its kernel; the exercises need Python"
            return Submission(file, chapter, (), problem)
        code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        cells = tuple(
            _notebook_cell(f"{path.name}, code cell {number}", source)
            for number, source in enumerate(code, start=1)
        )
    found = (notebook.metadata.get("emlib") or {}).get("chapter")
    return Submission(
        file, chapter or (found if isinstance(found, str) else None), cells
    )


def _document(path, content):
    """A notebook's JSON; None for a Python file. The content decides, not the name.

    Mail programs and learning platforms change file extensions: hw.ipynb.txt, hw.json.
    """
    try:
        # Editors use every encoding that JSON allows, with or without a byte order mark.
        document = json.loads(content.decode(json.detect_encoding(content)))
    except ValueError:
        if path.suffix.lower() == ".ipynb":
            raise
        return None
    is_notebook = isinstance(document, dict) and "nbformat" in document
    return document if is_notebook or path.suffix.lower() == ".ipynb" else None


def _text(content):
    """The text of a Python file, in the encoding that it declares."""
    encoding, _ = tokenize.detect_encoding(BytesIO(content).readline)
    return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def _python_file(place, source):
    """A Python file, statement by statement, so that one that raises does not stop the others."""
    try:
        compile(source, place, "exec", dont_inherit=True)
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return (_broken(place, source, source, error),)
    return tuple(
        Cell(place, source, number, _checks(node)) for number, node in enumerate(body)
    )


def _notebook_cell(place, source):
    source = plain = source.replace("\r\n", "\n")
    try:
        plain = _plain_python(source)
        tree = ast.parse(plain)
        # As IPython runs it, statement by statement, with `await` outside of functions.
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        for node in tree.body:
            compile(ast.Module([node], []), place, "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _broken(place, source, plain, error)
    return Cell(place, source, None, _checks(tree))


def _plain_python(source):
    """A cell as Python that can be parsed, with every line at its old place."""
    # These magics run the rest of the cell as Python; the other cell magics do not.
    source = re.sub(
        r"\A((?:[ \t]*\n)*)%%(?:time|capture|prun|timeit)\b.*", r"\1", source
    )
    blank = re.match(r"(?:[ \t]*\n)*", source).end()  # IPython would drop these lines
    return source[:blank] + TransformerManager().transform_cell(source[blank:])


def _checks(tree):
    """The exercises that a tree checks when it runs, each once."""
    return tuple(dict.fromkeys(_named(node) for node in filter(_is_check, _now(tree))))


def _now(node):
    """The parts of a tree that run when it runs: all but the bodies of functions."""
    yield node
    for child in ast.iter_child_nodes(node):
        in_function = isinstance(node, FUNCTIONS) and child in _listed(node.body)
        if not in_function:
            yield from _now(child)


def _listed(body):
    return body if isinstance(body, list) else [body]


def _is_check(node):
    """Whether this is a call of `check` or `something.check` with the name of an exercise."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):  # other objects may have a method `check`
        return node.func.attr == "check" and "." in (_named(node) or "")
    return getattr(node.func, "id", None) == "check" and _named(node) is not None


def _named(call):
    """The name of an exercise in a call, if it is a string literal; None otherwise."""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "exercise"]
    name = getattr(next(iter([*call.args[:1], *given]), None), "value", None)
    return name if isinstance(name, str) else None


def _broken(place, source, plain, error):
    """A cell that cannot be parsed as Python."""
    line = getattr(error, "lineno", None)
    problem = (
        f"{place}{f', line {line}' if line else ''}: {getattr(error, 'msg', error)}"
    )
    with suppress(IndexError, TypeError):
        text = plain.split("\n")[line - 1].strip()
        problem += f": {text}"
    called = r"""^[^#\n]*\bcheck\(\s*(?:exercise *= *)?["']([^"'\n]+)"""
    checks = tuple(dict.fromkeys(re.findall(called, source, re.M)))
    return Cell(place, source, None, checks, problem)


def seems_to_bind(source, name):
    """Whether text that was not run seems to assign this name; it need not be valid Python."""
    name = re.escape(name)
    forms = (
        rf"^[ \t]*(?:async +)?(?:def|class) +{name}\b",
        rf"^[^#\n=(]*\b{name} *(?::[^=\n]+)?=(?!=)",
        rf"\b{name} *:=",
        rf"^[ \t]*(?:from .+ )?import\b[^#\n]*\b{name}\b",
        rf"\b(?:as|for) +{name}\b",
    )
    return any(re.search(form, source, re.M) for form in forms)
