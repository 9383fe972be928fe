"""Drawing and weighting on whole arrays."""

import math

import numpy as np

from emlib.evidence.vectorized import log_sum_exp
from emlib.sampling import (
    LEAST_LOG_WEIGHT,
    LEAST_QUARTILE,
    LEAST_SHARE,
    LEAST_TAIL,
    Alias,
    check_alias_draw,
    check_inverse_cdf,
    check_log_densities,
    check_log_weights,
    check_rejection,
    check_systematic,
    check_uniforms,
    check_weights,
    tail_size,
)


def inverse_cdf(u, x, cdf):
    """Draws from a tabulated distribution function, by inverting it.

    Parameters
    ----------
    u : array_like, shape (N,)
        Uniform numbers, between 0 and 1.
    x : array_like, shape (M,)
        Where the function is tabulated, from left to right; twice where it jumps.
    cdf : array_like, shape (M,)
        The probability of a value at most x[m]; it rises from 0 to 1, and is linear in between.

    Returns
    -------
    numpy.ndarray, shape (N,)
        Where the function begins to exceed u[n]; the last of `x` for u[n] = 1.

    Raises
    ------
    ValueError
        If the table has fewer than two points, falls, or does not run from 0 to 1, or an entry of
        `u` is not a probability.
    """
    u, x, cdf = check_inverse_cdf(u, x, cdf)
    # The last entry of the table that is not above u.
    m = np.searchsorted(cdf, u, side="right") - 1  # (N,)
    after = np.minimum(m + 1, len(x) - 1)
    rise = cdf[after] - cdf[m]
    share = np.divide(u - cdf[m], rise, out=np.zeros(len(u)), where=rise > 0)
    return x[m] + share * (x[after] - x[m])  # eq-inverse-table


def alias_table(weights):
    """The table of the alias method, made in one sweep.

    Parameters
    ----------
    weights : array_like, shape (K,)
        Not negative; the probabilities are in proportion to them.

    Returns
    -------
    Alias
        Shares (K,) and aliases (K,). Of the tables that represent these weights it is the one that
        fills the light columns (weight below the mean) from the left, each with what the leftmost
        heavy category has left above one column.

    Raises
    ------
    ValueError
        If a weight is negative, or all are zero.
    """
    weights = check_weights(weights, "K")
    K = len(weights)
    heights = K * (weights / np.cumsum(weights)[-1])  # (K,)
    light, heavy = np.flatnonzero(heights < 1), np.flatnonzero(heights >= 1)
    shares, aliases = np.ones(K), np.arange(K)
    if len(light) == 0 or len(heavy) == 0:
        return Alias(shares, aliases)
    needed = np.append(0.0, np.cumsum(1 - heights[light]))  # before each light column
    spare = np.cumsum(heights[heavy] - 1)
    # The heavy category that has something left once the columns before are full.
    giver = np.minimum(
        np.searchsorted(spare, needed[:-1], side="right"), len(heavy) - 1
    )
    shares[light], aliases[light] = heights[light], heavy[giver]  # eq-alias-light
    # What a heavy category lacks in the end comes from the next one. The last
    # keeps the rest.
    taken = np.searchsorted(needed, spare[:-1])
    lack = needed[np.minimum(taken, len(light))] - spare[:-1]
    part = np.flatnonzero(lack > 0)
    shares[heavy[part]] = np.maximum(1 - lack[part], 0.0)  # eq-alias-heavy
    aliases[heavy[part]] = heavy[part + 1]
    return Alias(shares, aliases)


def alias_draw(table, u, v):
    """Categories drawn from an alias table.

    Parameters
    ----------
    table : Alias
        From `alias_table`.
    u, v : array_like, shape (N,)
        Uniform numbers, in [0, 1): the first picks a column, the second a category in it.

    Returns
    -------
    numpy.ndarray, shape (N,)
        Whole numbers from 0 to K - 1.

    Raises
    ------
    ValueError
        If the table is none, or an entry of `u` or `v` is outside [0, 1).
    """
    shares, aliases, u, v = check_alias_draw(table, u, v)
    k = np.floor(u * len(shares)).astype(int)  # (N,)
    return np.where(v < shares[k], k, aliases[k])  # eq-alias-draw


