"""Mistakes in judging draws: autocovariance, R-hat, effective sample size, standard error."""

import math
from statistics import NormalDist

import numpy as np

from emlib.diagnostics import vectorized
from emlib.exercises.mistakes import mistake, trap

AUTOCOVARIANCE, RHAT = "diagnostics.autocovariance", "diagnostics.rhat"
ESS, MCSE = "diagnostics.ess", "diagnostics.mcse_mean"


def _wave(C, T, shift=0, slow=0.0):
    """Draws made of waves, the same on every machine: no two are equal."""
    c, t = np.arange(1.0, C + 1)[:, None], np.arange(T)
    fast = np.sin(t * (1 + c / 7) + c + shift) + np.cos(0.37 * t * c + t**2 + shift)
    return fast + slow * np.sin(t / 3)


ALTERNATING = (-1.0) ** np.arange(30)
TIED = np.round(_wave(3, 40))
FROM_THE_MEDIAN = np.array([[0.0, 1, 2, 1, 2, 0], [0.0, -1, -2, -1, -2, 0]])
FEW_VALUES = np.array([[0.0, 2, 0, 0, 0, 0, 2, 1, 1, 2]])
FAR_START = _wave(2, 30) + 1e6 * (np.arange(30) == 0)
LAGS_RUN_OUT = np.array(
    [
        [
            1.36,
            0.21,
            -0.57,
            -1.04,
            -1.15,
            -0.49,
            -1.94,
            -0.29,
            -0.16,
            0.96,
            1.57,
            1.37,
            1.62,
            -0.53,
        ],
        [
            -0.35,
            -0.52,
            0.09,
            -0.61,
            0.22,
            -1.0,
            -1.24,
            -1.13,
            -0.28,
            -0.07,
            0.12,
            2.22,
            -0.34,
            -1.42,
        ],
    ]
)
# How the sum of autocorrelations may end: with an even lag above 0; with one below 0, of a pair
# below 0, after pairs that have or have not ended before; and at the last pair there is.
ENDS = (
    ("draws on a slow wave", _wave(1, 29, 48, slow=1.0)),
    ("draws on a slow wave, fewer of them", _wave(1, 26, 36, slow=1.0)),
    ("two chains on a slow wave", _wave(2, 25, 49, slow=1.0)),
    ("two chains that wander", LAGS_RUN_OUT),
)

trap(AUTOCOVARIANCE, "a single chain", draws=_wave(1, 12))
trap(AUTOCOVARIANCE, "a single draw in each chain", draws=np.array([[3.0], [4.0]]))
trap(AUTOCOVARIANCE, "an odd number of draws", draws=_wave(2, 7))
trap(AUTOCOVARIANCE, "chains far from zero", draws=1e4 + _wave(2, 16))
trap(RHAT, "a single chain", draws=_wave(1, 30))
trap(RHAT, "an odd number of draws", draws=_wave(3, 25) + np.linspace(0, 2, 25))
trap(RHAT, "four draws in each chain", draws=_wave(3, 4))
trap(RHAT, "four draws in one chain", draws=np.array([[0.1, 2.0, 3.5, 1.2]]))
trap(RHAT, "draws that repeat", draws=TIED)
trap(RHAT, "draws of few values", draws=FEW_VALUES)
trap(RHAT, "a first draw that is the median", draws=FROM_THE_MEDIAN)
trap(RHAT, "a start far away", draws=FAR_START)
trap(RHAT, "one chain is wider", draws=_wave(3, 40) * np.array([[1.0], [1.0], [5.0]]))
trap(
    RHAT, "one chain is elsewhere", draws=_wave(3, 40) + np.array([[0.0], [0.0], [4.0]])
)
trap(RHAT, "all chains drift alike", draws=_wave(3, 40) + np.linspace(0, 6, 40))
trap(ESS, "a single chain", draws=_wave(1, 30))
trap(ESS, "ten draws in each chain", draws=_wave(3, 10))
trap(ESS, "an odd number of draws", draws=_wave(3, 25) + np.linspace(0, 2, 25))
trap(ESS, "draws that repeat", draws=TIED)
trap(ESS, "draws of few values", draws=FEW_VALUES)
trap(ESS, "a start far away", draws=FAR_START)
trap(
    ESS, "one chain is elsewhere", draws=_wave(3, 40) + np.array([[0.0], [0.0], [4.0]])
)
trap(ESS, "antithetic draws", draws=_wave(3, 30) + 0.8 * ALTERNATING)
trap(ESS, "very antithetic draws", draws=0.2 * _wave(3, 30) + ALTERNATING)
trap(MCSE, "a single chain", draws=_wave(1, 30))
trap(MCSE, "an odd number of draws", draws=_wave(3, 25) + np.linspace(0, 2, 25))
trap(MCSE, "ten draws in each chain", draws=_wave(3, 10))
trap(MCSE, "a start far away", draws=FAR_START)
trap(MCSE, "antithetic draws", draws=_wave(3, 30) + 0.8 * ALTERNATING)
trap(MCSE, "very antithetic draws", draws=0.2 * _wave(3, 30) + ALTERNATING)
trap(
    MCSE, "one chain is elsewhere", draws=_wave(3, 40) + np.array([[0.0], [0.0], [4.0]])
)
for _words, _draws in ENDS:
    trap(ESS, _words, draws=_draws)
    trap(MCSE, _words, draws=_draws)


