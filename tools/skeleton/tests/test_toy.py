"""What holds of toy alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib.toy import naive, vectorized


@pytest.mark.parametrize("side", [naive, vectorized])
@given(seed=st.integers(0, 2**32 - 1), N=st.integers(1, 9), D=st.integers(1, 3))
def test_the_average_moves_with_the_observations(side, seed, N, D):
    rng = np.random.default_rng(seed)
    X, shift = rng.standard_normal((N, D)), rng.standard_normal(D)
    moved = side.average(X + shift)
    np.testing.assert_allclose(moved, side.average(X) + shift, rtol=0, atol=1e-14 * N)
