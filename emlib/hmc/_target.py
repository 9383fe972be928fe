"""A target's values: what they must be, and whether the gradient is that of the log-density."""

import math

import numpy as np

# Relative to the size of a coordinate: from large steps, for targets that vary slowly or are
# computed with little precision, to small ones, for narrow targets.
STEPS = np.logspace(-1, -9, 9)

# A gradient is refuted by a difference of this share, and by ten times what the difference
# quotient itself is uncertain.
SHARE = 1e-3
DOUBT = 10.0

N_CHECKED = 2

# Beyond these an estimate of 1 / variance tells nothing.
LEAST = 1e-90


def evaluated(target, X, place):
    """The log-densities (C,) and gradients (C, D) at some rows; without NaN.

    Where either is not to be had, the log-density is -inf. A gradient that is not finite is zero:
    whatever it is, a leapfrog step keeps the volume and can be reversed.
    """
    heights, gradients = raw(target, X, place)
    # One number that is not finite makes the sum so: nearly always, one look is enough.
    with np.errstate(over="ignore", invalid="ignore"):
        if math.isfinite(heights.sum() + gradients.sum()):
            return heights, gradients
    lost = ~np.isfinite(heights)
    fine = np.isfinite(gradients)
    if not fine.all():
        lost |= ~fine.all(axis=1)
        gradients = np.where(fine, gradients, 0.0)
    if lost.any():
        heights = np.where(lost, -np.inf, heights)
    return heights, gradients


def at_start(target, start):
    """The log-densities (C,) and gradients (C, D) at the starts, all of them finite."""
    heights, gradients = raw(target, start.copy(), "the start")
    for c, height in enumerate(heights):
        if np.isneginf(height):
            raise ValueError(
                f"start[{c}] has density zero: start where log_density is finite"
            )
        if not np.isfinite(height):
            raise ValueError(
                f"log_density is {height:g} at start[{c}], {_told(start[c])}: return a finite "
                f"number, or -inf where the density is zero"
            )
        odd = ~np.isfinite(gradients[c])
        if odd.any():
            i = int(np.argmax(odd))
            raise ValueError(
                f"gradient is {gradients[c, i]:g} in coordinate {i} at start[{c}], "
                f"{_told(start[c])}: return a finite number"
            )
    return heights, gradients


def raw(target, X, place):
    """What the target returns at some rows, if it has the right shapes; NaN and inf included."""
    # A long step can end where exp overflows. What it returned is looked at; it need not warn.
    with np.errstate(all="ignore"):
        if target.both is not None:
            pair = _called(target, "both", X, place)
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise ValueError(
                    f"target.both returned a {type(pair).__name__}: return a pair, the "
                    f"log-densities (C,) and the gradients (C, D)"
                )
            heights, gradients = pair
        else:
            heights = _called(target, "log_density", X, place)
            gradients = _called(target, "gradient", X, place)
    C, D = X.shape
    return (
        _shaped(heights, "log_density", (C,), "one number for each row"),
        _shaped(gradients, "gradient", (C, D), "one row for each row"),
    )


def _called(target, name, X, place):
    """A function of the target at some rows; if it raises, the message says at which."""
    function = getattr(target, name)
    try:
        return function(X)
    except Exception as error:
        row = X[_first_that_raises(function, X)]
        raise ValueError(
            f"target.{name} raised {type(error).__name__}({error}) at {place}, where the "
            f"position is {_told(row)}: return -inf where the density is zero, and a gradient of "
            f"zeros there"
        ) from error


def _first_that_raises(function, X):
    for c in range(len(X)):
        try:
            function(X[c : c + 1])
        except Exception:
            return c
    return 0


def _shaped(values, name, shape, words):
    values = np.asarray(values)
    if values.shape != shape:
        raise ValueError(
            f"{name} returned an array of shape {_lettered(values.shape, shape[0])} for rows (C, D)"
            f", expected {_lettered(shape, shape[0])}: {words} that it is given"
        )
    if values.dtype.kind not in "fiu":
        raise ValueError(f"{name} returned {values.dtype.name}, not real numbers")
    return values.astype(float, copy=False)


def _lettered(shape, C):
    """A shape in words, with C for the number of rows."""
    sizes = ["C" if n == C and not axis else str(n) for axis, n in enumerate(shape)]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _told(row):
    """A position in words; a long one cut short."""
    shown = ", ".join(f"{value:.4g}" for value in row[:6])
    return f"[{shown}{', ...' if len(row) > 6 else ''}]"


