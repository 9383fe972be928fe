"""A random problem for every twin function: tests, exercises and benchmarks draw from here.

The generator of ``emlib.gmm.*.e_step`` is called `gmm_e_step`, and so on; nothing is registered.
Each returns a `Problem`: arguments for the function, and the distance at which two correct
results may differ. That distance is derived, from the rounding error of each step and the
condition of the arguments, and never tuned. The bounds are first-order and count operations
(Higham 2002, chapters 3, 4, 8 and 10): a sum of N terms errs by at most N * eps times the sum of
their magnitudes; a computed Cholesky factor is the factor of a matrix whose entries differ by at
most (D + 1) * eps, relative to the standard deviations, from those given.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from emlib import climbers, coins, gaussian, gmm, kmeans, linkage, selection
from emlib._checks import EPS
from emlib.evidence import vectorized as evidence


class Setting(NamedTuple):
    """How large a problem is, in what units, and what is hard about it.

    Attributes
    ----------
    N, D, K : int
        Observations, features, components.
    scale : float
        The unit: every observation is a multiple of it.
    offset : float
        How far the data lie from the origin, in units of `scale`.
    condition : float
        The condition number of the covariances' correlation matrices is about this.
    distinct : int or None
        Draw the observations from this many points, so that they repeat; None for all distinct.
    separation : float
        How far apart the components' means lie, in units of `scale`. The components' standard
        deviations are between 0.3 and 1 of these units.
    extreme : bool
        Use the ends of the range where there are any: biases of 0 and 1, sets without a toss,
        hard responsibilities, a center far from every observation, steps of equal length, moves
        that are never accepted.
    options : bool
        Give a structure and a prior to the steps that take them.
    """

    N: int = 20
    D: int = 2
    K: int = 3
    scale: float = 1.0
    offset: float = 0.0
    condition: float = 10.0
    distinct: int | None = None
    separation: float = 3.0
    extreme: bool = False
    options: bool = False


class Problem(NamedTuple):
    """Arguments for a function, and how closely two correct results must agree.

    Attributes
    ----------
    arguments : dict
        By parameter name. A random function gets a seed as ``rng``, from which each caller
        makes its own ``numpy.random.default_rng``.
    tolerance : callable
        Maps a result to the largest absolute difference allowed in each of its entries, in the
        result's own structure.
    """

    arguments: dict
    tolerance: Callable[[Any], Any]


def draw(name, rng, setting=None):
    """A random problem for a twin function.

    Parameters
    ----------
    name : str
        Topic and function, such as ``"gmm.e_step"``.
    rng : numpy.random.Generator
        The source of randomness.
    setting : Setting, optional
        Size and difficulty.

    Returns
    -------
    Problem
        Arguments and tolerance.

    Raises
    ------
    ValueError
        If there is no generator for that function.
    """
    generator = globals().get(name.replace(".", "_"))
    if "." not in name or generator is None:
        raise ValueError(
            f"no problem for {name!r}: write emlib.problems.{name.replace('.', '_')}"
        )
    return generator(rng, Setting() if setting is None else setting)


# --- ingredients ------------------------------------------------------------------------------


def _correlation(rng, D, condition):
    """A random correlation matrix whose condition number is about `condition`."""
    rotation, _ = np.linalg.qr(rng.standard_normal((D, D)))
    matrix = (rotation * np.geomspace(1, 1 / condition, D)) @ rotation.T
    deviations = np.sqrt(np.diagonal(matrix))
    matrix = matrix / np.outer(deviations, deviations)
    return (matrix + matrix.T) / 2


def _covariance(rng, setting):
    deviations = setting.scale * rng.uniform(0.3, 1.0, setting.D)
    return np.outer(deviations, deviations) * _correlation(
        rng, setting.D, setting.condition
    )


def _mean(rng, setting):
    direction = np.where(rng.random(setting.D) < 0.5, -1.0, 1.0)
    return setting.scale * (
        setting.offset * direction + 3 * rng.standard_normal(setting.D)
    )


def _gaussian_params(rng, setting):
    return gaussian.Params(_mean(rng, setting), _covariance(rng, setting))


def _gmm_params(rng, setting):
    centre = _mean(rng, setting)
    spread = setting.separation * rng.standard_normal((setting.K, setting.D))
    covariances = np.array([_covariance(rng, setting) for _ in range(setting.K)])
    return gmm.Params(
        rng.dirichlet(np.full(setting.K, 2.0)),
        centre + setting.scale * spread,
        covariances,
    )


def _observations(rng, setting, params):
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


def _weights(rng, N):
    """Observation weights: a few zeros, some whole numbers, the rest anything positive."""
    weights = np.where(
        rng.random(N) < 0.5, rng.integers(0, 4, N), rng.gamma(2.0, size=N)
    )
    weights[rng.integers(N)] = 1.0
    return weights


def _distributions(rng, N, K, extreme):
    """Rows (N, K) that sum to one; hard assignments if `extreme`."""
    if extreme:
        return np.eye(K)[rng.integers(K, size=N)]
    return rng.dirichlet(np.full(K, 0.7), size=N)


def _log_terms(rng, setting):
    terms = (
        np.log(setting.scale)
        + setting.offset
        + 20 * rng.standard_normal((setting.N, setting.K))
    )
    if setting.extreme:
        terms[rng.random(terms.shape) < 0.3] = -np.inf
    return terms


# --- how far rounding can move a result ---------------------------------------------------------


def _condition(covariance):
    """The condition number of the correlation matrix: rescaling a feature costs no digits."""
    deviations = np.sqrt(np.diagonal(covariance))
    return np.linalg.cond(covariance / np.outer(deviations, deviations))


def _log_density_rounding(X, params):
    """How far (N,) rounding can move a Gaussian log-density.

    The factor solves a problem with the covariance perturbed by (D + 1) * eps; the squared
    distance then moves by that times the condition number, and so does the log-determinant,
    once for each of D pivots.
    """
    D = X.shape[1]
    deviations = np.sqrt(np.diagonal(params.covariance))
    # The squared distance is at least what the correlation's largest eigenvalue, D, allows, and
    # at most what its smallest does; solving for it is exact enough to bound its own error.
    z = (X - params.mean) / deviations
    correlation = params.covariance / np.outer(deviations, deviations)
    squared = np.einsum("ni,ni->n", z, np.linalg.solve(correlation, z.T).T)
    amplified = (
        2 * (D + 1) ** 2 * EPS * _condition(params.covariance) * (D + np.abs(squared))
    )
    return amplified + 4 * (D + 1) * EPS * (
        1 + np.abs(np.log(deviations)).sum() + squared
    )


def _joint_rounding(X, params):
    """How far (N, K) rounding can move log pi_k + log N(x_n | mu_k, Sigma_k)."""
    columns = [
        _log_density_rounding(X, gaussian.Params(mean, covariance))
        for mean, covariance in zip(params.means, params.covariances, strict=True)
    ]
    return np.stack(columns, axis=1) + 4 * EPS * (1 - np.log(params.weights))


def _mixture_rounding(X, params):
    """The responsibilities (N, K), and how far rounding can move them and log p(x_n) (N,).

    log p moves by the average of its terms' errors, weighted by the responsibilities; a
    responsibility by its own share of the difference between its term's error and that average.
    """
    errors = _joint_rounding(X, params)
    terms = np.stack(
        [
            np.log(weight)
            + gaussian.vectorized.log_density(X, gaussian.Params(mean, covariance))
            for weight, mean, covariance in zip(*params, strict=True)
        ],
        axis=1,
    )
    return _posterior_rounding(terms, errors)


def _posterior_rounding(terms, errors):
    log_p = evidence.log_sum_exp(terms)
    shares = np.exp(terms - log_p[:, None])
    K = terms.shape[1]
    # The sum of exponentials and its logarithm, and the exponent of the share.
    own = (K + 4) * EPS * (1 + np.abs(log_p))
    moved = (shares * errors).sum(axis=1) + own  # (N,)
    return shares * (errors + moved[:, None]) + 4 * EPS, moved


def _scatter_rounding(X, covariance):
    """How far rounding can move a weighted mean (D,) and the covariance (D, D) around it."""
    n_terms = len(X) + 8
    mean_error = 2 * n_terms * EPS * np.abs(X).max(axis=0)
    deviations = np.sqrt(np.diagonal(covariance))
    spread = np.outer(deviations, deviations)
    # A shifted centre adds the square of the shift, not a multiple of it.
    return mean_error, 4 * n_terms * EPS * spread + 2 * np.outer(mean_error, mean_error)


# --- one generator a function -------------------------------------------------------------------


def _points(rng, setting):
    """Three points (P,) of a climb with P = N whose steps shrink, and the error (P,) of a step."""
    before = setting.scale * (setting.offset + rng.standard_normal(setting.N))
    step = setting.scale * rng.standard_normal(setting.N)
    rates = np.ones(setting.N) if setting.extreme else rng.uniform(0.3, 0.95, setting.N)
    between = before + step
    points = {"before": before, "between": between, "after": between + rates * step}
    error = 2 * EPS * np.abs(list(points.values())).sum(axis=0)
    return points, error


def acceleration_step_length(rng, setting):
    """Three points of a climb; the two steps are equal but for rounding if extreme."""
    points, error = _points(rng, setting)
    first = points["between"] - points["before"]
    change = points["after"] - points["between"] - first

    def tolerance(result):
        with np.errstate(divide="ignore"):
            relative = np.linalg.norm(error) * (
                1 / np.linalg.norm(first) + 2 / np.linalg.norm(change)
            )
        if relative >= 0.5:
            return np.inf  # the change of the step is lost in rounding
        return 2 * (relative + (setting.N + 4) * EPS) * abs(result)

    return Problem(points, tolerance)


def _leap(rng, setting, rounding):
    points, error = _points(rng, setting)
    alpha = -1.0 if setting.extreme else float(-rng.uniform(1, 50))
    return Problem(
        points | {"step_length": alpha},
        lambda result: rounding(abs(alpha), error) + 8 * EPS * np.abs(result),
    )


def acceleration_aitken(rng, setting):
    """Three points of a climb and a step length; -1 if extreme."""
    return _leap(rng, setting, lambda length, error: 2 * (1 + length) * error)


def acceleration_squarem(rng, setting):
    """Three points of a climb and a step length; -1 if extreme."""
    return _leap(rng, setting, lambda length, error: 2 * (1 + length) ** 2 * error)


def evidence_log_sum_exp(rng, setting):
    """Logarithms (N, K) of any size; some -inf, and whole rows of it, if extreme."""
    terms = _log_terms(rng, setting)
    if setting.extreme:
        terms[rng.integers(setting.N)] = -np.inf
    K = terms.shape[1]

    def tolerance(result):
        finite = np.where(np.isfinite(result), result, 0.0)
        return (K + 4) * EPS * (1 + np.abs(finite))

    return Problem({"log_terms": terms}, tolerance)


def evidence_lower_bound(rng, setting):
    """Joint log-probabilities and any distribution, hard ones if extreme."""
    log_joint = _log_terms(rng, setting)
    q = _distributions(rng, setting.N, setting.K, setting.extreme)
    finite = np.where(np.isfinite(log_joint), log_joint, 0.0)
    size = np.sum(q * (1 + np.abs(finite) + np.abs(np.log(np.where(q > 0, q, 1.0)))))
    return Problem(
        {"log_joint": log_joint, "q": q}, lambda result: (q.size + 4) * EPS * size
    )


def evidence_kl_divergence(rng, setting):
    """Two distributions; the second without zeros unless extreme."""
    q = _distributions(rng, setting.N, setting.K, setting.extreme)
    p = _distributions(
        rng, setting.N, setting.K, setting.extreme and rng.random() < 0.5
    )
    logs = np.abs(np.log(np.where(q > 0, q, 1.0))) + np.abs(
        np.log(np.where(p > 0, p, 1.0))
    )
    size = np.sum(q * (1 + logs))
    return Problem({"q": q, "p": p}, lambda result: (q.size + 4) * EPS * size)


def gaussian_cholesky(rng, setting):
    """A covariance of the stated condition."""
    covariance = _covariance(rng, setting)
    rounding = 2 * (setting.D + 1) ** 2 * EPS * _condition(covariance)
    deviations = np.sqrt(np.diagonal(covariance))
    return Problem(
        {"covariance": covariance},
        lambda result: np.repeat(rounding * deviations[:, None], setting.D, axis=1),
    )


def gaussian_log_density(rng, setting):
    """Observations from a Gaussian, and that Gaussian."""
    params = _gaussian_params(rng, setting)
    X = _observations(rng, setting, params)
    return Problem(
        {"X": X, "params": params}, lambda result: _log_density_rounding(X, params)
    )


def gaussian_fit(rng, setting):
    """Observations from a Gaussian, with or without weights; too few or repeated at times."""
    X = _observations(rng, setting, _gaussian_params(rng, setting))
    weights = _weights(rng, setting.N) if rng.random() < 0.5 else None
    return Problem(
        {"X": X, "observation_weights": weights},
        lambda result: gaussian.Params(*_scatter_rounding(X, result.covariance)),
    )


def _coin_problem(rng, setting):
    biases = rng.uniform(0.05, 0.95, setting.K)
    if setting.extreme:
        biases[0] = rng.integers(2)
    tosses = rng.integers(
        0 if setting.extreme else 1, 30, setting.N
    )  # a set may be empty
    heads = rng.binomial(tosses, biases[rng.integers(setting.K, size=setting.N)])
    return np.column_stack([heads, tosses - heads]).astype(float), coins.Params(biases)


def _coin_rounding(counts, params):
    """How far rounding can move the responsibilities (S, K) and log-probabilities (S,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.column_stack([params.biases, 1 - params.biases]))
        terms = np.nan_to_num(counts[:, None, :] * logs, nan=0.0, neginf=-np.inf).sum(
            axis=2
        )
    # A relative error of eps / 2 in 1 - bias moves its logarithm by as much, and the count
    # multiplies that; near the ends the logarithms themselves are large.
    ends = np.where(
        (params.biases > 0) & (params.biases < 1),
        params.biases * (1 - params.biases),
        1,
    )
    sizes = (
        np.where(np.isfinite(terms), np.abs(terms), 0.0)
        + counts.sum(axis=1)[:, None] / ends
    )
    return _posterior_rounding(
        terms - np.log(len(params.biases)), 8 * EPS * (1 + sizes)
    )


