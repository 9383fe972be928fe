"""Markov chains as loops over chains and steps: one equation, one line."""

import math

import numpy as np

from emlib.evidence.naive import log_sum_exp
from emlib.gaussian.naive import _cholesky
from emlib.gmm import Params
from emlib.gmm.naive import _log_joint
from emlib.mcmc import (
    Chains,
    check_gibbs_linkage,
    check_gibbs_mixture,
    check_inverse_wishart,
    check_metropolis,
    check_posterior,
    check_random_walk,
    check_transition_matrix,
    evaluated,
    refuse_impossible,
)


def transition_matrix(log_p, proposal):
    """The transition matrix of Metropolis-Hastings on a finite number of states.

    Parameters
    ----------
    log_p : array_like, shape (S,)
        The target's log-probabilities, nats; a constant may be missing, and -inf is zero.
    proposal : array_like, shape (S, S)
        Row i is the distribution of the state that is proposed in state i.

    Returns
    -------
    numpy.ndarray, shape (S, S)
        Row i is the distribution of the next state after state i; Hastings (1970).

    Raises
    ------
    ValueError
        If all states have probability zero, or a row of `proposal` is not a distribution.
    """
    log_p, q = check_transition_matrix(log_p, proposal)
    S = len(log_p)
    P = np.zeros((S, S))
    for i in range(S):
        for j in range(S):
            if j == i or q[i, j] == 0:
                continue
            log_ratio = 0.0  # from a state without probability every move is accepted
            if log_p[i] > -math.inf:
                back = math.log(q[j, i]) if q[j, i] > 0 else -math.inf
                log_ratio = (
                    log_p[j] + back - log_p[i] - math.log(q[i, j])
                )  # eq-mcmc-ratio
            accepted = math.exp(min(0.0, log_ratio))  # eq-mcmc-acceptance
            P[i, j] = q[i, j] * accepted  # eq-mcmc-transition
            P[i, i] += q[i, j] * -math.expm1(min(0.0, log_ratio))  # eq-mcmc-stay
        P[i, i] += q[i, i]  # eq-mcmc-stay
    return P


def metropolis(log_density, start, noise, u, step):
    """Chains of the random-walk Metropolis algorithm, Metropolis et al. (1953).

    Parameters
    ----------
    log_density : callable
        Takes rows (C, D) and returns the target's log-density at each, (C,), in nats; a constant
        may be missing, and -inf is the logarithm of zero.
    start : array_like, shape (C, D)
        Where each chain starts; the density must be positive there.
    noise : array_like, shape (T, C, D)
        The directions of the proposals, from a distribution that is symmetric about 0, such as
        ``rng.standard_normal``.
    u : array_like, shape (T, C)
        Uniform numbers, in [0, 1).
    step : float or array_like
        The proposal is the state plus this times the noise: a step size for all dimensions, one for
        each (D,), or the lower triangular Cholesky factor (D, D) of the steps' covariance.

    Returns
    -------
    Chains
        Draws (C, T, D), log-densities (C, T), accepted (C, T).

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, a start has density zero, or `log_density`
        returns NaN, +inf or another shape.
    """
    start, noise, u, L = check_metropolis(start, noise, u, step)
    T, C, D = noise.shape
    draws, heights = np.empty((C, T, D)), np.empty((C, T))
    accepted = np.zeros((C, T), dtype=bool)
    x, height = start.copy(), np.empty(C)
    for c in range(C):
        height[c] = evaluated(log_density, x[c : c + 1].copy(), "the start", c)[0]
    refuse_impossible(height)
    for t in range(T):
        for c in range(C):
            y = np.empty(D)
            for i in range(D):
                moved = sum(L[i, j] * noise[t, c, j] for j in range(i + 1))
                y[i] = x[c, i] + moved  # eq-mcmc-proposal
            proposed = evaluated(log_density, y[None].copy(), f"proposal {t}", c)[0]
            log_u = math.log(u[t, c]) if u[t, c] > 0 else -math.inf
            if log_u < proposed - height[c]:  # eq-mcmc-metropolis
                x[c], height[c], accepted[c, t] = y, proposed, True
            draws[c, t], heights[c, t] = x[c], height[c]
    return Chains(draws, heights, accepted)


