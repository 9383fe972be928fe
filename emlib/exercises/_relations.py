"""An exact relation between a reader's numbers and the right ones, the same on every input.

"Half of what it should be" says more than two numbers. A relation is reported only if it holds to
seven digits on all easy inputs. Their sizes differ, which distinguishes N from N - 1, and from 7.
"""

from collections.abc import Callable
from functools import partial
from itertools import chain, combinations, combinations_with_replacement, product
from typing import NamedTuple

import numpy as np

from emlib.exercises._arguments import inverse
from emlib.exercises._contract import CALLED, SIZES, argument_leaves, called
from emlib.exercises._intermediates import intermediates
from emlib.exercises._words import number

SEVEN_DIGITS = 1e-7


class Input(NamedTuple):
    """What a relation may refer to on one input.

    Attributes
    ----------
    sizes : dict
        By letter.
    leaves : dict
        Arrays and numbers among the arguments, by name.
    inner : dict
        What the package's function computes before its result, by name.
    """

    sizes: dict
    leaves: dict
    inner: dict


def input_of(contract, arguments):
    """What a relation may refer to, given a function's arguments."""
    leaves, sizes = argument_leaves(arguments), {}
    for name, axes in contract.takes.items():
        if leaves.get(name) is not None:
            for letter, size in zip(axes, np.shape(leaves[name]), strict=True):
                if letter.isalpha():
                    sizes[letter] = size
    for name, letter in SIZES.items():
        if name in leaves:
            sizes.setdefault(letter, int(leaves[name]))
    numbers = {
        name: np.asarray(value, dtype=float)
        for name, value in leaves.items()
        if name in contract.takes and np.asarray(value).dtype.kind in "fiu"
    }
    inner = intermediates(contract, arguments)
    return Input(sizes, numbers, {k: v for k, v in inner.items() if k not in numbers})


def relation(contract, part, inputs, got, want, simple=False):
    """How a part of the result differs from the right one, in words; None if unknown.

    Parameters
    ----------
    contract : Contract
        Of the function.
    part : str
        The part of its result.
    inputs : list of Input
        What the function was given.
    got, want : list of numpy.ndarray
        The reader's results and the right ones.
    simple : bool
        Whether to look only for the simplest relations: if two mistakes may be made at once, there
        are many results to compare with.

    Returns
    -------
    str or None
        Such as "it is half of what it should be".
    """
    axes = contract.returns[part]
    got = [np.asarray(value) for value in got]
    want = [np.asarray(value) for value in want]
    if any(value.dtype.kind not in "fiu" for value in got):
        return None
    if any(g.shape != w.shape for g, w in zip(got, want, strict=True)):
        return None
    everything = np.concatenate(list(map(np.ravel, got)))
    if (everything == everything[0]).all():
        return f"it is {number(everything[0])}, whatever the input"
    if part in LABELLING:
        return _first(_of_labels(), inputs, got, want)
    candidates = chain(
        _named(axes, simple), _multiples(got, want), _sized_multiples(inputs, simple)
    )
    if not simple:
        candidates = chain(
            candidates,
            _shifts(inputs),
            _by_index(contract, axes, inputs),
            _diagonal(got, want, axes),
        )
    found = _first(candidates, inputs, got, want)
    if found or simple:
        return found
    apart = [g - w for g, w in zip(got, want, strict=True)]
    return (
        _combination(contract, axes, inputs, apart)
        or _in_part(contract, part, axes, inputs, got, want)
        or _in_kind(axes, got, want)
    )


LABELLING = ("labels",)


class Candidate(NamedTuple):
    """A relation that may hold: words, and a function (input, right result) -> prediction."""

    words: str
    of: Callable


def _first(candidates, inputs, got, want):
    with np.errstate(all="ignore"):
        for words, of in candidates:
            if all(
                _close(value, _safely(of, one, right))
                for one, value, right in zip(inputs, got, want, strict=True)
            ):
                return words
    return None


def _safely(of, one, right):
    try:
        return of(one, right)
    except (ArithmeticError, ValueError, KeyError, IndexError):
        return np.nan
    except np.linalg.LinAlgError:
        return np.nan


