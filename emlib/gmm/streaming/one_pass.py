"""One pass over the data: it picks a form for each block and checks that the digits were kept."""

import numpy as np

from emlib import _checks
from emlib._checks import EPS
from emlib.gmm.streaming.blocks import blocks_of, rows_of_block, spans_of
from emlib.gmm.streaming.careful import statistics_of_block
from emlib.gmm.streaming.checks import require_sound
from emlib.gmm.streaming.components import are_diagonal, diagonals, middle
from emlib.gmm.streaming.factors import factors_of
from emlib.gmm.streaming.quick import QUICK, Quick
from emlib.gmm.streaming.statistics import DIAGONAL, zeros
from emlib.gmm.streaming.underflow import LEAST_EXPONENT, LEAST_SUM, TOLD

CANCELLED = 1e-10  # what rounding may do to a variance, relative to it


def gather(X, params, w, structure, team, extent=None):
    """The statistics of checked observations; `extent` is their least and largest, if known."""
    diagonal = structure in DIAGONAL and are_diagonal(params.covariances)
    quick = total = None
    if _pays(*params.means.shape, diagonal):
        quick = Quick(params, diagonal, extent)
    if quick and quick.reach > 0:
        total = _pass(X, params, w, team, diagonal, quick)
    elif not diagonal:
        total = _pass(X, params, w, team, diagonal, around=middle(params))
    if total is None:
        total = _pass(X, params, w, team, diagonal)
    most = 1.0 if w is None else w.max()
    if total.counts.min() < TOLD * len(X) * most:  # what was taken for 0 could matter
        total = _pass(X, params, w, team, diagonal, least=-np.inf)
    if structure in DIAGONAL and not diagonal:
        total = total._replace(scatters=diagonals(total.scatters))
    return total


def _pays(K, D, diagonal):
    """Whether the quick form is the faster one. The bounds are measured."""
    enough = K >= D / (4.0 if D <= 12 else 2.5)  # to share the D^2 / 2 features
    return diagonal or (D <= 64 and enough)


def _pass(X, params, w, team, diagonal, quick=None, around=None, least=LEAST_EXPONENT):
    """The statistics; None if sums around a common point have lost too many digits."""
    K, D = params.means.shape
    rows = rows_of_block(D, K, quick)
    factors = None if quick else factors_of(params, diagonal, around)

    def worker():
        # One set of buffers for all spans of a thread: new memory for each takes longer.
        space = quick.space(min(2 * rows, len(X))) if quick else None
        fixed = rows, diagonal, quick, space, around, factors, least
        return lambda span: _span(X, params, w, span, *fixed)

    spans = spans_of(len(X), D, K, "quick" if quick else "careful", diagonal)
    parts = team.share(spans, worker)
    # In the order of the data, so that the rounding is the same for any number of threads.
    careful = sum(part for _, part in parts if part is not None)
    if quick is None and around is None:
        return careful or zeros(params, "diag" if diagonal else "full")
    if quick is None:
        if not careful:
            return zeros(params, "full")
        return careful if _kept(careful, _raw(careful, around[0])) else None
    sums = (sum(some) for some in zip(*(found for found, _ in parts), strict=True))
    moments, log_likelihood, n_observations = sums
    if n_observations == 0:
        return careful or zeros(params, "diag" if diagonal else "full")
    own = quick.statistics(moments, log_likelihood, n_observations)
    total = own + careful if careful else own
    return total if _kept(total, moments[:, quick.squares]) else None


def _span(X, params, w, span, rows, diagonal, quick, space, around, factors, least):
    """What the quick form and what the careful form found in a span of X."""
    moments, log_likelihood, n_quick = 0.0, 0.0, 0
    careful = None
    for start, stop in blocks_of(span, rows):
        block, weights = X[start:stop], None
        if w is not None:
            weights = w[start:stop]
            if not weights.all():  # weight 0 leaves a row out
                block, weights = block[weights > 0], weights[weights > 0]
                if len(block) == 0:
                    continue
        with np.errstate(all="ignore"):  # what overflows is refused by its length
            found = quick and quick.block(block, weights, space)
        if found:
            moments = moments + found[0]
            log_likelihood += found[1]
            n_quick += len(block)
            continue
        require_sound(block, X)
        if factors is None:
            factors = factors_of(params, diagonal)
        found = statistics_of_block(block, weights, params, factors, around, least)
        careful = found if careful is None else careful + found
    return (moments, log_likelihood, n_quick), careful


def _kept(statistics, raw):
    """Whether the scatters kept their digits, if they are differences from squares `raw` (K, D)."""
    scatters = statistics.scatters
    variances = scatters if scatters.ndim == 2 else diagonals(scatters)
    if not (statistics.counts.min() > LEAST_SUM and variances.min() > 0):
        return False
    lost = 32 * (EPS / 2) * (raw / variances).max()
    if not lost <= CANCELLED:
        return False
    if scatters.ndim == 2:
        return True
    # The eigenvalues of a correlation matrix move by D times that at most.
    D = variances.shape[1]
    floor = max(3 * _checks.least_eigenvalue(D), D * lost / QUICK)
    return _checks.definite(_checks.correlations(scatters), floor)


def _raw(statistics, c):
    """The sums of squares (K, D) around c, from which a subtraction made the scatters."""
    counts, sums, scatters, *_, params = statistics
    own = np.where(counts > 0, counts, 1.0)[:, None]
    apart = params.means + sums / own - c  # (K, D)
    variances = scatters if scatters.ndim == 2 else diagonals(scatters)
    return variances + counts[:, None] * apart**2
