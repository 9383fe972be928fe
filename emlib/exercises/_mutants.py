"""Mutants of the twins: the package's own functions with a change in a single place.

That place is an operator, a call, an index, a number or a name. Many slips are such a change: where
a reader's numbers are those of a mutant, the changed line says what is wrong. `check` must reject
every mutant that changes a result; the tests verify that it does.
"""

import ast
import copy
import inspect
import types
import warnings
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from itertools import count
from typing import NamedTuple

import numpy as np

from emlib.exercises._contract import names
from emlib.exercises._variants import rebound

SIDES = "naive", "vectorized"

OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.Sub, ast.FloorDiv),
    ast.FloorDiv: (ast.Mult,),
    ast.Pow: (ast.Mult, ast.Add),
    ast.MatMult: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
# What is called (after the last dot), and what may be called instead.
CALLS = {
    "log": ("exp", "sqrt", "log2", "log1p"),
    "exp": ("log", "sqrt", "expm1"),
    "sqrt": ("log", "exp"),
    "sum": ("max", "min", "mean", "prod"),
    "max": ("min", "sum", "mean"),
    "cumsum": ("cumprod",),
    "all": ("any",),
    "any": ("all",),
    "isnan": ("isinf",),
    "isneginf": ("isposinf", "isinf"),
    "random": ("standard_normal",),
    "standard_normal": ("random",),
}
FUNCTIONS_OF_ONE_NUMBER = {"log", "exp", "sqrt"}
SIZES = {"N", "S", "D", "K"}
# A number often added to avoid division by zero, and pi as often typed in from memory.
SLIGHT, PI = 1e-6, 3.1416
TURNS = 1_000_000  # iterations of `while` loops after which a mutant is stopped


class Mutant(NamedTuple):
    """A twin module with one change.

    Attributes
    ----------
    topic, side : str
        The module, such as ``"gmm"`` and ``"naive"``.
    number : int
        Its place among the module's mutants, from 0.
    definition : str
        The function or constant that is changed.
    line : int
        Where the change is.
    statement, old, new : str
        The changed statement's first line, the original text and the text that replaces it.
    code : types.CodeType or None
        The changed definition, compiled if it was asked for.
    exercises : tuple of str
        The public functions that use the changed definition.
    renamed : bool
        Whether one variable replaces another.
    slight : bool
        Whether only late digits change, which a lenient check would overlook.
    """

    topic: str
    side: str
    number: int
    definition: str
    line: int
    statement: str
    old: str
    new: str
    code: types.CodeType | None
    exercises: tuple
    renamed: bool
    slight: bool

    def __str__(self):
        place = f"emlib/{self.topic}/{self.side}.py, line {self.line}"
        return f"{place}: {self.statement}  # was {self.old}"

    def namespace(self):
        """What the module defines, with the change; the module itself stays as it is."""
        changed = rebound(prepared(self.topic, self.side))
        changed["turns"] = iter(range(TURNS))
        with quiet():
            exec(self.code, changed)
        return changed

    def functions(self):
        """The mutated functions, by exercise."""
        changed = self.namespace()
        return {name: changed[name.partition(".")[2]] for name in self.exercises}


@cache
def parsed(topic, side):
    """The tree of a twin module, made deterministic, with a bound on every `while` loop."""
    path = inspect.getsourcefile(import_module(f"emlib.{topic}.{side}"))
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "empty":
            node.attr = "zeros"  # the contents of `empty` are undefined
        elif isinstance(node, ast.While):
            node.body += ast.parse("next(turns)").body
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets) == "BLOCK":
            node.value.value = 4  # so that a small problem has several blocks
    return ast.fix_missing_locations(tree)


@cache
def prepared(topic, side):
    """A twin module made from that tree."""
    module = types.ModuleType(f"emlib.{topic}.{side}")
    module.turns = iter(range(TURNS))
    with quiet():
        exec(
            compile(parsed(topic, side), f"<emlib.{topic}.{side}>", "exec"),
            vars(module),
        )
    return module


