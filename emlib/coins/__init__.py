"""Coins tossed in sets.

The example of Do & Batzoglou (2008). There are K coins with unknown biases. Before each set a coin
is picked, each with probability 1/K, and the whole set is tossed with it. The heads and tails of
each set are observed; the coin is hidden.
"""

from typing import NamedTuple

import numpy as np

from emlib import _checks
from emlib.em import DegenerateComponent


class Params(NamedTuple):
    """The parameters of the coins.

    Attributes
    ----------
    biases : numpy.ndarray, shape (K,)
        Each coin's probability of heads.
    """

    biases: np.ndarray


def check_counts(counts):
    """Heads and tails (S, 2) of S sets, not negative."""
    return _checks.counts(counts, "counts", ("S", 2))


def check_e_step(counts, params):
    """Counts (S, 2) and biases (K,) in [0, 1]."""
    counts = check_counts(counts)
    if not isinstance(params, Params):
        raise ValueError(f"params is a {type(params).__name__}: pass a coins.Params")
    return counts, _checks.interval(params.biases, "params.biases", ("K",))


def check_m_step(counts, responsibilities):
    """Counts (S, 2) and responsibilities (S, K)."""
    counts = check_counts(counts)
    return counts, _checks.distributions(
        responsibilities, "responsibilities", (len(counts), "K")
    )


def impossible(s):
    """The error for a set that no coin can have made."""
    return ValueError(
        f"params.biases give probability zero to counts[{s}]: a bias of exactly 0 or 1 excludes "
        f"heads or tails; start strictly between 0 and 1"
    )


def unused(k):
    """The error for a coin to which no toss is attributed."""
    return DegenerateComponent(
        f"coin {k} is empty: no toss is attributed to it, so its bias cannot be estimated. Use "
        f"fewer coins or another start"
    )


from emlib.coins import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["Params", "naive", "vectorized"]
