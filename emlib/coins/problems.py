"""Random problems for the coins: sets of tosses."""

import numpy as np

from emlib import coins
from emlib._checks import EPS
from emlib.problems import Problem, ingredients, rounding


def _tosses(rng, setting):
    """Heads and tails (S, 2) of sets with S = N, and the coins that made them."""
    biases = rng.uniform(0.05, 0.95, setting.K)
    if setting.extreme:
        biases[0] = rng.integers(2)
    fewest = 0 if setting.extreme else 1  # a set may be empty
    tosses = rng.integers(fewest, 30, setting.N)
    heads = rng.binomial(tosses, biases[rng.integers(setting.K, size=setting.N)])
    return np.column_stack([heads, tosses - heads]).astype(float), coins.Params(biases)


def _rounding(counts, params):
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
    return rounding.posterior(terms - np.log(len(params.biases)), 8 * EPS * (1 + sizes))


def log_likelihood(rng, setting):
    """Sets of tosses made by the coins given; one of them two-headed or two-tailed if extreme."""
    counts, params = _tosses(rng, setting)
    return Problem(
        {"counts": counts, "params": params},
        lambda result: (
            _rounding(counts, params)[1].sum() + len(counts) * EPS * abs(result)
        ),
    )


def e_step(rng, setting):
    """Sets of tosses made by the coins given; one of them two-headed or two-tailed if extreme."""
    counts, params = _tosses(rng, setting)

    def tolerance(result):
        shares, logs = _rounding(counts, params)
        return shares, logs.sum() + len(counts) * EPS * abs(result[1])

    return Problem({"counts": counts, "params": params}, tolerance)


def m_step(rng, setting):
    """Sets of tosses and any responsibilities; hard ones, with idle coins, if extreme."""
    counts, _ = _tosses(rng, setting)
    gamma = ingredients.distributions(rng, setting.N, setting.K, setting.extreme)
    return Problem(
        {"counts": counts, "responsibilities": gamma},
        lambda result: coins.Params(2 * (setting.N + 4) * EPS * np.ones(setting.K)),
    )
