"""Posteriors to try samplers on: eight schools, written in two ways, and a banana."""

import numpy as np

from emlib import datasets, hmc

SCHOOLS = datasets.eight_schools()


def both_parts(both):
    """A target from a function that returns log-densities and gradients."""
    return hmc.Target(lambda X: both(X)[0], lambda X: both(X)[1], both)


def _tau_prior(log_tau):
    """The half-Cauchy prior of tau, with the Jacobian of its logarithm; and the slope."""
    squared = np.square(np.exp(log_tau) / 5)
    return log_tau - np.log1p(squared), 1 - 2 * squared / (1 + squared)


def non_centred(X):
    """Rows are eight standardised effects, mu, log tau."""
    y, sigma = SCHOOLS
    z, mu, log_tau = X[:, :8], X[:, 8], X[:, 9]
    tau = np.exp(log_tau)[:, None]
    residual = y - mu[:, None] - tau * z  # (C, 8)
    height, slope = _tau_prior(log_tau)
    height = height - np.square(z).sum(axis=1) / 2 - np.square(mu / 5) / 2
    height = height - np.square(residual / sigma).sum(axis=1) / 2
    pull = residual / sigma**2
    gradient = np.empty_like(X)
    gradient[:, :8] = tau * pull - z
    gradient[:, 8] = pull.sum(axis=1) - mu / 25
    gradient[:, 9] = slope + (tau * z * pull).sum(axis=1)
    return height, gradient


def centred(X):
    """Rows are eight effects, mu, log tau."""
    y, sigma = SCHOOLS
    theta, mu, log_tau = X[:, :8], X[:, 8], X[:, 9]
    tau = np.exp(log_tau)[:, None]
    apart = (theta - mu[:, None]) / tau  # (C, 8)
    height, slope = _tau_prior(log_tau)
    height = height - np.square(mu / 5) / 2 - 8 * log_tau
    height = height - np.square(apart).sum(axis=1) / 2
    height = height - np.square((y - theta) / sigma).sum(axis=1) / 2
    gradient = np.empty_like(X)
    gradient[:, :8] = (y - theta) / sigma**2 - apart / tau
    gradient[:, 8] = (apart / tau).sum(axis=1) - mu / 25
    gradient[:, 9] = slope - 8 + np.square(apart).sum(axis=1)
    return height, gradient


def banana(X):
    """x0 ~ N(0, 10^2), x1 given x0 ~ N(0.03 (x0^2 - 100), 1); Haario et al. (1999)."""
    x0, x1 = X.T
    residual = x1 - 0.03 * (x0**2 - 100)
    height = -np.square(x0 / 10) / 2 - np.square(residual) / 2
    return height, np.stack([0.06 * x0 * residual - x0 / 100, -residual], axis=1)