def coins_log_likelihood(rng, setting):
    """Sets of tosses made by the coins given; one of them two-headed or two-tailed if extreme."""
    counts, params = _coin_problem(rng, setting)
    return Problem(
        {"counts": counts, "params": params},
        lambda result: (
            _coin_rounding(counts, params)[1].sum() + len(counts) * EPS * abs(result)
        ),
    )


def coins_e_step(rng, setting):
    """Sets of tosses made by the coins given; one of them two-headed or two-tailed if extreme."""
    counts, params = _coin_problem(rng, setting)

    def tolerance(result):
        shares, logs = _coin_rounding(counts, params)
        return shares, logs.sum() + len(counts) * EPS * abs(result[1])

    return Problem({"counts": counts, "params": params}, tolerance)


def coins_m_step(rng, setting):
    """Sets of tosses and any responsibilities; hard ones, with idle coins, if extreme."""
    counts, _ = _coin_problem(rng, setting)
    gamma = _distributions(rng, setting.N, setting.K, setting.extreme)
    return Problem(
        {"counts": counts, "responsibilities": gamma},
        lambda result: coins.Params(2 * (setting.N + 4) * EPS * np.ones(setting.K)),
    )


def _linkage_problem(rng, setting):
    theta = float(rng.uniform(0.02, 0.98))
    p = np.array([0.5 + theta / 4, (1 - theta) / 4, (1 - theta) / 4, theta / 4])
    counts = rng.multinomial(10 * setting.N, p).astype(float)
    if setting.extreme:
        counts[rng.integers(1, 4)] = 0.0
    return counts, linkage.Params(theta)


