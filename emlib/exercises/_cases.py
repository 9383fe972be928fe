"""The inputs on which a reader's function is tried, and how exact it has to be there.

They come from `emlib.problems`. Where the package's function refuses a problem (a collapsed
component, an impossible set), the next seed is used: an exercise asks for the equations, not for
the package's errors.
"""

import copy
from functools import cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from emlib import problems
from emlib._checks import HALF_DIGITS
from emlib.exercises import mistakes
from emlib.exercises._contract import argument_leaves, contract_of, with_leaves
from emlib.problems import Setting


class Case(NamedTuple):
    """One input, the naive twin's result, and how far from it a right result may be.

    Attributes
    ----------
    words : str
        What is particular about it, for the report.
    arguments : dict
        By parameter name. A function gets a copy, from `fresh`.
    expected : object
        The naive twin's result.
    allowed : dict
        The largest difference allowed in each entry of each part of the result.
    setting : emlib.problems.Setting or None
        The setting that it was drawn from, if it was drawn.
    origin : str or None
        The line of code that draws it.
    """

    words: str
    arguments: dict
    expected: Any
    allowed: dict
    setting: Setting | None = None
    origin: str | None = None


# The sizes differ, so that a transposed result has the wrong shape. The components overlap, so that
# it is uncertain which one produced an observation.
NEAR = Setting(N=7, D=2, K=3, separation=1.0)
EASY = (
    ("", NEAR),
    ("", NEAR._replace(N=8)),
    ("", NEAR._replace(N=5, D=3, K=2)),
    ("one feature", NEAR._replace(N=6, D=1, K=2)),
    ("", NEAR._replace(N=12, D=4, K=4)),
)
BASE = Setting(N=6, D=2, K=3)
ONE_FEATURE, TINY = "a single feature", "a tiny unit, so tiny variances"
MANY, MANY_DRAWS = "many observations", "many draws"
# A prime: no block size divides it, so that a last block that is left out shows.
PRIME = 1_039
ANOTHER_KIND = (ONE_FEATURE, TINY)
# What is hard about each; the letters, of which a function must have one for that; the setting.
HARD = (
    ("a single observation", "NS", BASE._replace(N=1)),
    ("a single parameter", "P", BASE._replace(N=1)),
    ("few draws", "T", BASE._replace(N=1)),
    ("a single component", "K", BASE._replace(K=1)),
    ("a single chain", "C", BASE._replace(K=1)),
    (ONE_FEATURE, "D", BASE._replace(D=1)),
    ("far from the origin", "NKDP", BASE._replace(offset=1e8)),
    ("far on the negative side", "NKDP", BASE._replace(offset=-1e4)),
    (TINY, "D", BASE._replace(scale=1e-6)),
    ("a tiny unit", "P", BASE._replace(scale=1e-6)),
    ("a huge unit", "DP", BASE._replace(scale=1e6)),
    ("nearly singular covariances", "D", BASE._replace(condition=1e6)),
    ("extremes, such as zeros", "NSK4CT", BASE._replace(N=41, extreme=True)),
    ("many features in a tiny unit", "D", Setting(N=4, D=40, K=2, scale=1e-6)),
    (MANY, "NS", BASE._replace(N=PRIME)),
    (MANY_DRAWS, "T", BASE._replace(N=PRIME)),
    ("many parameters", "P", BASE._replace(N=PRIME)),
)
SEEDS = 20
FIRST = 0  # the first seed; what `check` says of a function must hold for any


def fresh(arguments):
    """A copy of the arguments, with a generator in place of a seed."""
    arguments = {name: copied(value) for name, value in arguments.items()}
    if "rng" in arguments:
        arguments["rng"] = np.random.default_rng(arguments["rng"])
    return arguments


def copied(value):
    """A deep copy, with a fast path for arrays and for tuples, which are copied often."""
    if type(value) is np.ndarray and value.dtype.kind != "O":
        return value.copy(order="K")
    if isinstance(value, tuple):
        parts = map(copied, value)
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return copy.deepcopy(value)


def case_of(name, words, arguments, tolerance=None):
    """The case with these arguments; None if the package refuses them."""
    contract = contract_of(name)
    try:
        expected = contract.naive(**fresh(arguments))
    except (ValueError, ArithmeticError):
        return None
    values = contract.named(expected)
    # Without a derived tolerance, rounding is relative to the largest entry.
    rounding = (
        {part: HALF_DIGITS * _largest(value) for part, value in values.items()}
        if tolerance is None
        else contract.named(tolerance(expected))
    )
    allowed = {
        part: np.maximum(rounding[part], HALF_DIGITS * _finite(value))
        for part, value in values.items()
    }
    return Case(words, arguments, expected, allowed)


def _origin(name, seed, setting):
    changed = [
        f"{field}={value!r}"
        for field, value in setting._asdict().items()
        if value != Setting._field_defaults[field]
    ]
    return (
        f"arguments = problems.draw({name!r}, np.random.default_rng({seed}), "
        f"problems.Setting({', '.join(changed)})).arguments"
    )


def _finite(value):
    """The absolute values of the entries; those that are not finite count as zero."""
    return np.where(np.isfinite(value), np.abs(value), 0.0)


def _largest(value):
    return _finite(value).max()


@cache
def drawn(name, words, setting, weighted, first_seed=0):
    """The first case of a setting that the package accepts; None if there is none.

    `weighted` says whether the case has observation weights, where the function takes them.
    """
    for seed in range(FIRST + first_seed, FIRST + first_seed + SEEDS):
        problem = problems.draw(name, np.random.default_rng(seed), setting)
        weights = problem.arguments.get("observation_weights")
        if (weights is not None) == (
            weighted and "observation_weights" in problem.arguments
        ):
            case = case_of(name, words, *problem)
            if case is not None:
                return case._replace(
                    setting=setting, origin=_origin(name, seed, setting)
                )
    return None