def _close(value, expected):
    expected = np.asarray(expected)
    if expected.shape != value.shape or not np.isfinite(expected).all():
        return False
    size = np.abs(expected).max(initial=0.0)
    slack = SEVEN_DIGITS * np.abs(expected) + 1e-2 * SEVEN_DIGITS * size
    return bool((np.abs(value - expected) <= slack).all())


# --- which part of it is right --------------------------------------------------------------------


def _in_part(contract, part, axes, inputs, got, want):
    """Along some axis only the first or the last is right, or all but the first or last."""
    for axis, letter in enumerate(axes):
        if letter not in CALLED or axes.index(letter) != axis:
            continue
        right = []
        for g, w in zip(got, want, strict=True):
            size = np.abs(w).max(initial=0.0)
            good = np.abs(g - w) <= SEVEN_DIGITS * size
            others = tuple(i for i in range(good.ndim) if i != axis)
            right.append(good.all(axis=others) if others else good)
        right = [one for one in right if len(one) > 1]
        if len(right) < 3:
            continue
        name = called(contract.name, letter)
        if all(one[0] and not one[1:].all() for one in right):
            if all(not one[1:].any() for one in right):
                return (
                    f"it is right for the first {name} and wrong for all others: does something "
                    f"carry over from one to the next?"
                )
            if all(one[:-1].all() for one in right):
                return f"it is right for all but the last {name}"
        if all(one[-1] and not one[:-1].any() for one in right):
            return (
                f"it is right for the last {name} and wrong for all others: is something "
                f"overwritten?"
            )
        if all(one[1:].all() and not one[0] for one in right):
            return f"it is right for all but the first {name}"
    return None


def _in_kind(axes, got, want):
    """What is right about a wrong array: its absolute values, its rows up to a factor, ..."""
    if not axes:
        return None
    pairs = list(zip(got, want, strict=True))
    with np.errstate(all="ignore"):
        for words, test in KINDS.items():
            if all(_safely(test, g, w) is True for g, w in pairs):
                return words
    return None


def _same(one, other):
    return bool(_close(np.asarray(one, dtype=float), np.asarray(other, dtype=float)))


def _is_square(x):
    return x.ndim > 1 and x.shape[-1] == x.shape[-2] > 1


def _constant_along(x, axis):
    """Whether an array is constant along an axis that is longer than 1."""
    spread = np.ptp(x, axis=axis)
    return bool(x.shape[axis] > 1 and (spread <= SEVEN_DIGITS * np.abs(x).max()).all())


def _outer_product(x):
    return x @ np.swapaxes(x, -1, -2)


def _off_diagonal(x):
    return x * (1 - np.eye(x.shape[-1]))


KINDS = {
    "some entries have the wrong sign, and are right otherwise": lambda g, w: _same(
        np.abs(g), np.abs(w)
    ),
    "it holds the right numbers in another order": lambda g, w: _same(
        np.sort(np.ravel(g)), np.sort(np.ravel(w))
    ),
    "its product with its transpose is right; it is another square root of the same matrix": (
        lambda g, w: _is_square(w) and _same(_outer_product(g), _outer_product(w))
    ),
    "the off-diagonal entries are right, the diagonal is not": lambda g, w: (
        _is_square(w) and _same(_off_diagonal(g), _off_diagonal(w))
    ),
    "the diagonal is right, the off-diagonal entries are not": lambda g, w: (
        _is_square(w) and _same(g - _off_diagonal(g), w - _off_diagonal(w))
    ),
    "the entries on and below the diagonal are right, those above it are not": lambda g, w: (
        _is_square(w) and _same(np.tril(g), np.tril(w))
    ),
    "each row is a multiple of what it should be": lambda g, w: (
        w.ndim > 1 and w.shape[-1] > 1 and _constant_along(g / w, -1)
    ),
    "each column is a multiple of what it should be": lambda g, w: (
        w.ndim > 1 and w.shape[0] > 1 and _constant_along(g / w, 0)
    ),
    "in each row every entry is off by the same amount": lambda g, w: (
        w.ndim > 1 and w.shape[-1] > 1 and _constant_along(g - w, -1)
    ),
    "in each column every entry is off by the same amount": lambda g, w: (
        w.ndim > 1 and w.shape[0] > 1 and _constant_along(g - w, 0)
    ),
}


