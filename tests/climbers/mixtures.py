"""Mixtures that can be climbed on without losing digits."""

import numpy as np
from hypothesis import strategies as st

from emlib import climbers
from emlib.problems import Setting, ingredients, mixtures

settings = st.builds(
    Setting,
    N=st.integers(1, 12),
    D=st.integers(1, 3),
    K=st.integers(1, 3),
    scale=st.sampled_from([1e-3, 1.0, 1e3]),
    offset=st.sampled_from([0.0, 1.0]),
    distinct=st.none(),
    extreme=st.just(False),
    condition=st.sampled_from([1.0, 10.0]),
    separation=st.sampled_from([0.0, 1.0, 3.0]),
)
seeds = st.integers(0, 2**32 - 1)


def mixture(setting, seed):
    """Observations, a mixture, and its unconstrained parameters."""
    rng = np.random.default_rng(seed)
    params = mixtures.params(rng, setting)
    X = ingredients.observations(rng, setting, params)
    return X, params, climbers.vectorized.unconstrain(*params)
