"""A race on a Gaussian mixture: EM and four other climbers from one start, with one budget.

Each climber takes data, a start and a number of evaluations, and returns a `Climb`. An evaluation
is an E step's worth of work: the log-density of every observation under every component. The start
costs one. After that EM makes one for each iteration, the two gradient methods one for each step
that they try, annealing one for each proposal, and the evolution strategy one for each of its
offspring. All share the code that evaluates, and all but EM move in the unconstrained parameters of
`emlib.climbers`.

A point that is no mixture in double precision (a weight that underflows, a covariance that is
singular to rounding) counts as an evaluation with the value minus infinity. Nothing else keeps a
climber away from the likelihood's spikes, where a component shrinks onto a few observations:
`has_collapsed` recognises them.

The settings come from the literature and from an argument about units, and are the same for every
data set. They suppose features with standard deviations of about one; only EM does not depend on
that.
"""

import math
from functools import cache
from time import perf_counter
from typing import NamedTuple

import numpy as np

from emlib import _checks, climbers, gmm
from emlib.climbers.vectorized import _acceptance, _factors, _gradient
from emlib.gaussian.vectorized import _cholesky, _log_density

SUFFICIENT = 1e-4  # Armijo's condition, with the constant of Nocedal & Wright (2006, section 3.1)
# The best step of a random walk in many dimensions P, in spreads over sqrt(P): Roberts et al.
# (1997).
SHARPEST = 2.38
FIRST_STEP = 0.3  # the strategy's first spread, in each parameter; Hansen (2016)
WITHIN = 0.01  # nats; how far below its summit annealing ends, on average


class Climb(NamedTuple):
    """How a climb went.

    Attributes
    ----------
    params : gmm.Params
        The highest point that was evaluated.
    log_likelihoods : numpy.ndarray, shape (T,)
        The value of each evaluation in order, beginning with the start, nats. The best so far is
        ``numpy.maximum.accumulate`` of them.
    seconds : numpy.ndarray, shape (T,)
        From the start to the end of each evaluation.
    """

    params: gmm.Params
    log_likelihoods: np.ndarray
    seconds: np.ndarray


class _Height:
    """Evaluates, counts, and remembers the highest point."""

    def __init__(self, X, start, n_evaluations):
        self.X, self.start, *_ = gmm.check_e_step(X, start, None)
        L = _cholesky(self.start.covariances)
        if not _is_mixture(np.log(self.start.weights), L):
            raise ValueError(
                "start has a weight or a covariance at the limits of double precision: "
                "start with a larger weight, or add a little to the covariance's diagonal"
            )
        self.budget = _checks.whole_number(n_evaluations, "n_evaluations")
        self.log_likelihoods, self.seconds = [], []
        self.best, self.highest = self.start, -math.inf
        self.begin = perf_counter()

    @property
    def left(self):
        return self.budget - len(self.log_likelihoods)

    def at(self, params):
        """Responsibilities (N, K) and log-likelihood of a `climbers.Params`."""
        with np.errstate(all="ignore"):
            shifted = params.logits - params.logits.max()
            log_weights = shifted - np.log(np.exp(shifted).sum())
            gamma, height = self._e_step(log_weights, params.means, _factors(params))
        return gamma, self._noted(height, params)

    def of_mixture(self, params):
        """The same for a `gmm.Params`."""
        L = _cholesky(params.covariances)
        gamma, height = self._e_step(np.log(params.weights), params.means, L)
        return gamma, self._noted(height, params)

    def _noted(self, height, params):
        self.log_likelihoods.append(height)
        self.seconds.append(perf_counter() - self.begin)
        if height > self.highest:
            self.best, self.highest = params, height
        return height

    def _e_step(self, log_weights, means, L):
        """As in `gmm`, but from the factors and without the checks of `gmm`.

        A race makes tens of thousands of evaluations. On 272 observations in the plane
        `gmm.vectorized.e_step` takes nearly three times as long as this, and nearly four times
        with `climbers.vectorized.constrain` before it, which multiplies factors that the E step
        factorises again. What `gmm` would refuse is detected here as well, on the factors.
        """
        if not _is_mixture(log_weights, L):
            return None, -math.inf
        log_densities = [_log_density(self.X, means[k], L[k]) for k in range(len(L))]
        log_joint = log_weights[:, None] + log_densities  # (K, N)
        top = log_joint.max(axis=0)
        shares = np.exp(log_joint - top)
        total = shares.sum(axis=0)
        height = float(top.sum() + np.log(total).sum())
        return (shares / total).T, height if math.isfinite(height) else -math.inf

    def climb(self):
        best = self.best
        if isinstance(best, climbers.Params):
            best = gmm.Params(*climbers.vectorized.constrain(best))
        return Climb(best, np.array(self.log_likelihoods), np.array(self.seconds))


