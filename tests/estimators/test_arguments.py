"""Single precision, parameters set by hand, and what is said of bad arguments."""

import pickle
import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from sklearn import mixture as sklearn_mixture
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from emlib import gmm
from emlib.estimators import GaussianMixture
from tests.estimators.data import FITTED, blobs, faithful, start


@pytest.mark.parametrize("weighted", [False, True])
def test_single_precision_is_not_copied(weighted):
    X = blobs(600_000, 4).astype(np.float32)
    weights = np.ones(len(X)) if weighted else None
    mixture = GaussianMixture(2, random_state=0, n_threads=2, max_iter=3, tol=1)
    mixture.fit(X[:2000])
    tracemalloc.start()
    try:
        mixture.fit(X, sample_weight=weights)
        mixture.score(X, sample_weight=weights)
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
        ({"weights_init": [0.5, 0.500003]}, r"= 1\.00000, which is \+3e-06 off"),
        ({"weights_init": np.ma.masked_less([0.3, 0.7], 0.5)}, "_init is masked"),
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
    masked = np.ma.masked_greater(X, 1)
    mixture.fit(X)
    for use in (mixture.fit, mixture.predict, mixture.score, mixture.partial_fit):
        for hidden in (masked, list(masked)):
            with pytest.raises(ValueError, match="X is masked: leave"):
                use(hidden)
    mixture.fit(np.ma.array(X))  # nothing of it is masked
    for w, words in (
        (np.ma.masked_greater(X[:, 0], 1), "sample_weight is masked"),
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


def test_weights_that_sum_to_one_in_single_precision_are_taken():
    """Also after a detour by way of JSON, which has one kind of number."""
    for seed in range(20):
        weights = np.random.default_rng(seed).dirichlet(np.ones(4)).astype(np.float32)
        by_one = weights / weights.sum()
        for given in (weights, weights.tolist(), by_one.tolist(), by_one * (1 + 8e-7)):
            mixture = GaussianMixture(4, weights_init=given, random_state=0)
            assert abs(mixture.fit(blobs(60)).weights_.sum() - 1) < 1e-12


@pytest.mark.parametrize("structure", ["full", "tied", "diag", "spherical"])
def test_a_mixture_made_by_hand_is_one(structure):
    X = blobs(60)
    theirs = sklearn_mixture.GaussianMixture(
        2, covariance_type=structure, random_state=0
    )
    theirs.fit(X)
    for name in ("covariances_", "precisions_cholesky_"):
        made = GaussianMixture(2, covariance_type=structure)
        made.weights_, made.means_ = theirs.weights_, theirs.means_
        with pytest.raises(NotFittedError):
            made.predict(X)
        setattr(made, name, getattr(theirs, name))
        np.testing.assert_allclose(
            made.score_samples(X), theirs.score_samples(X), rtol=1e-9
        )
        assert np.array_equal(made.predict(X), theirs.predict(X))
        assert made.sample(3)[0].shape == (3, 2)
    made.precisions_cholesky_ = np.ones((3, 3))
    with pytest.raises(ValueError, match="factor' should have the shape"):
        made.predict(X)
