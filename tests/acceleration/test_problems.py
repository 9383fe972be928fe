"""The problems of this topic are as hard as they say."""

import numpy as np
import pytest

from emlib.problems import Setting
from tests.twins import drawn


@pytest.mark.parametrize("name", ["step_length", "aitken", "squarem"])
def test_points_of_a_climb_are_where_they_were_put_and_its_steps_shrink(name):
    name = f"acceleration.{name}"
    for arguments in drawn(name, Setting(offset=1e8)):
        assert arguments["before"].min() > 0.9e8
    for arguments in drawn(name, Setting(scale=1e-6)):
        assert np.abs(arguments["before"]).max() < 1e-4
    for setting, least, most in (
        (Setting(N=50), 0.3, 0.95),
        (Setting(N=50, extreme=True), 1.0, 1.0),
    ):
        for before, between, after, *alpha in map(dict.values, drawn(name, setting)):
            rates = (after - between) / (between - before)
            assert least - 1e-9 < rates.min() <= rates.max() < most + 1e-9
            assert all(-50 <= length <= -1 for length in alpha)


@pytest.mark.parametrize("name", ["aitken", "squarem"])
def test_extremes_occur(name):
    extreme = drawn(f"acceleration.{name}", Setting(extreme=True))
    assert all(a["step_length"] == -1 for a in extreme)
