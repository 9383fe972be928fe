"""Many starts for a Gaussian mixture: where to start, what is found, and what held-out data say.

EM finds one local maximum, which depends on the start. So start many times, and keep all that
is found: how often the best was reached says how far it can be trusted.
"""

import warnings
from typing import NamedTuple

import numpy as np

from emlib import _checks, em, gmm, kmeans

HOW = ("responsibilities", "points", "k-means++", "k-means")
LEAST_SPREAD = 1e-3  # of the data's variance, in any direction
REPEATED = 25_000  # whole-number weights that sum to at most this become repeated rows, for a start
ROUNDS = 300  # of k-means with weights


class SpuriousWarning(UserWarning):
    """Every climb ended at a spurious maximum, or on the way into a spike."""


class Search(NamedTuple):
    """What `climb_all` found.

    Attributes
    ----------
    best : emlib.em.EMResult
        The climb that ended highest; spurious ends count only if there are no others.
    results : tuple of emlib.em.EMResult
        All climbs that ended, in the order of their starts.
    failures : tuple of (int, str)
        The starts whose climb failed, each with its number, counted from 0, and the reason,
        almost always that a component collapsed.
    spurious : tuple of bool
        For each of `results`, whether its end `is_spurious`; with a prior always False.
    """

    best: em.EMResult
    results: tuple
    failures: tuple
    spurious: tuple

    @property
    def heights(self):
        """Where each climb ended, in the order of `results`: an array, nats."""
        return np.array([result.log_likelihoods[-1] for result in self.results])


def start(
    X,
    n_components,
    rng,
    how="k-means++",
    structure="full",
    observation_weights=None,
):
    """Parameters to start from.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    n_components : int
        How many components, K, at least 1.
    rng : numpy.random.Generator
        The source of randomness.
    how : {"k-means++", "k-means", "points", "responsibilities"}
        "responsibilities": each observation is divided among the components at random, uniformly
        over all divisions, and an M step follows. "points": the means are K different
        observations, drawn at random. "k-means++": they are drawn by `emlib.kmeans`, far apart.
        These two give equal weights, and all components the covariance of the data. "k-means":
        k-means from such seeds to its end, and then an M step that gives each observation to its
        cluster. A cluster with too few observations for a covariance of its own gets the
        covariance within all the clusters.
    structure : {"full", "tied", "diag", "spherical"}
        Of the covariances.
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.

    Returns
    -------
    emlib.gmm.Params
        Weights (K,), means (K, D), covariances (K, D, D).

    Raises
    ------
    ValueError
        If an argument is not as required, or X has fewer than K different rows.
    emlib.em.DegenerateComponent
        If a covariance of the start would be singular. For "k-means" the differences from the
        cluster means must span all D dimensions, whatever the structure.

    Notes
    -----
    Whole-number weights that add up to at most 25,000 give the start that the repeated rows,
    ``np.repeat(X, observation_weights, axis=0)``, give with the same `rng`. Other weights say how
    likely a row is to be drawn, and how much it counts in means and covariances. For
    "responsibilities" each row is then divided once, however much it counts.
    """
    X, w = _checks.weighted_observations(X, observation_weights)
    K = _checks.whole_number(n_components, "n_components")
    gmm.check_structure(structure)
    rng = _checks.generator(rng)
    if how not in HOW:
        raise ValueError(f"how is {how!r}: pass one of {', '.join(map(repr, HOW))}")
    if K > len(X):
        raise ValueError(
            f"n_components is {K} for {len(X)} observations: use at most as many "
            f"components as observations"
        )
    X, w = _written_out(X, w)
    if how == "responsibilities":
        gamma = rng.dirichlet(np.ones(K), size=len(X))
        return gmm.vectorized.m_step(X, gamma, w, structure)
    if how == "points":
        return _around(X, _different(X, K, rng, w), structure, w)
    means = kmeans.vectorized.seed(X, K, rng) if w is None else _seed(X, K, rng, w)
    if how == "k-means++":
        return _around(X, means, structure, w)
    with warnings.catch_warnings():  # a start need not have converged
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        labels = _clusters(X, means, w)
    return _of_clusters(X, labels, K, structure, w)


def _written_out(X, w):
    """Rows and their weights, None if all are equal; whole-number weights become repeated rows."""
    if (w == np.floor(w)).all() and w.sum() <= REPEATED:
        return np.repeat(X, w.astype(int), axis=0), None
    return X, None if (w == w[0]).all() else w


def _different(X, K, rng, w):
    """K different rows of X, drawn at random."""
    if w is None:
        shuffled = X[rng.permutation(len(X))]
    else:  # the first of w copies, each with a waiting time from Exp(1), comes at Exp(1) / w
        waits = rng.exponential(size=len(X)) / w
        shuffled = X[np.argsort(waits)]
    first = np.sort(np.unique(shuffled, axis=0, return_index=True)[1])
    if len(first) < K:
        raise kmeans.too_few(len(first))
    return shuffled[first[:K]]


