"""The careful form: differences from each mean, and the Cholesky factor, as in `vectorized`.

It has no limits. Around a point that all components share, the differences are computed once. But
then the scatters come from a subtraction, which may lose digits: `one_pass` checks whether it has.
"""

import numpy as np

from emlib.gaussian import LOG_2_PI
from emlib.gmm.streaming.statistics import Statistics
from emlib.gmm.streaming.underflow import exponentiate


def moved(X, around):
    """For all components: a row of ones, and the differences from c as rows, (1 + D, B)."""
    z = np.ones((1 + X.shape[1], len(X)))
    np.subtract(X.T, around[0][:, None], out=z[1:])
    return z


def posterior_of_block(X, params, factors, z, around, least):
    """The responsibilities (K, B) and the log-densities (B,), in the careful form.

    `z` is what `moved` returns, or None if there is no common point.
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
    joint = exponentiate(log_joint - highest, least)
    total = joint.sum(axis=0)  # (B,)
    log_p = highest + np.log(total)  # eq-gmm-log-density
    return joint / total, log_p  # eq-gmm-responsibility


def statistics_of_block(X, weights, params, factors, around, least):
    """The statistics of a block in the careful form; around a common point, if there is one."""
    K, D = params.means.shape
    z = None if around is None else moved(X, around)  # (1 + D, B)
    gamma, log_p = posterior_of_block(
        X, params, factors, z, around, least
    )  # (K, B), (B,)
    if weights is not None:
        gamma *= weights
        log_p *= weights
    counts = gamma.sum(axis=1)  # (K,)  # eq-gmm-effective-count
    diagonal = factors[0].L.ndim == 1
    sums, scatters = np.empty((K, D)), np.empty((K, D) if diagonal else (K, D, D))
    if around is not None:
        z = z[1:]
        np.dot(gamma, z.T, out=sums)  # not `matmul`: see `Quick.block`
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
