"""Weight 2 is the row twice, weight 0 the row absent, in starts, climbs and cross-validation."""

from collections import Counter

import numpy as np
import pytest

from emlib import datasets, gmm, search

X = datasets.old_faithful()
WHOLE = np.random.default_rng(7).integers(0, 4, len(X))
ROWS = np.repeat(X, WHOLE, axis=0)
structures = pytest.mark.parametrize("structure", gmm.STRUCTURES)
ways = pytest.mark.parametrize("how", search.HOW)


def rng(seed=0):
    return np.random.default_rng(seed)


def assert_same(one, other, rtol=0.0):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=0)


# --- starts ---------------------------------------------------------------------------------------


@ways
@structures
def test_whole_numbers_start_where_the_repeated_rows_start(how, structure):
    for seed in range(3):
        weighted = search.start(X, 3, rng(seed), how, structure, WHOLE)
        assert_same(weighted, search.start(ROWS, 3, rng(seed), how, structure))


@ways
def test_equal_weights_start_as_none_do(how):
    without = search.start(X, 3, rng(), how)
    assert_same(without, search.start(X, 3, rng(), how, "full", np.ones(len(X))))
    some = np.full(len(X), 0.1)
    assert_same(without, search.start(X, 3, rng(), how, "full", some), rtol=1e-12)


@pytest.mark.parametrize("factor", [0.5, 1e6, np.pi / 1e3])
@pytest.mark.parametrize("how", ["k-means++", "k-means"])
@structures
def test_other_weights_draw_the_same_seeds(how, structure, factor):
    """Half of a whole number cannot be written out as rows, nor can a million times that."""
    for seed in range(5):
        wanted = search.start(X, 3, rng(seed), how, structure, WHOLE)
        found = search.start(X, 3, rng(seed), how, structure, factor * WHOLE)
        assert_same(wanted, found, rtol=1e-9)


@pytest.mark.parametrize("how", ["points", "k-means++"])
@pytest.mark.parametrize("factor", [1, 0.5])
def test_rows_are_drawn_in_proportion_to_their_weights(how, factor):
    """Both for weights that are written out and for such that are not, two of three values.

    2,000 draws; each of six shares in each of four cases is allowed 4.5 standard errors, so that a
    right program fails at one seed in 6,000. One that draws without weights has shares that are off
    by more than 0.1, 8 standard errors, and passes at practically none.
    """
    values, weights = np.array([0.0, 1.0, 3.0]), np.array([1, 2, 5])
    # 1.0 stands in two places, to be drawn as often as both weigh.
    data, w = values[[0, 1, 1, 2]][:, None], factor * np.array([1, 1, 1, 5])
    wanted = {}
    for i in range(3):
        left = np.array([weights[j] for j in range(3)], dtype=float)
        if how == "k-means++":
            left *= (values - values[i]) ** 2
        left[i] = 0
        for j in range(3):
            wanted[values[i], values[j]] = weights[i] / 8 * left[j] / left.sum()
    source, n = rng(11), 2000
    drawn = Counter(
        tuple(search.start(data, 2, source, how, "full", w).means[:, 0])
        for _ in range(n)
    )
    for pair, share in wanted.items():
        error = np.sqrt(share * (1 - share) / n)
        assert abs(drawn[pair] / n - share) <= 4.5 * error, pair


@pytest.mark.parametrize("how", ["points", "k-means++"])
@structures
def test_the_covariance_of_a_start_is_the_weighted_one(how, structure):
    w = rng(3).gamma(2.0, size=len(X))
    whole = np.cov(X.T, bias=True, aweights=w)[None]
    wanted = gmm.vectorized.project(whole, np.ones(1), structure)
    for covariance in search.start(X, 3, rng(), how, structure, w).covariances:
        np.testing.assert_allclose(covariance, wanted[0], rtol=1e-12)


def test_clusters_have_weighted_moments():
    heaps, w = np.concatenate([X, X + 1000]), rng(3).gamma(2.0, size=2 * len(X))
    weights, means, covariances = search.start(heaps, 2, rng(), "k-means", "full", w)
    order = np.argsort(means[:, 0])
    for k, own in zip(order, (slice(None, len(X)), slice(len(X), None)), strict=True):
        assert weights[k] == pytest.approx(w[own].sum() / w.sum())
        centre = np.average(heaps[own], axis=0, weights=w[own])
        np.testing.assert_allclose(means[k], centre)
        wanted = np.cov(heaps[own].T, bias=True, aweights=w[own])
        np.testing.assert_allclose(covariances[k], wanted)


