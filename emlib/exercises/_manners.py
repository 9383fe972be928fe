"""What the results of a right function do not show: how it computes them."""

import sys
import tracemalloc
import warnings
from functools import cache
from pathlib import Path

import numpy as np

from emlib.exercises import _cases
from emlib.exercises._contract import argument_leaves, contract_of
from emlib.exercises._rungs import Wrong
from emlib.exercises._subject import FILTERS

FORBIDS = "what the exercise forbids"
FACTORS = ("cholesky", "eig", "eigh", "lu", "lu_factor", "qr", "svd")
INVERSES = ("inv", "pinv", "pinvh")
# By exercise: the functions that the chapters ask readers to do without, and the words for them.
FORBIDDEN = {
    "gaussian.cholesky": (FACTORS, "a factorisation from a library"),
    "gmm.log_prior": (("det", *INVERSES), "a determinant or an inverse"),
}
OURS = str(Path(__file__).parent.parent)


def called_from_linalg(subject, arguments):
    """The functions of NumPy's and SciPy's linear algebra that a call runs, by name.

    Functions that the package's own code calls do not count.
    """
    found = set()

    def see(frame, event, _):
        code = frame.f_code
        if event != "call" or not _is_linalg(code.co_filename):
            return
        caller = frame.f_back
        while caller and _is_linalg(caller.f_code.co_filename):
            caller = caller.f_back
        if caller and not caller.f_code.co_filename.startswith(OURS):
            found.add(code.co_name)

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        subject.outcome(arguments)
    finally:
        sys.setprofile(before)
    return found


def _is_linalg(filename):
    parts = Path(filename).parts
    return "linalg" in parts and ("numpy" in parts or "scipy" in parts)


def forbidden(contract, subject):
    """Raise `Wrong` if a function uses what the chapter asks readers to do without."""
    names, words = FORBIDDEN.get(contract.name, ((), ""))
    if not names:
        return
    case = _cases.easy(contract.name, False)[0]
    # The package's own function passes: `called_from_linalg` leaves out what the package calls.
    used = sorted(called_from_linalg(subject, case.arguments) & set(names))
    if used:
        raise Wrong(
            FORBIDS,
            f"the results are right, but it calls {' and '.join(used)} of a linear algebra "
            f"library, and the exercise asks you to do without {words}",
        )


def remarks(contract, subject):
    """What is worth knowing about a function that gives the right results, in sentences."""
    found = (
        _rounding(contract, subject),
        _inverse(contract, subject),
        _room(contract, subject),
    )
    return tuple(filter(None, found))


def _inverse(contract, subject):
    """A remark if it inverts a matrix where the package solves an equation."""
    if contract.name in FORBIDDEN:
        return None
    case = _cases.easy(contract.name, False)[0]
    used = sorted(called_from_linalg(subject, case.arguments) & set(INVERSES))
    return used and (
        f"it calls {' and '.join(used)}: an inverse can lose digits where a covariance is "
        f"nearly singular; solve with the Cholesky factor instead"
    )


def _rounding(contract, subject):
    """A remark if NumPy warns on an input where it does not warn of the package's arrays."""
    hard, of_ours = _cases.hard(contract.name, False), _warned_of_arrays(contract.name)
    for case, ours in zip(hard, of_ours, strict=True):
        more = _warned(subject.function, contract, case) - ours
        if more:
            return (
                f"NumPy warns of {' and '.join(sorted(more))} on this input: {case.words}. "
                f"The result is right, but an intermediate number is not"
            )
    return None


@cache
def _warned_of_arrays(exercise):
    """What NumPy warns of in the package's vectorised function on each hard input."""
    contract = contract_of(exercise)
    return [
        _warned(contract.vectorized, contract, case)
        for case in _cases.hard(exercise, False)
    ]


def _warned(function, contract, case):
    """What NumPy warns of in a call: overflow, or an invalid value such as 0 / 0."""
    arguments = _cases.fresh(case.arguments)
    required = [arguments[name] for name in contract.required]
    with FILTERS, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        with np.errstate(over="warn", invalid="warn"):
            try:
                function(*required)
            except Exception:  # it did not raise before, so it varies
                return set()
    said = " ".join(str(one.message) for one in caught)
    kinds = {
        "overflow": "an overflow",
        "invalid value": "an invalid value (0 / 0, inf - inf)",
    }
    return {words for kind, words in kinds.items() if kind in said}


def _room(contract, subject):
    """A remark if it builds something of N x N entries."""
    many = _cases.many(contract.name)
    if many is None or tracemalloc.is_tracing():
        return None  # the reader is tracing, which `_peak` would stop
    sizes = [np.size(value) for value in argument_leaves(many.arguments).values()]
    N = _cases.PRIME
    own, ours = _peak(subject.function, contract, many), _peak_of_arrays(contract.name)
    square = N * N  # bytes of the smallest such array, one of Booleans
    if own < square or ours >= square or max(sizes) * 8 * 8 >= square:
        return None
    return (
        f"on {N:,} rows it needs {own / 1e6:.3g} MB at once, the package's arrays need "
        f"{ours / 1e6:.2g}: it builds something of {N:,} x {N:,} entries, a hundred times as much "
        f"for ten times the rows"
    )


@cache
def _peak_of_arrays(exercise):
    contract = contract_of(exercise)
    return _peak(contract.vectorized, contract, _cases.many(exercise))


def _peak(function, contract, case):
    """The peak memory of a call, in bytes; 0 if it raises."""
    arguments = _cases.fresh(case.arguments)
    required = [arguments[name] for name in contract.required]
    tracemalloc.start()
    try:
        with FILTERS, warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            function(*required)
        return tracemalloc.get_traced_memory()[1]
    except Exception:
        return 0
    finally:
        tracemalloc.stop()
