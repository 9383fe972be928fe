"""k-means descends, ends where nothing can be improved by one half step, and agrees with others."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from emlib import em, kmeans, problems
from emlib._checks import EPS
from emlib.kmeans.problems import _in_doubt, _squared_distances
from emlib.problems import Setting
from tests.twins import settings

SIDES = [kmeans.naive, kmeans.vectorized]
sides = pytest.mark.parametrize("side", SIDES, ids=["naive", "vectorized"])


def drawn(seed, setting):
    """Observations and centers to start from, at most as many."""
    setting = setting._replace(K=min(setting.K, setting.N))
    return problems.draw("kmeans.fit", np.random.default_rng(seed), setting).arguments


def rounding(X, centers, total):
    """By how much rounding may raise the distortion in one assignment and one update.

    A sum of N D squares errs by (N D + 8) eps of itself; a mean that is off by e adds e^2 for each
    of its observations; an observation that is as near to two centers as rounding can tell may go
    to either.
    """
    _, error = _squared_distances(X, centers)
    sums = 4 * (X.size + 8) * EPS * total
    return sums + len(X) * kmeans.resolved(X) + 2 * error.max(axis=1).sum()


def equally_near(X, centers):
    """Whether rounding decides to which of two different centers an observation belongs."""
    return _in_doubt(X, centers, np.sqrt(kmeans.resolved(X)))


# --- descent -------------------------------------------------------------------------------------


@sides
@given(setting=settings, seed=st.integers(0, 2**32 - 1))
def test_the_distortion_never_rises(side, setting, seed):
    X, centers = drawn(seed, setting).values()
    labels = side.assign(X, centers)
    before = side.distortion(X, labels, centers)
    for _ in range(5):
        centers = side.update(X, labels, centers)
        labels = side.assign(X, centers)
        after = side.distortion(X, labels, centers)
        assert after <= before + rounding(X, centers, before)
        before = after


@sides
@given(setting=settings, seed=st.integers(0, 2**32 - 1))
def test_no_other_labels_are_better_and_no_other_centers(side, setting, seed):
    X, centers = drawn(seed, setting).values()
    labels = side.assign(X, centers)
    least = side.distortion(X, labels, centers)
    slack = rounding(X, centers, least)
    rng = np.random.default_rng(seed)
    for _ in range(5):
        others = rng.integers(len(centers), size=len(X))
        assert least <= side.distortion(X, others, centers) + slack
    if len(np.unique(labels)) == len(centers):
        means = side.update(X, labels, centers)
        least = side.distortion(X, labels, means)
        slack = rounding(X, means, least)
        for _ in range(5):
            others = means + setting.scale * rng.standard_normal(means.shape)
            assert least <= side.distortion(X, labels, others) + slack


@sides
@given(setting=settings, seed=st.integers(0, 2**32 - 1))
def test_the_end_is_a_fixed_point(side, setting, seed):
    X, start = drawn(seed, setting).values()
    centers, labels, distortion, n_iter = side.fit(X, start)
    assert 1 <= n_iter < 300
    same = side.assign(X, centers) == labels
    assert (same | equally_near(X, centers)).all()
    # Of up to N observations in each of n_iter + 1 sums.
    off = 4 * ((n_iter + 2) * len(X) + 8) * EPS * np.abs(X).max(axis=0)
    # A center left without any lies where another does, on observations that are equal.
    if len(np.unique(labels)) == len(start):
        again = side.update(X, labels, centers)
        assert (np.abs(again - centers) <= off).all()
    else:
        assert len(np.unique(X, axis=0)) < len(X)
    assert distortion == pytest.approx(
        side.distortion(X, labels, centers),
        rel=1e-9,
        abs=2 * len(X) * (off @ off) + 2 * np.sqrt(len(X) * distortion * (off @ off)),
    )


def test_the_theorem_is_em_s_own():
    """With hard labels for a posterior, `em.fit` runs k-means, and checks that it climbs."""

    class Model:
        @staticmethod
        def e_step(X, centers):
            labels = kmeans.vectorized.assign(X, centers)
            total = kmeans.vectorized.distortion(X, labels, centers)
            return (labels, centers), -total

        @staticmethod
        def m_step(X, posterior):
            return kmeans.vectorized.update(X, *posterior)

    X, start = drawn(5, Setting(N=200, K=4, separation=1.0)).values()
    centers, _, distortion, n_iter = kmeans.vectorized.fit(X, start)
    result = em.fit(Model, X, start, tol=0)
    np.testing.assert_allclose(result.params, centers, rtol=1e-12)
    assert -result.log_likelihoods[-1] == pytest.approx(distortion)
    assert n_iter <= result.n_iter <= n_iter + 3


# --- centers without observations ----------------------------------------------------------------


@sides
@given(seed=st.integers(0, 2**32 - 1))
def test_an_empty_cluster_gets_an_observation_and_the_distortion_falls(side, seed):
    X, centers = drawn(seed, Setting(N=12, extreme=True)).values()
    labels = side.assign(X, centers)
    assert 0 not in labels
    before = side.distortion(X, labels, centers)
    moved = side.update(X, labels, centers)
    own = np.square(X - centers[labels]).sum(axis=1)
    shared = np.bincount(labels, minlength=3)[labels] > 1
    if not (labels == labels[0]).all():  # only one center is empty
        np.testing.assert_array_equal(moved[0], X[np.where(shared, own, -1).argmax()])
        after = side.distortion(X, side.assign(X, moved), moved)
        assert after < before - 0.99 * own[shared].max()
    assert set(side.fit(X, centers)[1]) == {0, 1, 2}


@sides
def test_serving_goes_on_while_something_is_to_be_gained(side):
    """A copy of the observation that was handed over sits on the center that lost it."""
    X = np.array([[0.0], [0.0], [5.0], [6.0]])
    _, labels, distortion, _ = side.fit(X, np.array([[1.0], [5.5], [100.0]]))
    assert distortion == 0
    assert len(np.unique(labels)) == 3


@pytest.mark.parametrize("outlier", [1e10, 1e21, 1e22, 2e22, 1e40])
def test_an_outlier_spoils_no_other_label(outlier):
    rng = np.random.default_rng(8)
    X, centers = rng.standard_normal((9000, 2)), rng.standard_normal((5, 2))
    X[8500] = outlier
    squared = np.square(X[:, None] - centers).sum(axis=2)
    wrong = kmeans.vectorized.assign(X, centers) != squared.argmin(axis=1)
    assert not np.delete(wrong, 8500).any()


@pytest.mark.parametrize("apart", [1e-12, 1e-9, 1e-7, 1e-5])
def test_close_calls_are_decided_in_double_precision(apart):
    """Single precision tells no two of these distances apart, or tells them wrongly."""
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((2, 5))
    X = rng.standard_normal((9000, 5))
    X[::3] = centers.mean(axis=0) + apart * X[::3]
    squared = np.square(X[:, None] - centers).sum(axis=2)
    np.testing.assert_array_equal(
        kmeans.vectorized.assign(X, centers), squared.argmin(axis=1)
    )


def test_labels_are_exact_where_doubles_are():
    X = np.array([[1e17], [1e17], [1e17], [-0.84], [0.85]])
    centers = np.array([[-1.0], [1.0], [1e17]])
    for side in (kmeans.naive, kmeans.vectorized):
        np.testing.assert_array_equal(side.assign(X, centers), [2, 2, 2, 0, 1])


@sides
@pytest.mark.parametrize("far", [1e12, 1e16, 1e20])
def test_what_has_left_a_cluster_leaves_no_rounding_behind(side, far):
    rng = np.random.default_rng(0)
    near = rng.normal(5, 1, 99)
    X = np.append(near, [1.15 * far, 2.2 * far])[:, None]
    centers, _, _, _ = side.fit(X, np.array([[5.0], [3 * far]]))
    assert centers[0, 0] == pytest.approx(near.mean(), rel=1e-12)


@sides
@pytest.mark.parametrize("K", [3, 4, 7])
@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_fewer_different_observations_than_clusters(side, K, offset):
    rng = np.random.default_rng(K)
    X = offset + rng.standard_normal((2, 3))[rng.integers(2, size=20)]
    start = X.mean(axis=0) + rng.standard_normal((K, 3))
    centers, labels, distortion, n_iter = side.fit(X, start)
    assert n_iter <= 2 * K
    assert len(np.unique(labels)) == 2
    assert distortion <= len(X) * kmeans.resolved(X)
    assert (np.abs(centers[labels] - X) <= np.sqrt(kmeans.resolved(X))).all()


# --- the loop ------------------------------------------------------------------------------------


@sides
def test_not_converging_is_said_where_fit_was_called(side):
    X, start = drawn(1, Setting(N=60, K=4, separation=0.5)).values()
    end = side.fit(X, start)
    assert end[3] > 3
    with pytest.warns(em.ConvergenceWarning, match="in 2 iterations: obs") as caught:
        centers, labels, distortion, n_iter = side.fit(X, start, max_iter=2)
    assert caught[0].filename == __file__
    assert n_iter == 2
    np.testing.assert_array_equal(labels, side.assign(X, centers))
    assert distortion == pytest.approx(side.distortion(X, labels, centers))
    on = side.fit(X, centers)
    np.testing.assert_allclose(on[0], end[0], rtol=1e-12)
    assert on[3] == end[3] - 2


@sides
def test_far_from_the_origin_the_labels_are_the_same(side):
    rng = np.random.default_rng(8)
    for _ in range(20):
        # Multiples of 2^-10, so that nothing is rounded when they are shifted.
        X = np.round(rng.standard_normal((50, 3)) * 2**10) / 2**10
        start = X[rng.choice(50, 4, replace=False)]
        labels = side.assign(X, start)
        np.testing.assert_array_equal(labels, side.assign(X + 1e8, start + 1e8))
        near, far = side.fit(X, start), side.fit(X + 1e8, start + 1e8)
        np.testing.assert_array_equal(near[1], far[1])
        np.testing.assert_allclose(near[0] + 1e8, far[0], rtol=0, atol=1e-6)
        assert near[2] == pytest.approx(far[2], rel=1e-9)
        assert near[3] == far[3]


# --- beside scikit-learn -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("N", "D", "K"), [(50, 1, 3), (300, 2, 5), (1000, 8, 7), (2000, 16, 12)]
)
@pytest.mark.parametrize("extreme", [False, True], ids=["", "empty"])
def test_scikit_learn_gives_the_same(N, D, K, extreme):
    for seed in range(3):
        setting = Setting(N=N, D=D, K=K, separation=1.0, extreme=extreme)
        X, start = drawn(seed, setting).values()
        empty = set(range(K)) - set(kmeans.vectorized.assign(X, start))
        assert (0 in empty) == extreme
        if len(empty) > 1:
            continue  # of several, each library chooses in its own order
        theirs = KMeans(K, init=start, n_init=1, tol=0, max_iter=500, algorithm="lloyd")
        theirs.fit(X)
        centers, labels, distortion, n_iter = kmeans.vectorized.fit(X, start, 500)
        np.testing.assert_array_equal(labels, theirs.labels_)
        np.testing.assert_allclose(centers, theirs.cluster_centers_, rtol=0, atol=1e-9)
        assert distortion == pytest.approx(theirs.inertia_, rel=1e-9)
        # It counts the assignment at the end, which changes nothing, as an iteration.
        assert theirs.n_iter_ == n_iter + 1


# --- k-means++ -----------------------------------------------------------------------------------

CROWD_AND_TWO = np.concatenate(
    [np.random.default_rng(3).standard_normal((7, 2)), [[40.0, 0.0], [0.0, 60.0]]]
)


def least_distortion(X, K):
    """The optimum, over all assignments of N observations to K clusters."""
    return min(
        sum(
            np.square(X[z == k] - X[z == k].mean(axis=0)).sum()
            for k in range(K)
            if (z == k).any()
        )
        for z in map(np.array, product(range(K), repeat=len(X)))
        if z[0] == 0  # the names of the clusters do not matter
    )


@sides
def test_seeds_keep_the_guarantee_where_a_uniform_choice_breaks_it(side):
    """Arthur & Vassilvitskii (2007), theorem 1.1, by Monte Carlo beside the exact optimum."""
    X, K = CROWD_AND_TWO, 3
    bound = 8 * (np.log(K) + 2) * least_distortion(X, K)
    rng = np.random.default_rng(0)

    def mean_distortion(draw):
        totals = []
        for _ in range(1000):
            centers = draw()
            totals.append(side.distortion(X, side.assign(X, centers), centers))
        return np.mean(totals)

    assert mean_distortion(lambda: side.seed(X, K, rng)) < bound / 4
    assert mean_distortion(lambda: X[rng.choice(9, K, replace=False)]) > bound


@sides
def test_seeds_come_as_often_as_they_should(side):
    """Both twins could be wrong alike: hold them to the probabilities, written down."""
    X, n_draws = np.array([[0.0], [1.0], [3.0]]), 20_000
    rng = np.random.default_rng(2)
    drawn = np.array([side.seed(X, 2, rng)[:, 0] for _ in range(n_draws)])
    for first, second in permutations([0.0, 1.0, 3.0], 2):
        squares = np.square(X - first).sum()
        p = (second - first) ** 2 / squares / 3
        often = (drawn == [first, second]).all(axis=1).mean()
        assert often == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / n_draws))


class Extreme(np.random.Generator):
    """Draws one number below one over and over."""

    def __init__(self, number):
        super().__init__(np.random.PCG64(0))
        self.number = number

    def random(self, size=None):
        return self.number


@sides
@pytest.mark.parametrize("number", [0.0, 0.5, 1 - 2.0**-53])
def test_no_observation_is_drawn_twice(side, number):
    for seed in range(50):
        X, K, _ = problems.draw(
            "kmeans.seed", np.random.default_rng(seed), Setting(N=9, K=4)
        ).arguments.values()
        centers = side.seed(X, K, Extreme(number))
        assert len(np.unique(centers, axis=0)) == K