@contextmanager
def quiet():
    """Silence warnings: a mutant may divide by zero."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


# --- what is changed ----------------------------------------------------------------------------


def alternatives(node, variables):
    """What may replace a node; `variables` are the names that may replace a name."""
    match node:
        case ast.BinOp(left, op, right):
            yield from (ast.BinOp(left, o(), right) for o in OPERATORS[type(op)])
            yield left
            yield right
            yield ast.BinOp(ast.UnaryOp(ast.USub(), left), op, right)
            if not isinstance(op, (ast.Add, ast.Mult)):
                yield ast.BinOp(right, op, left)
            if isinstance(op, ast.Div):
                yield ast.BinOp(left, op, slightly_more(right))
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.Compare(left, [op], right):
            yield from (ast.Compare(left, [o()], right) for o in OPERATORS[type(op)])
        case ast.BoolOp(op, values):
            yield from (ast.BoolOp(o(), values) for o in OPERATORS[type(op)])
            yield from values
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.AugAssign(target, op, value):
            yield from (ast.AugAssign(target, o(), value) for o in OPERATORS[type(op)])
            yield ast.Assign([target], value)
        case ast.Constant(bool() | str() | None | types.EllipsisType()):
            pass
        case ast.Constant(c):
            yield from map(ast.Constant, {c + 1, c - 1, 0 * c, 2 * c, -c} - {c})
        case ast.Subscript(value, ast.Name() as index):
            previous = ast.BinOp(index, ast.Sub(), ast.Constant(1))
            yield ast.Subscript(value, previous, node.ctx)
        case ast.Attribute(value, "T"):
            yield value
        case ast.Attribute(_, "pi"):
            yield ast.Constant(PI)
        case ast.Call(function, arguments):
            yield from calls(function, arguments, node.keywords)
        case ast.Slice(lower, upper) if lower or upper:
            yield ast.Slice(upper, lower)
            yield from (ast.Slice(bound, upper) for bound in shifted(lower))
            yield from (ast.Slice(lower, bound) for bound in shifted(upper))
        case ast.Tuple(elements) | ast.List(elements):
            remade = type(node)
            yield from (remade(s, node.ctx) for s in swapped(elements))
            rest = [e for e in elements if getattr(e, "value", 0) is not None]
            if len(rest) < len(elements):  # an index [:, None]
                yield remade(rest, node.ctx)
        case ast.Name(name, ast.Load()):
            yield from (ast.Name(v, node.ctx) for v in variables if v != name)


def calls(function, arguments, keywords):
    """What may replace a call."""
    name = getattr(function, "attr", getattr(function, "id", ""))
    for other in CALLS.get(name, ()):
        if isinstance(function, ast.Attribute):
            yield ast.Call(
                ast.Attribute(function.value, other, function.ctx), arguments, keywords
            )
        elif other in ("sum", "max", "min"):  # the built-in functions
            yield ast.Call(ast.Name(other, function.ctx), arguments, keywords)
    if name in FUNCTIONS_OF_ONE_NUMBER:
        yield arguments[0]
        yield ast.Call(function, [ast.UnaryOp(ast.USub(), arguments[0])], keywords)
    if name == "log":
        yield ast.Call(function, [slightly_more(arguments[0])], keywords)
    if name == "range":
        yield from (ast.Call(function, [bound], []) for bound in shifted(arguments[0]))
        yield ast.Call(function, [ast.Constant(1), *arguments], [])
    yield from (ast.Call(function, s, keywords) for s in swapped(arguments))


def slightly_more(node):
    """A divisor, or the argument of a logarithm, with a small number added for safety."""
    return ast.BinOp(node, ast.Add(), ast.Constant(SLIGHT))


def is_slight(new):
    """Whether the replacement differs from the original in late digits alone."""
    match new:
        case ast.BinOp(right=ast.BinOp(right=ast.Constant(value))):
            return value == SLIGHT
        case ast.Call(args=[ast.BinOp(right=ast.Constant(value))]):
            return value == SLIGHT
    return isinstance(new, ast.Constant) and new.value == PI


def shifted(bound):
    """A bound plus 1 and minus 1; nothing for a constant, which is changed as a number."""
    if bound is not None and not isinstance(bound, ast.Constant):
        yield ast.BinOp(bound, ast.Add(), ast.Constant(1))
        yield ast.BinOp(bound, ast.Sub(), ast.Constant(1))


def swapped(elements):
    """The elements with two neighbours exchanged."""
    for i in range(len(elements) - 1):
        yield [*elements[:i], elements[i + 1], elements[i], *elements[i + 2 :]]


# --- where it may be changed --------------------------------------------------------------------


def is_check(node):
    """Whether this only handles bad input or an option, which are no part of an exercise."""
    match node:
        case ast.If(test=ast.Compare(ops=[ast.IsNot()])):  # if prior is not None
            return True
        case ast.Expr() | ast.If(body=[ast.Raise()]):  # no result
            return True
        case ast.Assign(value=ast.Call() as call) | (ast.Call() as call):
            return ast.unparse(call).startswith(("check_", "_checks."))
    return False


def loaded(node):
    """The names that are read outside of checks."""
    if is_check(node):
        return set()
    own = {node.id} if isinstance(node, ast.Name) and _is_read(node) else set()
    return own.union(*map(loaded, ast.iter_child_nodes(node)))


def _stored(function):
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and not _is_read(node)
    }


def _is_read(name):
    return isinstance(name.ctx, ast.Load)


def spots(node, read, loops=(), statement=None):
    """Each node that may be changed: its parent, field, place in the field, loops, statement.

    An assignment to names that are not in `read` serves a check, and is left out.
    """
    if isinstance(node, ast.stmt):
        statement = node
    inside = loops
    if isinstance(node, ast.For):
        inside = (*loops, *_names(node.target))
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        loops = inside = (*loops, *_names(node.generators[0].target))
    elif isinstance(node, ast.comprehension):
        loops = tuple(name for name in loops if name not in _names(node.target))
    for field, value in ast.iter_fields(node):
        around = loops if field in ("iter", "target") else inside
        for place, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, (ast.stmt, ast.expr, ast.comprehension)):
                unread = isinstance(child, ast.Assign) and not (
                    read & set(_names(ast.Tuple(child.targets)))
                )
                if not unread and not is_check(child):
                    whole = child if isinstance(child, ast.stmt) else statement
                    yield node, field, place, child, around, whole
                    yield from spots(child, read, around, statement)


def _names(target):
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def exchangeable(function):
    """A function (name node, loops) -> the names that may replace it."""
    read = loaded(function)
    bound, counters = {}, set()
    for node in ast.walk(function):
        if isinstance(node, (ast.For, ast.comprehension)):
            counters.update(_names(node.target))
        elif isinstance(node, ast.arg):
            bound[node.arg] = node.lineno
        elif isinstance(node, ast.Name) and not _is_read(node):
            bound.setdefault(node.id, node.lineno)

    def others(node, loops):
        if node.id in loops:
            return sorted(set(loops))
        if node.id not in bound:
            return []
        return sorted(
            name
            for name in read - counters
            if bound.get(name, np.inf) < node.lineno
            and (name in SIZES) == (node.id in SIZES)
        )

    return others


def mutants(topic, side, wanted=None, only=None):
    """Every mutant of a twin module, or of `only` one definition, in the order of its source.

    Only those whose number is in `wanted` are compiled, because that takes time; by default, all.
    """
    definitions, numbers = definitions_of(topic, side), count()
    slow = getattr(import_module(f"emlib.{topic}"), "SLOW", ())
    uses = {
        public: reached(public, definitions)
        for public in definitions
        if f"{topic}.{public}" in names() and public not in slow
    }
    for name, definition in definitions.items():
        if only not in (None, name):
            continue
        exercises = tuple(
            f"{topic}.{public}" for public in uses if name in uses[public]
        )
        # A copy, because `changes` changes it in place.
        definition = copy.deepcopy(definition)
        module = ast.Module([definition], [])
        for line, *texts, renamed, slight in changes(definition):
            number, code = next(numbers), None
            if wanted is None or number in wanted:
                code = compile(module, f"<mutant of emlib.{topic}.{side}>", "exec")
            where = topic, side, number, name, line
            yield Mutant(*where, *texts, code, exercises, renamed, slight)


@cache
def definitions_of(topic, side):
    """The functions and constants that a twin module defines, by name."""
    definitions = {}
    for statement in parsed(topic, side).body:
        if isinstance(statement, ast.FunctionDef):
            definitions[statement.name] = statement
        elif isinstance(statement, ast.Assign):
            definitions[statement.targets[0].id] = statement
    return definitions


def reached(name, definitions):
    """The definitions of a module that one of them uses, including itself."""
    found, waiting = set(), {name}
    while waiting:
        found |= waiting
        used = [loaded(node) - _stored(node) for node in map(definitions.get, waiting)]
        waiting = (set.union(*used) & set(definitions)) - found
    return found


def changes(definition):
    """Describe each change of a definition while it is in place; undo it afterwards.

    Different changes that give the same text are made once.
    """
    others, seen = exchangeable(definition), set()
    for parent, field, place, old, loops, statement in list(
        spots(definition, loaded(definition))
    ):
        variables = others(old, loops) if isinstance(old, ast.Name) else ()
        was = ast.unparse(old)
        seen.add((id(statement), ast.unparse(statement)))
        for new in alternatives(old, variables):
            ast.fix_missing_locations(ast.copy_location(new, old))
            exchange(parent, field, place, new)
            changed = ast.unparse(new if old is statement else statement)
            if (id(statement), changed) not in seen:
                seen.add((id(statement), changed))
                texts = (t.splitlines()[0] for t in (changed, was, ast.unparse(new)))
                yield old.lineno, *texts, isinstance(old, ast.Name), is_slight(new)
            exchange(parent, field, place, old)


def exchange(parent, field, place, node):
    """Replace a node by another."""
    if isinstance(getattr(parent, field), list):
        getattr(parent, field)[place] = node
    else:
        setattr(parent, field, node)