def linkage_log_likelihood(rng, setting):
    """Counts of animals from the theta given; one class empty if extreme."""
    counts, params = _linkage_problem(rng, setting)
    # A relative error in a cell's probability moves its logarithm by as much.
    size = counts.sum()
    return Problem(
        {"counts": counts, "params": params},
        lambda result: 8 * EPS * (size + abs(result)),
    )


def linkage_e_step(rng, setting):
    """Counts of animals from the theta given; one class empty if extreme."""
    problem = linkage_log_likelihood(rng, setting)
    return Problem(
        problem.arguments,
        lambda result: (8 * EPS * (1 + result[0]), problem.tolerance(result[1])),
    )


def linkage_m_step(rng, setting):
    """Counts of animals, the first divided anyhow."""
    counts, _ = _linkage_problem(rng, setting)
    share = counts[0] * rng.random()
    expected = np.concatenate([[counts[0] - share, share], counts[1:]])
    return Problem(
        {"counts": counts, "expected_counts": expected},
        lambda result: linkage.Params(8 * EPS),
    )


def _gmm_problem(rng, setting):
    params = _gmm_params(rng, setting)
    return _observations(rng, setting, params), params


def gmm_log_density(rng, setting):
    """Observations from a mixture, and that mixture."""
    X, params = _gmm_problem(rng, setting)
    return Problem(
        {"X": X, "params": params}, lambda result: _mixture_rounding(X, params)[1]
    )


