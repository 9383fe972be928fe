"""The EM loop: it climbs, checks that the likelihood rises, and decides when to stop.

A model is anything with ``e_step(data, params) -> (posterior, log_likelihood)`` and
``m_step(data, posterior) -> params``. A twin module is itself a model:
``em.fit(gmm.vectorized, X, start)``.
"""

import inspect
import math
import warnings
from collections import deque
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from emlib._checks import EPS, HALF_DIGITS, whole_number
from emlib.acceleration import vectorized as leaping

LEAPS = {"aitken": leaping.aitken, "squarem": leaping.squarem}
GROWTH = 4.0  # factor of the longest leap allowed, as in Varadhan & Roland (2008)
REMEMBERED = 10  # the latest leaps, whose lengths show how slow EM currently is
HALF = 4  # at most this many rounds, whose gain is compared with that of as many before


class EMResult(NamedTuple):
    """What `fit` returns.

    Attributes
    ----------
    params : object
        The parameters after the last M step, of the model's own type.
    log_likelihoods : numpy.ndarray, shape (n_iter + 1,)
        The whole history in nats. The first entry belongs to the start, the last to `params`.
    n_iter : int
        How many points were reached after the start, each by an E step and an M step, or by a leap
        and one EM step from where it led.
    converged : bool
        Whether the likelihood still to be gained was at most `tol` by two consecutive estimates.
    n_e_steps : int
        How many E steps were started: `n_iter` + 1, and one more for each leap that was taken. A
        leap that was not taken adds two, or fewer if the model refused it earlier.
    """

    params: Any
    log_likelihoods: np.ndarray
    n_iter: int
    converged: bool
    n_e_steps: int


class Progress(NamedTuple):
    """What `fit` passes to its callback at each point.

    Attributes
    ----------
    n_iter : int
        How many iterations led to `params`; 0 at the start.
    params : object
        The current parameters.
    posterior : object
        The E step's result at `params`.
    log_likelihood : float
        The log-likelihood of `params`, nats.
    """

    n_iter: int
    params: Any
    posterior: Any
    log_likelihood: float


class LikelihoodDecreased(ArithmeticError):
    """The log-likelihood fell by more than rounding: most likely an E or an M step is wrong.

    Attributes
    ----------
    iteration : int
        The iteration in which it fell, counted from 1.
    before, after : float
        The log-likelihood before and after it, nats.
    drop : float
        By how much it fell, nats.
    """

    def __init__(self, iteration, before, after):
        super().__init__(iteration, before, after)
        self.iteration, self.before, self.after = iteration, before, after
        self.drop = before - after

    def __str__(self):
        return (
            f"the log-likelihood fell by {self.drop:.6g} nats in iteration {self.iteration}, from "
            f"{self.before:.10g} to {self.after:.10g}. An exact E step and M step cannot lower it: "
            f"look for a mistake in e_step or m_step, for a log-likelihood that is not that of "
            f"params, for a start of another structure than the M step's (project it first), or "
            f"for data so far from zero, or covariances so nearly singular, that "
            f"rounding hides the climb (subtract the data's mean first)"
        )


class DegenerateComponent(ArithmeticError):
    """A component has lost its data or its spread, so its parameters no longer exist."""


class ConvergenceWarning(UserWarning):
    """A fit reached `max_iter` before it converged."""


