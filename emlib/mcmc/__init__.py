"""Markov chains that leave a distribution as it is.

A chain's next state depends on the present one alone. If the step leaves the target distribution
invariant and every state can be reached, the states of a long chain are draws from the target,
though dependent ones. Draws have the shape (C, T, D): chains, draws, dimensions. Densities are
logarithms, in nats; a constant may be missing.
"""

from typing import NamedTuple

import numpy as np

from emlib import _checks, gmm, linkage
from emlib.sampling import check_uniforms

# Their checks draw thousands of times, which takes seconds: mutants are not made of them. What they
# are made of (Metropolis steps, the posterior, the inverse Wishart draw) is checked by itself.
SLOW = ("gibbs_mixture", "random_walk")

# What `check` calls that of which there are S.
CALLED = {"S": "state"}


class Chains(NamedTuple):
    """What several chains visited, one after the other.

    Attributes
    ----------
    draws : numpy.ndarray, shape (C, T, D)
        The state after each step; the start is not among them.
    log_densities : numpy.ndarray, shape (C, T)
        The target's log-density there, nats.
    accepted : numpy.ndarray, shape (C, T)
        Whether the step moved to the proposal. Where it did not, the state before is repeated.
    """

    draws: np.ndarray
    log_densities: np.ndarray
    accepted: np.ndarray


class Normal:
    """The log-density of a normal distribution, up to a constant: a target to try samplers on.

    Parameters
    ----------
    mean : array_like, shape (D,)
        In the units of the states.
    factor : array_like, shape (D, D)
        The lower triangular Cholesky factor of the covariance.
    least : float
        Below this the first coordinate has density zero; -inf, the default, cuts nothing off.
    """

    def __init__(self, mean, factor, least=-np.inf):
        self.mean, self.factor = np.asarray(mean), np.asarray(factor)
        self.least = float(least)

    def __repr__(self):
        mean, factor = self.mean.tolist(), self.factor.tolist()
        cut = "" if np.isneginf(self.least) else f", least={self.least!r}"
        return f"mcmc.Normal({mean}, {factor}{cut})"

    def __call__(self, X):
        """The log-density (C,), in nats, at each row of X (C, D)."""
        z = np.linalg.solve(self.factor, (X - self.mean).T)  # (D, C)
        return np.where(X[:, 0] < self.least, -np.inf, -0.5 * np.square(z).sum(axis=0))


def check_transition_matrix(log_p, proposal):
    """A log-probability for each of S states, and rows (S, S) that sum to one."""
    log_p = _checks.logarithms(log_p, "log_p", ("S",))
    if np.isneginf(log_p).all():
        raise ValueError(
            "log_p is -inf everywhere: give at least one state a probability"
        )
    S = len(log_p)
    return log_p, _checks.distributions(proposal, "proposal", (S, S))


def check_metropolis(start, noise, u, step):
    """Starts (C, D), noise (T, C, D), uniform numbers (T, C) and a step as a factor (D, D)."""
    start = _checks.real_array(start, "start", ("C", "D"))
    _checks.squarable(start, "start")
    C, D = start.shape
    noise = _checks.real_array(noise, "noise", ("T", C, D))
    _checks.squarable(noise, "noise")
    u = check_uniforms(u, "u", (len(noise), C))
    return start, noise, u, _factor(step, D)


def _factor(step, D):
    """A step size, step sizes (D,) or a Cholesky factor (D, D) as the last of these."""
    shape = np.shape(step)
    if len(shape) < 2:
        sizes = _checks.real_array(step, "step", () if not shape else (D,))
        _checks.refuse(sizes <= 0, sizes, "step", "a step size must be positive")
        _checks.refuse(sizes > _checks.LARGEST, sizes, "step", "rescale the parameters")
        return np.eye(D) * sizes
    factor = _checks.real_array(step, "step", (D, D))
    _checks.squarable(factor, "step")
    _checks.lower_triangular(factor, "step", "pass np.linalg.cholesky(covariance)")
    _checks.refuse(
        (factor <= 0) & np.eye(D, dtype=bool),
        factor,
        "step",
        "the diagonal of a Cholesky factor must be positive",
    )
    return factor


