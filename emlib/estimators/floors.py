"""Find what the data do not decide: a variance at its floor, more components than rows."""

import numpy as np

from emlib._checks import EPS

AT_THE_FLOOR = 1e-6  # relative: a variance so close to the floor is there because of it
FLAT = 1e-24  # relative: the variance that rounding leaves in constant values
TOLD = 3  # components that a warning describes, and features of a long direction
BLOCK = 1000  # rows that are compared at a time, so that X is not copied
WRITTEN_OUT = 5  # a direction of at most so many entries is shown in full


class VarianceFloorWarning(UserWarning):
    """`reg_covar`, and not the data, decides a variance of the fit."""


def at_the_floor(params, floor, structure):
    """The components whose smallest variance is the floor, and the direction of each.

    If all components share a covariance, the first stands for all.

    Returns
    -------
    list of (int, numpy.ndarray of shape (D,))
        Directions are unit vectors.
    """
    if not floor > 0:
        return []
    own = params.covariances[: 1 if structure == "tied" else None]
    variances, directions = np.linalg.eigh(own)
    reach = floor * (1 + AT_THE_FLOOR) + 8 * EPS * variances[:, -1]
    return [
        (int(k), directions[k, :, 0]) for k in np.flatnonzero(variances[:, 0] <= reach)
    ]


def variance_of_rows(X, w):
    """A function: the variance of X (N, D) with weights w (N,) or None, along a direction (D,)."""

    def along(direction):
        values = X @ direction
        middle = np.average(values, weights=w)
        return float(np.average((values - middle) ** 2, weights=w))

    return along


def variance_of_sums(statistics):
    """The same from what `partial_fit` has gathered: within the components plus between them."""
    counts, scatters = statistics.counts, statistics.scatters
    with np.errstate(invalid="ignore", divide="ignore"):
        shifts = np.where(counts[:, None] > 0, statistics.sums / counts[:, None], 0.0)
    means = statistics.params.means + shifts
    between = means - np.average(means, axis=0, weights=counts)

    def along(direction):
        within = (
            scatters @ direction**2  # diagonals: the direction is an axis
            if scatters.ndim == 2
            else np.einsum("i,kij,j->k", direction, scatters, direction)
        )
        both = within.sum() + counts @ (between @ direction) ** 2
        return float(both / counts.sum())

    return along


def told(found, floor, structure, variance):
    """What a floor decides, in words: which component, which direction, the data's variance there.

    Parameters
    ----------
    found : list
        From `at_the_floor`, not empty.
    floor : float
    structure : str
    variance : callable
        The data's variance, along a direction (D,).
    """
    lines, spreads = [], []
    for k, direction in found[:TOLD]:
        spreads.append(variance(direction))
        whose = "all components" if structure == "tied" else f"component {k}"
        where = _in_words(direction, structure)
        lines.append(f"{whose} {where}, where the data's is {spreads[-1]:.3g}")
    more = f"; and of {len(found) - TOLD} more" if len(found) > TOLD else ""
    axes = np.eye(len(found[0][1]))
    least, largest = min(spreads), max(map(variance, axes))
    if least <= FLAT * largest:
        remedy = (
            "The data do not vary there: leave a feature out, or choose a floor that reflects "
            "their precision."
        )
    elif floor > 0.01 * least:
        remedy = (
            f"The floor is not small for these data: pass reg_covar={1e-6 * least:.0e} or less, "
            f"or X in another unit."
        )
    else:
        remedy = (
            "Such a component has shrunk onto repeated values or onto rows that lie in a plane: "
            "try fewer components, a prior, or a floor that means something in the data's units."
        )
    return (
        f"reg_covar = {floor:.3g} and not the data decides the least variance of "
        f"{'; of '.join(lines)}{more}. {remedy}"
    )


def _in_words(direction, structure):
    """The direction in words: a feature, or a combination of features."""
    if structure == "spherical":
        return "in every direction"
    sizes = np.abs(direction)
    largest = int(sizes.argmax())
    if sizes[largest] > 1 - 1e-6:
        return f"along feature {largest}"
    if len(direction) > WRITTEN_OUT:
        some = ", ".join(map(str, np.argsort(-sizes)[:TOLD]))
        return f"along a direction in which features {some} have most weight"
    signed = direction * np.sign(direction[largest])
    return f"along the direction ({', '.join(f'{value:.3g}' for value in signed)})"


def different_rows(X, w, enough):
    """The number of different rows with positive weight, counted up to `enough`."""
    seen = X[:0]
    for first in range(0, len(X), BLOCK):
        block = X[first : first + BLOCK]
        if w is not None:
            block = block[w[first : first + BLOCK] > 0]
        seen = np.unique(np.concatenate([seen, block]), axis=0)
        if len(seen) >= enough:
            return enough
    return len(seen)
