"""Autocorrelation, R-hat and effective sample size on whole arrays."""

import math
from statistics import NormalDist

import numpy as np

from emlib.diagnostics import check_chains, check_ess, check_rhat


def autocovariance(draws):
    """The autocovariance of each chain, at every lag.

    Parameters
    ----------
    draws : array_like, shape (C, T)
        C chains of T draws each.

    Returns
    -------
    numpy.ndarray, shape (C, T)
        Entry [c, t] is that of draws t apart in chain c, about the chain's own mean. The sum is
        divided by T, although it has T - t terms: what is estimated worst is damped, and no
        spectrum is negative.

    Raises
    ------
    ValueError
        If `draws` is not (C, T), or an entry is NaN or infinite.
    """
    draws = check_chains(draws)
    T = draws.shape[1]
    # Where zero lies does not matter; near it, differences keep their digits.
    x = draws - draws[:, :1]
    x = x - x.mean(axis=1, keepdims=True)
    # As many zeros as there are lags, so that the end does not meet the beginning.
    length = 2 ** (2 * T - 1).bit_length()
    spectrum = np.fft.rfft(x, length)  # (C, length / 2 + 1)
    power = (spectrum * spectrum.conj()).real
    return np.fft.irfft(power, length)[:, :T] / T  # eq-diagnostics-autocovariance


def rhat(draws, split=True, rank=True):
    """Whether the chains agree: R-hat, Vehtari et al. (2021).

    The larger of two: that of the draws' normal scores, which sees chains in different places, and
    that of the scores of their distances from the median, which sees chains of different widths.

    Parameters
    ----------
    draws : array_like, shape (C, T) or (C, T, D)
        C chains of T draws each, of one quantity or of D.
    split : bool, default True
        Compare the halves of the chains; the middle one of an odd number of draws is left out.
    rank : bool, default True
        Replace draws by normal scores; False for the R-hat of Gelman & Rubin (1992) on the draws
        themselves, split or not.

    Returns
    -------
    float or numpy.ndarray
        A number, or D of them. About 1 where chains agree; Vehtari et al. ask for less than 1.01.
        inf where each half is constant and not all are equal; sqrt(1 - 1/n), the least that halves
        of n draws can have, where all draws are equal.

    Raises
    ------
    ValueError
        If there are fewer than 4 draws in a chain, or nothing to compare (a single chain, and
        `split` is False), or an entry is NaN or infinite.
    """
    draws = check_rhat(draws, split)
    if draws.ndim == 3:
        D = draws.shape[2]
        return np.array([_rhat(draws[:, :, d], split, rank) for d in range(D)])
    return _rhat(draws, split, rank)


def _rhat(draws, split, rank):
    """R-hat of one quantity (C, T)."""
    chains = _halves(draws) if split else draws
    if not rank:
        return _ratio(chains)
    bulk = _ratio(_normal_scores(chains))
    tail = _ratio(_normal_scores(_folded(chains)))
    return max(bulk, tail)  # eq-diagnostics-rhat-rank


def _halves(draws):
    """The halves (2C, T // 2) of the chains: all first ones, then all second ones."""
    n = draws.shape[1] // 2
    return np.concatenate([draws[:, :n], draws[:, -n:]])  # eq-diagnostics-split


def _normal_scores(chains):
    """What a normal sample of the same size would have in the place of each draw, Blom (1958)."""
    _, places, counts = np.unique(chains, return_inverse=True, return_counts=True)
    ranks = counts.cumsum() - (counts - 1) / 2  # eq-diagnostics-rank
    shares = (ranks - 0.375) / (chains.size + 0.25)
    scores = _normal_quantiles(shares)[places]  # eq-diagnostics-normal-score
    return scores.reshape(chains.shape)


def _normal_quantiles(shares):
    """The standard normal quantiles, to 16 digits: NumPy has none."""
    return np.frompyfunc(NormalDist().inv_cdf, 1, 1)(shares).astype(float)


def _folded(chains):
    """The distance of each draw from the median of all."""
    return np.abs(chains - np.median(chains))  # eq-diagnostics-folded


def _ratio(chains):
    """R-hat of chains as they are."""
    n = chains.shape[1]
    within, between, pooled = _variances(chains)
    if within == 0:
        return math.inf if between > 0 else math.sqrt(1 - 1 / n)
    return math.sqrt(pooled / within)  # eq-diagnostics-rhat


