"""Mistakes in drawing from a distribution, and in weighting draws."""

import math

import numpy as np

from emlib.exercises.mistakes import mistake, trap
from emlib.sampling import Alias, vectorized

INVERSE, TABLE, DRAW = (
    "sampling.inverse_cdf",
    "sampling.alias_table",
    "sampling.alias_draw",
)
NORMAL, REJECTION = "sampling.box_muller", "sampling.rejection"
WEIGHTS, ESS = "sampling.log_weights", "sampling.effective_sample_size"
SYSTEMATIC, PARETO = "sampling.systematic", "sampling.pareto_smooth"

trap(
    INVERSE,
    "a function that is flat, and u on the flat part",
    u=np.array([0.0, 0.5, 1.0]),
    x=np.array([0.0, 1.0, 2.0, 3.0, 4.0]),
    cdf=np.array([0.0, 0.0, 0.5, 0.5, 1.0]),
)
trap(
    INVERSE,
    "a function that jumps",
    u=np.array([0.25, 0.5, 0.75]),
    x=np.array([0.0, 1.0, 1.0, 2.0]),
    cdf=np.array([0.0, 0.25, 0.75, 1.0]),
)
trap(TABLE, "a weight that is zero", weights=np.array([0.0, 3.0, 1.0]))
trap(TABLE, "weights that are equal", weights=np.array([2.0, 2.0, 2.0, 2.0]))
trap(TABLE, "one category that has all the weight", weights=np.array([4.0, 0, 0, 0]))
trap(TABLE, "a single light category", weights=np.array([2.0, 2.0, 2.0, 1.0, 3.0]))
trap(
    TABLE,
    "weights equal to their mean among others",
    weights=np.array([0, 1, 0, 2, 1, 3, 0, 0, 3, 0], dtype=float),
)
trap(
    DRAW,
    "a category without weight, and v = 0",
    table=Alias(np.array([0.0, 1.0]), np.array([1, 1])),
    u=np.array([0.0, 0.5]),
    v=np.array([0.0, 0.0]),
)
trap(NORMAL, "a u that is zero", u=np.array([[0.0, 0.3], [0.5, 0.0]]))
trap(
    REJECTION,
    "a target that is zero where u is zero, too",
    log_target=np.array([-np.inf, -1.0]),
    log_proposal=np.array([-1.0, -1.0]),
    log_bound=0.5,
    u=np.array([0.0, 0.0]),
)
trap(
    REJECTION,
    "a u that is tiny, and one at the bound",
    log_target=np.array([math.log(1e-7), math.log(1e-7), math.log(0.5)]),
    log_proposal=np.zeros(3),
    log_bound=0.0,
    u=np.array([2e-7, 0.5e-7, 0.5]),
)
trap(
    ESS,
    "weights beyond the range of doubles",
    log_weights=np.array([1000.0, 1000.0, 999.0]),
)
trap(
    ESS,
    "weights that all underflow",
    log_weights=np.array([-1000.0, -1001.0, -np.inf]),
)
trap(SYSTEMATIC, "a first weight of zero, and u = 0", weights=np.arange(3.0), u=0.0)
trap(
    SYSTEMATIC,
    "a last weight of zero, and u just below 1",
    weights=np.array([0.1, 0.1, 0.1, 0.0]),
    u=1 - 2**-53,
)
trap(PARETO, "too few weights for a tail", log_weights=np.linspace(-3.0, 0.0, 8) ** 3)
trap(PARETO, "weights that hardly differ", log_weights=np.linspace(0, 1e-13, 300))
trap(PARETO, "weights with a short tail", log_weights=np.log(np.linspace(0.1, 1, 300)))
trap(
    PARETO,
    "weights over hundreds of orders of magnitude",
    log_weights=np.linspace(-2000.0, 0.0, 500),
)


# --- inverse_cdf ----------------------------------------------------------------------------------


def _place(u, cdf):
    """The last entry of the table that is not above u, and the one after it."""
    m = np.searchsorted(cdf, u, side="right") - 1
    return m, np.minimum(m + 1, len(cdf) - 1)


@mistake(INVERSE, "eq-inverse-table")
def entry_below(u, x, cdf):
    """There is no interpolation: each draw is the entry of the table to its left.

    The draws can then be table points alone. Go on from x[m] by the share of the step in `cdf`
    that u has covered.
    """
    return x[_place(u, cdf)[0]]