# --- autocovariance -------------------------------------------------------------------------------


def _products(x):
    """Of chains (C, T) the sums of products of entries t apart, for each t."""
    T = x.shape[1]
    return np.stack([(x[:, : T - t] * x[:, t:]).sum(axis=1) for t in range(T)], axis=1)


def _centred(draws):
    return draws - draws.mean(axis=1, keepdims=True)


@mistake(AUTOCOVARIANCE, "eq-diagnostics-autocovariance")
def divided_by_the_number_of_terms(draws):
    """Each sum is divided by its own number of terms, T - t.

    That has no bias if the mean is known. But at large lags few terms are left, and noise is all
    there is. Divide by T at every lag: what is uncertain is damped.
    """
    T = draws.shape[1]
    return _products(_centred(draws)) / (T - np.arange(T))


@mistake(AUTOCOVARIANCE, "eq-diagnostics-autocovariance")
def one_less_than_the_draws(draws):
    """The sums are divided by T - 1.

    np.var with ddof=1 does so, and R-hat needs it. Here the divisor is T, at lag 0 as elsewhere.
    """
    T = draws.shape[1]
    return _products(_centred(draws)) / np.float64(T - 1)


@mistake(AUTOCOVARIANCE, "eq-diagnostics-autocovariance")
def mean_of_all_chains(draws):
    """The mean of all chains is subtracted from each.

    Chains in different places then look dependent at every lag. Subtract each chain's own mean:
    draws.mean(axis=1, keepdims=True).
    """
    return _products(draws - draws.mean()) / draws.shape[1]


@mistake(AUTOCOVARIANCE, "eq-diagnostics-autocovariance")
def mean_not_subtracted(draws):
    """No mean is subtracted.

    The products are those of the draws themselves, so the square of the mean is in every entry.
    Subtract each chain's mean first.
    """
    return _products(draws) / draws.shape[1]


@mistake(AUTOCOVARIANCE, "eq-diagnostics-autocovariance")
def autocorrelation_instead(draws):
    """These are autocorrelations: each row is divided by its entry at lag 0.

    The autocovariance at lag 0 is the chain's variance, not 1. Leave the division out; several
    chains are averaged before it.
    """
    covariances = _products(_centred(draws))
    return covariances / covariances[:, :1]


@mistake(AUTOCOVARIANCE, "eq-diagnostics-autocovariance")
def end_meets_the_beginning(draws):
    """The transform takes the chain for a circle: its last draw is followed by its first.

    Append at least T - 1 zeros before the transform, np.fft.rfft(x, 2 * T), and keep the first T
    lags of the result.
    """
    T = draws.shape[1]
    power = np.abs(np.fft.fft(_centred(draws))) ** 2
    return np.fft.ifft(power).real / T


@mistake(AUTOCOVARIANCE, "eq-diagnostics-autocovariance")
def sums_not_divided(draws):
    """The sums of products are not divided by the number of draws.

    A covariance is an average, so that it does not grow with the length of the chain. Divide every
    sum by T.
    """
    return _products(_centred(draws))


@mistake(AUTOCOVARIANCE, "eq-diagnostics-autocovariance")
def lags_between_chains(draws):
    """The lag counts chains, not draws.

    Draws stand along the second axis: the product is of draws t apart in the same chain. Here
    draws of the same time in chains t apart are multiplied.
    """
    C, T = draws.shape
    result = np.zeros((C, T))
    result[...] = (_products(_centred(draws.T)) / C).T
    return result


@mistake(AUTOCOVARIANCE, "eq-diagnostics-autocovariance")
def largest_lag_first(draws):
    """The lags run backwards: the largest comes first.

    np.correlate with mode="full" begins at lag -(T - 1); lag 0 is in the middle of what it returns.
    Keep the second half.
    """
    return _products(_centred(draws))[:, ::-1] / draws.shape[1]


