"""The problems are as hard as they say, and their tolerances bite.

Twins that agree on easy problems, or within a loose tolerance, would have shown nothing.
"""

import numpy as np
import pytest
from test_twins import arguments_of, assert_agree, pair, twins

from emlib import gmm, kmeans, problems
from emlib.problems import Setting, draw


def drawn(name, setting, n=20):
    """The arguments of `n` problems, pooled by name."""
    return [
        draw(name, np.random.default_rng(seed), setting).arguments for seed in range(n)
    ]


@pytest.mark.parametrize("condition", [1e2, 1e8])
def test_covariances_have_the_condition_that_was_asked_for(condition):
    setting = Setting(D=3, condition=condition)
    for arguments in drawn("gaussian.log_density", setting):
        covariance = arguments["params"].covariance
        assert condition / 100 < problems._condition(covariance) < 100 * condition
        assert np.abs(covariance - np.diag(np.diagonal(covariance))).max() > 0


WITH_DATA = pytest.mark.parametrize(
    "name",
    [
        "gaussian.fit",
        "gmm.e_step",
        "gmm.m_step",
        "kmeans.assign",
        "kmeans.update",
        "kmeans.distortion",
        "kmeans.seeding_probabilities",
        "kmeans.seed",
        "kmeans.fit",
    ],
)


@WITH_DATA
def test_data_are_where_they_were_put(name):
    for arguments in drawn(name, Setting(offset=1e8)):
        assert np.abs(arguments["X"]).min() > 0.9e8
    for arguments in drawn(name, Setting(scale=1e-6)):
        assert np.abs(arguments["X"]).max() < 1e-4


@WITH_DATA
def test_observations_repeat_on_request(name):
    for arguments in drawn(name, Setting(N=20, distinct=3)):
        assert len(np.unique(arguments["X"], axis=0)) <= 3
    for arguments in drawn(name, Setting(N=20)):
        assert len(np.unique(arguments["X"], axis=0)) == 20


@pytest.mark.parametrize(
    "name", ["gaussian.fit", "gmm.e_step", "gmm.m_step", "gmm.log_likelihood"]
)
def test_weights_come_and_go(name):
    weights = [arguments["observation_weights"] for arguments in drawn(name, Setting())]
    given = [values for values in weights if values is not None]
    assert 0 < len(given) < len(weights)
    assert all(np.any(values != 1) for values in given)
    assert any(np.any(values == 0) for values in given)


def test_extremes_occur():
    extreme = Setting(extreme=True)
    biases = np.concatenate(
        [a["params"].biases for a in drawn("coins.e_step", extreme)]
    )
    assert {0.0, 1.0} <= set(biases)
    for name in ("gmm.m_step", "coins.m_step"):
        for arguments in drawn(name, extreme):
            assert set(np.unique(arguments["responsibilities"])) == {0.0, 1.0}
    assert any(
        np.isneginf(a["log_terms"]).all(axis=1).any()
        for a in drawn("evidence.log_sum_exp", extreme)
    )
    assert all((a["counts"] == 0).any() for a in drawn("linkage.e_step", extreme))
    assert any((a["p"] == 0).any() for a in drawn("evidence.kl_divergence", extreme))
    for name in ("acceleration.aitken", "acceleration.squarem"):
        assert all(a["step_length"] == -1 for a in drawn(name, extreme))


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
    doubtful = problems._in_doubt(X, centers)
    np.testing.assert_array_equal(doubtful, [False, True, True, False])
    # Of equal centers the first is taken, which is no matter of rounding.
    assert not problems._in_doubt(X, np.zeros((2, 1))).any()
    # Far from the origin less is certain.
    near = np.array([[1.0 + 1e-9], [3.0]])
    assert not problems._in_doubt(near, centers).any()
    np.testing.assert_array_equal(
        problems._in_doubt(near, centers, moved=1e-8), [True, False]
    )


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


def test_components_differ():
    for arguments in drawn("gmm.e_step", Setting()):
        weights, means, covariances = arguments["params"]
        assert len(set(weights)) == len(weights)
        assert np.ptp(means, axis=0).min() > 0
        assert np.ptp(covariances, axis=0).min() > 0


def nudged(value, factor):
    """A number or an array off by a small factor; integers off by one."""
    array = np.asarray(value)
    if array.dtype.kind == "i":
        return array + 1
    return type(value)(array * factor) if isinstance(value, float) else array * factor


def variants(result, factor):
    """The result with one of its parts nudged, once for each part."""
    if not isinstance(result, tuple):
        yield nudged(result, factor)
        return
    for i, part in enumerate(result):
        for variant in variants(part, factor):
            parts = [*result[:i], variant, *result[i + 1 :]]
            yield type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)


@twins
def test_tolerances_bite(topic, name):
    """On a problem of the default difficulty a result off in its seventh digit is refused."""
    loop, _ = pair(topic, name)
    for seed in range(5):
        problem = draw(f"{topic}.{name}", np.random.default_rng(seed))
        result = loop(**arguments_of(problem))
        for variant in variants(result, 1 + 1e-7):
            with pytest.raises(AssertionError):
                assert_agree(result, variant, problem.tolerance(result))


@pytest.mark.parametrize("name", ["draw", "Setting", "gmm", "gmm.nonsense"])
def test_an_unknown_problem_is_refused_by_name(name):
    with pytest.raises(ValueError, match="no problem for"):
        draw(name, np.random.default_rng(0))


class Topmost(np.random.Generator):
    """Draws the largest number below one, which lies above a sum of weights that falls short."""

    def random(self, size=None):
        top = 1 - 2.0**-53
        return top if size is None else np.full(size, top)


@pytest.mark.parametrize("side", [gmm.naive, gmm.vectorized])
def test_weights_that_fall_short_of_one_still_pick_a_component(side):
    params = gmm.Params([0.5, 0.5 - 1e-9], [[0.0], [1.0]], [[[1.0]], [[1.0]]])
    _, components = side.sample(params, 3, Topmost(np.random.PCG64(0)))
    np.testing.assert_array_equal(components, [1, 1, 1])


@pytest.mark.parametrize("side", [gmm.naive, gmm.vectorized])
def test_samples_have_the_moments_of_the_mixture(side):
    """Both twins could be wrong alike: hold them to the mean and the covariance."""
    params = gmm.Params(
        [0.3, 0.7], [[0.0, 1], [4, -2]], [[[2, 0.9], [0.9, 1]], np.eye(2)]
    )
    X, components = side.sample(params, 20000, np.random.default_rng(1))
    assert (components == 1).mean() == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / 20000))
    first = X[components == 0]
    np.testing.assert_allclose(
        first.mean(axis=0), [0, 1], atol=4 * np.sqrt(2 / len(first))
    )
    np.testing.assert_allclose(np.cov(first.T), params.covariances[0], atol=0.15)
