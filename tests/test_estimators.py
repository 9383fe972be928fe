"""The estimator: scikit-learn's own checks and tests, and what is promised beyond them."""

import ast
import doctest
import importlib
import os
import pickle
import subprocess
import sys
import tracemalloc
import warnings
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import sklearn
import sklearn.mixture
import swapped
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from emlib import _mixture_starts, datasets, em, estimators, gmm
from emlib.estimators import GaussianMixture
from emlib.gmm import streaming

ROOT = Path(__file__).parents[1]
FITTED = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")
unconverged = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)


def faithful():
    return datasets.old_faithful()


def start(X, structure="full"):
    """Arguments that give the start in full: the halves of X by its first feature."""
    low = X[:, 0] < np.median(X[:, 0])
    shares = np.column_stack([low, ~low]).astype(float)
    weights, means, covariances = gmm.vectorized.m_step(X, shares, None, structure)
    precisions = np.array([np.linalg.inv(c) for c in covariances])
    return {
        "n_components": 2,
        "covariance_type": structure,
        "weights_init": weights,
        "means_init": means,
        "precisions_init": _mixture_starts.narrow(precisions, structure),
    }


def blobs(N=300, D=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, D)) + 3 * rng.integers(0, 2, (N, 1))


# --- scikit-learn's checks and tests --------------------------------------------------------------


@unconverged
@parametrize_with_checks(
    [GaussianMixture(), GaussianMixture(2, accelerate=True, n_init=2)]
    + [GaussianMixture(2, covariance_type=structure) for structure in gmm.STRUCTURES]
)
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """scikit-learn's own tests, run on this class: the output, and how each test ended."""
    home = tmp_path_factory.mktemp("suite")
    (home / "pytest.ini").touch()  # so that this project's options do not apply
    command = [sys.executable, "-m", "pytest", "-c", str(home / "pytest.ini")]
    command += ["--rootdir", str(home), "--junitxml", str(home / "ends.xml")]
    command += ["--confcutdir", str(Path(sklearn.__file__).parent)]
    command += ["-p", "no:cacheprovider", "-p", "swapped", "--pyargs", *swapped.SUITES]
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = os.environ | {"PYTHONPATH": path, "SKLEARN_RUN_FLOAT32_TESTS": "1"}
    run = subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True
    )
    ends = {}
    for case in ElementTree.parse(home / "ends.xml").iter("testcase"):
        name = case.get("name")
        ends[name] = [child.tag for child in case if "properties" not in child.tag]
    return run, ends


def test_scikit_learn_s_own_tests_pass(suite):
    run, ends = suite
    assert "GaussianMixture of emlib.estimators" in run.stdout
    assert run.returncode == 0, run.stdout
    not_passed = {name for name, end in ends.items() if end}
    assert not_passed - set(swapped.DIGITS) == set(swapped.STRICTER)
    assert len(ends) - len(not_passed) >= 50
    assert set(swapped.DIGITS) <= set(ends)


def names_in(node):
    for part in ast.walk(node):
        for field in ("id", "attr", "arg", "name"):
            if isinstance(getattr(part, field, None), str):
                yield getattr(part, field)


