"""k-means.

Every observation belongs to the nearest of K centers only: hard EM. One step assigns each
observation to its nearest center, the other moves each center to the mean of its observations.
Neither raises the distortion, the sum of the squared distances from the observations to their
centers. Like EM, k-means finds a local optimum that depends on the start. A start chosen by
k-means++ is rarely bad.
"""

import warnings

import numpy as np

from emlib import _checks
from emlib.em import ConvergenceWarning


def check_centers(X, centers):
    """Observations (N, D) and centers (K, D)."""
    X = _checks.observations(X)
    return X, _some_centers(centers, X.shape[1])


def check_labels(X, labels, centers):
    """Observations (N, D), the center (N,) of each, and centers (K, D), at most N of them."""
    X, centers = check_centers(X, centers)
    _no_more_than(len(centers), len(X), "centers")
    return X, _checks.indices(labels, "labels", len(X), len(centers)), centers


def check_fit(X, centers, max_iter):
    """Observations (N, D), centers (K, D), at most N of them, and a number of iterations."""
    X, centers = check_centers(X, centers)
    _no_more_than(len(centers), len(X), "centers")
    return X, centers, _checks.whole_number(max_iter, "max_iter")


def check_seed(X, n_clusters, rng):
    """Observations (N, D), a number of clusters, at most N, and a generator."""
    X = _checks.observations(X)
    K = _checks.whole_number(n_clusters, "n_clusters")
    _no_more_than(K, len(X), "n_clusters")
    return X, K, _checks.generator(rng)


def _some_centers(value, n_features):
    centers = _checks.real_array(value, "centers", ("K", n_features))
    _checks.squarable(centers, "centers")
    return centers


def _no_more_than(K, N, name):
    if K > N:
        raise ValueError(
            f"{name} asks for {K} clusters from {N} observations: use at most as many clusters as "
            f"observations"
        )


def resolved(X):
    """The largest squared distance between a computed mean of observations and the exact one.

    An observation whose squared distance from its center is not larger counts as lying on it.
    """
    return X.shape[1] * (2 * len(X) * _checks.EPS * np.abs(X).max()) ** 2


def too_few(k):
    """The error for observations that are all centers already."""
    return ValueError(
        f"X has only {k} different observations, and each is a center already: use at most {k} "
        f"clusters"
    )


def warn_of_no_convergence(max_iter):
    """The warning for labels that still change."""
    warnings.warn(
        f"k-means did not converge in {max_iter} iterations: observations still change their "
        f"center. Raise max_iter, or continue from the returned centers.",
        ConvergenceWarning,
        stacklevel=3,
    )


from emlib.kmeans import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["naive", "vectorized"]