# --- what is done to every entry ------------------------------------------------------------------


ITSELF = "what it should be"
ONE_NUMBER = {
    "the negative of {x}": np.negative,
    "the logarithm of {x}": np.log,
    "the exponential of {x}": np.exp,
    "the square of {x}": np.square,
    "the square root of {x}": np.sqrt,
    "1 divided by {x}": lambda x: 1 / x,
    "1 minus {x}": lambda x: 1 - x,
    "half of {x}": lambda x: x / 2,
    "the absolute value of {x}": np.abs,
    "{x}, rounded": np.round,
    "{x}, rounded down": np.floor,
    "{x}, truncated": np.trunc,
    "{x}, rounded to three decimals": lambda x: np.round(x, 3),
    "{x}, rounded to two decimals": lambda x: np.round(x, 2),
    "the exponential of {x}, minus 1": np.expm1,
    "the logarithm of 1 plus {x}": np.log1p,
}


def _named(axes, simple):
    """Relations that have a name."""
    for words, of in ONE_NUMBER.items():
        yield Candidate(f"it is {words.format(x=ITSELF)}", lambda _, x, of=of: of(x))
    for (outer, f), (inner, g) in product(
        () if simple else ONE_NUMBER.items(), repeat=2
    ):
        words = outer.format(x=inner.format(x=ITSELF))
        yield Candidate(f"it is {words}", lambda _, x, f=f, g=g: f(g(x)))
    if not axes:
        return
    arrays = {
        "it is what it should be, in reverse order": lambda x: x[::-1],
        "it holds the cumulative sums of what it should be": lambda x: np.cumsum(
            x, axis=-1
        ),
        "it is what it should be, sorted": lambda x: np.sort(x, axis=-1),
        "it is what it should be, sorted with the largest first": lambda x: np.sort(
            x, axis=-1
        )[..., ::-1],
        "it is what it should be, with its mean subtracted": lambda x: (
            x - x.mean(axis=0)
        ),
        "every entry is the mean of the right entries": lambda x: np.full_like(
            x, x.mean()
        ),
        "every entry is the sum of the right entries": lambda x: np.full_like(
            x, x.sum()
        ),
        "it is what it should be, divided by its sum": lambda x: x / x.sum(),
        "it is what it should be, divided by its largest entry": lambda x: x / x.max(),
        "it is what it should be, shifted forward by one place": lambda x: np.roll(
            x, 1, 0
        ),
        "it is what it should be, shifted back by one place": lambda x: np.roll(
            x, -1, 0
        ),
        "every entry is a copy of the first right one": lambda x: np.repeat(
            x[:1], len(x), axis=0
        ),
        "every entry is a copy of the last right one": lambda x: np.repeat(
            x[-1:], len(x), axis=0
        ),
        "every entry is the mean of the right ones over the first axis": lambda x: (
            np.repeat(x.mean(axis=0, keepdims=True), len(x), axis=0)
        ),
    }
    if len(axes) > 1:
        arrays |= {
            "each row is what it should be, divided by its sum": lambda x: (
                x / x.sum(axis=-1, keepdims=True)
            ),
            "each row is what it should be, divided by its length": lambda x: (
                x / np.linalg.norm(x, axis=-1, keepdims=True)
            ),
            "each column is what it should be, divided by its sum": lambda x: (
                x / x.sum(axis=0)
            ),
            "the columns are in reverse order": lambda x: x[..., ::-1],
        }
    if axes[-1:] == ("K",) and len(axes) == 2:
        arrays["each row gives everything to its largest entry"] = lambda x: np.eye(
            x.shape[1]
        )[x.argmax(axis=1)]
    if len(axes) > 1 and axes[-1] == axes[-2]:
        eye = lambda x: np.eye(x.shape[-1])  # noqa: E731
        diagonal = lambda x: np.einsum("...ii->...i", x)  # noqa: E731
        arrays |= {
            "it is the transpose of what it should be": lambda x: np.swapaxes(
                x, -1, -2
            ),
            "it is the inverse of what it should be": inverse,
            "it is the transpose of the inverse of what it should be": lambda x: (
                np.swapaxes(inverse(x), -1, -2)
            ),
            "the off-diagonal entries are zero, the diagonal is right": lambda x: (
                x * eye(x)
            ),
            "the diagonal is zero, the rest is right": lambda x: x * (1 - eye(x)),
            "the diagonal is the square root of what it should be, the rest is zero": lambda x: (
                np.sqrt(diagonal(x))[..., None] * eye(x)
            ),
            "the diagonal is the square root of what it should be, the rest is right": lambda x: (
                x * (1 - eye(x)) + np.sqrt(diagonal(x))[..., None] * eye(x)
            ),
            "the diagonal is the square of what it should be, the rest is right": lambda x: (
                x * (1 - eye(x)) + diagonal(x)[..., None] ** 2 * eye(x)
            ),
            "the diagonal is the exponential of what it should be, the rest is right": (
                lambda x: x * (1 - eye(x)) + np.exp(diagonal(x))[..., None] * eye(x)
            ),
            "the diagonal is the logarithm of what it should be, the rest is right": (
                lambda x: x * (1 - eye(x)) + np.log(diagonal(x))[..., None] * eye(x)
            ),
            "the diagonal has the opposite sign, the rest is right": lambda x: (
                x - 2 * x * eye(x)
            ),
            "the diagonal is twice what it should be, the rest is right": lambda x: (
                x + x * eye(x)
            ),
            "the diagonal is half of what it should be, the rest is right": lambda x: (
                x - x * eye(x) / 2
            ),
            "the off-diagonal entries are twice what they should be": lambda x: (
                2 * x - x * eye(x)
            ),
            "the off-diagonal entries are half of what they should be": lambda x: (
                x / 2 + x * eye(x) / 2
            ),
            "the off-diagonal entries have the opposite sign": lambda x: (
                2 * x * eye(x) - x
            ),
            "it is what it should be, times itself": lambda x: x @ x,
            "it is what it should be, times its transpose": lambda x: (
                x @ np.swapaxes(x, -1, -2)
            ),
            "it is the Cholesky factor of what it should be": np.linalg.cholesky,
            "it is the correlation matrix of what it should be": lambda x: (
                x / np.sqrt(diagonal(x)[..., None, :] * diagonal(x)[..., :, None])
            ),
            "it is the lower triangle of what it should be": np.tril,
            "it is the upper triangle of what it should be": np.triu,
        }
    for words, of in arrays.items():
        yield Candidate(words, lambda _, x, of=of: of(x))


