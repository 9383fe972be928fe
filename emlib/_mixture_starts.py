"""What `emlib.estimators` starts from, and covariances in scikit-learn's shapes."""

import warnings

import numpy as np

from emlib import _checks, em, gmm, kmeans, search
from emlib.gmm import streaming

# A start is a guess: so many observations make it as well as all, and what it costs in time and
# memory does not depend on N.
STARTED_ON = 25_000


def rows_to_start_on(X, w, rng):
    """At most `STARTED_ON` rows of X (N, D) with weights w (N,), or None for one each.

    They are sorted: a start does not depend on the order of the rows, and not on whether a row has
    weight 2 or is there twice.
    """
    if w is None:
        some = len(X) > STARTED_ON
        rows = X[rng.choice(len(X), STARTED_ON, replace=False)] if some else X
    elif (w == np.floor(w)).all() and w.sum() <= STARTED_ON:
        rows = np.repeat(X, w.astype(int), axis=0)
    else:
        # Of each row as many copies as are due to its weight, rounded up or down at random.
        reached = np.cumsum(w)
        places = (np.arange(STARTED_ON) + rng.random()) * (reached[-1] / STARTED_ON)
        last = np.flatnonzero(w)[-1]
        rows = X[np.minimum(np.searchsorted(reached, places, "right"), last)]
    order = np.argsort(rows[:, 0])
    if (np.diff(rows[order, 0]) == 0).any():  # the other features have to decide
        order = np.lexsort(rows.T)
    return rows[order]


def drawn(rows, K, rng, how, structure, least):
    """As `search.start`, of sorted rows; with a least variance also where they are flat.

    Flat rows do not span all dimensions. They are divided by k-means, whatever `how` says, and
    all components get the covariance within the clusters.
    """
    n_different = 1 + np.count_nonzero((rows[1:] != rows[:-1]).any(axis=1))
    reason = f"there are {n_different} different observations for {K} components"
    flat = em.DegenerateComponent(reason)
    if n_different >= K:
        try:
            return search.start(rows, K, rng, how, structure)
        except em.DegenerateComponent as error:
            flat = error
    if least == 0:
        raise flat
    rows = rows.astype(float)
    centers = kmeans.vectorized.seed(rows, min(K, n_different), rng)
    with warnings.catch_warnings():  # a start need not be the end of k-means
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        centers, labels, *_ = kmeans.vectorized.fit(rows, centers)
    used, labels = np.unique(labels, return_inverse=True)
    D = rows.shape[1]
    one = gmm.Params(np.ones(1), np.zeros((1, D)), np.eye(D)[None])
    left = rows - centers[used][labels]
    within = streaming.e_step(left, one, structure=structure, n_threads=1)
    covariance = streaming.m_step(within, structure, None, least).covariances
    own = np.arange(K) % len(used)  # where there are too few centers, several share one
    weights = np.bincount(labels)[own] / np.bincount(own)[own] / len(rows)
    return gmm.Params(weights, centers[used][own], np.repeat(covariance, K, axis=0))


# --- parts that the user gives; the errors begin with the words of scikit-learn -------------------


def _given(value, argument, name, shape):
    part = np.asarray(value)
    if part.shape != shape:
        raise ValueError(
            f"The parameter '{name}' should have the shape of {shape}, but got {part.shape}"
        )
    return _checks.real_array(part, argument, shape)


def given_weights(value, K):
    """Weights (K,), positive, summing to one in double precision."""
    weights = _given(value, "weights_init", "weights", (K,))
    low, high = weights.min(), weights.max()
    if low < 0 or high > 1:
        # scikit-learn's tests ask for its words, in which the two are exchanged.
        raise ValueError(
            f"The parameter 'weights' should be in the range [0, 1], but got max value "
            f"{low:.5f}, min value {high:.5f}: weights_init reaches from {low:.5g} to {high:.5g}"
        )
    total = weights.sum()
    if abs(total - 1) > (1e-6 if np.asarray(value).dtype == np.float32 else 1e-8):
        raise ValueError(
            f"The parameter 'weights' should be normalized, but got sum(weights) = {total:.5f}: "
            f"divide weights_init by it"
        )
    return _checks.mixture_weights(weights / total, "weights_init")


def given_means(value, K, D):
    """Means (K, D)."""
    return _given(value, "means_init", "means", (K, D))


def given_covariances(value, structure, K, D):
    """Covariances (K, D, D) from precisions in scikit-learn's shape."""
    name = f"{structure} precision"
    part = _given(value, "precisions_init", name, shape(structure, K, D))
    wanted = "positive" if structure in ("diag", "spherical") else None
    if wanted and (part > 0).all():
        return widened(1 / part, structure, K, D)
    precisions = widened(part, structure, K, D)
    if (
        wanted
        or not np.allclose(precisions, precisions.transpose(0, 2, 1))
        or not (np.linalg.eigvalsh(precisions) > 0).all()
    ):
        wanted = wanted or "symmetric, positive-definite"
        raise ValueError(
            f"The parameter '{name}' should be {wanted}: precisions_init is not"
        )
    factors = inverse_factors(symmetric(precisions))
    return symmetric(factors @ factors.transpose(0, 2, 1))


# --- scikit-learn's shapes ------------------------------------------------------------------------


def shape(structure, K, D):
    """That of scikit-learn's covariances."""
    shapes = {"full": (K, D, D), "tied": (D, D), "diag": (K, D), "spherical": (K,)}
    return shapes[structure]


def narrow(matrices, structure):
    """Matrices (K, D, D) in scikit-learn's shape."""
    if structure == "full":
        return matrices
    if structure == "tied":
        return matrices[0]
    variances = np.einsum("kii->ki", matrices)
    return variances if structure == "diag" else variances[:, 0]


def widened(part, structure, K, D):
    """Matrices (K, D, D) from scikit-learn's shape."""
    if structure == "full":
        return part
    if structure == "tied":
        return np.tile(part, (K, 1, 1))
    return part.reshape(K, -1, 1) * np.eye(D)


def symmetric(matrices):
    """Matrices (K, D, D) without the rounding that tells them from their transposes."""
    return (matrices + matrices.transpose(0, 2, 1)) / 2


def inverse_factors(matrices):
    """Upper triangular U (K, D, D) with U U^T the inverses of matrices (K, D, D)."""
    deviations = np.sqrt(np.einsum("kii->ki", matrices))  # (K, D)
    # With rows of length 1, or the solver would mix rows of different units.
    L = np.linalg.cholesky(matrices / deviations[:, :, None] / deviations[:, None, :])
    W = np.tril(np.linalg.solve(L, np.broadcast_to(np.eye(L.shape[1]), L.shape)))
    return (W / deviations[:, None, :]).transpose(0, 2, 1)
