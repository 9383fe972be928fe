"""The posterior is held to its definition."""

import math

import numpy as np
import pytest

from emlib import coins

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])


@sides
def test_the_coins_posterior_is_bayes_rule(side):
    gamma, log_likelihood = getattr(coins, side).e_step(
        [[3, 1]], coins.Params([0.9, 0.2])
    )
    a, b = 0.5 * 0.9**3 * 0.1, 0.5 * 0.2**3 * 0.8
    np.testing.assert_allclose(gamma, [[a / (a + b), b / (a + b)]])
    assert log_likelihood == pytest.approx(math.log(a + b))