def test_what_is_left_out_is_about_private_names():
    tests = {}
    for suite in swapped.SUITES:
        source = Path(importlib.util.find_spec(suite).origin).read_text("utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef):
                tests[node.name] = set(names_in(node)) - {node.name}
    assert set(swapped.STRICTER) <= set(tests)
    for test, name in swapped.LEFT_OUT.items():
        assert name.startswith("_") or name == "array_api_dispatch"
        assert name in tests[test]


def test_scikit_learn_calls_a_plateau_converged():
    """Why one of its tests has to fail: at that place much more than tol is to come."""
    rng = np.random.RandomState(0)
    module = importlib.import_module(swapped.SUITES[0])
    X = module.RandomData(rng, scale=7).X["diag"]
    tol = 1e-7
    options = {"covariance_type": "diag", "reg_covar": 0, "random_state": 0}
    theirs = sklearn.mixture.GaussianMixture(2, tol=tol, max_iter=600, **options)
    assert theirs.fit(X).converged_
    ours = GaussianMixture(
        2, tol=tol, max_iter=600, covariance_type="diag", reg_covar=0
    )
    ours.set_params(weights_init=theirs.weights_, means_init=theirs.means_)
    ours.set_params(precisions_init=theirs.precisions_)
    with pytest.warns(ConvergenceWarning, match="still to come"):
        ours.fit(X)
    assert np.diff(ours.log_likelihoods_).min() >= 0
    assert ours.lower_bound_ - theirs.score(X) > 20 * tol


def test_scikit_learn_asks_single_precision_for_more_than_it_has():
    """Why another one may fail: its mean of the densities, in single precision, is rounded."""
    module = importlib.import_module(swapped.SUITES[0])
    data = module.RandomData(np.random.RandomState(0), scale=7, dtype=np.float32)
    X = data.X["full"]
    mixture = GaussianMixture(2, reg_covar=0, random_state=0).fit(X)
    densities = mixture.score_samples(X)
    assert densities.dtype == np.float32
    assert mixture.score(X) == mixture.fit(X.astype(float)).score(X)
    assert mixture.score(X) == pytest.approx(densities.mean(dtype=float), abs=1e-7)
    digit = np.spacing(np.abs(densities).sum())  # of the sum that the mean is made of
    assert len(X) * 1.5e-7 <= digit / 2  # so one rounding of it can be too much


# --- the same as scikit-learn ---------------------------------------------------------------------


@unconverged
@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_one_iteration_is_that_of_scikit_learn(structure):
    X = datasets.iris().measurements
    options = start(X, structure) | {"reg_covar": 0, "max_iter": 1}
    theirs = sklearn.mixture.GaussianMixture(**options).fit(X)
    ours = GaussianMixture(**options).fit(X)
    for name in FITTED:
        own, its = getattr(ours, name), getattr(theirs, name)
        assert own.shape == its.shape
        np.testing.assert_allclose(own, its, rtol=1e-8, atol=1e-10)
    assert ours.log_likelihoods_[0] / len(X) == pytest.approx(theirs.lower_bound_)
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X))
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X), atol=1e-9
    )
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    for name in ("score", "aic", "bic"):
        own, its = getattr(ours, name)(X), getattr(theirs, name)(X)
        assert own == pytest.approx(its, rel=1e-9)


@pytest.mark.parametrize("accelerate", [False, True])
@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_the_end_is_that_of_scikit_learn(structure, accelerate):
    X, tol = datasets.iris().measurements, 1e-6
    options = start(X, structure) | {"reg_covar": 0, "max_iter": 2000}
    theirs = sklearn.mixture.GaussianMixture(tol=1e-10, **options).fit(X)
    ours = GaussianMixture(tol=tol, accelerate=accelerate, **options).fit(X)
    assert ours.converged_
    assert theirs.score(X) - 2 * tol < ours.lower_bound_ < theirs.score(X) + 1e-7


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


@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_the_least_variance_is_kept_and_the_likelihood_climbs(structure):
    X, least = faithful(), 0.3
    options = {"covariance_type": structure, "reg_covar": least, "random_state": 1}
    for init in estimators.INITS:
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
    rows = _mixture_starts.rows_to_start_on(X, w, rng)
    assert len(rows) == _mixture_starts.STARTED_ON
    for x, weight in zip(X[195:], w[195:], strict=True):
        due = sum(w[(X == x).all(axis=1)]) / w.sum() * len(rows)
        assert abs((rows == x).all(axis=1).sum() - due) <= 2
        assert due > 0 or weight == 0
    half = GaussianMixture(2, random_state=0).fit(X, sample_weight=w / 3)
    whole = GaussianMixture(2, random_state=0).fit(X[200:], sample_weight=w[200:])
    assert half.lower_bound_ == pytest.approx(whole.lower_bound_, abs=1e-3)


# --- starts ---------------------------------------------------------------------------------------


def test_many_observations_are_started_on_a_part(monkeypatch):
    monkeypatch.setattr(_mixture_starts, "STARTED_ON", 100)
    X = blobs(5000)
    seen = []
    original = _mixture_starts.search.start

    def watched(rows, *arguments):
        seen.append(rows)
        return original(rows, *arguments)

    monkeypatch.setattr(_mixture_starts.search, "start", watched)
    GaussianMixture(2, random_state=0, n_init=2).fit(X)
    assert [len(rows) for rows in seen] == [100, 100]
    assert len(np.unique(np.concatenate([seen[0], X]), axis=0)) == len(X)
    assert seen[0][:, 0].std() > 0.5 * X[:, 0].std()


@unconverged
def test_the_start_does_not_depend_on_the_order_of_the_rows():
    X = faithful()
    for init in estimators.INITS:
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


@pytest.mark.parametrize("structure", gmm.STRUCTURES)
@pytest.mark.parametrize("init", estimators.INITS)
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