@mistake(INVERSE, "eq-inverse-table")
def entry_above(u, x, cdf):
    """There is no interpolation: each draw is the entry of the table to its right.

    That is right for a discrete variable. Here the function is linear between the entries, so the
    draw lies between two of them.
    """
    return x[_place(u, cdf)[1]]


@mistake(INVERSE, "eq-inverse-table")
def function_instead_of_inverse(u, x, cdf):
    """The function is evaluated, not inverted.

    This looks u up among the x and returns a probability. Look it up in `cdf` and return an x.
    """
    return np.interp(u, x, cdf)


@mistake(INVERSE, "eq-inverse-table")
def middle_of_the_step(u, x, cdf):
    """Each draw is the middle between two entries of the table.

    The middle is right on average, but no draw can lie anywhere else. Use the share of the step
    that u has covered instead of one half.
    """
    m, after = _place(u, cdf)
    return (x[m] + x[after]) / 2


@mistake(INVERSE, "eq-inverse-table")
def uniform_over_the_table(u, x, cdf):
    """The draws are uniform between the ends of the table.

    `cdf` is not used. Where it is steep many draws must lie close together, and where it is flat
    there must be none.
    """
    return x[0] + u * (x[-1] - x[0])


@mistake(INVERSE, "eq-inverse-table")
def share_from_the_other_end(u, x, cdf):
    """The share is taken from the other end of the step.

    At u = cdf[m] the draw is x[m]; here it is x[m + 1], and it moves back as u grows.
    """
    m, after = _place(u, cdf)
    rise = cdf[after] - cdf[m]
    share = np.divide(u - cdf[m], rise, out=np.zeros(len(u)), where=rise > 0)
    return np.where(rise > 0, x[after] - share * (x[after] - x[m]), x[after])


@mistake(INVERSE, "eq-inverse-table")
def cumulated_twice(u, x, cdf):
    """The table is added up once more.

    `cdf` is a distribution function already: it has the sums. Only probabilities have to be added
    up.
    """
    total = np.cumsum(cdf)
    return np.interp(u, total / total[-1], x)


@mistake(INVERSE, "eq-inverse-table")
def left_end_of_a_flat_part(u, x, cdf):
    """On a flat part of the function the draw is its left end.

    There is no probability on a flat part. So u = 0, which does occur, must not lead to a point
    before everything that is possible: look for where `cdf` begins to exceed u
    (np.searchsorted with side="right").
    """
    m = np.minimum(np.searchsorted(cdf, u, side="left"), len(cdf) - 1)
    before = np.maximum(m - 1, 0)
    rise = cdf[m] - cdf[before]
    share = np.divide(u - cdf[before], rise, out=np.zeros(len(u)), where=rise > 0)
    return x[before] + share * (x[m] - x[before])


# --- alias_table ----------------------------------------------------------------------------------


def _swept(weights, lost=None, hand_on=True):
    """The sweep, with a mistake in what a heavy category loses or in whether it gives up."""
    K = len(weights)
    heights = K * weights / weights.sum()
    left = heights.copy()
    shares, aliases = np.ones(K), np.arange(K)
    light, heavy = list(np.flatnonzero(heights < 1)), np.flatnonzero(heights >= 1)
    for j, k in enumerate(heavy):
        while light and (left[k] > 1 or j == len(heavy) - 1):
            i = light.pop(0)
            shares[i], aliases[i] = heights[i], k
            left[k] -= 1 - heights[i] if lost is None else lost(heights[i])
        if hand_on and left[k] < 1 and j < len(heavy) - 1:
            shares[k], aliases[k] = max(left[k], 0.0), heavy[j + 1]
            left[heavy[j + 1]] -= 1 - left[k]
    return Alias(shares, aliases)


def _stacks(weights):
    """The table of Vose (1991), which takes from the ends of two lists."""
    K = len(weights)
    heights = K * weights / weights.sum()
    shares, aliases = np.ones(K), np.arange(K)
    light, heavy = list(np.flatnonzero(heights < 1)), list(np.flatnonzero(heights >= 1))
    while light and heavy:
        i, k = light.pop(), heavy.pop()
        shares[i], aliases[i] = heights[i], k
        heights[k] -= 1 - heights[i]
        (light if heights[k] < 1 else heavy).append(k)
    return Alias(shares, aliases)


