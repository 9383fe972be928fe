"""The problems of this topic are as hard as they say."""

from emlib.problems import Setting
from tests.twins import drawn


def test_extremes_occur():
    extreme = Setting(extreme=True)
    assert all((a["counts"] == 0).any() for a in drawn("linkage.e_step", extreme))
