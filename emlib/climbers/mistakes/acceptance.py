"""Mistakes in the acceptance of a move."""

import numpy as np

from emlib.exercises._meaning import probability
from emlib.exercises.mistakes import always, mistake, trap

ACCEPTANCE = "climbers.acceptance"

trap(
    ACCEPTANCE,
    "log-likelihoods far below zero",
    log_likelihoods=np.array([-1130.0, -1131.0, -1132.0]),
    proposed=np.array([-1131.0, -1130.0, -1134.0]),
    temperature=1.0,
)
trap(
    ACCEPTANCE,
    "a large gain, a large loss, neither, and what is impossible",
    log_likelihoods=np.array([-9000.0, -1000.0, -1000.0, -1000.0]),
    proposed=np.array([-1000.0, -9000.0, -1000.0, -np.inf]),
    temperature=0.5,
)


always(ACCEPTANCE)(probability)


def capped(exponent):
    """The exponential, at most 1."""
    return np.exp(np.minimum(0.0, exponent))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def no_cap(log_likelihoods, proposed, temperature):
    """The probability of a gain is above 1.

    A move that gains is always taken. Cap the exponent at zero before you take the exponential, so
    that a large gain cannot overflow either.
    """
    with np.errstate(all="ignore"):
        return np.exp((proposed - log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def losses_welcome(log_likelihoods, proposed, temperature):
    """The sign is wrong: losses are always taken, and gains rarely.

    That is the rule for an energy, which annealing lowers. You want the log-likelihood to rise: the
    exponent is the proposed log-likelihood minus the current one.
    """
    return capped((log_likelihoods - proposed) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def multiplied_by_the_temperature(log_likelihoods, proposed, temperature):
    """The gain is multiplied by the temperature instead of divided.

    Then losses become less likely as the temperature rises. Divide by it: at a high temperature
    almost every loss is taken.
    """
    return capped((proposed - log_likelihoods) * temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def no_temperature(log_likelihoods, proposed, temperature):
    """The temperature is ignored.

    That is the walk at temperature 1. Divide the gain by the temperature, which sets how large a
    loss may be.
    """
    return capped(proposed - log_likelihoods)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def gains_only(log_likelihoods, proposed, temperature):
    """Only gains are taken.

    That is annealing at temperature zero, which never leaves a hill. A loss is taken with a
    probability that falls with its size.
    """
    return 1.0 * (proposed >= log_likelihoods)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def barker_s_rule(log_likelihoods, proposed, temperature):
    """This is Barker's rule, which does not always take a gain.

    1 / (1 + exp(-gain / T)) leads to the same distribution, but it stays put more often: it takes a
    move to a place of equal height only half the time. The Metropolis rule always takes it.
    """
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp((log_likelihoods - proposed) / temperature))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def ratio_of_the_logarithms(log_likelihoods, proposed, temperature):
    """One log-likelihood is divided by the other.

    What counts is the ratio of the likelihoods. Its logarithm is the difference of the
    log-likelihoods.
    """
    with np.errstate(all="ignore"):
        return np.minimum(1.0, (proposed / log_likelihoods) ** (1 / temperature))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def logarithm_of_the_probability(log_likelihoods, proposed, temperature):
    """The logarithm of the probability is returned.

    It is zero for a gain and negative for a loss. The probability is its exponential.
    """
    return np.minimum(0.0, (proposed - log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def likelihoods_underflow(log_likelihoods, proposed, temperature):
    """The likelihoods themselves are computed, and they underflow.

    The exponential of -1130 is zero in double precision, and so is that of -1131: you divide zero
    by zero. Subtract the logarithms first.
    """
    with np.errstate(all="ignore"):
        after, before = (
            np.exp(proposed / temperature),
            np.exp(log_likelihoods / temperature),
        )
        return np.minimum(1.0, after / before)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def gains_doubted_too(log_likelihoods, proposed, temperature):
    """Gains are doubted as much as losses.

    You use the absolute value of the change. A move that gains is always accepted, with probability
    one. Only for a loss does the probability fall with the size of the change.
    """
    return np.exp(-np.abs(proposed - log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def relative_loss(log_likelihoods, proposed, temperature):
    """The loss is divided by the log-likelihood.

    One minus the ratio of the log-likelihoods depends on the units of the data and on the number of
    observations. What counts is the difference, in nats.
    """
    with np.errstate(all="ignore"):
        return capped((1 - proposed / log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def ratio_of_logarithms_for_losses(log_likelihoods, proposed, temperature):
    """The probability of accepting a loss is the ratio of the log-likelihoods.

    What counts is the ratio of the likelihoods, to the power 1 / T. Its logarithm is the
    difference of the log-likelihoods, divided by T.
    """
    with np.errstate(all="ignore"):
        ratios = (log_likelihoods / proposed) ** (1 / temperature)
    return np.where(proposed >= log_likelihoods, 1.0, np.clip(ratios, 0.0, 1.0))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def one_decision_for_all(log_likelihoods, proposed, temperature):
    """All the moves share one probability, from the sum of their gains.

    Each move is proposed on its own and has its own probability. `sum` without an axis adds up
    everything: compare entry by entry.
    """
    gain = (proposed - log_likelihoods).sum()
    return np.full(len(proposed), capped(gain / temperature))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def overflow_taken_for_zero(log_likelihoods, proposed, temperature):
    """A gain that is too large for the exponential is never accepted.

    The exponential overflows for the largest gains, and there the answer is one. Cap the exponent
    at zero before you take the exponential, and nothing overflows.
    """
    exponent = (proposed - log_likelihoods) / temperature
    return np.where(exponent > np.log(np.finfo(float).max), 0.0, capped(exponent))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def losses_below_a_threshold(log_likelihoods, proposed, temperature):
    """Every loss smaller than the temperature is accepted, and no other.

    That is threshold accepting, another method. Annealing accepts a loss of T with probability
    1 / e, a smaller loss more often and a larger one less often.
    """
    return 1.0 * (log_likelihoods - proposed < temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def capped_on_the_wrong_side(log_likelihoods, proposed, temperature):
    """The exponent is kept at or above zero instead of at or below it.

    You use `max` where `min` belongs. Then losses are certain to be accepted, and gains have a
    probability above 1.
    """
    with np.errstate(over="ignore"):
        return np.exp(np.maximum(0.0, (proposed - log_likelihoods) / temperature))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def probability_divided_by_the_temperature(log_likelihoods, proposed, temperature):
    """The probability is divided by the temperature, instead of the exponent.

    The temperature belongs inside the exponential, where it sets how large a loss may be. Outside
    it, a temperature below one gives a certain move a probability above one.
    """
    return capped(proposed - log_likelihoods) / temperature


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def losses_fall_linearly(log_likelihoods, proposed, temperature):
    """The probability falls linearly instead of exponentially.

    1 - loss / T approximates the exponential for small losses. It never accepts a loss larger than
    the temperature, and the Metropolis rule sometimes does.
    """
    with np.errstate(invalid="ignore"):
        return np.clip(1 + (proposed - log_likelihoods) / temperature, 0.0, 1.0)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def probability_of_refusal(log_likelihoods, proposed, temperature):
    """This is the probability that the move is refused.

    You want one minus this, the probability of accepting it. A gain is always accepted: its
    probability is one.
    """
    return 1 - capped((proposed - log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def gain_squared(log_likelihoods, proposed, temperature):
    """The loss is squared.

    exp(-loss^2 / T) is a bell curve: it accepts almost every small loss and almost no large one.
    The ratio of two likelihoods is the exponential of the difference itself.
    """
    losses = np.minimum(0.0, proposed - log_likelihoods)
    return np.exp(-(losses**2) / temperature)