@mistake(AUTOCOVARIANCE, "eq-diagnostics-autocovariance")
def parts_centred_apart(draws):
    """Each of the two pieces that are multiplied is centred about its own mean.

    np.cov and np.corrcoef of x[:-t] and x[t:] do so. The mean that is subtracted is that of the
    whole chain, at every lag.
    """
    T = draws.shape[1]
    columns = []
    for t in range(T):
        early, late = _centred(draws[:, : T - t]), _centred(draws[:, t:])
        columns.append((early * late).sum(axis=1) / T)
    return np.stack(columns, axis=1)


# --- rhat -----------------------------------------------------------------------------------------


def _rhat(draws, chains=None, score=None, ratio=None, fold=None, join=max):
    """R-hat with a step exchanged."""
    chains = vectorized._halves(draws) if chains is None else chains
    score, ratio = score or vectorized._normal_scores, ratio or vectorized._ratio
    fold = fold or vectorized._folded
    with np.errstate(all="ignore"):
        return float(join(ratio(score(chains)), ratio(score(fold(chains)))))


def _parts(chains):
    """Chains' length, means (M,) and variances (M,)."""
    return chains.shape[1], chains.mean(axis=1), chains.var(axis=1, ddof=1)


def _as_ratio(pooled):
    """The ratio of chains from what they are pooled to, a function of n, means and variances."""

    def ratio(chains):
        n, means, variances = _parts(chains)
        return np.sqrt(pooled(n, means, variances) / variances.mean())

    return ratio


@mistake(RHAT, "eq-diagnostics-rhat")
def root_forgotten_in_rhat(draws):
    """The root is missing.

    The quotient compares variances. R-hat is its root: the factor by which the standard deviation
    could still shrink.
    """
    return _rhat(draws, join=lambda bulk, tail: max(bulk, tail) ** 2)


@mistake(RHAT, "eq-diagnostics-split")
def chains_not_split(draws):
    """The chains are not split.

    Chains that all drift alike agree with each other, but not with themselves: their first half
    differs from their second. Compare the halves.
    """
    return _rhat(draws, chains=draws)


@mistake(RHAT, "eq-diagnostics-split")
def every_other_draw(draws):
    """The chains are split into draws of even and of odd number.

    Each half then has draws from the whole run, and a drift does not show. Split at the middle:
    draws[:, :n] and draws[:, -n:].
    """
    n = draws.shape[1] // 2
    return _rhat(draws, chains=np.concatenate([draws[:, ::2][:, :n], draws[:, 1::2]]))


@mistake(RHAT, "eq-diagnostics-split")
def middle_draw_kept(draws):
    """Of an odd number of draws the middle one is kept, and the last is left out.

    With n = T // 2, draws[:, :n] and draws[:, -n:] are the halves. draws[:, n:2 * n] would have the
    middle draw, and not the last.
    """
    n = draws.shape[1] // 2
    return _rhat(draws, chains=np.concatenate([draws[:, :n], draws[:, n : 2 * n]]))


@mistake(RHAT, "eq-diagnostics-within")
def variance_divided_by_n(draws):
    """The variances within the chains are divided by n, not by n - 1.

    np.var divides by n unless it is told ddof=1. W is then too small, and R-hat too large.
    """
    return _rhat(
        draws,
        ratio=lambda chains: np.sqrt(
            vectorized._variances(chains)[2] / chains.var(axis=1).mean()
        ),
    )


@mistake(RHAT, "eq-diagnostics-between")
def means_divided_by_their_number(draws):
    """The squares of the means' deviations are divided by the number of chains.

    There is one less that is free: divide by the number of (half) chains minus 1, ddof=1.
    """
    return _rhat(
        draws, ratio=_as_ratio(lambda n, m, v: (n - 1) / n * v.mean() + m.var())
    )


@mistake(RHAT, "eq-diagnostics-between")
def between_not_divided_again(draws):
    """B is n times the variance of the means, and it enters without being divided by n.

    The pooled variance is (n - 1) / n W + B / n: of the means' variance there is one, not n.
    """
    return _rhat(
        draws,
        ratio=_as_ratio(lambda n, m, v: (n - 1) / n * v.mean() + n * m.var(ddof=1)),
    )


@mistake(RHAT, "eq-diagnostics-between")
def between_divided_twice(draws):
    """The variance of the means is divided by n.

    B is n times that variance, so B / n is the variance itself. Without the factor n in B, or
    divided again, hardly anything is left of the chains' differences.
    """
    return _rhat(
        draws,
        ratio=_as_ratio(lambda n, m, v: (n - 1) / n * v.mean() + m.var(ddof=1) / n),
    )


