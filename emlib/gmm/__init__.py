"""Gaussian mixtures.

Component k is picked with probability weights[k] and draws the observation from a Gaussian with
its own mean and covariance. Which component it was is hidden. The likelihood is unbounded (a
component can shrink onto one point) and has K! copies of each maximum, one for each order of the
components. EM finds one of its local maxima, depending on the start.

The covariances may be constrained to a structure: "full" (each component its own), "tied" (one for
all), "diag" (features independent within a component) or "spherical" (one variance a component).
They have the shape (K, D, D) whatever the structure. With a `Prior`, what EM maximises is bounded.
"""

from typing import NamedTuple

import numpy as np

from emlib import _checks, gaussian
from emlib.em import DegenerateComponent


class Params(NamedTuple):
    """The parameters of a Gaussian mixture.

    Attributes
    ----------
    weights : numpy.ndarray, shape (K,)
        Positive, summing to one.
    means : numpy.ndarray, shape (K, D)
        In the units of the data.
    covariances : numpy.ndarray, shape (K, D, D)
        Symmetric and positive definite, in squared units.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


STRUCTURES = ("full", "tied", "diag", "spherical")


class Prior(NamedTuple):
    """A conjugate prior: normal-inverse-Wishart on each component, Dirichlet on the weights.

    Attributes
    ----------
    mean : numpy.ndarray, shape (D,)
        Where the means are expected, in the units of the data.
    mean_strength : float
        How many observations this expectation counts as; positive.
    scatter : numpy.ndarray, shape (D, D)
        Symmetric and positive definite: the sum of squares of imagined observations, in squared
        units.
    degrees : float
        The degrees of freedom of the inverse Wishart distribution, above D - 1.
    concentration : float
        The parameter of the Dirichlet distribution, the same for each weight, at least 1. With 1,
        the default, all weights are equally likely; the excess over 1 counts as observations of
        each component.
    """

    mean: np.ndarray
    mean_strength: float
    scatter: np.ndarray
    degrees: float
    concentration: float = 1.0


def weak_prior(X, n_components):
    """A weak prior made from the data: that of Fraley & Raftery (2007).

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    n_components : int
        How many components there are to be, at least 1.

    Returns
    -------
    Prior
        The mean of the data with the strength of a hundredth of an observation, D + 2 degrees of
        freedom, and as scatter the data's covariance divided by K^(2/D). K ellipsoids of that size
        have the volume of the data's.

    Raises
    ------
    ValueError
        If `X` or `n_components` is not as required.
    emlib.em.DegenerateComponent
        If the observations do not span all D dimensions.
    """
    K = _checks.whole_number(n_components, "n_components")
    mean, covariance = gaussian.vectorized.fit(X)
    D = len(mean)
    return Prior(mean, 0.01, covariance / K ** (2 / D), D + 2.0)


def check_prior(prior, n_features, needed=False):
    """A prior as arrays and numbers of matching shapes; None is allowed unless one is needed."""
    if prior is None and not needed:
        return None
    if not isinstance(prior, Prior):
        raise ValueError(f"prior is a {type(prior).__name__}: pass a gmm.Prior")
    D = n_features
    return Prior(
        _checks.mean_vector(prior.mean, D, "prior.mean"),
        _above(prior.mean_strength, "prior.mean_strength", 0, "a number above 0"),
        _checks.covariance_matrix(prior.scatter, D, "prior.scatter"),
        _above(
            prior.degrees, "prior.degrees", D - 1, f"a number above D - 1 = {D - 1}"
        ),
        _above(prior.concentration, "prior.concentration", 1, "1 or more", True),
    )


def _above(value, name, bound, wanted, or_equal=False):
    number = float(_checks.real_array(value, name, ()))
    if not bound < number <= _checks.LARGEST and not (or_equal and number == bound):
        raise ValueError(
            f"{name} is {number:.6g}: pass {wanted}, at most {_checks.LARGEST:g}"
        )
    return number


def check_structure(structure):
    """Refuse a structure that is not one of the four."""
    if not (isinstance(structure, str) and structure in STRUCTURES):
        names = ", ".join(map(repr, STRUCTURES))
        raise ValueError(f"structure is {structure!r}: pass one of {names}")


def check_params(params, n_features="D", name="params"):
    """Parameters as arrays of matching shapes, with weights and covariances fit for use."""
    if not isinstance(params, Params):
        raise ValueError(f"{name} is a {type(params).__name__}: pass a gmm.Params")
    weights = _checks.mixture_weights(params.weights, f"{name}.weights")
    K = len(weights)
    means = _checks.real_array(params.means, f"{name}.means", (K, n_features))
    D = means.shape[1]
    covariances = _checks.real_array(
        params.covariances, f"{name}.covariances", (K, D, D)
    )
    if not _checks.sound(means, covariances):
        for k in range(K):
            _checks.mean_vector(means[k], D, f"{name}.means[{k}]")
            _checks.covariance_matrix(covariances[k], D, f"{name}.covariances[{k}]")
    return Params(weights, means, covariances)


def check_e_step(X, params, observation_weights, prior=None):
    """Observations (N, D), parameters and a prior to match, and weights (N,)."""
    X = _checks.observations(X)
    params = check_params(params, X.shape[1])
    prior = check_prior(prior, X.shape[1])
    return X, params, _checks.observation_weights(observation_weights, len(X)), prior


def check_m_step(X, responsibilities, observation_weights, structure, prior):
    """The rows that count: observations, responsibilities (N, K) and weights (N,); the prior."""
    X = _checks.observations(X)
    check_structure(structure)
    prior = check_prior(prior, X.shape[1])
    gamma = _checks.distributions(responsibilities, "responsibilities", (len(X), "K"))
    w = _checks.observation_weights(observation_weights, len(X))
    some = w > 0  # weight 0 leaves the row out
    K = gamma.shape[1]
    if K > some.sum():
        raise ValueError(
            f"responsibilities has K = {K} components for {some.sum()} observations: use at most "
            f"as many components as observations"
        )
    return X[some], gamma[some], w[some], prior


def check_scatters(scatters, counts, structure):
    """Scatter matrices (K, D, D) and positive effective counts (K,)."""
    scatters = _checks.real_array(scatters, "scatters", ("K", "D", "D"))
    K, D, other = scatters.shape
    if D != other:
        raise ValueError(
            f"scatters has shape {scatters.shape}: expected square matrices (K, D, D)"
        )
    huge = np.abs(scatters) > _checks.LARGEST**2
    _checks.refuse(huge, scatters, "scatters", "too large to add up; rescale the data")
    counts = _checks.real_array(counts, "counts", (K,))
    odd = (counts < 1 / _checks.LARGEST) | (counts > _checks.LARGEST)
    remedy = "an effective count must be positive; leave out an empty component"
    _checks.refuse(odd, counts, "counts", remedy)
    check_structure(structure)
    return scatters, counts


def require_counts(counts, prior):
    """Raise unless each component has a count (K,) to estimate its parameters from."""
    imagined = 0.0 if prior is None else prior.concentration - 1
    nobody = counts + imagined < np.finfo(float).tiny
    if nobody.any():
        raise DegenerateComponent(
            f"component {int(np.argmax(nobody))} is empty: its responsibilities sum "
            f"to zero, so its mean and covariance cannot be estimated. Use fewer "
            f"components, start its mean among the observations, or pass a prior "
            f"with a concentration above 1"
        )


def require_spread(covariances, unresolved, structure):
    """Raise unless the covariances (K, D, D) can be used in an E step.

    `unresolved` (K, D, D) holds the covariances that rounding alone would give.
    """
    if _have_spread(covariances, np.einsum("kii->ki", unresolved)):
        return
    for k, covariance in enumerate(covariances):
        tied = structure == "tied"
        what = "the covariance of all components" if tied else f"component {k}"
        gaussian.require_spread(covariance, np.diagonal(unresolved[k]), what)


def _have_spread(covariances, unresolved):
    """Whether all covariances certainly have spread, checked for all components at once."""
    variances = np.einsum("kii->ki", covariances)  # (K, D)
    if not (variances > np.maximum(unresolved, _checks.SMALLEST_VARIANCE)).all():
        return False
    D = variances.shape[1]
    rounding = (unresolved / variances).sum(axis=1).max()
    floor = max(_checks.least_eigenvalue(D), rounding)
    return _checks.definite(_checks.correlations(covariances), floor)


def unresolved_scatters(X, counts):
    """Diagonal scatter matrices (K, D, D) of the means' rounding, for counts (N, K)."""
    scatters = counts.sum(axis=0)[:, None] * gaussian.unresolved(X, counts)  # (K, D)
    return scatters[:, :, None] * np.eye(X.shape[1])


from emlib.gmm import naive, streaming, vectorized  # noqa: E402  (they need what is above)

__all__ = [
    "STRUCTURES",
    "Params",
    "Prior",
    "naive",
    "streaming",
    "vectorized",
    "weak_prior",
]
