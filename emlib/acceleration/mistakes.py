"""Mistakes in leaping ahead: how far, and from where."""

import numpy as np

from emlib._checks import HALF_DIGITS
from emlib.exercises._words import told
from emlib.exercises.mistakes import always, mistake, trap

STEP_LENGTH = "acceleration.step_length"
AITKEN, SQUAREM = "acceleration.aitken", "acceleration.squarem"


def climb(*points):
    """Three points of a climb, by name."""
    return dict(zip(("before", "between", "after"), map(np.array, points), strict=True))


for words, *points in (
    ("a second step back to the beginning", [0.0, 1], [3.0, 5], [0.0, 1]),
    ("two equal steps", [0.0, 1], [3.0, 5], [6.0, 9]),
    ("no step at all", [2.0, 1], [2.0, 1], [2.0, 1]),
    ("one parameter that no longer changes", [0.0, 1], [4.0, 1], [6.0, 1]),
):
    trap(STEP_LENGTH, words, **climb(*points))
for exercise in (AITKEN, SQUAREM):
    points = climb([0.0, 1], [4.0, 3], [6.0, 8])
    trap(exercise, "a step length of -1", **points, step_length=-1.0)


def first_and_change(before, between, after):
    """The first of two steps, and by how much the second differs from it."""
    first = between - before
    return first, (after - between) - first


# --- what always holds ---------------------------------------------------------------------------


@always(STEP_LENGTH)
def at_least_as_far_as_em(value, name, arguments):
    """No less than EM."""
    if value > -1 + HALF_DIGITS:
        return (
            f"the step length is {told(value, -1)[0]}: it is at most -1, which leads to `after`, "
            f"where EM has been already"
        )
    return None


# --- how far -------------------------------------------------------------------------------------


def ratio(before, between, after, change_of):
    """The step length, with another thing in the place of the change of the step."""
    first = between - before
    with np.errstate(all="ignore"):
        length = -np.linalg.norm(first) / np.linalg.norm(
            change_of(before, between, after)
        )
    return float(-1.0 if np.isnan(length) else min(-1.0, length))


@mistake(STEP_LENGTH, "eq-em-step-length")
def positive_length(before, between, after):
    """The sign is wrong.

    The step length is minus a ratio of two lengths, and -1 leads to `after`. The leap subtracts it,
    so a positive one would lead back the way that EM has come.
    """
    return -ratio(before, between, after, lambda *p: first_and_change(*p)[1])


@mistake(STEP_LENGTH, "eq-em-step-length")
def inverted_ratio(before, between, after):
    """The ratio is upside down.

    If EM is slow, the change of the step is small, and the leap must be long: the change belongs in
    the denominator. The other way round, the step length is -1 then, which is no further than EM.
    So it is if you take the larger of -1 and the right ratio: take the smaller.
    """
    first, change = first_and_change(before, between, after)
    with np.errstate(all="ignore"):
        length = -np.linalg.norm(change) / np.linalg.norm(first)
    return float(-1.0 if np.isnan(length) else min(-1.0, length))


@mistake(STEP_LENGTH, "eq-em-change-of-step")
def second_step_for_its_change(before, between, after):
    """The second step is used instead of its change.

    The change is the second step minus the first. The ratio of the two steps alone is near 1 if EM
    is slow, so there is no leap just where it would help.
    """
    return ratio(before, between, after, lambda a, b, c: c - b)


@mistake(STEP_LENGTH, "eq-em-step-length")
def larger_of_the_two(before, between, after):
    """The larger of -1 and the ratio is taken, not the smaller.

    Both are negative, so the smaller number is the longer leap. The larger one never leads further
    than EM itself. If EM is slow and a leap would help, it is -1.
    """
    first, change = first_and_change(before, between, after)
    if not first.any():
        return -1.0
    if not change.any():
        return -np.inf
    return float(max(-1.0, -np.linalg.norm(first) / np.linalg.norm(change)))


@mistake(STEP_LENGTH, "eq-em-step-length")
def first_of_the_three_choices(before, between, after):
    """This is the first of the three choices of step length.

    It is the dot product of the first step and its change, divided by the square of the change. The
    book uses the third, minus the ratio of their lengths. The first is that ratio times the cosine
    of the angle between the two, so it is never longer. For a single parameter the two are the same
    if the steps shrink.
    """
    first, change = first_and_change(before, between, after)
    with np.errstate(all="ignore"):
        length = first @ change / (change @ change)
    return float(min(-1.0, length) if np.isfinite(length) else _without_change(first))


