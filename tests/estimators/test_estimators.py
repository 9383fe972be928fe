"""The estimator: what is promised beyond scikit-learn's class."""

import doctest
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from emlib import em, gmm
from emlib.estimators import GaussianMixture, gaussian_mixture, starts
from emlib.gmm.streaming import engine
from tests.estimators.data import FITTED, blobs, faithful, floored, start, unconverged

# --- what is promised of the bound and the history ------------------------------------------------


@unconverged
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("max_iter", [0, 1, 7, 100])
def test_the_bound_belongs_to_the_parameters(dtype, max_iter):
    X = faithful().astype(dtype)
    w = np.random.default_rng(0).uniform(0, 2, len(X))
    mixture = GaussianMixture(3, max_iter=max_iter, random_state=0).fit(X, None, w)
    assert mixture.lower_bound_ == pytest.approx(mixture.score(X, None, w), rel=1e-13)
    total, history = w.sum(), mixture.log_likelihoods_
    assert mixture.lower_bound_ == pytest.approx(history[-1] / total, rel=1e-14)
    assert len(history) == mixture.n_iter_ + 1 == len(mixture.lower_bounds_) + 1
    np.testing.assert_allclose(mixture.lower_bounds_, history[1:] / total)
    assert {getattr(mixture, name).dtype for name in FITTED} == {np.dtype(dtype)}


@floored
@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_the_least_variance_is_kept_and_the_likelihood_climbs(structure):
    X, least = faithful(), 0.3
    options = {"covariance_type": structure, "reg_covar": least, "random_state": 1}
    for init in starts.INITS:
        mixture = GaussianMixture(4, tol=1e-6, max_iter=2000, init_params=init)
        mixture.set_params(**options).fit(X)
        assert np.diff(mixture.log_likelihoods_).min() > -1e-9
        begun = clone(mixture).set_params(max_iter=0).fit(X)
        assert begun.log_likelihoods_ == mixture.log_likelihoods_[0]
        for some in (mixture, begun):
            values = np.linalg.eigvalsh(some._params().covariances)
            assert values.min() >= least * (1 - 1e-9)
        if structure == "full":
            values = np.linalg.eigvalsh(mixture.covariances_)
            assert values.min() == pytest.approx(least)  # it does bind


def test_tol_bounds_what_is_to_come():
    X = faithful()
    options = start(X) | {"max_iter": 5000}
    far = GaussianMixture(tol=1e-12, **options).fit(X).lower_bound_
    for tol in (1e-2, 1e-4, 1e-6):
        assert far - 2 * tol < GaussianMixture(tol=tol, **options).fit(X).lower_bound_


def test_leaps_reach_the_same_height_in_fewer_iterations():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 1)) + 2 * rng.integers(0, 2, (2000, 1))
    options = start(X) | {"tol": 1e-9, "max_iter": 5000}
    plain = GaussianMixture(**options).fit(X)
    leaping = GaussianMixture(accelerate=True, **options).fit(X)
    assert leaping.n_iter_ < plain.n_iter_ / 2
    assert leaping.lower_bound_ == pytest.approx(plain.lower_bound_, abs=1e-8)


def test_data_far_from_zero():
    X = faithful()
    near = GaussianMixture(tol=1e-5, **start(X)).fit(X)
    moved = X + 1e8
    options = start(X) | {"means_init": start(X)["means_init"] + 1e8}
    far = GaussianMixture(tol=1e-5, **options).fit(moved)
    assert far.lower_bound_ == pytest.approx(near.lower_bound_, abs=1e-6)
    np.testing.assert_allclose(far.covariances_, near.covariances_, rtol=1e-4)
    drawn = GaussianMixture(2, random_state=0, tol=1e-5).fit(moved)
    assert drawn.lower_bound_ == pytest.approx(near.lower_bound_, abs=1e-4)


def test_a_prior_is_climbed_and_left_out_of_the_score():
    X = faithful()
    prior = gmm.weak_prior(X, 2)
    mixture = GaussianMixture(prior=prior, **start(X)).fit(X)
    added = gmm.vectorized.log_prior(mixture._params(), prior) / len(X)
    assert mixture.lower_bound_ == pytest.approx(mixture.score(X) + added, rel=1e-12)
    assert mixture.score(X) < GaussianMixture(**start(X)).fit(X).score(X)


