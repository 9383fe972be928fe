"""What an M step needs to know of the observations: sums, which add up."""

from typing import NamedTuple

import numpy as np

from emlib.gmm import Params, check_params, check_structure

DIAGONAL = (
    "diag",
    "spherical",
)  # the structures for which diagonals of scatters are enough


class Statistics(NamedTuple):
    """What an M step needs to know of the observations. The statistics of two blocks add up.

    Attributes
    ----------
    counts : numpy.ndarray, shape (K,)
        The effective counts N_k.
    sums : numpy.ndarray, shape (K, D)
        Of the differences x_n - params.means[k], weighted by responsibilities, in the units of the
        data.
    scatters : numpy.ndarray, shape (K, D, D) or (K, D)
        Of the observations around each component's own mean, which is
        params.means[k] + sums[k] / counts[k]; or their diagonals alone, which is all that diagonal
        covariances need.
    log_likelihood : float
        Of the observations under the parameters of the E step, nats.
    n_observations : int
        How many rows with a positive weight there are.
    params : Params
        Those of the E step. Only statistics of the same E step add up.
    """

    counts: np.ndarray
    sums: np.ndarray
    scatters: np.ndarray
    log_likelihood: float
    n_observations: int
    params: Params

    def __add__(self, other):
        """The statistics of both blocks (Chan, Golub & LeVeque 1983)."""
        if not isinstance(other, Statistics):
            return NotImplemented
        same = self.params is other.params
        if not same and not all(map(np.array_equal, self.params, other.params)):
            raise ValueError(
                "statistics of different parameters do not add up: pass the same "
                "parameters to each E step"
            )
        if self.scatters.ndim != other.scatters.ndim:
            raise ValueError(
                "statistics of scatters and of their diagonals do not add up: pass the same "
                "structure to each E step"
            )
        counts = self.counts + other.counts
        own, its = (
            np.where(part.counts > 0, part.counts, 1.0) for part in (self, other)
        )
        apart = other.sums / its[:, None] - self.sums / own[:, None]  # (K, D)
        both = self.counts * (other.counts / np.where(counts > 0, counts, 1.0))  # (K,)
        if self.scatters.ndim == 2:
            between = both[:, None] * apart**2  # (K, D)
        else:
            outer = apart[:, :, None] * apart[:, None, :]
            between = both[:, None, None] * outer  # eq-gmm-merge
        return Statistics(
            counts,
            self.sums + other.sums,
            self.scatters + other.scatters + between,
            self.log_likelihood + other.log_likelihood,
            self.n_observations + other.n_observations,
            self.params,
        )

    def __radd__(self, other):
        """Let the built-in `sum` work, which begins with 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented


def nothing(params, structure="full"):
    """The statistics of no observations, to which others are added.

    Parameters
    ----------
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        As for `e_step`.

    Returns
    -------
    Statistics
        Zeros.

    Raises
    ------
    ValueError
        If an argument is not as required.
    """
    check_structure(structure)
    return zeros(check_params(params, "D"), structure)


def zeros(params, structure):
    """As `nothing`, for checked arguments."""
    K, D = params.means.shape
    scatters = np.zeros((K, D) if structure in DIAGONAL else (K, D, D))
    return Statistics(np.zeros(K), np.zeros((K, D)), scatters, 0.0, 0, params)
