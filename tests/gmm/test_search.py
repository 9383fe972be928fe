"""Many starts find what is known to be best, and lose nothing on the way."""

import warnings

import numpy as np
import pytest

from emlib import datasets, em, gmm, search
from tests.published import reference

BEST_KNOWN = reference("faithful_best_known")
X = datasets.old_faithful()
structures = pytest.mark.parametrize("structure", gmm.STRUCTURES)
ways = pytest.mark.parametrize("how", search.HOW)


def rng(seed=0):
    return np.random.default_rng(seed)


# --- the best known optima ------------------------------------------------------------------------


@structures
@pytest.mark.parametrize("K", [2, 3])
def test_the_best_of_50_starts_is_the_best_known(K, structure):
    found = search.climb_all(
        X, K, 50, rng(), how="points", structure=structure, acceleration="squarem"
    )
    known = BEST_KNOWN[f"faithful|{structure}|{K}"]["best_loglik_nondegenerate"]
    assert found.best.log_likelihoods[-1] == pytest.approx(known, abs=1e-6)
    assert found.best.converged
    assert not any(found.spurious)
    assert len(found.results) + len(found.failures) == 50
    assert found.heights.max() == found.best.log_likelihoods[-1]


# --- starts ---------------------------------------------------------------------------------------


@ways
@structures
@pytest.mark.parametrize("K", [1, 2, 5])
def test_a_start_is_legal_and_of_its_structure(how, structure, K):
    for seed in range(3):
        params = search.start(X, K, rng(seed), how, structure)
        assert isinstance(params, gmm.Params)
        gmm.check_params(params, 2)
        assert len(params.weights) == K
        same = gmm.vectorized.project(params.covariances, np.ones(K), structure)
        np.testing.assert_allclose(params.covariances, same, rtol=1e-12)


