"""With what people use beside it: searches, pipelines, routed weights, frames of every make."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from emlib import gmm
from emlib.estimators import GaussianMixture
from tests.estimators.data import faithful
from tests.published import reference

X = faithful()
NAMES = ["duration", "wait"]


def fitted(data=X, **options):
    return GaussianMixture(2, random_state=0, **options).fit(data)


def test_a_clone_is_unfitted_and_has_the_same_settings():
    mixture = fitted(covariance_type="tied", tol=1e-5, accelerate=True)
    other = clone(mixture)
    assert other.get_params() == mixture.get_params()
    assert not hasattr(other, "weights_")
    assert other.fit(X).lower_bound_ == mixture.lower_bound_


def test_weights_are_routed_to_the_fit_in_a_pipeline_and_a_search():
    """Weight 2 is the row twice, also where the weights have come by another's hands."""
    w = np.random.default_rng(0).integers(1, 3, len(X))
    twice = np.repeat(X, w, axis=0)
    start = {"means_init": np.array([[2.0, 54.0], [4.3, 80.0]]), "tol": 1e-10}
    with sklearn.config_context(enable_metadata_routing=True):
        mixture = GaussianMixture(2, **start).set_fit_request(sample_weight=True)
        routed = make_pipeline(mixture).fit(X, sample_weight=w)[-1]
        mixture.set_score_request(sample_weight=True)
        search = GridSearchCV(mixture, {"covariance_type": ["full"]}, cv=2)
        search.fit(X, sample_weight=w)
        deaf = GaussianMixture(2, **start).set_fit_request(sample_weight=False)
        unweighted = make_pipeline(deaf).fit(X)[-1]
    rows = GaussianMixture(2, **start).fit(twice)
    np.testing.assert_allclose(routed.means_, rows.means_, rtol=1e-6)
    np.testing.assert_allclose(search.best_estimator_.means_, rows.means_, rtol=1e-6)
    assert not np.allclose(unweighted.means_, rows.means_, rtol=1e-6)


@pytest.mark.parametrize("searched", [GridSearchCV, HalvingGridSearchCV])
def test_a_search_by_held_out_likelihood_finds_two(searched):
    options = {"random_state": 0} if searched is HalvingGridSearchCV else {}
    search = searched(
        GaussianMixture(random_state=0),
        {"n_components": [1, 2]},
        cv=3,
        **options,
    )
    assert search.fit(X).best_params_ == {"n_components": 2}


def test_it_comes_after_a_transformer_whose_output_has_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=NAMES)
    line = make_pipeline(StandardScaler(), GaussianMixture(2, random_state=0))
    line.set_output(transform="pandas")
    labels = line.fit_predict(frame)
    assert list(line[-1].feature_names_in_) == NAMES
    plain = make_pipeline(StandardScaler(), GaussianMixture(2, random_state=0))
    np.testing.assert_array_equal(labels, plain.fit_predict(X))


def frames():
    """The same numbers as frames of several makes, of those that are installed."""
    yield "pandas", lambda pandas: pandas.DataFrame(X, columns=NAMES)
    yield "pandas", lambda pandas: pandas.DataFrame(X, columns=NAMES).convert_dtypes()
    yield (
        "pandas",
        lambda pandas: pandas.DataFrame(X, columns=NAMES).astype("Float64"),
    )
    yield "polars", lambda polars: polars.DataFrame(X, schema=NAMES)
    yield "pyarrow", lambda pyarrow: pyarrow.table(dict(zip(NAMES, X.T, strict=True)))


@pytest.mark.parametrize(("library", "made"), list(frames()))
def test_frames_are_fitted_as_their_numbers_are(library, made):
    frame = made(pytest.importorskip(library))
    mixture = fitted(frame)
    np.testing.assert_allclose(mixture.means_, fitted().means_, rtol=1e-12)
    np.testing.assert_array_equal(mixture.predict(frame), fitted().predict(X))
    if library != "pyarrow":
        assert list(mixture.feature_names_in_) == NAMES


# --- other libraries ------------------------------------------------------------------------------

PEERS = reference("faithful_peers")


@pytest.mark.parametrize("peer", PEERS["ends"])
def test_from_the_same_start_it_ends_where_others_end(peer):
    """As each of them was run; the file says how."""
    start, end = PEERS["start"], PEERS["ends"][peer]
    ours = GaussianMixture(
        2,
        tol=1e-14,
        max_iter=2000,
        reg_covar=0,
        weights_init=np.array(start["weights"]),
        means_init=np.array(start["means"]),
        precisions_init=np.linalg.inv(start["covariances"]),
    ).fit(X)
    for name in gmm.Params._fields:
        np.testing.assert_allclose(getattr(ours, f"{name}_"), end[name], rtol=1e-6)
