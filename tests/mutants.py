"""Mutants of the reference solutions, and whether `emlib.exercises.check` rejects them.

A mutant differs from a twin module in one operator, call, index, number or name. What a mutant
changes is looked for on problems of its own, not on those that `check` tries. A mutant that
changes a result beyond rounding has to be rejected; one that changes nothing is not counted.

``python tests/mutants.py`` prints the table.
"""

import ast
import copy
import inspect
import types
import warnings
from collections import Counter
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from itertools import permutations
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from emlib import problems
from emlib._checks import HALF_DIGITS
from emlib.exercises import _check, check, names
from emlib.problems import Setting

SIDES = "naive", "vectorized"
TOPICS = tuple(dict.fromkeys(name.partition(".")[0] for name in names()))

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
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
# What is called (after the last dot), and what might be called in its place.
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
TURNS = 1_000_000  # of loops without a bound, after which a mutant gives up


class Mutant(NamedTuple):
    """A twin module with one change.

    Attributes
    ----------
    topic, side : str
        The module, such as ``"gmm"`` and ``"naive"``.
    change : str
        Where, what and by what it was replaced.
    code : types.CodeType
        The module's.
    exercises : tuple of str
        The public functions that reach what was changed.
    renamed : bool
        Whether one variable stands where another was.
    """

    topic: str
    side: str
    change: str
    code: types.CodeType
    exercises: tuple
    renamed: bool

    def __str__(self):
        return f"emlib/{self.topic}/{self.side}.py, {self.change}"

    def functions(self):
        """The mutated functions, by exercise; the real module stays as it is."""
        module = types.ModuleType(f"emlib.{self.topic}.{self.side}")
        module.turns = iter(range(TURNS))
        with quiet():
            exec(self.code, vars(module))
        return {name: getattr(module, name.split(".")[1]) for name in self.exercises}


@contextmanager
def quiet():
    """A mutant may divide by zero."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


# --- what is changed ----------------------------------------------------------------------------


def alternatives(node, variables):
    """What a node may be replaced by; `variables` holds what a name may be exchanged for."""
    match node:
        case ast.BinOp(left, op, right):
            yield from (ast.BinOp(left, o(), right) for o in OPERATORS[type(op)])
            yield left
            yield right
            yield ast.BinOp(ast.UnaryOp(ast.USub(), left), op, right)
            if not isinstance(op, (ast.Add, ast.Mult)):
                yield ast.BinOp(right, op, left)
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
        case ast.Constant(bool() | str() | None):
            pass
        case ast.Constant(c):
            yield from map(ast.Constant, {c + 1, c - 1, 0 * c, 2 * c, -c} - {c})
        case ast.Attribute(value, "T"):
            yield value
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
    """What a call may be replaced by."""
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
    if name == "range":
        yield from (ast.Call(function, [bound], []) for bound in shifted(arguments[0]))
        yield ast.Call(function, [ast.Constant(1), *arguments], [])
    yield from (ast.Call(function, s, keywords) for s in swapped(arguments))


def shifted(bound):
    """One more and one less; a constant is changed as a number."""
    if bound is not None and not isinstance(bound, ast.Constant):
        yield ast.BinOp(bound, ast.Add(), ast.Constant(1))
        yield ast.BinOp(bound, ast.Sub(), ast.Constant(1))


def swapped(elements):
    """The elements with two neighbours exchanged."""
    for i in range(len(elements) - 1):
        yield [*elements[:i], elements[i + 1], elements[i], *elements[i + 2 :]]


# --- where it may be changed --------------------------------------------------------------------


def is_check(node):
    """Whether this only looks after bad input or an option, which are no part of an exercise."""
    match node:
        case ast.If(test=ast.Compare(ops=[ast.IsNot()])):  # if prior is not None
            return True
        case ast.Expr() | ast.If(body=[ast.Raise()]):  # an effect, and no result
            return True
        case ast.Assign(value=ast.Call() as call) | (ast.Call() as call):
            return ast.unparse(call).startswith(("check_", "_checks."))
    return False


def loaded(node):
    """Names that are read, apart from checks, in no particular order."""
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
    """Each node that may be changed: parent, field, place there, loops around it, statement.

    What is assigned to a name that is never `read` serves a check.
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
    """A function (name node, loops) -> the names that may stand in its place."""
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


