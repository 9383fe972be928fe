"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from tests.solving import solution

# --- step_length ----------------------------------------------------------------------------------


@solution("acceleration.step_length", "loops")
def step_length_loops(before, between, after):
    r2 = v2 = 0.0
    for a, b, c in zip(before, between, after, strict=True):
        r2 += float(b - a) ** 2
        v2 += float((c - b) - (b - a)) ** 2
    if r2 == 0:
        return -1.0
    return -math.inf if v2 == 0 else min(-math.sqrt(r2 / v2), -1.0)


@solution("acceleration.step_length", "broadcasting")
def step_length_diff(x0, x1, x2):
    steps = np.diff([x0, x1, x2], axis=0)
    r, v = np.linalg.norm(steps[0]), np.linalg.norm(steps[1] - steps[0])
    if r == 0:
        return -1.0
    return -max(1.0, r / v) if v > 0 else -np.inf


@solution("acceleration.step_length", "einsum")
def step_length_einsum(x0, x1, x2):
    r, s = x1 - x0, x2 - x1
    v = s - r
    rr, vv = np.einsum("p,p->", r, r), np.einsum("p,p->", v, v)
    with np.errstate(divide="ignore"):
        return -np.sqrt(np.maximum(rr / vv, 1.0)) if rr > 0 else -1.0


# --- aitken ---------------------------------------------------------------------------------------


@solution("acceleration.aitken", "loops")
def aitken_loops(before, between, after, step_length):
    return np.array(
        [b + abs(step_length) * (c - b) for b, c in zip(between, after, strict=True)]
    )


@solution("acceleration.aitken", "broadcasting")
def aitken_broadcasting(x0, x1, x2, alpha):
    return (1 + alpha) * x1 - alpha * x2


@solution("acceleration.aitken", "einsum")
def aitken_einsum(x0, x1, x2, alpha):
    return x1 + np.einsum("s,sp->p", [-alpha], (x2 - x1)[None])


# --- squarem --------------------------------------------------------------------------------------


@solution("acceleration.squarem", "loops")
def squarem_loops(before, between, after, step_length):
    leap = []
    for a, b, c in zip(before, between, after, strict=True):
        first, second = b - a, c - b
        leap.append(a - step_length * (2 * first - step_length * (second - first)))
    return np.array(leap)


@solution("acceleration.squarem", "broadcasting")
def squarem_in_two_leaps(x0, x1, x2, alpha):
    # Leap from two points in a row, and then from the one leap by way of the other.
    one, other = x0 - alpha * (x1 - x0), x1 - alpha * (x2 - x1)
    return one - alpha * (other - one)


@solution("acceleration.squarem", "einsum")
def squarem_einsum(x0, x1, x2, alpha):
    r, v = x1 - x0, x2 - x1 - (x1 - x0)
    return x0 + np.einsum("s,sp->p", [-2 * alpha, alpha**2], np.stack([r, v]))