@mistake(TABLE, "eq-alias-light", "probabilities")
def probabilities_instead_of_heights(weights):
    """The weights are divided by their sum, and not multiplied by K.

    A column is as high as the mean weight. In units of it the heights add up to K, so that some are
    above 1. Probabilities never are, and then no column has anything to give.
    """
    return weights / weights.sum()


@mistake(TABLE, "eq-alias-light", "probabilities")
def share_of_the_alias(weights):
    """The share belongs to the alias, not to the category itself.

    `probabilities` is the part of a column that its own category has; the alias has the rest.
    """
    return 1 - _swept(weights).probabilities


@mistake(TABLE, "eq-alias-heavy", "probabilities", "aliases")
def heavy_keep_their_columns(weights):
    """A heavy category that has given its surplus away keeps its whole column.

    With its last gift it may fall below one column. Then it is light itself: its share is what it
    has left, and the next heavy category fills the rest.
    """
    return _swept(weights, hand_on=False)


@mistake(TABLE, "eq-alias-heavy", "probabilities", "aliases")
def heavy_lose_the_height(weights):
    """A heavy category loses what the light one has, not what it lacks.

    The column of a light category of height h has room for 1 - h. That is what the heavy category
    gives.
    """
    return _swept(weights, lost=lambda height: height)


@mistake(TABLE, "eq-alias-heavy", "probabilities", "aliases")
def another_right_table(weights):
    """The table represents the weights, but it is not the one that was asked for.

    Draws from it are right. There are many such tables; this one takes from the ends of two lists,
    as Vose (1991) does. Here light and heavy categories are taken from the left.
    """
    return _stacks(weights)


@mistake(TABLE, "eq-alias-light", "aliases")
def alias_is_the_heaviest(weights):
    """Every light column is filled by the heaviest category.

    It may not have enough. Each heavy category gives only what it has above one column; then the
    next one does.
    """
    heights = weights / weights.mean()
    return np.where(heights < 1, weights.argmax(), np.arange(len(weights)))


@mistake(TABLE, "eq-alias-light", "aliases")
def number_among_the_heavy(weights):
    """The alias is the number among the heavy categories, not the category.

    The position in the list of heavy categories is not the category's number: look it up in the
    list.
    """
    aliases = _swept(weights).aliases
    heavy = np.flatnonzero(weights / weights.mean() >= 1)
    own = aliases == np.arange(len(weights))
    return np.where(own, aliases, np.searchsorted(heavy, aliases))


@mistake(TABLE, "eq-alias-heavy", "probabilities")
def left_over_without_a_share(weights):
    """The columns that are left over in the end have the share 0.

    The last heavy category keeps its whole column, and rounding can leave others over, too. Nothing
    fills them up, so their share is 1: begin with an array of ones, not of zeros.
    """
    table = _swept(weights)
    full = table.aliases == np.arange(len(weights))
    return np.where(full, 0.0, table.probabilities)


@mistake(TABLE, "eq-alias-heavy", "aliases")
def left_over_to_the_first(weights):
    """The columns that are left over in the end have the alias 0.

    The last heavy category keeps its whole column, and rounding can leave others over, too. With a
    share that is a little below 1 the first category would be drawn there: let each be its own
    alias.
    """
    table = _swept(weights)
    return np.where(table.probabilities == 1, 0, table.aliases)


# --- alias_draw -----------------------------------------------------------------------------------


@mistake(DRAW, "eq-alias-draw")
def alias_below_the_share(table, u, v):
    """The alias is drawn where v is below the share.

    The share is the category's own: below it the column itself is drawn, and above it the alias.
    """
    k = np.floor(u * len(table.aliases)).astype(int)
    return np.where(v < table.probabilities[k], table.aliases[k], k)


@mistake(DRAW, "eq-alias-draw")
def column_alone(table, u, v):
    """The column is drawn, and its alias never.

    All categories are then equally frequent. Compare v with the share of the column.
    """
    return np.floor(u * len(table.aliases)).astype(int)


@mistake(DRAW, "eq-alias-draw")
def same_number_twice(table, u, v):
    """The number that picks the column is used for the share, too.

    Within column k, u runs from k / K to (k + 1) / K alone. So the choice within the column is not
    free. Use v, or the part of u K behind the point.
    """
    k = np.floor(u * len(table.aliases)).astype(int)
    return np.where(u < table.probabilities[k], k, table.aliases[k])


