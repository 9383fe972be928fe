"""Mistakes in other climbers: the constraints, the gradient, the acceptance, the strategy."""

from emlib.climbers.mistakes import (
    acceptance,
    constrain,
    gradient,
    recombine,
    unconstrain,
)

__all__ = ["acceptance", "constrain", "gradient", "recombine", "unconstrain"]
