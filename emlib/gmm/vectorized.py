"""The Gaussian mixture on whole arrays."""

import numpy as np

from emlib import _checks
from emlib.evidence.vectorized import log_sum_exp
from emlib.gaussian.vectorized import _cholesky, _whiten
from emlib.gaussian.vectorized import _log_density as _gaussian_log_density
from emlib.gmm import (
    Params,
    check_e_step,
    check_m_step,
    check_params,
    check_prior,
    check_scatters,
    require_counts,
    require_spread,
    unresolved_scatters,
)


def _log_joint(X, params):
    """The logarithms (N, K) of pi_k N(x_n | mu_k, Sigma_k)."""
    weights, means, covariances = params
    factors = _cholesky(covariances)  # (K, D, D)
    log_gaussian = np.empty((len(X), len(weights)))
    for k in range(len(weights)):
        log_gaussian[:, k] = _gaussian_log_density(X, means[k], factors[k])
    return np.log(weights) + log_gaussian  # (N, K)  # eq-gmm-joint


def log_density(X, params):
    """The log-density of each observation under the mixture, nats.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).

    Returns
    -------
    numpy.ndarray, shape (N,)
        log p(x_n | theta).

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required.
    """
    X, params, *_ = check_e_step(X, params, None)
    return log_sum_exp(_log_joint(X, params))  # eq-gmm-log-density


def log_likelihood(X, params, observation_weights=None):
    """The log-likelihood of the mixture, nats.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.

    Returns
    -------
    float
        The weighted sum of the log-densities.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required.
    """
    X, params, w, _ = check_e_step(X, params, observation_weights)
    log_p = log_sum_exp(_log_joint(X, params))  # (N,)
    return float(w @ log_p)  # eq-gmm-log-likelihood


def e_step(X, params, observation_weights=None, prior=None):
    """Each component's responsibility for each observation.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default. The weights enter
        the log-likelihood, not the responsibilities.
    prior : Prior, optional
        Its log-density is added to the log-likelihood. `m_step` with the same prior never lowers
        the sum.

    Returns
    -------
    responsibilities : numpy.ndarray, shape (N, K)
        The posterior probability that component k made observation n.
    log_likelihood : float
        The log-likelihood at `params`, nats; with a prior, that plus `log_prior`.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights, a covariance or the prior is not as required.
    """
    X, params, w, prior = check_e_step(X, params, observation_weights, prior)
    log_joint = _log_joint(X, params)  # (N, K)
    log_p = log_sum_exp(log_joint)  # (N,)  # eq-gmm-log-density
    gamma = np.exp(log_joint - log_p[:, None])  # (N, K)  # eq-gmm-responsibility
    log_likelihood = w @ log_p  # eq-gmm-log-likelihood
    if prior is not None:
        log_likelihood += _log_prior(params, prior)  # eq-gmm-log-posterior
    return gamma, float(log_likelihood)


def m_step(X, responsibilities, observation_weights=None, structure="full", prior=None):
    """The parameters that maximise the expected complete-data log-likelihood.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    responsibilities : array_like, shape (N, K)
        From the E step.
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.
    structure : {"full", "tied", "diag", "spherical"}
        Each component its own covariance; one for all; features independent within a component;
        one variance a component.
    prior : Prior, optional
        Its log-density is added to what is maximised; none by default.

    Returns
    -------
    Params
        Weights (K,), means (K, D), covariances (K, D, D) whatever the structure.

    Raises
    ------
    ValueError
        If a shape, an entry, the structure or the prior is not as required, or K > N.
    emlib.em.DegenerateComponent
        If a component is empty or has collapsed.
    """
    X, gamma, w, prior = check_m_step(
        X, responsibilities, observation_weights, structure, prior
    )
    counts = w[:, None] * gamma  # (N, K)
    N_k = counts.sum(axis=0)  # (K,)  # eq-gmm-effective-count
    require_counts(N_k, prior)
    weights = N_k / w.sum()  # (K,)  # eq-gmm-weight
    # An empty component has no mean. Its share is zero, so any value will do.
    means = counts.T @ X / np.where(N_k > 0, N_k, 1.0)[:, None]  # (K, D)  # eq-gmm-mean
    (K, D) = means.shape
    scatters = np.empty((K, D, D))
    for k in range(K):
        # A matrix times its own transpose: half the work, symmetric to the last digit.
        scaled = np.sqrt(counts[:, k, None]) * (X - means[k])  # (N, D)
        scatters[k] = scaled.T @ scaled  # eq-gmm-scatter
    if prior is not None:
        weights, means, scatters, N_k = _with_prior(N_k, means, scatters, prior)
    covariances = _project(scatters, N_k, structure)
    require_spread(
        covariances,
        _project(unresolved_scatters(X, counts), N_k, structure),
        structure,
    )
    return Params(weights, means, covariances)


