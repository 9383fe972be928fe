"""The criteria are what they are defined to be, and scikit-learn's and the published ones."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from emlib import datasets, em, gmm, problems, selection
from emlib.problems import Setting
from tests.published import reference

PUBLISHED = reference("faithful_converged_mixtures")
sides = pytest.mark.parametrize("side", [selection.naive, selection.vectorized])
structures = pytest.mark.parametrize("structure", gmm.STRUCTURES)


def mixture(structure, seed=0, N=60, D=3, K=4):
    """A mixture of a structure, and observations from it."""
    rng = np.random.default_rng(seed)
    drawn = problems.draw("gmm.e_step", rng, Setting(N=N, D=D, K=K)).arguments
    params, ones = drawn["params"], np.ones(K)
    covariances = gmm.vectorized.project(params.covariances, ones, structure)
    return drawn["X"], params._replace(covariances=covariances)


def theirs(params, structure):
    """The same mixture as one that scikit-learn has fitted."""
    covariances = {
        "full": params.covariances,
        "tied": params.covariances[0],
        "diag": np.einsum("kii->ki", params.covariances),
        "spherical": params.covariances[:, 0, 0],
    }[structure]
    model = GaussianMixture(len(params.weights), covariance_type=structure)
    model.weights_, model.means_ = params.weights, params.means
    model.covariances_ = covariances
    if structure in ("full", "tied"):
        inverse = np.linalg.inv(np.linalg.cholesky(covariances))
        model.precisions_cholesky_ = np.swapaxes(inverse, -1, -2)
    else:
        model.precisions_cholesky_ = 1 / np.sqrt(covariances)
    return model


@sides
@structures
@pytest.mark.parametrize(("D", "K"), [(1, 1), (1, 3), (2, 2), (3, 4), (5, 2)])
def test_counts_and_criteria_are_scikit_learn_s(side, structure, D, K):
    X, params = mixture(structure, D=D, K=K)
    model = theirs(params, structure)
    assert side.n_parameters(params, structure) == model._n_parameters()
    assert side.aic(X, params, structure) == pytest.approx(model.aic(X), abs=1e-8)
    assert side.bic(X, params, structure) == pytest.approx(model.bic(X), abs=1e-8)


@sides
@structures
def test_icl_is_bic_and_twice_the_entropy_of_what_scikit_learn_predicts(
    side, structure
):
    X, params = mixture(structure)
    model = theirs(params, structure)
    entropy = -sum(
        p * math.log(p) for row in model.predict_proba(X) for p in row if p > 0
    )
    wanted = model.bic(X) + 2 * entropy
    assert side.icl(X, params, structure) == pytest.approx(wanted, abs=1e-8)


@sides
@structures
def test_icl_charges_the_completed_likelihood(side, structure):
    """The same from another definition: the likelihood of data and labels, averaged."""
    X, params = mixture(structure, seed=1)
    joint = gmm.vectorized._log_joint(X, params)
    gamma, _ = gmm.vectorized.e_step(X, params)
    p = side.n_parameters(params, structure)
    wanted = -2 * (gamma * joint).sum() + p * math.log(len(X))
    assert side.icl(X, params, structure) == pytest.approx(wanted, abs=1e-8)


@sides
def test_counts_by_hand(side):
    """Two features, three components."""
    counts = {
        structure: side.n_parameters(mixture(structure, D=2, K=3)[1], structure)
        for structure in gmm.STRUCTURES
    }
    assert counts == {"full": 17, "tied": 11, "diag": 14, "spherical": 11}


@sides
@pytest.mark.parametrize("name", PUBLISHED)
def test_criteria_of_published_fits(side, name):
    entry = PUBLISHED[name]
    K = entry["K"]
    covariances = np.array(entry["covariances"])
    structure = entry["sklearn_covariance_type"]
    if structure == "diag" and covariances.ndim == 2:
        covariances = np.array([np.diag(row) for row in covariances])
    elif structure == "spherical" and covariances.ndim == 1:
        covariances = np.array([v * np.eye(2) for v in covariances])
    elif covariances.ndim == 2:
        covariances = np.array([covariances] * K)
    params = gmm.Params(
        np.array(entry["weights"]), np.array(entry["means"]), covariances
    )
    X = datasets.old_faithful()
    if entry["dataset"] != "faithful":
        pytest.skip("another data set")
    assert side.bic(X, params, structure) == pytest.approx(entry["bic"], abs=1e-6)
    assert side.aic(X, params, structure) == pytest.approx(entry["aic"], abs=1e-6)


@sides
@given(seed=st.integers(0, 2**32 - 1))
def test_the_criteria_are_in_order(side, seed):
    """ICL is at least BIC, and above exp 2 observations BIC is at least AIC."""
    structure = gmm.STRUCTURES[seed % 4]
    X, params = mixture(structure, seed, N=9)
    aic, bic, icl = (
        criterion(X, params, structure) for criterion in (side.aic, side.bic, side.icl)
    )
    assert aic <= bic <= icl


def test_without_overlap_icl_is_bic_and_with_none_but_overlap_it_is_most():
    X = np.array([[0.0], [1.0], [1000.0], [1001.0]])
    apart = gmm.vectorized.m_step(X, np.eye(2)[[0, 0, 1, 1]])
    side = selection.vectorized
    assert side.icl(X, apart, "full") == side.bic(X, apart, "full")
    alike = gmm.vectorized.m_step(X, np.full((4, 2), 0.5))
    doubt = side.icl(X, alike, "full") - side.bic(X, alike, "full")
    assert doubt == pytest.approx(2 * 4 * math.log(2))


@sides
def test_a_change_of_units_changes_every_criterion_by_the_same(side):
    """So that differences between models do not depend on units."""
    shifts = []
    for K in (1, 2):
        X, params = mixture("full", D=2, K=K)
        other = params._replace(
            means=10 * params.means, covariances=100 * params.covariances
        )
        for criterion in (side.aic, side.bic, side.icl):
            before, after = (
                criterion(X, params, "full"),
                criterion(10 * X, other, "full"),
            )
            shifts.append(after - before)
    np.testing.assert_allclose(shifts, 2 * X.size * math.log(10))


@structures
def test_what_em_has_fitted_has_the_structure(structure):
    """The check of the structure is no hindrance, far from the origin either."""
    X = datasets.old_faithful() + 1e4
    rng = np.random.default_rng(0)
    gamma = rng.dirichlet(np.ones(3), len(X))
    start = gmm.vectorized.m_step(X, gamma, structure=structure)
    model = em.with_options(gmm.vectorized, structure=structure)
    params = em.fit(model, X, start, tol=1e-3).params
    assert selection.vectorized.icl(X, params, structure) > 0
