"""The Gaussian mixture in one pass over the data an iteration, in blocks, on all cores.

The same equations a third time, for work. The E step keeps no responsibilities: of each block it
returns the sums that the M step needs, and these `Statistics` add up, whoever computed them. So
memory depends on the block and not on the number of observations, and blocks can go to threads.

There are three forms. The quick one writes a Gaussian as an exponential family: its log-density is
linear in the features 1, x_i and x_i x_j, so that the log-densities of a block are one matrix
product and the statistics another. It subtracts large squares from each other, and it is used
where a bound says that rounding cannot move a log-density by more than `QUICK`. Where there are too
few components to share the features, there are triangular products around a common point, with a
bound of their own. The careful form subtracts the means first and solves with the Cholesky factor,
as `vectorized` does. It is slower, has no such limits, and takes over what the others leave.
"""

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from itertools import pairwise
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from emlib import _checks, em
from emlib._checks import EPS
from emlib.gaussian import LOG_2_PI
from emlib.gmm import (
    Params,
    check_params,
    check_prior,
    check_structure,
    require_counts,
    require_spread,
)
from emlib.gmm.vectorized import _log_prior, _project, _with_prior

# Of a block's arrays. More than a second-level cache holds: between two calls of NumPy the threads
# wait for the interpreter's lock, and the larger the blocks, the fewer the calls (measured).
BLOCK_BYTES = 6 * 2**20
# Parts of the data, for the threads to share: how much work (see `_spans`) each has at least, some
# milliseconds, and how many there are at most. Those of the careful form cost more to put together.
WORTH_A_SPAN = 6e6
SPANS = {"quick": 32, "careful": 8}
DIAGONAL = "diag", "spherical"  # structures
SOLVED_AT_ONCE = 16  # rows of a factor between two matrix products
QUICK = 1e-9  # nats: what rounding may do to a log-density in the quick form
CANCELLED = 1e-10  # what it may do to a variance, relative to it
MULTIPLIED = 1e-11  # and to a squared distance, relative to it, without solving for it
MOVED = 7e-11  # and to a deviation, if c is subtracted first and not the mean (see `_Factor`)
# Below 1e-308 numbers are subnormal, and everything that meets one takes a hundred times as long.
# An exponential below exp(-640), which is 1e-278, is taken for 0, and nothing is divided by a sum
# below `LEAST_SUM`, so that no responsibility above 1e-78 is lost. A component could tell whose
# count is not above `TOLD` for each observation: then the pass is made again without.
LEAST_EXPONENT = -640.0
LEAST_SUM = 1e-200
TOLD = 1e-60
TINY = np.finfo(float).tiny  # in the place of a count of 0, to divide by