@mistake(RHAT, "eq-diagnostics-between")
def variance_of_the_variances(draws):
    """What lies between the chains is the variance of their variances, not of their means.

    W is the mean of the variances, B comes from the variance of the means. That chains have
    different widths is seen by folding.
    """
    return _rhat(
        draws,
        ratio=_as_ratio(lambda n, m, v: (n - 1) / n * v.mean() + v.var(ddof=1)),
    )


@mistake(RHAT, "eq-diagnostics-pooled")
def within_counted_whole(draws):
    """W is counted whole, not (n - 1) / n of it.

    The means of n draws vary by W / n even if the chains agree. That part of B / n is taken off W,
    so that the pooled variance is right on average.
    """
    return _rhat(draws, ratio=_as_ratio(lambda n, m, v: v.mean() + m.var(ddof=1)))


@mistake(RHAT, "eq-diagnostics-pooled")
def variance_of_all_draws(draws):
    """The pooled variance is that of all draws together.

    It divides by the number of all draws minus 1, as if the chains had one mean. The pooled
    variance weighs W and the variance of the means: (n - 1) / n W + B / n.
    """
    return _rhat(
        draws,
        ratio=lambda chains: np.sqrt(
            chains.var(ddof=1) / chains.var(axis=1, ddof=1).mean()
        ),
    )


@mistake(RHAT, "eq-diagnostics-pooled")
def factor_of_brooks_and_gelman(draws):
    """B is multiplied by (m + 1) / m, for m chains, as in Gelman & Rubin (1992).

    That accounts for the mean of m chains being uncertain. Vehtari et al. (2021), and the package,
    leave it out.
    """
    return _rhat(
        draws,
        ratio=_as_ratio(
            lambda n, m, v: (
                (n - 1) / n * v.mean() + m.var(ddof=1) * (len(m) + 1) / len(m)
            )
        ),
    )


@mistake(RHAT, "eq-diagnostics-rhat")
def rhat_upside_down(draws):
    """The fraction is upside down.

    The pooled variance is divided by the variance within the chains. The result grows as the chains
    move apart.
    """
    return _rhat(draws, join=lambda bulk, tail: 1 / np.float64(max(bulk, tail)))


@mistake(RHAT, "eq-diagnostics-rank")
def draws_not_ranked(draws):
    """The draws themselves are compared, not their normal scores.

    A few large draws make W so large that nothing else shows, and a variance need not exist. Ranks
    always have one.
    """
    return _rhat(draws, score=lambda chains: chains)


@mistake(RHAT, "eq-diagnostics-rank")
def ranked_within_each_chain(draws):
    """Each chain is ranked by itself.

    Then all chains have the same scores in another order, and nothing is between them. Rank all
    draws of all chains together.
    """
    return _rhat(
        draws,
        score=lambda chains: np.stack(
            [vectorized._normal_scores(c[None])[0] for c in chains]
        ),
    )


def _scored(chains, share, ranks=None):
    """Normal scores by another rule for the share below a rank."""
    flat = chains.ravel()
    ordered = np.sort(flat)
    low, high = (np.searchsorted(ordered, flat, side) for side in ("left", "right"))
    r = (low + high + 1) / 2 if ranks is None else ranks(flat)
    quantiles = [NormalDist().inv_cdf(float(p)) for p in share(r, flat.size)]
    return np.reshape(quantiles, chains.shape)


def _share(r, S):
    return (r - 3 / 8) / (S + 1 / 4)


def _in_order_of_place(flat):
    return flat.argsort(kind="stable").argsort() + 1.0


@mistake(RHAT, "eq-diagnostics-rank")
def equal_draws_ranked_apart(draws):
    """Equal draws get different ranks, in the order in which they stand.

    Draws that stand first then count as smaller, so that the chains seem to differ. Equal draws
    share the mean of their ranks.
    """
    return _rhat(
        draws, score=lambda chains: _scored(chains, _share, _in_order_of_place)
    )


@mistake(RHAT, "eq-diagnostics-normal-score")
def shares_not_transformed(draws):
    """The shares are used as they are, without the normal quantile function.

    Ranks alone are uniform: the tails count for little. A normal score is the quantile of a
    standard normal distribution at the share.
    """

    def uniform(chains):
        flat = chains.ravel()
        ordered = np.sort(flat)
        low, high = (np.searchsorted(ordered, flat, side) for side in ("left", "right"))
        return _share((low + high + 1) / 2, flat.size).reshape(chains.shape)

    return _rhat(draws, score=uniform)