def gmm_log_likelihood(rng, setting):
    """Observations from a mixture, that mixture, and weights half of the time."""
    X, params = _gmm_problem(rng, setting)
    weights = _weights(rng, setting.N) if rng.random() < 0.5 else None

    def tolerance(result):
        w = np.ones(len(X)) if weights is None else weights
        log_p = gmm.vectorized.log_density(X, params)
        return w @ (
            _mixture_rounding(X, params)[1] + (len(X) + 2) * EPS * np.abs(log_p)
        )

    return Problem(
        {"X": X, "params": params, "observation_weights": weights}, tolerance
    )


def gmm_e_step(rng, setting):
    """Observations from a mixture, that mixture, and weights half of the time."""
    arguments, likelihood_tolerance = gmm_log_likelihood(rng, setting)
    params, prior = arguments["params"], None
    if setting.options:
        prior = _prior(rng, setting)
        arguments["prior"] = prior

    def tolerance(result):
        own = _mixture_rounding(arguments["X"], params)[0]
        of_prior = _prior_rounding(params, prior) if prior else 0.0
        return own, likelihood_tolerance(result[1]) + of_prior

    return Problem(arguments, tolerance)


def gmm_m_step(rng, setting):
    """Observations from a mixture and any responsibilities; hard ones if extreme."""
    X, _ = _gmm_problem(rng, setting)
    gamma = _distributions(rng, setting.N, setting.K, setting.extreme)
    weights = _weights(rng, setting.N) if rng.random() < 0.5 else None
    arguments = {"X": X, "responsibilities": gamma, "observation_weights": weights}
    structure, prior, seen = "full", None, X
    if setting.options:
        structure = str(rng.choice(gmm.STRUCTURES))
        prior = _prior(rng, setting) if rng.random() < 0.5 else None
        arguments |= {"structure": structure, "prior": prior}
        seen = X if prior is None else np.concatenate([X, prior.mean[None]])

    def tolerance(result):
        errors = [_scatter_rounding(seen, one) for one in result.covariances]
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