def check_gradient(target, X):
    """Compare a target's gradient with difference quotients of its log-density.

    Parameters
    ----------
    target : Target
        The distribution.
    X : array_like, shape (C, D)
        Where to compare; log-densities and gradients must be finite there.

    Returns
    -------
    numpy.ndarray, shape (C, D)
        The curvature of the log-density along each coordinate, from differences of the gradient; 0
        where no step was small enough to tell.

    Raises
    ------
    ValueError
        If the gradient contradicts the log-density: where, in which coordinate, what was expected
        and what was returned.
    """
    X = np.asarray(X, dtype=float)
    heights, gradients = raw(target, X.copy(), "the start")
    return np.array(
        [_curvature(target, *at) for at in zip(X, heights, gradients, strict=True)]
    )


def _curvature(target, x, height, gradient):
    """The curvatures (D,) at one position, where the gradient is found to be right."""
    D, H = len(x), len(STEPS)
    steps = STEPS[:, None] * np.where(x == 0, 1.0, np.abs(x))  # (H, D)
    # Along each coordinate, forth and back by each step and by half of it.
    offsets = np.array([1.0, -1.0, 0.5, -0.5])
    moved = np.tile(x, (H, 4, D, 1))
    along = np.arange(D)
    moved[:, :, along, along] += offsets[:, None] * steps[:, None, :]
    exact = moved[:, :, along, along] - x  # the steps as they are, after rounding
    heights, gradients = raw(target, moved.reshape(-1, D), "a position near the start")
    heights = heights.reshape(H, 4, D)
    slopes = gradients.reshape(H, 4, D, D)[:, :, along, along]
    with np.errstate(all="ignore"):
        whole = (heights[:, 0] - heights[:, 1]) / (exact[:, 0] - exact[:, 1])
        half = (heights[:, 2] - heights[:, 3]) / (exact[:, 2] - exact[:, 3])
        # A quotient is uncertain by what another step changes, half as long or ten times as long,
        # and by the rounding of the log-densities, which are sums of many terms. One comparison
        # alone could agree by chance, where the log-densities are noisy.
        size = np.abs(heights).max(axis=1) + np.abs(height)
        rounding = 64 * np.finfo(float).eps * size / steps
        doubt = np.maximum(np.abs(whole - half)[1:], np.abs(half[1:] - half[:-1]))
        doubt = doubt + rounding[1:]
        bend = (slopes[:, 2] - slopes[:, 3]) / (exact[:, 2] - exact[:, 3])
    doubt[~np.isfinite(doubt)] = np.inf
    best = doubt.argmin(axis=0)
    unsure, best = doubt[best, along], best + 1
    expected, bend = half[best, along], bend[best, along]
    bend = np.where(np.isfinite(bend), bend, 0.0)
    # An error is small beside the slope, or beside 1 / sd: then it hardly matters on the target.
    size = np.maximum(np.abs(expected), np.abs(gradient))
    allowed = DOUBT * unsure + SHARE * np.maximum(size, np.sqrt(np.abs(bend)))
    wrong = np.abs(gradient - expected) > allowed
    if wrong.any():
        i = int(np.argmax(np.where(wrong, np.abs(gradient - expected) / allowed, 0.0)))
        raise ValueError(
            f"gradient contradicts log_density at {_told(x)}: coordinate {i} is "
            f"{gradient[i]:.6g}, expected {expected[i]:.6g}, by differences of log_density"
        )
    return bend


def first_metric(target, start, dense):
    """An inverse mass to begin with: from the curvature and the slope where the chains start.

    Either estimates how much the log-density tells about a coordinate, in its own units: for a
    normal distribution the curvature is 1 / variance, and so is the mean of the squared slope.
    """
    at_start(target, start)
    some = start[:N_CHECKED]
    curvature = np.abs(check_gradient(target, some))
    _, slopes = raw(target, some.copy(), "the start")
    information = (curvature + np.square(slopes)).mean(axis=0)
    known = (information > LEAST) & (information < 1 / LEAST)
    variances = 1 / np.where(known, information, 1.0)
    return np.diag(variances) if dense else variances


def refuse_step(step_size):
    """A step size, unless it is so large or so small that no density explains it."""
    if step_size > 2.0**100:
        raise ValueError(
            "log_density stays the same over steps of any length: the density cannot be "
            "normalised; is a term missing?"
        )
    if step_size < 2.0**-100:
        raise ValueError(
            "no step is short enough: log_density jumps at the start, or its gradient is wrong"
        )
    return step_size
