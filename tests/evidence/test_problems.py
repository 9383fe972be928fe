"""The problems of this topic are as hard as they say."""

import numpy as np

from emlib.problems import Setting
from tests.twins import drawn


def test_extremes_occur():
    extreme = Setting(extreme=True)
    assert any(
        np.isneginf(a["log_terms"]).all(axis=1).any()
        for a in drawn("evidence.log_sum_exp", extreme)
    )
    assert any((a["p"] == 0).any() for a in drawn("evidence.kl_divergence", extreme))