def gmm_project(rng, setting):
    """Scatters of any covariances, effective counts and a structure; one tiny if extreme."""
    covariances = [_covariance(rng, setting) for _ in range(setting.K)]
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
    """A prior about the size of the data, and near them."""
    return gmm.Prior(
        _mean(rng, setting),
        float(rng.gamma(1.0)),
        rng.gamma(2.0) * _covariance(rng, setting),
        setting.D - 1 + float(rng.gamma(2.0)),
        1.0 if rng.random() < 0.5 else 1.0 + float(rng.gamma(1.0)),
    )


def _prior_rounding(params, prior):
    """How far rounding can move the logarithm of the prior.

    With deviations for units a squared distance is at most the condition times what it is in a
    Gaussian without correlations, and so is the trace, a sum of D of them.
    """
    D = len(prior.mean)
    exponent = prior.degrees + D + 2
    moved = 0.0
    for weight, mean, covariance in zip(*params, strict=True):
        condition = _condition(covariance)
        variances = np.diagonal(covariance)
        squared = np.sum((prior.mean - mean) ** 2 / variances)
        trace = np.sum(np.diagonal(prior.scatter) / variances)
        quadratic = condition * (prior.mean_strength * squared + trace)
        amplified = 2 * (D + 1) ** 2 * EPS * condition * (exponent * D + quadratic)
        size = exponent * np.abs(np.log(variances)).sum() + quadratic
        size += prior.concentration * (1 - np.log(weight))
        moved += amplified + 4 * (len(params.weights) + D + 4) * EPS * size
    return moved


