"""The problems of this topic are as hard as they say."""

import numpy as np
import pytest

from emlib import kmeans
from emlib.kmeans.problems import _in_doubt
from emlib.problems import Setting, draw
from tests.twins import drawn


@pytest.mark.parametrize("K", [2, 3, 5])
def test_an_extreme_center_is_nearest_to_nothing(K):
    extreme = Setting(K=K, extreme=True)
    for name in ("kmeans.assign", "kmeans.fit"):
        for X, centers in map(dict.values, drawn(name, extreme)):
            assert 0 not in kmeans.naive.assign(X, centers)
    for X, labels, centers in map(dict.values, drawn("kmeans.update", extreme)):
        np.testing.assert_array_equal(labels, kmeans.naive.assign(X, centers))
        assert 0 not in labels
    usual = drawn("kmeans.update", Setting(K=K))
    assert any(0 in arguments["labels"] for arguments in usual)


def test_clusters_compete():
    """Labels that any rule would find show nothing."""
    for name in ("kmeans.assign", "kmeans.fit"):
        found = [kmeans.naive.assign(*a.values()) for a in drawn(name, Setting())]
        assert sum(len(np.unique(labels)) > 1 for labels in found) > 15
    for X, labels, centers in map(dict.values, drawn("kmeans.distortion", Setting())):
        assert (labels != kmeans.naive.assign(X, centers)).any()


def test_seeding_starts_from_an_observation():
    for X, centers in map(
        dict.values, drawn("kmeans.seeding_probabilities", Setting())
    ):
        assert (X == centers[0]).all(axis=1).any()
        assert (kmeans.naive.seeding_probabilities(X, centers) == 0).any()


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e8])
def test_it_is_seldom_in_doubt_which_center_is_nearest(offset):
    """Where rounding decides, everything is allowed, and nothing is compared."""
    for seed in range(100):
        rng, setting = np.random.default_rng(seed), Setting(offset=offset)
        arguments, tolerance = draw("kmeans.assign", rng, setting)
        assert not tolerance(kmeans.naive.assign(**arguments)).any()
        arguments, tolerance = draw("kmeans.fit", rng, setting)
        means, labels, total, n_iter = tolerance(kmeans.naive.fit(**arguments))
        assert means.max() < 1e-4
        assert not labels.any()
        assert total < 1e-2
        assert n_iter == 0


def test_what_is_halfway_between_two_centers_is_in_doubt():
    X = np.array([[0.0], [1.0], [1.0 + 1e-16], [1.5]])
    centers = np.array([[0.0], [2.0]])
    doubtful = _in_doubt(X, centers)
    np.testing.assert_array_equal(doubtful, [False, True, True, False])
    # Of equal centers the first is taken, which is no matter of rounding.
    assert not _in_doubt(X, np.zeros((2, 1))).any()
    # Far from the origin less is certain.
    near = np.array([[1.0 + 1e-9], [3.0]])
    assert not _in_doubt(near, centers).any()
    np.testing.assert_array_equal(_in_doubt(near, centers, moved=1e-8), [True, False])