def _seed(X, K, rng, w):
    """As `kmeans.vectorized.seed`, with each probability multiplied by the row's weight."""
    chosen, p = [], w
    for k in range(K):
        if k > 0:
            p = w * kmeans.vectorized.seeding_probabilities(X, X[chosen])
        chosen.append(rng.choice(len(X), p=p / p.sum()))
    return X[chosen]


def _clusters(X, means, w):
    """The cluster (N,) of each row at the end of k-means, from these means."""
    if w is None:
        return kmeans.vectorized.fit(X, means)[1]
    K, middle = len(means), means[0]
    labels = kmeans.vectorized.assign(X, means)
    for _ in range(ROUNDS):
        counts = np.bincount(labels, w, K)
        sums = [np.bincount(labels, w * x, K) for x in (X - middle).T]
        means = middle + (sums / counts).T
        before, labels = labels, kmeans.vectorized.assign(X, means)
        if len(np.unique(labels)) < K:  # an empty cluster gives no component
            return before
        if np.array_equal(labels, before):
            break
    return labels


def _around(X, means, structure, w=None):
    """Components of equal weight with these means and the covariance of the data."""
    K = len(means)
    whole = gmm.vectorized.m_step(X, np.ones((len(X), 1)), w, structure)
    return gmm.Params(np.full(K, 1 / K), means, np.repeat(whole.covariances, K, axis=0))


def _of_clusters(X, labels, K, structure, w=None):
    """The M step's parameters for hard responsibilities, whatever the size of the clusters."""
    hard = np.eye(K)[labels]  # (N, K)
    if structure == "tied":
        return gmm.vectorized.m_step(X, hard, w, structure)
    pooled = gmm.vectorized.m_step(X, hard, w, "tied")
    within = gmm.vectorized.project(pooled.covariances, np.ones(K), structure)
    for k in range(K):
        own = labels == k
        one, counts = np.ones((own.sum(), 1)), None if w is None else w[own]
        try:
            alone = gmm.vectorized.m_step(X[own], one, counts, structure)
        except em.DegenerateComponent:
            continue
        within[k] = alone.covariances[0]
    return pooled._replace(covariances=within)


def climb_all(
    X,
    n_components,
    n_starts,
    rng,
    *,
    how="k-means++",
    structure="full",
    prior=None,
    observation_weights=None,
    tol=1e-8,
    max_iter=1000,
    acceleration=None,
):
    """Run EM from many starts and keep everything that it finds.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    n_components, n_starts : int
        How many components, and how many starts, at least 1 each.
    rng : numpy.random.Generator
        The source of randomness. The first starts are the same however many there are.
    how, structure
        As for `start`.
    prior : emlib.gmm.Prior, optional
        Climb the posterior density: the heights contain the logarithm of the prior.
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out: in the starts, in the climbs and their
        heights, and in `is_spurious`. One each by default.
    tol, max_iter, acceleration
        As for `emlib.em.fit`.

    Returns
    -------
    Search
        The best climb, all climbs, and the starts that failed.

    Raises
    ------
    ValueError
        If an argument is not as required.
    ArithmeticError
        If every start failed. The message gives the first reason.

    Warns
    -----
    emlib.em.ConvergenceWarning
        If the best climb did not converge.
    SpuriousWarning
        If every end is spurious.

    Notes
    -----
    Without a prior the likelihood is unbounded (see `emlib.gmm`), so the highest end may
    have a component that has shrunk onto a few observations which happen to lie close together.
    `is_spurious` has a rule for that. Such ends are kept and marked, and `best` is chosen among
    the others. With a prior the height is bounded, and no end is marked.
    """
    n_starts = _checks.whole_number(n_starts, "n_starts")
    X, w = _checks.weighted_observations(X, observation_weights)
    model = em.with_options(
        gmm.vectorized, structure=structure, prior=prior, observation_weights=w
    )
    options = {"tol": tol, "max_iter": max_iter, "acceleration": acceleration}
    results, failures = [], []
    for number in range(n_starts):
        try:
            begin = start(X, n_components, rng, how, structure, w)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", em.ConvergenceWarning)
                results.append(em.fit(model, X, begin, **options))
        except ArithmeticError as error:
            failures.append((number, str(error)))
    if not results:
        raise ArithmeticError(
            f"all {n_starts} starts failed. The first one: {failures[0][1]}"
        )
    spurious = [
        prior is None and is_spurious(X, result.params, structure, w)
        for result in results
    ]
    sound = [r for r, odd in zip(results, spurious, strict=True) if not odd]
    best = max(sound or results, key=lambda result: result.log_likelihoods[-1])
    if not sound:
        warnings.warn(
            f"all {len(results)} climbs ended at spurious maxima: a component has "
            f"shrunk onto a few observations. Use fewer components, another structure, "
            f"or a prior.",
            SpuriousWarning,
            stacklevel=2,
        )
    if not best.converged:
        early = sum(not result.converged for result in results)
        warnings.warn(
            f"the best of {len(results)} climbs did not converge in {max_iter} "
            f"iterations, and {early} in all. Raise max_iter, or continue from "
            f"best.params.",
            em.ConvergenceWarning,
            stacklevel=2,
        )
    return Search(best, tuple(results), tuple(failures), tuple(spurious))