FRACTIONS = {2.0: "twice", 0.5: "half of", 4.0: "four times", 0.25: "a quarter of"}


def _multiples(got, want):
    """The same factor everywhere, on every input."""
    factor = _factor(got[0], want[0])
    if factor is None or factor == 0:
        return
    for exact in (2.0, 0.5, 4.0, 0.25, -2.0, -0.5):
        if abs(factor / exact - 1) < SEVEN_DIGITS:
            factor = exact
    times = FRACTIONS.get(factor, f"{number(factor)} times")
    yield Candidate(f"it is {times} what it should be", lambda _, x: factor * x)


def _factor(got, want):
    """The factor on the largest right entry; None if that is zero."""
    index = np.unravel_index(np.argmax(np.abs(want)), want.shape)
    return float(got[index] / want[index]) if want[index] else None


# --- factors and terms that depend on the input ---------------------------------------------------

SIGNED = {
    "": 1.0,
    "2 ": 2.0,
    "-": -1.0,
    "-2 ": -2.0,
    "1/2 ": 0.5,
    "-1/2 ": -0.5,
}


def _quantities(inputs):
    """Sizes, scalar arguments and sums of arrays among the arguments: words and a function."""
    letters = sorted(set.intersection(*(set(one.sizes) for one in inputs)))
    for letter in letters:
        yield letter, lambda one, letter=letter: one.sizes[letter]
        yield f"({letter} - 1)", lambda one, letter=letter: one.sizes[letter] - 1
        yield f"({letter} + 1)", lambda one, letter=letter: one.sizes[letter] + 1
    for name, value in inputs[0].leaves.items():
        if np.ndim(value) == 0:
            yield name, lambda one, name=name: float(one.leaves[name])
            yield f"(1 - {name})", lambda one, name=name: 1 - float(one.leaves[name])
        else:
            yield f"the sum of {name}", lambda one, name=name: one.leaves[name].sum()