def gmm_log_prior(rng, setting):
    """A mixture and a prior near it."""
    params, prior = _gmm_params(rng, setting), _prior(rng, setting)
    return Problem(
        {"params": params, "prior": prior},
        lambda result: _prior_rounding(params, prior),
    )


def gmm_sample(rng, setting):
    """A mixture, a number of draws and a seed."""
    params = _gmm_params(rng, setting)
    D = setting.D

    def tolerance(result):
        X, components = result
        deviations = np.sqrt(np.einsum("kii->ki", params.covariances))[
            components
        ]  # (N, D)
        condition = max(_condition(covariance) for covariance in params.covariances)
        # The factor's rounding, times a standard normal draw, which stays below 10.
        noise = 10 * 2 * (D + 1) ** 2 * EPS * condition * deviations
        return noise + 2 * EPS * np.abs(X), np.zeros(len(components))

    seed = int(rng.integers(2**32))
    return Problem({"params": params, "n_samples": setting.N, "rng": seed}, tolerance)


def _clusters(rng, setting):
    """Observations (N, D) from a mixture, and centers (K, D) near it; one far away if extreme."""
    X, params = _gmm_problem(rng, setting)
    spread = setting.scale * rng.standard_normal((setting.K, setting.D))
    centers = params.means + spread
    if setting.extreme:
        centers[0] += 100 * setting.scale * (1 + setting.separation)
    return X, centers


def _squared_distances(X, centers, moved=0.0):
    """The squared distances (N, K), and how far rounding can move each.

    The centers themselves may have been `moved` that far by rounding.
    """
    difference = X[:, None, :] - centers  # (N, K, D)
    squared = np.einsum("nkd,nkd->nk", difference, difference)
    error = 2 * (X.shape[1] + 4) * EPS * squared
    return squared, error + moved * (2 * np.sqrt(squared) + moved)


def _in_doubt(X, centers, moved=0.0):
    """Which observations (N,) rounding may assign to another center."""
    squared, error = _squared_distances(X, np.unique(centers, axis=0), moved)
    nearest = squared.min(axis=1, keepdims=True)
    return (squared - nearest <= 2 * error).sum(axis=1) > 1


def kmeans_assign(rng, setting):
    """Observations and centers; one far away if extreme."""
    X, centers = _clusters(rng, setting)
    return Problem(
        {"X": X, "centers": centers},
        lambda result: np.where(_in_doubt(X, centers), len(centers), 0),
    )


def kmeans_update(rng, setting):
    """Observations and their nearest centers; one without any if extreme."""
    X, centers = _clusters(rng, setting)
    labels = kmeans.vectorized.assign(X, centers)
    error = 2 * (len(X) + 8) * EPS * np.abs(X).max(axis=0)
    return Problem(
        {"X": X, "labels": labels, "centers": centers},
        lambda result: np.tile(error, (len(centers), 1)),
    )


def kmeans_distortion(rng, setting):
    """Observations, centers and any labels."""
    X, centers = _clusters(rng, setting)
    labels = rng.integers(len(centers), size=len(X))
    n_terms = X.size + 8
    return Problem(
        {"X": X, "labels": labels, "centers": centers},
        lambda result: 2 * n_terms * EPS * result,
    )