# --- observations with weights --------------------------------------------------------------------


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_weights_count_rows(structure, given):
    X = faithful()
    rng = np.random.default_rng(2)
    w = rng.integers(0, 4, len(X))
    repeated = rng.permutation(np.repeat(X, w, axis=0))
    spoilt = np.where(w[:, None] == 0, 1e30, X)
    options = start(X, structure)
    if not given:
        options = {"n_components": 3, "covariance_type": structure, "random_state": 0}
    mixture = GaussianMixture(tol=1e-5, max_iter=1000, **options)
    expected = clone(mixture).fit(repeated)
    for rows in (X, spoilt):
        found = clone(mixture).fit(rows, sample_weight=w)
        assert found.n_iter_ == expected.n_iter_
        for name in (*FITTED, "log_likelihoods_"):
            own, its = getattr(found, name), getattr(expected, name)
            np.testing.assert_allclose(own, its, rtol=1e-10, atol=1e-10)
        assert found.score(X, sample_weight=w) == pytest.approx(
            found.score(repeated), rel=1e-12
        )
    labels = clone(mixture).fit_predict(X, sample_weight=w)
    np.testing.assert_array_equal(labels, found.predict(X))


def test_weights_that_are_no_counts_choose_the_start_too():
    X, w = faithful(), np.linspace(0, 1, 272)
    w[:200] = 0
    rng = np.random.default_rng(0)
    rows = starts.rows_to_start_on(X, w, rng)
    assert len(rows) == starts.STARTED_ON
    for x, weight in zip(X[195:], w[195:], strict=True):
        due = sum(w[(X == x).all(axis=1)]) / w.sum() * len(rows)
        assert abs((rows == x).all(axis=1).sum() - due) <= 2
        assert due > 0 or weight == 0
    half = GaussianMixture(2, random_state=0).fit(X, sample_weight=w / 3)
    whole = GaussianMixture(2, random_state=0).fit(X[200:], sample_weight=w[200:])
    assert half.lower_bound_ == pytest.approx(whole.lower_bound_, abs=1e-3)


# --- starts ---------------------------------------------------------------------------------------


def test_many_observations_are_started_on_a_part(monkeypatch):
    monkeypatch.setattr(starts, "STARTED_ON", 100)
    X = blobs(5000)
    seen = []
    original = starts.search.start

    def watched(rows, *arguments):
        seen.append(rows)
        return original(rows, *arguments)

    monkeypatch.setattr(starts.search, "start", watched)
    GaussianMixture(2, random_state=0, n_init=2).fit(X)
    assert [len(rows) for rows in seen] == [100, 100]
    assert len(np.unique(np.concatenate([seen[0], X]), axis=0)) == len(X)
    assert seen[0][:, 0].std() > 0.5 * X[:, 0].std()


@unconverged
def test_the_start_does_not_depend_on_the_order_of_the_rows():
    X = faithful()
    for init in starts.INITS:
        options = {"init_params": init, "random_state": 3, "max_iter": 0}
        one = GaussianMixture(3, **options).fit(X)
        other = GaussianMixture(3, **options).fit(X[::-1])
        np.testing.assert_array_equal(one.means_, other.means_)


def test_each_source_of_randomness_repeats_itself():
    X = blobs(100)
    for make in (lambda: 5, lambda: np.random.RandomState(5), np.random.default_rng):
        seeds = [make(), make()] if make is not np.random.default_rng else None
        seeds = seeds or [np.random.default_rng(5), np.random.default_rng(5)]
        one, other = (GaussianMixture(3, random_state=s).fit(X) for s in seeds)
        np.testing.assert_array_equal(one.means_, other.means_)
        for a, b in zip(one.sample(9), other.sample(9), strict=True):
            np.testing.assert_array_equal(a, b)
    generator = np.random.default_rng(5)
    drawn = GaussianMixture(3, random_state=generator).fit(X)
    assert (drawn.sample(9)[0] != drawn.sample(9)[0]).all()


