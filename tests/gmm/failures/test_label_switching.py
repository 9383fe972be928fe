"""Label switching: provoked it happens, cured it does not."""

from itertools import permutations

import numpy as np
import pytest

from emlib import gmm, search
from tests.gmm.failures.climbs import climb, waits


@pytest.fixture(scope="module")
def refits():
    rng, found = np.random.default_rng(3), []
    for _ in range(20):
        resample = waits[rng.integers(len(waits), size=len(waits))]
        start = search.start(resample, 2, rng)
        found.append(climb(resample, start, tol=1e-2).params)
    return found


def relabelled(params, reference):
    """The components in the order whose responsibilities agree best."""
    agreement = (
        gmm.vectorized.e_step(waits, reference)[0].T
        @ gmm.vectorized.e_step(waits, params)[0]
    )
    orders = [np.array(order) for order in permutations(range(len(agreement)))]
    best = max(orders, key=lambda order: np.trace(agreement[:, order]))
    return gmm.Params(*(part[best] for part in params))


def average(fits):
    return gmm.Params(*(np.mean(parts, axis=0) for parts in zip(*fits, strict=True)))


def test_label_switching_happens(refits):
    means = np.array([fit.means[:, 0] for fit in refits])
    assert (means.std(axis=0) > 8).all()
    heights = [gmm.vectorized.log_likelihood(waits, fit) for fit in refits]
    at_average = gmm.vectorized.log_likelihood(waits, average(refits))
    assert at_average < min(heights) - 20


def test_label_switching_is_cured(refits):
    named = [relabelled(fit, refits[0]) for fit in refits]
    means = np.array([fit.means[:, 0] for fit in named])
    assert (means.std(axis=0) < 2).all()
    heights = [gmm.vectorized.log_likelihood(waits, fit) for fit in refits]
    at_average = gmm.vectorized.log_likelihood(waits, average(named))
    assert at_average > min(heights)