def em(X, start, n_evaluations):
    """Run EM until it stands still, a component collapses or the budget is spent.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    start : gmm.Params
        Where to start.
    n_evaluations : int
        How many evaluations at most; one is an E step's worth of work.

    Returns
    -------
    Climb
        One evaluation an iteration.

    Raises
    ------
    ValueError
        If X, the start or the budget is not as required.
    """
    height = _Height(X, start, n_evaluations)
    params, before = height.start, -math.inf
    while height.left:
        gamma, now = height.of_mixture(params)
        if now - before <= 4 * _checks.EPS * abs(now):
            break
        before = now
        try:
            params = gmm.vectorized.m_step(height.X, gamma)
        except ArithmeticError:
            break
    return height.climb()


def gradient_ascent(X, start, n_evaluations):
    """Take steps along the gradient as long as they gain.

    The first step size is 1 / N, which is a step size of 1 for the gradient of the average
    log-density. A step is taken if it gains at least a ten-thousandth of what the slope promises,
    and the next step size is twice as large; otherwise the step size is halved (Armijo 1966).

    Parameters
    ----------
    X, start, n_evaluations
        As for `em`.

    Returns
    -------
    Climb
        One evaluation for the start and one for each step that is tried.

    Raises
    ------
    ValueError
        If X, the start or the budget is not as required.
    """
    height = _Height(X, start, n_evaluations)
    place = climbers.vectorized.unconstrain(*height.start)
    gamma, now = height.at(place)
    step = 1 / len(height.X)
    while height.left:
        slope = _gradient(height.X, gamma, place)
        steepness = sum(float(np.square(part).sum()) for part in slope)
        while height.left:
            if step * steepness <= 4 * _checks.EPS * abs(now):
                return height.climb()  # what could be gained is below rounding
            there = climbers.Params(
                *(part + step * s for part, s in zip(place, slope, strict=True))
            )
            there_gamma, then = height.at(there)
            if then >= now + SUFFICIENT * step * steepness:
                place, gamma, now = there, there_gamma, then
                step *= 2
                break
            step /= 2
    return height.climb()


def conjugate_gradients(X, start, n_evaluations):
    """Take steps along the gradient plus a multiple of the last direction.

    The multiple is that of Polak and Ribiere, cut off at zero. A step is halved until it meets
    Armijo's condition. If the slope along it is then still more than half as steep, up or down, the
    secant rule corrects the step once (Nocedal & Wright 2006, chapters 3 and 5).

    Parameters
    ----------
    X, start, n_evaluations
        As for `gradient_ascent`.

    Returns
    -------
    Climb
        As for `gradient_ascent`.

    Raises
    ------
    ValueError
        If X, the start or the budget is not as required.
    """
    height = _Height(X, start, n_evaluations)
    like = climbers.vectorized.unconstrain(*height.start)

    def slope_at(place, gamma):
        return _vector(_gradient(height.X, gamma, _like(like, place)))

    place, step = _vector(like), 1 / len(height.X)
    gamma, now = height.at(like)
    slope = direction = slope_at(place, gamma)
    while height.left:
        steepness = slope @ direction
        if steepness <= 0:
            direction, steepness = slope, slope @ slope
        if step * steepness <= 4 * _checks.EPS * abs(now):
            break  # what could be gained is below rounding
        there = place + step * direction
        gamma, then = height.at(_like(like, there))
        if then < now + SUFFICIENT * step * steepness:
            step /= 2
            continue
        there_slope = slope_at(there, gamma)
        along = there_slope @ direction
        if abs(along) > steepness / 2 and height.left:
            flatter = max(steepness - along, steepness / 3)
            factor = max(steepness / flatter, 0.1)
            other = place + factor * step * direction
            gamma, height_there = height.at(_like(like, other))
            if height_there > then:
                there, then, step = other, height_there, factor * step
                there_slope = slope_at(there, gamma)
        kept = max(0.0, there_slope @ (there_slope - slope) / (slope @ slope))
        place, now, slope = there, then, there_slope
        direction = slope + kept * direction
        expected = slope @ direction
        if expected > 0:  # as much to gain, to first order, as in the last step
            step *= min(10.0, steepness / expected)
    return height.climb()


