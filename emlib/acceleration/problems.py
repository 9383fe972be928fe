"""Random problems for the leaps: three points of a climb, and a step length."""

import numpy as np

from emlib._checks import EPS
from emlib.problems import Problem


def _points(rng, setting):
    """Three points (P,) of a climb with P = N whose steps shrink, and the error (P,) of a step."""
    before = setting.scale * (setting.offset + rng.standard_normal(setting.N))
    step = setting.scale * rng.standard_normal(setting.N)
    rates = np.ones(setting.N) if setting.extreme else rng.uniform(0.3, 0.95, setting.N)
    between = before + step
    points = {"before": before, "between": between, "after": between + rates * step}
    error = 2 * EPS * np.abs(list(points.values())).sum(axis=0)
    return points, error


def step_length(rng, setting):
    """Three points of a climb; the two steps are equal up to rounding if extreme."""
    points, error = _points(rng, setting)
    first = points["between"] - points["before"]
    change = points["after"] - points["between"] - first

    def tolerance(result):
        with np.errstate(divide="ignore"):
            relative = np.linalg.norm(error) * (
                1 / np.linalg.norm(first) + 2 / np.linalg.norm(change)
            )
        if relative >= 0.5:
            return np.inf  # the change of the step is lost in rounding
        return 2 * (relative + (setting.N + 4) * EPS) * abs(result)

    return Problem(points, tolerance)


def _leap(rng, setting, moved):
    """Three points and a step length; `moved` says what errors in the points do to the leap."""
    points, error = _points(rng, setting)
    alpha = -1.0 if setting.extreme else float(-rng.uniform(1, 50))
    return Problem(
        points | {"step_length": alpha},
        lambda result: moved(abs(alpha), error) + 8 * EPS * np.abs(result),
    )


def aitken(rng, setting):
    """Three points of a climb and a step length; -1 if extreme."""
    return _leap(rng, setting, lambda length, error: 2 * (1 + length) * error)


def squarem(rng, setting):
    """Three points of a climb and a step length; -1 if extreme."""
    return _leap(rng, setting, lambda length, error: 2 * (1 + length) ** 2 * error)
