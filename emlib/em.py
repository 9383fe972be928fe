"""The EM loop: climb, check that it was a climb, and say when to stop.

A model is anything with ``e_step(data, params) -> (posterior, log_likelihood)`` and
``m_step(data, posterior) -> params``. A twin module is a model as it stands:
``em.fit(gmm.vectorized, X, start)``.
"""

import math
import warnings
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from emlib._checks import EPS, HALF_DIGITS, whole_number


class EMResult(NamedTuple):
    """What `fit` returns.

    Attributes
    ----------
    params : object
        The parameters after the last M step, of the model's own type.
    log_likelihoods : numpy.ndarray, shape (n_iter + 1,)
        The whole history in nats. The first entry belongs to the start, the last to `params`.
    n_iter : int
        How many times an E step and an M step were made.
    converged : bool
        Whether the likelihood still to be gained was bounded by `tol`.
    """

    params: Any
    log_likelihoods: np.ndarray
    n_iter: int
    converged: bool


class Progress(NamedTuple):
    """What a callback of `fit` is shown after each E step.

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
    """The log-likelihood fell by more than rounding: an E or an M step is wrong.

    Attributes
    ----------
    iteration : int
        The iteration in which it fell, counted from 1.
    drop : float
        By how much, nats.
    """

    def __init__(self, iteration, before, after):
        self.iteration = iteration
        self.drop = before - after
        super().__init__(
            f"the log-likelihood fell by {self.drop:.6g} nats in iteration {iteration}, from "
            f"{before:.10g} to {after:.10g}. An exact E step and M step cannot lower it: look for "
            f"a mistake in e_step or m_step, or for a log-likelihood that is not that of params"
        )


class DegenerateComponent(ArithmeticError):
    """A component has lost its data or its spread, so its parameters no longer exist."""


class ConvergenceWarning(UserWarning):
    """EM stopped before the likelihood still to be gained was known to be small."""


def fit(model, data, params, *, tol=1e-8, max_iter=1000, callback=None):
    """Run EM from `params` until the likelihood still to be gained is at most `tol`.

    Parameters
    ----------
    model : module or object
        Has ``e_step(data, params) -> (posterior, log_likelihood)`` and
        ``m_step(data, posterior) -> params``.
    data : object
        Handed to both steps as it is, and never modified.
    params : object
        Where to start.
    tol : float
        Stop when Aitken's estimate of the likelihood still to be gained, in nats, is at most
        this in two iterations running. (One could be the flat stretch near a saddle.)
    max_iter : int
        Give up after this many iterations, with a `ConvergenceWarning`.
    callback : callable, optional
        Called with a `Progress` after each E step, the one at the start included.

    Returns
    -------
    EMResult
        The last parameters, the history of the log-likelihood, and how it ended.

    Raises
    ------
    ValueError
        If `tol` is negative or not finite, `max_iter` is not a whole number of at least 1, or the
        model refuses its input.
    LikelihoodDecreased
        If the log-likelihood falls by more than rounding.
    ArithmeticError
        If a component degenerates or the log-likelihood is not finite; the iteration is named.

    Notes
    -----
    EM's theorem (Dempster, Laird & Rubin 1977, theorem 1) says that the likelihood never falls.
    "By more than rounding" means by more than half of the digits of the log-likelihood: a model
    whose covariances have condition numbers up to 1e8 computes it at least as accurately.
    """
    if not (isinstance(tol, (int, float, np.number)) and 0 <= tol < math.inf):
        raise ValueError(f"tol is {tol!r}: pass a number of nats, 0 or more")
    max_iter = whole_number(max_iter, "max_iter")

    history = []
    posterior = None
    remaining = [math.inf, math.inf]
    for n_iter in range(max_iter + 1):
        try:
            if n_iter > 0:
                params = model.m_step(data, posterior)
            posterior, log_likelihood = model.e_step(data, params)
            if not math.isfinite(log_likelihood):
                raise ArithmeticError(
                    f"the E step returned the log-likelihood {log_likelihood}: start "
                    f"where every observation is possible, and look for 0 / 0 in e_step"
                )
        except ArithmeticError as error:
            error.add_note(
                f"This happened in iteration {n_iter} of em.fit (0 is the start)."
            )
            raise
        history.append(float(log_likelihood))
        if n_iter > 0:
            fall = history[-2] - history[-1]
            if fall > HALF_DIGITS * max(1.0, abs(history[-2])):
                raise LikelihoodDecreased(n_iter, history[-2], history[-1])
        if callback is not None:
            callback(Progress(n_iter, params, posterior, history[-1]))
        remaining = [remaining[1], _gain_to_come(history)]
        if max(remaining) <= tol:
            return EMResult(params, np.array(history), n_iter, True)
    _warn_of_no_convergence(history, remaining[-1], tol)
    return EMResult(params, np.array(history), max_iter, False)


def _warn_of_no_convergence(history, remaining, tol):
    to_come = f"about {remaining:.3g} nats are to come, tol is {tol:.3g}"
    if remaining == math.inf:
        last = history[-1] - history[-2]
        to_come = f"its gains do not shrink, the last was {last:.3g} nats"
    warnings.warn(
        f"EM did not converge in {len(history) - 1} iterations. The log-likelihood still "
        f"grows: {to_come}. Raise max_iter, or continue from the returned params.",
        ConvergenceWarning,
        stacklevel=3,
    )


def _gain_to_come(history):
    """Aitken's estimate of how far the likelihood is below its limit, nats.

    Near its limit EM gains a constant fraction `rate` of the previous gain, so what is still to
    come is a geometric series. Infinite while there is no such limit in sight.
    """
    if len(history) < 3:
        return math.inf
    gain = history[-1] - history[-2]
    if gain <= 4 * EPS * abs(history[-1]):
        return 0.0  # the likelihood cannot resolve a further gain
    previous = history[-2] - history[-3]
    if gain >= previous:
        return math.inf  # the climb is still speeding up
    rate = gain / previous  # eq-em-rate
    return gain * rate / (1 - rate)  # eq-em-aitken


def weighted(model, observation_weights):
    """The same model with a weight on each observation, ready for `fit`.

    Parameters
    ----------
    model : module or object
        Its ``e_step`` and ``m_step`` take ``observation_weights``, as those of `gmm` do.
    observation_weights : array_like, shape (N,)
        Weight 2 counts a row twice, weight 0 leaves it out.

    Returns
    -------
    types.SimpleNamespace
        A model.
    """
    return SimpleNamespace(
        e_step=partial(model.e_step, observation_weights=observation_weights),
        m_step=partial(model.m_step, observation_weights=observation_weights),
    )
