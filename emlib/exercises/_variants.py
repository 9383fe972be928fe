"""The package's own functions with one change: a part, an argument, or an intermediate result.

The package's code, run in a copy of its module, computes how a mistake in one place affects the
whole. So no second implementation is needed, and other callers are not affected.
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
        Functions that replace others, by the name that the module uses for those.
    exchange : callable, optional
        Maps an array or number that has passed the checks of arguments to the value that replaces
        it.
    given : dict, optional
        Values for parts of the result, by name. Each replaces the computed value as soon as that
        is assigned, so that the rest is computed from it.

    Returns
    -------
    callable
        Unlike the original, it does not check whether its result exists (`require_...`).
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

    `others` may be such a copy of another module: functions imported from it come from the copy.
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
    """A function's definition, compiled, in which given values replace those of some names."""
    path = inspect.getsourcefile(import_module(module_name))
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    own = [d for d in tree.body if getattr(d, "name", None) == function]
    for name in given:
        _hand_in(own[0], name)
    return compile(ast.fix_missing_locations(ast.Module(own, [])), path, "exec")


def _hand_in(definition, name):
    """After each statement that assigns a name, assign the given value instead."""
    taken = ast.parse(f"{name} = _given[{name!r}]").body
    body = []
    for statement in definition.body:
        body.append(statement)
        if name in stored(statement):
            body += taken
    definition.body = body


def stored(node):
    """The names that a tree assigns to."""
    return {
        inside.id
        for inside in ast.walk(node)
        if isinstance(inside, ast.Name) and isinstance(inside.ctx, ast.Store)
    }


@cache
def computes(exercise, name):
    """Whether an exercise's vectorised function assigns to a name."""
    topic, function = exercise.split(".")
    source = inspect.getsource(
        getattr(import_module(f"emlib.{topic}.vectorized"), function)
    )
    return name in stored(ast.parse(source))


def globals_read(function):
    """The global and attribute names in a function's code and in functions inside it."""
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
    """A copy of an exercise's vectorised function that changes a variable when it is assigned.

    Parameters
    ----------
    exercise : str
        Topic and function.
    name : str
        One of its `variables`.
    change : callable
        Maps its value to the value that replaces it.

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
    """The trees of a function and of the functions in its module that it uses."""
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
    """Changes a variable's value after each assignment to it."""

    def __init__(self, name):
        self.change = ast.parse(f"{name} = _change({name})").body
        self.name = name

    def visit_Assign(self, node):
        return [node, *self.change] if self.name in stored(node) else node


class _Checks:
    """The module of checks, with the results of its functions exchanged."""

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
