"""Mistakes in the prior."""

import math

import numpy as np

from emlib.exercises.mistakes import mistake, trap
from emlib.gmm import Params, Prior

LOG_PRIOR = "gmm.log_prior"

trap(
    LOG_PRIOR,
    "variances so small that their determinant underflows",
    params=Params(np.ones(1), np.zeros((1, 4)), 1e-90 * np.eye(4)[None]),
    prior=Prior(np.zeros(4), 1.0, 1e-90 * np.eye(4), 4.0),
)


def prior_terms(params, prior):
    """For each component (K,): log-weight, log-determinant, trace, and squared distance."""
    apart = (params.means - prior.mean)[:, :, None]  # (K, D, 1)
    ratios = np.linalg.solve(params.covariances, prior.scatter)
    return (
        np.log(params.weights),
        np.linalg.slogdet(params.covariances)[1],
        np.trace(ratios, axis1=1, axis2=2),
        (apart * np.linalg.solve(params.covariances, apart)).sum(axis=(1, 2)),
    )


def assembled(terms, prior, exponent):
    """The logarithm of the prior from its terms, with this power of the determinant."""
    log_weight, log_determinant, trace, squared = terms
    spread = exponent * log_determinant + trace + prior.mean_strength * squared
    return ((prior.concentration - 1) * log_weight - 0.5 * spread).sum()