class Statistics(NamedTuple):
    """What an M step needs to know of observations. Those of two blocks add up.

    Attributes
    ----------
    counts : numpy.ndarray, shape (K,)
        The effective counts N_k.
    sums : numpy.ndarray, shape (K, D)
        Of the distances x_n - params.means[k], weighted by responsibilities, in the units of the
        data.
    scatters : numpy.ndarray, shape (K, D, D) or (K, D)
        Of the observations around each component's own mean, which is
        params.means[k] + sums[k] / counts[k]; or their diagonals alone, which is all that diagonal
        covariances need.
    log_likelihood : float
        Of the observations under the parameters of the E step, nats.
    n_observations : int
        How many rows with a positive weight there are.
    params : Params
        Those of the E step. Only statistics of the same E step add up.
    """

    counts: np.ndarray
    sums: np.ndarray
    scatters: np.ndarray
    log_likelihood: float
    n_observations: int
    params: Params

    def __add__(self, other):
        """The statistics of both blocks (Chan, Golub & LeVeque 1983)."""
        if not isinstance(other, Statistics):
            return NotImplemented
        same = self.params is other.params
        if not same and not all(map(np.array_equal, self.params, other.params)):
            raise ValueError(
                "statistics of different parameters do not add up: pass the same "
                "parameters to each E step"
            )
        if self.scatters.ndim != other.scatters.ndim:
            raise ValueError(
                "statistics of scatters and of their diagonals do not add up: pass the same "
                "structure to each E step"
            )
        counts = self.counts + other.counts
        own, its = (
            np.where(part.counts > 0, part.counts, 1.0) for part in (self, other)
        )
        apart = other.sums / its[:, None] - self.sums / own[:, None]  # (K, D)
        both = self.counts * (other.counts / np.where(counts > 0, counts, 1.0))  # (K,)
        if self.scatters.ndim == 2:
            between = both[:, None] * apart**2  # (K, D)
        else:
            outer = apart[:, :, None] * apart[:, None, :]
            between = both[:, None, None] * outer  # eq-gmm-merge
        return Statistics(
            counts,
            self.sums + other.sums,
            self.scatters + other.scatters + between,
            self.log_likelihood + other.log_likelihood,
            self.n_observations + other.n_observations,
            self.params,
        )

    def __radd__(self, other):
        """So that the built-in `sum` works, which begins with 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented


def nothing(params, structure="full"):
    """The statistics of no observations, to which others are added.

    Parameters
    ----------
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        As for `e_step`.

    Returns
    -------
    Statistics
        Zeros.

    Raises
    ------
    ValueError
        If an argument is not as required.
    """
    check_structure(structure)
    return _nothing(_checked_params(params, "D"), structure)


def _nothing(params, structure):
    K, D = params.means.shape
    scatters = np.zeros((K, D) if structure in DIAGONAL else (K, D, D))
    return Statistics(np.zeros(K), np.zeros((K, D)), scatters, 0.0, 0, params)


def e_step(X, params, observation_weights=None, structure="full", n_threads=None):
    """The sums over the observations that an M step needs, under these parameters.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations: all, or a block of them. They are read in blocks and stay as they are; an
        array of single precision or on disk (numpy.memmap) is converted block by block.
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.
    structure : {"full", "tied", "diag", "spherical"}
        Of the covariances in the M step to come. For the last two the diagonals of the scatters
        are enough, and where the covariances are diagonal that is much less work.
    n_threads : int, optional
        How many threads share the blocks; all cores by default, if threadpoolctl is installed to
        keep each to one thread of linear algebra, and 1 if not. The result does not depend on it.

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
    params = _checked_params(params, X.shape[1])
    check_structure(structure)
    w = None
    if observation_weights is not None:
        w = _checks.observation_weights(observation_weights, len(X))
    with _Team(n_threads) as team:
        return _e_step(X, params, w, structure, team)


