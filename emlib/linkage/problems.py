"""Random problems for linkage: counts of animals."""

import numpy as np

from emlib import linkage
from emlib._checks import EPS
from emlib.problems import Problem


def _animals(rng, setting):
    """Counts (4,) of 10 N animals, and the theta that they were drawn with."""
    theta = float(rng.uniform(0.02, 0.98))
    p = np.array([0.5 + theta / 4, (1 - theta) / 4, (1 - theta) / 4, theta / 4])
    counts = rng.multinomial(10 * setting.N, p).astype(float)
    if setting.extreme:
        counts[rng.integers(1, 4)] = 0.0
    return counts, linkage.Params(theta)


def log_likelihood(rng, setting):
    """Counts of animals from the theta given; one class empty if extreme."""
    counts, params = _animals(rng, setting)
    # A relative error in a cell's probability moves its logarithm by as much.
    size = counts.sum()
    return Problem(
        {"counts": counts, "params": params},
        lambda result: 8 * EPS * (size + abs(result)),
    )


def e_step(rng, setting):
    """Counts of animals from the theta given; one class empty if extreme."""
    problem = log_likelihood(rng, setting)
    return Problem(
        problem.arguments,
        lambda result: (8 * EPS * (1 + result[0]), problem.tolerance(result[1])),
    )


def m_step(rng, setting):
    """Counts of animals, the first divided at random."""
    counts, _ = _animals(rng, setting)
    share = counts[0] * rng.random()
    expected = np.concatenate([[counts[0] - share, share], counts[1:]])
    return Problem(
        {"counts": counts, "expected_counts": expected},
        lambda result: linkage.Params(8 * EPS),
    )