@mistake(DRAW, "eq-alias-draw")
def column_rounded(table, u, v):
    """The column is u K rounded to the nearest number.

    The first and the last column are then half as wide as the others, or there is one too many.
    Round down.
    """
    K = len(table.aliases)
    k = np.minimum(np.rint(u * K).astype(int), K - 1)
    return np.where(v < table.probabilities[k], k, table.aliases[k])


@mistake(DRAW, "eq-alias-draw")
def share_may_be_zero(table, u, v):
    """A category without weight is drawn when v is 0.

    v = 0 does occur. Compare with v < share, not with v <= share: nothing is below a share of zero.
    """
    k = np.floor(u * len(table.aliases)).astype(int)
    return np.where(v <= table.probabilities[k], k, table.aliases[k])


# --- box_muller -----------------------------------------------------------------------------------


def _polar(radius, angle):
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _radius(u):
    return np.sqrt(-2 * np.log1p(-u[:, 0]))


@mistake(NORMAL, "eq-box-muller-radius")
def logarithm_of_zero(u):
    """The radius is taken from u itself, which may be 0.

    The distribution is the same, for 1 - u is uniform, too. But u = 0 occurs, and its logarithm is
    infinite. 1 - u is never 0.
    """
    with np.errstate(divide="ignore"):
        radius = np.sqrt(-2 * np.log(u[:, 0]))
    with np.errstate(invalid="ignore"):
        return _polar(radius, 2 * math.pi * u[:, 1])


@mistake(NORMAL, "eq-box-muller-radius")
def root_forgotten(u):
    """The square of the radius stands where the radius belongs.

    -2 log(1 - u) is the squared radius. Take its root, and multiply that by the cosine and the sine
    of the angle.
    """
    return _polar(_radius(u) ** 2, 2 * math.pi * u[:, 1])


@mistake(NORMAL, "eq-box-muller-radius")
def factor_two_forgotten(u):
    """The factor 2 before the logarithm is missing.

    The density of the squared radius falls by exp(-r^2 / 2). Without the factor the variance is one
    half.
    """
    return _polar(_radius(u) / math.sqrt(2), 2 * math.pi * u[:, 1])


@mistake(NORMAL, "eq-box-muller")
def half_a_turn(u):
    """The angle covers half a turn.

    Then the second coordinate is never negative. A full turn is 2 pi: multiply the second number by
    that.
    """
    return _polar(_radius(u), math.pi * u[:, 1])


@mistake(NORMAL, "eq-box-muller")
def angle_in_degrees(u):
    """The angle is in degrees.

    np.cos and np.sin take radians, so that a full turn is 2 pi, not 360. Multiply the second number
    by 2 pi.
    """
    return _polar(_radius(u), 360 * u[:, 1])


@mistake(NORMAL, "eq-box-muller")
def columns_exchanged(u):
    """The second column makes the radius, and the first the angle.

    The draws are as good. But the function is to take the radius from the first column, so that a
    run can be replayed.
    """
    return _polar(_radius(u[:, ::-1]), 2 * math.pi * u[:, 0])


# --- rejection ------------------------------------------------------------------------------------


def _accepted(log_height, log_ratio, log_target):
    return (log_target > -np.inf) & (log_height <= log_ratio)


def _log(u):
    with np.errstate(divide="ignore"):
        return np.log(u)


@mistake(REJECTION, "eq-rejection")
def uniform_beside_logarithm(log_target, log_proposal, log_bound, u):
    """u is compared with a logarithm.

    One side is a number between 0 and 1, the other the logarithm of such a number, which is never
    positive. So nothing is accepted, or hardly anything. Take the logarithm of u.
    """
    return _accepted(u, log_target - log_proposal - log_bound, log_target)


@mistake(REJECTION, "eq-rejection")
def bound_forgotten(log_target, log_proposal, log_bound, u):
    """The bound is missing.

    Where the target exceeds the proposal everything is accepted, and the draws have the shape of
    the proposal there. Subtract `log_bound`.
    """
    return _accepted(_log(u), log_target - log_proposal, log_target)


@mistake(REJECTION, "eq-rejection")
def bound_added(log_target, log_proposal, log_bound, u):
    """The bound is added.

    The proposal is multiplied by the bound, and the target divided by that product. In logarithms
    the bound is subtracted, as the proposal is.
    """
    return _accepted(_log(u), log_target - log_proposal + log_bound, log_target)