def posterior(X, params, n_threads=None):
    """Each component's responsibility for each observation, and their log-densities.

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
    params = _checked_params(params, X.shape[1])
    diagonal = _are_diagonal(params.covariances)
    around = None if diagonal else _middle(params)
    factors = _factors(params, diagonal, around)
    gamma, log_p = np.empty((len(X), len(params.weights))), np.empty(len(X))
    rows = _rows(X.shape[1], len(params.weights), None)

    def work(span):
        for start, stop in _blocks(span, rows):
            own = slice(start, stop)
            _require_sound(X[own], X)
            z = None if diagonal else _moved(X[own], around)
            own_gamma, log_p[own] = _posterior(
                X[own], params, factors, z, around, LEAST_EXPONENT
            )
            gamma[own] = own_gamma.T

    with _Team(n_threads) as team:
        team.share(_spans(*X.shape, len(params.weights), "careful"), lambda: work)
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
        units. Then no component can shrink onto a point.

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
    least_variance = _checked_least_variance(least_variance)
    return _m_step(statistics, structure, prior, least_variance)


def _checked_least_variance(least_variance):
    least_variance = _checks.real_array(least_variance, "least_variance", ())
    _checks.refuse(least_variance < 0, least_variance, "least_variance", "0 or more")
    return float(least_variance)


def _m_step(statistics, structure, prior, least_variance):
    """The same, with options that have passed their checks."""
    N_k, sums, scatters, _, N, before = statistics
    K, D = sums.shape
    if K > N:
        raise ValueError(
            f"statistics has K = {K} components for {N} observations: use at most as many "
            f"components as observations"
        )
    if scatters.ndim == 2:
        if structure not in DIAGONAL:
            raise ValueError(
                f"statistics hold the diagonals of scatters only, too little for structure "
                f"{structure!r}: pass that structure to e_step as well"
            )
        scatters = scatters[:, :, None] * np.eye(D)  # (K, D, D)
    require_counts(N_k, prior)
    weights = N_k / N_k.sum()  # (K,)  # eq-gmm-weight
    divisor = np.maximum(N_k, TINY)[:, None]
    means = before.means + sums / divisor  # (K, D)  # eq-gmm-mean
    # What rounding of the mean alone could make of a variance, as in `gaussian.unresolved`. The
    # mean of |x|, which is not among the statistics, is at most the root of the mean of x^2.
    variances = _diagonals(scatters) / divisor  # (K, D)
    rounding = ((N + 2) * EPS) ** 2 * (means**2 + variances) * N_k[:, None]
    unresolved = rounding[:, :, None] * np.eye(D)  # (K, D, D)
    if prior is not None:
        weights, means, scatters, N_k = _with_prior(N_k, means, scatters, prior)
    covariances = _project(scatters, N_k, structure)
    if least_variance > 0:
        covariances = _raised(covariances, least_variance)
    require_spread(covariances, _project(unresolved, N_k, structure), structure)
    return Params(weights, means, covariances)


def _raised(covariances, least):
    """The most likely covariances (K, D, D) of those with no eigenvalue below the least."""
    values, vectors = np.linalg.eigh(covariances)  # (K, D), (K, D, D)
    low = (values < least).any(axis=1)
    if not low.any():
        return covariances
    # Only what is missing is added, and only where it is: all else keeps its digits.
    missing = np.maximum(least - values[low], 0.0)  # (k, D)
    turned = vectors[low]
    added = (turned * missing[:, None, :]) @ turned.transpose(0, 2, 1)
    covariances = covariances.copy()
    covariances[low] += (added + added.transpose(0, 2, 1)) / 2  # eq-gmm-least-variance
    return covariances


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
        As for `m_step`. The start must keep to them.
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
    least_variance = _checked_least_variance(least_variance)

    made = None
    extent = X.min(axis=0), X.max(axis=0)  # (D,) each

    def pass_over(X, params):
        if params is not made:  # the M step has looked at its own
            params = _checked_params(params, X.shape[1])
        statistics = _e_step(X, params, w, structure, team, extent)
        height = statistics.log_likelihood
        if prior is not None:
            height += _log_prior(params, prior)  # eq-gmm-log-posterior
        return statistics, height

    def maximise(_, statistics):
        nonlocal made
        made = _m_step(statistics, structure, prior, least_variance)
        return made

    model = SimpleNamespace(e_step=pass_over, m_step=maximise)
    with _Team(n_threads) as team:
        return em.fit(model, X, params, **options)


# --- one pass -------------------------------------------------------------------------------------


def _e_step(X, params, w, structure, team, extent=None):
    """The statistics of checked observations, of which the smallest and largest may be known."""
    diagonal = structure in DIAGONAL and _are_diagonal(params.covariances)
    quick = total = None
    if _pays(*params.means.shape, diagonal):
        quick = _Quick(params, diagonal, extent)
    if quick and quick.reach > 0:
        total = _pass(X, params, w, team, diagonal, quick)
    elif not diagonal:
        total = _pass(X, params, w, team, diagonal, around=_middle(params))
    if total is None:
        total = _pass(X, params, w, team, diagonal)
    most = 1.0 if w is None else w.max()
    if total.counts.min() < TOLD * len(X) * most:  # what was taken for 0 could tell
        total = _pass(X, params, w, team, diagonal, least=-np.inf)
    if structure in DIAGONAL and not diagonal:
        total = total._replace(scatters=_diagonals(total.scatters))
    return total


def _are_diagonal(covariances):
    K, D, _ = covariances.shape
    return np.count_nonzero(covariances) == K * D  # variances are positive


def _pays(K, D, diagonal):
    """Whether the quick form is the faster one. The bounds are measured."""
    enough = K >= D / (4.0 if D <= 12 else 2.5)  # to share the D^2 / 2 features
    return diagonal or (D <= 64 and enough)


def _middle(params):
    """The mean of the mixture and its deviations in each feature, (D,) each."""
    weights, means, covariances = params
    c = weights @ means
    variances = _diagonals(covariances) + (means - c) ** 2
    return c, np.sqrt(weights @ variances)


def _pass(X, params, w, team, diagonal, quick=None, around=None, least=LEAST_EXPONENT):
    """The statistics; None if sums around a common point have lost more digits than they may."""
    K, D = params.means.shape
    rows = _rows(D, K, quick)
    factors = None if quick else _factors(params, diagonal, around)

    def worker():
        # Buffers for all spans of a thread: to touch new memory for each takes longer.
        space = quick.space(min(2 * rows, len(X))) if quick else None
        fixed = rows, diagonal, quick, space, around, factors, least
        return lambda span: _span(X, params, w, span, *fixed)

    spans = _spans(len(X), D, K, "quick" if quick else "careful", diagonal)
    parts = team.share(spans, worker)
    # In the order of the data, so that the rounding is the same for any number of threads.
    careful = sum(part for _, part in parts if part is not None)
    if quick is None and around is None:
        return careful or _nothing(params, "diag" if diagonal else "full")
    if quick is None:
        if not careful:
            return _nothing(params, "full")
        return careful if _kept(careful, _raw(careful, around[0])) else None
    sums = (sum(some) for some in zip(*(found for found, _ in parts), strict=True))
    moments, log_likelihood, n_observations = sums
    if n_observations == 0:
        return careful or _nothing(params, "diag" if diagonal else "full")
    own = quick.statistics(moments, log_likelihood, n_observations)
    total = own + careful if careful else own
    return total if _kept(total, moments[:, quick.squares]) else None


def _raw(statistics, c):
    """The sums of squares (K, D) around c, from which the scatters were had by subtraction."""
    counts, sums, scatters, *_, params = statistics
    own = np.where(counts > 0, counts, 1.0)[:, None]
    apart = params.means + sums / own - c  # (K, D)
    variances = scatters if scatters.ndim == 2 else _diagonals(scatters)
    return variances + counts[:, None] * apart**2


def _spans(N, D, K, form, diagonal=False):
    """The edges (start, stop) of the parts of the data.

    They do not depend on the number of threads, and so the sums, rounding included, do not. For
    even shares their number is a power of two.
    """
    terms = 4 * D if diagonal else (D + 1) ** 2
    work = N * K * (terms + 20)  # an exponential takes as long as 20 terms
    wanted = min(max(work / WORTH_A_SPAN, 1), SPANS[form])
    n_spans = 2 ** int(np.log2(wanted))
    return _parts(0, N, n_spans)


def _blocks(span, rows):
    """The parts of a span of about so many rows, at most twice as many."""
    start, stop = span
    return _parts(start, stop, max(1, round((stop - start) / rows)))


def _parts(start, stop, n):
    return list(pairwise(start + (stop - start) * i // n for i in range(n + 1)))


def _rows(D, K, quick):
    numbers = K + 3 + (quick.n_features if quick else D)
    return min(max(BLOCK_BYTES // (8 * numbers), 64), 16384)


def _span(X, params, w, span, rows, diagonal, quick, space, around, factors, least):
    """What the quick form and what the careful form found in a span of X."""
    moments, log_likelihood, n_quick = 0.0, 0.0, 0
    careful = None
    for start, stop in _blocks(span, rows):
        block, weights = X[start:stop], None
        if w is not None:
            weights = w[start:stop]
            if not weights.all():  # weight 0 is the row absent
                block, weights = block[weights > 0], weights[weights > 0]
                if len(block) == 0:
                    continue
        with np.errstate(all="ignore"):  # what is too large is found by its length
            found = quick and quick.block(block, weights, space)
        if found:
            moments = moments + found[0]
            log_likelihood += found[1]
            n_quick += len(block)
            continue
        _require_sound(block, X)
        if factors is None:
            factors = _factors(params, diagonal)
        found = _block(block, weights, params, factors, around, least)
        careful = found if careful is None else careful + found
    return (moments, log_likelihood, n_quick), careful


def _require_sound(block, X):
    """Raise if a block of X has an entry that cannot be squared, and say which of X's it is."""
    if not (np.abs(block) <= np.float64(_checks.LARGEST)).all():
        _checks.observations(X)


