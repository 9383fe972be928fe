"""Weight 2 is the row twice, weight 0 is the row absent, in both twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import em, gaussian, gmm, problems

TWINS = pytest.mark.parametrize("side", ["naive", "vectorized"])


def problem(seed, D, K):
    rng = np.random.default_rng(seed)
    setting = problems.Setting(N=8 * D * K, D=D, K=K)
    arguments, _ = problems.draw("gmm.e_step", rng, setting)
    weights = rng.integers(0, 4, setting.N)
    weights[0] = 1
    return arguments["X"], arguments["params"], weights


@TWINS
@given(seed=st.integers(0, 2**32 - 1), D=st.integers(1, 3), K=st.integers(1, 2))
def test_weights_count_rows(side, seed, D, K):
    X, params, weights = problem(seed, D, K)
    twin, repeated = getattr(gmm, side), np.repeat(X, weights, axis=0)
    gamma, counted = twin.e_step(X, params, weights)
    gamma_repeated, once = twin.e_step(repeated, params)
    # Both sum the same terms in another order: N * eps of their sizes, and a margin.
    np.testing.assert_allclose(
        np.repeat(gamma, weights, axis=0), gamma_repeated, atol=1e-14
    )
    assert counted == pytest.approx(once, rel=1e-12, abs=1e-12)
    assert twin.log_likelihood(X, params, weights) == pytest.approx(
        once, rel=1e-12, abs=1e-12
    )
    try:
        from_rows = twin.m_step(repeated, gamma_repeated)
    except em.DegenerateComponent:
        with pytest.raises(em.DegenerateComponent):
            twin.m_step(X, gamma, weights)
        return
    for one, other in zip(twin.m_step(X, gamma, weights), from_rows, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-11)


@TWINS
def test_a_row_of_weight_zero_is_absent_to_the_last_digit(side):
    X, params, _ = problem(7, 2, 2)
    present = np.ones(len(X))
    present[3] = 0
    wild = X.copy()
    wild[3] = 1e40  # an excluded row must not even change the rounding
    without = np.delete(X, 3, axis=0)
    twin = getattr(gmm, side)
    gamma, _ = twin.e_step(without, params)
    padded = np.insert(gamma, 3, [0.5, 0.5], axis=0)
    for one, other in zip(
        twin.m_step(wild, padded, present), twin.m_step(without, gamma), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(
        getattr(gaussian, side).fit(wild, present),
        getattr(gaussian, side).fit(without),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    assert twin.e_step(wild, params, present)[1] == pytest.approx(
        twin.e_step(without, params)[1], rel=1e-14
    )
