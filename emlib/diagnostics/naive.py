"""Autocorrelation, R-hat and effective sample size as loops: one equation, one line."""

import math
from bisect import bisect_left, bisect_right
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
    C, T = draws.shape
    result = np.empty((C, T))
    for c in range(C):
        # Where zero lies does not matter; near it, differences keep their digits.
        x = [draws[c, t] - draws[c, 0] for t in range(T)]
        mean = sum(x) / T
        for t in range(T):
            total = 0.0
            for i in range(T - t):
                total += (x[i] - mean) * (x[i + t] - mean)
            result[c, t] = total / T  # eq-diagnostics-autocovariance
    return result


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
    C, T = draws.shape
    n = T // 2
    halves = np.empty((2 * C, n))
    for c in range(C):
        for i in range(n):
            halves[c, i] = draws[c, i]  # eq-diagnostics-split
            halves[C + c, i] = draws[c, T - n + i]  # eq-diagnostics-split
    return halves


def _normal_scores(chains):
    """What a normal sample of the same size would have in the place of each draw, Blom (1958)."""
    M, n = chains.shape
    S = M * n
    ordered = sorted(chains.ravel().tolist())
    z = np.empty((M, n))
    for m in range(M):
        for i in range(n):
            below = bisect_left(ordered, chains[m, i])
            equal = bisect_right(ordered, chains[m, i]) - below
            rank = below + (equal + 1) / 2  # eq-diagnostics-rank
            share = (rank - 0.375) / (S + 0.25)
            z[m, i] = NormalDist().inv_cdf(share)  # eq-diagnostics-normal-score
    return z


def _folded(chains):
    """The distance of each draw from the median of all."""
    M, n = chains.shape
    ordered = sorted(chains.ravel().tolist())
    lower, upper = ordered[(M * n - 1) // 2], ordered[M * n // 2]
    folded = np.empty((M, n))
    for m in range(M):
        for i in range(n):
            folded[m, i] = abs(
                chains[m, i] - (lower + upper) / 2
            )  # eq-diagnostics-folded
    return folded


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
    means, within = [], 0.0
    for m in range(M):
        x = [chains[m, i] - chains[0, 0] for i in range(n)]
        # From the first draw on, so that equal draws have no variance but exactly 0.
        means.append(x[0] + sum(x[i] - x[0] for i in range(n)) / n)
        squares = sum((x[i] - means[m]) ** 2 for i in range(n))
        within += squares / (n - 1) / M  # eq-diagnostics-within
    centre = sum(means) / M
    squares = sum((means[m] - centre) ** 2 for m in range(M))
    between = n * squares / (M - 1)  # eq-diagnostics-between
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
    C, T = draws.shape
    ordered = sorted(draws.ravel().tolist())
    # Interpolation would move the quantile, but no draw from one side of it to
    # the other.
    quantile = ordered[math.floor((C * T - 1) * share)]
    indicator = np.empty((C, T))
    for c in range(C):
        for t in range(T):
            indicator[c, t] = draws[c, t] <= quantile  # eq-diagnostics-indicator
    return indicator


def _ess(chains):
    """The effective sample size of the mean of chains (M, n) as they are."""
    M, n = chains.shape
    S = M * n
    within, _, pooled = _variances(chains)
    if pooled == 0:
        return float(S)
    covariances = autocovariance(chains)
    rho = [1.0]
    for t in range(1, n):
        mean = sum(covariances[m, t] for m in range(M)) / M
        rho.append(1 - (within - mean) / pooled)  # eq-diagnostics-autocorrelation
    tau, least, last = -1.0, math.inf, (n - 3) // 2
    for k in range(last + 1):
        pair = rho[2 * k] + rho[2 * k + 1]  # eq-diagnostics-geyer-pair
        if pair <= 0 or k == last:
            break
        least = min(least, pair)  # eq-diagnostics-geyer-monotone
        tau += 2 * least  # eq-diagnostics-tau
    # Of the pair that ends the sum the even lag still counts once. With
    # antithetic chains that is much.
    if rho[2 * k] > 0 or pair >= 0:
        tau += rho[2 * k]  # eq-diagnostics-tau
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
    C, T = draws.shape
    x = [draws[c, t] - draws[0, 0] for c in range(C) for t in range(T)]
    mean = sum(x) / (C * T)
    variance = sum((value - mean) ** 2 for value in x) / (C * T - 1)
    return math.sqrt(variance / _ess(_halves(draws)))  # eq-diagnostics-mcse
