"""scikit-learn's own checks and tests pass, and its results are ours."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import sklearn
import sklearn.mixture
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from emlib import datasets, gmm
from emlib.estimators import GaussianMixture
from tests.estimators import swapped
from tests.estimators.data import FITTED, floored, start, unconverged

ROOT = Path(__file__).parents[2]


# --- scikit-learn's checks and tests --------------------------------------------------------------


@floored
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
    command += ["-p", "no:cacheprovider", "-p", swapped.__name__]
    command += ["--pyargs", *swapped.SUITES]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment["SKLEARN_RUN_FLOAT32_TESTS"] = "1"
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
