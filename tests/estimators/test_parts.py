"""A fit that continues, and a pass over data that come in blocks."""

import warnings

import numpy as np
import pytest

from emlib import gmm
from emlib.estimators import GaussianMixture
from tests.estimators.data import FITTED, blobs, faithful, start, unconverged


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
