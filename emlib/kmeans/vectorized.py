"""k-means on whole arrays."""

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

# Observations at a time: their distances to a few dozen centers stay in the processor's cache.
BLOCK = 8192


def _features(X, origin):
    """The features and a row of ones, (D + 1, N), around an origin among the observations.

    Far from the origin the products of coordinates would lose the digits that all share.
    """
    features = np.ones((X.shape[1] + 1, len(X)))
    np.subtract(X.T, origin[:, None], out=features[:-1])
    return features


def _assign(features, centers):
    """The nearest center (N,) of each observation.

    The squared distance is |x|^2 - 2 (x . c - |c|^2 / 2), and |x|^2 is the same for all centers:
    the nearest has the largest bracket. All brackets are one product.
    """
    K, N = len(centers), features.shape[1]
    half_squares = 0.5 * np.einsum("kd,kd->k", centers, centers)
    brackets = np.column_stack([centers, -half_squares])  # (K, D + 1)
    names = K + np.arange(K, dtype=float)  # a sum of two of them is no name
    labels = np.empty(N, dtype=int)
    scores, largest = np.empty((K, BLOCK)), np.empty(BLOCK)
    for start in range(0, N, BLOCK):
        block = features[:, start : start + BLOCK]
        n = block.shape[1]
        score = np.matmul(brackets, block, out=scores[:, :n])
        top = np.max(score, axis=0, out=largest[:n])
        # argmax would branch on every entry. A comparison does not: ones and zeros, in place.
        nearest = np.equal(score, top, out=score)
        labels[start : start + n] = names @ nearest - K  # eq-kmeans-assignment
    tied = np.flatnonzero(labels >= K)
    labels[tied] = (brackets @ features[:, tied]).argmax(axis=0)
    return labels


def _sums(features, labels, K):
    """The sums (D + 1, K) of the features, and of the ones, of the observations of each center."""
    return np.stack([np.bincount(labels, row, K) for row in features])


def _means(features, labels, centers, sums):
    """New centers (K, D) from the sums (D + 1, K); an empty one is given an observation."""
    if not sums[-1].all():
        labels = _nobody_left_out(features[:-1].T, labels, centers)
        sums = _sums(features, labels, len(centers))
    counts = np.maximum(sums[-1], 1.0)
    means = (sums[:-1] / counts).T  # (K, D)  # eq-kmeans-center
    return np.where(sums[-1, :, None] > 0, means, centers)


def _squared_distances(X, centers):
    """The squared distance (N,) of each observation from a center (D,), or its own (N, D)."""
    difference = X - centers  # (N, D)
    return np.einsum("nd,nd->n", difference, difference)


def _nobody_left_out(X, labels, centers):
    """The labels (N,), with an observation for each center that has none."""
    labels, counts = labels.copy(), np.bincount(labels, minlength=len(centers))
    for k in np.flatnonzero(counts == 0):
        far = _squared_distances(X, centers[labels])
        far[counts[labels] == 1] = -1.0  # would leave another center without any
        farthest = far.argmax()  # eq-kmeans-empty
        if far[farthest] > resolved(X):
            counts[labels[farthest]] -= 1
            counts[k], labels[farthest] = 1, k
    return labels


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
        Lloyd (1982). The first of several that are equally near.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required.
    """
    X, centers = check_centers(X, centers)
    origin = X.mean(axis=0)
    return _assign(_features(X, origin), centers - origin)


def update(X, labels, centers):
    """The mean of the observations assigned to each center.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    labels : array_like of int, shape (N,)
        The center of each.
    centers : array_like, shape (K, D)
        Where the centers have been; asked only if one of them was assigned nothing.

    Returns
    -------
    centers : numpy.ndarray, shape (K, D)
        Lloyd (1982). A center without observations takes over the one that is farthest from its
        own center, among those that share theirs. If all lie on their centers it stays.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or K > N.
    """
    X, labels, centers = check_labels(X, labels, centers)
    features = _features(X, np.zeros(X.shape[1]))
    sums = _sums(features, labels, len(centers))
    return _means(features, labels, centers, sums)


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
    return float(_squared_distances(X, centers[labels]).sum())  # eq-kmeans-distortion


def seeding_probabilities(X, centers):
    """How likely k-means++ makes each observation the next center.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    centers : array_like, shape (K, D)
        Those chosen so far.

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
    nearest = np.min([_squared_distances(X, c) for c in centers], axis=0)  # (N,)
    total = nearest.sum()
    if total == 0:
        raise too_few(len(np.unique(X, axis=0)))
    return nearest / total  # (N,)  # eq-kmeans-seeding


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
        Arthur & Vassilvitskii (2007): the first is any observation, each other one is drawn with
        `seeding_probabilities`.

    Raises
    ------
    ValueError
        If a shape, an entry or `rng` is not as required, or X has fewer than K different
        rows.
    """
    X, K, rng = check_seed(X, n_clusters, rng)
    chosen = np.empty(K, dtype=int)
    nearest = np.ones(len(X))  # at first every observation is equally likely
    for k in range(K):
        reached = nearest.cumsum()
        if reached[-1] == 0:
            raise too_few(k)
        # The first one past u; rounding may have left the last a hair short of it.
        u = rng.random() * reached[-1]
        chosen[k] = min(
            np.searchsorted(reached, u, "right"), len(X) - 1
        )  # eq-kmeans-pick
        from_it = _squared_distances(X, X[chosen[k]])  # (N,)
        nearest = np.minimum(nearest, from_it) if k else from_it
    return X[chosen]


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
    origin, K = X.mean(axis=0), len(centers)
    features, centers = _features(X, origin), centers - origin
    labels = _assign(features, centers)
    sums = _sums(features, labels, K)
    for n_iter in range(1, max_iter + 1):  # noqa: B007
        centers = _means(features, labels, centers, sums)
        before, labels = labels, _assign(features, centers)
        changed = np.flatnonzero(labels != before)
        if not changed.size:
            break
        # After a few iterations few observations change their center: only those are added up.
        moved = features[:, changed]
        sums += _sums(moved, labels[changed], K) - _sums(moved, before[changed], K)
    else:
        warn_of_no_convergence(max_iter)
    total = _squared_distances(features[:-1].T, centers[labels]).sum()
    return centers + origin, labels, float(total), n_iter
