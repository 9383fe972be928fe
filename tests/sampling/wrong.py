"""Wrong solutions, and what must be said of them."""

import numpy as np

from emlib import sampling

# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "inverse_cdf",
        lambda u, x, cdf: np.interp(u, cdf, x) / 2,
        "every entry is 0.5 times what it should be",
    ),
    (
        "alias_draw",
        lambda table, u, v: sampling.vectorized.alias_draw(table, u, v) * 1.0,
        "result holds float64, not int64",
    ),
    (
        "alias_table",
        lambda weights: (weights, weights),
        "end with return sampling.Alias(probabilities, aliases)",
    ),
    (
        "rejection",
        lambda log_target, log_proposal, log_bound, u: u < np.exp(-log_bound),
        "is False, expected True",
    ),
    (
        "rejection",
        lambda *given: np.flatnonzero(sampling.vectorized.rejection(*given)),
        "result: expected (N,) = (7,), got",
    ),
    (
        "rejection",
        lambda *given: sampling.vectorized.rejection(*given).astype(int),
        "result holds int64, not bool",
    ),
    (
        "effective_sample_size",
        lambda log_weights: float(np.exp(log_weights).sum()),
        "result is",
    ),
    (
        "systematic",
        lambda weights, u: sampling.vectorized.systematic(weights, u) + 1,
        "entries differ",
    ),
    (
        "box_muller",
        lambda u: sampling.vectorized.box_muller(u)[:, ::-1],
        "entries differ",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("inverse_cdf", "result"),
    ("alias_table", "probabilities"),
    ("alias_table", "aliases"),
    ("alias_draw", "result"),
    ("box_muller", "result"),
    ("rejection", "result"),
    ("log_weights", "result"),
    ("effective_sample_size", "result"),
    ("systematic", "result"),
]
