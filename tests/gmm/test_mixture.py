"""What the twins could both get wrong alike: the density, small components, the draws."""

import numpy as np
import pytest

from emlib import datasets, gaussian, gmm
from tests.gmm.calls import X

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])


@sides
def test_a_mixture_of_one_is_a_gaussian(side):
    X = datasets.old_faithful()[:50]
    fitted = getattr(gaussian, side).fit(X)
    mixture = gmm.Params([1.0], [fitted.mean], [fitted.covariance])
    np.testing.assert_allclose(
        getattr(gmm, side).log_density(X, mixture),
        getattr(gaussian, side).log_density(X, fitted),
        rtol=1e-13,
    )


def test_a_component_with_little_is_not_empty():
    gamma = np.column_stack(
        [[1e-4, 2e-4, 1e-4, 3e-4], 1 - np.array([1e-4, 2e-4, 1e-4, 3e-4])]
    )
    for side in (gmm.naive, gmm.vectorized):
        assert side.m_step(X, gamma).weights[0] == pytest.approx(1.75e-4)


@sides
def test_a_small_component_beside_a_far_one_has_not_collapsed(side):
    """How finely a component is resolved depends on its own observations, not on others'."""
    near = 1e-7 * np.random.default_rng(0).standard_normal((20, 1))
    data = np.concatenate([near, 1e8 + 1e3 * near / 1e-7])
    params = getattr(gmm, side).m_step(data, np.eye(2)[np.repeat([0, 1], 20)])
    assert params.covariances[0, 0, 0] == pytest.approx(near.var(), rel=1e-6)


class Topmost(np.random.Generator):
    """Draws the largest number below one, which lies above a sum of weights that falls short."""

    def random(self, size=None):
        top = 1 - 2.0**-53
        return top if size is None else np.full(size, top)


@pytest.mark.parametrize("side", [gmm.naive, gmm.vectorized])
def test_weights_that_fall_short_of_one_still_pick_a_component(side):
    params = gmm.Params([0.5, 0.5 - 1e-9], [[0.0], [1.0]], [[[1.0]], [[1.0]]])
    _, components = side.sample(params, 3, Topmost(np.random.PCG64(0)))
    np.testing.assert_array_equal(components, [1, 1, 1])


@pytest.mark.parametrize("side", [gmm.naive, gmm.vectorized])
def test_samples_have_the_moments_of_the_mixture(side):
    """Both twins could be wrong alike: hold them to the mean and the covariance."""
    params = gmm.Params(
        [0.3, 0.7], [[0.0, 1], [4, -2]], [[[2, 0.9], [0.9, 1]], np.eye(2)]
    )
    X, components = side.sample(params, 20000, np.random.default_rng(1))
    assert (components == 1).mean() == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / 20000))
    first = X[components == 0]
    np.testing.assert_allclose(
        first.mean(axis=0), [0, 1], atol=4 * np.sqrt(2 / len(first))
    )
    np.testing.assert_allclose(np.cov(first.T), params.covariances[0], atol=0.15)