def _moved(X, around):
    """For all components: a row of ones, and the differences from c as rows, (1 + D, B)."""
    z = np.ones((1 + X.shape[1], len(X)))
    np.subtract(X.T, around[0][:, None], out=z[1:])
    return z


def _posterior(X, params, factors, z, around, least):
    """The responsibilities (K, B) and the log-densities (B,), in the careful form.

    `z` is what `_moved` returns, if there is a point to subtract.
    """
    K, D = params.means.shape
    farthest = 0.0
    if z is not None:
        farthest = np.sqrt((around[1] ** -2.0 @ z[1:] ** 2).max())
    log_joint = np.empty((K, len(X)))
    for k, (weight, mean, factor) in enumerate(zip(*params[:2], factors, strict=True)):
        if farthest <= factor.reach:
            squared = factor.distances_by_products(z)
        else:
            squared = factor.distances(np.subtract(X, mean, dtype=float))
        log_gaussian = -0.5 * (D * LOG_2_PI + factor.log_determinant + squared)
        log_joint[k] = np.log(weight) + log_gaussian  # eq-gmm-joint
    highest = log_joint.max(axis=0)  # (B,)
    joint = _exp(log_joint - highest, least)
    total = joint.sum(axis=0)  # (B,)
    log_p = highest + np.log(total)  # eq-gmm-log-density
    return joint / total, log_p  # eq-gmm-responsibility


