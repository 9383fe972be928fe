"""Other climbers on whole arrays."""

import numpy as np

from emlib.climbers import (
    Params,
    check_acceptance,
    check_gradient,
    check_mixture,
    check_params,
    check_recombine,
    rates,
)
from emlib.evidence.vectorized import log_sum_exp
from emlib.gaussian.vectorized import _cholesky, _whiten


def _softmax(logits):
    """The weights (K,) that logits stand for."""
    total = log_sum_exp(logits[None])
    return np.exp(logits - total)  # (K,)  # eq-climbers-softmax


def _factors(params):
    """The Cholesky factors (K, D, D), with the diagonal itself instead of its logarithms."""
    L, i = params.factors.copy(), np.arange(params.means.shape[1])
    L[:, i, i] = np.exp(L[:, i, i])  # eq-climbers-factor
    return L


def _backward(L, right):
    """The columns v (D, N) that solve L^T v = right, with L lower triangular."""
    # With both axes reversed, the transpose of L is lower triangular.
    return _whiten(right[::-1].T, 0.0, L.T[::-1, ::-1])[::-1]


def unconstrain(weights, means, covariances):
    """The parameters of a mixture as numbers without constraints.

    Parameters
    ----------
    weights : array_like, shape (K,)
        Positive, summing to one.
    means : array_like, shape (K, D)
        In the units of the data.
    covariances : array_like, shape (K, D, D)
        Symmetric and positive definite.

    Returns
    -------
    Params
        Logits (K,), means (K, D), factors (K, D, D). The logits are the logarithms of the weights.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required.
    """
    weights, means, covariances = check_mixture(weights, means, covariances)
    factors = _cholesky(covariances)  # (K, D, D)
    i = np.arange(means.shape[1])
    factors[:, i, i] = np.log(factors[:, i, i])  # eq-climbers-factor
    return Params(np.log(weights), means.copy(), factors)  # eq-climbers-softmax


def constrain(params):
    """The mixture that unconstrained parameters stand for.

    Parameters
    ----------
    params : Params
        Logits (K,), means (K, D), factors (K, D, D).

    Returns
    -------
    weights : numpy.ndarray, shape (K,)
        Positive, summing to one; zero where a logit lies too far below the largest.
    means : numpy.ndarray, shape (K, D)
        Unchanged.
    covariances : numpy.ndarray, shape (K, D, D)
        Each is its factor times the factor's transpose.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or a factor is not lower triangular.
    """
    params = check_params(params)
    L = _factors(params)
    covariances = np.einsum("kim,kjm->kij", L, L)  # eq-climbers-covariance
    return _softmax(params.logits), params.means.copy(), covariances


def gradient(X, responsibilities, params):
    """The slope of the expected complete-data log-likelihood, nats.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    responsibilities : array_like, shape (N, K)
        From the E step.
    params : Params
        Logits (K,), means (K, D), factors (K, D, D).

    Returns
    -------
    Params
        The derivatives with respect to the parameters. If the responsibilities are those at
        `params`, this is the gradient of the log-likelihood itself, by Fisher's identity.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or a factor is not lower triangular.
    """
    return _gradient(*check_gradient(X, responsibilities, params))


def _gradient(X, gamma, params):
    """The slope, from arguments that have passed their checks."""
    L = _factors(params)  # (K, D, D)
    N_k = gamma.sum(axis=0)  # (K,)  # eq-gmm-effective-count
    logits = N_k - len(X) * _softmax(params.logits)  # (K,)  # eq-climbers-logit-slope
    slopes, factors = np.empty(params.means.shape), np.empty(L.shape)
    i = np.arange(X.shape[1])
    for k in range(len(L)):
        u = _whiten(X, params.means[k], L[k])  # (D, N)
        weighted = gamma[:, k] * u  # (D, N)
        total = weighted.sum(axis=1, keepdims=True)  # (D, 1)
        slopes[k] = _backward(L[k], total)[:, 0]  # (D,)  # eq-climbers-mean-slope
        scatter = weighted @ u.T  # (D, D)  # eq-climbers-scatter
        factors[k] = np.tril(_backward(L[k], scatter))  # eq-climbers-factor-slope
        factors[k, i, i] *= L[k, i, i]
        factors[k, i, i] -= N_k[k]  # eq-climbers-log-slope
    return Params(logits, slopes, factors)