@mistake(REJECTION, "eq-rejection")
def proposal_forgotten(log_target, log_proposal, log_bound, u):
    """The density of the proposal is missing.

    The draws are dense already where the proposal is high. Without dividing by its density they
    follow the product of the two densities.
    """
    return _accepted(_log(u), log_target - log_bound, log_target)


@mistake(REJECTION, "eq-rejection")
def ratio_upside_down(log_target, log_proposal, log_bound, u):
    """The ratio is upside down.

    Divide the target by the proposal. Here draws are accepted where the target is low.
    """
    return _log(u) <= log_proposal - log_target - log_bound


@mistake(REJECTION, "eq-rejection")
def the_rejected(log_target, log_proposal, log_bound, u):
    """These are the draws that are rejected.

    A draw is accepted where log u is at most the logarithm of the ratio. Here True stands where it
    is above.
    """
    return ~_accepted(_log(u), log_target - log_proposal - log_bound, log_target)


@mistake(REJECTION, "eq-rejection")
def bound_from_the_draws(log_target, log_proposal, log_bound, u):
    """The bound is the largest ratio among the draws, not the one that was given.

    The largest ratio seen is below the largest there is. Whether a draw is accepted then depends on
    the other draws, and the accepted ones do not have the target's distribution.
    """
    ratio = log_target - log_proposal
    return _accepted(_log(u), ratio - ratio.max(), log_target)


@mistake(REJECTION, "eq-rejection")
def impossible_accepted(log_target, log_proposal, log_bound, u):
    """A draw where the target is zero is accepted when u is 0.

    u = 0 does occur, and its logarithm is -inf, as is that of the target: -inf <= -inf is true.
    Rule such draws out.
    """
    return _log(u) <= log_target - log_proposal - log_bound


# --- log_weights ----------------------------------------------------------------------------------


@mistake(WEIGHTS, "eq-importance-weight")
def weights_upside_down(log_target, log_proposal):
    """The proposal is divided by the target.

    A draw counts for much where the target is high and the proposal rarely draws: subtract
    `log_proposal` from `log_target`.
    """
    return log_proposal - log_target


@mistake(WEIGHTS, "eq-importance-weight")
def no_logarithms(log_target, log_proposal):
    """These are the weights, not their logarithms.

    Leave the exponential to the end: the weights may be beyond the range of doubles.
    """
    return np.exp(log_target - log_proposal)


@mistake(WEIGHTS, "eq-importance-weight")
def target_alone(log_target, log_proposal):
    """The density of the proposal is missing.

    The draws are dense already where the proposal is high. So divide by its density: subtract
    `log_proposal`.
    """
    return log_target.copy()


@mistake(WEIGHTS, "eq-importance-weight")
def normalised_unasked(log_target, log_proposal):
    """The weights are normalised, although nobody asked for it.

    Their mean estimates the target's normalising constant. Once they sum to one, it is lost.
    """
    return vectorized.log_weights(log_target, log_proposal, normalised=True)


@mistake(WEIGHTS, "eq-importance-weight")
def product_of_densities(log_target, log_proposal):
    """The densities are multiplied.

    Divide the target by the proposal: in logarithms, subtract `log_proposal` from `log_target`.
    """
    return log_target + log_proposal


# --- effective_sample_size ------------------------------------------------------------------------


def _weights(log_weights):
    return np.exp(log_weights - log_weights.max())


@mistake(ESS, "eq-importance-ess")
def not_in_log_space(log_weights):
    """The exponentials overflow, or all of them underflow.

    A constant factor in all weights cancels. So subtract the largest log weight first: then the
    largest weight is 1.
    """
    with np.errstate(all="ignore"):
        weights = np.exp(log_weights)
        return float(weights.sum() ** 2 / np.square(weights).sum())


@mistake(ESS, "eq-importance-ess")
def weights_not_normalised(log_weights):
    """The weights are not normalised.

    1 / sum(w^2) is right only if the weights sum to one. Divide the squared sum by it instead.
    """
    with np.errstate(all="ignore"):
        return float(1 / np.square(np.exp(log_weights)).sum())


@mistake(ESS, "eq-importance-ess")
def upside_down(log_weights):
    """The fraction is upside down.

    The squared sum of the weights is divided by the sum of their squares. The result lies between 1
    and N.
    """
    weights = _weights(log_weights)
    return float(np.square(weights).sum() / weights.sum() ** 2)


