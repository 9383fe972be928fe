"""The density is held to its definition."""

import numpy as np
import pytest

from emlib import gaussian

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])


@sides
def test_the_gaussian_density_integrates_to_one(side):
    """Both twins could be wrong alike: hold them to the definition."""
    params = gaussian.Params([0.5, -1.0], [[1.5, 0.6], [0.6, 0.8]])
    axis = np.arange(-9, 9, 0.25)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    density = np.exp(getattr(gaussian, side).log_density(grid, params))
    assert density.sum() * 0.25**2 == pytest.approx(1, abs=1e-8)
    mean = density @ grid * 0.25**2
    np.testing.assert_allclose(mean, params.mean, atol=1e-7)
