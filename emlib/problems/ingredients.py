"""Random parts that the problems of several topics are made of."""

import numpy as np


def correlation(rng, D, condition):
    """A random correlation matrix whose condition number is about `condition`."""
    rotation, _ = np.linalg.qr(rng.standard_normal((D, D)))
    matrix = (rotation * np.geomspace(1, 1 / condition, D)) @ rotation.T
    deviations = np.sqrt(np.diagonal(matrix))
    matrix = matrix / np.outer(deviations, deviations)
    return (matrix + matrix.T) / 2


def covariance(rng, setting):
    """A covariance (D, D) of the stated scale and condition."""
    deviations = setting.scale * rng.uniform(0.3, 1.0, setting.D)
    return np.outer(deviations, deviations) * correlation(
        rng, setting.D, setting.condition
    )


def mean(rng, setting):
    """A mean (D,) as far from the origin as the setting says."""
    direction = np.where(rng.random(setting.D) < 0.5, -1.0, 1.0)
    return setting.scale * (
        setting.offset * direction + 3 * rng.standard_normal(setting.D)
    )


def observations(rng, setting, params):
    """Observations (N, D) from the Gaussians of `params`, with repeats if the setting asks."""
    means = np.atleast_2d(params[-2])
    covariances = np.reshape(params[-1], (-1, setting.D, setting.D))
    points = np.empty((setting.N, setting.D))
    for n in range(setting.N):
        k = rng.integers(len(means))
        factor = np.linalg.cholesky(covariances[k])
        points[n] = means[k] + factor @ rng.standard_normal(setting.D)
    if setting.distinct is not None:
        points = points[rng.integers(min(setting.distinct, setting.N), size=setting.N)]
    return points


def observation_weights(rng, N):
    """Weights (N,): whole numbers, a few of them zero, and any positive ones; or None."""
    if rng.random() >= 0.5:
        return None
    weights = np.where(
        rng.random(N) < 0.5, rng.integers(0, 4, N), rng.gamma(2.0, size=N)
    )
    weights[rng.integers(N)] = 1.0
    return weights


def distributions(rng, N, K, extreme):
    """Rows (N, K) that sum to one; hard assignments if `extreme`."""
    if extreme:
        return np.eye(K)[rng.integers(K, size=N)]
    return rng.dirichlet(np.full(K, 0.7), size=N)