@mistake(ESS, "eq-importance-ess")
def share_of_the_draws(log_weights):
    """It is divided by the number of draws.

    This is the efficiency, between 0 and 1. The effective sample size is a number of draws.
    """
    weights = _weights(log_weights)
    return float(weights.sum() ** 2 / np.square(weights).sum() / len(weights))


@mistake(ESS, "eq-importance-ess")
def largest_weight(log_weights):
    """It is 1 divided by the largest normalised weight.

    That is a bound, and a measure of its own. The effective sample size uses all the squares.
    """
    return float(_weights(log_weights).sum())


@mistake(ESS, "eq-importance-ess")
def perplexity(log_weights):
    """It is the exponential of the weights' entropy.

    That counts draws, too, but it is another measure (the perplexity), and never smaller.
    """
    w = _weights(log_weights) / _weights(log_weights).sum()
    some = w > 0
    return float(np.exp(-np.sum(w[some] * np.log(w[some]))))


@mistake(ESS, "eq-importance-ess")
def unbiased_variance(log_weights):
    """The variance of the weights is divided by N - 1.

    N / (1 + variance / mean^2) is the same fraction if the variance is the mean squared deviation,
    over N.
    """
    weights = _weights(log_weights)
    with np.errstate(all="ignore"):
        spread = weights.var() * len(weights) / np.float64(len(weights) - 1)
    return float(len(weights) / (1 + spread / weights.mean() ** 2))


# --- systematic -----------------------------------------------------------------------------------


def _found(cumulative, marks):
    last = np.searchsorted(cumulative, cumulative[-1])
    return np.minimum(np.searchsorted(cumulative, marks, side="right"), last)


@mistake(SYSTEMATIC, "eq-systematic")
def one_mark(weights, u):
    """All marks are at u.

    Then all copies are of one index. There are N marks, one N-th apart from each other,
    (i + u) / N.
    """
    cumulative = np.cumsum(weights)
    return np.repeat(_found(cumulative, cumulative[-1:] * u), len(weights))


@mistake(SYSTEMATIC, "eq-systematic")
def marks_without_u(weights, u):
    """The marks do not depend on u.

    i / N are the same marks every time, so that small weights are never drawn. u moves all of them
    by a part of one N-th.
    """
    cumulative = np.cumsum(weights)
    return _found(cumulative, cumulative[-1] * np.arange(len(weights)) / len(weights))


@mistake(SYSTEMATIC, "eq-systematic")
def u_not_divided(weights, u):
    """u is added to i / N as it is.

    It moves the marks by up to the whole range, beyond the end. Divide it by N, too.
    """
    N, cumulative = len(weights), np.cumsum(weights)
    return _found(cumulative, cumulative[-1] * (np.arange(N) / N + u))


@mistake(SYSTEMATIC, "eq-systematic")
def not_cumulated(weights, u):
    """The weights are compared with the marks one by one, without adding them up.

    Index n is drawn where the marks fall between the sums of the weights before it and up to it.
    """
    N = len(weights)
    marks = (np.arange(N) + u) / N * weights.sum()
    return np.minimum((weights <= marks[:, None]).sum(axis=1), N - 1)


@mistake(SYSTEMATIC, "eq-systematic")
def sum_not_one(weights, u):
    """The weights are not divided by their sum.

    The marks lie between 0 and 1, the sums of the weights elsewhere. Multiply the marks by the
    total, or divide the weights by it.
    """
    N = len(weights)
    return _found(np.cumsum(weights), (np.arange(N) + u) / N)


@mistake(SYSTEMATIC, "eq-systematic")
def counts_of_copies(weights, u):
    """These are the numbers of copies, not the indices.

    Return index n as often as it is drawn, N indices in all (np.repeat makes the one from the
    other).
    """
    N, cumulative = len(weights), np.cumsum(weights)
    marks = cumulative[-1] * ((np.arange(N) + u) / N)
    return np.bincount(_found(cumulative, marks), minlength=N)


@mistake(SYSTEMATIC, "eq-systematic")
def zero_weight_drawn(weights, u):
    """An index of weight zero is drawn.

    At u = 0 the first mark is 0, and so is the sum of the weights up to an index without weight.
    Look for the first sum that exceeds the mark (np.searchsorted with side="right").
    """
    N, cumulative = len(weights), np.cumsum(weights)
    return np.searchsorted(cumulative, cumulative[-1] * ((np.arange(N) + u) / N))
