"""Where rounding alone moves the likelihood, a climb has arrived."""

import warnings

import numpy as np
import pytest

from emlib import gmm
from emlib.estimators import GaussianMixture

each_structure = pytest.mark.parametrize("structure", gmm.STRUCTURES)


def arrives(X, **options):
    """Whether a fit converges, and without a word."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return GaussianMixture(random_state=0, **options).fit(X).converged_


@each_structure
def test_one_component_on_few_rows(structure):
    """Its first step is its last: the gain of the second is rounding's, up or down."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(4, 2)) * 10 ** rng.uniform(-1, 3)
        assert arrives(X, n_components=1, covariance_type=structure)


@each_structure
@pytest.mark.parametrize("offset", [0, 1e4])
def test_one_component_on_many_rows(structure, offset):
    X = np.random.default_rng(1).normal(size=(500, 3)) + offset
    assert arrives(X, n_components=1, covariance_type=structure)


def test_indicators():
    """Rows of zeros and a single one, in two groups: a maximum that is reached exactly."""
    for seed in range(20):
        labels = np.random.default_rng(seed).integers(0, 4, 40)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the floor, which decides
            mixture = GaussianMixture(2, random_state=0).fit(np.eye(4)[labels])
        assert mixture.converged_, seed


@each_structure
def test_passes_that_gain_nothing_are_the_last(structure):
    X = np.random.default_rng(2).normal(size=(50, 2))
    mixture = GaussianMixture(1, covariance_type=structure, random_state=0)
    for _ in range(5):
        mixture.partial_fit(X[:20]).partial_fit(X[20:]).update()
    assert mixture.converged_


@each_structure
def test_a_single_precision_climb_ends(structure):
    rng = np.random.default_rng(3)
    X = np.vstack([rng.normal(size=(60, 2)), rng.normal(6, 1, (60, 2))])
    options = {"n_components": 2, "covariance_type": structure, "tol": 1e-6}
    assert arrives(X.astype(np.float32), max_iter=300, **options)
