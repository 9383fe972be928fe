"""Random problems for Markov chains: targets, starts and the noise that moves them."""

import math

import numpy as np

from emlib import gmm, mcmc
from emlib._checks import EPS, HALF_DIGITS
from emlib.problems import Problem, ingredients, mixtures
from emlib.problems.rounding import condition

N_DRAWS = 3


def transition_matrix(rng, setting):
    """Log-probabilities, and proposals; some of them impossible if extreme."""
    S = setting.K + 1
    log_p = setting.offset + 2 * rng.standard_normal(S)
    proposal = rng.dirichlet(np.full(S, 0.7), size=S)
    if setting.extreme:
        proposal[rng.random((S, S)) < 0.3] = 0
        proposal[np.arange(S), rng.integers(S, size=S)] += 0.1
        proposal /= proposal.sum(axis=1, keepdims=True)
        log_p[rng.random(S) < 0.3] = -np.inf
        log_p[rng.integers(S)] = setting.offset
    finite = np.abs(np.where(np.isfinite(log_p), log_p, 0.0)).max()
    with np.errstate(divide="ignore"):
        logs = np.abs(np.where(proposal > 0, np.log(proposal), 0.0)).max()
    tolerance = 8 * S * EPS * (1 + finite + logs)
    return Problem(
        {"log_p": log_p, "proposal": proposal},
        lambda result: np.full((S, S), tolerance),
    )


def random_walk(rng, setting):
    """The same target, with a seed in place of the noise, and a few draws."""
    problem = metropolis(rng, setting._replace(N=N_DRAWS))
    arguments, seed = dict(problem.arguments), int(rng.integers(2**32))
    own, (T, C, D) = np.random.default_rng(seed), arguments["noise"].shape
    steps = [(own.standard_normal((C, D)), own.random(C)) for _ in range(T)]
    arguments["noise"], arguments["u"] = map(np.array, zip(*steps, strict=True))
    tolerance = _tolerance(**arguments)
    del arguments["noise"], arguments["u"]
    return Problem(arguments | {"rng": seed, "n_draws": N_DRAWS}, tolerance)


def metropolis(rng, setting):
    """A normal target, cut off if extreme; as many draws as observations, K chains."""
    T, C, D = setting.N, setting.K, setting.D
    mean = ingredients.mean(rng, setting)
    covariance = ingredients.covariance(rng, setting)
    factor = np.linalg.cholesky(covariance)
    target = mcmc.Normal(mean, factor, mean[0] if setting.extreme else -np.inf)
    start = mean + rng.standard_normal((C, D)) @ factor.T
    start[:, 0] = mean[0] + np.abs(start[:, 0] - mean[0])
    noise, u = rng.standard_normal((T, C, D)), rng.random((T, C))
    if setting.extreme:
        u[rng.random((T, C)) < 0.3] = 0
    deviations = np.sqrt(np.diagonal(covariance))
    size = 2.4 / math.sqrt(D)
    # As a factor, as step sizes, or as one number for all.
    steps = size * factor, size * deviations, float(size * setting.scale / 2)
    step = steps[rng.integers(3)] if setting.options else steps[2]
    arguments = {
        "log_density": target,
        "start": start,
        "noise": noise,
        "u": u,
        "step": step,
    }
    return Problem(arguments, _tolerance(**arguments))


def _tolerance(log_density, start, noise, u, step):
    """How far rounding can move a result of `metropolis`: anywhere if it may decide a proposal."""
    T, C, D = noise.shape
    target = log_density
    covariance = target.factor @ target.factor.T
    deviations = np.sqrt(np.diagonal(covariance))
    # A state is a sum of T moves, each of D terms.
    reach = np.abs(start).max() + T * D * np.abs(step).max() * np.abs(noise).max()
    moved = 4 * (T + D) * EPS * reach
    # In deviations of the target that is amplified by the root of the condition number, and so
    # moves the squared distance; solving for the distance costs the condition number itself.
    kappa = condition(covariance)
    apart = moved / deviations.min() * math.sqrt(kappa)

    def tolerance(result):
        before = np.concatenate([start[:, None], result.draws[:, :-1]], axis=1)
        L = step if np.ndim(step) == 2 else np.eye(D) * step
        proposals = before + noise.transpose(1, 0, 2) @ L.T  # (C, T, D)
        heights, here = (
            target(x.reshape(-1, D)).reshape(C, T) for x in (proposals, before)
        )
        possible = np.isfinite(heights)
        squared = 1 + 2 * np.abs(np.where(possible, heights, here)).max()
        height = 8 * D * (apart + D * EPS * kappa) * squared
        # Where rounding can decide about a proposal the chains may part.
        with np.errstate(divide="ignore", invalid="ignore"):
            margin = np.abs(np.log(u.T) - (heights - here))
        doubt = (margin <= 4 * height).any()
        doubt |= (np.abs(proposals[..., 0] - target.least) <= 4 * moved).any()
        if doubt:
            moved_to, height_to, other = np.inf, np.inf, 1.0
        else:
            moved_to, height_to, other = moved, height, 0.0
        return type(result)(
            np.full((C, T, D), moved_to),
            np.full((C, T), height_to),
            np.full((C, T), other),
        )

    return tolerance