def is_spurious(X, params, structure="full", observation_weights=None):
    """Whether a component has shrunk so much that it describes only a few observations.

    Parameters
    ----------
    X : array_like, shape (N, D)
        The observations to which the mixture was fitted.
    params : emlib.gmm.Params
        Weights (K,), means (K, D), covariances (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        Of the covariances.
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.

    Returns
    -------
    bool
        True if the variance of a component is less than a thousandth of the data's in some
        direction, or if a component with a covariance of its own has an expected count N pi_k of
        at most D + 1 observations. N is the sum of the weights, which have to count rows: if they
        are divided by their sum, every component has an expected count below one.

    Raises
    ------
    ValueError
        If an argument is not as required.
    emlib.em.DegenerateComponent
        If the observations do not span all D dimensions.

    Notes
    -----
    A rule of thumb, after McLachlan & Peel (2000), chapter 3, who recognise spurious maxima by
    components of few observations and of relatively small variance. Hathaway (1985) bounds ratios
    of the components' variances. The bounds used here are a choice, and a component that breaks
    them may be real: look at it.
    """
    X = _checks.observations(X)
    D = X.shape[1]
    params = gmm.check_params(params, D)
    gmm.check_structure(structure)
    w = _checks.observation_weights(observation_weights, len(X))
    N = w.sum()
    whole = gmm.vectorized.m_step(X, np.ones((len(X), 1)), w).covariances[0]
    factor = np.linalg.cholesky(whole)
    for weight, covariance in zip(params.weights, params.covariances, strict=True):
        half = np.linalg.solve(factor, covariance)  # (D, D)
        relative = np.linalg.solve(factor, half.T)  # in units of the data's covariance
        if np.linalg.eigvalsh(relative)[0] < LEAST_SPREAD:
            return True
        if structure != "tied" and N * weight <= D + 1:
            return True
    return False


def cross_validate(
    X,
    n_components,
    n_folds,
    rng,
    *,
    n_starts=10,
    structure="full",
    observation_weights=None,
    **options,
):
    """The log-density of each observation under a mixture fitted to others.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    n_components : int
        How many components.
    n_folds : int
        How many parts the observations are divided into at random, at least 2. Each part is left
        out once, and scored by the best fit to the other parts.
    rng : numpy.random.Generator
        The source of randomness.
    n_starts : int
        How many starts for each fit.
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out of every fit. One each by default. A
        row is left out with its whole weight. (If X contained it twice, its copies could fall into
        different parts, and each would be scored by a fit that has seen the other.)
    structure, **options
        As for `climb_all`.

    Returns
    -------
    numpy.ndarray, shape (N,)
        log p(x_n | parameters fitted without x_n), nats, in the order of X. Their mean estimates
        the expected log-density of a new observation; their standard deviation over the square
        root of N is roughly its standard error (fits to overlapping parts are not independent).
        With weights w take the weighted mean, ``np.average(log_p, weights=w)``; a single score
        does not depend on the weight of its row.

    Raises
    ------
    ValueError
        If an argument is not as required.
    ArithmeticError
        If every start failed for some part. A note on the error names the part.
    """
    X = _checks.observations(X)
    rng = _checks.generator(rng)
    w = _checks.observation_weights(observation_weights, len(X))
    n_folds = _checks.whole_number(n_folds, "n_folds")
    counting = np.flatnonzero(w)
    if not 2 <= n_folds <= len(counting):
        raise ValueError(
            f"n_folds is {n_folds} for {len(counting)} observations: pass a number from 2 "
            f"to {len(counting)}"
        )
    parts = np.array_split(counting[rng.permutation(len(counting))], n_folds)
    # No fit sees rows without weight: any fit can score them.
    parts[0] = np.concatenate([parts[0], np.flatnonzero(w == 0)])
    log_p = np.empty(len(X))
    for number, part in enumerate(parts):
        others, counts = np.delete(X, part, axis=0), np.delete(w, part)
        try:
            found = climb_all(
                others,
                n_components,
                n_starts,
                rng,
                structure=structure,
                observation_weights=counts,
                **options,
            )
        except ArithmeticError as error:
            error.add_note(f"This happened without part {number} of {n_folds}.")
            raise
        log_p[part] = gmm.vectorized.log_density(X[part], found.best.params)
    return log_p