@mistake(STEP_LENGTH, "eq-em-step-length")
def second_of_the_three_choices(before, between, after):
    """This is the second of the three choices of step length.

    It is the square of the first step divided by its dot product with the change. If these two are
    nearly at right angles, it grows without bound. The book uses the third choice, minus the ratio
    of their lengths.
    """
    first, change = first_and_change(before, between, after)
    with np.errstate(all="ignore"):
        length = first @ first / (first @ change)
    return float(min(-1.0, length) if np.isfinite(length) else _without_change(first))


def _without_change(first):
    return -np.inf if first.any() else -1.0


@mistake(STEP_LENGTH, "eq-em-step-length")
def squared_ratio(before, between, after):
    """The square roots are missing from the lengths.

    The length of a vector is the square root of its dot product with itself. Without the roots, the
    ratio is squared, and the leap goes much too far.
    """
    first, change = first_and_change(before, between, after)
    with np.errstate(all="ignore"):
        length = -(first @ first) / (change @ change)
    return float(-1.0 if np.isnan(length) else min(-1.0, length))


@mistake(STEP_LENGTH, "eq-em-step-length")
def sums_of_absolute_entries(before, between, after):
    """The lengths are sums of absolute entries.

    Use the Euclidean length, the square root of the sum of the squares. For a single parameter the
    two are the same.
    """
    first, change = first_and_change(before, between, after)
    with np.errstate(all="ignore"):
        length = -np.abs(first).sum() / np.abs(change).sum()
    return float(-1.0 if np.isnan(length) else min(-1.0, length))


@mistake(STEP_LENGTH, "eq-em-step-length")
def average_of_the_ratios(before, between, after):
    """The ratios of the entries are averaged.

    If the step of one parameter hardly changes, its ratio is huge and dominates the average.
    Compute one step length for all the parameters, from the lengths of the two vectors.
    """
    first, change = first_and_change(before, between, after)
    with np.errstate(all="ignore"):
        length = -np.mean(np.abs(first / change))
    return float(min(-1.0, length) if np.isfinite(length) else _without_change(first))


@mistake(STEP_LENGTH, "eq-em-step-length")
def shorter_than_em(before, between, after):
    """The step length is not limited to -1 or below.

    If the second step is very different from the first, the ratio of the lengths is below 1. The
    leap would fall short of `after`, where EM has already been. Take -1 then: the smaller of -1 and
    minus the ratio.
    """
    first, change = first_and_change(before, between, after)
    lengths = np.linalg.norm(first), np.linalg.norm(change)
    if not lengths[0]:
        return -1.0
    return float(-lengths[0] / lengths[1]) if lengths[1] else -np.inf


@mistake(STEP_LENGTH, "eq-em-step-length")
def nothing_over_nothing(before, between, after):
    """If EM stands still, zero is divided by zero.

    Then both lengths are zero. The step length is -1 by convention: there is nowhere to leap. Check
    for a first step of length zero before you divide.
    """
    first, change = first_and_change(before, between, after)
    with np.errstate(all="ignore"):
        return float(np.minimum(-1.0, -np.linalg.norm(first) / np.linalg.norm(change)))


@mistake(STEP_LENGTH, "eq-em-step-length")
def difference_of_the_lengths(before, between, after):
    """The lengths of the steps are subtracted instead of the steps.

    The change of the step is a vector: subtract first, and then take the length. Two steps of equal
    length in different directions have a change, but their lengths have none.
    """
    first, change = first_and_change(before, between, after)
    lengths = np.linalg.norm(first), np.linalg.norm(first + change)
    with np.errstate(all="ignore"):
        length = -lengths[0] / np.abs(lengths[1] - lengths[0])
    return float(-1.0 if np.isnan(length) else min(-1.0, length))


@mistake(STEP_LENGTH, "eq-em-first-step")
def whole_way_above_the_line(before, between, after):
    """Both steps together are used instead of the first step.

    The first step leads from `before` to `between`. The way from `before` to `after` is about twice
    as long, and so is the leap.
    """
    change = first_and_change(before, between, after)[1]
    return over_the_change(after - before, change)