def random_walk(log_density, start, rng, n_draws, step):
    """Chains of the random-walk Metropolis algorithm, with normal proposals.

    Parameters
    ----------
    log_density : callable
        Takes rows (C, D) and returns the target's log-density at each, (C,), in nats; a constant
        may be missing, and -inf is the logarithm of zero.
    start : array_like, shape (C, D)
        Where each chain starts; the density must be positive there.
    rng : numpy.random.Generator
        The source of randomness: for each step normal numbers (C, D), then uniform ones (C,).
    n_draws : int
        How many draws of each chain, T.
    step : float or array_like
        The proposal is the state plus this times the noise: a step size for all dimensions, one for
        each (D,), or the lower triangular Cholesky factor (D, D) of the steps' covariance.

    Returns
    -------
    Chains
        Draws (C, T, D), log-densities (C, T), accepted (C, T).

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, a start has density zero, or `log_density`
        returns NaN, +inf or another shape.
    """
    start, rng, T, _ = check_random_walk(start, rng, n_draws, step)
    noise, u = np.empty((T, *start.shape)), np.empty((T, len(start)))
    for t in range(T):
        noise[t], u[t] = rng.standard_normal(start.shape), rng.random(len(start))
    return metropolis(log_density, start, noise, u, step)


def gibbs_linkage(counts, start, rng, n_draws):
    """Draws of theta from its posterior under a uniform prior, Tanner & Wong (1987).

    Parameters
    ----------
    counts : array_like, shape (4,)
        How many animals fell into each class; whole numbers.
    start : array_like, shape (C,)
        A theta for each chain, between 0 and 1.
    rng : numpy.random.Generator
        The source of randomness.
    n_draws : int
        How many draws of each chain, T.

    Returns
    -------
    numpy.ndarray, shape (C, T)
        theta after each round: the hidden count is drawn given theta, then theta given that count.

    Raises
    ------
    ValueError
        If a count is negative or not whole, a start is outside [0, 1], or `rng` is no Generator.
    """
    y, theta, rng, T = check_gibbs_linkage(counts, start, rng, n_draws)
    theta, C = theta.copy(), len(theta)
    draws, hidden = np.empty((C, T)), np.empty(C)
    for t in range(T):
        for c in range(C):
            share = (theta[c] / 4) / (1 / 2 + theta[c] / 4)
            hidden[c] = rng.binomial(int(y[0]), share)  # eq-gibbs-hidden-count
        for c in range(C):
            a, b = hidden[c] + y[3] + 1, y[1] + y[2] + 1
            theta[c] = draws[c, t] = rng.beta(a, b)  # eq-gibbs-theta
    return draws


def posterior(X, prior):
    """The normal-inverse-Wishart distribution of a Gaussian's parameters, given observations.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations from one Gaussian.
    prior : gmm.Prior
        The distribution before; its concentration plays no part.

    Returns
    -------
    mean : numpy.ndarray, shape (D,)
        Where the Gaussian's mean is expected, in the units of the data.
    mean_strength : float
        How many observations that expectation counts for.
    scatter : numpy.ndarray, shape (D, D)
        The scale matrix of the covariance's inverse Wishart distribution, in squared units.
    degrees : float
        Its degrees of freedom.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required.
    """
    X, prior = check_posterior(X, prior)
    return _posterior(X, prior)


def _posterior(X, prior):
    """The mean, strength, scatter and degrees of freedom after some observations (N_k, D)."""
    m, kappa, psi, nu, _ = prior
    N, D = X.shape
    mean, scatter = np.empty(D), np.empty((D, D))
    average = [sum(X[:, i]) / N if N else 0.0 for i in range(D)]
    strength = kappa + N  # eq-gibbs-strength
    for i in range(D):
        mean[i] = m[i] + N / strength * (average[i] - m[i])  # eq-gibbs-centre
        for j in range(D):
            own = sum((x[i] - average[i]) * (x[j] - average[j]) for x in X)
            pulled = (average[i] - m[i]) * (average[j] - m[j]) if N else 0.0
            scatter[i, j] = (
                psi[i, j] + own + kappa * N / strength * pulled
            )  # eq-gibbs-scatter
    return mean, strength, scatter, nu + N  # eq-gibbs-degrees


def inverse_wishart(scatter, chi_squares, normals):
    """A draw from an inverse Wishart distribution, by Bartlett's decomposition (1933).

    Parameters
    ----------
    scatter : array_like, shape (D, D)
        The scale matrix Psi, symmetric and positive definite.
    chi_squares : array_like, shape (D,)
        Entry i is a draw from a chi-squared distribution with nu - i degrees of freedom, where i
        counts from 0 and nu are those of the inverse Wishart distribution.
    normals : array_like, shape (D, D)
        Standard normal numbers; those below the diagonal are used.

    Returns
    -------
    numpy.ndarray, shape (D, D)
        A covariance with density in proportion to det(Sigma)^(-(nu + D + 1) / 2) times
        exp(-tr(Psi Sigma^-1) / 2).

    Raises
    ------
    ValueError
        If `scatter` is not a covariance, an entry of `chi_squares` is not positive, or a shape is
        not as required.
    """
    psi, chi_squares, z = check_inverse_wishart(scatter, chi_squares, normals)
    return _squared(_inverse_wishart_root(_cholesky(psi), chi_squares, z))