@pytest.mark.parametrize("seed", range(20))
def test_clusters_of_weighted_rows_are_at_rest_and_none_is_empty(seed):
    source = rng(seed)
    data, w = source.standard_normal((30, 2)), source.gamma(0.3, size=30)
    means = data[source.permutation(30)[:6]]
    labels = search._clusters(data, means, w)
    assert set(labels) == set(range(6))
    centres = [
        np.average(data[labels == k], axis=0, weights=w[labels == k]) for k in range(6)
    ]
    apart = np.linalg.norm(data[:, None] - centres, axis=2)
    np.testing.assert_array_equal(labels, apart.argmin(axis=1))


# --- climbs ---------------------------------------------------------------------------------------


@ways
def test_a_search_is_that_of_the_repeated_rows(how):
    options = {"how": how, "tol": 1e-6, "acceleration": "squarem"}
    weighted = search.climb_all(X, 3, 4, rng(), observation_weights=WHOLE, **options)
    repeated = search.climb_all(ROWS, 3, 4, rng(), **options)
    np.testing.assert_allclose(weighted.heights, repeated.heights, atol=1e-5, rtol=0)
    assert weighted.spurious == repeated.spurious
    assert not weighted.failures
    assert_same(weighted.best.params, repeated.best.params, rtol=1e-2)
    height = gmm.vectorized.log_likelihood(ROWS, weighted.best.params)
    assert weighted.best.log_likelihoods[-1] == pytest.approx(height, rel=1e-12)


@structures
def test_a_search_with_a_prior_is_that_of_the_repeated_rows(structure):
    options = {"prior": gmm.weak_prior(ROWS, 2), "structure": structure, "tol": 1e-6}
    weighted = search.climb_all(X, 2, 2, rng(), observation_weights=WHOLE, **options)
    repeated = search.climb_all(ROWS, 2, 2, rng(), **options)
    np.testing.assert_allclose(weighted.heights, repeated.heights, atol=1e-5, rtol=0)


def test_weights_of_one_are_none_to_the_last_digit():
    one = search.climb_all(X, 2, 3, rng(), observation_weights=np.ones(len(X)))
    other = search.climb_all(X, 2, 3, rng())
    np.testing.assert_array_equal(one.heights, other.heights)
    assert_same(one.best.params, other.best.params)


def test_a_row_of_weight_zero_is_absent_to_the_last_digit():
    wild, w = np.insert(X, 5, 1e40, axis=0), np.insert(np.ones(len(X)), 5, 0)
    one = search.climb_all(wild, 2, 3, rng(), how="k-means", observation_weights=w)
    other = search.climb_all(X, 2, 3, rng(), how="k-means")
    np.testing.assert_array_equal(one.heights, other.heights)
    assert one.spurious == other.spurious


def test_what_is_spurious_is_so_in_the_repeated_rows():
    velocity = datasets.galaxies() / 1000
    options = {"how": "points", "tol": 1e-3, "acceleration": "squarem"}
    found = search.climb_all(velocity, 5, 20, rng(), **options)
    counts = rng(1).integers(1, 4, len(velocity))
    rows = np.repeat(velocity, counts, axis=0)
    for structure in ("full", "tied"):
        marks = [
            search.is_spurious(velocity, result.params, structure, counts)
            for result in found.results
        ]
        assert marks == [
            search.is_spurious(rows, result.params, structure)
            for result in found.results
        ]
        assert len(set(marks)) == 2


def test_the_n_of_the_rule_is_the_sum_of_the_weights():
    """A component with 0.03 of 82 rows has more than two of them, and of 41 it has less."""
    velocity = datasets.galaxies() / 1000
    params = gmm.Params(
        np.array([0.97, 0.03]), np.array([[20.0], [21.0]]), np.full((2, 1, 1), 20.0)
    )
    for weight, odd in ((1.0, False), (0.5, True), (1 / 82, True), (10.0, False)):
        w = np.full(82, weight)
        assert search.is_spurious(velocity, params, "full", w) is odd
        assert not search.is_spurious(velocity, params, "tied", w)


# --- cross-validation -----------------------------------------------------------------------------


class Given(np.random.Generator):
    """A generator that divides the observations as it is told."""

    def __init__(self, order):
        super().__init__(np.random.PCG64(0))
        self.order = order

    def permutation(self, n):
        assert n == len(self.order)
        return self.order