def test_fewer_different_observations_than_components():
    X = np.repeat([[0.0, 0], [1, 1], [5, 2]], 4, axis=0)
    mixture = GaussianMixture(7, random_state=0).fit(X)
    assert mixture.weights_.sum() == pytest.approx(1)
    assert mixture.weights_.min() > 0.1
    assert {tuple(mean) for mean in mixture.means_.round(9)} == {
        tuple(row) for row in X
    }
    with pytest.raises(ValueError, match="3 different observations for 7 components"):
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
    monkeypatch.setattr(_mixture_starts, "drawn", None)
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


# --- continuing, in parts, and interrupted --------------------------------------------------------


@unconverged
@pytest.mark.parametrize("max_iter", [1, 2, 7])
def test_a_warm_start_continues_the_history(max_iter):
    X = faithful()
    options = start(X) | {"tol": 1e-7}
    whole = GaussianMixture(max_iter=500, **options).fit(X)
    parts = GaussianMixture(max_iter=max_iter, warm_start=True, **options)
    n = 0
    for _ in range(whole.n_iter_ + 1):
        parts.fit(X)
        n += parts.n_iter_
        assert len(parts.log_likelihoods_) == n + 1
        assert len(parts.lower_bounds_) == parts.n_iter_
        if parts.converged_:
            break
    assert whole.n_iter_ <= n < whole.n_iter_ + max_iter
    shared = parts.log_likelihoods_[: whole.n_iter_ + 1]
    np.testing.assert_allclose(shared, whole.log_likelihoods_, rtol=1e-12)


@unconverged
def test_a_warm_start_on_other_data_begins_a_new_history():
    X = faithful()
    mixture = GaussianMixture(2, warm_start=True, max_iter=3, random_state=0).fit(X)
    means = mixture.means_.copy()
    mixture.fit(X + 0.01)
    assert len(mixture.log_likelihoods_) == 4
    begun = GaussianMixture(2, max_iter=3, means_init=means, random_state=0)
    begun.set_params(weights_init=[0.5, 0.5], precisions_init=[np.eye(2)] * 2)
    assert mixture.lower_bound_ > begun.fit(X + 0.01).lower_bound_
    with pytest.raises(ValueError, match="n_components is 3, and there are 2"):
        mixture.set_params(n_components=3).fit(X)


