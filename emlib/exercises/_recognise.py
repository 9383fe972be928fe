"""Which known mistake gives the results that a reader's function gives."""

from functools import cache
from typing import NamedTuple

import numpy as np

from emlib._checks import HALF_DIGITS
from emlib.exercises import _cases
from emlib.exercises._contract import contract_of
from emlib.exercises.mistakes import known

# What scalar arithmetic raises where arrays give inf or NaN: 0 / 0, exp 1000, and log 0, of which
# Python says "math domain error", or from 3.14 on "expected a positive input".
ARITHMETIC = (ZeroDivisionError, OverflowError, FloatingPointError)
LOG_OF_ZERO = ("math domain error", "expected a positive input")


class Seen(NamedTuple):
    """A known mistake on one case: what it returns there, and whether that is wrong."""

    value: object
    is_wrong: bool


def recognised(contract, subject, part=None):
    """The known mistake whose results are the subject's; None if there is none.

    Where the subject goes wrong first, in `part`, the mistake must show too. A mistake that is
    wrong on easy inputs has to be matched on all of those, right or wrong. A numerical one is
    right there, and has to be matched on every trap besides.
    """
    easy, traps = _cases.easy(contract.name, False), _cases.traps(contract.name)
    cases = (*easy, *traps)
    outcomes = [subject.outcome(case.arguments) for case in cases]
    for mistake in known(contract.name):
        if part is not None and mistake.part != part:
            continue
        seen = behaviour(mistake)
        shown_early = any(one.is_wrong for one in seen[: len(easy)])
        compared = zip(cases, seen, outcomes, strict=True)
        if all(
            _alike(contract, mistake.part, *triple)
            for triple in list(compared)[: len(easy) if shown_early else None]
        ):
            return mistake
    return None


@cache
def behaviour(mistake):
    """What a mistake does on each easy case and each trap, in that order."""
    contract = contract_of(mistake.exercise)
    cases = (
        *_cases.easy(mistake.exercise, False),
        *_cases.traps(mistake.exercise),
    )
    seen = []
    for case in cases:
        arguments = _cases.fresh(case.arguments)
        with np.errstate(all="ignore"):
            value = mistake.function(*(arguments[name] for name in contract.required))
        right = contract.named(case.expected)[mistake.part]
        is_wrong = not same(value, right, case.allowed[mistake.part])
        seen.append(Seen(value, is_wrong))
    return tuple(seen)


def same(value, other, allowed):
    """Equal shapes, and entries within what is allowed; NaN is NaN."""
    value, other = np.asarray(value), np.asarray(other)
    if value.shape != other.shape or value.dtype.kind not in "fiu":
        return False
    with np.errstate(invalid="ignore"):
        close = np.abs(value - other) <= allowed
    return bool(np.all(close | (value == other) | (np.isnan(value) & np.isnan(other))))


def _alike(contract, part, case, seen, outcome):
    """Whether a subject did on a case what a mistake does."""
    if outcome.error is not None:
        broken = seen.is_wrong and not np.all(np.isfinite(seen.value))
        return broken and _by_arithmetic(outcome.error)
    try:
        value = contract.named(outcome.result)[part]
        finite = np.where(np.isfinite(seen.value), np.abs(seen.value), 0.0)
        # Two spellings of a mistake differ by rounding, as two right answers do.
        allowed = np.max(case.allowed[part]) + HALF_DIGITS * finite
        return same(value, seen.value, allowed)
    except Exception:
        return False  # not even the right number of things, or not even numbers


def _by_arithmetic(error):
    return isinstance(error, ARITHMETIC) or (
        isinstance(error, ValueError) and str(error).startswith(LOG_OF_ZERO)
    )
