"""The rungs that look at one result, from coarse to fine: each raises `Wrong` or does nothing.

A sum over the wrong axis is reported as a wrong shape, not as twenty wrong numbers. A row that does
not sum to one is reported before the entries that cause it.
"""

import inspect
import math

import numpy as np

from emlib.exercises import _meaning
from emlib.exercises._contract import argument_leaves
from emlib.exercises._words import (
    difference,
    entry,
    first,
    kind_of,
    number,
    shape_hint,
    shape_of,
    told,
)


class Wrong(Exception):
    """What is wrong: the stage, a sentence, and where it was seen."""

    def __init__(self, stage, sentence, part=None, case=None, error=None):
        super().__init__(sentence)
        self.stage, self.sentence, self.part = stage, sentence, part
        self.case, self.error = case, error


def takes(contract, function):
    """It is a function of these arguments."""
    if not callable(function):
        raise Wrong(
            "can be called",
            f"it is {kind_of(function)}: pass the function itself, without calling it",
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # some built-in functions have none; the first call will show
    wanted = contract.required
    own = tuple(signature.parameters)[: len(wanted)]
    try:
        signature.bind(*wanted)
        swapped = own != wanted and set(own) == set(wanted)
    except TypeError:
        swapped = None
    if swapped is None or swapped:
        order = ", in this order" if swapped else ""
        raise Wrong(
            "takes its arguments",
            f"it takes {signature}; it should take ({', '.join(wanted)}){order}",
        )


def runs(contract, case, outcome):
    """It does not raise."""
    if outcome.error is not None:
        raise Wrong("runs", said(outcome.error), case=case, error=outcome.error)


def said(error):
    """An error in words, even if it has none."""
    try:
        message = str(error)
    except Exception:
        message = "(its message cannot be shown)"
    return f"it raised {type(error).__name__}{f': {message}' if message else ''}"


def structure(contract, case, outcome):
    """It returns the right number of things, of the right types."""
    result, parts = outcome.result, contract.parts
    sentence = None
    if result is None:
        sentence = (
            f"it returned None, not {contract.returned}: is there a return statement?"
        )
    elif contract.result_type is not None:
        if not isinstance(result, contract.result_type):
            sentence = (
                f"it returned {kind_of(result)}: end with return {contract.returned}"
            )
    elif parts and (not isinstance(result, (tuple, list)) or len(result) != len(parts)):
        alone = not isinstance(result, (tuple, list))
        what = f"{kind_of(result)} alone" if alone else f"{len(result)} things"
        sentence = f"it returned {what}: return {len(parts)}, {contract.returned}"
    elif not parts and isinstance(result, tuple):
        sentence = f"it returned {kind_of(result)}: return one thing, not several"
    if sentence:
        raise Wrong("what it returns", sentence, case=case)
    expected = contract.named(case.expected)
    for part, value in contract.named(result).items():
        wanted, fits = "a number", _is_numeric(value)
        if isinstance(expected[part], np.ndarray):
            wanted = f"an array of numbers of shape {shape_of(contract.returns[part])}"
            fits = fits and isinstance(value, np.ndarray)
        if not fits or isinstance(value, np.ma.MaskedArray):
            raise Wrong(
                "what it returns",
                f"{part} is {kind_of(value)}, not {wanted}",
                part,
                case,
            )


def _is_numeric(value):
    try:
        return np.asarray(value).dtype.kind in "fiubc"
    except Exception:  # whatever an array of another library raises
        return False


def parts_of(contract, case, outcome):
    """(name, value, expected value) of each part of a result that has passed `structure`."""
    ours, theirs = contract.named(outcome.result), contract.named(case.expected)
    return [(part, plain(ours[part]), np.asarray(theirs[part])) for part in theirs]


def plain(value):
    """An array or a number as an array; long double becomes double precision."""
    array = np.asarray(value)
    return array.astype(float) if array.dtype == np.longdouble else array


def shapes(contract, case, outcome):
    """Every part has its shape."""
    for part, value, wanted in parts_of(contract, case, outcome):
        got, want = value.shape, wanted.shape
        if got != want:
            axes = contract.returns[part]
            expected = f"{shape_of(axes)} = {shape_of(want)}" if want else "a number"
            hint = shape_hint(got, want, axes)
            sentence = f"{part}: expected {expected}, got {shape_of(got)}{hint}"
            raise Wrong("shapes", sentence, part, case)


def numbers(contract, case, outcome):
    """Real numbers in double precision."""
    for part, value, wanted in parts_of(contract, case, outcome):
        got, want = value.dtype, wanted.dtype
        if got == want or (got.kind in "iu" and (want.kind == "i" or not wanted.ndim)):
            continue  # a plain int will do for a number
        hint = ""
        if got.kind in "iu":
            hint = ": was it made with zeros_like or empty_like of an integer array?"
        elif got == np.float32:
            hint = ": that is seven digits; do not convert to float32"
        raise Wrong(
            "kind of numbers", f"{part} holds {got}, not {want}{hint}", part, case
        )


def finite(contract, case, outcome):
    """No NaN, and nothing infinite that should not be."""
    for part, value, wanted in parts_of(contract, case, outcome):
        bad = ~np.isfinite(value) & np.isfinite(wanted)
        if bad.any():
            words, index = first(part, bad)
            sentence = (
                f"{words} is {number(value[index])}, expected {number(wanted[index])}"
            )
            raise Wrong("finite numbers", sentence, part, case)


def untouched(contract, case, outcome):
    """The arguments are as they were."""
    before, after = (argument_leaves(a) for a in (case.arguments, outcome.arguments))
    for name, value in before.items():
        if name == "rng" or value is None or callable(value):
            continue
        was, now = np.asarray(value), np.asarray(after[name])
        if was.shape != now.shape:
            raise Wrong(
                "arguments untouched", f"it changed the shape of {name}", case=case
            )
        if (was != now).any():
            words, index = first(name, was != now)
            old, new = told(was[index], now[index])
            raise Wrong(
                "arguments untouched",
                f"it changed its argument: {words} was {old} and is {new} after the call. Make a "
                f"new array (Y = X - mean) instead of changing the caller's (X -= mean)",
                case=case,
            )


def meaning(contract, case, outcome):
    """What must hold whatever the numbers are."""
    ours = {part: value for part, value, _ in parts_of(contract, case, outcome)}
    found = _meaning.wrong(contract.name, ours, case.arguments)
    if found:
        part, sentence = found
        raise Wrong("what must always hold", sentence, part, case)


def values(contract, case, outcome):
    """The numbers; the entry that is furthest off is named."""
    if "rng" in case.arguments:
        return  # draws differ; an experiment compares many of them
    for part, value, wanted in parts_of(contract, case, outcome):
        with np.errstate(invalid="ignore", over="ignore"):
            apart = np.abs(np.subtract(value, wanted, dtype=float))
        bad = ~((value == wanted) | (apart <= case.allowed[part]))
        if bad.any():
            off = np.where(bad, np.nan_to_num(apart, nan=np.inf), -1.0)
            index = np.unravel_index(int(np.argmax(off)), off.shape)
            words = entry(part, index)
            got, want = told(value[index], wanted[index])
            sentence = (
                f"{words} is {got}, expected {want}{difference(value, wanted, bad)}"
            )
            raise Wrong("values", sentence, part, case)


BEFORE_VALUES = (runs, structure, shapes, numbers, finite)
EVERY_RUNG = (*BEFORE_VALUES, untouched, meaning, values)
VALUES_ALONE = (runs, structure, shapes, values)


def _like(result, expected):
    """Whether only values can be wrong; fast, because random functions are called very often."""
    if type(result) is not type(expected):
        return False
    if isinstance(expected, tuple):
        return len(result) == len(expected) and all(map(_like, result, expected))
    if not isinstance(expected, np.ndarray):
        return isinstance(expected, float) and math.isfinite(result)
    same_kind = result.dtype == expected.dtype and result.shape == expected.shape
    return same_kind and np.isfinite(result).all()


def examine(contract, subject, case, rungs=EVERY_RUNG):
    """The parts of a result, by name, once it has passed some rungs on one case."""
    outcome = subject.outcome(case.arguments)
    if rungs is BEFORE_VALUES and _like(outcome.result, case.expected):
        named = contract.named(outcome.result)
        return {part: plain(value) for part, value in named.items()}
    for rung in rungs:
        rung(contract, case, outcome)
    return {part: value for part, value, _ in parts_of(contract, case, outcome)}