def _with_prior(N_k, means, scatters, prior):
    """Weights and means at the posterior's mode, and the scatters and counts to project."""
    m, kappa, psi, nu, alpha = prior
    K, D = means.shape
    imagined = alpha - 1
    weights = (N_k + imagined) / (N_k.sum() + K * imagined)  # (K,)  # eq-gmm-map-weight
    share = (N_k / (N_k + kappa))[:, None]  # (K, 1)
    modes = share * means + (1 - share) * m  # (K, D)  # eq-gmm-map-mean
    apart = means - m  # (K, D)
    pulled = (kappa * share * apart)[:, :, None] * apart[:, None, :]  # (K, D, D)
    with_psi = psi + scatters + pulled  # (K, D, D)  # eq-gmm-map-scatter
    return weights, modes, with_psi, N_k + nu + D + 2  # eq-gmm-map-count


def project(scatters, counts, structure):
    """The covariances of a structure that maximise the expected log-likelihood.

    Parameters
    ----------
    scatters : array_like, shape (K, D, D)
        For each component the sum of (x_n - mu_k)(x_n - mu_k)^T, weighted by responsibilities.
    counts : array_like, shape (K,)
        The effective counts, positive.
    structure : {"full", "tied", "diag", "spherical"}
        Each component its own; one for all; features independent within a component; one
        variance a component.

    Returns
    -------
    numpy.ndarray, shape (K, D, D)
        The same shape for every structure.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or the structure is unknown.
    """
    return _project(*check_scatters(scatters, counts, structure), structure)


def _project(scatters, counts, structure):
    """The covariances (K, D, D), from scatters and counts that have passed their checks."""
    K, D, _ = scatters.shape
    if structure == "tied":
        pooled = scatters.sum(axis=0) / counts.sum()  # (D, D)  # eq-gmm-tied
        return np.tile(pooled, (K, 1, 1))
    covariances = scatters / counts[:, None, None]  # (K, D, D)  # eq-gmm-covariance
    if structure == "full":
        return covariances
    if structure == "diag":
        return covariances * np.eye(D)  # eq-gmm-diag
    variances = np.trace(covariances, axis1=1, axis2=2) / D  # (K,)
    return variances[:, None, None] * np.eye(D)  # (K, D, D)  # eq-gmm-spherical


def log_prior(params, prior):
    """The log-density of the parameters under a prior, nats, up to a constant.

    Parameters
    ----------
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    prior : Prior
        For means and covariances of shape (K, D) and (K, D, D).

    Returns
    -------
    float
        The constant left out depends on the prior, K and D alone.

    Raises
    ------
    ValueError
        If the parameters or the prior are not as required.
    """
    params = check_params(params)
    return _log_prior(params, check_prior(prior, params.means.shape[1], needed=True))


def _log_prior(params, prior):
    """The same, of parameters and a prior that have passed their checks."""
    m, kappa, psi, nu, alpha = prior
    weights, means, covariances = params
    K, D = means.shape
    C = _cholesky(psi)
    factors = _cholesky(covariances)  # (K, D, D)
    log_p = (alpha - 1) * np.log(weights)  # (K,)
    for k in range(K):
        L = factors[k]
        log_determinant = 2 * np.log(np.diagonal(L)).sum()
        trace = (_whiten(C.T, 0.0, L) ** 2).sum()
        squared_distance = (_whiten(m[None], means[k], L) ** 2).sum()
        spread = (nu + D + 2) * log_determinant + trace
        log_p[k] -= 0.5 * (spread + kappa * squared_distance)  # eq-gmm-log-prior
    return float(log_p.sum())


def sample(params, n_samples, rng):
    """Draw observations from the mixture, with the components that made them.

    Parameters
    ----------
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    n_samples : int
        How many, at least 1.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    X : numpy.ndarray, shape (n_samples, D)
        Observations.
    components : numpy.ndarray of int, shape (n_samples,)
        The component that made each.

    Raises
    ------
    ValueError
        If the parameters, `n_samples` or `rng` are not as required.
    """
    weights, means, covariances = check_params(params)
    N = _checks.whole_number(n_samples, "n_samples")
    rng = _checks.generator(rng)
    K, D = means.shape
    factors = _cholesky(covariances)  # (K, D, D)
    reached = np.cumsum(weights)
    reached[-1] = 1.0  # the sum of the weights may fall short of 1 by rounding
    u = rng.random(N)
    components = np.searchsorted(reached, u, side="right")  # (N,)  # eq-gmm-pick
    noise = rng.standard_normal((N, D))
    X = np.empty((N, D))
    for k in range(K):
        own = components == k
        X[own] = means[k] + noise[own] @ factors[k].T  # eq-gmm-draw
    return X, components
