"""Drawing and weighting as loops: one equation, one line."""

import math

import numpy as np

from emlib.evidence.naive import log_sum_exp
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
    draws, last = np.empty(len(u)), len(x) - 1
    for n in range(len(u)):
        m = last
        while cdf[m] > u[n]:
            m -= 1
        draws[n] = x[m]
        if m < last:
            share = (u[n] - cdf[m]) / (cdf[m + 1] - cdf[m])
            draws[n] += share * (x[m + 1] - x[m])  # eq-inverse-table
    return draws


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
    K, total = len(weights), 0.0
    for k in range(K):
        total += weights[k]
    heights = [K * (weights[k] / total) for k in range(K)]
    light = [k for k in range(K) if heights[k] < 1]
    heavy = [k for k in range(K) if heights[k] >= 1]
    shares, aliases = np.ones(K), np.arange(K)
    # What the light columns so far lacked, and what the heavy ones had to spare.
    needed, i = 0.0, 0
    spare = 0.0
    for j, k in enumerate(heavy):
        spare += heights[k] - 1
        last = j == len(heavy) - 1
        while i < len(light) and (needed < spare or last):
            column = light[i]
            shares[column], aliases[column] = heights[column], k  # eq-alias-light
            needed += 1 - heights[column]
            i += 1
        if needed > spare and not last:
            share = 1 - (needed - spare)  # eq-alias-heavy
            shares[k], aliases[k] = max(share, 0.0), heavy[j + 1]
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
    K = len(shares)
    draws = np.empty(len(u), dtype=int)
    for n in range(len(u)):
        k = math.floor(u[n] * K)
        draws[n] = k if v[n] < shares[k] else aliases[k]  # eq-alias-draw
    return draws


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
    z = np.empty(u.shape)
    for n in range(len(u)):
        # 1 - u is uniform, too, and never zero.
        radius = math.sqrt(-2 * math.log1p(-u[n, 0]))  # eq-box-muller-radius
        angle = 2 * math.pi * u[n, 1]
        z[n, 0] = radius * math.cos(angle)  # eq-box-muller
        z[n, 1] = radius * math.sin(angle)  # eq-box-muller
    return z


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
    accepted = np.zeros(len(u), dtype=bool)
    for n in range(len(u)):
        log_u = math.log(u[n]) if u[n] > 0 else -math.inf
        possible = target[n] > -math.inf
        accepted[n] = (
            possible and log_u <= target[n] - proposal[n] - bound
        )  # eq-rejection
    return accepted


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
    result = np.empty(len(target))
    for n in range(len(target)):
        result[n] = target[n] - proposal[n]  # eq-importance-weight
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
    largest, total, squares = max(log_weights), 0.0, 0.0
    for n in range(len(log_weights)):
        weight = math.exp(log_weights[n] - largest)
        total += weight
        squares += weight**2
    return total**2 / squares  # eq-importance-ess


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
    shifted = log_weights - max(log_weights)
    order = sorted(range(N), key=lambda n: shifted[n])
    beyond = N - min(tail_size(N) + 1, N)
    cutoff = max(shifted[order[beyond]], LEAST_LOG_WEIGHT)
    tail = [n for n in order if shifted[n] > cutoff]
    if len(tail) < LEAST_TAIL:
        return _normalised(shifted), math.inf
    # The difference of two exponentials, without cancellation.
    exceedances = [math.exp(cutoff) * math.expm1(shifted[n] - cutoff) for n in tail]
    k, sigma = _fitted(exceedances)
    for rank, n in enumerate(tail):
        t = -math.log1p(-(rank + 0.5) / len(tail))
        quantile = math.log(sigma * t) + _log_growth(k * t)  # eq-pareto-quantile
        smooth = log_sum_exp(np.array([[cutoff, quantile]]))[0]
        shifted[n] = min(smooth, 0.0)  # the largest weight that was seen is the most
    return _normalised(shifted), k


def _log_growth(a):
    """log((exp(a) - 1) / a), also where a is 0 or large."""
    if a == 0:
        return 0.0
    return max(a, 0.0) + math.log(-math.expm1(-abs(a)) / abs(a))


def _fitted(y):
    """The shape and the scale of a generalised Pareto distribution, Zhang & Stephens (2009).

    `y` are exceedances in increasing order. theta = -k / sigma is the posterior mean over a grid,
    with their prior; the shape is then pulled a little towards 1/2.
    """
    n = len(y)
    M = 30 + math.isqrt(n)
    quartile = max(y[math.floor(n / 4 + 0.5) - 1], LEAST_QUARTILE)
    thetas, heights = [], []
    for m in range(1, M + 1):
        step = 1 - math.sqrt(M / (m - 0.5))
        theta = 1 / y[-1] + step / (3 * quartile)  # eq-pareto-grid
        k, sigma = _shape_and_scale(theta, y)
        thetas.append(theta)
        heights.append(-n * (math.log(sigma) + k + 1))  # eq-pareto-profile
    total = log_sum_exp(np.array([heights]))[0]
    shares = [math.exp(height - total) for height in heights]
    # The grid spans many orders of magnitude: a share that is rounding could
    # decide the mean.
    kept = [m for m in range(M) if shares[m] >= LEAST_SHARE]
    whole = sum(shares[m] for m in kept)
    theta = sum(thetas[m] * shares[m] / whole for m in kept)  # eq-pareto-theta
    k, sigma = _shape_and_scale(theta, y)
    return (n * k + 5) / (n + 10), sigma  # eq-pareto-prior


def _shape_and_scale(theta, y):
    """The most likely shape and scale where their ratio is -theta."""
    k = sum(math.log1p(-theta * y_i) for y_i in y) / len(y)  # eq-pareto-shape
    return k, -k / theta if theta else sum(y) / len(y)


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
    cumulative = []
    for n in range(N):
        cumulative.append((cumulative[-1] if n else 0.0) + weights[n])
    drawn, n = np.empty(N, dtype=int), 0
    for i in range(N):
        mark = cumulative[-1] * ((i + u) / N)  # eq-systematic
        while cumulative[n] <= mark and cumulative[n] < cumulative[-1]:
            n += 1
        drawn[i] = n
    return drawn


def _normalised(log_weights):
    """Logarithms of weights that sum to one."""
    return log_weights - log_sum_exp(log_weights[None])[0]  # eq-importance-normalised
