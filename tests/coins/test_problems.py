"""The problems of this topic are as hard as they say."""

import numpy as np

from emlib.problems import Setting
from tests.twins import drawn


def test_extremes_occur():
    extreme = Setting(extreme=True)
    biases = np.concatenate(
        [a["params"].biases for a in drawn("coins.e_step", extreme)]
    )
    assert {0.0, 1.0} <= set(biases)
    for arguments in drawn("coins.m_step", extreme):
        assert set(np.unique(arguments["responsibilities"])) == {0.0, 1.0}