def box_muller(u):
    """Independent standard normal numbers, by the transform of Box & Muller (1958).

    Parameters
    ----------
    u : array_like, shape (N, 2)
        Uniform numbers, in [0, 1).

    Returns
    -------
    numpy.ndarray, shape (N, 2)
        Radius and angle of each row of `u`, in Cartesian coordinates.

    Raises
    ------
    ValueError
        If an entry is outside [0, 1).
    """
    u = check_uniforms(u, "u", ("N", 2))
    # 1 - u is uniform, too, and never zero.
    radius = np.sqrt(-2 * np.log1p(-u[:, :1]))  # (N, 1)  # eq-box-muller-radius
    angle = 2 * math.pi * u[:, 1:]
    return radius * np.hstack([np.cos(angle), np.sin(angle)])  # eq-box-muller


def rejection(log_target, log_proposal, log_bound, u):
    """Which draws from a proposal are accepted as draws from a target.

    Parameters
    ----------
    log_target : array_like, shape (N,)
        The target's log-density at each draw, nats; a constant may be missing.
    log_proposal : array_like, shape (N,)
        The log-density, at the same draws, of the proposal that made them.
    log_bound : float
        At least the largest difference of the two anywhere.
    u : array_like, shape (N,)
        Uniform numbers, in [0, 1).

    Returns
    -------
    numpy.ndarray, shape (N,)
        True where the draw is accepted; never where the target's density is zero.

    Raises
    ------
    ValueError
        If the target exceeds the bound at one of the draws by more than rounding, or a shape or an
        entry is not as required.
    """
    target, proposal, bound, u = check_rejection(log_target, log_proposal, log_bound, u)
    with np.errstate(divide="ignore"):  # log 0 is -inf, as it should be
        log_u = np.log(u)
    possible = target > -np.inf
    return possible & (log_u <= target - proposal - bound)  # eq-rejection


def log_weights(log_target, log_proposal, normalised=False):
    """The logarithms of importance weights.

    Parameters
    ----------
    log_target : array_like, shape (N,)
        The target's log-density at each draw, nats; a constant may be missing.
    log_proposal : array_like, shape (N,)
        The log-density, at the same draws, of the proposal that made them.
    normalised : bool, default False
        Make the weights sum to one.

    Returns
    -------
    numpy.ndarray, shape (N,)
        -inf where the target's density is zero.

    Raises
    ------
    ValueError
        If the proposal's density is zero at a draw of its own, the weights are to be normalised and
        all are zero, or a shape or an entry is not as required.
    """
    target, proposal = check_log_densities(log_target, log_proposal)
    result = target - proposal  # eq-importance-weight
    return _normalised(check_log_weights(result)) if normalised else result


def effective_sample_size(log_weights):
    """How many draws from the target the weighted draws are worth, Kong (1992).

    Parameters
    ----------
    log_weights : array_like, shape (N,)
        Logarithms of weights, normalised or not; -inf is the logarithm of zero.

    Returns
    -------
    float
        Between 1, where one draw has all the weight, and N, where all weigh the same.

    Raises
    ------
    ValueError
        If all weights are zero, or an entry is NaN or +inf.
    """
    log_weights = check_log_weights(log_weights)
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / np.square(weights).sum())  # eq-importance-ess


