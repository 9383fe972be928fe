"""Duplicates and constants: provoked it happens, cured it does not."""

import numpy as np
import pytest

from emlib import em, gmm
from tests.gmm.failures.climbs import (
    START,
    X,
    climb,
    collapses,
    sorted_means,
    starts,
    waits,
)

UNIT = 10  # minutes
ROUNDED = np.round(waits / UNIT) * UNIT
FLAT = {
    "constant": np.column_stack([X, np.full(len(X), 7.0)]),
    "determined": np.column_stack([X, X.sum(axis=1)]),
}


def test_duplicates_and_constants_happens():
    assert collapses(ROUNDED, starts(ROUNDED, 3, 5)) == 5
    for data in FLAT.values():
        with pytest.raises(em.DegenerateComponent):
            gmm.vectorized.m_step(data, np.ones((len(data), 1)))


def narrowest(data, **options):
    """The smallest standard deviation of a component, over fits from a few starts."""
    ends = [climb(data, start, **options).params for start in starts(data, 3, 5)]
    return min(float(np.sqrt(end.covariances.min())) for end in ends)


def test_duplicates_and_constants_is_cured():
    # Not to collapse is not enough: with a weak prior there are still needles on the values.
    weak = gmm.weak_prior(ROUNDED, 3)
    assert narrowest(ROUNDED, prior=weak) < 1
    by_rounding = UNIT**2 / 12
    psi = (len(ROUNDED) + weak.degrees + 3) * by_rounding
    knowing = weak._replace(scatter=np.array([[psi]]))
    assert narrowest(ROUNDED, prior=knowing) > by_rounding**0.5
    rng = np.random.default_rng(1)
    drawn = ROUNDED + rng.uniform(-UNIT / 2, UNIT / 2, ROUNDED.shape)
    assert narrowest(drawn) > 2
    for data in FLAT.values():
        dropped = climb(data[:, :2], START)
        assert dropped.converged
        # Or a prior that knows the instrument, for whoever wants to keep the column.
        prior = gmm.Prior(data.mean(axis=0), 0.01, 0.1 * np.eye(3), 5.0)
        start = gmm.vectorized.m_step(
            data, gmm.vectorized.e_step(X, START)[0], prior=prior
        )
        kept = climb(data, start, prior=prior)
        np.testing.assert_allclose(
            sorted_means(dropped.params), kept.params.means[:, :2], atol=0.5
        )


def test_equal_rows_may_be_kept_once_with_a_weight():
    values, counts = np.unique(waits, axis=0, return_counts=True)
    start = starts(waits, 2, 1)[0]
    short = climb(values, start, observation_weights=counts)
    long = climb(waits, start)
    np.testing.assert_allclose(short.params.means, long.params.means, rtol=1e-6)
