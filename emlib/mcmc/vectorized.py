"""Markov chains on whole arrays: all chains at once."""

import numpy as np

from emlib.evidence.vectorized import log_sum_exp
from emlib.gaussian.vectorized import _cholesky
from emlib.gmm import Params
from emlib.gmm.vectorized import _log_joint
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
    with np.errstate(divide="ignore", invalid="ignore"):
        log_q = np.log(q)
        log_ratio = log_p + log_q.T - log_p[:, None] - log_q  # eq-mcmc-ratio
    # From a state without probability every move is accepted. A move that is
    # never proposed has no ratio.
    log_ratio[np.isneginf(log_p)] = 0
    log_ratio = np.minimum(np.where(q > 0, log_ratio, 0.0), 0.0)
    accepted = np.exp(log_ratio)  # eq-mcmc-acceptance
    P = q * accepted  # eq-mcmc-transition
    refused = q * -np.expm1(log_ratio)
    np.fill_diagonal(refused, np.diagonal(q))
    np.fill_diagonal(P, refused.sum(axis=1))  # eq-mcmc-stay
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
    return _walk(log_density, start, zip(noise, u, strict=True), len(noise), L)


def _walk(log_density, start, source, T, L):
    """All chains at once, by the noise (C, D) and the numbers u (C,) that come for each step."""
    C, D = start.shape
    draws, heights = np.empty((T, C, D)), np.empty((T, C))
    accepted = np.empty((T, C), dtype=bool)
    x, height = start, evaluated(log_density, start.copy(), "the start")
    refuse_impossible(height)
    for t, (z, u) in enumerate(source):
        y = x + z @ L.T  # (C, D)  # eq-mcmc-proposal
        proposed = evaluated(log_density, y.copy(), f"proposal {t}")  # (C,)
        with np.errstate(divide="ignore"):  # log 0 is -inf, as it should be
            moved = np.log(u) < proposed - height  # (C,)  # eq-mcmc-metropolis
        draws[t], heights[t], accepted[t] = x, height, moved
        np.copyto(draws[t], y, where=moved[:, None])
        np.copyto(heights[t], proposed, where=moved)
        x, height = draws[t], heights[t]
    return Chains(draws.swapaxes(0, 1), heights.T, accepted.T)


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
    start, rng, T, L = check_random_walk(start, rng, n_draws, step)
    # Drawn step by step: all the noise would need as much memory as the draws.
    source = (
        (rng.standard_normal(start.shape), rng.random(len(start))) for _ in range(T)
    )
    return _walk(log_density, start, source, T, L)


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
    draws = np.empty((T, len(theta)))
    for t in range(T):
        share = (theta / 4) / (1 / 2 + theta / 4)  # (C,)
        hidden = rng.binomial(int(y[0]), share)  # (C,)  # eq-gibbs-hidden-count
        theta = rng.beta(hidden + y[3] + 1, y[1] + y[2] + 1)  # eq-gibbs-theta
        draws[t] = theta
    return draws.T.copy()


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
    parts = _posterior(X, np.ones((1, len(X), 1)), prior)
    mean, strength, scatter, degrees = (part[0, 0] for part in parts)
    return mean, float(strength), scatter, float(degrees)


def _posterior(X, gamma, prior):
    """The means (C, K, D), strengths (C, K), scatters (C, K, D, D) and degrees (C, K) after X.

    gamma (C, N, K) is 1 for the observations that a component has, and 0 for the others.
    """
    m, kappa, psi, nu, _ = prior
    counts = gamma.sum(axis=1)  # (C, K)
    average = gamma.swapaxes(1, 2) @ X / np.maximum(counts, 1)[..., None]  # (C, K, D)
    strength = kappa + counts  # eq-gibbs-strength
    ahead = np.where(counts[..., None] > 0, average - m, 0.0)  # (C, K, D)
    mean = m + (counts / strength)[..., None] * ahead  # eq-gibbs-centre
    own = np.empty((*counts.shape, *psi.shape))
    for k in range(counts.shape[1]):
        around = X - average[:, k, None]  # (C, N, D)
        own[:, k] = around.swapaxes(1, 2) @ (gamma[:, :, k, None] * around)
    pull = (kappa * counts / strength)[..., None, None]
    pulled = pull * ahead[..., :, None] * ahead[..., None, :]
    scatter = psi + own + pulled  # eq-gibbs-scatter
    return mean, strength, scatter, nu + counts  # eq-gibbs-degrees


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
    M = _inverse_wishart_root(_cholesky(psi), chi_squares, z)
    return M @ M.T  # eq-gibbs-square


def _inverse_wishart_root(L, chi_squares, z):
    """The root M = L A^-T (..., D, D) of a draw M M^T, with A lower triangular (Bartlett)."""
    A = np.tril(z, -1)
    np.einsum("...ii->...i", A)[...] = np.sqrt(chi_squares)  # eq-gibbs-bartlett
    # A M^T = L^T. A triangular matrix is its own LU factorisation, so this is
    # substitution.
    return np.linalg.solve(A, L.swapaxes(-1, -2)).swapaxes(-1, -2)  # eq-gibbs-root


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
    (C, K), D = start.weights.shape, X.shape[1]
    weights, means, covariances = start
    chains = (
        np.empty((C, T, K)),
        np.empty((C, T, K, D)),
        np.empty((C, T, K, D, D)),
    )
    for t in range(T):
        labels = _draw_labels(X, Params(weights, means, covariances), rng)  # (C, N)
        gamma = (labels[..., None] == np.arange(K)).astype(float)  # (C, N, K)
        counts = gamma.sum(axis=1)  # (C, K)  # eq-gibbs-count
        drawn = rng.standard_gamma(counts + prior.concentration)
        weights = drawn / drawn.sum(axis=1, keepdims=True)  # eq-gibbs-weight
        m, kappa, psi, nu = _posterior(X, gamma, prior)
        chi_squares = rng.chisquare(nu[..., None] - np.arange(D))  # eq-gibbs-bartlett
        z, ahead = rng.standard_normal((C, K, D, D)), rng.standard_normal((C, K, D))
        M = _inverse_wishart_root(_cholesky(psi), chi_squares, z)  # (C, K, D, D)
        covariances = M @ M.swapaxes(-1, -2)  # eq-gibbs-covariance
        moved = np.einsum("ckij,ckj->cki", M, ahead)
        means = m + moved / np.sqrt(kappa)[..., None]  # (C, K, D)  # eq-gibbs-mean
        for chain, part in zip(chains, (weights, means, covariances), strict=True):
            chain[:, t] = part
    return chains


def _draw_labels(X, params, rng):
    """A component (C, N) for each observation and chain: the E step draws where EM averages."""
    weights, means, covariances = params
    (C, K), D = weights.shape, X.shape[1]
    # The components of all chains side by side, as if they were those of one mixture.
    together = Params(
        weights.ravel(), means.reshape(-1, D), covariances.reshape(-1, D, D)
    )
    log_joint = _log_joint(X, together).reshape(len(X), C, K).transpose(1, 0, 2)
    gamma = np.exp(log_joint - log_sum_exp(log_joint.reshape(-1, K)).reshape(C, -1, 1))
    before = np.cumsum(gamma, axis=2) - gamma  # (C, N, K)
    possible = (rng.random((C, len(X), 1)) >= before) & (gamma > 0)
    return K - 1 - possible[..., ::-1].argmax(axis=2)  # eq-gibbs-label
