"""The right function of a wrong argument.

A reader who drops the off-diagonal entries of a covariance, uses one component's covariance for
all, or squares the weights computes the right thing from something else. Each way to spoil an
argument is written down once, by the argument's axes or its name, and holds for every function that
takes one.
"""

from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np

from emlib.exercises._contract import argument_leaves, with_leaves
from emlib.exercises._variants import variant


def inverse(x):
    """The inverse of each matrix, which a reader may have used in place of the matrix."""
    return np.linalg.solve(x, np.broadcast_to(np.eye(x.shape[-1]), x.shape))


class Spoilt(NamedTuple):
    """A way to spoil arguments.

    Attributes
    ----------
    words : str
        What the right function was given, for the report.
    change : callable
        Maps the arrays and numbers among the arguments, by name, to those that take their place.
    is_sound : bool
        Whether the function can be called with them as they are.
    """

    words: str
    change: Callable
    is_sound: bool = False


def ways(contract, arguments):
    """Every way to spoil the arguments of a function: one of them, rows of all, or a pair."""
    leaves = {
        name: value
        for name, value in argument_leaves(arguments).items()
        if name in contract.takes and np.asarray(value).dtype.kind in "fiu"
    }
    for name, value in leaves.items():
        axes = contract.takes[name]
        for words, change in _of_array(name, axes, np.ndim(value)):
            yield Spoilt(words, partial(_one, name, change))
    yield from _of_some(contract, leaves)
    yield from _of_one_label(contract, leaves)
    for one, other in combinations(leaves, 2):
        if contract.takes[one] == contract.takes[other]:
            words = f"{one} and {other} swapped"
            yield Spoilt(words, partial(_swapped, one, other))
            for first, second in ((one, other), (other, one)):
                words = f"{second} in place of {first}"
                yield Spoilt(words, partial(_copied, first, second))
                words = f"the mean of {first} and {second} in place of {first}"
                yield Spoilt(words, partial(_averaged, first, second))


def spoilt(way, arguments):
    """The arguments themselves, spoilt."""
    return with_leaves(arguments, way.change(argument_leaves(arguments)))


def of_spoilt(contract, way, arguments):
    """What the package's function makes of spoilt arguments, by part.

    They are exchanged after its checks, which would refuse some of them.
    """
    return contract.named(spoiling(contract, way)(**arguments))


def spoiling(contract, way):
    """The package's function, which spoils its arguments first."""

    def function(**arguments):
        if way.is_sound:
            return contract.vectorized(**spoilt(way, arguments))
        leaves = argument_leaves(arguments)
        changed = way.change(leaves)

        def exchange(value):
            for name, new in changed.items():
                old = leaves[name]
                if np.shape(value) == np.shape(old) and np.array_equal(value, old):
                    return new
            return value

        required = (arguments[name] for name in contract.required)
        return variant(contract.name, exchange=exchange)(*required)

    return function


def _one(name, change, leaves):
    return {name: change(np.asarray(leaves[name], dtype=float))}


def _swapped(one, other, leaves):
    return {one: leaves[other], other: leaves[one]}


def _copied(first, second, leaves):
    return {first: leaves[second]}


def _averaged(first, second, leaves):
    return {first: (leaves[first] + leaves[second]) / 2}


SOME = {
    "the first {one} alone": slice(None, 1),
    "the last {one} alone": slice(-1, None),
    "all {many} but the first": slice(1, None),
    "all {many} but the last": slice(None, -1),
    "the first two {many}": slice(None, 2),
    "every second {one}": slice(None, None, 2),
}
CALLED = {
    "N": ("observation", "observations"),
    "S": ("set", "sets"),
    "P": ("parameter", "parameters"),
    "M": ("move", "moves"),
}


def _of_some(contract, leaves):
    """Fewer rows: the same rows of every array that has that axis."""
    for letter, (one, many) in CALLED.items():
        places = {
            name: contract.takes[name].index(letter)
            for name in leaves
            if letter in contract.takes[name]
        }
        if places:
            for words, rows in SOME.items():
                yield Spoilt(
                    words.format(one=one, many=many),
                    partial(_taken, places, rows),
                    True,
                )


def _of_one_label(contract, leaves):
    """The rows of one center alone."""
    if "labels" in leaves:
        for words, pick in (("first", np.min), ("last", np.max)):
            yield Spoilt(
                f"the observations of the {words} center alone",
                partial(_labelled, contract, pick),
                True,
            )


def _labelled(contract, pick, leaves):
    own = leaves["labels"] == pick(leaves["labels"])
    return {
        name: value[own]
        for name, value in leaves.items()
        if name in contract.takes and contract.takes[name][:1] == ("N",)
    }


def _taken(places, rows, leaves):
    return {
        name: leaves[name][(slice(None),) * axis + (rows,)]
        for name, axis in places.items()
    }


# --- by axes and name -----------------------------------------------------------------------------


