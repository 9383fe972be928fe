"""Write galaxies_posterior.json: a mixture's posterior by another program's sampler.

emcee's stretch move (Goodman & Weare 2010) on the posterior of three components for the galaxies,
in parameters without constraints. It shares nothing with a Gibbs sampler but the model: the
likelihood and the prior are written here again. Run it with ``pip install emcee numpy``.
"""

import importlib.metadata
import json
from math import lgamma, log, pi
from pathlib import Path

import emcee
import numpy as np

K, WALKERS, STEPS, WARM_UP, THIN = 3, 200, 40_000, 8_000, 20
AT = (9.7, 16.2, 20.0, 23.0, 26.5, 33.0)  # thousand km/s
HERE = Path(__file__).parent
DATA = HERE.parent.parent / "emlib" / "datasets" / "galaxies.csv"


def unpack(theta):
    """Log-weights, means and variances (W, K) of unconstrained parameters (W, 3 K - 1)."""
    logits = np.concatenate([np.zeros((len(theta), 1)), theta[:, : K - 1]], axis=1)
    log_weights = logits - np.logaddexp.reduce(logits, axis=1)[:, None]
    return log_weights, theta[:, K - 1 : 2 * K - 1], np.exp(theta[:, 2 * K - 1 :])


def log_density(x, theta):
    """The mixture's log-density (W, N) at some velocities."""
    log_weights, means, variances = (part[:, None, :] for part in unpack(theta))
    squared = (np.asarray(x)[:, None] - means) ** 2 / variances
    terms = log_weights - 0.5 * (squared + np.log(2 * pi * variances))
    return np.logaddexp.reduce(terms, axis=2)


def log_prior(theta, m, kappa, psi, nu, alpha):
    """Dirichlet, normal and inverse chi-squared densities, with the Jacobians."""
    log_weights, means, variances = unpack(theta)
    # The Jacobian of the logits is the product of all weights.
    dirichlet = lgamma(K * alpha) - K * lgamma(alpha) + alpha * log_weights.sum(axis=1)
    normal = -0.5 * (
        np.log(2 * pi * variances / kappa) + kappa * (means - m) ** 2 / variances
    )
    # Of the logarithm of a variance: one power of the variance less in the denominator.
    inverse = nu / 2 * log(psi / 2) - lgamma(nu / 2)
    inverse = inverse - nu / 2 * np.log(variances) - psi / (2 * variances)
    return dirichlet + (normal + inverse).sum(axis=1)


def main():
    """Sample, and write what depends on no naming of the components."""
    rows = DATA.read_text("utf-8").splitlines()[1:]
    x = np.array([float(row.split(",")[-1]) for row in rows]) / 1000
    # The prior of Fraley & Raftery (2007), as `gmm.weak_prior` has it.
    prior = (x.mean(), 0.01, x.var() / K**2, 3.0, 1.0)
    rng = np.random.default_rng(0)
    # All walkers in one of the 3! copies of the posterior: a move from one copy in the direction of
    # another leads nowhere, and what is written is the same in all copies.
    start = np.concatenate(
        [
            0.3 * rng.standard_normal((WALKERS, K - 1)),
            np.array([9.7, 21.0, 33.0]) + 0.3 * rng.standard_normal((WALKERS, K)),
            np.log(2.0) + 0.5 * rng.standard_normal((WALKERS, K)),
        ],
        axis=1,
    )
    sampler = emcee.EnsembleSampler(
        WALKERS,
        3 * K - 1,
        lambda theta: log_density(x, theta).sum(axis=1) + log_prior(theta, *prior),
        vectorize=True,
    )
    sampler.random_state = np.random.RandomState(1).get_state()
    sampler.run_mcmc(start, STEPS)
    chain = sampler.get_chain(discard=WARM_UP, thin=THIN)  # (T, W, P)
    T, W, P = chain.shape
    flat = chain.reshape(-1, P)
    found = {}
    quantities = {
        f"density at {at}": np.exp(log_density([at], flat))[:, 0] for at in AT
    }
    quantities["log-likelihood"] = log_density(x, flat).sum(axis=1)
    for name, values in quantities.items():
        values = values.reshape(T, W)
        # The walkers of an ensemble are nearly independent; blocks of time check it.
        blocks = values[: T // 20 * 20].reshape(20, -1).mean(axis=1)
        found[name] = {
            "mean": float(values.mean()),
            "error": float(blocks.std(ddof=1) / np.sqrt(20)),
        }
    written = {
        "source": f"emcee {importlib.metadata.version('emcee')}, stretch move, {WALKERS} walkers, "
        f"{STEPS:,} steps; velocities in thousand km/s, the prior of gmm.weak_prior",
        "accepted": round(float(sampler.acceptance_fraction.mean()), 3),
        "quantities": found,
    }
    (HERE / "galaxies_posterior.json").write_text(
        json.dumps(written, indent=1) + "\n", "utf-8"
    )


if __name__ == "__main__":
    main()
