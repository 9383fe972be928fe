"""Whether the draws of a Markov chain can be trusted.

Draws are (C, T) of one quantity, C chains of T draws each, or (C, T, D) of D quantities, each of
which is then looked at by itself. The definitions are those of Vehtari, Gelman, Simpson, Carpenter
& Bürkner (2021), and the numbers those of ArviZ, from which these functions differ on purpose in
a few places:

=================================  =============================  ==============================
draws                              here                           arviz-stats 0.8.0, ArviZ 0.23.4
=================================  =============================  ==============================
NaN, infinite                      ValueError, names the place    NaN (infinite: NaN or a number)
`ess` of fewer than 10 draws       ValueError                     S log10 S, whatever they are
`rhat` of fewer than 4 draws       ValueError                     NaN
`rhat` of one chain                compares its halves            NaN
`rhat` of equal draws              sqrt(1 - 1/n), the least       NaN
`rhat`, each half constant         inf, if any two differ         inf, or a number beyond 10^7
`ess` of differences below 1e-15   as in any other unit           S: they count as equal
=================================  =============================  ==============================

(S draws in halves of n.) Of an odd number of draws both leave out the middle one. Of equal draws
both say that they are worth S: nothing depends on anything. Whether the chain moved at all is for a
picture to tell.
"""

import numpy as np

from emlib import _checks

# A half of fewer than 5 draws has no pair of lags beyond the first: the sum of autocorrelations
# would end before it begins, and the size be that of the cap.
LEAST_FOR_ESS = 10
# A half of 2 draws has a variance.
LEAST_FOR_RHAT = 4
# Squares of smaller differences underflow.
LEAST_DIFFERENCE = 1e-50
KINDS = "bulk", "tail", "mean"


def check_chains(value, axes=("C", "T")):
    """Draws (C, T), of a size whose squares can be represented."""
    if _n_axes(value) == 1:
        raise ValueError(
            f"draws has shape {np.shape(value)}, expected ({', '.join(axes)}): for a single chain "
            f"pass draws[None]"
        )
    draws = _checks.real_array(value, "draws", axes)
    _checks.squarable(draws, "draws")
    differences = np.ptp(draws, axis=(0, 1))
    if np.any((differences > 0) & (differences < LEAST_DIFFERENCE)):
        raise ValueError(
            f"draws differ by less than {LEAST_DIFFERENCE:g}: their squares underflow; rescale "
            f"the draws"
        )
    return draws


def check_draws(value, least):
    """Draws (C, T) or (C, T, D), at least so many in each chain."""
    axes = ("C", "T", "D") if _n_axes(value) == 3 else ("C", "T")
    draws = check_chains(value, axes)
    if draws.shape[1] < least:
        swapped = " (is it transposed?)" if draws.shape[0] >= least else ""
        raise ValueError(
            f"draws has shape {draws.shape}, so chains of T = {draws.shape[1]}{swapped}: at least "
            f"{least} draws are needed; run the chains longer"
        )
    return draws


def check_rhat(value, split):
    """Draws of which at least two pieces can be compared."""
    draws = check_draws(value, LEAST_FOR_RHAT)
    if not split and len(draws) == 1:
        raise ValueError(
            "draws has C = 1 chain, which there is nothing to compare with: run more, or leave "
            "split=True to compare its halves"
        )
    return draws


def check_ess(value, kind="mean"):
    """Draws, enough of them for a sum of autocorrelations, and a kind of size."""
    if kind not in KINDS:
        raise ValueError(f'kind is {kind!r}: pass "bulk", "tail" or "mean"')
    return check_draws(value, LEAST_FOR_ESS)


def _n_axes(value):
    try:
        return np.ndim(value)
    except ValueError:  # it is ragged, which another check says
        return 2


from emlib.diagnostics import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["naive", "vectorized"]