def kmeans_seeding_probabilities(rng, setting):
    """Observations, and centers of which the first is one of them."""
    X, centers = _clusters(rng, setting)
    centers[0] = X[rng.integers(len(X))]
    return Problem(
        {"X": X, "centers": centers},
        lambda result: 4 * (X.size + 8) * EPS * result,
    )


def kmeans_seed(rng, setting):
    """Observations, how many of them are wanted and a seed."""
    X, _ = _clusters(rng, setting)
    seed = int(rng.integers(2**32))
    return Problem(
        {"X": X, "n_clusters": setting.K, "rng": seed},
        lambda result: np.zeros(result.shape),  # copies of rows
    )


def _is_ever_in_doubt(X, centers, moved, n_iter):
    """Whether rounding may send k-means another way within so many updates."""
    for _ in range(n_iter + 1):
        if _in_doubt(X, centers, moved).any():
            return True
        labels = kmeans.vectorized.assign(X, centers)
        if len(np.unique(labels)) < len(centers):  # the farthest is asked for
            squared, error = _squared_distances(X, centers, moved)
            own = np.arange(len(X)), labels
            far = np.unique(np.append(squared[own], kmeans.resolved(X)))
            if (np.diff(far[-len(centers) - 1 :]) <= 2 * error[own].max()).any():
                return True
        centers = kmeans.vectorized.update(X, labels, centers)
    return False


def kmeans_fit(rng, setting):
    """Observations and where to start; one center far away if extreme."""
    X, centers = _clusters(rng, setting)

    def tolerance(result):
        means, _, total, n_iter = result
        # Every update may add and take away up to N observations.
        n_terms = (n_iter + 1) * len(X) + 8
        error = 2 * n_terms * EPS * np.abs(X).max(axis=0)
        e = np.linalg.norm(error)
        if _is_ever_in_doubt(X, centers, e, n_iter):
            return np.full(means.shape, np.inf), len(centers), np.inf, np.inf
        # Of a sum of squares a_n^2 with errors of e in a_n: 2 e sum |a_n| + N e^2.
        moved = 2 * e * np.sqrt(len(X) * total) + len(X) * e**2
        return (
            np.tile(error, (len(means), 1)),
            np.zeros(len(X)),
            moved + 2 * (X.size + 8) * EPS * total,
            0,
        )

    return Problem({"X": X, "centers": centers}, tolerance)


def _selection_problem(rng, setting):
    """A mixture of some structure, and its structure; far-off components if extreme."""
    if setting.extreme:
        setting = setting._replace(separation=300.0)
    params = _gmm_params(rng, setting)
    kinds = (*gmm.STRUCTURES, "full")  # the usual one twice as often
    structure = kinds[rng.integers(len(kinds))]
    covariances = gmm.vectorized.project(
        params.covariances, np.ones(setting.K), structure
    )
    return params._replace(covariances=covariances), structure


def _criterion_problem(rng, setting, doubt=0.0):
    """Observations, a mixture and its structure; the tolerance of a criterion.

    It is twice that of the log-likelihood, that of adding the parameters' charge, and `doubt`
    times that of the entropy.
    """
    params, structure = _selection_problem(rng, setting)
    X = _observations(rng, setting, params)

    def tolerance(result):
        errors, moved = _mixture_rounding(X, params)
        log_p = gmm.vectorized.log_density(X, params)
        N, K = errors.shape
        p = selection.vectorized.n_parameters(params, structure)
        charged = p * (2 + np.log(N)) + 2 * doubt * N * np.log(K)
        # |a log a - b log b| <= -d log d for d = |a - b| up to 1/2, and never above 1 / e.
        d = np.minimum(errors, np.exp(-1.0))
        entropy = -np.sum(d * np.log(d)) + N * K * (N * K + 4) * EPS
        sums = 2 * moved.sum() + 2 * (N + 2) * EPS * np.abs(log_p).sum()
        return sums + doubt * entropy + 4 * EPS * (charged + np.abs(log_p).sum())

    return Problem({"X": X, "params": params, "structure": structure}, tolerance)