def gibbs_linkage(rng, setting):
    """Counts, zeros among them if extreme, and starts, at the ends of the interval if extreme."""
    # Few animals of the fourth class: then what is hidden in the first decides about theta.
    counts = rng.poisson((90, 30, 30, 1)).astype(float)
    start = rng.random(setting.K)
    if setting.extreme:
        counts[rng.random(4) < 0.5] = 0
        start = np.round(start)
    return Problem(
        {
            "counts": counts,
            "start": start,
            "rng": int(rng.integers(2**32)),
            "n_draws": N_DRAWS,
        },
        lambda result: np.full(result.shape, 64 * EPS),
    )


def posterior(rng, setting):
    """Observations from a Gaussian, and a prior near them."""
    X, _ = mixtures.draw(rng, setting._replace(K=1))
    spread = setting.scale * rng.standard_normal(setting.D)
    prior = gmm.Prior(
        X[0] + spread,
        float(rng.uniform(0.1, 3)),
        ingredients.covariance(rng, setting),
        setting.D + float(rng.uniform(0, 3)),
    )
    seen = np.concatenate([X, prior.mean[None]])
    n_terms = len(seen) + 8
    moved = 4 * n_terms * EPS * np.abs(seen).max(axis=0)

    def tolerance(result):
        _, strength, scatter, degrees = result
        deviations = np.sqrt(np.diagonal(scatter))
        # A centre that is off adds to each product; so does the rounding of the sums.
        apart = (
            2 * n_terms * (np.outer(moved, deviations) + np.outer(deviations, moved))
        )
        rounding = 8 * n_terms * EPS * np.outer(deviations, deviations)
        return moved, 4 * EPS * strength, apart + rounding, 4 * EPS * degrees

    return Problem({"X": X, "prior": prior}, tolerance)


def inverse_wishart(rng, setting):
    """A scatter matrix, and what Bartlett's decomposition needs."""
    D = setting.D
    psi = ingredients.covariance(rng, setting)
    chi_squares = rng.chisquare(D + 3.0 - np.arange(D))
    normals = rng.standard_normal((D, D))
    A = np.tril(normals, -1) + np.diag(np.sqrt(chi_squares))
    deviations = np.sqrt(np.diagonal(psi))
    M = np.linalg.solve(A, np.linalg.cholesky(psi / np.outer(deviations, deviations)).T)
    # The factor of the correlation matrix moves by its condition number, the solution by that of A.
    relative = (D + 4) ** 2 * EPS * (condition(psi) + np.linalg.cond(A))
    size = 8 * relative * np.square(M).sum()
    return Problem(
        {"scatter": psi, "chi_squares": chi_squares, "normals": normals},
        lambda result: size * np.outer(deviations, deviations),
    )


def gibbs_mixture(rng, setting):
    """Observations, a mixture to start at, and a prior of which the draws have many moments."""
    mild = setting._replace(condition=min(setting.condition, 100.0))
    X, params = mixtures.draw(rng, mild)
    prior = gmm.Prior(
        X.mean(axis=0), 0.5, ingredients.covariance(rng, mild), setting.D + 12.0, 1.5
    )
    # Two rounds of at most (N + D)^2 operations, each amplified by a condition number that prior
    # and setting keep below a thousand, come nowhere near half of the digits. Far from the origin
    # a mean loses digits. Nor does rounding decide about a component: u would have to fall into a
    # gap of that size.
    far = (setting.N + 8) * EPS * np.abs(X).max() / setting.scale
    slack = HALF_DIGITS + 64 * far
    tolerances = slack, slack * setting.scale, slack * setting.scale**2
    return Problem(
        {
            "X": X,
            "start": params,
            "prior": prior,
            "rng": int(rng.integers(2**32)),
            "n_draws": 2,
        },
        lambda result: tuple(
            np.full(part.shape, size)
            for part, size in zip(result, tolerances, strict=True)
        ),
    )
