"""Other climbers as loops: one equation, one line."""

import math

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
from emlib.evidence.naive import log_sum_exp
from emlib.gaussian.naive import _cholesky, _whiten


def _factors(params):
    """The Cholesky factors (K, D, D), with the diagonal itself instead of its logarithms."""
    K, D = params.means.shape
    L = np.zeros((K, D, D))
    for k in range(K):
        for i in range(D):
            for j in range(i):
                L[k, i, j] = params.factors[k, i, j]
            L[k, i, i] = math.exp(params.factors[k, i, i])  # eq-climbers-factor
    return L


def _backward(L, right):
    """The solution v (D,) of L^T v = right, with L lower triangular."""
    D = len(right)
    v = np.empty(D)
    for i in reversed(range(D)):
        below = sum(L[j, i] * v[j] for j in range(i + 1, D))
        v[i] = (right[i] - below) / L[i, i]
    return v


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
    K, D = means.shape
    logits, factors = np.empty(K), np.empty((K, D, D))
    for k in range(K):
        logits[k] = math.log(weights[k])  # eq-climbers-softmax
        factors[k] = _cholesky(covariances[k])
        for i in range(D):
            factors[k, i, i] = math.log(factors[k, i, i])  # eq-climbers-factor
    return Params(logits, means.copy(), factors)


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
    K, D = params.means.shape
    L, total = _factors(params), log_sum_exp(params.logits[None])[0]
    weights, covariances = np.empty(K), np.empty((K, D, D))
    for k in range(K):
        weights[k] = math.exp(params.logits[k] - total)  # eq-climbers-softmax
        for i in range(D):
            for j in range(D):
                products = (L[k, i, m] * L[k, j, m] for m in range(D))
                covariances[k, i, j] = sum(products)  # eq-climbers-covariance
    return weights, params.means.copy(), covariances


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
    X, gamma, params = check_gradient(X, responsibilities, params)
    weights, means, _ = constrain(params)
    L = _factors(params)
    (N, D), K = X.shape, len(weights)
    logits, slopes = np.empty(K), np.empty((K, D))
    factors = np.zeros((K, D, D))
    for k in range(K):
        N_k, total, scatter = 0.0, np.zeros(D), np.zeros((D, D))
        for n in range(N):
            u = _whiten(X[n], means[k], L[k])
            N_k += gamma[n, k]  # eq-gmm-effective-count
            for i in range(D):
                total[i] += gamma[n, k] * u[i]
                for j in range(D):
                    scatter[i, j] += gamma[n, k] * u[i] * u[j]  # eq-climbers-scatter
        logits[k] = N_k - N * weights[k]  # eq-climbers-logit-slope
        slopes[k] = _backward(L[k], total)  # eq-climbers-mean-slope
        for j in range(D):
            column = _backward(L[k], scatter[:, j])
            for i in range(j, D):
                factors[k, i, j] = column[i]  # eq-climbers-factor-slope
            factors[k, j, j] = L[k, j, j] * column[j] - N_k  # eq-climbers-log-slope
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
    before, after, T = check_acceptance(log_likelihoods, proposed, temperature)
    probabilities = np.empty(len(before))
    for m in range(len(before)):
        gain = after[m] - before[m]
        probabilities[m] = math.exp(min(0.0, gain / T))  # eq-climbers-acceptance
    return probabilities


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
    M, P = x.shape
    rate = rates(M, P)
    c = rate.path
    step, new_mean, new_path = np.zeros(P), np.empty(P), np.empty(P)
    for i in range(P):
        for m in range(M // 2):
            step[i] += rate.weights[m] * (x[m, i] - mean[i]) / sigma
        new_mean[i] = mean[i] + sigma * step[i]  # eq-climbers-recombination
        fresh = math.sqrt(c * (2 - c) * rate.effective) * step[i]
        new_path[i] = (1 - c) * p[i] + fresh  # eq-climbers-path
    new_C = np.empty((P, P))
    for i in range(P):
        for j in range(P):
            scatter = 0.0
            for m in range(M // 2):
                product = (x[m, i] - mean[i]) / sigma * (x[m, j] - mean[j]) / sigma
                scatter += rate.weights[m] * product
            old = (1 - rate.rank_one - rate.rank_mu) * C[i, j]
            along = rate.rank_one * new_path[i] * new_path[j]
            new_C[i, j] = old + along + rate.rank_mu * scatter  # eq-climbers-spread
    length = math.hypot(*_whiten(new_path, [0.0] * P, _cholesky(C)))
    excess = length / rate.expected_length - 1
    growth = math.exp(c / rate.damping * excess)  # eq-climbers-step-size
    return new_mean, new_C, new_path, sigma * growth
