"""Take a submission apart: what it checks, and the statements that this needs.

A submission is a notebook or a Python file with calls ``check("gmm.e_step", my_e_step)``. Nothing
of it is run here.
"""

import ast
import dis
import inspect
import json
import re
import tokenize
import warnings
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Statement(NamedTuple):
    """A statement at the top level of a cell, or a whole cell that is not Python.

    Attributes
    ----------
    place : str
        The cell, such as ``"two-coins.ipynb, code cell 12"``; a Python file is one cell.
    index : int
        Which statement of the cell it is.
    binds, calls : set of str
        The names that it gives a value or changes (``"*"`` for whatever a module holds), and
        those of which it only calls a method: ``rows.append(1)`` changes rows, too.
    now, later : set of str
        The names that it looks up itself, and those that a function in it looks up when called.
    imports : bool
        Whether it is an import.
    problem : str or None
        Why it cannot be parsed.
    """

    place: str
    index: int
    binds: set
    calls: set
    now: set
    later: set
    imports: bool = False
    problem: str | None = None


class Check(NamedTuple):
    """A call of `check`.

    Attributes
    ----------
    place : str
        The cell.
    before : int
        The number of the statement it stands in.
    function : ast.expr or None
        What it is given.
    names : set of str
        The names in that.
    problem : str or None
        Why the cell cannot be parsed.
    """

    place: str
    before: int
    function: ast.expr | None
    names: set
    problem: str | None = None


class Submission(NamedTuple):
    """A file, taken apart."""

    file: str
    chapter: str | None
    cells: dict
    statements: list
    checks: dict
    problem: str | None = None


# --- reading ------------------------------------------------------------------------------------


