"""Genetic linkage.

The example of Dempster, Laird & Rubin (1977), with the counts of Rao (1965). 197 animals fall into
four classes with probabilities (1/2 + theta/4, (1 - theta)/4, (1 - theta)/4, theta/4). The first
class consists of two, with probabilities 1/2 and theta/4. How its count divides between them is
hidden.
"""

from typing import NamedTuple

import numpy as np

from emlib import _checks


class Params(NamedTuple):
    """The parameter of the linkage model.

    Attributes
    ----------
    theta : float
        Between 0 and 1; the square of one minus the recombination fraction.
    """

    theta: float


def check_counts(counts):
    """Counts (4,) of the observed classes, not negative."""
    return _checks.counts(counts, "counts", (4,))


def check_e_step(counts, params):
    """Counts (4,) and a theta that gives every class that was seen a positive probability."""
    counts = check_counts(counts)
    if not isinstance(params, Params):
        raise ValueError(f"params is a {type(params).__name__}: pass a linkage.Params")
    theta = float(_checks.interval(params.theta, "params.theta", ()))
    for seen, p in ((counts[3], theta / 4), (counts[1] + counts[2], (1 - theta) / 4)):
        if seen > 0 and p == 0:
            raise ValueError(
                f"params.theta is {theta:g}, which gives probability zero to a class that has "
                f"counts: start strictly between 0 and 1"
            )
    return counts, theta


def check_m_step(counts, expected_counts):
    """Counts (4,) and expected complete counts (5,) that add up to them."""
    counts = check_counts(counts)
    expected = _checks.counts(expected_counts, "expected_counts", (5,))
    merged = np.concatenate([[expected[0] + expected[1]], expected[2:]])
    bad = np.abs(merged - counts) > _checks.HALF_DIGITS * np.maximum(counts, 1.0)
    if bad.any():
        i = int(np.argmax(bad))
        raise ValueError(
            f"expected_counts do not add up to counts[{i}]: {merged[i]:.9g} against "
            f"{counts[i]:.9g}; entries 0 and 1 share counts[0], the others repeat counts[1:]"
        )
    if not expected[1:].any():
        raise ValueError(
            "expected_counts attribute everything to entry 0, whose probability does not depend "
            "on theta: theta cannot be estimated from these counts"
        )
    return counts, expected


from emlib.linkage import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["Params", "naive", "vectorized"]
