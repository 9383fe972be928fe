"""The problems of this topic are as hard as they say."""

import numpy as np
import pytest

from emlib.problems import Setting, rounding
from tests.twins import drawn


@pytest.mark.parametrize("condition", [1e2, 1e8])
def test_covariances_have_the_condition_that_was_asked_for(condition):
    setting = Setting(D=3, condition=condition)
    for arguments in drawn("gaussian.log_density", setting):
        covariance = arguments["params"].covariance
        assert condition / 100 < rounding.condition(covariance) < 100 * condition
        assert np.abs(covariance - np.diag(np.diagonal(covariance))).max() > 0
