"""Run EM from a start, estimate the gain still to come, and keep what an interruption leaves."""

import math
import warnings

import numpy as np

from emlib import _checks, em, gmm
from emlib.gmm import streaming


def climb(mixture, X, w, start, total, watch):
    """Run EM from the parameters `start` with the settings of `mixture`; an `em.EMResult`."""
    if mixture.max_iter == 0:
        structure, n_threads = mixture.covariance_type, mixture.n_threads
        statistics = streaming.e_step(X, start, w, structure, n_threads)
        history = np.array([height_of(statistics, start, mixture.prior)])
        return em.EMResult(start, history, 0, False, 1)
    options = {
        "structure": mixture.covariance_type,
        "prior": mixture.prior,
        "least_variance": mixture.reg_covar,
        "n_threads": mixture.n_threads,
        "tol": float(mixture.tol) * total,
        "max_iter": mixture.max_iter,
        "acceleration": "squarem" if mixture.accelerate else None,
        "callback": watch,
    }
    with warnings.catch_warnings():  # `fit` warns, in scikit-learn's words
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        return streaming.fit(X, start, w, **options)


def height_of(statistics, params, prior):
    """The height that EM climbs, nats: the log-likelihood, plus the log-prior if there is one."""
    if prior is None:
        return statistics.log_likelihood
    return statistics.log_likelihood + gmm.vectorized.log_prior(params, prior)


def to_come(history):
    """The gain still to come, by two consecutive estimates, nats; as in `em.fit`."""
    fallen = np.diff(history[-3:]) < -_checks.HALF_DIGITS * max(1.0, abs(history[-1]))
    if fallen.any():  # a later pass saw other observations
        return math.inf
    return em._of_both(em._gain_to_come(history[:-1]), em._gain_to_come(history))


def to_be_gained(history, total, leaps):
    """A sentence on the gain still to come, or on the last gain if leaps hide the estimate."""
    left = math.inf if leaps else em._gain_to_come(history)
    if left < math.inf:
        return f"About {left / total:.3g} nats an observation are still to come."
    gain = (history[-1] - history[-2]) / total
    return f"The last iteration gained {gain:.3g} nats an observation."


class Watch:
    """What an interruption must not lose of the present climb, and a progress bar for all."""

    def __init__(self, mixture, total):
        self.max_iter, self.total, self.bar = mixture.max_iter, total, None
        if mixture.verbose:
            from tqdm import tqdm

            every = mixture.verbose_interval
            options = {"desc": "EM", "unit": "iteration", "mininterval": 0}
            self.bar = tqdm(miniters=every, **options)

    def begin(self, n_starts):
        self.heights, self.params = [], None
        self.expect(n_starts)

    def expect(self, n_starts):
        """Set the bar's total for the starts to come: climbs that ended early leave less to do."""
        if self.bar is not None:
            self.bar.total = self.bar.n + n_starts * self.max_iter

    def __call__(self, progress):
        self.heights.append(progress.log_likelihood)
        self.params = progress.params
        if self.bar is not None and progress.n_iter > 0:
            height = f"{progress.log_likelihood / self.total:.6g}"
            self.bar.set_postfix({"log-likelihood": height}, refresh=False)
            self.bar.update()

    def so_far(self):
        """A list with the present climb as a result; empty if it has not begun."""
        if not self.heights:
            return []
        n, history = len(self.heights), np.array(self.heights)
        return [em.EMResult(self.params, history, n - 1, False, n)]
