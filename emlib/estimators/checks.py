"""Checks of the settings and the weights; their errors use the names of scikit-learn."""

import math
from numbers import Integral, Real

from emlib import _checks, gmm
from emlib.estimators.starts import INITS


def check_settings(mixture):
    """Raise if a setting of the constructor is not as required."""
    for name in ("n_components", "n_init", "verbose_interval"):
        _checks.whole_number(getattr(mixture, name), name)
    for name, kind in (("max_iter", Integral), ("tol", Real), ("reg_covar", Real)):
        value = getattr(mixture, name)
        if not (isinstance(value, kind) and 0 <= value < math.inf):
            what = "whole number" if kind is Integral else "number"
            raise ValueError(f"{name} is {value!r}: pass a {what}, 0 or more")
    kinds = {"covariance_type": gmm.STRUCTURES, "init_params": tuple(INITS)}
    for name, known in kinds.items():
        if getattr(mixture, name) not in known:
            names = ", ".join(map(repr, known))
            raise ValueError(
                f"{name} is {getattr(mixture, name)!r}: pass one of {names}"
            )


def checked_weights(sample_weight, n):
    """The weights (n,) of observations, or None for one each."""
    if sample_weight is None:
        return None
    try:
        return _checks.observation_weights(sample_weight, n)
    except ValueError as error:
        words = str(error).replace("observation_weights", "sample_weight")
        raise ValueError(words) from None