@floored
@pytest.mark.parametrize("structure", gmm.STRUCTURES)
@pytest.mark.parametrize("init", starts.INITS)
def test_flat_data_are_fitted_above_a_least_variance(structure, init):
    X = np.column_stack([blobs(200), np.full(200, 7.0)])
    options = {"covariance_type": structure, "init_params": init, "random_state": 0}
    mixture = GaussianMixture(2, tol=1e-5, max_iter=1000, **options).fit(X)
    np.testing.assert_allclose(mixture.means_[:, 2], 7.0)
    if structure in ("full", "diag"):  # the feature adds the same to all densities
        flat = GaussianMixture(2, tol=1e-5, max_iter=1000, **options).fit(X[:, :2])
        added = -0.5 * np.log(2 * np.pi * 1e-6)
        assert mixture.lower_bound_ > flat.lower_bound_ + added - 1e-3
    with pytest.raises(ValueError, match=r"ill-defined.*In the first start"):
        # Of one variance for all directions there is enough.
        clone(mixture).set_params(reg_covar=0, covariance_type="full").fit(X)


@floored
def test_fewer_different_observations_than_components():
    X = np.repeat([[0.0, 0], [1, 1], [5, 2]], 4, axis=0)
    with pytest.warns(
        ConvergenceWarning, match=r"distinct clusters \(3\) found smaller"
    ):
        mixture = GaussianMixture(7, random_state=0).fit(X)
    assert mixture.weights_.sum() == pytest.approx(1)
    assert mixture.weights_.min() > 0.1
    assert {tuple(mean) for mean in mixture.means_.round(9)} == {
        tuple(row) for row in X
    }
    with (
        pytest.raises(ValueError, match="3 different observations for 7 components"),
        pytest.warns(ConvergenceWarning, match="Ask for at most 3"),
    ):
        GaussianMixture(7, random_state=0, reg_covar=0).fit(X)


def test_given_parts_override_those_drawn():
    X = faithful()
    whole = start(X, "tied")
    drawn = {"n_components": 2, "covariance_type": "tied", "random_state": 0}
    mixture = GaussianMixture(max_iter=0, **drawn)
    without = clone(mixture).fit(X)
    pairs = ("weights", "weights_"), ("means", "means_"), ("precisions", "precisions_")
    for given, _ in pairs:
        some = clone(mixture).set_params(**{f"{given}_init": whole[f"{given}_init"]})
        some.fit(X)
        for name, attribute in pairs:
            wanted = whole[f"{name}_init"] if name == given else None
            wanted = getattr(without, attribute) if wanted is None else wanted
            np.testing.assert_allclose(getattr(some, attribute), wanted, rtol=1e-9)


def test_nothing_is_drawn_if_all_is_given(monkeypatch):
    monkeypatch.setattr(starts, "drawn", None)
    X = faithful()
    mixture = GaussianMixture(n_init=5, **start(X)).fit(X)
    assert len(mixture.results_) == 1


@unconverged
def test_all_starts_are_reported_and_the_highest_is_kept():
    X = np.random.default_rng(1).normal(size=(25, 2))
    mixture = GaussianMixture(4, n_init=12, reg_covar=0, random_state=0)
    mixture.set_params(init_params="random_from_data", max_iter=60).fit(X)
    assert len(mixture.results_) + len(mixture.failures_) == 12
    assert len(mixture.results_) > 1
    assert mixture.failures_
    numbers = [number for number, _ in mixture.failures_]
    assert numbers == sorted(set(numbers))
    assert all("collapsed" in reason for _, reason in mixture.failures_)
    ends = [result.log_likelihoods[-1] for result in mixture.results_]
    assert mixture.log_likelihoods_[-1] == max(ends) > min(ends)
    best = mixture.results_[int(np.argmax(ends))]
    np.testing.assert_array_equal(best.params.means, mixture.means_)
    assert best.n_iter == mixture.n_iter_