def _sized_multiples(inputs, simple):
    """Factors made of sizes, of scalar arguments and of sums of arguments."""
    quantities = list(_quantities(inputs))
    for sign, c in SIGNED.items():
        for words, q in quantities:
            yield Candidate(
                f"it is {sign}{words} times what it should be",
                lambda one, x, c=c, q=q: c * q(one) * x,
            )
            yield Candidate(
                f"it is {sign}1 / {words} times what it should be",
                lambda one, x, c=c, q=q: c * x / q(one),
            )
    pairs = () if simple else combinations_with_replacement(quantities, 2)
    for (one_is, p), (other, q) in pairs:
        yield Candidate(
            f"it is {one_is} times {other} times what it should be",
            lambda one, x, p=p, q=q: p(one) * q(one) * x,
        )
        yield Candidate(
            f"it is 1 / ({one_is} times {other}) times what it should be",
            lambda one, x, p=p, q=q: x / (p(one) * q(one)),
        )
        if one_is != other:
            yield Candidate(
                f"it is {one_is} / {other} times what it should be",
                lambda one, x, p=p, q=q: x * p(one) / q(one),
            )
            yield Candidate(
                f"it is {other} / {one_is} times what it should be",
                lambda one, x, p=p, q=q: x * q(one) / p(one),
            )


def _shifts(inputs):
    """Terms made of sizes, of scalar arguments, of sums of arguments and of logarithms."""
    letters = sorted(set.intersection(*(set(one.sizes) for one in inputs)))
    sizes = {"": lambda one: 1.0}
    sizes |= {f"{a} ": lambda one, a=a: one.sizes[a] for a in letters}
    sizes |= {f"({a} - 1) ": lambda one, a=a: one.sizes[a] - 1 for a in letters}
    for a, b in combinations_with_replacement(letters, 2):
        sizes[f"{a} {b} "] = lambda one, a=a, b=b: one.sizes[a] * one.sizes[b]
    for name, value in inputs[0].leaves.items():
        if np.ndim(value):
            sizes[f"(sum of {name}) "] = lambda one, name=name: one.leaves[name].sum()
    constants = {
        "": lambda one: 1.0,
        "log(2 pi)": lambda one: np.log(2 * np.pi),
        "log(2)": lambda one: np.log(2),
        "log(pi)": lambda one: np.log(np.pi),
    }
    constants |= {f"log({a})": lambda one, a=a: np.log(one.sizes[a]) for a in letters}
    for name, value in inputs[0].leaves.items():
        if np.ndim(value) == 0:
            constants[name] = lambda one, name=name: float(one.leaves[name])
        else:
            constants[f"sum of {name}"] = lambda one, name=name: one.leaves[name].sum()
            constants[f"sum of log({name})"] = lambda one, name=name: np.log(
                one.leaves[name]
            ).sum()
            constants[f"sum of x log(x) for {name}"] = lambda one, name=name: _x_log_x(
                one.leaves[name]
            ).sum()
            constants[f"sum of log |x| for {name}"] = lambda one, name=name: (
                np.linalg.slogdet(one.leaves[name])[1].sum()
            )
    for size, n in sizes.items():
        for words, constant in constants.items():
            for times, c in (("", 1.0), ("2 ", 2.0), ("1/2 ", 0.5)):
                term = f"{times}{size}{words}".strip() or "1"
                for direction, sign in (("larger", 1), ("smaller", -1)):
                    yield Candidate(
                        f"it is {direction} than it should be by {term}",
                        lambda one, x, c=c * sign, n=n, constant=constant: (
                            x + c * n(one) * constant(one)
                        ),
                    )


