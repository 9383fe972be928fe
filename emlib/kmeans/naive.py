"""k-means as loops: one equation, one line."""

import numpy as np

from emlib.kmeans import (
    check_centers,
    check_fit,
    check_labels,
    check_seed,
    resolved,
    too_few,
    warn_of_no_convergence,
)


def _squared_distance(x, center):
    """The squared distance between two points (D,)."""
    return sum((x[i] - center[i]) ** 2 for i in range(len(x)))


def _served(X, labels, centers):
    """The labels (N,) after each center without observations has taken one over."""
    N, K = len(X), len(centers)
    z = labels.copy()
    N_k = [sum(z[n] == k for n in range(N)) for k in range(K)]
    for k in range(K):
        if N_k[k] == 0:
            far = [_squared_distance(X[n], centers[z[n]]) for n in range(N)]
            sharing = [n for n in range(N) if N_k[z[n]] > 1]
            farthest = max(sharing, key=lambda n, far=far: far[n])  # eq-kmeans-empty
            if far[farthest] > resolved(X):
                N_k[z[farthest]] -= 1
                N_k[k], z[farthest] = 1, k
    return z


def assign(X, centers):
    """The nearest center of each observation.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    centers : array_like, shape (K, D)
        In the units of the data.

    Returns
    -------
    labels : numpy.ndarray of int, shape (N,)
        Lloyd (1982). The first of several centers that are equally near.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required.
    """
    X, centers = check_centers(X, centers)
    labels = np.empty(len(X), dtype=int)
    for n in range(len(X)):
        distances = [_squared_distance(X[n], center) for center in centers]
        labels[n] = distances.index(min(distances))  # eq-kmeans-assignment
    return labels


def update(X, labels, centers):
    """The mean of the observations assigned to each center.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    labels : array_like of int, shape (N,)
        The center of each.
    centers : array_like, shape (K, D)
        The old centers, used only if one of them has no observations.

    Returns
    -------
    centers : numpy.ndarray, shape (K, D)
        Lloyd (1982). A center without observations takes over the one that is farthest from its
        own center, among those that share theirs. If all of these lie on their centers, it stays.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or K > N.
    """
    X, labels, centers = check_labels(X, labels, centers)
    (N, D), K = X.shape, len(centers)
    z = _served(X, labels, centers)
    means = np.empty((K, D))
    for k in range(K):
        N_k = sum(z[n] == k for n in range(N))
        for i in range(D):
            total = sum(X[n, i] for n in range(N) if z[n] == k)
            means[k, i] = total / N_k if N_k else centers[k, i]  # eq-kmeans-center
    return means


def distortion(X, labels, centers):
    """The sum of the squared distances from the observations to their centers.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    labels : array_like of int, shape (N,)
        The center of each.
    centers : array_like, shape (K, D)
        In the units of the data.

    Returns
    -------
    float
        In squared units.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or K > N.
    """
    X, labels, centers = check_labels(X, labels, centers)
    total = 0.0
    for n in range(len(X)):
        total += _squared_distance(X[n], centers[labels[n]])  # eq-kmeans-distortion
    return float(total)


def seeding_probabilities(X, centers):
    """How likely k-means++ makes each observation the next center.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    centers : array_like, shape (K, D)
        The centers chosen so far.

    Returns
    -------
    numpy.ndarray, shape (N,)
        In proportion to the squared distance from the nearest center; Arthur & Vassilvitskii
        (2007), step 1b.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or every observation lies on a center.
    """
    X, centers = check_centers(X, centers)
    nearest = [min(_squared_distance(x, center) for center in centers) for x in X]
    total = sum(nearest)
    if total == 0:
        raise too_few(len(np.unique(X, axis=0)))
    return np.array([d / total for d in nearest])  # eq-kmeans-seeding


def seed(X, n_clusters, rng):
    """Centers to start from, drawn from the observations by k-means++.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    n_clusters : int
        How many centers, K, at least 1.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    centers : numpy.ndarray, shape (K, D)
        Arthur & Vassilvitskii (2007): the first is drawn uniformly, each other one with
        `seeding_probabilities`.

    Raises
    ------
    ValueError
        If a shape, an entry, `n_clusters` or `rng` is not as required, or X has fewer than K
        different rows.
    """
    X, K, rng = check_seed(X, n_clusters, rng)
    N = len(X)
    centers = np.empty((K, X.shape[1]))
    for k in range(K):
        p = seeding_probabilities(X, centers[:k]) if k > 0 else np.full(N, 1 / N)
        u, reached = rng.random(), 0.0
        for n in range(N):
            # The last n for which this is true is kept, even if u exceeds all sums.
            if u >= reached and p[n] > 0:
                centers[k] = X[n]  # eq-kmeans-pick
            reached += p[n]
    return centers


def fit(X, centers, max_iter=300):
    """Assign and update in turn until no observation changes its center.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    centers : array_like, shape (K, D)
        Where to start; `seed` chooses well.
    max_iter : int
        Give up after this many updates, with an `emlib.em.ConvergenceWarning`.

    Returns
    -------
    centers : numpy.ndarray, shape (K, D)
        After the last update.
    labels : numpy.ndarray of int, shape (N,)
        The nearest of these centers.
    distortion : float
        In squared units.
    n_iter : int
        How many times the centers were updated.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, `max_iter` is not a whole number of at least 1,
        or K > N.
    """
    X, centers, max_iter = check_fit(X, centers, max_iter)
    labels = assign(X, centers)
    for n_iter in range(1, max_iter + 1):  # noqa: B007
        before, z = labels, _served(X, labels, centers)
        centers = update(X, z, centers)
        labels = assign(X, centers)
        if all(labels == before) and all(labels == z):
            break
    else:
        warn_of_no_convergence(max_iter)
    return centers, labels, distortion(X, labels, centers), n_iter
