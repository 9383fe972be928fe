"""Old Faithful, fitted by other libraries."""

import numpy as np
import pytest

from emlib import datasets, em, gmm
from tests.published import reference

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])


@sides
def test_one_step_on_old_faithful_against_mclust(side):
    step = reference("faithful_single_em_step_mclust")
    X, twin = datasets.old_faithful(), getattr(gmm, side)
    params = gmm.Params(
        *(np.array(step["params"][field], float) for field in gmm.Params._fields)
    )
    gamma, log_likelihood = twin.e_step(X, params)
    after = twin.m_step(X, gamma)
    # mclust's numbers were printed with 15 digits.
    assert log_likelihood == pytest.approx(step["loglik"], abs=1e-10)
    np.testing.assert_allclose(gamma[:10], step["z_first10"], rtol=0, atol=1e-10)
    for field in gmm.Params._fields:
        np.testing.assert_allclose(
            getattr(after, field), step["after_mstep"][field], rtol=0, atol=1e-10
        )


def as_matrices(stored, structure, K, D):
    """The reference's covariances (K, D, D): scikit-learn keeps what differs, and no more."""
    stored = np.array(stored)
    if structure in ("full", "tied"):
        return np.broadcast_to(stored, (K, D, D))
    return stored.reshape(K, -1, 1) * np.eye(D)


# K = 3 takes hundreds of iterations, which are the arrays' work: the loop would need minutes.
@pytest.mark.parametrize(
    ("side", "K"),
    [("naive", 1), ("naive", 2), *(("vectorized", K) for K in (1, 2, 3))],
)
@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_converged_fits_of_old_faithful(side, K, structure):
    code = {"full": "VVV", "tied": "EEE", "diag": "VVI", "spherical": "VII"}[structure]
    solution = reference("faithful_converged_mixtures")[f"faithful|{code}|{K}|tight"]
    weights, means = np.array(solution["weights"]), np.array(solution["means"])
    covariances = as_matrices(solution["covariances"], structure, *means.shape)
    # Off the solution by half a percent, so that there is something to climb.
    near = gmm.Params(weights, 1.005 * means, 1.005 * covariances)
    model = em.with_options(getattr(gmm, side), structure=structure)
    result = em.fit(model, datasets.old_faithful(), near, max_iter=5000)
    assert result.converged
    assert result.log_likelihoods[-1] == pytest.approx(
        solution["loglik_polished"], abs=1e-6
    )
    # At the maximum a shift d of the parameters costs about d^2: 1e-6 nats leave half its digits.
    np.testing.assert_allclose(result.params.weights, weights, atol=2e-3)
    np.testing.assert_allclose(result.params.means, means, rtol=2e-3)
    np.testing.assert_allclose(result.params.covariances, covariances, rtol=2e-2)
