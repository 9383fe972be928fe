"""Climbs on Old Faithful, from starts that are given or drawn."""

import warnings

import numpy as np

from emlib import datasets, em, gmm, search

X = datasets.old_faithful()  # (272, 2), minutes
waits = X[:, 1:]
START = gmm.Params(
    np.full(2, 0.5),
    np.array([[2.0, 55.0], [4.5, 80.0]]),
    np.array([np.diag([1.0, 36.0])] * 2),
)


def climb(X, params, tol=1e-6, max_iter=500, **options):
    """EM, stopped without a warning after `max_iter`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        model = em.with_options(gmm.vectorized, **options)
        return em.fit(model, X, params, tol=tol, max_iter=max_iter)


def collapses(X, starts, **options):
    """How many of the starts end with a component that has collapsed."""
    count = 0
    for start in starts:
        try:
            climb(X, start, tol=1e-3, max_iter=200, **options)
        except em.DegenerateComponent:
            count += 1
    return count


def starts(X, K, n, how="points", seed=0):
    rng = np.random.default_rng(seed)
    return [search.start(X, K, rng, how) for _ in range(n)]


def sorted_means(params):
    return params.means[params.means[:, -1].argsort()]