def _variances(chains):
    """The variance within chains (M, n), n times that of their means, and both pooled."""
    M, n = chains.shape
    x = chains - chains[0, 0]
    # From the first draw on, so that equal draws have no variance but exactly 0.
    means = x[:, :1] + (x - x[:, :1]).mean(axis=1, keepdims=True)  # (M, 1)
    within = np.square(x - means).sum() / (n - 1) / M  # eq-diagnostics-within
    between = n * means.var(ddof=1)  # eq-diagnostics-between
    pooled = (n - 1) / n * within + between / n  # eq-diagnostics-pooled
    return float(within), float(between), float(pooled)


def ess(draws, kind="bulk"):
    """How many independent draws the draws are worth: the effective sample size.

    By Geyer's (1992) initial monotone positive sequence of the autocorrelations of all chains'
    halves, Vehtari et al. (2021). It is above the number of draws S where neighbours lie on
    opposite sides of the mean, as they may; no more than S log10 S is believed.

    Parameters
    ----------
    draws : array_like, shape (C, T) or (C, T, D)
        C chains of T draws each, of one quantity or of D.
    kind : {"bulk", "tail", "mean"}
        Of what: of the mean of the draws' normal scores; of the shares of draws up to the 5 and up
        to the 95 % quantile, the smaller of the two; of the mean of the draws themselves.

    Returns
    -------
    float or numpy.ndarray
        A number, or D of them. The number of draws in the halves where all are equal.

    Raises
    ------
    ValueError
        If there are fewer than 10 draws in a chain, the kind is none of these, or an entry is NaN
        or infinite.
    """
    draws = check_ess(draws, kind)
    if draws.ndim == 3:
        D = draws.shape[2]
        return np.array([ess(draws[:, :, d], kind) for d in range(D)])
    if kind == "bulk":
        return _ess(_normal_scores(_halves(draws)))
    if kind == "mean":
        return _ess(_halves(draws))
    low, high = _up_to(draws, 0.05), _up_to(draws, 0.95)
    return min(_ess(_halves(low)), _ess(_halves(high)))  # eq-diagnostics-ess-tail


def _up_to(draws, share):
    """1 for each draw up to a quantile of all draws, and 0 for the others."""
    # Interpolation would move the quantile, but no draw from one side of it to
    # the other.
    quantile = np.quantile(draws, share, method="lower")
    return (draws <= quantile).astype(float)  # eq-diagnostics-indicator


def _ess(chains):
    """The effective sample size of the mean of chains (M, n) as they are."""
    n, S = chains.shape[1], chains.size
    within, _, pooled = _variances(chains)
    if pooled == 0:
        return float(S)
    covariances = autocovariance(chains).mean(axis=0)  # (n,)
    rho = 1 - (within - covariances) / pooled  # eq-diagnostics-autocorrelation
    rho[0] = 1
    n_pairs = (n - 1) // 2
    even = rho[: 2 * n_pairs : 2]
    pairs = even + rho[1 : 2 * n_pairs : 2]  # (n_pairs,)  # eq-diagnostics-geyer-pair
    ends = pairs <= 0
    ends[-1] = True
    K = int(np.argmax(ends))
    least = np.minimum.accumulate(pairs[:K])  # eq-diagnostics-geyer-monotone
    # Of the pair that ends the sum the even lag still counts once. With
    # antithetic chains that is much.
    rest = even[K] if even[K] > 0 or pairs[K] >= 0 else 0.0
    tau = -1 + 2 * least.sum() + rest  # eq-diagnostics-tau
    tau = max(tau, 1 / math.log10(S))  # eq-diagnostics-cap
    return float(S / tau)  # eq-diagnostics-ess


def mcse_mean(draws):
    """The Monte Carlo standard error of the mean of all draws.

    Parameters
    ----------
    draws : array_like, shape (C, T) or (C, T, D)
        C chains of T draws each, of one quantity or of D.

    Returns
    -------
    float or numpy.ndarray
        A number in the unit of the draws, or D of them: their standard deviation divided by the
        root of the effective sample size of their mean. 0 where all draws are equal.

    Raises
    ------
    ValueError
        If there are fewer than 10 draws in a chain, or an entry is NaN or infinite.
    """
    draws = check_ess(draws)
    if draws.ndim == 3:
        D = draws.shape[2]
        return np.array([mcse_mean(draws[:, :, d]) for d in range(D)])
    variance = (draws - draws[0, 0]).var(ddof=1)
    return math.sqrt(variance / _ess(_halves(draws)))  # eq-diagnostics-mcse
