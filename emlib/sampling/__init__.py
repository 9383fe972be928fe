"""Drawing from a distribution, and weighting other draws.

Nothing here draws a random number. Each function takes uniform numbers u, in the interval
[0, 1) as ``numpy.random.Generator.random`` returns them, and is a plain function of them. So a run
can be replayed, and two implementations can be compared draw by draw. Densities are logarithms, in
nats; -inf is the logarithm of zero.
"""

import math
from typing import NamedTuple

import numpy as np

from emlib import _checks

# What `check` calls that of which there are N, K or M.
CALLED = {"N": "draw", "K": "category", "M": "entry"}


class Alias(NamedTuple):
    """A table from which a category is drawn in constant time.

    Attributes
    ----------
    probabilities : numpy.ndarray, shape (K,)
        The share of column k that belongs to category k.
    aliases : numpy.ndarray, shape (K,)
        The category, a whole number, that has the rest of column k; k itself where nothing is left.
    """

    probabilities: np.ndarray
    aliases: np.ndarray


def check_uniforms(value, name, shape):
    """Uniform numbers: 0 is one, 1 is not."""
    u = _checks.interval(value, name, shape)
    _checks.refuse(
        u == 1, u, name, "it must lie below 1; draw it with Generator.random"
    )
    return u


def check_inverse_cdf(u, x, cdf):
    """Probabilities (N,), and a table of at least two points that rises from 0 to 1."""
    u = _checks.interval(u, "u", ("N",))
    x = _checks.real_array(x, "x", ("M",))
    _checks.squarable(x, "x")
    if len(x) < 2:
        raise ValueError("x has M = 1 entry: tabulate cdf at 2 points at least")
    cdf = _checks.interval(cdf, "cdf", (len(x),))
    for name, array in (("x", x), ("cdf", cdf)):
        _checks.refuse(
            np.append(False, np.diff(array) < 0),
            array,
            name,
            "it is below the entry before; sort x, and let cdf rise with it",
        )
    for place, end in ((0, 0.0), (-1, 1.0)):
        if cdf[place] != end:
            raise ValueError(
                f"cdf[{place}] is {float(cdf[place])!r}, not {end:g}: extend the table to where "
                f"cdf is {end:g}, or rescale it, (cdf - cdf[0]) / (cdf[-1] - cdf[0])"
            )
    return u, x, cdf


def check_weights(value, axis):
    """Weights, not all zero, of a size that can be added up."""
    weights = _checks.counts(value, "weights", (axis,))
    if not weights.any():
        raise ValueError("weights are all zero: give at least one a positive weight")
    largest = weights.max()
    if largest < 1 / _checks.LARGEST:
        raise ValueError(
            f"weights are at most {largest:.6g}: divide all of them by the largest one"
        )
    return weights


def check_table(table):
    """An alias table: shares (K,) between 0 and 1, and categories (K,)."""
    if not isinstance(table, Alias):
        raise ValueError(
            f"table is a {type(table).__name__}: pass what alias_table returns"
        )
    shares = _checks.interval(table.probabilities, "table.probabilities", ("K",))
    K = len(shares)
    return shares, _checks.indices(table.aliases, "table.aliases", K, K)


def check_alias_draw(table, u, v):
    """An alias table and two uniform numbers for each draw."""
    shares, aliases = check_table(table)
    u = check_uniforms(u, "u", ("N",))
    return shares, aliases, u, check_uniforms(v, "v", (len(u),))


def check_log_densities(log_target, log_proposal):
    """Two log-densities (N,): the target's may be -inf, that of a proposal drawn from may not."""
    target = _checks.logarithms(log_target, "log_target", ("N",))
    proposal = _checks.logarithms(log_proposal, "log_proposal", (len(target),))
    _checks.refuse(
        np.isneginf(proposal),
        proposal,
        "log_proposal",
        "the proposal cannot have drawn a point where its density is zero; check which density "
        "is which",
    )
    return target, proposal


def check_rejection(log_target, log_proposal, log_bound, u):
    """Log-densities (N,), a bound on their difference that holds, and uniform numbers (N,)."""
    target, proposal = check_log_densities(log_target, log_proposal)
    bound = _checks.real_array(log_bound, "log_bound", ())  # it has to be finite
    bound = float(_checks.logarithms(bound, "log_bound", ()))
    u = check_uniforms(u, "u", (len(target),))
    finite = np.where(np.isneginf(target), 0.0, target)
    # At the point where the bound is attained, the two sides differ by their own rounding.
    rounding = _checks.HALF_DIGITS * (1 + np.abs(finite) + np.abs(proposal))
    above = target - proposal - bound
    bad = above > rounding
    if bad.any():
        n = int(np.argmax(bad))
        raise ValueError(
            f"log_target[{n}] exceeds log_proposal[{n}] + log_bound by {above[n]:.6g}: draws "
            f"would be too rare there; raise log_bound to {bound + above.max():.6g} or more"
        )
    return target, proposal, bound, u


def check_log_weights(value, axis="N"):
    """Log weights (N,), at least one of them above -inf."""
    weights = _checks.logarithms(value, "log_weights", (axis,))
    if np.isneginf(weights).all():
        raise ValueError(
            "log_weights are all -inf: the target is zero wherever the proposal drew; choose a "
            "proposal that covers the target"
        )
    return weights


def check_systematic(weights, u):
    """Weights (N,), not all zero, and one uniform number."""
    weights = check_weights(weights, "N")
    return weights, float(check_uniforms(u, "u", ()))


# Below the logarithm of the smallest normal number a weight has no digits left to fit a tail to.
LEAST_LOG_WEIGHT = math.log(np.finfo(float).tiny)
# Where even less than that is left, the grid of the fit would reach infinity.
LEAST_QUARTILE = 1e-306
# A share of the grid's posterior below this is rounding (as in the authors' and in ArviZ's code).
LEAST_SHARE = 10 * _checks.EPS
# The generalised Pareto fit needs at least 5 points in the tail.
LEAST_TAIL = 5


def tail_size(n_weights):
    """How many of N weights count as their tail, Vehtari et al. (2024, section 2.4)."""
    N = n_weights
    return math.ceil(min(N / 5, 3 * math.sqrt(N)))


from emlib.sampling import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["Alias", "naive", "vectorized"]
