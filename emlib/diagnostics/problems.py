"""Random problems for the diagnostics: chains that depend on their past, drift, stop or repeat."""

import numpy as np

from emlib._checks import EPS
from emlib.diagnostics import KINDS, vectorized
from emlib.problems import Problem

LONG = 100


def _autoregressive(rng, C, T, phi):
    """Chains x_t = phi x_(t - 1) + noise, from a standard normal start."""
    x = rng.standard_normal((C, T))
    for t in range(1, T):
        x[:, t] = phi * x[:, t - 1] + np.sqrt(1 - phi**2) * x[:, t]
    return x


def _chains(rng, setting, T=None):
    """Draws (C, T), C = K and T some more than 3 N; in an extreme setting something is wrong.

    A long chain has N draws: the loops' time rises as the square of their number.
    """
    C = setting.K
    if T is None:
        T = 3 * setting.N + 13 if setting.N < LONG else setting.N
    x = _autoregressive(rng, C, T, rng.uniform(-0.6, 0.9))
    x += 0.1 * setting.separation * rng.standard_normal((C, 1))
    x *= np.exp(0.1 * setting.separation * rng.standard_normal((C, 1)))
    if setting.extreme:
        x = _ILLS[rng.integers(len(_ILLS))](rng, x)
    elif setting.distinct is not None:
        values = rng.choice(x.ravel(), max(setting.distinct, 3), replace=False)
        x = rng.choice(values, x.shape)
    return setting.scale * (setting.offset + x)


def _stops(rng, x):
    """A chain is refused all proposals from some draw on."""
    x[0, x.shape[1] // 3 :] = x[0, x.shape[1] // 3]
    return x


# What is done to chains (C, T) in an extreme setting. Draws that are all equal have no R-hat but by
# convention, which is not asked of a reader.
_ILLS = (
    lambda rng, x: np.round(2 * x),  # ties
    lambda rng, x: np.clip(np.round(x), -1, 1),
    lambda rng, x: x + np.linspace(0, 3, x.shape[1]),  # drift alike
    lambda rng, x: x * (-1.0) ** np.arange(x.shape[1]),  # antithetic
    lambda rng, x: np.exp(3 * x),
    _stops,
)


def _problem(rng, setting, tolerance, **options):
    """Draws (C, T), or (C, T, D) if there are options, with a tolerance for one quantity each."""
    if not setting.options:
        draws = _chains(rng, setting)
        return Problem({"draws": draws}, lambda result: tolerance(draws, result))
    draws = np.stack([_chains(rng, setting) for _ in range(setting.D)], axis=2)
    return Problem(
        {"draws": draws, **options},
        lambda result: np.array(
            [tolerance(draws[:, :, d], result[d]) for d in range(setting.D)]
        ),
    )


def _squares(chains):
    """What squared deviations, times eps, may be off by: those within a chain, and from anywhere.

    A deviation is known to eps times the size of the draws, unless their origin is moved first.
    """
    largest = np.abs(chains).max()
    sizes = np.ptp(chains, axis=1).max(), np.ptp(chains)
    return [size * (size + largest) for size in sizes]


def autocovariance(rng, setting):
    """Chains that depend on their past, short enough for two of them to be shown."""
    T = setting.N + 5 if setting.N < LONG else setting.N
    draws = _chains(rng, setting, T)
    # A sum of T products, each of two deviations whose mean is a sum of T terms; the transform
    # errs by less.
    squares = [_squares(chain[None])[0] for chain in draws]
    allowed = 8 * (T + 8) * EPS * np.array(squares)[:, None]
    return Problem({"draws": draws}, lambda result: np.repeat(allowed, T, axis=1))


def _ratio_error(chains):
    """How far rounding can move R-hat, as a share of it."""
    n = chains.shape[1]
    within, _, pooled = vectorized._variances(chains)
    if within == 0:
        return 0.0
    own, all_of_them = _squares(chains)
    return 4 * (chains.size + n + 8) * EPS * (1 + own / within + all_of_them / pooled)


def rhat(rng, setting):
    """Chains of several quantities, split or not, ranked or not, if there are options."""
    split, rank = bool(rng.random() < 0.5 or setting.K == 1), bool(rng.random() < 0.5)
    given = {"split": split, "rank": rank} if setting.options else {}
    split, rank = given.get("split", True), given.get("rank", True)

    def tolerance(draws, result):
        chains = vectorized._halves(draws) if split else draws
        if not rank:
            return _finite(result) * _ratio_error(chains)
        scored = [vectorized._normal_scores(chains)]
        scored.append(vectorized._normal_scores(vectorized._folded(chains)))
        # Each of the two may move; the larger one moves by no more than both.
        return sum(_finite(vectorized._ratio(z)) * _ratio_error(z) for z in scored)

    return _problem(rng, setting, tolerance, **given)


def _finite(result):
    return result if np.isfinite(result) else 0.0


def _size_error(chains):
    """How far rounding can move the effective sample size of chains (M, n)."""
    (n, S), result = (chains.shape[1], chains.size), vectorized._ess(chains)
    within, _, pooled = vectorized._variances(chains)
    if pooled == 0:
        return 0.0
    own, all_of_them = _squares(chains)
    # A share of the variance: what each autocorrelation is off by.
    moved = 8 * (S + n + 8) * EPS * (1 + (own + all_of_them) / pooled)
    covariances = vectorized.autocovariance(chains).mean(axis=0)
    rho = 1 - (within - covariances) / pooled
    rho[0] = 1
    last = (n - 3) // 2
    pairs = rho[: 2 * last : 2] + rho[1 : 2 * last : 2]
    if (np.abs(pairs) <= 2 * moved).any():
        return S * np.log10(S)  # rounding decides where the sum ends
    return 2 * n * moved * result**2 / S


def ess(rng, setting):
    """Chains of several quantities, and a kind, if there are options."""
    kind = KINDS[rng.integers(3)] if setting.options else "bulk"

    def tolerance(draws, result):
        if kind == "tail":
            indicators = (vectorized._up_to(draws, share) for share in (0.05, 0.95))
            return sum(_size_error(vectorized._halves(one)) for one in indicators)
        chains = vectorized._halves(draws)
        return _size_error(
            chains if kind == "mean" else vectorized._normal_scores(chains)
        )

    given = {"kind": kind} if setting.options else {}
    return _problem(rng, setting, tolerance, **given)


def mcse_mean(rng, setting):
    """Chains of several quantities if there are options."""

    def tolerance(draws, result):
        variance = (draws - draws[0, 0]).var(ddof=1)
        if variance == 0:
            return 0.0
        chains = vectorized._halves(draws)
        size = vectorized._ess(chains)
        spread = (draws.size + 8) * EPS * (1 + _squares(draws)[1] / variance)
        error = _size_error(chains)
        doubt = error > size / 2
        return np.sqrt(variance) if doubt else result * (error / size + 4 * spread)

    return _problem(rng, setting, tolerance)
