"""An unlucky start: provoked it happens, cured it does not."""

from contextlib import suppress

import numpy as np
import pytest

from emlib import em, gmm
from tests.gmm.failures.climbs import climb, starts

CLOUDS = np.array([[0.0, 0.0], [6.0, 0.0], [3.0, 5.0]])


def clouds():
    noise = np.random.default_rng(0).standard_normal((180, 2))
    return np.repeat(CLOUDS, 60, axis=0) + noise


def at(means):
    return gmm.Params(np.full(3, 1 / 3), np.array(means), np.array([np.eye(2)] * 3))


def test_unlucky_start_happens():
    data = clouds()
    top = climb(data, at(CLOUDS)).log_likelihoods[-1]
    for means in ([[-0.5, 0], [0.5, 0], [4.5, 2.5]], [data.mean(axis=0)] * 3):
        result = climb(data, at(means))
        assert result.converged
        assert result.log_likelihoods[-1] < top - 40


def test_unlucky_start_is_cured():
    data = clouds()
    top = climb(data, at(CLOUDS)).log_likelihoods[-1]
    ends = []
    for start in starts(data, 3, 10, "k-means++", seed=4):
        with suppress(em.DegenerateComponent):
            ends.append(climb(data, start, tol=1e-4).log_likelihoods[-1])
    assert max(ends) == pytest.approx(top, abs=0.1)
