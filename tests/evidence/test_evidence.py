"""The bound, the gap and the evidence fit together, and known values come out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import evidence

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])


@sides
@given(seed=st.integers(0, 2**32 - 1), N=st.integers(1, 6), K=st.integers(1, 4))
def test_evidence_is_bound_plus_gap(side, seed, N, K):
    rng = np.random.default_rng(seed)
    twin = getattr(evidence, side)
    log_joint = 5 * rng.standard_normal((N, K))
    q = rng.dirichlet(np.ones(K), size=N)
    log_evidence = twin.log_sum_exp(log_joint)
    posterior = np.exp(log_joint - log_evidence[:, None])
    gap = twin.kl_divergence(q, posterior)
    assert gap >= -1e-12
    assert twin.lower_bound(log_joint, q) + gap == pytest.approx(
        log_evidence.sum(), abs=1e-10
    )
    assert twin.lower_bound(log_joint, posterior) == pytest.approx(
        log_evidence.sum(), abs=1e-10
    )


@sides
def test_known_values(side):
    twin = getattr(evidence, side)
    expected = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)
    assert twin.kl_divergence([[0.5, 0.5]], [[0.9, 0.1]]) == pytest.approx(expected)
    assert twin.kl_divergence([[0.5, 0.5]], [[1.0, 0.0]]) == math.inf
    assert twin.kl_divergence([[1.0, 0.0]], [[0.5, 0.5]]) == pytest.approx(math.log(2))
    assert twin.lower_bound([[0.0, -math.inf]], [[0.5, 0.5]]) == -math.inf
    assert twin.log_sum_exp([[-1000.0, -1000.0]])[0] == pytest.approx(
        -1000 + math.log(2)
    )