@mistake(STEP_LENGTH, "eq-em-first-step")
def second_step_above_the_line(before, between, after):
    """The second step is used instead of the first.

    The numerator is the length of the first step, from `before` to `between`. If EM converges, the
    second step is shorter, so the leap is too short.
    """
    change = first_and_change(before, between, after)[1]
    return over_the_change(after - between, change)


@mistake(STEP_LENGTH, "eq-em-step-length")
def largest_entries(before, between, after):
    """The lengths are the largest absolute entries.

    Use the Euclidean length, the square root of the sum of the squares. The largest entry is
    another norm, which depends on one parameter alone.
    """
    first, change = first_and_change(before, between, after)
    with np.errstate(all="ignore"):
        length = -np.abs(first).max() / np.abs(change).max()
    return float(-1.0 if np.isnan(length) else min(-1.0, length))


@mistake(STEP_LENGTH, "eq-em-step-length")
def entries_added(before, between, after):
    """The entries are added without being squared.

    Positive and negative entries cancel, so the sum is not a length. Square every entry, add, and
    take the square root: `np.linalg.norm`.
    """
    first, change = first_and_change(before, between, after)
    with np.errstate(all="ignore"):
        length = -np.abs(first.sum() / change.sum())
    return float(-1.0 if np.isnan(length) else min(-1.0, length))


@mistake(STEP_LENGTH, "eq-em-step-length")
def equal_steps_do_not_leap(before, between, after):
    """For two equal steps, the step length is -1.

    Then the change has length zero, and the ratio is infinite: EM walks straight on, at a constant
    speed, and no leap is too long. The step length is minus infinity. It is -1 only if the first
    step has length zero.
    """
    length = ratio(before, between, after, lambda *p: first_and_change(*p)[1])
    return -1.0 if np.isneginf(length) else length


@mistake(STEP_LENGTH, "eq-em-step-length")
def no_step_without_bound(before, between, after):
    """If EM stands still, the step length is minus infinity.

    Then both the first step and its change have length zero. Check the first step before the
    change: if there is nowhere to go, the step length is -1.
    """
    change = first_and_change(before, between, after)[1]
    if not change.any():
        return -np.inf
    return ratio(before, between, after, lambda *p: change)


def over_the_change(way, change):
    """The step length, with another way above the line."""
    with np.errstate(all="ignore"):
        length = -np.linalg.norm(way) / np.linalg.norm(change)
    return float(-1.0 if np.isnan(length) else min(-1.0, length))


# --- Aitken's leap -------------------------------------------------------------------------------


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_leaps_back(before, between, after, step_length):
    """The leap goes backwards.

    The step length is negative, so subtract it to go on in the direction of EM. With a plus, even
    the step length -1 does not lead to `after`.
    """
    return between + step_length * (after - between)


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_from_before(before, between, after, step_length):
    """The leap starts at `before`.

    The leap is a multiple of the second step, and starts where that step starts, at `between`. With
    the step length -1 it must end at `after`.
    """
    return before - step_length * (after - between)


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_from_after(before, between, after, step_length):
    """The leap starts at `after`.

    The multiple already contains the second step, so it is taken twice. Start at `between`: with
    the step length -1 the leap must end at `after`.
    """
    return after - step_length * (after - between)


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_by_the_first_step(before, between, after, step_length):
    """The first step is multiplied instead of the second.

    The path beyond `between` begins with the step from there to `after`. The first step is longer,
    so the leap is too long.
    """
    return between - step_length * (between - before)


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_all_by_the_first_step(before, between, after, step_length):
    """The first step is multiplied, and the leap starts at `before`.

    This leap depends on the first step alone and ignores `after`. Start at `between`, and multiply
    the step from there.
    """
    return before - step_length * (between - before)


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_by_both_steps(before, between, after, step_length):
    """Both steps together are multiplied.

    `after` minus `before` is the first step plus the second. Use only the step from `between` to
    `after`.
    """
    return between - step_length * (after - before)


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_length_squared(before, between, after, step_length):
    """The step length is squared.

    The square belongs to the other leap, SQUAREM. Here minus the step length is the sum of a
    geometric series, and multiplies the second step once.
    """
    return between + step_length**2 * (after - between)


