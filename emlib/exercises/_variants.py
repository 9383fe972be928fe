"""The package's own functions with one thing changed: a part, an argument, or a result on the way.

What a mistake in one place does to the whole is computed by the package's code, run in a copy of
its module, so that no second implementation is needed, and other callers notice nothing.
"""

import ast
import inspect
import types
from functools import cache
from importlib import import_module

import numpy as np


def variant(exercise, parts=None, exchange=None, given=None):
    """A copy of an exercise's vectorised function.

    Parameters
    ----------
    exercise : str
        Topic and function, such as ``"gmm.e_step"``.
    parts : dict, optional
        Functions to call in the place of others, by the name that the module knows them by.
    exchange : callable, optional
        Maps an array or number that has passed the checks of arguments to what the function goes
        on with.
    given : dict, optional
        Values for parts of the result, by name. They take the place of what was computed as soon
        as it is there, so that the rest is computed from them.

    Returns
    -------
    callable
        It does not ask whether what it has computed exists, as the original does.
    """
    topic, name = exercise.split(".")
    module = import_module(f"emlib.{topic}.vectorized")
    copy = rebound(module)
    for key, value in vars(module).items():
        if key.startswith("require_"):
            copy[key] = lambda *arguments: None
        elif exchange and key.startswith("check_"):
            copy[key] = _exchanging(value, exchange)
        elif exchange and key == "_checks":
            copy[key] = _Checks(value, exchange)
    if given:
        exec(_code(module.__name__, name, tuple(given)), copy)
    copy.update(parts or {}, _given=given)
    return copy[name]


def rebound(module, others=None):
    """A copy of what a module defines, whose functions call each other's copies.

    `others` may be such a copy of another module: what was imported from that is taken from it.
    """
    copy = dict(vars(module))
    for name, value in vars(module).items():
        if not inspect.isfunction(value):
            continue
        if value.__module__ == module.__name__:
            own = types.FunctionType(
                value.__code__, copy, name, value.__defaults__, value.__closure__
            )
            own.__kwdefaults__ = value.__kwdefaults__
            copy[name] = own
        elif others is not None and value.__module__ == others["__name__"]:
            copy[name] = others[value.__name__]
    return copy


@cache
def _code(module_name, function, given):
    """A function's definition, in which what is computed for the names `given` is exchanged."""
    path = inspect.getsourcefile(import_module(module_name))
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    own = [d for d in tree.body if getattr(d, "name", None) == function]
    for name in given:
        _hand_in(own[0], name)
    return compile(ast.fix_missing_locations(ast.Module(own, [])), path, "exec")


def _hand_in(definition, name):
    """After each statement of a function that computes a name, take what is given instead."""
    taken = ast.parse(f"{name} = _given[{name!r}]").body
    body = []
    for statement in definition.body:
        body.append(statement)
        if name in stored(statement):
            body += taken
    definition.body = body


def stored(node):
    """The names that a piece of code assigns to."""
    return {
        inside.id
        for inside in ast.walk(node)
        if isinstance(inside, ast.Name) and isinstance(inside.ctx, ast.Store)
    }


@cache
def computes(exercise, name):
    """Whether an exercise's vectorised function has a variable of that name."""
    topic, function = exercise.split(".")
    source = inspect.getsource(
        getattr(import_module(f"emlib.{topic}.vectorized"), function)
    )
    return name in stored(ast.parse(source))


def globals_read(function):
    """The global names in a function's code and in that of functions inside it, in their order."""
    read, waiting = [], [function.__code__]
    while waiting:
        code = waiting.pop()
        read += code.co_names
        waiting += filter(inspect.iscode, code.co_consts)
    return tuple(dict.fromkeys(read))


@cache
def variables(exercise):
    """The names that an exercise's vectorised function and its own helpers assign to."""
    return tuple(
        dict.fromkeys(name for own in _definitions(exercise) for name in _assigned(own))
    )


def changing(exercise, name, change):
    """A copy of an exercise's vectorised function in which a variable is changed once it is made.

    Parameters
    ----------
    exercise : str
        Topic and function.
    name : str
        One of its `variables`.
    change : callable
        Maps its value to what the function goes on with.

    Returns
    -------
    callable
        As from `variant`.
    """
    function = variant(exercise)
    scope = function.__globals__
    exec(_changing_code(exercise, name), scope)
    scope["_change"] = change
    return scope[exercise.partition(".")[2]]


@cache
def _changing_code(exercise, name):
    definitions = [
        ast.parse(ast.unparse(own)).body[0] for own in _definitions(exercise)
    ]
    for own in definitions:
        _Changing(name).visit(own)
    tree = ast.fix_missing_locations(ast.Module(definitions, []))
    return compile(tree, f"<{exercise} with another {name}>", "exec")


@cache
def _definitions(exercise):
    """The trees of a function and of those of its module that it calls."""
    topic, function = exercise.split(".")
    module = import_module(f"emlib.{topic}.vectorized")
    tree = ast.parse(inspect.getsource(module))
    defined = {d.name: d for d in tree.body if isinstance(d, ast.FunctionDef)}
    found, waiting = {}, [function]
    while waiting:
        name = waiting.pop()
        if name in defined and name not in found:
            found[name] = defined[name]
            waiting += globals_read(getattr(module, name))
    return tuple(found.values())


def _assigned(definition):
    return [
        node.id
        for statement in ast.walk(definition)
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


class _Changing(ast.NodeTransformer):
    """After each assignment to a name, its value is changed."""

    def __init__(self, name):
        self.change = ast.parse(f"{name} = _change({name})").body
        self.name = name

    def visit_Assign(self, node):
        return [node, *self.change] if self.name in stored(node) else node


class _Checks:
    """The module of checks, whose results are exchanged."""

    def __init__(self, module, exchange):
        self._module, self._exchange = module, exchange

    def __getattr__(self, name):
        value = getattr(self._module, name)
        return _exchanging(value, self._exchange) if callable(value) else value


def _exchanging(check, exchange):
    return lambda *arguments, **options: _exchanged(
        check(*arguments, **options), exchange
    )


def _exchanged(value, exchange):
    if hasattr(value, "_fields"):
        return type(value)(*(_exchanged(field, exchange) for field in value))
    if isinstance(value, tuple):
        return tuple(_exchanged(item, exchange) for item in value)
    return exchange(value) if isinstance(value, (np.ndarray, float, int)) else value
