"""What is said where the floor, and not the data, decides; and where there are too few rows."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from emlib import gmm
from emlib.estimators import GaussianMixture, VarianceFloorWarning
from emlib.estimators.floors import (
    at_the_floor,
    different_rows,
    told,
    variance_of_rows,
)
from tests.estimators.data import blobs, faithful, floored

each_structure = pytest.mark.parametrize("structure", gmm.STRUCTURES)


def said(X, sample_weight=None, **options):
    """What a fit warns of the floor; empty if nothing."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        GaussianMixture(**{"random_state": 0} | options).fit(
            X, sample_weight=sample_weight
        )
    return [str(w.message) for w in caught if w.category is VarianceFloorWarning]


def clouds(unit):
    rng = np.random.default_rng(0)
    return unit * np.vstack([rng.normal(0, 1, (100, 2)), rng.normal(8, 1, (100, 2))])


@each_structure
def test_a_unit_in_which_the_floor_is_large(structure):
    X = clouds(1e-5)
    (words,) = said(X, n_components=2, covariance_type=structure)
    assert words.startswith(
        "reg_covar = 1e-06 and not the data decides the least variance"
    )
    assert "pass reg_covar=2e-15 or less, or X in another unit" in words
    # The remedies are remedies.
    for cured in (
        said(X, n_components=2, covariance_type=structure, reg_covar=2e-15),
        said(clouds(1.0), n_components=2, covariance_type=structure),
    ):
        assert cured == []


def test_which_component_in_which_direction_and_the_variance_of_the_data():
    x = np.random.default_rng(1).normal(size=50)
    X = np.column_stack([x, x, np.random.default_rng(2).normal(size=50)])
    X = np.vstack([X, blobs(200, 3) + 50])
    mixture = GaussianMixture(2, random_state=0)
    with pytest.warns(VarianceFloorWarning) as caught:
        mixture.fit(X)
    words = str(caught[0].message)
    narrow = int(np.argmin(mixture.means_[:, 0]))
    direction = np.array([1, -1, 0]) / np.sqrt(2)
    data = (X @ direction).var()
    assert f"component {narrow} along the direction (" in words
    assert "0.707" in words
    assert f"component {1 - narrow}" not in words
    assert f"where the data's is {data:.3g}" in words


def test_answers_on_a_scale_of_five():
    rng = np.random.default_rng(1)
    answers = rng.normal(np.repeat([2, 3, 4], 27)[:80, None], 0.9, (80, 5))
    X = np.clip(np.round(answers), 1, 5)
    options = {"n_components": 3, "covariance_type": "diag", "n_init": 5}
    (words,) = said(X, **options)
    assert "shrunk onto repeated values" in words
    assert said(X, **options, prior=gmm.weak_prior(X, 3)) == []


def test_a_feature_that_does_not_vary():
    X = np.column_stack([blobs(), np.full(300, 7.0)])
    (words,) = said(X, n_components=2)
    assert "along feature 2, where the data's is 0;" in words
    assert "The data do not vary there" in words


def test_many_features_and_many_components_are_not_written_out():
    rng = np.random.default_rng(0)
    (words,) = said(rng.normal(size=(20, 30)))
    assert "component 0 along a direction in which features" in words
    X = np.repeat(rng.normal(size=(8, 2)), 5, axis=0)
    (words,) = said(X, n_components=8)
    assert "; and of 5 more." in words


def test_the_variance_of_weighted_data():
    X = np.vstack([clouds(1e-5), [[1.0, 1.0]]])
    weights = np.r_[np.ones(200), 0]
    assert said(X, weights, n_components=2) == said(X[:200], n_components=2)


@each_structure
def test_where_the_data_decide_nothing_is_said(structure):
    assert said(faithful(), n_components=3, covariance_type=structure) == []
    assert (
        said(clouds(1e-5), n_components=2, reg_covar=0, covariance_type=structure) == []
    )


# --- rows -----------------------------------------------------------------------------------------


@floored
@pytest.mark.parametrize("init", ["kmeans", "k-means++", "random", "random_from_data"])
def test_fewer_different_rows_than_components(init):
    X = np.repeat([[0.0, 1.0], [2.0, 3.0]], 5, axis=0)
    options = {"random_state": 0, "init_params": init}
    with pytest.warns(ConvergenceWarning, match=r"Ask for at most 2\."):
        GaussianMixture(3, **options).fit(X)
    GaussianMixture(2, **options).fit(X)


@floored
def test_rows_without_weight_do_not_count():
    X, weights = np.array([[0.0], [0], [1], [1], [5], [6]]), [1, 1, 1, 1, 0, 0]
    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(2\)"):
        GaussianMixture(3, random_state=0).fit(X, sample_weight=weights)


def test_different_rows_are_counted_up_to_what_is_enough():
    X = np.repeat(np.arange(5.0), 700)[:, None]
    assert [different_rows(X, None, n) for n in (1, 2, 5, 6, 9)] == [1, 2, 5, 5, 5]
    w = np.repeat([1.0, 0.0, 1.0, 0.0, 0.0], 700)
    assert [different_rows(X, w, n) for n in (1, 2, 5)] == [1, 2, 2]


@each_structure
def test_an_update_says_the_same_as_a_fit(structure):
    """From sums alone: the data's variance in the direction is that of the rows."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 3)) @ np.diag([1.0, 2.0, 1e-4]) + 5
    w = rng.uniform(0.5, 2, len(X))
    options = {"covariance_type": structure, "random_state": 0, "reg_covar": 1e-2}
    mixture = GaussianMixture(2, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rows in (slice(20), slice(20, None)):
            mixture.partial_fit(X[rows], sample_weight=w[rows])
    if structure == "spherical":
        mixture.reg_covar = 100.0
    with pytest.warns(VarianceFloorWarning) as caught:
        mixture.update()
    assert caught[0].filename == __file__
    own = at_the_floor(mixture._exact, mixture.reg_covar, structure)
    from_rows = told(own, mixture.reg_covar, structure, variance_of_rows(X, w))
    assert str(caught[0].message) == from_rows
