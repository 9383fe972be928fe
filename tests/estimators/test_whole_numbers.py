"""Rows of whole numbers, of whatever dtype, are scored as the same rows in floating point."""

import numpy as np
import pytest

from emlib import gmm
from emlib.estimators import GaussianMixture
from tests.estimators.data import blobs

DTYPES = (np.int64, np.uint8)


def whole(dtype):
    """Two clouds of numbers that fit in a byte, and whose squares do not."""
    return np.rint(150 + 10 * blobs()).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_scores_are_those_of_the_float_rows(structure, dtype):
    X = whole(dtype)
    rows = X.astype(float)
    np.testing.assert_array_equal(rows, whole(float))
    mixture = GaussianMixture(2, covariance_type=structure, random_state=0).fit(rows)
    for name in ("score", "aic", "bic"):
        score = getattr(mixture, name)
        assert score(X) == score(rows)
    for name in ("score_samples", "predict_proba", "predict"):
        scores = getattr(mixture, name)
        np.testing.assert_array_equal(scores(X), scores(rows))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_a_fit_is_that_to_the_float_rows(structure, dtype):
    X = whole(dtype)
    options = {"covariance_type": structure, "random_state": 0}
    mixture = GaussianMixture(2, **options).fit(X)
    expected = GaussianMixture(2, **options).fit(X.astype(float))
    for name in ("weights_", "means_", "covariances_"):
        fitted = getattr(mixture, name)
        assert fitted.dtype == np.float64
        np.testing.assert_array_equal(fitted, getattr(expected, name))
    assert mixture.lower_bound_ == expected.lower_bound_


@pytest.mark.parametrize("structure", gmm.STRUCTURES)
@pytest.mark.parametrize(
    ("rows", "dtype", "variance"),
    [([0, 1, 2, 5], np.int64, 3.5), ([200, 201, 203, 204], np.uint8, 2.5)],
)
def test_four_rows_by_hand(rows, dtype, variance, structure):
    """At the maximum, a row's squared distance is 1 on average: no sum over rows is needed."""
    X = np.array(rows, dtype)[:, None]
    mixture = GaussianMixture(covariance_type=structure, reg_covar=0).fit(X)
    score = -(np.log(2 * np.pi * variance) + 1) / 2
    assert mixture.score(X) == pytest.approx(score, rel=1e-12)
    assert mixture.aic(X) == pytest.approx(2 * 2 - 2 * 4 * score, rel=1e-12)
    assert mixture.bic(X) == pytest.approx(2 * np.log(4) - 2 * 4 * score, rel=1e-12)
