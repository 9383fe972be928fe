"""Wrong solutions, and what must be said of them."""

import numpy as np

from emlib import coins

# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "m_step",
        lambda counts, gamma: coins.vectorized.m_step(counts, gamma).biases,
        "end with return coins.Params(biases)",
    ),
    (
        "log_likelihood",
        lambda counts, params: np.log(
            np.mean(
                params.biases ** counts[:, :1] * (1 - params.biases) ** counts[:, 1:],
                axis=1,
            )
        ).sum(),
        "every probability underflows",
    ),
    (
        "m_step",
        lambda counts, gamma: coins.Params(
            np.clip(coins.vectorized.m_step(counts, gamma).biases, 0.01, 0.99)
        ),
        "all heads",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("e_step", "responsibilities"),
    ("m_step", "biases"),
]