def fit(
    model,
    data,
    params,
    *,
    tol=1e-8,
    max_iter=1000,
    acceleration=None,
    callback=None,
):
    """Run EM from `params` until the likelihood still to be gained is at most `tol`.

    Parameters
    ----------
    model : module or object
        Has ``e_step(data, params) -> (posterior, log_likelihood)`` and
        ``m_step(data, posterior) -> params``.
    data : object
        Passed to both steps unchanged.
    params : object
        Where to start.
    tol : float
        Stop when the estimate of the likelihood still to be gained, in nats, is at most this in
        two consecutive iterations and does not grow from the first to the second. The estimate is
        Aitken's. An acceleration makes one estimate a round (two steps and a leap): the larger of
        Aitken's over whole rounds and one from the lengths of the leaps. Then the last two must be
        at most this. See the notes for what this can promise.
    max_iter : int
        Give up after this many iterations, with a `ConvergenceWarning`.
    acceleration : {None, "aitken", "squarem"}
        Leap ahead after every second step, by the function of that name in `emlib.acceleration`.
        `params` must then be a NamedTuple of arrays and numbers. A leap is not taken if the model
        refuses the new parameters, or if the likelihood is lower after the leap and an EM step.
    callback : callable, optional
        Called with a `Progress` at the start and after each iteration.

    Returns
    -------
    EMResult
        The last parameters, the history of the log-likelihood, and how it ended.

    Raises
    ------
    ValueError
        If `tol` is negative or not finite, `max_iter` is not a whole number of at least 1,
        `acceleration` is unknown or does not work with `params`, the model's E step does not
        return a pair, or the model refuses its input.
    LikelihoodDecreased
        If the log-likelihood falls by more than rounding.
    ArithmeticError
        If a component degenerates or the log-likelihood is not finite; a note names the iteration.

    Notes
    -----
    EM's theorem (Dempster, Laird & Rubin 1977, theorem 1) says that the likelihood never falls.
    "By more than rounding" means by more than 1.5e-8 (half of the digits) of its size, or of 1 nat
    if that is larger. In practice that is safe up to covariances with condition numbers of about
    1e8, and for a spread of at least 1e-11 of the data's distance from zero; beyond these limits,
    rounding alone can lower the computed likelihood by more.

    What `converged` means. Near a fixed point of EM the gain of a step is a sum over directions.
    Each term is positive and changes by a constant factor a step; at a maximum all factors are
    below 1. Aitken's estimate treats the sum as a single term. By the Cauchy-Schwarz inequality it
    is then at most what is still to come: an estimate, not a bound. If it grows, a slower direction
    has come to dominate, or at a saddle one that leads away, and the climb goes on. But a history
    of likelihoods cannot tell a maximum from a saddle as long as the directions that lead there
    hide those that lead away. Then `converged` is true at the saddle. A start near a saddle, such
    as components that are nearly equal, needs a smaller `tol`; try other starts as well.

    Near the end rounding decides. A gain of at most 4 eps of the log-likelihood's size counts as
    zero. So does a gain of at most twice the fall just before it, which rounding caused.

    The length of a leap is measured in the parameters as they are (Varadhan & Roland 2008), so the
    leaps depend on their units, though EM's own steps do not. If the likelihood has several maxima,
    a leap may lead to a different maximum than EM would, higher or lower.
    """
    if not (isinstance(tol, (int, float, np.number)) and 0 <= tol < math.inf):
        raise ValueError(f"tol is {tol!r}: pass a number of nats, 0 or more")
    max_iter = whole_number(max_iter, "max_iter")
    climb = _Steps(model) if acceleration is None else _Leaps(model, acceleration)
    history = []
    posterior = None
    for n_iter in range(max_iter + 1):
        try:
            if n_iter > 0:
                params = model.m_step(data, posterior)
            params, posterior, log_likelihood = climb.reach(data, params)
        except (ArithmeticError, ValueError) as error:
            error.add_note(
                f"This happened in iteration {n_iter} of em.fit (0 is the start)."
            )
            raise
        history.append(log_likelihood)
        if n_iter > 0:
            fall = history[-2] - history[-1]
            if fall > HALF_DIGITS * max(1.0, abs(history[-2])):
                raise LikelihoodDecreased(n_iter, history[-2], history[-1])
        if callback is not None:
            callback(Progress(n_iter, params, posterior, history[-1]))
        if climb.gain_to_come(history) <= tol:
            return EMResult(params, np.array(history), n_iter, True, climb.n_e_steps)
    _warn_of_no_convergence(history, climb.estimates[-1], tol)
    return EMResult(params, np.array(history), max_iter, False, climb.n_e_steps)


