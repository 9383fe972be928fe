"""Wrong solutions, and what must be said of them."""

import numpy as np

from emlib import evidence

# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "lower_bound",
        lambda log_joint, q: evidence.vectorized.log_sum_exp(log_joint).sum() + 1,
        "a lower bound cannot be, for any q",
    ),
    (
        "kl_divergence",
        lambda q, p: -evidence.vectorized.kl_divergence(q, p),
        "by Gibbs' inequality",
    ),
    (
        "log_sum_exp",
        lambda terms: evidence.vectorized.log_sum_exp(terms) + 5,
        "lies between the largest of them and",
    ),
    (
        "log_sum_exp",
        lambda terms: np.where(
            np.isneginf(terms).all(axis=1), 0, np.logaddexp.reduce(terms, axis=1)
        ),
        "expected -inf",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("lower_bound", "result"),
    ("log_sum_exp", "result"),
]