@pytest.mark.parametrize("prior", [False, True])
@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_a_pass_in_blocks_is_an_iteration(structure, prior):
    X = faithful()
    w = np.random.default_rng(0).uniform(0, 2, len(X))
    options = start(X, structure) | {"tol": 1e-6, "max_iter": 1000}
    if prior:
        options["prior"] = gmm.weak_prior(X, 2)
    whole = GaussianMixture(**options).fit(X, sample_weight=w)
    parts = GaussianMixture(**options)
    for n in range(1, whole.n_iter_ + 2):
        for rows in np.split(np.arange(len(X)), [7, 100, 101]):
            assert parts.partial_fit(X[rows], sample_weight=w[rows]) is parts
        assert parts.update() is parts
        assert parts.statistics_ is None
        assert parts.n_iter_ == n == len(parts.log_likelihoods_)
        assert parts.converged_ == (n == whole.n_iter_ + 1)
        if n == 1:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                once = GaussianMixture(**options | {"max_iter": 1})
                once.fit(X, sample_weight=w)
            for name in FITTED:
                own, its = getattr(parts, name), getattr(once, name)
                np.testing.assert_allclose(own, its, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(
        parts.log_likelihoods_, whole.log_likelihoods_, rtol=1e-11
    )
    mean = parts.log_likelihoods_[-1] / w.sum()
    assert parts.lower_bound_ == pytest.approx(mean, rel=1e-12)


def test_the_first_block_chooses_the_start():
    X = blobs(200)
    mixture = GaussianMixture(2, random_state=0).partial_fit(X[:50])
    begun = GaussianMixture(2, random_state=0, max_iter=0).fit(X[:50])
    np.testing.assert_array_equal(mixture.means_, begun.means_)
    assert mixture.statistics_.n_observations == 50
    assert mixture.partial_fit(X[50:51]).statistics_.n_observations == 51
    mixture.predict(X)
    # A fit forgets what has been gathered, and the passes.
    mixture.update().partial_fit(X).fit(X)
    assert mixture.statistics_ is None
    assert len(mixture.log_likelihoods_) == mixture.n_iter_ + 1
    assert len(mixture.partial_fit(X).update().log_likelihoods_) == 1


def test_a_block_that_fails_changes_nothing():
    X = blobs(100)
    spoilt = X.copy()
    spoilt[3, 1] = np.nan
    fresh = GaussianMixture(2, random_state=0)
    before = dict(vars(fresh))
    for bad in (spoilt, X[:1], X * 1e60):
        with pytest.raises(ValueError, match=r"NaN|n_samples|1e\+49"):
            fresh.partial_fit(bad)
        assert vars(fresh) == before
    for mixture in (fresh, fresh.partial_fit(X), fresh.update(), fresh.partial_fit(X)):
        before = dict(vars(mixture))
        for bad, w in (
            (spoilt, None),
            (X[:, :1], None),
            (X * 1e60, None),
            (X, -np.ones(100)),
        ):
            with pytest.raises(ValueError, match=r"NaN|features|1e\+49|sample_weight"):
                mixture.partial_fit(bad, sample_weight=w)
            after = vars(mixture)
            assert after.keys() == before.keys()
            assert all(after[name] is before[name] for name in before)


def test_passes_over_data_that_change_are_not_called_converged():
    mixture = GaussianMixture(1, tol=1e-3)
    rng = np.random.default_rng(0)
    for scale in (1, 2, 8, 64, 1000):
        mixture.partial_fit(scale * rng.normal(size=(50, 2))).update()
        assert not mixture.converged_


def interrupt(monkeypatch, n):
    """Let the E step number n, counted from 1, be interrupted."""
    original, calls = streaming._e_step, []

    def e_step(*arguments):
        calls.append(arguments)
        if len(calls) == n:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(streaming, "_e_step", e_step)


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


# --- single precision, parameters set by hand, and messages ---------------------------------------


def test_single_precision_is_not_copied():
    X = blobs(600_000, 4).astype(np.float32)
    mixture = GaussianMixture(2, random_state=0, n_threads=2, max_iter=3, tol=1)
    mixture.fit(X[:2000])
    tracemalloc.start()
    try:
        mixture.fit(X)
        mixture.score(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < X.size * 8


def test_covariances_that_single_precision_cannot_hold_are_used_all_the_same():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 1000, (500, 1)).astype(float)
    X = np.hstack([x, x + rng.integers(0, 2, (500, 1)) / 64]).astype(np.float32)
    mixture = GaussianMixture(1, reg_covar=0).fit(X)
    assert np.linalg.eigvalsh(mixture.covariances_.astype(float)).min() < 0
    double = GaussianMixture(1, reg_covar=0).fit(X.astype(float))
    assert mixture.score(X) == double.score(X) == mixture.lower_bound_
    copy = pickle.loads(pickle.dumps(mixture))
    np.testing.assert_array_equal(copy.score_samples(X), mixture.score_samples(X))
    np.testing.assert_allclose(mixture.score_samples(X), double.score_samples(X), 1e-5)


@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_parameters_set_by_hand_are_used(structure):
    X = faithful()
    fitted = GaussianMixture(**start(X, structure)).fit(X)
    by_hand = GaussianMixture(2, covariance_type=structure)
    for name in FITTED[:3]:
        setattr(by_hand, name, getattr(fitted, name).astype(np.float32))
    np.testing.assert_allclose(by_hand.score_samples(X), fitted.score_samples(X), 1e-4)
    for change in (
        lambda: setattr(fitted, "means_", fitted.means_ + 1),
        lambda: fitted.means_.__iadd__(1),
    ):
        before = fitted.score(X)
        change()
        assert fitted.score(X) < before - 0.01
    by_hand.covariances_ = by_hand.covariances_[:1, ..., None]
    with pytest.raises(ValueError, match="covariances_ has shape"):
        by_hand.predict(X)


def test_samples_are_those_of_the_parameters():
    mixture = GaussianMixture(**start(faithful())).fit(faithful())
    X, labels = mixture.set_params(random_state=1).sample(40_000)
    assert X.shape == (40_000, 2)
    np.testing.assert_allclose(
        np.bincount(labels) / len(X), mixture.weights_, atol=0.01
    )
    for k in range(2):
        own = X[labels == k]
        np.testing.assert_allclose(own.mean(axis=0), mixture.means_[k], rtol=0.01)
        np.testing.assert_allclose(np.cov(own.T), mixture.covariances_[k], rtol=0.1)
    with pytest.raises(ValueError, match="Invalid value for 'n_samples'"):
        mixture.sample(0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_components": 0}, "n_components is 0"),
        ({"n_components": 31}, "Expected n_samples >= n_components but got"),
        ({"covariance_type": "round"}, "covariance_type is 'round'"),
        ({"init_params": "best"}, "init_params is 'best'"),
        ({"tol": -1}, "tol is -1"),
        ({"tol": np.inf}, "tol is inf"),
        ({"reg_covar": np.nan}, "reg_covar is nan"),
        ({"reg_covar": "1"}, "reg_covar is '1'"),
        ({"max_iter": 1.5}, "max_iter is 1.5"),
        ({"n_init": 0}, "n_init is 0"),
        ({"verbose_interval": 0}, "verbose_interval is 0"),
        ({"n_threads": 0}, "n_threads is 0"),
        ({"random_state": "x"}, "cannot be used to seed"),
        ({"prior": 3}, r"pass a gmm\.Prior"),
        ({"weights_init": [0.5, 0.4]}, r"normalized, but got sum\(weights\) = 0.9"),
        ({"weights_init": [-1, 2]}, "weights_init reaches from -1 to 2"),
        ({"weights_init": [0, 1]}, r"weights_init\[0\] is 0"),
        ({"means_init": [[0, np.nan], [1, 1]]}, r"means_init\[0, 1\] is nan"),
        ({"precisions_init": [np.eye(2)] * 3}, r"shape of \(2, 2, 2\), but got"),
        ({"precisions_init": [-np.eye(2)] * 2}, "precisions_init is not"),
        (
            {"covariance_type": "diag", "precisions_init": -np.ones((2, 2))},
            "'diag precision' should be positive",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) else next(iter(value)),
)
def test_bad_arguments_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        GaussianMixture(**{"n_components": 2} | options).fit(blobs(30))


def test_bad_data_are_named():
    X = blobs(30)
    mixture = GaussianMixture(2, random_state=0)
    with pytest.raises(ValueError, match="update has no statistics"):
        mixture.update()
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        mixture.score(X)
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        mixture.fit(sparse.csr_array(X))
    for w, words in (
        (np.ones(29), r"sample_weight has shape \(29,\)"),
        (0 * X[:, 0], "zero"),
    ):
        with pytest.raises(ValueError, match=words):
            mixture.fit(X, sample_weight=w)
    with pytest.raises(ValueError, match="n_samples = 1"):
        mixture.fit(X, sample_weight=np.eye(30)[3])


def test_what_is_still_to_be_gained_is_said():
    X = blobs(200, 2, 3)
    options = start(X) | {"tol": 1e-12}
    with pytest.warns(ConvergenceWarning, match="did not converge") as caught:
        mixture = GaussianMixture(max_iter=30, **options).fit(X)
    assert len(caught) == 1  # the loop's own is not let through
    assert caught[0].filename == __file__
    words = str(caught[0].message)
    said = float(words.split("About ")[1].split(" nats an observation")[0])
    end = GaussianMixture(max_iter=5000, **options).fit(X)
    assert said == pytest.approx(end.lower_bound_ - mixture.lower_bound_, rel=0.5)
    with pytest.warns(ConvergenceWarning, match="The last iteration gained"):
        GaussianMixture(max_iter=1, **options).fit(X)


def test_nothing_that_is_passed_is_modified():
    X, w = faithful(), np.linspace(0, 1, 272)
    options = start(X)
    given = [options[f"{name}_init"] for name in ("weights", "means", "precisions")]
    before = [array.copy() for array in (X, w, *given)]
    for array in (X, w, *given):
        array.flags.writeable = False
    mixture = GaussianMixture(**options).fit(X, sample_weight=w)
    mixture.partial_fit(X, sample_weight=w).update()
    mixture.predict(X)
    for own, its in zip((X, w, *given), before, strict=True):
        np.testing.assert_array_equal(own, its)
    names = ("weights_init", "means_init", "precisions_init")
    assert all(getattr(mixture, n) is g for n, g in zip(names, given, strict=True))


def test_verbose_shows_a_bar(capfd):
    X = faithful()
    options = {"n_components": 2, "random_state": 0}
    silent = GaussianMixture(**options).fit(X)
    assert capfd.readouterr() == ("", "")
    GaussianMixture(verbose=1, n_init=2, verbose_interval=1, **options).fit(X)
    often = capfd.readouterr().err
    assert f"log-likelihood={silent.lower_bound_:.6g}" in often
    assert "100%" in often
    GaussianMixture(verbose=1, n_init=2, verbose_interval=50, **options).fit(X)
    assert 0 < capfd.readouterr().err.count("\r") < often.count("\r") / 2


def test_without_scikit_learn_the_remedy_is_named():
    code = "import sys; sys.modules['sklearn'] = None; import emlib.estimators"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ImportError: emlib.estimators needs scikit-learn" in run.stderr
    assert "install the extra `sklearn`" in run.stderr
    code = "import sys, emlib; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_example_in_the_docstring():
    assert doctest.testmod(estimators).failed == 0
    assert em.ConvergenceWarning is not ConvergenceWarning
