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

    A move that gains is always taken. Cap the exponent at zero before the exponential is formed,
    so that a large gain cannot overflow either.
    """
    with np.errstate(all="ignore"):
        return np.exp((proposed - log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def losses_welcome(log_likelihoods, proposed, temperature):
    """The sign is wrong: losses are always taken, and gains seldom.

    That is the rule for an energy, which annealing lowers. A log-likelihood is to rise: the
    exponent is what is proposed minus where we are.
    """
    return capped((log_likelihoods - proposed) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def multiplied_by_the_temperature(log_likelihoods, proposed, temperature):
    """The gain is multiplied by the temperature.

    Then losses become less likely as it gets hotter. The temperature divides: at a high one
    almost every loss is taken.
    """
    return capped((proposed - log_likelihoods) * temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def no_temperature(log_likelihoods, proposed, temperature):
    """The temperature is ignored.

    That is the walk at temperature 1. Divide the gain by the temperature: it says how large a
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
    """This is another rule, Barker's: a gain is not certain to be taken.

    1 / (1 + exp(-gain / T)) leads to the same distribution, but stands still more often: a move
    to a place of equal height is taken every second time only. The rule of Metropolis takes it
    always.
    """
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp((log_likelihoods - proposed) / temperature))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def ratio_of_the_logarithms(log_likelihoods, proposed, temperature):
    """The log-likelihoods are divided by each other.

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
    """The likelihoods themselves are formed, and underflow.

    The exponential of -1130 is zero in double precision, and so is that of -1131: zero is
    divided by zero. Subtract the logarithms first.
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

    The absolute value of the change decides. A move that gains is always accepted: the probability
    is one, and it falls with the size of a loss alone.
    """
    return np.exp(-np.abs(proposed - log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def relative_loss(log_likelihoods, proposed, temperature):
    """The loss is taken in proportion to the log-likelihood.

    One minus the ratio of the log-likelihoods depends on where zero lies, and on how many
    observations there are. What counts is the difference, in nats.
    """
    with np.errstate(all="ignore"):
        return capped((1 - proposed / log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def ratio_of_logarithms_for_losses(log_likelihoods, proposed, temperature):
    """A loss is accepted with the ratio of the log-likelihoods.

    What counts is the ratio of the likelihoods, to the power 1 / T. Its logarithm is the
    difference of the log-likelihoods, over T.
    """
    with np.errstate(all="ignore"):
        ratios = (log_likelihoods / proposed) ** (1 / temperature)
    return np.where(proposed >= log_likelihoods, 1.0, np.clip(ratios, 0.0, 1.0))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def one_decision_for_all(log_likelihoods, proposed, temperature):
    """There is one decision for all the moves, by the sum of their gains.

    Each move is proposed by itself, and has a probability of its own. Without an axis `sum` adds
    up everything: compare entry by entry.
    """
    gain = (proposed - log_likelihoods).sum()
    return np.full(len(proposed), capped(gain / temperature))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def overflow_taken_for_zero(log_likelihoods, proposed, temperature):
    """A gain that is too large for the exponential is never accepted.

    The exponential overflows where the gain is largest, and the answer is one. Cap the exponent at
    zero before the exponential is formed, and nothing overflows.
    """
    exponent = (proposed - log_likelihoods) / temperature
    return np.where(exponent > np.log(np.finfo(float).max), 0.0, capped(exponent))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def losses_below_a_threshold(log_likelihoods, proposed, temperature):
    """Every loss smaller than the temperature is accepted, and no other.

    That is threshold accepting, another method. Annealing accepts a loss of T with probability
    1 / e, a smaller one more often and a larger one more seldom.
    """
    return 1.0 * (log_likelihoods - proposed < temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def capped_on_the_wrong_side(log_likelihoods, proposed, temperature):
    """The exponent is held at zero or above, and not below.

    `max` takes the place of `min`: then losses are certain to be accepted, and gains have a
    probability above 1.
    """
    with np.errstate(over="ignore"):
        return np.exp(np.maximum(0.0, (proposed - log_likelihoods) / temperature))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def probability_divided_by_the_temperature(log_likelihoods, proposed, temperature):
    """The probability is divided by the temperature, and not the exponent.

    The temperature says how large a loss may be, inside the exponential. Outside it a temperature
    below one makes of a certain move one with a probability above one.
    """
    return capped(proposed - log_likelihoods) / temperature


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def losses_fall_linearly(log_likelihoods, proposed, temperature):
    """The probability falls in a straight line, and not exponentially.

    1 - loss / T is what the exponential looks like for small losses. A loss larger than the
    temperature then never happens, and with Metropolis' rule it does, if seldom.
    """
    with np.errstate(invalid="ignore"):
        return np.clip(1 + (proposed - log_likelihoods) / temperature, 0.0, 1.0)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def probability_of_refusal(log_likelihoods, proposed, temperature):
    """This is the probability that the move is refused.

    It is one minus that of accepting it. A gain is always accepted: its probability is one.
    """
    return 1 - capped((proposed - log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def gain_squared(log_likelihoods, proposed, temperature):
    """The loss is squared.

    exp(-loss^2 / T) is a bell curve, which hardly minds a small loss and forbids a large one. The
    ratio of two likelihoods is the exponential of the difference itself.
    """
    losses = np.minimum(0.0, proposed - log_likelihoods)
    return np.exp(-(losses**2) / temperature)