def read(file, chapter=None):
    """Take a submission apart; what is wrong with the file becomes its `problem`."""
    try:
        found, cells = _cells(Path(file))
    except Exception as error:  # of whatever kind: nbformat has many
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        problem = f"cannot be read as a notebook or a Python file: {reason}"
        return Submission(file, chapter, {}, [], {}, problem)
    statements, checks = [], {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the submission's own doubtful lines
        for place, source in cells.items():
            _take_apart(place, source, statements, checks)
    return Submission(file, chapter or found, cells, statements, checks)


def _cells(path):
    """The chapter that a file says it belongs to, and its code by place."""
    if path.suffix.lower() != ".ipynb":
        with tokenize.open(path) as lines:  # in the encoding that the file declares
            return None, {path.name: lines.read()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an old notebook's cells have no ids
        # Editors save it in any of the encodings of JSON, with a byte order mark or without.
        content = path.read_bytes()
        text = content.decode(json.detect_encoding(content))
        notebook = nbformat.reads(text, as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    chapter = notebook.metadata.get("emlib", {}).get("chapter")
    return chapter if isinstance(chapter, str) else None, {
        f"{path.name}, code cell {number}": _plain_python(source)
        for number, source in enumerate(code, start=1)
    }


def _plain_python(source):
    """A cell without magics, its lines where they were."""
    # These run the rest of the cell as if they were not there; the others have it to themselves.
    source = source.replace("\r\n", "\n")
    source = re.sub(r"\A((?:[ \t]*\n)*)%%(?:time|capture|prun)\b.*", r"\1", source)
    blank = re.match(r"(?:[ \t]*\n)*", source).end()  # IPython would drop these lines
    return source[:blank] + TransformerManager().transform_cell(source[blank:])


def _take_apart(place, source, statements, checks):
    """Append the statements of a cell, and enter its checks; the last check of a name counts."""
    first, found = len(statements), {}
    try:
        for number, node in enumerate(ast.parse(source).body, start=first):
            statements.append(_statement(place, number - first, node))
            for call in filter(_is_check, _nodes_run_now(node)):
                given = [k.value for k in call.keywords if k.arg == "function"]
                function = next(iter(call.args[1:2] + given), None)
                code = function and _compiled(function, place)
                used = set.union(*_looked_up(code)) if function else set()
                found[call.args[0].value] = Check(place, number, function, used)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        found = {}
        broken = _broken(place, source, error)
        statements[first:] = [broken]
        for name in re.findall(r"""^[^#\n]*\bcheck\(\s*["']([^"'\n]+)""", source, re.M):
            found[name] = Check(place, first, None, set(), broken.problem)
    checks |= found


def _is_check(node):
    """Whether this is a call of `check` or `something.check` with the name of an exercise."""
    if not (isinstance(node, ast.Call) and node.args):
        return False
    name = getattr(node.args[0], "value", None)
    if isinstance(node.func, ast.Attribute):  # other objects have methods of that name
        return node.func.attr == "check" and "." in str(name) and isinstance(name, str)
    return getattr(node.func, "id", None) == "check" and isinstance(name, str)


def _broken(place, source, error):
    """A cell that is not Python, as one statement that binds what it seems to bind."""
    line = getattr(error, "lineno", None)
    problem = (
        f"{place}{f', line {line}' if line else ''}: {getattr(error, 'msg', error)}"
    )
    with suppress(IndexError, TypeError):
        text = source.split("\n")[line - 1].strip()
        problem += f": {text}"
    defined = re.findall(r"^(?:async +)?(?:def|class) +(\w+)", source, re.M)
    assigned = re.findall(r"^(\w+) *(?::[^=\n]+)?=(?!=)", source, re.M)
    imported = re.findall(r"^(?:from .+ )?import +(.+)", source, re.M)
    imported = [
        name.split()[-1]
        for line in imported
        for name in line.split(",")
        if name.strip()
    ]
    return Statement(
        place, 0, {*defined, *assigned, *imported}, set(), set(), set(), problem=problem
    )


# --- cutting out --------------------------------------------------------------------------------


def _statement(place, index, node):
    """What a statement binds and looks up, as the compiler sees it."""
    code = _compiled(node, place)
    stores = ("STORE_NAME", "STORE_GLOBAL", "DELETE_NAME")
    binds = {i.argval for i in dis.get_instructions(code) if i.opname in stores}
    now, later = _looked_up(code)
    if {"body", "cases"} & {*node._fields} and not isinstance(node, DEFINITIONS):
        now |= binds  # an if or a loop may leave a name as it was
    if not isinstance(node, DEFINITIONS[:2]) or node.decorator_list:
        now |= later  # it may call what it defines
    if isinstance(node, ast.ImportFrom) and (
        node.module == "__future__" or node.names[0].name == "*"
    ):
        binds.add("*")
    calls = set()
    for part in _nodes_run_now(node):
        if isinstance(getattr(part, "ctx", None), ast.Store | ast.Del):
            binds |= _owner(part)
        elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
            calls |= _owner(part.value.func)
    imports = isinstance(node, ast.Import | ast.ImportFrom)
    return Statement(place, index, binds, calls, now, later, imports)


def _compiled(node, place):
    """Code of a statement or an expression, by itself."""
    statement = isinstance(node, ast.stmt)
    tree = ast.Module([node], []) if statement else ast.Expression(node)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # as in a notebook
    return compile(
        tree, place, "exec" if statement else "eval", flags, dont_inherit=True
    )


def _looked_up(code, called=False):
    """The global names that code looks up when it runs, and when a function in it is called."""
    loads = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS")
    found = {i.argval for i in dis.get_instructions(code) if i.opname in loads}
    now, later = (set(), found) if called else (found, set())
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            # A class body runs at once, and so does a comprehension.
            function = inner.co_flags & inspect.CO_OPTIMIZED and (
                not inner.co_name.endswith(("comp>", "genexpr>"))
            )
            parts = _looked_up(inner, called or function)
            now, later = now | parts[0], later | parts[1]
    return now, later


def _nodes_run_now(node):
    """The parts of a statement that run with it: not the bodies of its functions."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Lambda) and not (
            isinstance(node, DEFINITIONS[:2]) and child in node.body
        ):
            yield from _nodes_run_now(child)


def _owner(node):
    """The name of what an attribute or an entry belongs to, if it is one and has a name."""
    inside = node
    while isinstance(inside, ast.Attribute | ast.Subscript):
        inside = inside.value
    return {inside.id} if inside is not node and isinstance(inside, ast.Name) else set()


def needed(statements, check):
    """The numbers of the statements that a check's function needs.

    A name means its latest binding before it is looked up. A function looks its names up when it
    is called: at the check, and where a needed statement calls it before.
    """
    statements = statements[: check.before]
    modules = set().union(*(s.binds for s in statements if s.imports))
    changes = [s.binds | (s.calls - modules) for s in statements]
    waiting = [(name, check.before) for name in check.names]
    chosen, seen = {i for i, names in enumerate(changes) if "*" in names}, set()
    while waiting:
        name, when = waiting.pop()
        if (name, when) in seen:
            continue
        seen.add((name, when))
        for i in reversed(range(when)):
            if name in changes[i]:
                chosen.add(i)
                waiting += [(other, i) for other in statements[i].now]
                for moment in (when, check.before):
                    waiting += [(other, moment) for other in statements[i].later]
                break
    return sorted(chosen)
