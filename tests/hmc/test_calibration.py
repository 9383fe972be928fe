"""The samplers on posteriors whose moments are known, and simulation-based calibration.

Each test says how often it fails for a right sampler and a new seed, and which wrong ones it
rejects. The seeds are fixed.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from emlib import diagnostics, hmc
from emlib.hmc import vectorized
from tests.hmc import targets
from tests.seals import THOROUGH

REFERENCE = Path(__file__).parent.parent / "reference"
SCHOOLS = json.loads((REFERENCE / "eight_schools.json").read_text())["parameters"]
MOMENTS = json.loads((REFERENCE / "hmc_targets.json").read_text())
SEEDS = range(20 if THOROUGH else 1)
FAR = 5.0  # errors; about 60 numbers a seed, and |z| > 5 has p = 6e-7


def errors_from(draws, exact, exact_error=0.0):
    """How many Monte Carlo errors a mean of draws (C, T) is from what it should be."""
    error = math.hypot(diagnostics.vectorized.mcse_mean(draws), exact_error)
    return (draws.mean() - exact) / error


def shares(draws, quantiles):
    """The same for the share of draws below each quantile: pairs (level, its value)."""
    for level, value in quantiles:
        yield errors_from(
            (draws < value).astype(float), level, math.sqrt(level * (1 - level) / 1e4)
        )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.filterwarnings("ignore::emlib.hmc.DivergenceWarning")
def test_eight_schools_agree_with_posteriordb(seed):
    rng = np.random.default_rng([seed, 1])
    target = targets.both_parts(targets.non_centred)
    start = rng.standard_normal((64, 10))
    chains = hmc.sample(target, start, 200, rng, n_warmup=200, progress=False)
    mu, tau = chains.draws[:, :, 8], np.exp(chains.draws[:, :, 9])
    found = {"mu": mu, "tau": tau}
    for i in range(8):
        found[f"theta[{i + 1}]"] = mu + tau * chains.draws[:, :, i]
    off = []
    for name, reference in SCHOOLS.items():
        draws = found[name]
        off.append(errors_from(draws, reference["mean"], reference["mcse_mean"]))
        levels = [(int(q[1:]) / 100, reference[q]) for q in reference if q[0] == "q"]
        off += shares(draws, levels)
    print(f"largest |z| {np.abs(off).max():.2f}")
    assert np.abs(off).max() < FAR


NORMAL = np.array([-1.6448536, -0.6744898, 0.0, 0.6744898, 1.6448536])
LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_narrow_normal_distribution(seed):
    rng = np.random.default_rng([seed, 2])
    covariance = np.array(MOMENTS["correlated_gaussian"]["cov"])
    target = hmc.Normal(np.zeros(2), np.linalg.cholesky(covariance)).target()
    start = 3 * rng.standard_normal((64, 2))
    chains = hmc.sample(target, start, 200, rng, n_warmup=200, progress=False)
    x, y = chains.draws[:, :, 0], chains.draws[:, :, 1]
    off = [errors_from(x, 0), errors_from(y, 0), errors_from(x * y, 0.95)]
    off += [errors_from(x**2, 1), errors_from(y**2, 1)]
    off += shares(x, zip(LEVELS, NORMAL, strict=True))
    off += shares(y, zip(LEVELS, NORMAL, strict=True))
    print(f"largest |z| {np.abs(off).max():.2f}")
    assert np.abs(off).max() < FAR


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.filterwarnings("ignore::emlib.hmc.DivergenceWarning")
def test_a_banana(seed):
    """Its arms are narrow: with steps of one size chains stay out of them, or stick in them."""
    rng = np.random.default_rng([seed, 3])
    target = targets.both_parts(targets.banana)
    start = rng.standard_normal((64, 2))
    chains = hmc.sample(target, start, 400, rng, n_warmup=200, progress=False)
    x, y = chains.draws[:, :, 0], chains.draws[:, :, 1]
    mean, sd = MOMENTS["banana"]["mean"], MOMENTS["banana"]["sd"]
    off = [errors_from(x, mean[0]), errors_from(y, mean[1])]
    off += [errors_from(x**2, sd[0] ** 2), errors_from(y**2, sd[1] ** 2)]
    off += shares(x, zip(LEVELS, 10 * NORMAL, strict=True))
    print(f"largest |z| {np.abs(off).max():.2f}")
    assert np.abs(off).max() < FAR


# --- simulation-based calibration -----------------------------------------------------------------

N_RANKED = 15  # draws that a parameter is ranked among
# The chi-squared distribution with 15 degrees of freedom exceeds this with probability 1e-4.
THRESHOLD = 44.3
GROUPS, REPLICATIONS, THIN, DEPTH = 4, 2000, 3, 4


def hierarchical(X):
    """Effects of four groups around mu, tau apart, not centred; in the last columns their data.

    The data do not move: their momentum is zero. So each row can have data of its own.
    """
    z, mu, log_tau, y = X[:, :4], X[:, 4], X[:, 5], X[:, 6:]
    tau = np.exp(log_tau)[:, None]
    residual = y - mu[:, None] - tau * z
    height = -np.square(X[:, :6]).sum(axis=1) / 2 - np.square(residual).sum(axis=1) / 2
    gradient = np.zeros_like(X)
    gradient[:, :6] = -X[:, :6]
    gradient[:, :4] += tau * residual
    gradient[:, 4] += residual.sum(axis=1)
    gradient[:, 5] += (tau * z * residual).sum(axis=1)
    return height, gradient


def uniformity():
    """The chi-squared statistics of the ranks of mu, log tau and one effect.

    The parameters that made the data are a draw from the posterior. A chain leads from them through
    M draws in one direction, M at random, and through the rest in the other: the sampler is
    reversible, so they stand at a random place in one long chain, and all ranks are equally likely,
    however dependent the draws are.
    """
    rng = np.random.default_rng(2027)
    R, T = REPLICATIONS, N_RANKED * THIN
    true = rng.standard_normal((R, 6))
    mean = true[:, 4:5] + np.exp(true[:, 5:6]) * true[:, :4]
    y = mean + rng.standard_normal((R, GROUPS))
    start = np.concatenate([true, y], axis=1)
    target = targets.both_parts(hierarchical)
    ways = []
    for _ in range(2):
        z = rng.standard_normal((T, R, 10))
        z[:, :, 6:] = 0
        u = rng.random((T, R, 3, DEPTH))
        steps = 0.55 * (0.5 + rng.random((T, R)))
        chains = vectorized.no_u_turn(target, start, z, u, steps, np.ones(10))
        ways.append(chains.draws[:, THIN - 1 :: THIN])
        assert (ways[-1][:, :, 6:] == y[:, None]).all()
    split = rng.integers(N_RANKED + 1, size=R)[:, None]
    first = np.arange(N_RANKED) < split
    out = []
    for i in (0, 4, 5):
        one, two = (way[:, :, i] for way in ways)
        # The first M draws of one way, and the first N - M of the other.
        draws = np.where(first, one, two[:, ::-1])
        # A chain that has not moved yet repeats the parameters: such ties are ranked at random.
        ranks = (draws < true[:, None, i]).sum(axis=1)
        equal = (draws == true[:, None, i]).sum(axis=1)
        ranks += np.floor(rng.random(R) * (equal + 1)).astype(int)
        counts = np.bincount(ranks, minlength=N_RANKED + 1)
        expected = R / (N_RANKED + 1)
        out.append(float(np.square(counts - expected).sum() / expected))
    return out


def test_a_parameter_ranks_anywhere_among_its_posterior_draws():
    assert max(uniformity()) < THRESHOLD


def whole_kicks(target, state, step_size, n_steps, root):
    q, p, height, g = state
    p = p + step_size * g
    q = q + step_size * vectorized._velocity(p, root)
    height, g = vectorized.evaluated(target, q, "a step")
    return hmc.State(q, p, height, vectorized._inward(g, root))


def without_decision(before, after):
    return np.zeros_like(before)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("_leapfrog", whole_kicks),
        ("_energy", lambda height, p: np.square(p).sum(axis=1) - height),
        ("_energy", lambda height, p: -height),
        ("_rise", without_decision),
    ],
)
def test_a_wrong_sampler_is_rejected(name, wrong, monkeypatch):
    monkeypatch.setattr(vectorized, name, wrong)
    assert max(uniformity()) > THRESHOLD
