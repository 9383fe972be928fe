"""Say where it is not the data that decide: a variance at its floor, fewer rows than components."""

import numpy as np

from emlib._checks import EPS

AT_THE_FLOOR = 1e-6  # relative: what is as close to the floor is there because of it
FLAT = 1e-24  # relative: what the rounding of sums leaves of the variance of constant values
TOLD = 3  # components that a warning describes, and features of a long direction
BLOCK = 1000  # rows that are looked at together, so that X is not copied
WRITTEN_OUT = 5  # features of a direction whose entries are shown


class VarianceFloorWarning(UserWarning):
    """The least variance allowed, and not the data, makes a covariance of the fit."""


def at_the_floor(params, floor, structure):
    """The components whose smallest variance is the floor, and the directions of these.

    Of a covariance that all share, the first component stands for all.

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
    """The variance of observations (N, D) with weights (N,) or None, along a direction (D,)."""

    def along(direction):
        values = X @ direction
        middle = np.average(values, weights=w)
        return float(np.average((values - middle) ** 2, weights=w))

    return along


def variance_of_sums(statistics):
    """The same from what `partial_fit` has gathered: within the components and between them."""
    counts, scatters = statistics.counts, statistics.scatters
    with np.errstate(invalid="ignore", divide="ignore"):
        shifts = np.where(counts[:, None] > 0, statistics.sums / counts[:, None], 0.0)
    means = statistics.params.means + shifts
    between = means - np.average(means, axis=0, weights=counts)

    def along(direction):
        within = (
            scatters @ direction**2  # diagonals, and then an axis
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
            "The data do not vary there: leave a feature out, or let the floor stand for "
            "how exact they are."
        )
    elif floor > 0.01 * least:
        remedy = (
            f"The floor is not small beside the data: pass reg_covar={1e-6 * least:.0e} or less, "
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
    """Along which feature, or along which combination of features."""
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
    """How many different rows with a weight there are, counted up to `enough`."""
    seen = X[:0]
    for first in range(0, len(X), BLOCK):
        block = X[first : first + BLOCK]
        if w is not None:
            block = block[w[first : first + BLOCK] > 0]
        seen = np.unique(np.concatenate([seen, block]), axis=0)
        if len(seen) >= enough:
            return enough
    return len(seen)