@ways
def test_a_start_depends_on_the_generator_alone(how):
    one, again, other = (search.start(X, 3, rng(seed), how) for seed in (1, 1, 2))
    for a, b in zip(one, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (one.means != other.means).any()


@pytest.mark.parametrize("how", ["points", "k-means++"])
def test_means_are_different_observations_and_the_rest_is_the_data_s(how):
    heaps = np.repeat(X[:4], [50, 1, 1, 1], axis=0)
    for seed in range(20):
        weights, means, covariances = search.start(heaps, 4, rng(seed), how)
        assert len(np.unique(means, axis=0)) == 4
        assert {tuple(row) for row in means} == {tuple(row) for row in X[:4]}
        np.testing.assert_array_equal(weights, np.full(4, 0.25))
        for covariance in covariances:
            np.testing.assert_allclose(covariance, np.cov(heaps.T, bias=True))


def test_points_are_drawn_as_often_as_they_occur():
    heaps = np.array([[0.0], [0.0], [0.0], [1.0]])
    drawn = [search.start(heaps, 1, rng(s), "points").means[0, 0] for s in range(800)]
    assert np.mean(drawn) == pytest.approx(0.25, abs=0.06)  # four standard errors


def test_random_responsibilities_begin_near_the_mean_of_the_data():
    params = search.start(X, 2, rng(), "responsibilities")
    apart = np.abs(params.means - X.mean(axis=0)) / X.std(axis=0)
    assert apart.max() < 0.2


def test_clusters_give_their_own_moments():
    heaps = np.concatenate([X, X + 1000])
    weights, means, covariances = search.start(heaps, 2, rng(), "k-means")
    order = np.argsort(means[:, 0])
    np.testing.assert_allclose(weights, [0.5, 0.5])
    np.testing.assert_allclose(means[order], [X.mean(axis=0), X.mean(axis=0) + 1000])
    np.testing.assert_allclose(covariances[order], [np.cov(X.T, bias=True)] * 2)


def test_a_small_cluster_gets_the_covariance_within_all():
    data = np.concatenate([X[:20], [[1000.0, 0.0]]])
    weights, means, covariances = search.start(data, 2, rng(), "k-means")
    k = int(np.argmin(weights))
    np.testing.assert_array_equal(means[k], data[-1])
    within = 20 / 21 * np.cov(X[:20].T, bias=True)
    np.testing.assert_allclose(covariances[k], within)
    np.testing.assert_allclose(covariances[1 - k], np.cov(X[:20].T, bias=True))


BAD = [
    ({"how": "random"}, "how is 'random': pass one of 'responsibilities', 'points'"),
    ({"structure": "round"}, "structure is 'round'"),
    ({"n_components": 0}, "n_components is 0"),
    ({"n_components": 273}, "n_components is 273 for 272 observations"),
    ({"rng": 3}, "rng is a int"),
    ({"X": X[:, 0]}, r"X has shape \(272,\)"),
    ({"X": np.ones((5, 1)), "how": "points"}, "only 1 different observations"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_a_bad_start_is_refused(change, message):
    arguments = {"X": X, "n_components": 3, "rng": rng()} | change
    with pytest.raises(ValueError, match=message):
        search.start(**arguments)


# --- climbs ---------------------------------------------------------------------------------------


def test_a_search_is_the_same_again_and_begins_alike_whatever_its_length():
    long, again = (search.climb_all(X, 3, 4, rng(), tol=1e-3) for _ in range(2))
    short = search.climb_all(X, 3, 2, rng(), tol=1e-3)
    np.testing.assert_array_equal(long.heights, again.heights)
    np.testing.assert_array_equal(long.heights[:2], short.heights)


def test_a_climb_is_one_of_em_fit():
    found = search.climb_all(X, 2, 1, rng(5), how="points", structure="diag")
    model = em.with_options(gmm.vectorized, structure="diag")
    result = em.fit(model, X, search.start(X, 2, rng(5), "points", "diag"))
    np.testing.assert_array_equal(found.best.log_likelihoods, result.log_likelihoods)


# Two close pairs and a cloud: components shrink onto the pairs and collapse.
PAIRS = np.concatenate([np.linspace(0, 1, 12), [5, 5], [9, 9.5, 10]])[:, None]


def test_failures_are_reported_and_not_lost():
    found = search.climb_all(PAIRS, 3, 30, rng(), how="points", tol=1e-4)
    numbers = [number for number, _ in found.failures]
    assert 0 < len(numbers) < 30
    assert numbers == sorted(set(numbers))
    assert len(found.results) == len(found.spurious) == 30 - len(numbers)
    assert all("collapsed" in reason for _, reason in found.failures)


def test_failures_alone_are_an_error_that_tells_why():
    with pytest.raises(ArithmeticError, match=r"all 3 starts failed.*collapsed: feat"):
        search.climb_all(np.ones((9, 1)), 1, 3, rng(), how="points")


def test_bad_input_is_no_failure_of_a_start():
    with pytest.raises(ValueError, match="tol is -1"):
        search.climb_all(X, 2, 2, rng(), tol=-1)
    with pytest.raises(ValueError, match="n_starts is 0"):
        search.climb_all(X, 2, 0, rng())


def test_one_warning_if_the_best_did_not_arrive():
    with pytest.warns(em.ConvergenceWarning) as caught:
        found = search.climb_all(X, 3, 3, rng(), max_iter=2)
    (warning,) = caught
    assert "best of 3 climbs did not converge in 2 iterations, and 3 in all" in str(
        warning.message
    )
    assert len(found.results) == 3


def test_a_prior_is_climbed_with():
    prior = gmm.weak_prior(PAIRS, 3)
    found = search.climb_all(PAIRS, 3, 20, rng(), how="points", prior=prior)
    assert not found.failures
    assert not any(found.spurious)
    params = found.best.params
    height = gmm.vectorized.log_likelihood(PAIRS, params)
    height += gmm.vectorized.log_prior(params, prior)
    assert found.best.log_likelihoods[-1] == pytest.approx(height)


# --- spurious maxima ------------------------------------------------------------------------------


def test_spurious_ends_are_kept_and_marked_and_not_the_best():
    """Five components of the galaxies: the highest end rests on two of them."""
    velocity = datasets.galaxies() / 1000
    found = search.climb_all(
        velocity, 5, 20, rng(), how="points", tol=1e-3, acceleration="squarem"
    )
    heights, spurious = found.heights, np.array(found.spurious)
    assert heights[spurious].max() > heights[~spurious].max() + 1
    assert found.best.log_likelihoods[-1] == heights[~spurious].max()
    highest = found.results[int(heights.argmax())].params
    k = int(np.argmin(highest.covariances))
    assert 82 * highest.weights[k] == pytest.approx(2, abs=0.1)


def test_where_all_are_spurious_there_is_a_warning():
    pair = np.array([[0.0], [1e-3], [5.0], [6.0], [7.5]])
    with pytest.warns(search.SpuriousWarning, match=r"all \d climbs.*or a prior"):
        found = search.climb_all(pair, 2, 4, rng(), how="k-means")
    assert all(found.spurious)


def is_spurious(covariance, weight=0.5, structure="full", data=X):
    params = gmm.Params(
        np.array([1 - weight, weight]),
        np.array([data.mean(axis=0)] * 2),
        np.array([np.cov(data.T, bias=True), covariance]),
    )
    return search.is_spurious(data, params, structure)


def test_what_is_spurious():
    whole = np.cov(X.T, bias=True)
    assert not is_spurious(whole)
    assert not is_spurious(0.0011 * whole)
    assert is_spurious(0.0009 * whole)
    assert not is_spurious(whole, weight=3.1 / 272)
    assert is_spurious(whole, weight=2.9 / 272)
    assert not is_spurious(whole, weight=2.9 / 272, structure="tied")
    # Thin in one direction, in whatever units.
    values, vectors = np.linalg.eigh(whole)
    root = vectors * np.sqrt(values)
    thin = root @ np.diag([1, 9e-4]) @ root.T
    assert is_spurious(thin)
    units = np.array([1e6, 1e-3])
    assert is_spurious(thin * np.outer(units, units), data=X * units)


# --- cross-validation -----------------------------------------------------------------------------


def test_every_observation_is_scored_by_a_fit_that_did_not_see_it(monkeypatch):
    """Each fit is made to remember what it saw, and each score to ask."""
    seen, scored = [], []
    climb, score = search.climb_all, gmm.vectorized.log_density

    def climb_all(data, *arguments, **options):
        seen.append({tuple(row) for row in data})
        return climb(data, *arguments, **options)

    def log_density(data, params):
        rows = {tuple(row) for row in data}
        assert not rows & seen[-1]
        assert len(rows | seen[-1]) == 40
        scored.append(rows)
        return score(data, params)

    monkeypatch.setattr(search, "climb_all", climb_all)
    monkeypatch.setattr(gmm.vectorized, "log_density", log_density)
    data = rng(3).standard_normal((40, 2))
    log_p = search.cross_validate(data, 1, 7, rng(), n_starts=1)
    assert log_p.shape == (40,)
    assert len(scored) == 7
    assert sum(map(len, scored)) == len(set.union(*scored)) == 40


def test_leaving_one_out_of_a_single_gaussian_is_what_can_be_computed_by_hand():
    data = X[:15]
    log_p = search.cross_validate(data, 1, 15, rng(), n_starts=1)
    for n in range(15):
        others = np.delete(data, n, axis=0)
        params = gmm.Params(
            np.ones(1), others.mean(axis=0)[None], np.cov(others.T, bias=True)[None]
        )
        by_hand = gmm.naive.log_density(data[[n]], params)[0]
        assert log_p[n] == pytest.approx(by_hand)


def test_an_outlier_is_a_surprise_only_where_it_was_not_seen():
    data = np.append(rng(1).standard_normal(30), 50.0)[:, None]
    everything = search.climb_all(data, 1, 1, rng()).best.params
    seen = gmm.vectorized.log_density(data, everything)[-1]
    held_out = search.cross_validate(data, 1, 5, rng(), n_starts=1)[-1]
    assert seen > -30
    assert held_out < -300


def test_options_reach_the_fits():
    log_p = search.cross_validate(
        X, 2, 3, rng(), n_starts=2, structure="diag", how="k-means", tol=1e-3
    )
    again = search.cross_validate(
        X, 2, 3, rng(), n_starts=2, structure="diag", how="k-means", tol=1e-3
    )
    np.testing.assert_array_equal(log_p, again)
    full = search.cross_validate(X, 2, 3, rng(), n_starts=2, how="k-means", tol=1e-3)
    assert np.abs(log_p - full).max() > 0.1


@pytest.mark.parametrize("n_folds", [1, 273])
def test_a_bad_number_of_parts_is_refused(n_folds):
    with pytest.raises(ValueError, match=f"n_folds is {n_folds} for 272 obs.*2 to 272"):
        search.cross_validate(X, 2, n_folds, rng())


def test_a_part_without_which_every_start_fails_is_told():
    data = np.array([[0.0], [0.0], [0.0], [1.0]])
    with (
        warnings.catch_warnings(),
        pytest.raises(ArithmeticError, match="all 10 starts failed") as caught,
    ):
        search.cross_validate(data, 1, 4, rng())
    assert "without part" in caught.value.__notes__[-1]
