"""Too many components: provoked it happens, cured it does not."""

import pytest

from emlib import gmm, selection
from tests.gmm.failures.climbs import X, climb, starts


@pytest.fixture(scope="module")
def crowded():
    (start,) = starts(X, 8, 1, "k-means++", seed=5)
    return climb(X, start, tol=1e-2).params


def test_too_many_components_happens(best, crowded):
    heights = [gmm.vectorized.log_likelihood(X, p) for p in (best.params, crowded)]
    assert heights[1] > heights[0] + 20  # the likelihood does not mind
    gamma, _ = gmm.vectorized.e_step(X, crowded)
    assert gamma.sum(axis=0).min() < 20
    assert (gamma.max(axis=1) < 0.9).mean() > 0.25


def test_too_many_components_is_cured(best, crowded):
    bic = [selection.vectorized.bic(X, p, "full") for p in (best.params, crowded)]
    assert bic[0] < bic[1] - 50
    prior = gmm.weak_prior(X, 8)._replace(concentration=21.0)
    fed = climb(X, crowded, tol=1e-2, prior=prior).params
    assert fed.weights.min() >= 20 / (len(X) + 8 * 20)
    assert fed.weights.min() > 1.5 * crowded.weights.min()
