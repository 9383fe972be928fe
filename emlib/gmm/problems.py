"""Random problems for Gaussian mixtures: observations, responsibilities, and a prior."""

import numpy as np

from emlib import gmm
from emlib._checks import EPS
from emlib.problems import Problem, ingredients, mixtures, rounding


def log_density(rng, setting):
    """Observations from a mixture, and that mixture."""
    X, params = mixtures.draw(rng, setting)
    return Problem(
        {"X": X, "params": params}, lambda result: mixtures.rounding(X, params)[1]
    )


def log_likelihood(rng, setting):
    """Observations from a mixture, that mixture, and weights half of the time."""
    X, params = mixtures.draw(rng, setting)
    weights = ingredients.observation_weights(rng, setting.N)

    def tolerance(result):
        w = np.ones(len(X)) if weights is None else weights
        log_p = gmm.vectorized.log_density(X, params)
        return w @ (
            mixtures.rounding(X, params)[1] + (len(X) + 2) * EPS * np.abs(log_p)
        )

    return Problem(
        {"X": X, "params": params, "observation_weights": weights}, tolerance
    )


def e_step(rng, setting):
    """Observations from a mixture, that mixture, weights half of the time; a prior if asked."""
    arguments, likelihood_tolerance = log_likelihood(rng, setting)
    params, prior = arguments["params"], None
    if setting.options:
        prior = _prior(rng, setting)
        arguments["prior"] = prior

    def tolerance(result):
        own = mixtures.rounding(arguments["X"], params)[0]
        of_prior = _prior_rounding(params, prior) if prior else 0.0
        return own, likelihood_tolerance(result[1]) + of_prior

    return Problem(arguments, tolerance)


def m_step(rng, setting):
    """Observations from a mixture and any responsibilities; hard ones if extreme."""
    X, _ = mixtures.draw(rng, setting)
    gamma = ingredients.distributions(rng, setting.N, setting.K, setting.extreme)
    weights = ingredients.observation_weights(rng, setting.N)
    arguments = {"X": X, "responsibilities": gamma, "observation_weights": weights}
    structure, prior, seen = "full", None, X
    if setting.options:
        structure = str(rng.choice(gmm.STRUCTURES))
        prior = _prior(rng, setting) if rng.random() < 0.5 else None
        arguments |= {"structure": structure, "prior": prior}
        seen = X if prior is None else np.concatenate([X, prior.mean[None]])

    def tolerance(result):
        errors = [rounding.scatter(seen, one) for one in result.covariances]
        scatters = np.array([scatter for _, scatter in errors])
        if prior is not None:
            # The square of the distance from the prior's mean moves with the mean.
            for (moved, _), scatter, one in zip(
                errors, scatters, result.covariances, strict=True
            ):
                cross = 2 * np.outer(np.sqrt(np.diagonal(one)), moved)
                scatter += cross + cross.T
        if structure == "spherical":
            scatters = (
                np.ones(scatters.shape) * scatters.max(axis=(1, 2))[:, None, None]
            )
        if structure in ("diag", "spherical"):
            scatters = scatters * np.eye(setting.D)
        return gmm.Params(
            2 * (setting.N + 4) * EPS * result.weights,
            np.array([mean for mean, _ in errors]),
            scatters,
        )

    return Problem(arguments, tolerance)


def project(rng, setting):
    """Scatters of any covariances, effective counts and a structure; a tiny count if extreme."""
    covariances = [ingredients.covariance(rng, setting) for _ in range(setting.K)]
    counts = rng.gamma(2.0, setting.N, setting.K)
    if setting.extreme:
        counts[0] *= 1e-12
    scatters = counts[:, None, None] * np.array(covariances)
    structure = str(rng.choice(gmm.STRUCTURES))

    def tolerance(result):
        n_terms = setting.K * setting.D + 4
        sizes = gmm.vectorized.project(np.abs(scatters), counts, structure)
        return 2 * n_terms * EPS * sizes

    arguments = {"scatters": scatters, "counts": counts, "structure": structure}
    return Problem(arguments, tolerance)


def _prior(rng, setting):
    """A prior near the data and of about their size."""
    return gmm.Prior(
        ingredients.mean(rng, setting),
        float(rng.gamma(1.0)),
        rng.gamma(2.0) * ingredients.covariance(rng, setting),
        setting.D - 1 + float(rng.gamma(2.0)),
        1.0 if rng.random() < 0.5 else 1.0 + float(rng.gamma(1.0)),
    )


def _prior_rounding(params, prior):
    """How far rounding can move the logarithm of the prior.

    In units of the deviations, a squared distance is at most the condition number times its value
    without correlations. The trace is a sum of D squared distances, so the same is true of it.
    """
    D = len(prior.mean)
    exponent = prior.degrees + D + 2
    moved = 0.0
    for weight, mean, covariance in zip(*params, strict=True):
        condition = rounding.condition(covariance)
        variances = np.diagonal(covariance)
        squared = np.sum((prior.mean - mean) ** 2 / variances)
        trace = np.sum(np.diagonal(prior.scatter) / variances)
        quadratic = condition * (prior.mean_strength * squared + trace)
        amplified = 2 * (D + 1) ** 2 * EPS * condition * (exponent * D + quadratic)
        size = exponent * np.abs(np.log(variances)).sum() + quadratic
        size += prior.concentration * (1 - np.log(weight))
        moved += amplified + 4 * (len(params.weights) + D + 4) * EPS * size
    return moved


def log_prior(rng, setting):
    """A mixture and a prior near it."""
    params, prior = mixtures.params(rng, setting), _prior(rng, setting)
    return Problem(
        {"params": params, "prior": prior},
        lambda result: _prior_rounding(params, prior),
    )


def sample(rng, setting):
    """A mixture, a number of draws and a seed."""
    params = mixtures.params(rng, setting)
    D = setting.D

    def tolerance(result):
        X, components = result
        variances = np.einsum("kii->ki", params.covariances)  # (K, D)
        deviations = np.sqrt(variances)[components]  # (N, D)
        condition = max(map(rounding.condition, params.covariances))
        # The factor's rounding, times a standard normal draw, which stays below 10.
        noise = 10 * 2 * (D + 1) ** 2 * EPS * condition * deviations
        return noise + 2 * EPS * np.abs(X), np.zeros(len(components))

    seed = int(rng.integers(2**32))
    return Problem({"params": params, "n_samples": setting.N, "rng": seed}, tolerance)