@mistake(RHAT, "eq-diagnostics-normal-score")
def half_a_rank_subtracted(draws):
    """The share is (r - 1/2) / S.

    It is one of several rules. This one is Blom's (1958), which is closest to what a normal sample
    has on average: (r - 3/8) / (S + 1/4).
    """
    return _rhat(draws, score=lambda x: _scored(x, lambda r, S: (r - 0.5) / S))


@mistake(RHAT, "eq-diagnostics-normal-score")
def one_more_in_all(draws):
    """The share is r / (S + 1).

    It is one of several rules. This one is Blom's (1958), which is closest to what a normal sample
    has on average: (r - 3/8) / (S + 1/4).
    """
    return _rhat(draws, score=lambda x: _scored(x, lambda r, S: r / (S + 1)))


@mistake(RHAT, "eq-diagnostics-folded")
def not_folded(draws):
    """Nothing is folded: only where the chains lie is compared.

    A chain that is three times as wide as the others has the same mean. Compute the same number of
    the distances from the median, and return the larger of the two.
    """
    return _rhat(draws, join=lambda bulk, tail: bulk)


@mistake(RHAT, "eq-diagnostics-rhat-rank")
def folded_alone(draws):
    """Only the folded draws are compared: how wide the chains are, not where they lie.

    Two chains on both sides of the median have the same distances from it. Return the larger of the
    two numbers.
    """
    return _rhat(draws, join=lambda bulk, tail: tail)


@mistake(RHAT, "eq-diagnostics-rhat-rank")
def smaller_of_the_two(draws):
    """The smaller of the two is returned.

    Each sees a fault that the other does not. One of them is enough to distrust the draws: return
    the larger.
    """
    return _rhat(draws, join=min)


@mistake(RHAT, "eq-diagnostics-rhat-rank")
def mean_of_the_two(draws):
    """The two are averaged.

    Each sees a fault that the other does not, and the average hides half of it. Return the larger.
    """
    return _rhat(draws, join=lambda bulk, tail: (bulk + tail) / 2)


@mistake(RHAT, "eq-diagnostics-folded")
def folded_about_the_mean(draws):
    """The draws are folded about their mean.

    A few draws far away move the mean, and then hardly any draw is near it. Take the distance from
    the median of all draws.
    """
    return _rhat(draws, fold=lambda chains: np.abs(chains - chains.mean()))


@mistake(RHAT, "eq-diagnostics-folded")
def folded_about_each_median(draws):
    """Each chain is folded about its own median.

    The distances are then those within a chain, and a chain elsewhere looks like the others. Take
    the median of all draws.
    """
    return _rhat(
        draws,
        fold=lambda chains: np.abs(chains - np.median(chains, axis=1, keepdims=True)),
    )


@mistake(RHAT, "eq-diagnostics-folded")
def scores_folded(draws):
    """The scores are folded, and not ranked again.

    Fold the draws first, then rank the distances: their scores are normal, those of folded scores
    are not.
    """
    z = vectorized._normal_scores(vectorized._halves(draws))
    return float(max(vectorized._ratio(z), vectorized._ratio(np.abs(z))))


@mistake(RHAT, "eq-diagnostics-split")
def axes_exchanged_in_rhat(draws):
    """Draws and chains are mixed up: the array was reshaped instead of transposed.

    reshape(T, C) does not exchange the axes. It deals the draws of one chain out to several, which
    then agree.
    """
    return _rhat(draws.reshape(draws.shape[::-1]).T)


# --- ess ------------------------------------------------------------------------------------------


def _scores(draws):
    return vectorized._normal_scores(vectorized._halves(draws))


def _rho(chains):
    """Autocorrelations (n,) of chains."""
    within, _, pooled = vectorized._variances(chains)
    rho = 1 - (within - vectorized.autocovariance(chains).mean(axis=0)) / pooled
    rho[0] = 1
    return rho


def _summed(rho, monotone=True, last=True):
    """1 + 2 times the sum of the autocorrelations, by Geyer's rule or without a part of it."""
    n_pairs = (len(rho) - 1) // 2
    even = rho[: 2 * n_pairs : 2]
    pairs = even + rho[1 : 2 * n_pairs : 2]
    ends = pairs <= 0
    ends[-1] = True
    K = int(np.argmax(ends))
    kept = np.minimum.accumulate(pairs[:K]) if monotone else pairs[:K]
    rest = even[K] if even[K] > 0 or pairs[K] >= 0 else 0.0
    return -1 + 2 * kept.sum() + (rest if last else 0.0)


def _size(tau, S, cap=None):
    return float(S / max(tau, 1 / np.log10(S) if cap is None else cap))


def _worth(chains, **options):
    return _size(_summed(_rho(chains), **options), chains.size)


