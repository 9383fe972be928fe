"""The functions that a user calls: they check the arguments and start a team of threads."""

from types import SimpleNamespace

import numpy as np

from emlib import _checks, em
from emlib.gmm import check_params, check_prior, check_structure
from emlib.gmm.streaming.blocks import blocks_of, rows_of_block, spans_of
from emlib.gmm.streaming.careful import moved, posterior_of_block
from emlib.gmm.streaming.checks import checked_least_variance, require_sound
from emlib.gmm.streaming.components import are_diagonal, middle
from emlib.gmm.streaming.factors import factors_of
from emlib.gmm.streaming.maximisation import maximise
from emlib.gmm.streaming.one_pass import gather
from emlib.gmm.streaming.statistics import Statistics
from emlib.gmm.streaming.team import Team
from emlib.gmm.streaming.underflow import LEAST_EXPONENT
from emlib.gmm.vectorized import _log_prior


def e_step(X, params, observation_weights=None, structure="full", n_threads=None):
    """The sums over the observations that an M step needs, under these parameters.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations: all, or a block of them. They are read in blocks and not changed; an array
        of single precision or on disk (numpy.memmap) is converted block by block.
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.
    structure : {"full", "tied", "diag", "spherical"}
        Of the covariances in the next M step. For the last two the diagonals of the scatters are
        enough; if the covariances are diagonal, that is much less work.
    n_threads : int, optional
        How many threads share the blocks. If threadpoolctl is installed, which keeps each to one
        thread of linear algebra, the default is as many as there are processors that the process
        may use, or fewer if OMP_NUM_THREADS or a similar variable says so. Otherwise it is 1. The
        result does not depend on it.

    Returns
    -------
    Statistics
        Counts (K,), sums (K, D), scatters (K, D, D) or (K, D), and the log-likelihood in nats.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights, a covariance or an option is not as required.
    """
    X = _checks.shaped_array(X, "X", ("N", "D"))
    params = check_params(params, X.shape[1])
    check_structure(structure)
    w = None
    if observation_weights is not None:
        w = _checks.observation_weights(observation_weights, len(X))
    with Team(n_threads) as team:
        return gather(X, params, w, structure, team)


def posterior(X, params, n_threads=None):
    """The responsibility of each component for each observation, and the log-densities.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations, read in blocks.
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    n_threads : int, optional
        As for `e_step`.

    Returns
    -------
    responsibilities : numpy.ndarray, shape (N, K)
        The posterior probability that component k made observation n.
    log_densities : numpy.ndarray, shape (N,)
        log p(x_n | theta), nats.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights, a covariance or `n_threads` is not as required.
    """
    X = _checks.shaped_array(X, "X", ("N", "D"))
    params = check_params(params, X.shape[1])
    diagonal = are_diagonal(params.covariances)
    around = None if diagonal else middle(params)
    factors = factors_of(params, diagonal, around)
    gamma, log_p = np.empty((len(X), len(params.weights))), np.empty(len(X))
    rows = rows_of_block(X.shape[1], len(params.weights), None)

    def work(span):
        for start, stop in blocks_of(span, rows):
            own = slice(start, stop)
            require_sound(X[own], X)
            z = None if diagonal else moved(X[own], around)
            own_gamma, log_p[own] = posterior_of_block(
                X[own], params, factors, z, around, LEAST_EXPONENT
            )
            gamma[own] = own_gamma.T

    with Team(n_threads) as team:
        team.share(spans_of(*X.shape, len(params.weights), "careful"), lambda: work)
    return gamma, log_p


def m_step(statistics, structure="full", prior=None, least_variance=0.0):
    """The parameters that maximise the expected complete-data log-likelihood.

    Parameters
    ----------
    statistics : Statistics
        Of all observations, from E steps with the same parameters.
    structure : {"full", "tied", "diag", "spherical"}
        Of the covariances, as for `emlib.gmm.vectorized.m_step`.
    prior : Prior, optional
        Its log-density is added to what is maximised; none by default.
    least_variance : float
        Maximise only over covariances with no smaller variance in any direction, in squared
        units of the data. With a positive one no component can shrink onto a point.

    Returns
    -------
    Params
        Weights (K,), means (K, D), covariances (K, D, D) whatever the structure.

    Raises
    ------
    ValueError
        If an argument is not as required, or K > N.
    emlib.em.DegenerateComponent
        If a component is empty or has collapsed.
    """
    if not isinstance(statistics, Statistics):
        raise ValueError(
            f"statistics is a {type(statistics).__name__}: pass what streaming.e_step returns"
        )
    check_structure(structure)
    prior = check_prior(prior, statistics.sums.shape[1])
    least_variance = checked_least_variance(least_variance)
    return maximise(statistics, structure, prior, least_variance)


def fit(
    X,
    params,
    observation_weights=None,
    *,
    structure="full",
    prior=None,
    least_variance=0.0,
    n_threads=None,
    **options,
):
    """Run EM on the engine.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    params : Params
        Where to start.
    observation_weights, n_threads
        As for `e_step`.
    structure, prior, least_variance
        As for `m_step`. The start must satisfy them.
    **options
        As for `emlib.em.fit`: ``tol``, ``max_iter``, ``acceleration``, ``callback``.

    Returns
    -------
    emlib.em.EMResult
        The last parameters, the history of the log-likelihood (with a prior, that plus
        `emlib.gmm.vectorized.log_prior`), and how it ended.

    Raises
    ------
    ValueError
        If an argument is not as required.
    ArithmeticError
        As for `emlib.em.fit`.
    """
    X = _checks.shaped_array(X, "X", ("N", "D"))
    w = None
    if observation_weights is not None:
        w = _checks.observation_weights(observation_weights, len(X))
    check_structure(structure)
    prior = check_prior(prior, X.shape[1])
    least_variance = checked_least_variance(least_variance)

    made = None
    extent = X.min(axis=0), X.max(axis=0)  # (D,) each

    def pass_over(X, params):
        if params is not made:  # the M step has checked its own
            params = check_params(params, X.shape[1])
        statistics = gather(X, params, w, structure, team, extent)
        height = statistics.log_likelihood
        if prior is not None:
            height += _log_prior(params, prior)  # eq-gmm-log-posterior
        return statistics, height

    def next_params(_, statistics):
        nonlocal made
        made = maximise(statistics, structure, prior, least_variance)
        return made

    model = SimpleNamespace(e_step=pass_over, m_step=next_params)
    with Team(n_threads) as team:
        return em.fit(model, X, params, **options)
