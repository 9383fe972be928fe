"""Random problems for drawing and weighting: tables, weights, log-densities and uniform numbers."""

import math

import numpy as np

from emlib._checks import EPS
from emlib.problems import Problem
from emlib.sampling import vectorized


def _uniforms(rng, setting, shape):
    """Uniform numbers; some of them 0 if extreme."""
    u = rng.random(shape)
    if setting.extreme:
        u[rng.random(shape) < 0.2] = 0
    return u


def _weights(rng, K, setting):
    """Weights (K,) in any unit; some of them zero, some equal, if extreme."""
    weights = rng.gamma(0.7, size=K)
    if setting.extreme:
        weights[rng.random(K) < 0.3] = 0
        weights[rng.random(K) < 0.2] = 1
        weights[rng.integers(K)] = 0.5
    return setting.scale * weights


def _categories(setting):
    """A few more than components, so that some give and some take; but one if there is one."""
    return setting.K + 4 if setting.K > 1 else 1


def inverse_cdf(rng, setting):
    """A table of K + 2 points; flat parts, jumps and draws at its entries if extreme."""
    M = setting.K + 2
    cdf = np.append(0.0, np.cumsum(rng.gamma(0.7, size=M - 1)))
    cdf /= cdf[-1]
    x = setting.scale * (setting.offset + np.sort(3 * rng.standard_normal(M)))
    u = _uniforms(rng, setting, setting.N)
    if setting.extreme:
        x[1] = x[0]
        cdf[-2] = cdf[-3]
        at_entries = rng.random(setting.N) < 0.5
        u[at_entries] = cdf[rng.integers(M, size=setting.N)][at_entries]
    return Problem(
        {"u": u, "x": x, "cdf": cdf},
        lambda result: np.full(setting.N, 8 * EPS * np.abs(x).max()),
    )


def alias_table(rng, setting):
    """Weights of which some are zero, and some are equal, if extreme."""
    K = _categories(setting)
    weights = _weights(rng, K, setting)
    heights = K * weights / weights.sum()
    rounding = 4 * K * K * EPS
    # Where a light column is full when a heavy category has nothing to spare, rounding decides
    # who gives to the next one; and whether a category is heavy, where it is of mean weight.
    needed = np.append(0.0, np.cumsum(1 - heights[heights < 1]))
    spare = np.cumsum(heights[heights >= 1] - 1)
    doubt = (
        np.abs(needed[:-1, None] - spare[:-1]).min(initial=1) <= rounding
        or np.abs(heights - 1).min() <= rounding
    )

    def tolerance(result):
        return type(result)(
            np.full(K, 1.0 if doubt else rounding), np.full(K, K if doubt else 0)
        )

    return Problem({"weights": weights}, tolerance)


def alias_draw(rng, setting):
    """A table, and two uniform numbers for each draw; zeros and ties if extreme."""
    K = _categories(setting)
    table = vectorized.alias_table(_weights(rng, K, setting))
    u = _uniforms(rng, setting, setting.N)
    v = _uniforms(rng, setting, setting.N)
    if setting.extreme:
        column = np.floor(u * K).astype(int)
        ties = (rng.random(setting.N) < 0.3) & (table.probabilities[column] < 1)
        v[ties] = table.probabilities[column][ties]
    return Problem({"table": table, "u": u, "v": v}, lambda result: np.zeros(setting.N))


def box_muller(rng, setting):
    """Pairs of uniform numbers; zeros if extreme."""
    # The angle is known to eps times its size; the radius is at most 8.6.
    return Problem(
        {"u": _uniforms(rng, setting, (setting.N, 2))},
        lambda result: np.full((setting.N, 2), 8.6 * 16 * EPS),
    )


def _densities(rng, setting):
    """Log-densities (N,) of a standard normal target and a wider proposal at the latter's draws.

    The target lacks a constant. If extreme, it is zero at some of the draws.
    """
    x = 2 * rng.standard_normal(setting.N)
    constant = math.log(setting.scale) + setting.offset
    target = constant - x**2 / 2
    proposal = -(x**2) / 8 - math.log(2 * math.sqrt(2 * math.pi))
    if setting.extreme and setting.N > 1:
        target[rng.random(setting.N) < 0.3] = -np.inf
        target[rng.integers(setting.N)] = constant - 1
    return target, proposal, constant + math.log(2 * math.sqrt(2 * math.pi))