def easy(name, weighted):
    """A few problems of moderate size, without numerical difficulties."""
    cases = [
        drawn(name, words, setting, weighted and i % 2 == 1, i)
        for i, (words, setting) in enumerate(EASY)
    ]
    return [case for case in cases if case is not None]


# Other sizes and other draws, for explanations, which must hold on all of them.
MORE = tuple(
    NEAR._replace(N=N, D=D, K=K)
    for N, D, K in ((4, 1, 2), (6, 2, 4), (9, 3, 3), (5, 2, 2), (11, 4, 3), (10, 1, 5))
)


@cache
def more(name):
    """More easy problems, on which a wrong function is tried."""
    cases = (
        drawn(name, "", setting, False, 40 + i) for i, setting in enumerate(2 * MORE)
    )
    return tuple(case for case in cases if case is not None)


@cache
def tried(name):
    """The easy inputs on which an explanation must hold."""
    return (*easy(name, False), *more(name))


@cache
def telling(name):
    """Those, and the traps."""
    return (*tried(name), *traps(name))


def partner(name, case):
    """Another case with the same setting, and so with the same sizes."""
    return drawn(name, case.words, case.setting, False, 100)


@cache
def hard(name, weighted):
    """The hard inputs of this function: traps, and settings that change its input."""
    usual = drawn(name, "", BASE, False)
    letters = contract_of(name).letters
    cases = [
        drawn(name, words, setting, False)
        for words, some_of, setting in HARD
        if letters & set(some_of)
    ]
    if weighted:
        cases.append(drawn(name, "observation weights", BASE._replace(N=40), True))
    cases.append(whole_numbers(name, usual))
    # The traps come first: they are small, and each shows one thing.
    return tuple(
        case
        for case in (*traps(name), *cases)
        if case is not None
        and not _same(case.arguments, usual.arguments)
        and (case.words != MANY_DRAWS or _longest_axis(case) == PRIME)
    )


def _longest_axis(case):
    """A generator draws less where each draw is a path, which takes its time."""
    values = argument_leaves(case.arguments).values()
    return max(size for value in values for size in np.shape(value))


def many(name):
    """The input with many observations or draws; None for a function without such."""
    found = (case for case in hard(name, False) if case.words in (MANY, MANY_DRAWS))
    return next(found, None)


def whole_numbers(name, case):
    """The same data rounded, as integers: results computed from them are still real numbers.

    None for a random function, whose draws may be integers, and for one without data.
    """
    if "rng" in case.arguments:
        return None
    changed = {
        key: np.round(value).astype(int)
        for key, value in case.arguments.items()
        if key in ("X", "counts")
    }
    arguments = with_leaves(case.arguments, changed)
    return case_of(name, "data of an integer type", arguments) if changed else None


@cache
def traps(name):
    """Inputs made by hand, for mistakes that no other input shows."""
    found = [case_of(name, *trap) for trap in mistakes.traps(name)]
    if None in found:
        raise AssertionError(f"the package refuses a trap of {name}")
    return tuple(found)


def _same(one, other):
    """Whether two sets of arguments are equal; then the setting does not affect this function."""
    ours, theirs = argument_leaves(one), argument_leaves(other)
    return all(
        np.array_equal(value, theirs[name])
        and np.asarray(value).dtype == np.asarray(theirs[name]).dtype
        for name, value in ours.items()
        if name != "rng"
    )


def smaller(name, case, weighted):
    """Cases like this one, smallest first."""
    if case.setting is None:
        return
    letters = contract_of(name).letters
    sizes = {
        (N, D, K)
        for N, D, K in product(
            (1, 2, 3) if letters & {"N", "S", "P"} else (1,),
            (1, 2) if "D" in letters else (1,),
            (1, 2, 3) if "K" in letters else (1,),
        )
    }
    for N, D, K in sorted(sizes, key=lambda size: (prod(size), size)):
        for seed in (0, 1):
            setting = case.setting._replace(N=N, D=D, K=K)
            yield drawn(name, case.words, setting, weighted, seed)


def without_rows(name, case):
    """Cases with fewer observations: without each half, each quarter, ..., each single one."""
    rows = {
        key: value
        for key, value in case.arguments.items()
        if isinstance(value, np.ndarray) and value.ndim
    }
    N = max(map(len, rows.values()), default=0)
    size = N // 2
    while size:
        for start in range(0, N, size):
            leave_out = np.arange(start, min(start + size, N))
            shorter = {
                key: np.delete(value, leave_out, axis=0)
                for key, value in rows.items()
                if len(value) == N
            }
            yield case_of(name, case.words, with_leaves(case.arguments, shorter))
        size //= 2


def rounded(name, case):
    """Cases with shorter numbers: each array's largest entry keeps one to three digits."""
    values = argument_leaves(case.arguments)
    real = {
        key: value
        for key, value in values.items()
        if np.asarray(value).dtype.kind == "f" and _largest(value) > 0
    }
    alone = [{key} for key in real] if len(real) > 1 else []
    for keys, digits in product((real, *alone), (1, 2, 3)):
        changed = {
            key: np.round(
                real[key], digits - 1 - int(np.floor(np.log10(_largest(real[key]))))
            )
            for key in keys
        }
        yield case_of(name, case.words, with_leaves(case.arguments, changed))
