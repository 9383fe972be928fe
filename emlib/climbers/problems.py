"""Random problems for the other climbers: free parameters, a temperature, offspring."""

import numpy as np

from emlib import climbers
from emlib._checks import EPS
from emlib.problems import Problem, ingredients, mixtures, rounding


def unconstrain(rng, setting):
    """A mixture."""
    params = mixtures.params(rng, setting)
    D = setting.D

    def tolerance(result):
        factors = np.empty(result.factors.shape)
        for k in range(setting.K):
            # A pivot's relative error is that of a Schur complement; its root has half of it.
            moved = 2 * (D + 1) ** 2 * EPS * rounding.condition(params.covariances[k])
            deviations = np.sqrt(np.diagonal(params.covariances[k]))
            factors[k] = np.tril(np.outer(moved * deviations, np.ones(D)))
            logarithms = np.diagonal(result.factors[k])
            np.fill_diagonal(factors[k], D * moved + 4 * EPS * (1 + np.abs(logarithms)))
        return climbers.Params(
            4 * EPS * (1 + np.abs(result.logits)),
            np.zeros(result.means.shape),
            factors,
        )

    return Problem(params._asdict(), tolerance)


def _free_params(rng, setting):
    """A mixture's unconstrained parameters; a logit far below the others if extreme."""
    params = climbers.vectorized.unconstrain(*mixtures.params(rng, setting))
    # Adding a number to all the logits changes nothing.
    logits = params.logits + 5 * rng.standard_normal()
    if setting.extreme:
        logits[0] -= 1000
    return params._replace(logits=logits)


def _factor_rounding(params):
    """The factors (K, D, D) as they are, and the relative errors (K,) of their entries."""
    factors = climbers.vectorized._factors(params)
    diagonal = np.einsum("kii->ki", params.factors)
    return factors, 2 * EPS * (1 + np.abs(diagonal).max(axis=1))


def _weight_rounding(params, weights):
    """How far rounding can move weights (K,) that are computed from logits."""
    spread = np.abs(params.logits - params.logits.max())
    size = np.abs(params.logits).max()
    return (len(weights) + 8) * EPS * (1 + spread + size) * weights


def constrain(rng, setting):
    """Unconstrained parameters; one weight underflows if extreme."""
    params = _free_params(rng, setting)

    def tolerance(result):
        L, relative = _factor_rounding(params)
        sizes = np.abs(L) @ np.abs(L).transpose(0, 2, 1)
        error = 2 * relative + (setting.D + 4) * EPS
        return (
            _weight_rounding(params, result[0]) + np.finfo(float).tiny,
            np.zeros(result[1].shape),
            2 * error[:, None, None] * sizes,
        )

    return Problem({"params": params}, tolerance)


def gradient(rng, setting):
    """Observations, any responsibilities (hard ones if extreme) and unconstrained parameters."""
    params = mixtures.params(rng, setting)
    X = ingredients.observations(rng, setting, params)
    params = climbers.vectorized.unconstrain(*params)
    params = params._replace(logits=params.logits + 5 * rng.standard_normal())
    gamma = ingredients.distributions(rng, setting.N, setting.K, setting.extreme)

    def tolerance(result):
        (N, D), K = X.shape, setting.K
        weights, _, _ = climbers.vectorized.constrain(params)
        L, relative = _factor_rounding(params)
        N_k = gamma.sum(axis=0)
        counting = 2 * (N + 4) * EPS * N_k
        logits = counting + N * _weight_rounding(params, weights) + 4 * EPS * N_k
        slopes, factors = np.empty((K, D)), np.empty((K, D, D))
        for k in range(K):
            inverse = np.abs(np.linalg.solve(L[k], np.eye(D)))
            size, own = np.abs(L[k]), gamma[:, k]
            # Substitution solves for a factor whose entries are off by D + 4 roundings (Higham
            # 2002, theorem 8.5). Absolute values bound u and the next solution.
            e = relative[k] + (D + 4) * EPS
            shifted = np.abs(X - params.means[k])
            u = np.abs(np.linalg.solve(L[k], (X - params.means[k]).T)).T  # (N, D)
            u_error = (e * u @ size.T + 2 * EPS * shifted) @ inverse.T
            total = own @ u
            total_error = own @ u_error + (N + 6) * EPS * total
            scatter = (own[:, None] * u).T @ u
            scatter_error = (own[:, None] * u_error).T @ u
            scatter_error = scatter_error + scatter_error.T + (N + 8) * EPS * scatter
            again = e * inverse.T @ size.T @ inverse.T
            slopes[k] = 2 * (inverse.T @ total_error + again @ total)
            factors[k] = 2 * (inverse.T @ scatter_error + again @ scatter)
            d = np.arange(D)
            product = (inverse.T @ scatter)[d, d]
            factors[k, d, d] += (relative[k] + 8 * EPS) * product
            factors[k, d, d] *= size[d, d]
            factors[k, d, d] += counting[k] + 4 * EPS * N_k[k]
        return climbers.Params(logits, slopes, np.tril(factors))

    return Problem({"X": X, "responsibilities": gamma, "params": params}, tolerance)