def whole_exponent(prior):
    """The power of the determinant, doubled."""
    return prior.degrees + len(prior.mean) + 2


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def inverse_wishart_alone(params, prior):
    """The determinant that comes with the mean is missing.

    The mean has its own density, a Gaussian with covariance Sigma / kappa, which has a determinant
    to the power -1/2. Together with the inverse Wishart, the power is (nu + D + 2) / 2, not (nu + D
    + 1) / 2.
    """
    return assembled(prior_terms(params, prior), prior, whole_exponent(prior) - 1)


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def wishart_exponent(params, prior):
    """The power of the determinant is that of a Wishart distribution.

    In a Wishart density of the precision it is (nu - D - 1) / 2. The covariance is the inverse, and
    the change of variables adds D + 1. With the mean's determinant you get (nu + D + 2) / 2.
    """
    exponent = prior.degrees - len(prior.mean) - 1
    return assembled(prior_terms(params, prior), prior, exponent)


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def prior_of_covariances_only(params, prior):
    """The squared distances of the means from the prior's mean are missing.

    Each component also has a mean, with a Gaussian density around the prior's mean. It gives kappa
    times the squared distance, measured with the component's covariance.
    """
    log_weight, log_determinant, trace, squared = prior_terms(params, prior)
    terms = log_weight, log_determinant, trace, 0 * squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def distance_without_strength(params, prior):
    """The strength of the mean is left out.

    The prior's mean counts for kappa observations, so the squared distance from it is multiplied by
    kappa.
    """
    terms = prior_terms(params, prior)
    one = prior._replace(mean_strength=1.0)
    return assembled(terms, one, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def distance_in_plain_units(params, prior):
    """The distance of the means is measured without the covariance.

    The mean's own covariance is Sigma / kappa, so use the Mahalanobis distance, with the inverse of
    Sigma between the two factors. A plain distance depends on the units of the features.
    """
    log_weight, log_determinant, trace, _ = prior_terms(params, prior)
    plain = ((params.means - prior.mean) ** 2).sum(axis=1)
    terms = log_weight, log_determinant, trace, plain
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def trace_left_out(params, prior):
    """The trace is missing.

    It is the purpose of this prior: as a covariance shrinks, tr(Psi Sigma^-1) grows without limit,
    faster than the logarithm of the determinant falls. Without it, a collapse is even rewarded.
    """
    log_weight, log_determinant, trace, squared = prior_terms(params, prior)
    terms = log_weight, log_determinant, 0 * trace, squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def trace_not_inverted(params, prior):
    """The trace contains the covariance instead of its inverse.

    tr(Psi Sigma) makes large covariances costly. Small ones have to be costly: tr(Psi Sigma^-1).
    """
    log_weight, log_determinant, _, squared = prior_terms(params, prior)
    product = prior.scatter @ params.covariances
    trace = np.trace(product, axis1=1, axis2=2)
    terms = log_weight, log_determinant, trace, squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def concentration_itself(params, prior):
    """The log-weights are multiplied by alpha instead of alpha - 1.

    A Dirichlet density contains the weights to the power alpha - 1. With alpha = 1 it is the same
    for all weights, so the term must vanish.
    """
    terms = prior_terms(params, prior)
    return assembled(terms, prior, whole_exponent(prior)) + terms[0].sum()


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def weights_have_no_prior(params, prior):
    """The prior of the weights is missing.

    The weights have a density too. With a concentration alpha above 1, the sum of (alpha - 1) log
    pi_k keeps them away from zero.
    """
    terms = prior_terms(params, prior)
    flat = prior._replace(concentration=1.0)
    return assembled(terms, flat, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def without_the_half(params, prior):
    """The factor 1/2 is missing.

    The exponents of the normal and of the inverse Wishart density are halved, like a Gaussian's:
    the determinant's power, the trace and the squared distance.
    """
    log_weight, log_determinant, trace, squared = prior_terms(params, prior)
    terms = log_weight, 2 * log_determinant, 2 * trace, 2 * squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def averaged_over_components(params, prior):
    """The components are averaged instead of added.

    Their parameters are independent under the prior, so the densities multiply and the logarithms
    add up over k.
    """
    terms = prior_terms(params, prior)
    total = assembled(terms, prior, whole_exponent(prior))
    return total / len(params.weights)


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def determinant_outside_log_space(params, prior):
    """The determinants are formed before their logarithm is taken.

    A determinant is a product of D variances. It underflows if there are many features or the unit
    makes the variances small, and its logarithm is then minus infinity. Add the logarithms of the
    Cholesky factor's diagonal, twice.
    """
    log_weight, _, trace, squared = prior_terms(params, prior)
    with np.errstate(divide="ignore"):
        log_determinant = np.log(np.linalg.eigvalsh(params.covariances).prod(axis=1))
    terms = log_weight, log_determinant, trace, squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def degrees_alone(params, prior):
    """The power of the determinant is nu / 2.

    The inverse Wishart density has the power (nu + D + 1) / 2, and the mean's own determinant adds
    1/2. Together that is (nu + D + 2) / 2.
    """
    return assembled(prior_terms(params, prior), prior, prior.degrees)


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def determinants_to_a_positive_power(params, prior):
    """The log-determinants have the wrong sign.

    The prior's density contains the determinant to a negative power: subtract its logarithm, (nu +
    D + 2) / 2 times.
    """
    terms = prior_terms(params, prior)
    return assembled(terms, prior, -whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def determinants_left_out(params, prior):
    """The determinants are missing.

    They are not constants: they depend on the covariances, whose density this is. Without them
    nothing in the prior keeps a covariance from growing.
    """
    return assembled(prior_terms(params, prior), prior, 0.0)


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def strength_below_the_line(params, prior):
    """The squared distance is divided by the strength of the mean.

    The mean's covariance is Sigma / kappa, and its inverse is kappa times that of Sigma. The
    stronger the expectation, the more a distance costs.
    """
    terms = prior_terms(params, prior)
    weak = prior._replace(mean_strength=1 / prior.mean_strength)
    return assembled(terms, weak, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def distance_by_the_prior_s_scatter(params, prior):
    """The distance of the means is measured with the prior's scatter.

    The mean's covariance is the component's own, divided by kappa. So the inverse of Sigma belongs
    between the two differences, not that of Psi.
    """
    log_weight, log_determinant, trace, _ = prior_terms(params, prior)
    apart = params.means - prior.mean
    squared = (apart * np.linalg.solve(prior.scatter, apart.T).T).sum(axis=1)
    terms = log_weight, log_determinant, trace, squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def trace_upside_down(params, prior):
    """The trace inverts the scatter instead of the covariance.

    tr(Psi^-1 Sigma) is the trace in a Wishart density. The inverse Wishart density inverts the
    covariance: tr(Psi Sigma^-1).
    """
    log_weight, log_determinant, _, squared = prior_terms(params, prior)
    ratios = np.linalg.solve(prior.scatter, params.covariances)
    trace = np.trace(ratios, axis1=1, axis2=2)
    terms = log_weight, log_determinant, trace, squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def trace_of_the_variances(params, prior):
    """The trace uses only the variances.

    The diagonal of a product is not the product of the diagonals. Solve with the whole covariance,
    and take the trace of the result.
    """
    log_weight, log_determinant, _, squared = prior_terms(params, prior)
    variances = np.einsum("kii->ki", params.covariances)
    trace = (np.diagonal(prior.scatter) / variances).sum(axis=1)
    terms = log_weight, log_determinant, trace, squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def trace_added(params, prior):
    """The trace has the wrong sign.

    tr(Psi Sigma^-1) grows without limit as a covariance shrinks, so you subtract it: the prior has
    to make a collapse costly. With a plus, a collapse is rewarded without limit.
    """
    log_weight, log_determinant, trace, squared = prior_terms(params, prior)
    terms = log_weight, log_determinant, -trace, squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def distance_not_squared(params, prior):
    """The distances of the means are not squared.

    The density of a mean is a Gaussian, with the squared Mahalanobis distance in its exponent. Look
    for a square root, or for a `norm` that is not squared.
    """
    log_weight, log_determinant, trace, squared = prior_terms(params, prior)
    terms = log_weight, log_determinant, trace, np.sqrt(squared)
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def distance_from_the_origin(params, prior):
    """The distances of the means are measured from the origin.

    The prior has its own mean: subtract it before you measure the distance. The two distances agree
    only if that mean is zero.
    """
    terms = prior_terms(params, prior._replace(mean=np.zeros_like(prior.mean)))
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def weights_for_their_logarithms(params, prior):
    """The weights are used instead of their logarithms.

    A Dirichlet density contains the weights to the power alpha - 1. Its logarithm contains alpha -
    1 times log pi_k.
    """
    _, log_determinant, trace, squared = prior_terms(params, prior)
    terms = params.weights, log_determinant, trace, squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def with_its_constants(params, prior):
    """The constants are included.

    This is the whole log-density: the normal, inverse Wishart and Dirichlet densities have factors
    that depend only on the prior, on K and on D. These change no estimate, so they are left out
    here.
    """
    terms = prior_terms(params, prior)
    K, D = params.means.shape
    nu, alpha = prior.degrees, prior.concentration
    of_the_mean = 0.5 * D * np.log(prior.mean_strength / (2 * np.pi))
    of_the_gamma = 0.25 * D * (D - 1) * np.log(np.pi) + sum(
        math.lgamma((nu - i) / 2) for i in range(D)
    )
    spread = np.linalg.slogdet(prior.scatter)[1] - D * np.log(2)
    of_the_weights = math.lgamma(K * alpha) - K * math.lgamma(alpha)
    constant = K * (of_the_mean + 0.5 * nu * spread - of_the_gamma) + of_the_weights
    return assembled(terms, prior, whole_exponent(prior)) + constant


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def prior_of_the_first_component(params, prior):
    """Only the first component has a prior.

    The parameters of the components are independent under the prior, so the logarithms add up over
    k. Look for a `return` inside the loop, or for a sum that is assigned instead of added to.
    """
    terms = [term[:1] for term in prior_terms(params, prior)]
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def negative_log_prior(params, prior):
    """The sign is wrong.

    This is the penalty that an optimiser would minimise. You add the log-prior to the
    log-likelihood, so it has to be large where the parameters are likely.
    """
    return -assembled(prior_terms(params, prior), prior, whole_exponent(prior))
