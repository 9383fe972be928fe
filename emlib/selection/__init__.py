"""The number of components of a Gaussian mixture.

The likelihood of the best fit never falls when a component is added, so it cannot choose their
number. AIC, BIC and ICL take minus twice the log-likelihood and add a charge for the parameters,
each for its own reason. Smaller is better, as in scikit-learn; R's mclust reports the negatives.

They are meant for fitted parameters. The number of free parameters depends on the structure in
which these were fitted ("full", "tied", "diag" or "spherical"). The covariances alone do not show
it.

Observations may have weights: weight 2 counts a row twice, in the log-likelihood, in the entropy
and in the N of BIC and ICL, which is the sum of the weights. The number of free parameters does not
depend on them.
"""

import numpy as np

from emlib import _checks, gmm
from emlib.gmm import check_params, check_structure

Params = gmm.Params
REMEDY = "pass the structure in which it was fitted"


def check_counted(params, structure):
    """Parameters whose covariances have the structure in which they are to be counted."""
    check_structure(structure)
    params = check_params(params)
    D = params.means.shape[1]
    for k, covariance in enumerate(params.covariances):
        name, deviations = f"params.covariances[{k}]", np.sqrt(np.diagonal(covariance))
        allowed = _checks.HALF_DIGITS * np.outer(deviations, deviations)
        if structure == "tied":
            _require(covariance, params.covariances[0], allowed, name, structure)
        if structure in ("diag", "spherical"):
            wanted = np.diag(np.diagonal(covariance))
            _require(covariance, wanted, allowed, name, structure)
        if structure == "spherical":
            wanted = covariance[0, 0] * np.eye(D)
            _require(covariance, wanted, allowed, name, structure)
    return params


def _require(covariance, wanted, allowed, name, structure):
    bad = np.abs(covariance - wanted) > allowed
    if bad.any():
        i, j = map(int, np.argwhere(bad)[0])
        raise ValueError(
            f"{name}[{i}, {j}] is {covariance[i, j]:.6g}, but the structure {structure!r} "
            f"requires {wanted[i, j]:.6g}: {REMEDY}"
        )


def check_criterion(X, params, structure, observation_weights):
    """Observations (N, D), parameters of this structure to match, and weights (N,)."""
    X = _checks.observations(X)
    check_params(params, X.shape[1])
    params = check_counted(params, structure)
    return X, params, _checks.observation_weights(observation_weights, len(X))


from emlib.selection import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["naive", "vectorized"]
