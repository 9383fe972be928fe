"""Far from the origin: provoked it happens, cured it does not."""

import warnings
from contextlib import suppress

import numpy as np
import pytest

from emlib import gmm
from tests.gmm.failures.climbs import START, X, climb


def textbook_variance(values):
    total = squares = 0.0
    for x in values:
        total += x
        squares += x * x
    return squares / len(values) - (total / len(values)) ** 2


def test_far_from_the_origin_happens():
    durations = X[:, 0]
    assert textbook_variance(durations) == pytest.approx(durations.var())
    assert textbook_variance(durations + 1e8) < 0


def test_far_from_the_origin_is_cured(best):
    durations = X[:, 0] + 1e8
    centred = textbook_variance(durations - durations.mean())
    assert centred == pytest.approx(X[:, 0].var(), rel=1e-6)
    moved = START._replace(means=START.means + 1e8)
    far = climb(X + 1e8, moved)
    np.testing.assert_allclose(
        far.params.covariances, best.params.covariances, rtol=1e-4
    )


def test_far_from_the_origin_another_library_needs_the_cure():
    mixture = pytest.importorskip("sklearn.mixture").GaussianMixture

    def fitted(data, structure):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = mixture(2, covariance_type=structure, random_state=0)
            with suppress(ValueError):
                return found.fit(data).covariances_
        return np.nan

    shifted = X + 1e8
    for structure in gmm.STRUCTURES:
        near, far = fitted(X, structure), fitted(shifted, structure)
        centred = fitted(shifted - shifted.mean(axis=0), structure)
        np.testing.assert_allclose(centred, near, rtol=0.01)
        assert np.allclose(far, near, rtol=0.01) == (structure == "full")