def test_with_given_parts_it_is_that_of_the_repeated_rows():
    """Ten parts of eight rows; in each the weights add up to 12, and copies stay together."""
    order = rng(2).permutation(80)
    w = np.empty(80, dtype=int)
    w[order] = np.tile([1, 2, 1, 2, 1, 2, 1, 2], 10)
    data, places = X[:80], np.repeat(np.arange(80), w)
    parts = np.split(order, 10)
    copies = np.concatenate([np.flatnonzero(np.isin(places, part)) for part in parts])
    assert len(copies) == 120
    options = {"n_starts": 3, "tol": 1e-6}
    log_p = search.cross_validate(
        data, 2, 10, Given(order), observation_weights=w, **options
    )
    repeated = np.repeat(data, w, axis=0)
    wanted = search.cross_validate(repeated, 2, 10, Given(copies), **options)
    np.testing.assert_allclose(np.repeat(log_p, w), wanted, atol=1e-3)
    assert np.average(log_p, weights=w) == pytest.approx(wanted.mean(), abs=1e-4)
    unweighted = search.cross_validate(data, 2, 10, Given(order), **options)
    assert np.abs(unweighted - log_p).max() > 0.1


def test_leaving_out_one_row_leaves_out_its_whole_weight():
    data, w = X[:15], rng(3).gamma(2.0, size=15)
    log_p = search.cross_validate(data, 1, 15, rng(), n_starts=1, observation_weights=w)
    for n in range(15):
        others, weights = np.delete(data, n, axis=0), np.delete(w, n)
        params = gmm.Params(
            np.ones(1),
            np.average(others, axis=0, weights=weights)[None],
            np.cov(others.T, bias=True, aweights=weights)[None],
        )
        by_hand = gmm.naive.log_density(data[[n]], params)[0]
        assert log_p[n] == pytest.approx(by_hand)


def test_scores_with_weights_of_one_are_those_without():
    options = {"n_starts": 2, "tol": 1e-3}
    one = search.cross_validate(
        X, 2, 3, rng(), observation_weights=np.ones(len(X)), **options
    )
    np.testing.assert_array_equal(one, search.cross_validate(X, 2, 3, rng(), **options))


def test_a_row_of_weight_zero_is_scored_and_changes_no_score():
    wild, w = np.insert(X, [5, 9], 1000.0, axis=0), np.insert(np.ones(272), [5, 9], 0)
    options = {"n_starts": 2, "tol": 1e-3}
    scores = search.cross_validate(wild, 2, 3, rng(), observation_weights=w, **options)
    np.testing.assert_array_equal(
        scores[w > 0], search.cross_validate(X, 2, 3, rng(), **options)
    )
    assert (scores[w == 0] < -1000).all()


# --- what is refused ------------------------------------------------------------------------------

CALLS = {
    "start": lambda w: search.start(X, 2, rng(), observation_weights=w),
    "climb_all": lambda w: search.climb_all(X, 2, 2, rng(), observation_weights=w),
    "is_spurious": lambda w: search.is_spurious(
        X, search.start(X, 2, rng()), observation_weights=w
    ),
    "cross_validate": lambda w: search.cross_validate(
        X, 2, 3, rng(), observation_weights=w
    ),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            np.insert(np.ones(271), 4, -2),
            r"observation_weights\[4\] is -2: it must not",
        ),
        (
            np.insert(np.ones(271), 4, np.nan),
            r"observation_weights\[4\] is nan: give a",
        ),
        (np.ones(271), r"observation_weights has shape \(271,\), expected \(272,\)"),
        (np.zeros(272), "observation_weights are all zero: give at least one"),
        (np.full(272, 1e60), r"observation_weights\[0\] is 1e\+60: divide all weights"),
        (["much"] * 272, "observation_weights holds str"),
    ],
)
def test_bad_weights_are_refused_by_name(name, weights, message):
    with pytest.raises(ValueError, match=message):
        CALLS[name](weights)


def test_only_rows_that_count_are_observations():
    two = np.zeros(len(X))
    two[:2] = 3
    with pytest.raises(ValueError, match="n_components is 3 for 2 observations"):
        search.climb_all(X, 3, 1, rng(), observation_weights=two)
    with pytest.raises(ValueError, match="n_folds is 3 for 2 observations"):
        search.cross_validate(X, 1, 3, rng(), observation_weights=two)
    alike = np.ones((6, 1)) * [[1.0]]
    with pytest.raises(ValueError, match="only 1 different observations"):
        search.start(alike, 2, rng(), "points", observation_weights=rng().random(6))
    with pytest.raises(ValueError, match="only 1 different observations"):
        search.start(alike, 2, rng(), observation_weights=rng().random(6))
