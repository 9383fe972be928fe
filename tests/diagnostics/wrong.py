"""Wrong solutions, and what must be said of them."""

import numpy as np

from emlib.diagnostics import vectorized

# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "autocovariance",
        lambda draws: vectorized.autocovariance(draws).mean(axis=0),
        "the axis C is missing",
    ),
    (
        "autocovariance",
        lambda draws: vectorized.autocovariance(draws).T,
        "transposed?",
    ),
    (
        "autocovariance",
        lambda draws: 2 * vectorized.autocovariance(draws),
        "every entry is 2 times what it should be",
    ),
    ("rhat", lambda draws: np.full(2, vectorized.rhat(draws)), "expected a number"),
    ("rhat", lambda draws: vectorized.rhat(draws) - 1, "result is"),
    (
        "rhat",
        lambda draws: [vectorized.rhat(draws[c : c + 1]) for c in range(len(draws))],
        "expected a number",
    ),
    (
        "ess",
        lambda draws: min(vectorized.ess(draws), draws.size),
        "result is",
    ),
    ("ess", lambda draws: vectorized.ess(draws[:, 1:]), "result is"),
    (
        "mcse_mean",
        lambda draws: draws.mean() / vectorized.ess(draws, "mean") ** 0.5,
        "result is",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("autocovariance", "result"),
    ("rhat", "result"),
    ("ess", "result"),
    ("mcse_mean", "result"),
]