def pareto_smooth(log_weights):
    """Log weights with their tail smoothed, and how heavy it is, Vehtari et al. (2024).

    Parameters
    ----------
    log_weights : array_like, shape (N,)
        Logarithms of weights, normalised or not; -inf is the logarithm of zero.

    Returns
    -------
    log_weights : numpy.ndarray, shape (N,)
        Normalised; the largest are replaced by the quantiles of a generalised Pareto distribution
        that was fitted to them, in their order.
    k_hat : float
        The shape of that distribution: the weights' variance is finite below 1/2; inf where fewer
        than 5 weights stand out, so that there is no tail to fit.

    Raises
    ------
    ValueError
        If all weights are zero, or an entry is NaN or +inf.
    """
    log_weights = check_log_weights(log_weights)
    N = len(log_weights)
    shifted = log_weights - log_weights.max()
    order = np.argsort(shifted, kind="stable")
    beyond = N - min(tail_size(N) + 1, N)
    cutoff = max(shifted[order[beyond]], LEAST_LOG_WEIGHT)
    tail = order[shifted[order] > cutoff]
    if len(tail) < LEAST_TAIL:
        return _normalised(shifted), math.inf
    # The difference of two exponentials, without cancellation.
    exceedances = np.exp(cutoff) * np.expm1(shifted[tail] - cutoff)
    k, sigma = _fitted(exceedances)
    t = -np.log1p(-(np.arange(len(tail)) + 0.5) / len(tail))
    quantiles = np.log(sigma * t) + _log_growth(k * t)  # eq-pareto-quantile
    # The largest weight that was seen is the most.
    shifted[tail] = np.minimum(np.logaddexp(cutoff, quantiles), 0.0)
    return _normalised(shifted), k


def _log_growth(a):
    """log((exp(a) - 1) / a), also where a is 0 or large."""
    size = np.where(a == 0, 1.0, np.abs(a))
    growth = np.maximum(a, 0.0) + np.log(-np.expm1(-size) / size)
    return np.where(a == 0, 0.0, growth)


def _fitted(y):
    """The shape and the scale of a generalised Pareto distribution, Zhang & Stephens (2009).

    `y` are exceedances in increasing order. theta = -k / sigma is the posterior mean over a grid,
    with their prior; the shape is then pulled a little towards 1/2.
    """
    n = len(y)
    M = 30 + math.isqrt(n)
    quartile = max(y[math.floor(n / 4 + 0.5) - 1], LEAST_QUARTILE)
    step = 1 - np.sqrt(M / (np.arange(M) + 0.5))  # (M,)
    theta = 1 / y[-1] + step / (3 * quartile)  # eq-pareto-grid
    k, sigma = _shape_and_scale(theta, y)
    heights = -n * (np.log(sigma) + k + 1)  # eq-pareto-profile
    shares = np.exp(heights - log_sum_exp(heights[None]))
    # The grid spans many orders of magnitude: a share that is rounding could
    # decide the mean.
    shares[shares < LEAST_SHARE] = 0
    mean = np.sum(theta * (shares / shares.sum()), keepdims=True)  # eq-pareto-theta
    k, sigma = _shape_and_scale(mean, y)
    return float((n * k[0] + 5) / (n + 10)), float(sigma[0])  # eq-pareto-prior


def _shape_and_scale(theta, y):
    """The most likely shape and scale (M,) where their ratio is -theta (M,)."""
    k = np.log1p(-theta[:, None] * y).mean(axis=1)  # eq-pareto-shape
    divisor = np.where(theta == 0, 1.0, theta)
    return k, np.where(theta == 0, y.mean(), -k / divisor)


def systematic(weights, u):
    """Indices drawn in proportion to weights, by one uniform number for all.

    Parameters
    ----------
    weights : array_like, shape (N,)
        Not negative; the expected number of copies is in proportion to them.
    u : float
        A uniform number, in [0, 1).

    Returns
    -------
    numpy.ndarray, shape (N,)
        As many indices as there are weights, in increasing order. Index n occurs N times its share
        of the weights, rounded up or down.

    Raises
    ------
    ValueError
        If a weight is negative, all are zero, or `u` is outside [0, 1).
    """
    weights, u = check_systematic(weights, u)
    N = len(weights)
    cumulative = np.cumsum(weights)
    marks = cumulative[-1] * ((np.arange(N) + u) / N)  # eq-systematic
    last = np.searchsorted(cumulative, cumulative[-1])
    return np.minimum(np.searchsorted(cumulative, marks, side="right"), last)


def _normalised(log_weights):
    """Logarithms of weights that sum to one."""
    return log_weights - log_sum_exp(log_weights[None])[0]  # eq-importance-normalised
