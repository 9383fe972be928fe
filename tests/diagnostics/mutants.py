"""What no drawn problem has: as few draws as are taken, and ends of the sum of autocorrelations."""

import numpy as np

from tests.diagnostics.arrays import pathological_arrays

FOUND = pathological_arrays()


def by_hand(*names):
    return [{"draws": FOUND[name]} for name in names]


BY_HAND = {
    "diagnostics.autocovariance": [
        {"draws": np.array([[2.0], [3.0]])},
        *by_hand("ten draws", "one chain, odd"),
    ],
    "diagnostics.rhat": by_hand(
        "copies of a short chain", "one chain wide", "one chain, odd", "whole numbers"
    ),
    "diagnostics.ess": by_hand(
        "ten draws",
        "eleven draws",
        "alternating, with noise",
        "antithetic, one chain",
        "whole numbers",
        "copies of a short chain",
    ),
    "diagnostics.mcse_mean": by_hand("ten draws", "antithetic, one chain"),
}
