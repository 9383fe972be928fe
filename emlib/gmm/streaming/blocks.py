"""How the data are cut: into spans, which the threads share, and each span into blocks."""

from itertools import pairwise

import numpy as np

# The size of a block's arrays, more than a second-level cache holds. Between two calls of NumPy the
# threads wait for the interpreter's lock, and with larger blocks there are fewer calls (measured).
BLOCK_BYTES = 6 * 2**20
# A span has at least this much work (see `spans_of`), some milliseconds, and there are at most
# `SPANS` spans. Those of the careful form cost more to add up.
WORTH_A_SPAN = 6e6
SPANS = {"quick": 32, "careful": 8}


def spans_of(N, D, K, form, diagonal=False):
    """The edges (start, stop) of the spans of N observations.

    They do not depend on the number of threads, so the sums do not either, rounding included.
    Their number is a power of two, for even shares.
    """
    terms = 4 * D if diagonal else (D + 1) ** 2
    work = N * K * (terms + 20)  # an exponential takes as long as 20 terms
    wanted = min(max(work / WORTH_A_SPAN, 1), SPANS[form])
    n_spans = 2 ** int(np.log2(wanted))
    return parts(0, N, n_spans)


def blocks_of(span, rows):
    """The edges (start, stop) of a span's blocks, of about `rows` rows, at most twice as many."""
    start, stop = span
    return parts(start, stop, max(1, round((stop - start) / rows)))


def parts(start, stop, n):
    """The edges of n parts, as even as whole numbers allow."""
    return list(pairwise(start + (stop - start) * i // n for i in range(n + 1)))


def rows_of_block(D, K, quick):
    """How many rows a block has; `quick` is the quick form, or None for the careful one."""
    numbers = K + 3 + (quick.n_features if quick else D)
    return min(max(BLOCK_BYTES // (8 * numbers), 64), 16384)
