"""Where the climbs start: from given parts, at random, or from the present parameters."""

import warnings

import numpy as np
from sklearn.utils import check_random_state

from emlib import em, gmm, kmeans, search
from emlib.estimators.given import given_covariances, given_means, given_weights
from emlib.gmm import streaming
from emlib.gmm.streaming.maximisation import raised

# A start is only a guess: this many observations serve as well as all, and its cost in time and
# memory does not grow with N.
STARTED_ON = 25_000
# scikit-learn's ways to start, under their names in `emlib.search.start`.
INITS = {
    "kmeans": "k-means",
    "k-means++": "k-means++",
    "random": "responsibilities",
    "random_from_data": "points",
}


def starter(mixture, X, w, present=None):
    """A function that returns parameters to start from, and whether it draws them.

    Nothing is drawn if the settings of `mixture` give all parts, or if there is a `present`,
    which returns the parameters to go on from.
    """
    n, D = len(X) if w is None else np.count_nonzero(w), X.shape[1]
    K, structure = mixture.n_components, mixture.covariance_type
    least = mixture.reg_covar
    if n < K:
        raise ValueError(
            f"Expected n_samples >= n_components but got n_components = {K}, "
            f"n_samples = {n}"
        )
    given = {}
    if mixture.weights_init is not None:
        given["weights"] = given_weights(mixture.weights_init, K)
    if mixture.means_init is not None:
        given["means"] = given_means(mixture.means_init, K, D)
    if mixture.precisions_init is not None:
        init = mixture.precisions_init
        given["covariances"] = given_covariances(init, structure, K, D)
    if present is not None:
        given = present()._asdict()
        if len(given["weights"]) != K:
            raise ValueError(
                f"n_components is {K}, and there are {len(given['weights'])} components to "
                f"start from: leave n_components as it was, or set warm_start=False"
            )
    draws = len(given) < 3
    if draws:
        rng = generator(mixture.random_state)
        rows = rows_to_start_on(X, w, rng)
        how = INITS[mixture.init_params]

    def start():
        parts = given
        if draws:
            some = drawn(rows, K, rng, how, structure, least)
            parts = some._asdict() | given
        params = gmm.Params(**parts)
        if least > 0:
            covariances = raised(params.covariances, float(least))
            params = params._replace(covariances=covariances)
        return params

    return start, draws


def rows_to_start_on(X, w, rng):
    """At most `STARTED_ON` rows of X (N, D) with weights w (N,), or None for one each.

    They are sorted. If all rows are used, a start does not depend on their order, nor on whether a
    row has weight 2 or occurs twice.
    """
    if w is None:
        some = len(X) > STARTED_ON
        rows = X[rng.choice(len(X), STARTED_ON, replace=False)] if some else X
    elif (w == np.floor(w)).all() and w.sum() <= STARTED_ON:
        rows = np.repeat(X, w.astype(int), axis=0)
    else:
        # Copies of each row in proportion to its weight, rounded up or down at random.
        reached = np.cumsum(w)
        places = (np.arange(STARTED_ON) + rng.random()) * (reached[-1] / STARTED_ON)
        last = np.flatnonzero(w)[-1]
        rows = X[np.minimum(np.searchsorted(reached, places, "right"), last)]
    order = np.argsort(rows[:, 0])
    if (np.diff(rows[order, 0]) == 0).any():  # the other features decide between ties
        order = np.lexsort(rows.T)
    return rows[order]


def drawn(rows, K, rng, how, structure, least):
    """As `search.start`, from sorted rows; with a least variance also where that is degenerate.

    k-means then divides the rows, whatever `how` says, and all components get the covariance
    within the clusters.
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
    with warnings.catch_warnings():  # a start need not have converged
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        centers, labels, *_ = kmeans.vectorized.fit(rows, centers)
    used, labels = np.unique(labels, return_inverse=True)
    D = rows.shape[1]
    one = gmm.Params(np.ones(1), np.zeros((1, D)), np.eye(D)[None])
    left = rows - centers[used][labels]
    within = streaming.e_step(left, one, structure=structure, n_threads=1)
    covariance = streaming.m_step(within, structure, None, least).covariances
    own = np.arange(K) % len(used)  # if centers are too few, components share one
    weights = np.bincount(labels)[own] / np.bincount(own)[own] / len(rows)
    return gmm.Params(weights, centers[used][own], np.repeat(covariance, K, axis=0))


def generator(random_state):
    """A NumPy generator, from anything that scikit-learn accepts as a source of randomness."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    return np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