def simulated_annealing(X, start, n_evaluations, rng, hottest=3.0):
    """Run a random walk that accepts losses, smaller and smaller ones.

    The temperature falls by the same factor from proposal to proposal, and ends where the walk is
    on average a hundredth of a nat below a summit. Near a summit the log-likelihood of N
    observations at temperature T falls off over distances of sqrt(T / N), and 2.38 / sqrt(P) of
    that is about the best step of a random walk if P is large (Roberts, Gelman & Gilks 1997). No
    argument gives the first temperature: it must be hot enough to leave a hill, but not so hot as
    to lose all that was gained.

    Parameters
    ----------
    X, start, n_evaluations
        As for `em`.
    rng : numpy.random.Generator
        The source of randomness.
    hottest : float, optional
        The first temperature, nats.

    Returns
    -------
    Climb
        One evaluation for the start and one for each proposal.

    Raises
    ------
    ValueError
        If X, the start, the budget, `rng` or the temperature is not as required.
    """
    height, rng = _Height(X, start, n_evaluations), _checks.generator(rng)
    hottest = climbers.positive(hottest, "hottest")
    like = climbers.vectorized.unconstrain(*height.start)
    place, (_, now) = _vector(like), height.at(like)
    N, P = len(height.X), len(place)
    coldest = 2 * WITHIN / P
    factor = (coldest / hottest) ** (1 / max(1, height.budget - 2))
    temperature = hottest
    while height.left:
        spread = SHARPEST * math.sqrt(temperature / (N * P))
        there = place + spread * rng.standard_normal(P)
        _, then = height.at(_like(like, there))
        if rng.random() < _acceptance(now, then, temperature):
            place, now = there, then
        temperature *= factor
    return height.climb()


def evolution_strategy(X, start, n_evaluations, rng):
    """Draw generations of offspring, and move their mean towards the better half.

    A generation has 4 + 3 log P offspring, and none is begun that would exceed the budget. In the
    first, each parameter has a standard deviation of 0.3 (Hansen 2016).

    Parameters
    ----------
    X, start, n_evaluations
        As for `em`.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    Climb
        One evaluation for the start and one for each of the offspring.

    Raises
    ------
    ValueError
        If X, the start, the budget or `rng` is not as required.
    """
    height, rng = _Height(X, start, n_evaluations), _checks.generator(rng)
    like = climbers.vectorized.unconstrain(*height.start)
    height.at(like)
    mean = _vector(like)
    P = len(mean)
    M = 4 + int(3 * math.log(P))
    covariance, path, step_size = np.eye(P), np.zeros(P), FIRST_STEP
    while height.left >= M:
        spread = gmm.Params([1.0], mean[None], step_size**2 * covariance[None])
        try:
            offspring, _ = gmm.vectorized.sample(spread, M, rng)
        except ValueError:
            break  # the strategy itself has become singular
        heights = [height.at(_like(like, child))[1] for child in offspring]
        best_first = np.argsort(heights)[::-1]
        mean, covariance, path, step_size = climbers.vectorized.recombine(
            offspring[best_first], mean, covariance, path, step_size
        )
    return height.climb()


def has_collapsed(X, params):
    """Whether a component has shrunk onto a few observations, or has only a few left.

    That is: its smallest variance in any direction is below a thousandth of the data's smallest, or
    its weight is that of at most D + 1 observations.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    params : gmm.Params
        The mixture.

    Returns
    -------
    bool
        If True, a maximum of the likelihood found there says nothing about the data.

    Raises
    ------
    ValueError
        If X or a parameter is not as required.
    """
    X, params, *_ = gmm.check_e_step(X, params, None)
    N, D = X.shape
    whole = np.linalg.eigvalsh(np.atleast_2d(np.cov(X.T, bias=True)))[0]
    narrowest = np.linalg.eigvalsh(params.covariances).min()
    return bool(narrowest < 1e-3 * whole or N * params.weights.min() <= D + 1)


def _is_mixture(log_weights, L):
    """Whether double precision can hold the mixture; if so, `gmm` accepts it. A cheap check."""
    variances = np.einsum("kij,kij->ki", L, L)  # (K, D)
    # The determinant of the correlations is at most e times their smallest eigenvalue.
    determinants = (_diagonal(L) ** 2 / variances).prod(axis=1)
    smallest = _checks.SMALLEST_VARIANCE
    return (
        determinants.min() > 3 * _checks.least_eigenvalue(L.shape[1])
        and variances.min() > smallest
        and variances.max() < 1 / smallest
        and log_weights.min() > -700
    )


def _diagonal(L):
    """The diagonals (K, D) of factors (K, D, D)."""
    return L.reshape(len(L), -1)[:, :: L.shape[1] + 1]


@cache
def _triangle(D):
    return np.tril_indices(D)


def _vector(params):
    """Logits, means and the lower triangles of the factors as one vector (P,)."""
    rows, columns = _triangle(params.factors.shape[1])
    return np.concatenate(
        [params.logits, params.means.ravel(), params.factors[:, rows, columns].ravel()]
    )


def _like(params, vector):
    """A `climbers.Params` with the shapes of another, from a vector (P,)."""
    K, D = params.means.shape
    rows, columns = _triangle(D)
    factors = np.zeros((K, D, D))
    factors[:, rows, columns] = vector[K + K * D :].reshape(K, -1)
    return climbers.Params(vector[:K], vector[K : K + K * D].reshape(K, D), factors)