def test_a_collapse_from_a_given_start_keeps_what_was_before():
    X = np.concatenate([blobs(30), [[50.0, 50.0]]])
    options = {"weights_init": [0.5, 0.5], "precisions_init": [np.eye(2)] * 2}
    means = [[0.0, 0], [50, 50]]
    mixture = GaussianMixture(2, means_init=means, reg_covar=0, **options)
    with pytest.warns(ConvergenceWarning, match="component 1 has collapsed"):
        mixture.fit(X)
    np.testing.assert_array_equal(mixture.means_, means)
    assert (mixture.n_iter_, mixture.converged_, mixture.results_) == (0, False, ())
    assert mixture.failures_[0][0] == 0
    with pytest.raises(ValueError, match="ill-defined"):
        mixture.set_params(means_init=None).fit(X)


# --- interrupted ----------------------------------------------------------------------------------


def interrupt(monkeypatch, n):
    """Let the E step number n, counted from 1, be interrupted."""
    original, calls = engine.gather, []

    def gather(*arguments):
        calls.append(arguments)
        if len(calls) == n:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(engine, "gather", gather)


@pytest.mark.parametrize("warm", [False, True])
def test_an_interrupted_fit_keeps_what_it_has(monkeypatch, warm):
    X = faithful()
    options = start(X) | {"tol": 1e-9}
    whole = GaussianMixture(**options).fit(X)
    mixture = GaussianMixture(warm_start=warm, **options)
    interrupt(monkeypatch, 6)
    with pytest.raises(KeyboardInterrupt):
        mixture.fit(X)
    assert (mixture.n_iter_, mixture.converged_) == (4, False)
    assert (mixture.results_, mixture.failures_) == ((), ())
    np.testing.assert_array_equal(mixture.log_likelihoods_, whole.log_likelihoods_[:5])
    assert mixture.lower_bound_ == pytest.approx(mixture.score(X), rel=1e-13)
    assert mixture.weights_.sum() == pytest.approx(1)
    mixture.fit(X)
    if warm:
        np.testing.assert_allclose(
            mixture.log_likelihoods_, whole.log_likelihoods_, rtol=1e-12
        )


@unconverged
def test_an_interruption_in_a_later_start_keeps_the_higher_end(monkeypatch):
    X = blobs(200)
    options = {"n_components": 3, "random_state": 0, "max_iter": 20, "tol": 0}
    first = GaussianMixture(**options).fit(X)
    interrupt(monkeypatch, 21 + 2)  # the first start makes 21 E steps
    mixture = GaussianMixture(n_init=3, **options)
    with pytest.raises(KeyboardInterrupt):
        mixture.fit(X)
    assert len(mixture.results_) == 1
    np.testing.assert_array_equal(mixture.means_, first.means_)
    assert mixture.n_iter_ == 20
    assert not mixture.converged_


def test_an_interruption_before_any_parameters_leaves_none(monkeypatch):
    interrupt(monkeypatch, 1)
    mixture = GaussianMixture(2, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        mixture.fit(blobs(50))
    with pytest.raises(NotFittedError):
        mixture.predict(blobs(50))


# --- the package ----------------------------------------------------------------------------------


def test_without_scikit_learn_the_remedy_is_named():
    code = "import sys; sys.modules['sklearn'] = None; import emlib.estimators"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ImportError: emlib.estimators needs scikit-learn" in run.stderr
    assert "install the extra `sklearn`" in run.stderr
    code = "import sys, emlib; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_pickle_from_when_the_package_was_one_file_is_read():
    X = faithful()
    mixture = GaussianMixture(2, random_state=0).fit(X).partial_fit(X)
    words = pickle.dumps(mixture, protocol=0)  # names without their lengths
    for now, then in (
        (b"emlib.estimators.gaussian_mixture", b"emlib.estimators"),
        (b"emlib.gmm.streaming.statistics", b"emlib.gmm.streaming"),
    ):
        assert now in words
        words = words.replace(now, then)
    copy = pickle.loads(words)
    assert type(copy) is GaussianMixture
    np.testing.assert_array_equal(copy.update().means_, mixture.update().means_)


def test_the_example_in_the_docstring():
    found = doctest.testmod(gaussian_mixture)
    assert found.failed == 0
    assert found.attempted > 5
    assert em.ConvergenceWarning is not ConvergenceWarning