def mutants(topic, side):
    """Every mutant of a twin module."""
    path = inspect.getsourcefile(import_module(f"emlib.{topic}.{side}"))
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "empty":
            node.attr = "zeros"  # what is left in memory is a matter of luck
        elif isinstance(node, ast.While):
            node.body += ast.parse("next(turns)").body
    definitions = {}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            definitions[statement.name] = statement
        elif isinstance(statement, ast.Assign):
            definitions[statement.targets[0].id] = statement
    if "BLOCK" in definitions:
        definitions["BLOCK"].value.value = 4  # so that a small problem has several
    for name, definition in definitions.items():
        exercises = tuple(
            f"{topic}.{public}"
            for public in definitions
            if f"{topic}.{public}" in names() and name in reached(public, definitions)
        )
        for change, renamed in changes(definition):
            code = compile(tree, f"<mutant of {path}>", "exec")
            yield Mutant(topic, side, change, code, exercises, renamed)


def reached(name, definitions):
    """The definitions of a module that one of them uses, itself included."""
    found, waiting = set(), {name}
    while waiting:
        found |= waiting
        used = [loaded(node) - _stored(node) for node in map(definitions.get, waiting)]
        waiting = (set.union(*used) & set(definitions)) - found
    return found


def changes(definition):
    """Describe each change of a definition while it is made; afterwards it is undone."""
    others, seen = exchangeable(definition), {ast.unparse(definition)}
    for parent, field, place, old, loops, statement in list(
        spots(definition, loaded(definition))
    ):
        variables = others(old, loops) if isinstance(old, ast.Name) else ()
        for new in alternatives(old, variables):
            ast.fix_missing_locations(ast.copy_location(new, old))
            exchange(parent, field, place, new)
            whole = ast.unparse(definition)
            line, *_ = ast.unparse(new if old is statement else statement).splitlines()
            if whole not in seen:
                seen.add(whole)
                was = ast.unparse(old).splitlines()[0]
                change = f"line {old.lineno}: {line}  # was {was}"
                yield change, isinstance(old, ast.Name)
            exchange(parent, field, place, old)


def exchange(parent, field, place, node):
    """Put a node where another was."""
    if isinstance(getattr(parent, field), list):
        getattr(parent, field)[place] = node
    else:
        setattr(parent, field, node)


# --- whether it changes a result ----------------------------------------------------------------

N_PROBLEMS = 80
N_CALLS = 1000
SIGMAS = 5


def walk(*points):
    """Three points, one number each."""
    before, between, after = (np.array([float(point)]) for point in points)
    return {"before": before, "between": between, "after": after}


def exactly(result):
    """No difference is allowed, beyond half of the digits."""
    return tuple(map(exactly, result)) if isinstance(result, tuple) else 0.0


# What no drawn problem has: q and p zero in the same place, a row of very different logarithms;
# steps of length zero, of exactly the same length, and back; observations halfway between centers
# or on them, and several centers without any.
Q, P = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]), np.array([[0.2, 0.8, 0.0]] * 2)
LOGARITHMS = np.array([[0.0, 3e3], [-3e3, 0.0], [1e4, -np.inf], [-np.inf, -np.inf]])
HALFWAY = {
    "X": np.array([[3.0], [-1.0], [4.0], [0.0], [6.5], [1.0], [1.5], [1.0]]),
    "centers": np.array([[3.0], [-1.0]]),
}
ALL_ON_CENTERS = {
    "X": np.array([[2.0, 1.0], [2.0, 1.0], [4.0, 0.0]]),
    "centers": np.array([[2.0, 1.0], [4.0, 0.0], [7.0, 5.0]]),
}
TWO_PAIRS = {
    "X": np.array([[10.0, 1.0], [-9.0, 0.0], [50.0, 2.0], [58.0, 4.0]]),
    "centers": np.array([[0.0, 0.0], [51.0, 3.0], [300.0, 0.0], [-900.0, 3.0]]),
}
BY_HAND = {
    "kmeans.assign": [HALFWAY],
    "kmeans.update": [
        ALL_ON_CENTERS | {"labels": np.array([0, 0, 1])},
        TWO_PAIRS | {"labels": np.array([0, 0, 1, 1])},
    ],
    "kmeans.fit": [HALFWAY, ALL_ON_CENTERS, TWO_PAIRS],
    "acceleration.step_length": [walk(5, 5, 5), walk(1, 2, 3), walk(1, 2, 1)],
    "evidence.kl_divergence": [{"q": Q, "p": P}, {"q": P, "p": Q}],
    "evidence.lower_bound": [{"log_joint": LOGARITHMS, "q": np.eye(2)[[1, 1, 0, 0]]}],
    "evidence.log_sum_exp": [{"log_terms": row[None]} for row in LOGARITHMS],
}


