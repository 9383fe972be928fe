"""The Gaussian mixture as loops: one equation, one line."""

import math

import numpy as np

from emlib import _checks
from emlib.evidence.naive import log_sum_exp
from emlib.gaussian.naive import _cholesky, _whiten
from emlib.gaussian.naive import _log_density as _gaussian_log_density
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
    N, K = len(X), len(weights)
    factors = [_cholesky(covariances[k]) for k in range(K)]
    log_joint = np.empty((N, K))
    for n in range(N):
        for k in range(K):
            log_gaussian = _gaussian_log_density(X[n], means[k], factors[k])
            log_joint[n, k] = math.log(weights[k]) + log_gaussian  # eq-gmm-joint
    return log_joint


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
    log_p = log_sum_exp(_log_joint(X, params))
    return float(sum(w[n] * log_p[n] for n in range(len(X))))  # eq-gmm-log-likelihood


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
    log_joint = _log_joint(X, params)
    log_p = log_sum_exp(log_joint)  # eq-gmm-log-density
    N, K = log_joint.shape
    responsibilities = np.empty((N, K))
    log_likelihood = 0.0
    for n in range(N):
        for k in range(K):
            log_share = log_joint[n, k] - log_p[n]
            responsibilities[n, k] = math.exp(log_share)  # eq-gmm-responsibility
        log_likelihood += w[n] * log_p[n]  # eq-gmm-log-likelihood
    if prior is not None:
        log_likelihood += _log_prior(params, prior)  # eq-gmm-log-posterior
    return responsibilities, float(log_likelihood)


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
    (N, D), K = X.shape, gamma.shape[1]
    total = sum(w)
    N_k, weights = np.empty(K), np.empty(K)
    means, scatters = np.empty((K, D)), np.empty((K, D, D))
    for k in range(K):
        N_k[k] = sum(w[n] * gamma[n, k] for n in range(N))  # eq-gmm-effective-count
    require_counts(N_k, prior)
    for k in range(K):
        weights[k] = N_k[k] / total  # eq-gmm-weight
        for i in range(D):
            total_i = sum(w[n] * gamma[n, k] * X[n, i] for n in range(N))
            means[k, i] = total_i / (N_k[k] or 1.0)  # eq-gmm-mean
        for i in range(D):
            for j in range(D):
                scatter = 0.0
                for n in range(N):
                    product = (X[n, i] - means[k, i]) * (X[n, j] - means[k, j])
                    scatter += w[n] * gamma[n, k] * product  # eq-gmm-scatter
                scatters[k, i, j] = scatter
    if prior is not None:
        weights, means, scatters, N_k = _with_prior(N_k, means, scatters, prior)
    covariances = _project(scatters, N_k, structure)
    require_spread(
        covariances,
        _project(unresolved_scatters(X, w[:, None] * gamma), N_k, structure),
        structure,
    )
    return Params(weights, means, covariances)


def _with_prior(N_k, means, scatters, prior):
    """Weights and means at the posterior's mode, and the scatters and counts to project."""
    m, kappa, psi, nu, alpha = prior
    K, D = means.shape
    weights, counts = np.empty(K), np.empty(K)
    modes, with_psi = np.empty((K, D)), np.empty((K, D, D))
    total = sum(N_k) + K * (alpha - 1)
    for k in range(K):
        weights[k] = (N_k[k] + alpha - 1) / total  # eq-gmm-map-weight
        share = N_k[k] / (N_k[k] + kappa)
        for i in range(D):
            modes[k, i] = share * means[k, i] + (1 - share) * m[i]  # eq-gmm-map-mean
        for i in range(D):
            for j in range(D):
                product = (means[k, i] - m[i]) * (means[k, j] - m[j])
                pulled = scatters[k, i, j] + kappa * share * product
                with_psi[k, i, j] = psi[i, j] + pulled  # eq-gmm-map-scatter
        counts[k] = N_k[k] + nu + D + 2  # eq-gmm-map-count
    return weights, modes, with_psi, counts


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
    covariances = np.zeros((K, D, D))
    total = sum(counts)
    for k in range(K):
        S_k, N_k = scatters[k], counts[k]
        trace = sum(S_k[i, i] for i in range(D))
        for i in range(D):
            for j in range(D):
                if structure == "full":
                    covariances[k, i, j] = S_k[i, j] / N_k  # eq-gmm-covariance
                elif structure == "tied":
                    pooled = sum(scatter[i, j] for scatter in scatters)
                    covariances[k, i, j] = pooled / total  # eq-gmm-tied
                elif structure == "diag" and i == j:
                    covariances[k, i, i] = S_k[i, i] / N_k  # eq-gmm-diag
                elif i == j:
                    covariances[k, i, i] = trace / (D * N_k)  # eq-gmm-spherical
    return covariances


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
    log_p = 0.0
    for k in range(K):
        L = _cholesky(covariances[k])
        log_determinant = sum(2 * math.log(L[i, i]) for i in range(D))
        trace = 0.0
        for j in range(D):
            trace += sum(u**2 for u in _whiten(C[:, j], [0.0] * D, L))
        squared_distance = sum(u**2 for u in _whiten(m, means[k], L))
        spread = (nu + D + 2) * log_determinant + trace
        normal_wishart = -0.5 * (spread + kappa * squared_distance)
        log_p += (alpha - 1) * math.log(weights[k]) + normal_wishart  # eq-gmm-log-prior
    return float(log_p)


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
    factors = [_cholesky(covariances[k]) for k in range(K)]
    components = np.empty(N, dtype=int)
    for n in range(N):
        u, k, reached = rng.random(), 0, weights[0]
        while u >= reached and k < K - 1:
            k += 1
            reached += weights[k]
        components[n] = k  # eq-gmm-pick
    X = np.empty((N, D))
    for n in range(N):
        k = components[n]
        noise = [rng.standard_normal() for _ in range(D)]
        for i in range(D):
            step = sum(factors[k][i, j] * noise[j] for j in range(i + 1))
            X[n, i] = means[k, i] + step  # eq-gmm-draw
    return X, components
