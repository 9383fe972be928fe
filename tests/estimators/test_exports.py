"""A way out to scikit-learn's own class, and what comes from other libraries."""

import copy
import pickle

import numpy as np
import pytest
import sklearn
from sklearn import clone
from sklearn import mixture as sklearn_mixture
from sklearn.exceptions import NotFittedError

from emlib import gmm
from emlib.estimators import GaussianMixture
from tests.estimators.data import FITTED, blobs, faithful

each_structure = pytest.mark.parametrize("structure", gmm.STRUCTURES)


def assert_alike(theirs, ours, X):
    """scikit-learn's fitted mixture gives the numbers of ours, and so does a copy by pickle."""
    assert type(theirs) is sklearn_mixture.GaussianMixture
    for mixture in (theirs, pickle.loads(pickle.dumps(theirs))):
        np.testing.assert_allclose(
            mixture.predict_proba(X), ours.predict_proba(X), rtol=0, atol=1e-9
        )
        np.testing.assert_allclose(mixture.score_samples(X), ours.score_samples(X))
        np.testing.assert_array_equal(mixture.predict(X), ours.predict(X))
        np.testing.assert_allclose(mixture.bic(X), ours.bic(X))


@each_structure
def test_scikit_learn_s_own_class_has_the_same_numbers(structure):
    X = faithful()
    ours = GaussianMixture(3, covariance_type=structure, random_state=0, tol=1e-4)
    ours.fit(X)
    theirs = ours.to_sklearn()
    assert_alike(theirs, ours, X)
    for name in (*FITTED, "converged_", "n_iter_", "lower_bound_", "n_features_in_"):
        np.testing.assert_array_equal(getattr(theirs, name), getattr(ours, name))
    own = theirs.get_params()
    assert own == {name: getattr(ours, name) for name in own}
    theirs.means_ += 1  # the arrays are its own
    assert ours.means_.max() < theirs.means_.max()


@each_structure
def test_from_parameters_set_by_hand(structure):
    X = faithful()
    fitted = GaussianMixture(2, covariance_type=structure, random_state=0).fit(X)
    by_hand = GaussianMixture(2, covariance_type=structure)
    for name in ("weights_", "means_", "precisions_cholesky_"):
        setattr(by_hand, name, getattr(fitted, name))
    assert_alike(by_hand.to_sklearn(), fitted, X)


@each_structure
def test_it_is_taken_for_scikit_learn_s_and_has_what_converters_ask_for(structure):
    ours = GaussianMixture(2, covariance_type=structure, random_state=0).fit(faithful())
    assert isinstance(ours, sklearn_mixture.GaussianMixture)
    assert not isinstance(ours, sklearn_mixture.BayesianGaussianMixture)
    np.testing.assert_array_equal(
        ours._estimate_log_weights(), ours.to_sklearn()._estimate_log_weights()
    )