def _exp(exponents, least):
    """Their exponentials, in place; 0 for exponents below the least."""
    low = exponents < least
    if not low.any():
        return np.exp(exponents, out=exponents)
    np.exp(np.maximum(exponents, least, out=exponents), out=exponents)
    exponents[low] = 0.0
    return exponents


def _block(X, weights, params, factors, around, least):
    """The statistics of a block in the careful form; around a common point, if there is one."""
    K, D = params.means.shape
    z = None if around is None else _moved(X, around)  # (1 + D, B)
    gamma, log_p = _posterior(X, params, factors, z, around, least)  # (K, B), (B,)
    if weights is not None:
        gamma *= weights
        log_p *= weights
    counts = gamma.sum(axis=1)  # (K,)  # eq-gmm-effective-count
    diagonal = factors[0].L.ndim == 1
    sums, scatters = np.empty((K, D)), np.empty((K, D) if diagonal else (K, D, D))
    if around is not None:
        z = z[1:]
        np.dot(gamma, z.T, out=sums)  # not `matmul`: see `_Quick.block`
        roots, scaled = np.sqrt(gamma), np.empty_like(z)
        for k in range(K):
            np.multiply(z, roots[k], out=scaled)
            lost = np.outer(sums[k], sums[k] / (counts[k] or 1.0))
            second = np.dot(scaled, scaled.T)
            scatters[k] = second - lost  # eq-gmm-scatter-from-moments
        sums -= counts[:, None] * (params.means - around[0])
        log_p = float(log_p.sum())
        return Statistics(counts, sums, scatters, log_p, len(X), params)
    for k in range(K):
        z = np.subtract(X, params.means[k], dtype=float)  # (B, D)
        sums[k] = np.dot(gamma[k], z)
        z -= sums[k] / (counts[k] or 1.0)
        if diagonal:
            scatters[k] = np.dot(gamma[k], z**2)
            continue
        z *= np.sqrt(gamma[k])[:, None]
        scatters[k] = np.dot(z.T, z)  # eq-gmm-scatter
    return Statistics(counts, sums, scatters, float(log_p.sum()), len(X), params)


