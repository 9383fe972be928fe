"""Wrong solutions, and what must be said of them."""

import numpy as np

from emlib import gmm

# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "log_density",
        lambda X, p: np.log(np.exp(gmm.vectorized._log_joint(X, p)).sum(axis=1)),
        "every density underflows",
    ),
    (
        "log_density",
        lambda X, p: np.log(
            np.exp(gmm.vectorized._log_joint(X, p)).sum(axis=1) + 1e-300
        ),
        "every density underflows",
    ),
    (
        "m_step",
        lambda X, gamma: gmm.vectorized.m_step(X, gamma)._replace(
            means=gamma.T @ X / np.maximum(gamma.sum(axis=0), 0.5)[:, None]
        ),
        "far less than one observation",
    ),
    (
        "m_step",
        lambda X, gamma: gmm.vectorized.m_step(X, gamma)._replace(
            covariances=gmm.vectorized.m_step(X, gamma).covariances
            + 1e-6 * np.eye(X.shape[1])
        ),
        "was something small added or clipped",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("log_likelihood", "result"),
    ("e_step", "responsibilities"),
    ("m_step", "weights"),
    ("m_step", "means"),
    ("m_step", "covariances"),
]