def acceptance(rng, setting):
    """Log-likelihoods, proposals and a temperature; -inf, ties and huge losses if extreme."""
    M, unit = setting.N, setting.scale
    before = unit * (setting.offset + 20 * rng.standard_normal(M))
    after = before + unit * rng.standard_normal(M)
    temperature = unit * float(rng.gamma(2.0))
    if setting.extreme:
        kind = rng.integers(4, size=M)
        after[kind == 1] = -np.inf
        after[kind == 2] -= 1e5 * unit
        after[kind == 3] = before[kind == 3]
    arguments = {
        "log_likelihoods": before,
        "proposed": after,
        "temperature": temperature,
    }

    def tolerance(result):
        exponent = np.where(result > 0, np.abs(after - before) / temperature, 0.0)
        return 8 * EPS * (1 + exponent) * result + np.finfo(float).tiny

    return Problem(arguments, tolerance)


def recombine(rng, setting):
    """Offspring of a strategy in some dimensions, in any order; only two if extreme."""
    P = min(setting.N, 6)
    M = 2 if setting.extreme else 4 + int(rng.integers(5))
    spread = setting._replace(D=P)
    mean = ingredients.mean(rng, spread)
    covariance = ingredients.covariance(rng, spread)
    factor = np.linalg.cholesky(covariance)
    step_size = float(rng.gamma(2.0))
    offspring = mean + step_size * rng.standard_normal((M, P)) @ factor.T
    path = factor @ rng.standard_normal(P)
    arguments = {
        "offspring": offspring,
        "mean": mean,
        "covariance": covariance,
        "path": path,
        "step_size": step_size,
    }

    def tolerance(result):
        rate = climbers.rates(M, P)
        w, c = rate.weights, rate.path
        y = np.abs(offspring[: len(w)] - mean) / step_size
        step = w @ y
        fresh = np.sqrt(c * (2 - c) * rate.effective)
        mean_error = 2 * (M + 8) * EPS * (np.abs(mean) + step_size * step)
        path_error = 2 * (M + 8) * EPS * (np.abs(path) + fresh * step)
        p = np.abs(result[2])
        scatter = (w[:, None] * y).T @ y
        moved = np.outer(path_error, p) + np.outer(p, path_error)
        sizes = np.abs(covariance) + rate.rank_one * np.outer(p, p)
        spread_error = rate.rank_one * moved + 2 * (M + 12) * EPS * (
            sizes + rate.rank_mu * scatter
        )
        # The length of the path in units of the covariance, and how far rounding can move it.
        deviations = np.sqrt(np.diagonal(covariance))
        condition = rounding.condition(covariance)
        length = np.linalg.norm(np.linalg.solve(factor, result[2]))
        error = np.sqrt(condition) * np.linalg.norm(path_error / deviations)
        error += 2 * (P + 1) ** 2 * EPS * condition * length
        relative = c / rate.damping * error / rate.expected_length
        relative += 16 * EPS * (1 + length)
        return mean_error, spread_error, path_error, 2 * relative * result[3]

    return Problem(arguments, tolerance)
