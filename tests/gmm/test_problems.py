"""The problems of this topic are as hard as they say."""

import numpy as np

from emlib.problems import Setting
from tests.twins import drawn


def test_components_differ():
    for arguments in drawn("gmm.e_step", Setting()):
        weights, means, covariances = arguments["params"]
        assert len(set(weights)) == len(weights)
        assert np.ptp(means, axis=0).min() > 0
        assert np.ptp(covariances, axis=0).min() > 0


def test_extremes_occur():
    for arguments in drawn("gmm.m_step", Setting(extreme=True)):
        assert set(np.unique(arguments["responsibilities"])) == {0.0, 1.0}