@each_structure
def test_onnx_gives_the_same_numbers(structure):
    """Where the converter and a runtime are installed: they are no part of the environment."""
    skl2onnx = pytest.importorskip("skl2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    X = faithful()
    ours = GaussianMixture(2, covariance_type=structure, random_state=0).fit(X)
    model = skl2onnx.to_onnx(ours.to_sklearn(), X[:1]).SerializeToString()
    labels, gamma = onnxruntime.InferenceSession(model).run(None, {"X": X})
    np.testing.assert_array_equal(labels.ravel(), ours.predict(X))
    np.testing.assert_allclose(gamma, ours.predict_proba(X), rtol=0, atol=1e-12)


def test_single_precision_stays():
    X = blobs(400, 2).astype(np.float32)
    theirs = GaussianMixture(2, random_state=0).fit(X).to_sklearn()
    assert {getattr(theirs, name).dtype for name in FITTED} == {np.dtype(np.float32)}


def test_names_of_columns_go_along():
    ours = GaussianMixture(2, random_state=0).fit(faithful())
    assert not hasattr(ours.to_sklearn(), "feature_names_in_")
    ours.feature_names_in_ = np.array(["eruption", "waiting"], dtype=object)
    assert list(ours.to_sklearn().feature_names_in_) == ["eruption", "waiting"]


def test_a_generator_becomes_a_random_state_on_the_same_stream():
    X = faithful()
    ours = GaussianMixture(2, random_state=np.random.default_rng(5)).fit(X)
    theirs = ours.to_sklearn()
    assert theirs.random_state._bit_generator is ours.random_state.bit_generator
    drawn, _ = theirs.sample(2000)
    np.testing.assert_allclose(drawn.mean(axis=0), X.mean(axis=0), rtol=0.1)


def test_without_parameters_there_is_nothing_to_hand_over():
    with pytest.raises(NotFittedError):
        GaussianMixture(2).to_sklearn()


# --- weights in the criteria ----------------------------------------------------------------------


@pytest.mark.parametrize("criterion", ["aic", "bic"])
@each_structure
def test_a_criterion_counts_a_row_of_weight_two_twice(structure, criterion):
    rng = np.random.default_rng(3)
    bins, counts = rng.normal(size=(40, 2)), rng.integers(0, 5, 40)
    mixture = GaussianMixture(2, covariance_type=structure, random_state=0)
    mixture.fit(bins, sample_weight=counts)
    measure = getattr(mixture, criterion)
    whole = measure(np.repeat(bins, counts, axis=0))
    assert np.isclose(measure(bins, sample_weight=counts), whole, rtol=1e-12)
    assert not np.isclose(measure(bins), whole)
    with pytest.raises(ValueError, match="sample_weight"):
        measure(bins, sample_weight=-counts)


def test_a_histogram_chooses_as_many_components_as_its_observations():
    rng = np.random.default_rng(0)
    x = np.r_[rng.normal(-3, 1, 2000), rng.normal(3, 1, 2000)]
    counts, edges = np.histogram(x, 60)
    bins = ((edges[1:] + edges[:-1]) / 2)[:, None]
    found = {}
    for K in (1, 2, 3):
        mixture = GaussianMixture(K, reg_covar=1e-3, max_iter=500, random_state=0)
        mixture.fit(bins, sample_weight=counts)
        found[K] = mixture.bic(bins, sample_weight=counts)
    assert min(found, key=found.get) == 2


# --- arrays of other libraries --------------------------------------------------------------------


@pytest.mark.parametrize("dispatch", [False, True])
def test_a_tensor_is_fitted_as_its_numbers_are(dispatch, monkeypatch):
    torch = pytest.importorskip("torch")
    X = faithful()
    tensor = torch.asarray(X.copy())
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    with sklearn.config_context():
        # Set like this, for the switch refuses to be set where SciPy was loaded without its own.
        sklearn._config._get_threadlocal_config()["array_api_dispatch"] = dispatch
        ours = GaussianMixture(2, init_params="random_from_data", random_state=0)
        ours.fit(tensor)
        kind = torch.Tensor if dispatch else np.ndarray
        for method in ("predict_proba", "score_samples", "predict", "fit_predict"):
            assert isinstance(getattr(ours, method)(tensor), kind)
        assert all(isinstance(drawn, kind) for drawn in ours.sample(3))
        height = ours.score(tensor)
        for name in FITTED:
            assert isinstance(getattr(ours, name), kind), name
            assert isinstance(getattr(ours.to_sklearn(), name), np.ndarray), name
        # What goes on from there goes on from tensors.
        pieces = (
            clone(ours).partial_fit(tensor[:100]).partial_fit(tensor[100:]).update()
        )
        further = copy.deepcopy(ours).set_params(warm_start=True).fit(tensor)
        assert all(isinstance(one.means_, kind) for one in (pieces, further))
    again = GaussianMixture(2, init_params="random_from_data", random_state=0).fit(X)
    np.testing.assert_array_equal(ours.means_, again.means_)
    assert height == again.score(X)