def squared_leap(before, between, after, step_length):
    """The leap of SQUAREM."""
    first, change = first_and_change(before, between, after)
    return before - 2 * step_length * first + step_length**2 * change


@mistake(AITKEN, "eq-em-aitken-leap")
def squarem_for_aitken(before, between, after, step_length):
    """This is the squared leap, SQUAREM.

    Both end at `after` with the step length -1, but in general they differ with any other. Aitken's
    is linear in the step length.
    """
    return squared_leap(before, between, after, step_length)


@mistake(AITKEN, "eq-em-aitken-leap")
def step_length_as_the_common_ratio(before, between, after, step_length):
    """The step length is mistaken for the common ratio of the steps.

    Steps with the common ratio r add up to 1 / (1 - r) times the first of them. Minus the step
    length is already that factor, not r: multiply by it.
    """
    return between + (after - between) / (1 - step_length)


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_divides(before, between, after, step_length):
    """The second step is divided by the step length.

    The step length says how many times as far as EM the leap goes, so multiply by it. If you
    divide, the leap gets shorter the slower EM is.
    """
    return between - (after - between) / step_length


def each_by_itself(before, between, after):
    """Aitken's formula for a sequence of numbers, in every entry."""
    first, change = first_and_change(before, between, after)
    with np.errstate(all="ignore"):
        return before - first**2 / change


@mistake(AITKEN, "eq-em-aitken-leap")
def each_entry_by_itself(before, between, after, step_length):
    """Every entry leaps separately, as far as its own two steps indicate.

    That is Aitken's formula for a single sequence of numbers, the square of the step over its
    change. It ignores the step length, and fails if the step of an entry does not change. One step
    length for all entries keeps the direction of the step.
    """
    return each_by_itself(before, between, after)


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_by_the_change(before, between, after, step_length):
    """The change of the step is multiplied instead of the step.

    The leap is a multiple of the step from `between` to `after`. The change of the step is needed
    only in the step length and in SQUAREM.
    """
    return between - step_length * first_and_change(before, between, after)[1]


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_both_steps_from_before(before, between, after, step_length):
    """Both steps are multiplied, and the leap starts at `before`.

    With the step length -1 this ends at `after`, as it should, but with any other it multiplies the
    first step too. Start at `between`, and multiply only the second step.
    """
    return before - step_length * (after - before)


@mistake(AITKEN, "eq-em-aitken-leap")
def aitken_stays_at_after(before, between, after, step_length):
    """There is no leap: this is `after`.

    The step length is ignored. It multiplies the step from `between` to `after`, and only with the
    step length -1 does the leap end at `after`.
    """
    return after.astype(float)


# --- the squared leap ----------------------------------------------------------------------------


@mistake(SQUAREM, "eq-em-squarem")
def middle_sign(before, between, after, step_length):
    """The sign of the middle term is wrong.

    The middle term is minus two times the step length times the first step. The step length is
    negative, so with a plus the leap goes backwards.
    """
    first, change = first_and_change(before, between, after)
    return before + 2 * step_length * first + step_length**2 * change


@mistake(SQUAREM, "eq-em-squarem")
def last_sign(before, between, after, step_length):
    """The sign of the last term is wrong.

    The square of the step length is positive, and the change of the step is added: it shortens the
    leap if the steps get shorter. The change is the second step minus the first. For the first
    minus the second, this sign is right.
    """
    first, change = first_and_change(before, between, after)
    return before - 2 * step_length * first - step_length**2 * change


@mistake(SQUAREM, "eq-em-squarem")
def factor_two_missing(before, between, after, step_length):
    """The factor 2 is missing in the middle term.

    The first leap takes the first step times the step length. The second leap takes that again and
    adds the change of the step, as in the square of a sum.
    """
    first, change = first_and_change(before, between, after)
    return before - step_length * first + step_length**2 * change


@mistake(SQUAREM, "eq-em-squarem")
def length_not_squared(before, between, after, step_length):
    """The step length is not squared in the last term.

    The change of the step comes from leaping twice, each time by the step length. So multiply it by
    the square, which is positive.
    """
    first, change = first_and_change(before, between, after)
    return before - 2 * step_length * first + step_length * change


@mistake(SQUAREM, "eq-em-squarem")
def last_term_missing(before, between, after, step_length):
    """The change of the step is missing.

    Without it, the leap goes straight on, as if every step were as long as the first. With the step
    length -1 it must end at `after`.
    """
    return before - 2 * step_length * (between - before)