@cache
def posed(exercise):
    """Problems that the naive twin solves: arguments, its result, the difference allowed."""
    rng, drawn = np.random.default_rng(1977), []
    for i in range(N_PROBLEMS):
        setting = Setting(
            N=int(rng.integers(1, 13)),
            D=int(rng.integers(1, 5)),
            K=int(rng.integers(1, 5)),
        )
        if i % 2:
            setting = setting._replace(
                scale=10 ** rng.uniform(-6, 6),
                offset=rng.choice([0.0, 1.0, 1e4, 1e8]),
                condition=rng.choice([1.0, 1e3, 1e6, 1e10]),
                distinct=rng.choice([None, None, 1, 3]),
                extreme=bool(rng.random() < 0.5),
            )
        drawn.append(problems.draw(exercise, rng, setting))
    by_hand = [(arguments, exactly) for arguments in BY_HAND.get(exercise, ())]
    found = []
    for arguments, tolerance in (*drawn, *by_hand):
        try:
            expected = original(exercise)(**fresh(arguments))
        except (ValueError, ArithmeticError):
            continue
        found.append((arguments, expected, tolerance(expected)))
    return found


def original(exercise):
    """The naive twin."""
    topic, name = exercise.split(".")
    return getattr(import_module(f"emlib.{topic}.naive"), name)


def fresh(arguments):
    """A copy of the arguments, with a generator where there is a seed."""
    arguments = copy.deepcopy(arguments)
    if "rng" in arguments:
        arguments["rng"] = np.random.default_rng(arguments["rng"])
    return arguments


def differs(result, expected, allowed):
    """Whether a result is another one, beyond rounding."""
    if isinstance(expected, tuple):
        return (
            not isinstance(result, tuple)
            or len(result) != len(expected)
            or any(map(differs, result, expected, allowed))
        )
    result, expected = np.asarray(result), np.asarray(expected)
    if result.shape != expected.shape or result.dtype != expected.dtype:
        return True
    size = np.where(np.isfinite(expected), np.abs(expected), 0.0)
    rounding = np.maximum(allowed, HALF_DIGITS * size)
    return not np.all((result == expected) | (np.abs(result - expected) <= rounding))


def changed(exercise, function):
    """Whether a function gives other results than the naive twin, or raises, on any problem."""
    with quiet():
        try:
            same = not any(
                differs(function(**fresh(arguments)), expected, allowed)
                for arguments, expected, allowed in posed(exercise)
            )
        except Exception:
            return True
        return not same and DRAWS_DIFFER.get(exercise, bool)(function)


def runs(exercise, function):
    """Whether a function takes an ordinary problem: another variable has to fit there at least."""
    arguments, *_ = posed(exercise)[0]
    with quiet():
        try:
            function(**fresh(arguments))
        except Exception:
            return False
    return True


def samples_differ(sample):
    """Whether draws are distributed otherwise: from the same seed others may come.

    Standardised by their own component, they are independent standard normal numbers, and
    independent of the components. Few rows a call, so that the first and the last one count.
    """
    for seed, (N, D, K) in enumerate(((1, 2, 4), (4, 3, 2), (3, 1, 3))):
        rng = np.random.default_rng(seed)
        params = problems.gmm_sample(rng, Setting(D=D, K=K)).arguments["params"]
        share, means, covariances = params
        X, components = np.empty((N_CALLS, N, D)), np.empty((N_CALLS, N), dtype=int)
        try:
            for i in range(N_CALLS):
                X[i], components[i] = sample(params, N, rng)
            apart = X - means[components]
        except Exception:
            return True
        whiten = np.linalg.inv(np.linalg.cholesky(covariances))[components]
        z = np.einsum("cnij,cnj->cni", whiten, apart).reshape(N_CALLS, -1)
        picked = (components[..., None] == np.arange(K)) - share  # (N_CALLS, N, K)
        picked = picked.reshape(N_CALLS, -1)
        # Of means of N_CALLS numbers: a variance is at most 1/4, 1 and 2 before.
        for numbers, deviation in (
            (picked, 1 / 2),
            (z, 1),
            (z[:, :, None] * picked[:, None, :], 1 / 2),
            (z[:, :, None] * z[:, None, :] - np.eye(N * D), np.sqrt(2)),
        ):
            allowed = SIGMAS * deviation / np.sqrt(N_CALLS)
            if not (np.abs(numbers.mean(axis=0)) <= allowed).all():
                return True
    return False