def _x_log_x(x):
    return x * np.log(np.where(x > 0, x, 1.0))


def _by_index(contract, axes, inputs):
    """Factors and terms that vary along an axis, made of arguments along that axis."""
    for axis, letter in enumerate(axes):
        if not letter.isalpha() or axes.count(letter) > 1:
            continue
        vectors = dict(_vectors(contract, letter, inputs[0]))
        for words, v in vectors.items():
            for form, change in {
                "{v}": lambda v: v,
                "1 / {v}": lambda v: 1 / v,
                "({v} - 1)": lambda v: v - 1,
                "(1 - {v})": lambda v: 1 - v,
                "1 / (1 - {v})": lambda v: 1 / (1 - v),
                "{v} / ({v} - 1)": lambda v: v / (v - 1),
                "({v} - 1) / {v}": lambda v: (v - 1) / v,
                "the square of {v}": np.square,
                "the square root of {v}": np.sqrt,
                "1 / the square of {v}": lambda v: 1 / v**2,
                "the logarithm of {v}": np.log,
            }.items():
                named = form.format(v=words)
                for scale, s in _scales(letter):
                    yield Candidate(
                        f"for each {letter.lower()} it is {named}{scale} times what it should be",
                        lambda one, x, v=v, change=change, axis=axis, s=s: (
                            x * s(one) * _along(change(v(one)), axis, x)
                        ),
                    )
            for form, change in {
                "{v}": lambda v: v,
                "the logarithm of {v}": np.log,
                "the logarithm of 1 - {v}": lambda v: np.log(1 - v),
                "the exponential of {v}": np.exp,
            }.items():
                named = form.format(v=words)
                for direction, c in (("larger", 1), ("smaller", -1)):
                    yield Candidate(
                        f"for each {letter.lower()} it is {direction} than it should be by {named}",
                        lambda one, x, v=v, change=change, axis=axis, c=c: (
                            x + c * _along(change(v(one)), axis, x)
                        ),
                    )


def _scales(letter):
    yield "", lambda one: 1.0
    for other in ("N", "K", "S"):
        if other != letter:
            yield f" / {other}", lambda one, other=other: 1 / one.sizes[other]


def _along(vector, axis, x):
    return vector.reshape([-1 if i == axis else 1 for i in range(x.ndim)])


def _vectors(contract, letter, example):
    """Vectors along a letter's axis that the arguments have, or that are sums over other axes."""
    for name, axes in contract.takes.items():
        if name not in example.leaves or axes.count(letter) != 1:
            continue
        others = tuple(i for i, other in enumerate(axes) if other != letter)
        words = f"the sum of {name}" if others else name
        yield (
            words,
            lambda one, name=name, others=others: (
                one.leaves[name].sum(axis=others) if others else one.leaves[name]
            ),
        )


def _diagonal(got, want, axes):
    """The same number added to every diagonal entry, and nothing else."""
    if len(axes) < 2 or axes[-1] != axes[-2]:
        return
    c = float((got[0] - want[0])[..., 0, 0].flat[0])
    direction = "large" if c > 0 else "small"
    yield Candidate(
        f"the diagonal is too {direction} by {number(abs(c))}, the rest is right",
        lambda _, x: x + c * np.eye(x.shape[-1]),
    )


# --- terms that are combinations ------------------------------------------------------------------

LARGEST_COEFFICIENT = 8


