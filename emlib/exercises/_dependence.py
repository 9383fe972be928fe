"""What a reader's result, and its difference from the right one, depends on.

One argument is replaced by that of another problem of the same sizes. A result that does not
change while the right one does ignores the argument. A difference that does not change depends on
the other arguments alone.
"""

import numpy as np

from emlib.exercises import _cases
from emlib.exercises._contract import argument_leaves, with_leaves

SEVEN_DIGITS = 1e-7


def dependence(contract, subject, part):
    """What the result wrongly depends on, or wrongly ignores, in words; None if nothing.

    Parameters
    ----------
    contract, subject
        What is asked for, and what the reader wrote.
    part : str
        The part of the result that is wrong.
    """
    found = {}
    for case in _cases.easy(contract.name, False):
        for name, changes in _changes(contract, subject, part, case).items():
            found.setdefault(name, []).append(changes)
    if not found:
        return None
    own, right, difference, ratio = (
        {name for name, all_changes in found.items() if any(c[i] for c in all_changes)}
        for i in range(4)
    )
    ignored = [name for name in found if name in right and name not in own]
    if ignored:
        return f"it does not depend on {_listed(ignored)}"
    needless = [name for name in found if name in own and name not in right]
    if needless:
        return f"it depends on {_listed(needless)}, but should not"
    for what, names in (("difference from", difference), ("ratio to", ratio)):
        of = [name for name in found if name in names]
        if of and set(of) < right:
            return f"its {what} what it should be depends on {_listed(of)} alone"
    return None


def _listed(names):
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _changes(contract, subject, part, case):
    """For each argument: whether replacing it changes each of the four values of `_values`."""
    other = _cases.partner(contract.name, case)
    if other is None:
        return {}
    before = _values(contract, subject, part, case)
    leaves, theirs = argument_leaves(case.arguments), argument_leaves(other.arguments)
    found = {}
    for name in leaves:
        if name not in contract.takes or np.shape(theirs[name]) != np.shape(
            leaves[name]
        ):
            continue
        if np.array_equal(theirs[name], leaves[name]):
            continue
        arguments = with_leaves(case.arguments, {name: theirs[name]})
        exchanged = _cases.case_of(contract.name, case.words, arguments)
        if exchanged is None:
            continue
        after = _values(contract, subject, part, exchanged)
        if before is None or after is None or before[0].shape != after[0].shape:
            return {}
        found[name] = tuple(
            not _equal(one, two) for one, two in zip(before, after, strict=True)
        )
    return found


def _values(contract, subject, part, case):
    """The reader's part, the right one, their difference, and their ratio minus 1.

    None if the reader's function failed, or one of the first three is not finite.
    """
    outcome = subject.outcome(case.arguments)
    try:
        own = np.asarray(contract.named(outcome.result)[part], dtype=float)
        right = np.asarray(contract.named(case.expected)[part], dtype=float)
        with np.errstate(all="ignore"):
            found = own, right, own - right, own / right - 1
    except Exception:  # the reader may have raised, or returned anything
        return None
    return found if all(np.isfinite(value).all() for value in found[:3]) else None


def _equal(one, two):
    size = max(np.abs(one).max(initial=0.0), np.abs(two).max(initial=0.0))
    return bool((np.abs(one - two) <= SEVEN_DIGITS * size).all())