def _of_array(name, axes, ndim):
    """The ways to spoil one array or number: words and a function of it."""
    if axes[-2:] == ("D", "D"):
        yield from _of_matrices(name, ndim)
    elif axes[-1:] == ("K",) and axes[:1] in (("N",), ("S",)):
        yield from _of_shares(name)
    elif axes == ("K",) and name.endswith("weights"):
        yield from _of_weights(name)
    if axes[:1] == ("K",):
        yield f"the first entry of {name} in place of all", _first_for_all
        yield f"the last entry of {name} in place of all", _last_for_all
        yield (
            f"the mean of {name} over the components in place of each",
            _mean_of_all,
        )
        yield f"{name} in reverse order", lambda x: x[::-1].copy()
        yield f"{name} shifted forward by one place", lambda x: np.roll(x, 1, axis=0)
        yield f"{name} shifted back by one place", lambda x: np.roll(x, -1, axis=0)
    if axes in (("N", "D"), ("K", "D"), ("D",), ("P",)):
        yield f"zeros in place of {name}", np.zeros_like
    if axes == ("N", "D"):
        yield f"{name} with its mean subtracted", lambda x: x - x.mean(axis=0)
        yield f"{name} divided by its standard deviations", lambda x: x / x.std(axis=0)
    if name.rpartition(".")[2].startswith("log_"):
        yield f"the exponentials of {name} in its place", np.exp
    if axes[-1:] and axes[-1].isdigit():
        for i in range(int(axes[-1])):
            yield f"0 in place of entry {i} of {name}", partial(_without, i)
            yield f"1 in place of entry {i} of {name}", partial(_one_at, i)
        for i, j in combinations(range(int(axes[-1])), 2):
            words = f"entries {i} and {j} of {name} swapped"
            yield words, partial(_columns_swapped, i, j)
    if name == "labels":
        yield (
            "labels that start at 1, not at 0",
            lambda x: np.maximum(x - 1, 0).astype(int),
        )
        yield "labels larger by 1", lambda x: (x + 1).astype(int)
        yield "labels smaller by 1", lambda x: (x - 1).astype(int)
    if not axes:
        yield f"{name} with the opposite sign", np.negative
        yield f"1 in place of {name}", np.ones_like
        yield f"0 in place of {name}", np.zeros_like
        yield f"the square of {name}", np.square
        yield f"the square root of {name}", lambda x: np.sqrt(np.abs(x))
        yield f"1 / {name}", lambda x: 1 / x
        yield f"1 - {name}", lambda x: 1 - x
        yield f"{name} + 1", lambda x: x + 1
        yield f"{name} - 1", lambda x: x - 1
    if axes == ("K",) and not name.endswith("weights"):
        yield f"1 - {name}", lambda x: 1 - x


def _first_for_all(x):
    return np.repeat(x[:1], len(x), axis=0)


def _last_for_all(x):
    return np.repeat(x[-1:], len(x), axis=0)


def _mean_of_all(x):
    return np.repeat(x.mean(axis=0, keepdims=True), len(x), axis=0)


def _without(i, x):
    x = x.copy()
    x[..., i] = 0
    return x


def _one_at(i, x):
    x = x.copy()
    x[..., i] = 1
    return x


def _columns_swapped(i, j, x):
    x = x.copy()
    x[..., [i, j]] = x[..., [j, i]]
    return x


def _of_matrices(name, ndim):
    """Covariances, factors and scatters."""

    def diagonals(x):
        return np.einsum("...ii->...i", x)[..., None] * np.eye(x.shape[-1])

    yield f"{name} without its off-diagonal entries", diagonals
    yield f"the inverse of {name} in its place", inverse
    yield (
        f"{name} with the square roots of its diagonal, and zeros elsewhere",
        lambda x: np.sqrt(np.abs(diagonals(x))),
    )
    yield (
        f"{name} with the squares of its diagonal, and zeros elsewhere",
        lambda x: diagonals(x) ** 2,
    )
    yield f"{name} times itself", lambda x: x @ x
    yield f"1 divided by each entry of {name}", lambda x: 1 / x
    yield f"the absolute value of each entry of {name}", np.abs
    yield f"the lower triangular Cholesky factor of {name}", np.linalg.cholesky
    yield f"twice {name}", lambda x: 2 * x
    yield f"half of {name}", lambda x: x / 2
    yield (
        f"the identity in place of {name}",
        lambda x: np.broadcast_to(np.eye(x.shape[-1]), x.shape).copy(),
    )
    yield (
        f"{name} with its mean variance in place of each, and zeros off the diagonal",
        (
            lambda x: (
                np.trace(x, axis1=-2, axis2=-1)[..., None, None]
                / x.shape[-1]
                * np.eye(x.shape[-1])
            )
        ),
    )


def _of_shares(name):
    """Responsibilities and other distributions in rows."""
    yield (
        f"{name} with each row given entirely to its largest entry",
        lambda x: np.eye(x.shape[1])[x.argmax(axis=1)],
    )
    yield (
        f"equal shares in place of {name}",
        lambda x: np.full_like(x, 1 / x.shape[1]),
    )
    yield f"the squares of {name}", np.square
    yield f"the square roots of {name}", lambda x: np.sqrt(np.abs(x))
    yield f"{name} with every column divided by its sum", lambda x: x / x.sum(axis=0)
    yield f"ones in place of {name}", np.ones_like
    yield f"1 - {name}", lambda x: 1 - x


def _of_weights(name):
    yield f"equal weights in place of {name}", lambda x: np.full_like(x, 1 / len(x))
    yield f"ones in place of {name}", np.ones_like
    yield f"the squares of {name}", np.square
    yield f"the square roots of {name}", np.sqrt
    yield f"1 / {name}", lambda x: 1 / x
    yield f"1 - {name}", lambda x: 1 - x
    yield f"the exponentials of {name}", np.exp
    yield f"the cumulative sums of {name}", np.cumsum