@mistake(ESS, "eq-diagnostics-tau")
def all_lags_summed(draws):
    """All lags are summed, to the end of the chain.

    At large lags the autocorrelations are noise around zero, and there are many of them: the sum
    says nothing, and may be negative. Stop at the first pair that is not positive.
    """
    z = _scores(draws)
    return _size(-1 + 2 * _rho(z).sum(), z.size)


@mistake(ESS, "eq-diagnostics-split")
def ess_of_whole_chains(draws):
    """The chains are not split.

    A drift along the whole run is then taken for a slow autocorrelation, at best. With halves it is
    a difference between chains, which the pooled variance has in it.
    """
    return _worth(vectorized._normal_scores(draws))


@mistake(ESS, "eq-diagnostics-split")
def middle_draw_in_a_half(draws):
    """Of an odd number of draws the middle one is kept, and the last is left out.

    With n = T // 2, draws[:, :n] and draws[:, -n:] are the halves. draws[:, n:2 * n] would have the
    middle draw, and not the last.
    """
    n = draws.shape[1] // 2
    halves = np.concatenate([draws[:, :n], draws[:, n : 2 * n]])
    return _worth(vectorized._normal_scores(halves))


@mistake(ESS, "eq-diagnostics-rank")
def ess_without_ranks(draws):
    """The draws themselves are used, not their normal scores.

    That is the size for their mean, kind="mean". For the bulk they are ranked first, so that a few
    large draws do not decide.
    """
    return vectorized.ess(draws, "mean")


@mistake(ESS, "eq-diagnostics-rank")
def ess_with_equal_draws_apart(draws):
    """Equal draws get different ranks, in the order in which they stand.

    Draws that stand first then count as smaller, so that the chains seem to drift. Equal draws
    share the mean of their ranks.
    """
    halves = vectorized._halves(draws)
    return _worth(_scored(halves, _share, _in_order_of_place))


@mistake(ESS, "eq-diagnostics-rank")
def ess_ranked_within_each_chain(draws):
    """Each half is ranked by itself.

    Then all have the same scores in another order, and no difference between chains is left. Rank
    all draws together.
    """
    halves = vectorized._halves(draws)
    return _worth(np.stack([vectorized._normal_scores(c[None])[0] for c in halves]))


@mistake(ESS, "eq-diagnostics-ess-tail")
def tail_unasked(draws):
    """This is the size for the tails.

    It is that of the 5 and 95 % quantiles. The default is the bulk, whose draws are ranked, not
    compared with a quantile.
    """
    return vectorized.ess(draws, "tail")


@mistake(ESS, "eq-diagnostics-geyer-pair")
def first_negative_lag(draws):
    """The sum ends at the first lag that is not positive.

    Of a reversible chain the sums of two neighbouring lags are positive, the single lags need not
    be: of an antithetic one every other is negative. Look at the pairs of lags 2 k and 2 k + 1.
    """
    z = _scores(draws)
    rho = _rho(z)
    K = int(np.argmax(np.append(rho <= 0, True)))
    return _size(-1 + 2 * rho[:K].sum(), z.size)


@mistake(ESS, "eq-diagnostics-geyer-pair")
def pairs_shifted_by_one(draws):
    """The pairs begin with lags 1 and 2.

    It is lags 2 k and 2 k + 1 whose sum is positive, beginning with 0 and 1. The sum of lags 1 and
    2 is negative if neighbours lie on opposite sides of the mean.
    """
    z = _scores(draws)
    rho = _rho(z)
    n_pairs = (len(rho) - 1) // 2
    pairs = rho[1 : 2 * n_pairs : 2] + rho[2 : 2 * n_pairs + 1 : 2]
    K = int(np.argmax(np.append(pairs <= 0, True)))
    return _size(1 + 2 * np.minimum.accumulate(pairs[:K]).sum(), z.size)


@mistake(ESS, "eq-diagnostics-geyer-monotone")
def pairs_may_rise(draws):
    """The sums of pairs may rise again.

    Of a reversible chain they fall with the lag. A pair above the one before it is noise: replace
    it by the smallest so far, np.minimum.accumulate.
    """
    return _worth(_scores(draws), monotone=False)


@mistake(ESS, "eq-diagnostics-tau")
def last_even_lag_forgotten(draws):
    """The even lag of the pair that ends the sum is left out.

    If it is positive it counts once. Of chains whose neighbours lie on opposite sides of the mean
    it makes a large difference.
    """
    return _worth(_scores(draws), last=False)


@mistake(ESS, "eq-diagnostics-tau")
def factor_two_forgotten_in_tau(draws):
    """The autocorrelations are counted once.

    Each pair of draws is two terms of the variance of the sum: (i, j) and (j, i). So each lag but 0
    counts twice.
    """
    z = _scores(draws)
    return _size((1 + _summed(_rho(z))) / 2, z.size)