def seeds_differ(seed):
    """Whether some centers are drawn more often than they should be, or less.

    Of a few observations, one of them many times over so that it mostly comes first, every choice
    of K in a row has a probability that can be written down.
    """
    for number, (N, D, K) in enumerate(((1, 1, 1), (3, 1, 2), (3, 2, 2), (4, 2, 3))):
        rng = np.random.default_rng(number)
        X = rng.standard_normal((N, D))[np.maximum(np.arange(-6, N), 0)]
        try:
            drawn = [
                tuple(map(tuple, seed(X, K, rng).tolist())) for _ in range(N_CALLS)
            ]
        except Exception:
            return True
        orders, expected = Counter(drawn), Counter()
        for order in permutations(range(len(X)), K):
            expected[tuple(map(tuple, X[list(order)].tolist()))] += probability(
                X, order
            )
        for order in orders.keys() | expected.keys():
            p = expected[order]
            noise = SIGMAS * np.sqrt(p * (1 - p) / N_CALLS) + (p > 0) * 2 / N_CALLS
            if abs(orders[order] / N_CALLS - p) > noise:
                return True
    return False


def probability(X, order):
    """That k-means++ draws observations in this order."""
    p = 1 / len(X)
    for k in range(1, len(order)):
        squared = np.square(X[:, None] - X[list(order[:k])]).sum(axis=2).min(axis=1)
        p *= squared[order[k]] / max(squared.sum(), 1e-300)
    return p


DRAWS_DIFFER = {"gmm.sample": samples_differ, "kmeans.seed": seeds_differ}


# --- whether it is rejected ---------------------------------------------------------------------


class Verdict(NamedTuple):
    """What became of a mutant of an exercise: killed, survived, equivalent or no program."""

    exercise: str
    mutant: Mutant
    fate: str
    report: object

    def __str__(self):
        return f"{self.exercise}: {self.mutant}"


def judged(exercise, mutant, function):
    """Whether a mutant changes a result, and if so, whether `check` rejects it."""
    if mutant.renamed and not runs(exercise, function):
        return Verdict(exercise, mutant, "no program", None)
    if not changed(exercise, function):
        return Verdict(exercise, mutant, "equivalent", None)
    # Whether it passes is decided before the smallest example is looked for, which takes long.
    with patch.object(_check, "SHRINKING_SECONDS", 0):
        report = check(exercise, function)
    return Verdict(exercise, mutant, "survived" if report else "killed", report)


@cache
def verdicts(topic):
    """What became of every mutant of a topic."""
    return [
        judged(exercise, mutant, function)
        for side in SIDES
        for mutant in mutants(topic, side)
        for exercise, function in mutant.functions().items()
    ]


# --- the table ----------------------------------------------------------------------------------

# Why a mutant may survive, by its description.
EXPLAINED = {}


def counted(judgements):
    """How many had each fate."""
    return Counter(verdict.fate for verdict in judgements)


def kill_rate(judgements):
    """The share that was rejected of those that change a result."""
    number = counted(judgements)
    return number["killed"] / (number["killed"] + number["survived"])


def main():
    """Print the table."""
    print("topic      killed  survived  equivalent  no program  kill rate")
    everything = []
    for topic in TOPICS:
        everything += verdicts(topic)
        print(row(topic, verdicts(topic)))
    print(row("all", everything))
    for verdict in everything:
        if verdict.fate == "survived":
            print(f"\n{verdict}\n    {EXPLAINED.get(str(verdict), 'not explained')}")


def row(words, judgements):
    """A line of the table."""
    number = counted(judgements)
    return (
        f"{words:9}{number['killed']:8}{number['survived']:10}{number['equivalent']:12}"
        f"{number['no program']:12}{kill_rate(judgements):11.2%}"
    )


if __name__ == "__main__":
    main()