def _inverse_wishart_root(L, chi_squares, z):
    """The root M = L A^-T (D, D) of a draw M M^T, with A lower triangular (Bartlett)."""
    D = len(L)
    A, M = np.zeros((D, D)), np.zeros((D, D))
    for i in range(D):
        A[i, i] = math.sqrt(chi_squares[i])  # eq-gibbs-bartlett
        for j in range(i):
            A[i, j] = z[i, j]  # eq-gibbs-bartlett
    for i in range(D):
        # Row i of M solves A m = (row i of L), from the first entry on.
        for j in range(D):
            before = sum(A[j, m] * M[i, m] for m in range(j))
            M[i, j] = (L[i, j] - before) / A[j, j]  # eq-gibbs-root
    return M


def _squared(M):
    """M M^T (D, D)."""
    D = len(M)
    product = np.empty((D, D))
    for i in range(D):
        for j in range(D):
            terms = (M[i, m] * M[j, m] for m in range(D))
            product[i, j] = sum(terms)  # eq-gibbs-square
    return product


def gibbs_mixture(X, start, prior, rng, n_draws):
    """Draws of a Gaussian mixture's parameters from their posterior, Diebolt & Robert (1994).

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    start : gmm.Params or list of gmm.Params
        Where the chains start, one for each.
    prior : gmm.Prior
        The conjugate prior.
    rng : numpy.random.Generator
        The source of randomness.
    n_draws : int
        How many draws of each chain, T.

    Returns
    -------
    weights : numpy.ndarray, shape (C, T, K)
        After each round: the components of the observations are drawn given the parameters, then
        the parameters given the components.
    means : numpy.ndarray, shape (C, T, K, D)
        In the units of the data.
    covariances : numpy.ndarray, shape (C, T, K, D, D)
        In squared units.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, the chains have different numbers of components,
        or `rng` is no Generator.
    """
    X, start, prior, rng, T = check_gibbs_mixture(X, start, prior, rng, n_draws)
    (C, K), (N, D) = start.weights.shape, X.shape
    weights, means, covariances = map(np.copy, start)
    chains = (
        np.empty((C, T, K)),
        np.empty((C, T, K, D)),
        np.empty((C, T, K, D, D)),
    )
    for t in range(T):
        labels = np.empty((C, N), dtype=int)
        for c in range(C):
            params = Params(weights[c], means[c], covariances[c])
            labels[c] = _draw_labels(X, params, rng)
        counts = np.zeros((C, K))
        for c in range(C):
            for n in range(N):
                counts[c, labels[c, n]] += 1  # eq-gibbs-count
        for c in range(C):
            weights[c] = _draw_weights(counts[c], prior.concentration, rng)
        posteriors = [
            [_posterior(X[labels[c] == k], prior) for k in range(K)] for c in range(C)
        ]
        noise = _noise(posteriors, D, rng)
        for c in range(C):
            for k in range(K):
                m, kappa, psi, _ = posteriors[c][k]
                chi_squares, z, ahead = (part[c, k] for part in noise)
                M = _inverse_wishart_root(_cholesky(psi), chi_squares, z)
                covariances[c, k] = _squared(M)  # eq-gibbs-covariance
                for i in range(D):
                    moved = sum(M[i, j] * ahead[j] for j in range(D))
                    means[c, k, i] = m[i] + moved / math.sqrt(kappa)  # eq-gibbs-mean
        for chain, part in zip(chains, (weights, means, covariances), strict=True):
            chain[:, t] = part
    return chains


def _draw_labels(X, params, rng):
    """A component (N,) for each observation: the E step draws where EM averages."""
    log_joint = _log_joint(X, params)
    log_p = log_sum_exp(log_joint)
    (N, K), labels = log_joint.shape, np.empty(len(X), dtype=int)
    for n in range(N):
        u, reached = rng.random(), 0.0
        for k in range(K):
            gamma = math.exp(log_joint[n, k] - log_p[n])
            if u >= reached and gamma > 0:
                labels[n] = k  # eq-gibbs-label
            reached += gamma
    return labels


def _draw_weights(counts, alpha, rng):
    """Weights (K,) from a Dirichlet distribution, as gamma variables divided by their sum."""
    drawn = [rng.standard_gamma(count + alpha) for count in counts]
    total = sum(drawn)
    return np.array([one / total for one in drawn])  # eq-gibbs-weight


def _noise(posteriors, D, rng):
    """Chi-squares (C, K, D), normal numbers (C, K, D, D) and others (C, K, D) for the draws."""
    C, K = len(posteriors), len(posteriors[0])
    chi_squares = np.empty((C, K, D))
    for c in range(C):
        for k in range(K):
            nu = posteriors[c][k][3]
            for i in range(D):
                chi_squares[c, k, i] = rng.chisquare(nu - i)  # eq-gibbs-bartlett
    z = rng.standard_normal((C, K, D, D))
    return chi_squares, z, rng.standard_normal((C, K, D))