def selection_n_parameters(rng, setting):
    """A mixture of some structure."""
    params, structure = _selection_problem(rng, setting)
    return Problem({"params": params, "structure": structure}, lambda result: 0)


def selection_aic(rng, setting):
    """Observations and a mixture of some structure."""
    return _criterion_problem(rng, setting)


def selection_bic(rng, setting):
    """Observations and a mixture of some structure."""
    return _criterion_problem(rng, setting)


def selection_icl(rng, setting):
    """Observations and a mixture of some structure; responsibilities of 0 and 1 if extreme."""
    return _criterion_problem(rng, setting, doubt=2.0)


def climbers_unconstrain(rng, setting):
    """A mixture."""
    params = _gmm_params(rng, setting)
    D = setting.D

    def tolerance(result):
        factors = np.empty(result.factors.shape)
        for k in range(setting.K):
            # A pivot's relative error is that of a Schur complement; half of it is its root's.
            rounding = 2 * (D + 1) ** 2 * EPS * _condition(params.covariances[k])
            deviations = np.sqrt(np.diagonal(params.covariances[k]))
            factors[k] = np.tril(np.outer(rounding * deviations, np.ones(D)))
            logarithms = np.diagonal(result.factors[k])
            np.fill_diagonal(
                factors[k], D * rounding + 4 * EPS * (1 + np.abs(logarithms))
            )
        return climbers.Params(
            4 * EPS * (1 + np.abs(result.logits)),
            np.zeros(result.means.shape),
            factors,
        )

    return Problem(params._asdict(), tolerance)


def _free_params(rng, setting):
    """A mixture's unconstrained parameters; a logit far below the others if extreme."""
    params = climbers.vectorized.unconstrain(*_gmm_params(rng, setting))
    logits = (
        params.logits + 5 * rng.standard_normal()
    )  # adding a number changes nothing
    if setting.extreme:
        logits[0] -= 1000
    return params._replace(logits=logits)


def _factor_rounding(params):
    """The factors (K, D, D) as they are, and the relative errors (K,) of their entries."""
    factors = climbers.vectorized._factors(params)
    diagonal = np.einsum("kii->ki", params.factors)
    return factors, 2 * EPS * (1 + np.abs(diagonal).max(axis=1))


def _weight_rounding(params, weights):
    """How far rounding can move weights (K,) that are made of logits."""
    spread = np.abs(params.logits - params.logits.max())
    size = np.abs(params.logits).max()
    return (len(weights) + 8) * EPS * (1 + spread + size) * weights


def climbers_constrain(rng, setting):
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


def climbers_gradient(rng, setting):
    """Observations, any responsibilities (hard ones if extreme) and unconstrained parameters."""
    params = _gmm_params(rng, setting)
    X = _observations(rng, setting, params)
    params = climbers.vectorized.unconstrain(*params)
    params = params._replace(logits=params.logits + 5 * rng.standard_normal())
    gamma = _distributions(rng, setting.N, setting.K, setting.extreme)

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
            # 2002, theorem 8.5); sizes bound the sizes of u, and of what is solved for next.
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


def climbers_acceptance(rng, setting):
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


def climbers_recombine(rng, setting):
    """Offspring of a strategy in some dimensions, in any order; only two if extreme."""
    P = min(setting.N, 6)
    M = 2 if setting.extreme else 4 + int(rng.integers(5))
    spread = setting._replace(D=P)
    mean, covariance = _mean(rng, spread), _covariance(rng, spread)
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
        # The length of the path in units of the covariance, and what its factor's rounding does.
        deviations = np.sqrt(np.diagonal(covariance))
        condition = _condition(covariance)
        length = np.linalg.norm(np.linalg.solve(factor, result[2]))
        error = np.sqrt(condition) * np.linalg.norm(path_error / deviations)
        error += 2 * (P + 1) ** 2 * EPS * condition * length
        relative = c / rate.damping * error / rate.expected_length
        relative += 16 * EPS * (1 + length)
        return mean_error, spread_error, path_error, 2 * relative * result[3]

    return Problem(arguments, tolerance)
