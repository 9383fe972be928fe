"""Leaps along the path that EM takes.

There are two, Aitken's and its square. Both extrapolate from three consecutive points of a slow
climb. A point is a vector (P,) of all parameters. A leap does not look at the model or the
likelihood, so it may go too far: `emlib.em.fit` takes it only if the likelihood is not lower after
it and one more EM step.
"""

from emlib import _checks


def check_points(before, between, after):
    """Three points (P,) of one length."""
    before = _point(before, "before", "P")
    between = _point(between, "between", len(before))
    return before, between, _point(after, "after", len(before))


def check_leap(before, between, after, step_length):
    """Three points (P,) and a finite step length of at most -1."""
    points = check_points(before, between, after)
    alpha = float(_checks.real_array(step_length, "step_length", ()))
    if not -_checks.LARGEST <= alpha <= -1:
        raise ValueError(
            f"step_length is {alpha:.6g}: it must be at most -1, which leads to `after`, and at "
            f"least {-_checks.LARGEST:g}"
        )
    return *points, alpha


def _point(value, name, length):
    point = _checks.real_array(value, name, (length,))
    _checks.squarable(point, name)
    return point


from emlib.acceleration import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["naive", "vectorized"]
