"""Wrong solutions, and what must be said of them."""

import numpy as np

from emlib import mcmc

# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "transition_matrix",
        lambda log_p, proposal: 2 * mcmc.vectorized.transition_matrix(log_p, proposal),
        "every entry is 2 times what it should be",
    ),
    (
        "metropolis",
        lambda *given: mcmc.vectorized.metropolis(*given).draws,
        "end with return mcmc.Chains(draws, log_densities, accepted)",
    ),
    (
        "metropolis",
        lambda *given: mcmc.Chains(
            *(part.swapaxes(0, 1) for part in mcmc.vectorized.metropolis(*given))
        ),
        "draws: expected (C, T, D)",
    ),
    (
        "metropolis",
        lambda *given: mcmc.vectorized.metropolis(*given)._replace(
            accepted=np.ones(given[3].T.shape, dtype=bool)
        ),
        "is True, expected False",
    ),
    (
        "posterior",
        lambda X, prior: (
            *mcmc.vectorized.posterior(X, prior)[:3],
            prior.degrees + 2 * len(X),
        ),
        "degrees is",
    ),
    (
        "inverse_wishart",
        lambda scatter, chi_squares, normals: -scatter,
        "entries differ",
    ),
    (
        "gibbs_linkage",
        lambda counts, start, rng, n_draws: rng.random((len(start), n_draws)),
        "over 2,000 calls the median of result[0, 0] is",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("transition_matrix", "result"),
    ("metropolis", "draws"),
    ("gibbs_linkage", "result"),
    ("posterior", "mean"),
    ("posterior", "scatter"),
    ("inverse_wishart", "result"),
]