def acceptance(log_likelihoods, proposed, temperature):
    """The probability that annealing accepts each proposed move.

    Parameters
    ----------
    log_likelihoods : array_like, shape (M,)
        At the current points, nats.
    proposed : array_like, shape (M,)
        At the proposed points, nats; -inf is never accepted.
    temperature : float
        Positive, in nats: a loss of this size is accepted with probability 1 / e.

    Returns
    -------
    numpy.ndarray, shape (M,)
        Metropolis et al. (1953); Kirkpatrick, Gelatt & Vecchi (1983).

    Raises
    ------
    ValueError
        If a shape, an entry or the temperature is not as required.
    """
    return _acceptance(*check_acceptance(log_likelihoods, proposed, temperature))


def _acceptance(before, after, T):
    """The probabilities, from arguments that have passed their checks."""
    losses = np.minimum(0.0, (after - before) / T)
    return np.exp(losses)  # (M,)  # eq-climbers-acceptance


def recombine(offspring, mean, covariance, path, step_size):
    """What an evolution strategy learns from its offspring, ordered with the best first.

    Parameters
    ----------
    offspring : array_like, shape (M, P)
        Drawn around `mean` with covariance step_size^2 * `covariance`; the best first.
    mean : array_like, shape (P,)
        Of the distribution that they were drawn from.
    covariance : array_like, shape (P, P)
        Of that distribution, divided by step_size^2.
    path : array_like, shape (P,)
        The decaying sum of the mean's steps, in units of the step size; zeros at the start.
    step_size : float
        Positive.

    Returns
    -------
    mean : numpy.ndarray, shape (P,)
        The better half, averaged with weights that fall from rank to rank.
    covariance : numpy.ndarray, shape (P, P)
        Hansen, Mueller & Koumoutsakos (2003): moved towards the scatter of the better half around
        the old mean, and towards the new path.
    path : numpy.ndarray, shape (P,)
        One path for the covariance and for the step size, as in Beyer & Sendhoff (2017).
    step_size : float
        Larger if the path is longer than random steps would make it, else smaller.

    Raises
    ------
    ValueError
        If a shape, an entry, the covariance or the step size is not as required, or M < 2.
    """
    x, mean, C, p, sigma = check_recombine(offspring, mean, covariance, path, step_size)
    rate = rates(*x.shape)
    w, c = rate.weights, rate.path
    y = (x[: len(w)] - mean) / sigma  # (M // 2, P)
    scaled = np.sqrt(w)[:, None] * y  # (M // 2, P)
    step = w @ y  # (P,)
    new_mean = mean + sigma * step  # (P,)  # eq-climbers-recombination
    fresh = np.sqrt(c * (2 - c) * rate.effective) * step
    new_path = (1 - c) * p + fresh  # (P,)  # eq-climbers-path
    scatter = scaled.T @ scaled  # (P, P), symmetric to the last digit
    old = (1 - rate.rank_one - rate.rank_mu) * C
    along = rate.rank_one * np.outer(new_path, new_path)
    new_C = old + along + rate.rank_mu * scatter  # (P, P)  # eq-climbers-spread
    whitened = _whiten(new_path[None], 0.0, _cholesky(C))  # (P, 1)
    excess = np.linalg.norm(whitened) / rate.expected_length - 1
    growth = np.exp(c / rate.damping * excess)  # eq-climbers-step-size
    return new_mean, new_C, new_path, float(sigma * growth)