@mistake(SQUAREM, "eq-em-squarem")
def squarem_from_after(before, between, after, step_length):
    """The leap starts at `after`.

    The formula already contains both steps, so they are taken twice. Start at `before`: with the
    step length -1 the leap ends at `after`.
    """
    return squared_leap(before, between, after, step_length) + after - before


@mistake(SQUAREM, "eq-em-squarem")
def squarem_from_between(before, between, after, step_length):
    """The leap starts at `between`.

    The formula already contains the first step. Start at `before`: with the step length -1 the leap
    ends at `after`.
    """
    return squared_leap(before, between, after, step_length) + between - before


@mistake(SQUAREM, "eq-em-change-of-step")
def second_step_not_its_change(before, between, after, step_length):
    """The second step is used instead of its change.

    The change is the second step minus the first: after - 2 between + before. The whole second
    step, times the square of the step length, leads much too far.
    """
    first = between - before
    return before - 2 * step_length * first + step_length**2 * (after - between)


@mistake(SQUAREM, "eq-em-squarem")
def a_single_leap(before, between, after, step_length):
    """This is one leap, not two.

    The unsquared method leaps once, by minus the step length times the first step. SQUAREM then
    leaps again, to correct the error of that leap.
    """
    return before - step_length * (between - before)


@mistake(SQUAREM, "eq-em-squarem")
def aitken_for_squarem(before, between, after, step_length):
    """This is Aitken's leap.

    Both end at `after` with the step length -1, but in general they differ with any other. SQUAREM
    is quadratic in the step length.
    """
    return between - step_length * (after - between)


@mistake(SQUAREM, "eq-em-first-step")
def squarem_by_the_second_step(before, between, after, step_length):
    """The second step is used instead of the first.

    The middle term contains the step from `before`, where the leap starts, to `between`. With the
    step length -1 the leap must end at `after`.
    """
    _, change = first_and_change(before, between, after)
    second = after - between
    return before - 2 * step_length * second + step_length**2 * change


@mistake(SQUAREM, "eq-em-first-step")
def squarem_by_both_steps(before, between, after, step_length):
    """Both steps together are used instead of the first.

    The factor 2 is there because the leap is made twice, each time by the step from `before` to
    `between`. With `after` minus `before`, it is taken about four times.
    """
    _, change = first_and_change(before, between, after)
    both = after - before
    return before - 2 * step_length * both + step_length**2 * change


@mistake(SQUAREM, "eq-em-change-of-step")
def steps_added_for_their_change(before, between, after, step_length):
    """The steps are added instead of subtracted.

    The change is the second step minus the first: after - 2 between + before. The sum of the steps
    is the whole way from `before` to `after`.
    """
    first = between - before
    return before - 2 * step_length * first + step_length**2 * (after - before)


@mistake(SQUAREM, "eq-em-squarem")
def last_term_doubled(before, between, after, step_length):
    """The last term has the factor 2 too.

    As in the square of a sum, only the middle term has it. With the step length -1 the leap must
    end at `after`.
    """
    first, change = first_and_change(before, between, after)
    return before - 2 * step_length * first + 2 * step_length**2 * change


@mistake(SQUAREM, "eq-em-squarem")
def squared_in_the_middle(before, between, after, step_length):
    """The step length is squared in the middle term too.

    The middle term is minus two times the step length, unsquared, times the first step. Only the
    change of the step is multiplied by the square.
    """
    first, change = first_and_change(before, between, after)
    return before + 2 * step_length**2 * first + step_length**2 * change


@mistake(SQUAREM, "eq-em-squarem")
def squarem_entry_by_entry(before, between, after, step_length):
    """Every entry leaps separately, as far as its own two steps indicate.

    That is Aitken's formula for a single sequence of numbers. It ignores the step length, and fails
    if the step of an entry does not change. One step length for all entries keeps the leap near the
    path of EM.
    """
    return each_by_itself(before, between, after)


@mistake(SQUAREM, "eq-em-squarem")
def squarem_stays_at_after(before, between, after, step_length):
    """There is no leap: this is `after`.

    The step length is ignored. Twice the step length multiplies the first step, and its square the
    change of the step. Only with the step length -1 does the leap end at `after`.
    """
    return after.astype(float)