def check_random_walk(start, rng, n_draws, step):
    """Starts (C, D), a generator, a number of draws, and a step as a factor (D, D)."""
    start = _checks.real_array(start, "start", ("C", "D"))
    _checks.squarable(start, "start")
    T = _checks.whole_number(n_draws, "n_draws")
    return start, _checks.generator(rng), T, _factor(step, start.shape[1])


def evaluated(log_density, rows, place, chain=0):
    """A log-density at some rows, of this chain and those after it: no NaN, and not +inf."""
    values = np.asarray(log_density(rows))
    if values.shape != (len(rows),):
        raise ValueError(
            f"log_density returned an array with {values.ndim} axes, or of another length: it must "
            f"return one number for each of the rows (C, D) that it is given, shape (C,)"
        )
    if values.dtype.kind not in "fiu":
        raise ValueError(
            f"log_density returned {values.dtype.name}, not real numbers: return the logarithm "
            f"of the density"
        )
    bad = np.isnan(values) | np.isposinf(values)
    if bad.any():
        c = int(np.argmax(bad))
        raise ValueError(
            f"log_density is {values[c]:g} at {place} of chain {chain + c}: return a finite "
            f"number, or -inf where the density is zero"
        )
    return values.astype(float)


def refuse_impossible(log_densities):
    """Refuse a start (C,) where the density is zero."""
    bad = np.isneginf(log_densities)
    if bad.any():
        raise ValueError(
            f"start[{int(np.argmax(bad))}] has density zero: start where log_density is finite"
        )


def check_gibbs_linkage(counts, start, rng, n_draws):
    """Counts (4,), starts (C,) between 0 and 1, a generator and a number of draws."""
    counts = linkage.check_counts(counts)
    _checks.refuse(
        counts != np.floor(counts), counts, "counts", "it must be a whole number"
    )
    _checks.refuse(counts > 2**53, counts, "counts", "too large to be counted exactly")
    start = _checks.interval(start, "start", ("C",))
    return (
        counts,
        start,
        _checks.generator(rng),
        _checks.whole_number(n_draws, "n_draws"),
    )


def check_gibbs_mixture(X, start, prior, rng, n_draws):
    """Observations (N, D), one gmm.Params for each chain, a prior, a generator and a number."""
    X = _checks.observations(X)
    D = X.shape[1]
    alone = isinstance(start, gmm.Params)
    starts = [start] if alone else start
    if not isinstance(starts, list | tuple) or not starts:
        raise ValueError(
            f"start is a {type(start).__name__}: pass a gmm.Params, or a list with one for each "
            f"chain"
        )
    places = ["start"] if alone else [f"start[{c}]" for c in range(len(starts))]
    starts = [
        gmm.check_params(params, D, place)
        for params, place in zip(starts, places, strict=True)
    ]
    sizes = {len(params.weights) for params in starts}
    if len(sizes) > 1:
        raise ValueError(
            f"start has chains with {' and '.join(map(str, sorted(sizes)))} components: give all "
            f"chains the same number"
        )
    stacked = gmm.Params(*map(np.stack, zip(*starts, strict=True)))
    prior = gmm.check_prior(prior, D, needed=True)
    return (
        X,
        stacked,
        prior,
        _checks.generator(rng),
        _checks.whole_number(n_draws, "n_draws"),
    )


def check_posterior(X, prior):
    """Observations (N, D) and a prior to match."""
    X = _checks.observations(X)
    return X, gmm.check_prior(prior, X.shape[1], needed=True)


def check_inverse_wishart(scatter, chi_squares, normals):
    """A scatter matrix (D, D), positive chi-squares (D,) and normal numbers (D, D)."""
    scatter = _checks.real_array(scatter, "scatter", ("D", "D"))
    scatter = _checks.covariance_matrix(scatter, len(scatter), "scatter")
    D = len(scatter)
    chi_squares = _checks.real_array(chi_squares, "chi_squares", (D,))
    odd = (chi_squares < 1 / _checks.LARGEST) | (chi_squares > _checks.LARGEST)
    _checks.refuse(
        odd,
        chi_squares,
        "chi_squares",
        "it must be positive; draw it with rng.chisquare",
    )
    normals = _checks.real_array(normals, "normals", (D, D))
    _checks.squarable(normals, "normals")
    return scatter, chi_squares, normals


from emlib.mcmc import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["Chains", "Normal", "naive", "vectorized"]
