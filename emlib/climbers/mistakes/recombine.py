"""Mistakes in what an evolution strategy learns: its mean, path, covariance and step size."""

import numpy as np

from emlib.climbers import rates
from emlib.climbers import vectorized as right
from emlib.exercises._variants import variant
from emlib.exercises.mistakes import mistake

RECOMBINE = "climbers.recombine"


# --- its mean -------------------------------------------------------------------------------------


def at_other_rates(change):
    """The package's function with other rates, of a change of the right ones."""
    return variant(RECOMBINE, parts={"rates": lambda M, P: change(rates(M, P))})


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def equal_weights(offspring, mean, covariance, path, step_size):
    """The better half has equal weights.

    The weights fall with the rank: they are proportional to log((M + 1) / 2) minus the logarithm of
    the rank. The best offspring counts most.
    """

    def equal(rate):
        return rate._replace(weights=np.full_like(rate.weights, 1 / len(rate.weights)))

    return at_other_rates(equal)(offspring, mean, covariance, path, step_size)[0]


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def weights_reversed(offspring, mean, covariance, path, step_size):
    """The weights are in the opposite order.

    The offspring come with the best first, and the largest weight belongs to the best.
    """

    def reverse(rate):
        return rate._replace(weights=rate.weights[::-1])

    return at_other_rates(reverse)(offspring, mean, covariance, path, step_size)[0]


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def worse_half(offspring, mean, covariance, path, step_size):
    """You take the worse half.

    The offspring come with the best first. Only their first half counts:
    `offspring[: len(weights)]`.
    """
    last = np.roll(offspring, len(offspring) // 2, axis=0)
    return right.recombine(last, mean, covariance, path, step_size)[0]


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def all_offspring_alike(offspring, mean, covariance, path, step_size):
    """All the offspring count, even the worse half.

    Their mean is where the search already was, apart from chance. The search moves because only the
    better half is averaged.
    """
    return offspring.mean(axis=0)


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def best_offspring_alone(offspring, mean, covariance, path, step_size):
    """The best of the offspring becomes the mean.

    A single offspring may just be lucky. The weighted average of the better half is steadier.
    """
    return offspring[0].astype(float)


def learnt(offspring, mean, path, step_size):
    """The rates, the steps (M // 2, P) of the better half, their average, and the new path."""
    rate = rates(*offspring.shape)
    steps = (offspring[: len(rate.weights)] - mean) / step_size
    step = rate.weights @ steps
    return rate, steps, step, (1 - rate.path) * path + freshness(rate) * step


def freshness(rate):
    """What the average step is multiplied by in the path."""
    return np.sqrt(rate.path * (2 - rate.path) * rate.effective)


def scatter_of(weights, steps):
    """The weighted scatter (P, P)."""
    return np.einsum("m,mi,mj->ij", weights, steps, steps)


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def worst_taken_for_the_best(offspring, mean, covariance, path, step_size):
    """The offspring are treated as if the worst came first.

    They come with the best first, as if sorted by the log-likelihood and reversed. The largest
    weight belongs to `offspring[0]`.
    """
    return right.recombine(offspring[::-1], mean, covariance, path, step_size)[0]


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def weights_not_divided(offspring, mean, covariance, path, step_size):
    """The weights do not add up to one.

    The mean is a weighted average. log((M + 1) / 2) minus the logarithm of the rank is only
    proportional to the weight: divide by the sum over the ranks.
    """

    def undivided(rate):
        M = len(offspring)
        return rate._replace(
            weights=np.log((M + 1) / 2) - np.log(np.arange(1, M // 2 + 1))
        )

    return at_other_rates(undivided)(offspring, mean, covariance, path, step_size)[0]


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def weights_fall_in_a_line(offspring, mean, covariance, path, step_size):
    """The weights fall by the same amount from rank to rank.

    Here they fall with the logarithm of the rank, fast at first. So the best offspring counts more
    than with linear weights.
    """

    def linear(rate):
        ranks = np.arange(len(rate.weights), 0, -1.0)
        return rate._replace(weights=ranks / ranks.sum())

    return at_other_rates(linear)(offspring, mean, covariance, path, step_size)[0]


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def step_not_scaled_back(offspring, mean, covariance, path, step_size):
    """The average step is added without the step size.

    You divided the steps by the step size. Multiply their average by it again, to get back to the
    units of the parameters.
    """
    return mean + learnt(offspring, mean, path, step_size)[2]


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def scaled_twice(offspring, mean, covariance, path, step_size):
    """The differences are multiplied by the step size, but were never divided by it.

    The offspring minus the mean are already steps in the units of the parameters. Add their average
    to the mean as it is, or divide by the step size first.
    """
    return mean + step_size**2 * learnt(offspring, mean, path, step_size)[2]


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def step_for_mean(offspring, mean, covariance, path, step_size):
    """This is the average step, and not the new mean.

    It says how far to move from the old mean, in units of the step size. Multiply it by the step
    size, and add the old mean.
    """
    return learnt(offspring, mean, path, step_size)[2]


@mistake(RECOMBINE, "eq-climbers-recombination", "mean")
def mean_stays(offspring, mean, covariance, path, step_size):
    """The mean stays where it was.

    The search moves by moving its mean: the new mean is the weighted average of the better half of
    the offspring.
    """
    return mean.astype(float)


# --- its path -------------------------------------------------------------------------------------


@mistake(RECOMBINE, "eq-climbers-path", "path")
def path_as_a_running_average(offspring, mean, covariance, path, step_size):
    """The path is a running average of the steps.

    Such an average is shorter than a single random step. The factor sqrt(c (2 - c) mu_eff) keeps
    the path as long as one, so that you can compare their lengths.
    """
    rate, _, step, _ = learnt(offspring, mean, path, step_size)
    return (1 - rate.path) * path + rate.path * step


@mistake(RECOMBINE, "eq-climbers-path", "path")
def path_without_effective_size(offspring, mean, covariance, path, step_size):
    """The effective number of offspring is left out of the path.

    An average of mu_eff random steps is shorter than one of them, by the root of mu_eff. The factor
    compensates for that.
    """
    rate, _, step, _ = learnt(offspring, mean, path, step_size)
    return (1 - rate.path) * path + freshness(rate) / np.sqrt(rate.effective) * step


@mistake(RECOMBINE, "eq-climbers-path", "path")
def path_without_root(offspring, mean, covariance, path, step_size):
    """The root is missing from the path.

    Variances add up, lengths do not: (1 - c)^2 and c (2 - c) add up to one. So multiply the new
    step by the root of c (2 - c) mu_eff.
    """
    rate, _, step, _ = learnt(offspring, mean, path, step_size)
    return (1 - rate.path) * path + freshness(rate) ** 2 * step


@mistake(RECOMBINE, "eq-climbers-path", "path")
def path_never_fades(offspring, mean, covariance, path, step_size):
    """The old path does not fade.

    Multiply it by 1 - c each time, so that the path forgets old steps. Otherwise the path keeps
    growing.
    """
    rate, _, step, _ = learnt(offspring, mean, path, step_size)
    return path + freshness(rate) * step


@mistake(RECOMBINE, "eq-climbers-path", "path")
def path_in_units_of_the_parameters(offspring, mean, covariance, path, step_size):
    """The step in the path is not divided by the step size.

    The path is in units of the step size, so that what it learnt from large steps still counts when
    they have become small.
    """
    rate, _, step, _ = learnt(offspring, mean, path, step_size)
    return (1 - rate.path) * path + freshness(rate) * step_size * step


@mistake(RECOMBINE, "eq-climbers-path", "path")
def path_whitened(offspring, mean, covariance, path, step_size):
    """The step is whitened before it enters the path.

    Strategies with two paths whiten the one for the step size. Here one path serves for both: keep
    it as it is, and whiten it only to compare its length.
    """
    rate, _, step, _ = learnt(offspring, mean, path, step_size)
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), step)
    return (1 - rate.path) * path + freshness(rate) * whitened


@mistake(RECOMBINE, "eq-climbers-path", "path")
def path_by_equal_weights(offspring, mean, covariance, path, step_size):
    """The path uses the plain average of the steps.

    The path follows the mean, which moves by the weighted average. Use the same step for both.
    """
    rate, steps, _, _ = learnt(offspring, mean, path, step_size)
    return (1 - rate.path) * path + freshness(rate) * steps.mean(axis=0)


# --- its covariance -------------------------------------------------------------------------------


def spread(rate, old, along, scatter):
    """The covariance from its three sources."""
    kept = 1 - rate.rank_one - rate.rank_mu
    return kept * old + rate.rank_one * along + rate.rank_mu * scatter


@mistake(RECOMBINE, "eq-climbers-spread", "covariance")
def around_the_new_mean(offspring, mean, covariance, path, step_size):
    """The scatter is taken around the new mean.

    Around the new mean, the better half is spread least in the direction of progress, so the
    strategy gets narrow there. Around the old mean the steps themselves count, and they make it
    wide.
    """
    rate, steps, step, p = learnt(offspring, mean, path, step_size)
    scatter = scatter_of(rate.weights, steps - step)
    return spread(rate, covariance, np.outer(p, p), scatter)


@mistake(RECOMBINE, "eq-climbers-spread", "covariance")
def along_the_old_path(offspring, mean, covariance, path, step_size):
    """The covariance moves towards the old path.

    Update the path with this step first, and then use it in the covariance. The old path contains
    nothing of these offspring.
    """
    rate, steps, _, _ = learnt(offspring, mean, path, step_size)
    scatter = scatter_of(rate.weights, steps)
    return spread(rate, covariance, np.outer(path, path), scatter)


@mistake(RECOMBINE, "eq-climbers-spread", "covariance")
def path_left_out(offspring, mean, covariance, path, step_size):
    """The path is left out of the covariance.

    The scatter of the offspring ignores the sign of the steps. The outer product of the path with
    itself, times its rate, stretches the covariance along the path.
    """
    rate, steps, _, _ = learnt(offspring, mean, path, step_size)
    return spread(rate, covariance, 0.0, scatter_of(rate.weights, steps))


@mistake(RECOMBINE, "eq-climbers-spread", "covariance")
def scatter_left_out(offspring, mean, covariance, path, step_size):
    """The scatter of the offspring is left out of the covariance.

    The path is only one direction. The better half shows many at once: add their weighted scatter
    around the old mean, times its own rate.
    """
    rate, _, _, p = learnt(offspring, mean, path, step_size)
    return spread(rate, covariance, np.outer(p, p), 0.0)


@mistake(RECOMBINE, "eq-climbers-spread", "covariance")
def covariance_never_fades(offspring, mean, covariance, path, step_size):
    """The old covariance is kept in full.

    The new terms are shares, and the old covariance has to lose as much: multiply it by one minus
    both rates. Otherwise it grows at every step.
    """
    rate, steps, _, p = learnt(offspring, mean, path, step_size)
    new = spread(rate, covariance, np.outer(p, p), scatter_of(rate.weights, steps))
    return new + (rate.rank_one + rate.rank_mu) * covariance


@mistake(RECOMBINE, "eq-climbers-spread", "covariance")
def scatter_in_units_of_the_parameters(offspring, mean, covariance, path, step_size):
    """The steps in the scatter are not divided by the step size.

    The covariance is the shape of the cloud, apart from the step size. Divide the differences from
    the mean by the step size before you multiply them.
    """
    rate, steps, _, p = learnt(offspring, mean, path, step_size)
    scatter = scatter_of(rate.weights, step_size * steps)
    return spread(rate, covariance, np.outer(p, p), scatter)


@mistake(RECOMBINE, "eq-climbers-spread", "covariance")
def scatter_with_equal_weights(offspring, mean, covariance, path, step_size):
    """The better half has equal weights in the scatter.

    The weights are the same as for the mean: they fall from rank to rank, and add up to one.
    """
    rate, steps, _, p = learnt(offspring, mean, path, step_size)
    scatter = steps.T @ steps / len(steps)
    return spread(rate, covariance, np.outer(p, p), scatter)


@mistake(RECOMBINE, "eq-climbers-spread", "covariance")
def scatter_of_all_offspring(offspring, mean, covariance, path, step_size):
    """The scatter is that of all the offspring, even the worse half.

    Apart from chance, all of them together spread just as the covariance already says. Only the
    better half tells you anything new.
    """
    rate, _, _, p = learnt(offspring, mean, path, step_size)
    steps = (offspring - mean) / step_size
    return spread(rate, covariance, np.outer(p, p), steps.T @ steps / len(steps))


@mistake(RECOMBINE, "eq-climbers-spread", "covariance")
def rates_swapped(offspring, mean, covariance, path, step_size):
    """The rates of the path and of the scatter are swapped.

    `rank_one` belongs to the path, whose outer product has rank one. `rank_mu` belongs to the
    scatter of the better half, which can have a higher rank.
    """
    rate, steps, _, p = learnt(offspring, mean, path, step_size)
    swapped = rate._replace(rank_one=rate.rank_mu, rank_mu=rate.rank_one)
    scatter = scatter_of(rate.weights, steps)
    return spread(swapped, covariance, np.outer(p, p), scatter)


@mistake(RECOMBINE, "eq-climbers-spread", "covariance")
def square_of_the_path(offspring, mean, covariance, path, step_size):
    """A single number is used instead of the outer product of the path.

    The transpose of a one-dimensional array is the array itself, so `p @ p.T` is the squared
    length. It is then added to every entry. Use `np.outer(p, p)`.
    """
    rate, steps, _, p = learnt(offspring, mean, path, step_size)
    return spread(rate, covariance, p @ p, scatter_of(rate.weights, steps))


# --- its step size --------------------------------------------------------------------------------


def grown(offspring, mean, path, step_size, excess):
    """The step size for a function of the rates and the new path, which is 0 for a usual length."""
    rate, _, _, p = learnt(offspring, mean, path, step_size)
    return float(step_size * np.exp(rate.path / rate.damping * excess(rate, p)))


def whitened_length(p, covariance):
    """The length of a path in units of the covariance."""
    return np.linalg.norm(np.linalg.solve(np.linalg.cholesky(covariance), p))


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def path_not_whitened(offspring, mean, covariance, path, step_size):
    """The length of the path is measured without the covariance.

    Random steps are longer where the covariance is wide, and that is not a sign of progress. Solve
    with the factor of the covariance first.
    """
    return grown(
        offspring,
        mean,
        path,
        step_size,
        lambda rate, p: np.linalg.norm(p) / rate.expected_length - 1,
    )


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def length_of_the_old_path(offspring, mean, covariance, path, step_size):
    """The length is that of the old path.

    Update the path with this step first. A step size that depends on the old path is always one
    step behind.
    """
    old = whitened_length(path, covariance)
    return grown(
        offspring,
        mean,
        path,
        step_size,
        lambda rate, p: old / rate.expected_length - 1,
    )


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def whitened_with_the_new_covariance(offspring, mean, covariance, path, step_size):
    """The path is whitened with the new covariance.

    The offspring were drawn with the old covariance, so that is the one to compare their steps
    with.
    """
    new = right.recombine(offspring, mean, covariance, path, step_size)[1]
    return grown(
        offspring,
        mean,
        path,
        step_size,
        lambda rate, p: whitened_length(p, new) / rate.expected_length - 1,
    )


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def one_not_subtracted(offspring, mean, covariance, path, step_size):
    """One is not subtracted from the ratio of the lengths.

    If the path is as long as random steps make it, the ratio is one and the step size should stay
    the same. Without the minus one it grows every time.
    """
    return grown(
        offspring,
        mean,
        path,
        step_size,
        lambda rate, p: whitened_length(p, covariance) / rate.expected_length,
    )


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def expected_length_is_the_root(offspring, mean, covariance, path, step_size):
    """The length is compared with the root of the number of parameters.

    That is the root mean square of a random step's length. The mean length, which `rates` returns,
    is a little smaller. With the root, the step size shrinks for random steps.
    """
    return grown(
        offspring,
        mean,
        path,
        step_size,
        lambda rate, p: whitened_length(p, covariance) / np.sqrt(len(p)) - 1,
    )


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def squared_lengths_compared(offspring, mean, covariance, path, step_size):
    """The squared lengths are compared.

    The mean square of a random step's length is P. Some strategies compare squares and halve the
    exponent. Here you compare the length itself, divided by its mean.
    """
    return grown(
        offspring,
        mean,
        path,
        step_size,
        lambda rate, p: whitened_length(p, covariance) ** 2 / len(p) - 1,
    )


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def rate_of_the_path_left_out(offspring, mean, covariance, path, step_size):
    """The rate of the path is missing from the exponent.

    Multiply the excess by c over the damping. Without c the step size changes too fast, by a factor
    of 1 / c in the exponent.
    """
    return grown(
        offspring,
        mean,
        path,
        step_size,
        lambda rate, p: (
            (whitened_length(p, covariance) / rate.expected_length - 1) / rate.path
        ),
    )


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def damping_left_out(offspring, mean, covariance, path, step_size):
    """The damping is missing from the exponent.

    Multiply the excess by c over the damping, which keeps the step size from oscillating.
    """
    return grown(
        offspring,
        mean,
        path,
        step_size,
        lambda rate, p: (
            (whitened_length(p, covariance) / rate.expected_length - 1) * rate.damping
        ),
    )


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def exponential_left_out(offspring, mean, covariance, path, step_size):
    """The exponential is missing.

    One plus the exponent is close to its exponential only if the exponent is small. With the
    exponential, growing and shrinking by the same exponent cancel exactly.
    """
    rate, _, _, p = learnt(offspring, mean, path, step_size)
    excess = whitened_length(p, covariance) / rate.expected_length - 1
    return float(step_size * (1 + rate.path / rate.damping * excess))


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def growth_for_step_size(offspring, mean, covariance, path, step_size):
    """This is the factor by which the step size grows.

    The new step size is the old one times this factor. The factor alone is near one, whatever the
    units.
    """
    return right.recombine(offspring, mean, covariance, path, step_size)[3] / step_size


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def step_size_stays(offspring, mean, covariance, path, step_size):
    """The step size stays as it is.

    It should grow if the path is longer than steps in random directions would make it, and shrink
    if the path is shorter. Otherwise the search never settles.
    """
    return float(step_size)


@mistake(RECOMBINE, "eq-climbers-step-size", "step_size")
def step_size_the_wrong_way(offspring, mean, covariance, path, step_size):
    """The step size shrinks where it should grow.

    If the path is longer than random steps make it, the steps point the same way, and larger ones
    would have been better. There the exponent is positive.
    """
    new = right.recombine(offspring, mean, covariance, path, step_size)[3]
    return step_size**2 / new