def rejection(rng, setting):
    """Draws from a wider normal distribution; a target of zero in places, and zeros, if extreme."""
    target, proposal, bound = _densities(rng, setting)
    bound += rng.exponential()
    target = np.minimum(target, proposal + bound)
    u = _uniforms(rng, setting, setting.N)
    with np.errstate(divide="ignore"):
        log_u = np.log(u)
    size = np.abs(proposal) + abs(bound) + np.where(u > 0, np.abs(log_u), 0.0)
    size = size + np.where(np.isfinite(target), np.abs(target), 0.0)
    with np.errstate(invalid="ignore"):
        doubt = np.abs(log_u - (target - proposal - bound)) <= 4 * EPS * size
    return Problem(
        {
            "log_target": target,
            "log_proposal": proposal,
            "log_bound": float(bound),
            "u": u,
        },
        lambda result: np.where(doubt, 1.0, 0.0),
    )


def log_weights(rng, setting):
    """Two log-densities at the same draws; the weights normalised if there are options."""
    target, proposal, _ = _densities(rng, setting)
    size = 1 + np.abs(np.where(np.isfinite(target), target, 0.0)) + np.abs(proposal)
    arguments = {"log_target": target, "log_proposal": proposal}
    if setting.options:
        arguments["normalised"] = True
        size = size + size.max() + setting.N
    return Problem(arguments, lambda result: 4 * EPS * size)


def _log_weights(rng, N, setting):
    """Logarithms of weights (N,) that differ by factors; some -inf if extreme."""
    weights = (
        math.log(setting.scale)
        + setting.offset
        + setting.separation * rng.standard_normal(N)
    )
    if setting.extreme:
        weights[rng.random(N) < 0.3] = -np.inf
        weights[rng.integers(N)] = setting.offset
    return weights


def effective_sample_size(rng, setting):
    """Logarithms of weights; some -inf if extreme."""
    weights = _log_weights(rng, setting.N, setting)
    size = np.abs(weights[np.isfinite(weights)]).max()
    return Problem(
        {"log_weights": weights},
        lambda result: 8 * (setting.N + 8 + size) * EPS * result,
    )


def pareto_smooth(rng, setting):
    """Logarithms of a few more weights, so that some have a tail that can be fitted."""
    N = 5 * setting.N if 1 < setting.N < 100 else setting.N
    weights = _log_weights(rng, N, setting)
    finite = weights[np.isfinite(weights)]
    size = 1 + np.abs(finite).max()
    spread = 1 + np.ptp(finite)
    n = 3 * math.sqrt(N) + 2
    # An exceedance is known to eps times the size of its logarithm; n of them make a height of the
    # profile; by as much a share of the grid's posterior is off, and theta by that part of the
    # grid. The grid's shapes are at most as large as the spread of the logarithms.
    shape = 32 * n * (size + spread) * EPS * (1 + spread)

    def tolerance(result):
        _, k = result
        moved = 8 * shape * (2 + math.log(2 * n)) + 4 * (N + size) * EPS
        return np.full(N, moved), shape if math.isfinite(k) else 0.0

    return Problem({"log_weights": weights}, tolerance)


def systematic(rng, setting):
    """Weights, some of them zero if extreme, and one uniform number."""
    N = setting.N
    weights = _weights(rng, N, setting)
    u = float(_uniforms(rng, setting, 1)[0])
    cumulative = np.cumsum(weights) / weights.sum()
    marks = (np.arange(N) + u) / N
    doubt = np.abs(cumulative[:, None] - marks).min(axis=0) <= 2 * (N + 4) * EPS
    # At 0 there is no doubt: nothing is below it.
    doubt &= marks > 0
    return Problem({"weights": weights, "u": u}, lambda result: np.where(doubt, N, 0))