@mistake(ESS, "eq-diagnostics-tau")
def lag_zero_counted_twice(draws):
    """Lag 0 is counted twice.

    It is each draw with itself, which occurs once: 1 is to be subtracted from twice the sum that
    begins with lag 0.
    """
    z = _scores(draws)
    return _size(1 + _summed(_rho(z)), z.size)


@mistake(ESS, "eq-diagnostics-cap")
def capped_at_the_draws(draws):
    """The size is cut off at the number of draws.

    It may be larger, and rightly so: where neighbours lie on opposite sides of the mean, their
    errors cancel. Only above S log10 S it is not believed.
    """
    z = _scores(draws)
    return _size(_summed(_rho(z)), z.size, cap=1.0)


@mistake(ESS, "eq-diagnostics-cap")
def no_cap(draws):
    """There is no cap.

    The estimate of tau may come out near zero, or below, if neighbours lie on opposite sides of the
    mean; the size is then anything. No more than S log10 S is believed.
    """
    z = _scores(draws)
    with np.errstate(divide="ignore"):
        return float(z.size / np.float64(_summed(_rho(z))))


@mistake(ESS, "eq-diagnostics-cap")
def cap_with_the_natural_logarithm(draws):
    """The cap has the natural logarithm.

    tau is at least 1 / log10(S), with the logarithm to the base 10. np.log is 2.3 times as large.
    """
    z = _scores(draws)
    return _size(_summed(_rho(z)), z.size, cap=1 / math.log(z.size))


@mistake(ESS, "eq-diagnostics-autocorrelation")
def only_within_the_chains(draws):
    """The autocorrelations are those within the chains alone.

    Divided by the autocovariance at lag 0 they do not know that the chains lie in different places.
    Subtract (W - autocovariance) / pooled variance from 1.
    """
    z = _scores(draws)
    covariances = vectorized.autocovariance(z).mean(axis=0)
    return _size(_summed(covariances / covariances[0]), z.size)


@mistake(ESS, "eq-diagnostics-within")
def within_divided_by_n(draws):
    """The variance within the chains is the autocovariance at lag 0, over n instead of n - 1.

    W is the mean of the chains' variances, each with ddof=1: n / (n - 1) times that. Otherwise the
    autocorrelations are too large.
    """
    z = _scores(draws)
    pooled = vectorized._variances(z)[2]
    covariances = vectorized.autocovariance(z).mean(axis=0)
    rho = 1 - (covariances[0] - covariances) / pooled
    return _size(_summed(rho), z.size)


@mistake(ESS, "eq-diagnostics-ess")
def sizes_of_the_chains_added(draws):
    """Each half has a size of its own, and these are added.

    Chains in different places add up to many draws, although together they say little. The
    autocorrelations are averaged over the chains first, beside the pooled variance.
    """
    z = _scores(draws)
    sizes = []
    for chain in z:
        covariances = vectorized.autocovariance(chain[None])[0]
        with np.errstate(all="ignore"):
            rho = covariances / covariances[0]
        sizes.append(_size(_summed(rho), chain.size))
    return float(sum(sizes))


@mistake(ESS, "eq-diagnostics-ess")
def draws_of_one_chain(draws):
    """The number of draws in one chain is divided, not that of all.

    The autocorrelations are those of all chains together, so S counts the draws of all of them, not
    those of one.
    """
    return _worth(_scores(draws)) / len(draws)


@mistake(ESS, "eq-diagnostics-ess")
def share_instead_of_size(draws):
    """This is the share of the draws that count.

    It tells how well the sampler mixes. The effective sample size is a number of draws: multiply by
    S, the number of all draws.
    """
    z = _scores(draws)
    return _worth(z) / z.size


@mistake(ESS, "eq-diagnostics-ess")
def time_instead_of_size(draws):
    """This is tau, the number of draws that are worth one.

    It is large where the sampler mixes slowly. The effective sample size is small there: divide the
    number of all draws by it.
    """
    z = _scores(draws)
    return z.size / _worth(z)


@mistake(ESS, "eq-diagnostics-tau")
def first_order_formula(draws):
    """The size is that of an autoregressive chain of first order, from lag 1 alone.

    S (1 - rho) / (1 + rho) is right if the autocorrelations are powers of the first. Of other
    chains it is not: sum them.
    """
    z = _scores(draws)
    first = _rho(z)[1]
    return _size((1 + first) / np.float64(1 - first), z.size)


