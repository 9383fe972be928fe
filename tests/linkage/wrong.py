"""Wrong solutions, and what must be said of them."""

import numpy as np

from emlib import linkage

# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "e_step",
        lambda counts, params: (
            np.append(0, linkage.vectorized.e_step(counts, params)[0][1:]),
            0.0,
        ),
        "that they divide",
    ),
    (
        "m_step",
        lambda counts, x: linkage.Params(float(x.sum())),
        "a probability lies between 0 and 1",
    ),
    (
        "log_likelihood",
        lambda y, params: np.log(
            np.prod(
                np.array(
                    [
                        1 / 2 + params.theta / 4,
                        (1 - params.theta) / 4,
                        (1 - params.theta) / 4,
                        params.theta / 4,
                    ]
                )
                ** y
            )
        ),
        "thousands of animals",
    ),
    (
        "m_step",
        lambda y, x: linkage.Params(
            float(np.clip(linkage.vectorized.m_step(y, x).theta, 0.01, 0.99))
        ),
        "no animal in a class of probability theta / 4",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("e_step", "expected_counts"),
    ("m_step", "theta"),
]