class _Steps:
    """EM without leaps: an E step at the parameters that an M step returned."""

    def __init__(self, model):
        self.model, self.n_e_steps = model, 0
        self.estimates = [math.inf, math.inf]  # of the gain to come, nats

    def reach(self, data, params):
        """The parameters, their posterior and their log-likelihood."""
        self.n_e_steps += 1
        returned = self.model.e_step(data, params)
        try:
            posterior, log_likelihood = returned
            log_likelihood = float(log_likelihood)
        except (TypeError, ValueError):
            raise ValueError(
                "model.e_step must return a pair: the posterior, and then the log-likelihood as "
                "one number"
            ) from None
        if not math.isfinite(log_likelihood):
            raise ArithmeticError(
                f"the E step returned the log-likelihood {log_likelihood}: start "
                f"where every observation is possible, and look for 0 / 0 in e_step"
            )
        return params, posterior, log_likelihood

    def gain_to_come(self, history):
        """The last two estimates in one, so that one alone does not end the climb."""
        self.estimates = [self.estimates[1], _gain_to_come(history)]
        return _of_both(*self.estimates)


class _Leaps(_Steps):
    """After two steps of EM a leap along their path, and an EM step from there.

    The leap multiplies rounding by the square of its length, so weights may no longer sum to one.
    The EM step after it restores that.
    """

    def __init__(self, model, acceleration):
        super().__init__(model)
        if acceleration not in LEAPS:
            names = ", ".join(map(repr, LEAPS))
            raise ValueError(
                f"acceleration is {acceleration!r}: pass one of {names}, or None"
            )
        self.leap = LEAPS[acceleration]
        self.path = []  # parameters, each an EM step from the one before
        self.heights = []  # the log-likelihoods of the first two
        self.longest = 1.0
        self.lengths = deque(maxlen=REMEMBERED)
        self.rounds = []  # the log-likelihood at the beginning of each

    def reach(self, data, params):
        """As without leaps, except at the third point of a path: a leap is tried there."""
        self.path.append(_vector(params))
        if len(self.path) < 3:
            reached = super().reach(data, params)
            self.heights.append(reached[-1])
            return reached
        reached = self._leapt(data, params) or super().reach(data, params)
        self.path, self.heights = [_vector(reached[0])], [reached[-1]]
        return reached

    def _leapt(self, data, params):
        """Where the leap leads; None if it is no longer than EM's own steps, refused, or lower."""
        length = -leaping.step_length(*self.path)
        self.lengths.append(length)
        self._estimate()
        allowed = min(length, self.longest)
        reached = None
        if allowed > 1:
            try:
                with np.errstate(all="ignore"):  # the leap may leave the model's domain
                    there = _like(params, self.leap(*self.path, -allowed))
                    _, posterior, _ = super().reach(data, there)
                    there = self.model.m_step(data, posterior)
                    reached = super().reach(data, there)
            except (ArithmeticError, ValueError):
                reached = None
            if reached is None or reached[-1] < self.heights[-1]:
                self.longest = max(self.longest / GROWTH, 1.0)
                return None
        if allowed == self.longest:
            self.longest *= GROWTH
        return reached

    def _estimate(self):
        """Append the larger of two estimates of the gain to come, nats.

        One continues the last gain of EM as a geometric series. A leap of length L means that the
        distance to the end shrinks by a factor of 1 - 1 / L a step, and the gain by its square:
        less than L times the last gain is to come. The largest recent L is used. But L is an
        average over directions, and the slowest is slower. The other estimate sees that: Aitken's
        over whole rounds, from the gains of the last few and of the few before them.
        """
        before, after = self.heights
        gain = _without_noise(after - before, after)
        by_step = gain * max(self.lengths) if gain else 0.0
        self.rounds.append(before)
        half = min((len(self.rounds) - 1) // 2, HALF)
        by_rounds = (
            _gain_to_come(self.rounds[-2 * half - 1 :: half]) if half else math.inf
        )
        self.estimates = [self.estimates[1], max(by_step, by_rounds)]

    def gain_to_come(self, history):
        """The larger of the last two estimates; each round makes one."""
        return max(self.estimates)


def _vector(params):
    """All the parameters as one vector (P,)."""
    try:
        return np.concatenate([np.ravel(np.asarray(part, float)) for part in params])
    except (TypeError, ValueError):
        raise ValueError(
            f"params is a {type(params).__name__}: an acceleration needs a NamedTuple of arrays "
            f"and numbers; leave acceleration out"
        ) from None


def _like(params, vector):
    """Parameters with the type and the shapes of `params`, from a vector (P,)."""
    parts, start = [], 0
    for part in params:
        own = vector[start : start + np.size(part)]
        parts.append(own.reshape(np.shape(part)) if np.ndim(part) else float(own[0]))
        start += own.size
    return type(params)(*parts)


def _warn_of_no_convergence(history, remaining, tol):
    to_come = f"about {remaining:.3g} nats are to come, tol is {tol:.3g}"
    if remaining == math.inf:
        last = history[-1] - history[-2]
        to_come = (
            f"the last gain was {last:.3g} nats, and the gains are not seen to shrink"
        )
    warnings.warn(
        f"EM did not converge in {len(history) - 1} iterations. The log-likelihood still "
        f"grows: {to_come}. Raise max_iter, or continue from the returned params.",
        ConvergenceWarning,
        stacklevel=3,
    )


def _gain_to_come(history):
    """Aitken's estimate of how far the likelihood is below its limit, nats.

    Near the limit each gain is a constant fraction `rate` of the gain before, so what is still to
    come is a geometric series. The estimate is infinite while the gains grow, because no limit is
    in sight. It is zero if rounding hides the last gain. A negative gain before it shows the size
    of the rounding: then a gain of at most twice that size counts as hidden.
    """
    if len(history) < 3:
        return math.inf
    gain = _without_noise(history[-1] - history[-2], history[-1])
    previous = history[-2] - history[-3]
    if gain <= 2 * max(0.0, -previous):
        return 0.0
    if gain >= previous:
        return math.inf  # the climb is still speeding up
    rate = gain / previous  # eq-em-rate
    return gain * rate / (1 - rate)  # eq-em-aitken


def _of_both(before, now):
    """The larger of two consecutive estimates; infinite if the second is larger.

    If the gains form a geometric series, the estimates shrink. A first estimate of zero only means
    that rounding hid the gain.
    """
    return math.inf if 0 < before < now else max(before, now)


def _without_noise(gain, log_likelihood):
    """A gain, or zero if the likelihood cannot resolve it."""
    return gain if gain > 4 * EPS * abs(log_likelihood) else 0.0


def with_options(model, **options):
    """The same model with options fixed, ready for `fit`.

    Parameters
    ----------
    model : module or object
        Has ``e_step`` and ``m_step``.
    **options
        Each is passed to the steps that take an argument of its name: ``observation_weights`` and
        ``prior`` of `emlib.gmm` to both, ``structure`` to the M step.

    Returns
    -------
    types.SimpleNamespace
        A model. Its steps raise a `ValueError` if an option is not as required.

    Raises
    ------
    ValueError
        If neither step takes an option of that name.
    """
    steps, taken = {}, set()
    for name in ("e_step", "m_step"):
        step = getattr(model, name)
        own = options.keys() & inspect.signature(step).parameters.keys()
        steps[name] = partial(step, **{option: options[option] for option in own})
        taken |= own
    unknown = sorted(options.keys() - taken)
    if unknown:
        raise ValueError(
            f"{unknown[0]} is not an option of this model: neither e_step nor m_step takes it"
        )
    return SimpleNamespace(**steps)