class _Factor(NamedTuple):
    """A component's Cholesky factor, and products in its place where they are as good.

    In `W` there is first -W (mean - c) and then W itself, for which W L = 1. With u = W (x - mean),
    a product with W errs relative to |W| |L| |u| (Higham 2002, section 14.2). If W (x - c) and
    W (mean - c) are subtracted instead, then also by eps / 2 times |W s| |(x - c) / s| and the same
    for the mean, with the deviations s of the whole mixture for units. The errors of D terms add up
    like their square root. If their sum is `MOVED`, a log-density errs by `QUICK`, or by less than
    `MULTIPLIED` relative to a squared distance of more than 200. That is so as far as
    |(x - c) / s| is within `reach`.
    """

    L: np.ndarray  # (D, D), or its diagonal (D,)
    log_determinant: float
    W: np.ndarray | None = None  # (D, 1 + D)
    reach: float = -1.0

    def distances(self, z):
        """Squared, for differences (B, D) from the mean, which are overwritten."""
        L, D = self.L, len(self.L)
        if L.ndim == 1:
            z /= L
            return np.einsum("bd,bd->b", z, z)  # eq-mahalanobis
        z, u = z.T.copy(), np.empty((D, len(z)))
        for a in range(0, D, SOLVED_AT_ONCE):
            b = min(a + SOLVED_AT_ONCE, D)
            u[a:b] = z[a:b] - L[a:b, :a] @ u[:a]
            for i in range(a, b):
                u[i] = (u[i] - L[i, a:i] @ u[a:i]) / L[i, i]  # eq-forward-substitution
        return np.einsum("db,db->b", u, u)  # eq-mahalanobis

    def distances_by_products(self, z):
        """Squared, for columns (1 + D, B): first a 1 and then the differences from c."""
        D = len(self.L)
        u = np.empty((D, z.shape[1]))
        for a, b in _parts(0, D, max(1, D // 32)):  # W is zero above the diagonal
            np.matmul(self.W[a:b, : 1 + b], z[: 1 + b], out=u[a:b])
        return np.einsum("db,db->b", u, u)  # eq-mahalanobis


def _factors(params, diagonal, around=None):
    """The factor of each component; with products if there is a point to subtract."""
    _, means, covariances = params
    deviations = np.sqrt(_diagonals(covariances))
    if diagonal:
        heights = 2 * np.log(deviations).sum(axis=1)  # eq-log-determinant
        return [_Factor(*pair) for pair in zip(deviations, heights, strict=True)]
    Ls = np.linalg.cholesky(covariances)  # (K, D, D)  # eq-cholesky
    heights = 2 * np.log(_diagonals(Ls)).sum(axis=1)  # eq-log-determinant
    if around is None:
        return [_Factor(*pair) for pair in zip(Ls, heights, strict=True)]
    c, s = around
    relative = Ls / deviations[:, :, None]  # rows of length 1, whatever the units
    Ws = _solved(relative)
    rounding = 12 * np.sqrt(len(c)) * (EPS / 2)
    condition = np.linalg.norm(relative, axis=(1, 2)) * np.linalg.norm(Ws, axis=(1, 2))
    Ws /= deviations[:, None, :]
    far = np.linalg.norm((means - c) / s, axis=1)
    reach = MOVED / (rounding * np.linalg.norm(Ws * s, axis=(1, 2))) - far
    reach = np.where(rounding * condition <= MULTIPLIED, reach, -1.0)
    moved = np.einsum("kij,kj->ki", Ws, means - c)
    Ws = np.concatenate([-moved[:, :, None], Ws], axis=2)  # (K, D, 1 + D)
    return [_Factor(*own) for own in zip(Ls, heights, Ws, reach, strict=True)]


def _solved(Ls):
    """The W (K, D, D) for which L W = 1, for all Cholesky factors at once."""
    D = Ls.shape[1]
    eye, Ws = np.eye(D)[None], np.zeros(Ls.shape)
    for a in range(0, D, SOLVED_AT_ONCE):
        b = min(a + SOLVED_AT_ONCE, D)
        right = eye[:, a:b, :b]
        if a > 0:
            right = right - Ls[:, a:b, :a] @ Ws[:, :a, :b]
        own = np.linalg.solve(Ls[:, a:b, a:b], right)  # eq-forward-substitution
        Ws[:, a:b, :b] = own
    return Ws


class _Quick:
    """The mixture as an exponential family around a point c, and where that may be used.

    With z = x - c, log pi_k N(x) is linear in the features (1, z_i, z_i z_j for i <= j). Its
    coefficients are the rows of `theta`; for c the mean of the mixture is as good as any.

    Rounding moves a log-density by about `growth` * eps / 2 times the sum of the sizes of its
    terms, where `growth` takes the errors of a sum to add up like the square root of their number
    (Higham & Mary 2019), with a factor of 6 to be safe. In units of the features' deviations s
    that sum is at most a + b r + A r^2, r the length of z. So the form is good as far as some r,
    and for whatever lies outside it gives way.
    """

    def __init__(self, params, diagonal=False, extent=None):
        weights, means, covariances = params
        D = means.shape[1]
        self.params, self.D, self.diagonal = params, D, diagonal
        self.c, self.s = _middle(params)
        self.pairs, self.squares, self.of_pair = _pairs(D, diagonal)
        i, j = self.pairs
        self.n_features = 1 + D + len(i)
        deviations = np.sqrt(_diagonals(covariances))  # (K, D)
        if diagonal:
            pivots = deviations
            P = (deviations**-2.0)[:, :, None] * np.eye(D)
        else:
            scales = deviations[:, :, None] * deviations[:, None, :]
            L = np.linalg.cholesky(covariances / scales)  # of the correlations
            pivots = _diagonals(L) * deviations
            W = _solved(L) / deviations[:, None, :]
            P = W.transpose(0, 2, 1) @ W  # (K, D, D)
        apart = means - self.c
        linear = (P @ apart[:, :, None])[:, :, 0]
        top = np.log(weights) - 0.5 * D * LOG_2_PI - np.log(pivots).sum(axis=1)
        # Not to be larger than exp can take, and about 1 for an observation like others.
        self.shift = top.max() - min(D / 2, 300.0)
        constant = top - self.shift - 0.5 * (linear * apart).sum(axis=1)
        parts = constant[:, None], linear, -P[:, i, j]
        self.theta = np.concatenate(parts, axis=1)  # eq-gmm-natural-parameters
        self.theta[:, self.squares] /= 2
        # The sizes of the terms may add up to so much, and to so much if no exponential is to be
        # below `LEAST_SUM`.
        growth = 6 * (math.sqrt(self.n_features) + D)
        rooms = QUICK / (growth * EPS / 2), -math.log(LEAST_SUM)
        self.all_within = extent is not None and self._sizes(extent) <= min(rooms)
        if self.all_within:
            self.reach = math.inf  # nobody need ask
            return
        s = self.s
        a = np.abs(constant)
        b = np.sqrt(((linear * s) ** 2).sum(axis=1))  # (K,)
        A = 0.5 * (np.abs(P) * (s[:, None] * s)).sum(axis=2).max(axis=1)
        self.reach, self.no_low = (_reach(room - a, b, A) for room in rooms)
        # One more row of the product: the squared length of z.
        lengths = np.zeros(self.n_features)
        lengths[self.squares] = s**-2.0
        self.product = np.vstack([self.theta, lengths])

    def _sizes(self, extent):
        """What the sizes of the terms add up to at most, for data of some extent."""
        lowest, highest = extent
        z = np.maximum(self.c - lowest, highest - self.c)  # (D,)
        i, j = self.pairs
        with np.errstate(all="ignore"):  # what is too large is no number, or infinite
            farthest = np.concatenate([[1.0], z, z[i] * z[j]])
            return (np.abs(self.theta) @ farthest).max()

    def space(self, rows):
        """Buffers for features, log-densities and sums, of up to so many observations."""
        heights = self.n_features, len(self.theta) + 1, 1
        return tuple(np.empty(height * rows) for height in heights)

    def block(self, X, weights, space):
        """The moments (K, P) and the log-likelihood; None if the form is not good enough."""
        D, K, B = self.D, len(self.theta), len(X)
        # Without gaps: rows a power of two apart compete for the same lines of a cache.
        f, e, total = (
            buffer[: height * B].reshape(height, B)
            for buffer, height in zip(space, (self.n_features, K + 1, 1), strict=True)
        )
        total = total[0]
        f[0] = 1.0
        np.subtract(X.T, self.c[:, None], out=f[1 : D + 1])
        at = D + 1
        if self.diagonal:
            np.multiply(f[1:at], f[1:at], out=f[at:])
        else:
            for i in range(D):
                products = f[at : at + D - i]
                np.multiply(f[i + 1 : D + 1], f[i + 1], out=products)  # eq-gmm-features
                at += D - i
        gamma, low = e[:K], False
        if self.all_within:
            np.matmul(self.theta, f, out=gamma)  # (K, B)  # eq-gmm-joint-linear
        else:
            np.matmul(self.product, f, out=e)  # (K + 1, B)
            farthest = e[K].max()
            if not farthest <= self.reach:  # or not a number
                return None
            low = farthest > self.no_low
        _exp(gamma, LEAST_EXPONENT) if low else np.exp(gamma, out=gamma)
        np.matmul(np.ones(K), gamma, out=total)
        if low and total.min() < LEAST_SUM:
            return None
        log_p = np.log(total, out=e[K])  # but for the shift  # eq-gmm-log-density
        if weights is None:
            log_likelihood = log_p.sum() + B * self.shift
            np.divide(1.0, total, out=total)
        else:
            log_likelihood = np.dot(weights, log_p) + weights.sum() * self.shift
            np.divide(weights, total, out=total)
        # The smaller of the two factors is scaled.
        if K <= self.n_features:
            np.multiply(gamma, total, out=gamma)  # eq-gmm-responsibility
        else:
            np.multiply(f, total, out=f)
        # `dot`, for `matmul` keeps the interpreter's lock where the result is small.
        moments = np.dot(f, gamma.T).T  # (K, P)  # eq-gmm-moments
        return moments, float(log_likelihood)

    def statistics(self, moments, log_likelihood, n_observations):
        """Statistics from moments (K, P) around c."""
        D = self.D
        counts, around_c = moments[:, 0], moments[:, 1 : D + 1]
        sums = around_c - counts[:, None] * (self.params.means - self.c)
        roots = np.sqrt(np.maximum(counts, TINY))[:, None]
        lost = around_c / roots  # its squares, symmetric to the last digit
        if self.diagonal:
            scatters = moments[:, self.squares] - lost**2
        else:
            lost = lost[:, :, None] * lost[:, None, :]
            second = moments[:, self.of_pair]  # (K, D, D)
            scatters = second - lost  # eq-gmm-scatter-from-moments
        return Statistics(
            counts, sums, scatters, log_likelihood, n_observations, self.params
        )


def _reach(room, b, A):
    """The largest r^2 for which b r + A r^2 is within all the room (K,); -1 if there is none."""
    if not (room > 0).all():
        return -1.0
    return float((2 * room / (b + np.sqrt(b**2 + 4 * A * room))).min()) ** 2


def _diagonals(matrices):
    """Of matrices (K, D, D), as (K, D)."""
    return matrices.diagonal(axis1=1, axis2=2)


@lru_cache(maxsize=8)
def _pairs(D, diagonal):
    """The pairs i <= j of the products among the features; i = j for diagonal covariances.

    And where among the features the squares are, (D,), and the products of each pair, (D, D).
    """
    if diagonal:
        i = j = np.arange(D)
    else:
        i, j = np.triu_indices(D)
    of_pair = np.zeros((D, D), int)
    of_pair[i, j] = of_pair[j, i] = 1 + D + np.arange(len(i))
    return (i, j), of_pair.diagonal(), of_pair


def _kept(statistics, raw):
    """Whether the scatters have kept their digits, if they were had from squares `raw` (K, D)."""
    scatters = statistics.scatters
    variances = scatters if scatters.ndim == 2 else _diagonals(scatters)
    if not (statistics.counts.min() > LEAST_SUM and variances.min() > 0):
        return False
    lost = 32 * (EPS / 2) * (raw / variances).max()
    if not lost <= CANCELLED:
        return False
    if scatters.ndim == 2:
        return True
    # The eigenvalues of a correlation matrix move by D times that at most.
    D = variances.shape[1]
    deviations = np.sqrt(variances)
    correlations = scatters / deviations[:, :, None] / deviations[:, None, :]
    floor = max(3 * _checks.least_eigenvalue(D), D * lost / QUICK)
    return _checks.definite(correlations, floor)


# --- arguments and threads ------------------------------------------------------------------------


def _checked_params(params, n_features):
    """As `check_params`, in one go for all components if there is nothing to say of any."""
    if not (isinstance(params, Params) and _in_order(*params)):
        return check_params(params, n_features)
    if n_features not in ("D", params.means.shape[1]):
        return check_params(params, n_features)
    return params


def _in_order(weights, means, covariances):
    """Whether parameters are sound beyond doubt."""
    parts = (weights, means, covariances)
    if not all(type(part) is np.ndarray and part.dtype == float for part in parts):
        return False
    if means.ndim != 2 or means.size == 0:
        return False
    K, D = means.shape
    if weights.shape != (K,) or covariances.shape != (K, D, D):
        return False
    variances = _diagonals(covariances)
    bounds = _checks.SMALLEST_VARIANCE, 1 / _checks.SMALLEST_VARIANCE
    if not (
        (weights > 0).all()
        and abs(weights.sum() - 1) <= _checks.HALF_DIGITS
        and (np.abs(means) <= _checks.LARGEST).all()
        and ((variances >= bounds[0]) & (variances <= bounds[1])).all()
        and np.array_equal(covariances, covariances.transpose(0, 2, 1))
    ):
        return False
    deviations = np.sqrt(variances)
    correlations = covariances / deviations[:, :, None] / deviations[:, None, :]
    return _checks.definite(correlations, _checks.least_eigenvalue(D))


class _Team:
    """Threads that share the spans, each with one thread of linear algebra if that can be had.

    All cores by default, if threadpoolctl is there to see to that; and 1 if not.
    """

    def __init__(self, n_threads):
        if n_threads is None:
            n_threads = (os.cpu_count() or 1) if _controller() else 1
        self.n_threads = _checks.whole_number(n_threads, "n_threads")

    def __enter__(self):
        self.stack = ExitStack()
        self.stack.enter_context(_one_thread_each())
        self.pool = self.stack.enter_context(ThreadPoolExecutor(self.n_threads))
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def share(self, spans, worker):
        """What workers, one a thread, return for each span, in the order of the spans."""
        n = min(self.n_threads, len(spans))

        def some(first):
            work = worker()
            return [work(span) for span in spans[first::n]]

        shares = list((self.pool.map if n > 1 else map)(some, range(n)))
        return [shares[i % n][i // n] for i in range(len(spans))]


@lru_cache(maxsize=1)
def _controller():
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()


_teams, _teams_lock, _limit = 0, threading.Lock(), None


@contextmanager
def _one_thread_each():
    """The limit is the process's: the first team that is at work sets it, the last one lifts it."""
    global _teams, _limit
    with _teams_lock:
        if _teams == 0 and (controller := _controller()):
            _limit = controller.limit(limits=1, user_api="blas")
        _teams += 1
    try:
        yield
    finally:
        with _teams_lock:
            _teams -= 1
            if _teams == 0 and _limit:
                _limit.restore_original_limits()
                _limit = None