def _combination(contract, axes, inputs, apart):
    """The difference as a sum of terms of `_bases`, with multiples of 1/2 as coefficients."""
    apart = [np.asarray(value, dtype=float) for value in apart]
    target, made = np.concatenate(list(map(np.ravel, apart))), {}
    for terms in _bases(contract, axes, inputs):
        words = [word for word, _ in terms]
        for word, function in terms:
            if word not in made:
                made[word] = _column(function, inputs, apart)
        columns = [made[word] for word in words]
        if any(column is None for column in columns):
            continue
        matrix = np.stack(columns, axis=1)
        if len(target) < 2 * len(terms) or not np.isfinite(matrix).all():
            continue
        if len(terms) > 1 and _directions(matrix) <= len(terms):
            continue  # with as many terms as directions some coefficients always fit
        found, *_ = np.linalg.lstsq(matrix, target, rcond=None)
        plain = np.round(2 * found) / 2
        if np.abs(plain).max() > LARGEST_COEFFICIENT or not plain.any():
            continue
        slack = SEVEN_DIGITS * np.abs(target).max()
        if (np.abs(matrix @ plain - target) <= slack).all():
            told = [
                f"{'' if abs(c) == 1 else number(abs(c)) + ' '}{word}"
                for c, word in zip(plain, words, strict=True)
                if c
            ]
            signs = [" + " if c > 0 else " - " for c in plain if c]
            sum_of = "".join(chain.from_iterable(zip(signs, told, strict=True)))
            return f"it is larger than it should be by {sum_of.removeprefix(' + ').strip()}"
    return None


def _directions(matrix):
    """How many rows there are, counting rows with a positive ratio once."""
    sizes = np.linalg.norm(matrix, axis=1, keepdims=True)
    rows = (matrix / np.where(sizes > 0, sizes, 1.0))[sizes[:, 0] > 0]
    return len(np.unique(np.round(rows, 6), axis=0))


def _column(function, inputs, apart):
    """A term on all inputs, stacked; None if its shape differs from the result's."""
    found = []
    for one, value in zip(inputs, apart, strict=True):
        term = np.asarray(function(one), dtype=float)
        if term.ndim and term.shape != value.shape:
            return None
        found.append(np.ravel(term + np.zeros(value.shape)))
    return np.concatenate(found)


def _bases(contract, axes, inputs):
    """Sets of terms, in words and as functions of an input."""
    leaves = inputs[0].leaves
    inner = [(name, partial(_inner, name)) for name in _everywhere(inputs, axes)]
    if axes:
        vectors = [name for name in leaves if contract.takes[name] == axes]
        numbers = [name for name, value in leaves.items() if np.ndim(value) == 0]
        terms = [(name, partial(_leaf, name, None, 0)) for name in vectors]
        for factor, name in product(numbers, vectors):
            terms.append((f"{factor} {name}", partial(_leaf, name, factor, 1)))
            terms.append((f"{factor}^2 {name}", partial(_leaf, name, factor, 2)))
        if terms:
            yield terms
        for n in (1, 2):
            yield from map(list, combinations(inner, n))
        return
    letters = sorted(set.intersection(*(set(one.sizes) for one in inputs)))
    powers = [p for p in product(range(3), repeat=len(letters)) if sum(p) <= 3]
    terms = [(_product(letters, p), partial(_sized, letters, p)) for p in powers]
    for n in (1, 2):
        yield from map(list, combinations(inner + terms, n))
    yield from map(list, combinations(terms, 3))


def _everywhere(inputs, axes):
    """The names of intermediate results that exist on every input, with suitable dimensions."""
    names = set.intersection(*(set(one.inner) for one in inputs))
    return [
        name
        for name in inputs[0].inner
        if name in names
        and all(one.inner[name].ndim in (0, len(axes)) for one in inputs)
    ]


def _inner(name, one):
    return one.inner[name]


def _leaf(name, factor, power, one):
    scale = one.leaves[factor] ** power if factor else 1.0
    return scale * one.leaves[name]


def _product(letters, powers):
    factors = [
        letter if power == 1 else f"{letter}^{power}"
        for letter, power in zip(letters, powers, strict=True)
        if power
    ]
    return " ".join(factors) or "1"


def _sized(letters, powers, one):
    return float(
        np.prod(
            [one.sizes[letter] ** p for letter, p in zip(letters, powers, strict=True)]
        )
    )


def _of_labels():
    """Relations between labels."""
    yield Candidate("the labels start at 1, and should start at 0", lambda _, x: x + 1)
    yield Candidate(
        "the labels run in reverse order",
        lambda one, x: one.sizes["K"] - 1 - x,
    )