@mistake(ESS, "eq-diagnostics-split")
def axes_exchanged_in_ess(draws):
    """Draws and chains are mixed up: the array was reshaped instead of transposed.

    reshape(T, C) does not exchange the axes. It deals the draws of one chain out to several, so
    that neighbours are no longer neighbours.
    """
    return _worth(_scores(draws.reshape(draws.shape[::-1]).T))


# --- mcse_mean ------------------------------------------------------------------------------------


def _sd(draws):
    return float((draws - draws[0, 0]).std(ddof=1))


def _mean_size(draws):
    return vectorized.ess(draws, "mean")


@mistake(MCSE, "eq-diagnostics-mcse")
def draws_taken_for_independent(draws):
    """The standard deviation is divided by the root of the number of draws.

    That is right for independent draws. Neighbours in a chain resemble each other: divide by the
    root of the effective sample size.
    """
    return _sd(draws) / math.sqrt(draws.size)


@mistake(MCSE, "eq-diagnostics-mcse")
def size_of_the_bulk(draws):
    """The effective sample size is that of the ranked draws.

    The standard error is one of the mean of the draws as they are, in their own unit. So use
    kind="mean", which ranks nothing.
    """
    return _sd(draws) / math.sqrt(vectorized.ess(draws))


@mistake(MCSE, "eq-diagnostics-mcse")
def size_of_the_tails(draws):
    """The effective sample size is that of the tails.

    It says how well the 5 and 95 % quantiles are known. The standard error is one of the mean: use
    kind="mean".
    """
    return _sd(draws) / math.sqrt(vectorized.ess(draws, "tail"))


@mistake(MCSE, "eq-diagnostics-mcse")
def root_of_the_size_forgotten(draws):
    """The standard deviation is divided by the effective sample size, not by its root.

    The variance of a mean falls as 1 / ESS, so the standard error falls as its root.
    """
    return _sd(draws) / _mean_size(draws)


@mistake(MCSE, "eq-diagnostics-mcse")
def variance_of_the_mean(draws):
    """This is the square of the standard error, the variance of the mean.

    It has the square of the draws' unit. Take the root, so that it can be put beside the mean.
    """
    return _sd(draws) ** 2 / _mean_size(draws)


@mistake(MCSE, "eq-diagnostics-mcse")
def deviation_over_all_draws(draws):
    """The variance of the draws is divided by their number, not by one less.

    The mean is estimated from the same draws, so that one of the deviations is not free. np.std
    needs ddof=1.
    """
    return float((draws - draws[0, 0]).std()) / math.sqrt(_mean_size(draws))


@mistake(MCSE, "eq-diagnostics-mcse")
def deviation_forgotten(draws):
    """The standard deviation of the draws is missing.

    1 / sqrt(ESS) is the standard error in units of it. Multiply by the standard deviation.
    """
    return 1 / math.sqrt(_mean_size(draws))


@mistake(MCSE, "eq-diagnostics-mcse")
def error_of_one_chain(draws):
    """The effective sample size is divided by the number of chains.

    The mean is one over all chains, and so is the size. The error of one chain's mean is larger.
    """
    return _sd(draws) / math.sqrt(_mean_size(draws) / len(draws))


@mistake(MCSE, "eq-diagnostics-mcse")
def deviation_within_chains(draws):
    """The standard deviation is that within the chains.

    If the chains lie in different places, that is too small. Take the standard deviation of all
    draws about their common mean.
    """
    within = np.mean((draws - draws[:, :1]).var(axis=1, ddof=1))
    return math.sqrt(within / _mean_size(draws))


@mistake(MCSE, "eq-diagnostics-mcse")
def spread_of_the_chain_means(draws):
    """The error is taken from the spread of the halves' means.

    They are few, so their variance is hardly known; and chains that are stuck in one place agree by
    mistake. Use all the draws and their autocorrelations.
    """
    means = vectorized._halves(draws - draws[0, 0]).mean(axis=1)
    return float(means.std(ddof=1)) / math.sqrt(len(means))


@mistake(MCSE, "eq-diagnostics-split")
def error_without_splitting(draws):
    """The effective sample size is that of whole chains.

    `ess` compares halves, so that a drift is seen. Then the standard error is larger, as it should
    be.
    """
    return _sd(draws) / math.sqrt(_worth(draws))


@mistake(MCSE, "eq-diagnostics-cap")
def error_capped_at_the_draws(draws):
    """The effective sample size is cut off at the number of draws.

    It may be larger: if neighbours lie on opposite sides of the mean, their errors cancel, and the
    mean is known better than from independent draws.
    """
    halves = vectorized._halves(draws)
    return _sd(draws) / math.sqrt(_size(_summed(_rho(halves)), halves.size, cap=1.0))
