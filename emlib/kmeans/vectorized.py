"""k-means on whole arrays."""

from typing import NamedTuple

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

# How many observations at a time: their distances to a few dozen centers stay in the cache.
BLOCK = 8192
EPS_SINGLE = np.finfo(np.float32).eps
TINY = np.finfo(np.float32).tiny


class _Observations(NamedTuple):
    """Observations in the forms that k-means uses.

    Attributes
    ----------
    X : numpy.ndarray, shape (N, D)
        As given.
    origin : numpy.ndarray, shape (D,)
        A point in the middle of the data. Far from zero, products of coordinates would lose the
        digits in which observations differ. A median, because an outlier can carry a mean away.
    features : numpy.ndarray, shape (D + 1, N)
        The features minus `origin`, and a row of ones.
    single : numpy.ndarray of float32, shape (D + 1, N)
        The same features in units of `scale`, and the ones.
    scale : float
        The largest absolute value of a feature minus `origin`; 1 if all are zero.
    radii : numpy.ndarray, shape (n_blocks,)
        The largest distance from `origin` in each block, in units of `scale`.
    """

    X: np.ndarray
    origin: np.ndarray
    features: np.ndarray
    single: np.ndarray
    scale: float
    radii: np.ndarray


def _observations(X):
    origin = np.median(X[:: 1 + len(X) // 1000], axis=0)  # of a thousand at most
    features = np.ones((X.shape[1] + 1, len(X)))
    np.subtract(X.T, origin[:, None], out=features[:-1])
    scale = float(np.abs(features[:-1]).max()) or 1.0
    single = np.ones(features.shape, dtype=np.float32)
    np.divide(features[:-1], scale, out=single[:-1], casting="same_kind")
    squares = np.einsum("dn,dn->n", single[:-1], single[:-1])
    radii = np.sqrt(np.maximum.reduceat(squares, range(0, len(X), BLOCK)) + TINY)
    return _Observations(X, origin, features, single, scale, radii.astype(float))


def _brackets(centers):
    """The matrix (K, D + 1) whose product with the features and ones gives all brackets.

    The squared distance is |x|^2 - 2 (x . c - |c|^2 / 2), and |x|^2 is the same for all centers.
    So the nearest center has the largest bracket.
    """
    return np.column_stack([centers, -0.5 * np.einsum("kd,kd->k", centers, centers)])


def _assign(observations, centers):
    """The nearest center (N,) of each observation.

    Single precision comes first, because it is twice as fast. Where a second center is so close
    that rounding might decide, the distances are computed from their definition.
    """
    X, origin, _, single, scale, radii = observations
    (N, D), K = X.shape, len(centers)
    with np.errstate(over="ignore"):  # far centers leave all labels in doubt
        scaled = (centers - origin) / scale
        reach = np.sqrt(np.square(scaled).sum(axis=1).max())
        # A bracket has D + 1 products, each at most the product of two lengths.
        # Underflow adds an absolute error.
        slack = 2 * (D + 4) * EPS_SINGLE * reach * (radii + reach / 2)  # (n_blocks,)
        slack = np.float32(slack + 4 * (D + 2) * float(TINY) * (1 + reach))
        brackets = np.float32(_brackets(scaled))
    names = K + np.arange(K, dtype=np.float32)  # a sum of two of them is no name
    labels = np.empty(N, dtype=int)
    scores = np.empty((K, BLOCK), dtype=np.float32)
    largest = np.empty(BLOCK, dtype=np.float32)
    for i, start in enumerate(range(0, N, BLOCK)):
        own = labels[start : start + BLOCK]
        score, threshold = scores[:, : len(own)], largest[: len(own)]
        with np.errstate(invalid="ignore"):
            np.matmul(brackets, single[:, start : start + BLOCK], out=score)
        np.max(score, axis=0, out=threshold)
        threshold -= slack[i]
        # This goes through whole rows, where argmax would go from entry to entry.
        near = np.greater_equal(score, threshold, out=score)
        own[:] = names @ near - K  # eq-kmeans-assignment
        doubt = np.flatnonzero((own < 0) | (own >= K))
        if doubt.size:
            rows = X[start + doubt]
            own[doubt] = np.argmin([_squared_distances(rows, c) for c in centers], 0)
    return labels


def _sums(features, labels, K):
    """The sums (D + 1, K) of features and ones over the observations of each center."""
    return np.stack([np.bincount(labels, row, K) for row in features])


def _means(sums, origin, centers):
    """New centers (K, D) from the sums (D + 1, K); one without observations stays."""
    counts = np.maximum(sums[-1], 1.0)
    means = (sums[:-1] / counts).T + origin  # (K, D)  # eq-kmeans-center
    return np.where(sums[-1, :, None] > 0, means, centers)


def _squared_distances(X, centers):
    """The squared distance (N,) of each observation from one center (D,) or its own (N, D)."""
    difference = X - centers  # (N, D)
    return np.einsum("nd,nd->n", difference, difference)


def _served(X, labels, centers):
    """The labels (N,) after each center without observations has taken one over."""
    labels, counts = labels.copy(), np.bincount(labels, minlength=len(centers))
    for k in np.flatnonzero(counts == 0):
        far = _squared_distances(X, centers[labels])
        far[counts[labels] == 1] = -1.0  # taking these would empty another center
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
        Lloyd (1982). The first of several centers that are equally near.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required.
    """
    X, centers = check_centers(X, centers)
    return _assign(_observations(X), centers)


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
    labels = _served(X, labels, centers)
    sums = _sums(np.vstack([X.T, np.ones(len(X))]), labels, len(centers))
    return _means(sums, 0.0, centers)


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
        Arthur & Vassilvitskii (2007): the first is drawn uniformly, each other one with
        `seeding_probabilities`.

    Raises
    ------
    ValueError
        If a shape, an entry, `n_clusters` or `rng` is not as required, or X has fewer than K
        different rows.
    """
    X, K, rng = check_seed(X, n_clusters, rng)
    chosen = np.empty(K, dtype=int)
    nearest = np.ones(len(X))  # at first every observation is equally likely
    for k in range(K):
        reached = nearest.cumsum()
        if reached[-1] == 0:
            raise too_few(k)
        # The first observation whose sum exceeds u.
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
    observations, K = _observations(X), len(centers)
    origin, features = observations.origin, observations.features
    labels = _assign(observations, centers)
    sums = _sums(features, labels, K)
    for n_iter in range(1, max_iter + 1):  # noqa: B007
        before = z = labels
        if not sums[-1].all():
            z = _served(X, labels, centers)
            sums = _sums(features, z, K)
        centers = _means(sums, origin, centers)
        labels = _assign(observations, centers)
        changed = np.flatnonzero(labels != z)
        if not changed.size and np.array_equal(labels, before):
            # Add up again, without the rounding errors that the changes have left in the sums.
            sums = _sums(features, labels, K)
            centers = _means(sums, origin, centers)
            labels = _assign(observations, centers)
            changed = np.flatnonzero(labels != z)
            if not changed.size:
                break
        # After a few iterations few observations change their center: only those are added up.
        moved = features[:, changed]
        sums += _sums(moved, labels[changed], K) - _sums(moved, z[changed], K)
    else:
        warn_of_no_convergence(max_iter)
    total = _squared_distances(X, centers[labels]).sum()
    return centers, labels, float(total), n_iter
