"""Constrained covariances: they are maxima, are nested, and move with the data as they must."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emlib import datasets, em, gmm, problems
from emlib._checks import EPS
from emlib.problems import Setting, mixtures, rounding

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])
structures = pytest.mark.parametrize("structure", gmm.STRUCTURES)
seeds = st.integers(0, 2**32 - 1)
# The twins have their thousand examples in CI; here each one is many calls.
some = settings(max_examples=60)


def fitted(side, X, start, structure, **options):
    model = em.with_options(getattr(gmm, side), structure=structure)
    return em.fit(model, X, start, **options)


# --- each is the maximum of its kind --------------------------------------------------------------


def scatters_and_counts(seed, K=3, D=3):
    rng = np.random.default_rng(seed)
    setting = Setting(D=D, K=K, N=20)
    return problems.draw("gmm.project", rng, setting).arguments, rng


def expected_log_likelihood(scatters, counts, covariances):
    """What of the expected complete-data log-likelihood depends on the covariances."""
    _, log_determinants = np.linalg.slogdet(covariances)
    traces = np.trace(np.linalg.solve(covariances, scatters), axis1=1, axis2=2)
    return -0.5 * (counts @ log_determinants + traces.sum())


def another(covariances, structure, rng):
    """Covariances of the same structure nearby."""
    K, D, _ = covariances.shape
    stretched = []
    for covariance in covariances:
        A = np.eye(D) + 0.1 * rng.standard_normal((D, D))
        stretched.append(A @ covariance @ A.T)
    ones = np.ones(K)
    return gmm.vectorized.project(np.array(stretched), ones, structure)


@structures
@some
@given(seed=seeds)
def test_nothing_of_the_same_structure_is_better(structure, seed):
    arguments, rng = scatters_and_counts(seed)
    scatters, counts = arguments["scatters"], arguments["counts"]
    best = gmm.vectorized.project(scatters, counts, structure)
    height = expected_log_likelihood(scatters, counts, best)
    for _ in range(10):
        other = another(best, structure, rng)
        assert np.abs(other - best).max() > 0
        assert expected_log_likelihood(scatters, counts, other) < height


@structures
@some
@given(seed=seeds)
def test_it_is_a_projection(structure, seed):
    """What has the structure already stays as it is."""
    arguments, _ = scatters_and_counts(seed)
    scatters, counts = arguments["scatters"], arguments["counts"]
    once = gmm.vectorized.project(scatters, counts, structure)
    twice = gmm.vectorized.project(counts[:, None, None] * once, counts, structure)
    np.testing.assert_allclose(twice, once, rtol=1e-14)


@sides
def test_the_structures_look_like_their_names(side):
    arguments, _ = scatters_and_counts(1)
    project = getattr(gmm, side).project
    made = {s: project(**arguments | {"structure": s}) for s in gmm.STRUCTURES}
    for covariances in made.values():
        assert covariances.shape == (3, 3, 3)
        np.testing.assert_array_equal(covariances, covariances.transpose(0, 2, 1))
    assert (made["full"][0] != made["full"][1]).all()
    assert (made["tied"] == made["tied"][0]).all()
    off_diagonal = ~np.eye(3, dtype=bool)
    for structure in ("diag", "spherical"):
        assert (made[structure][:, off_diagonal] == 0).all()
    variances = np.einsum("kii->ki", made["spherical"])
    assert (variances == variances[:, :1]).all()
    assert len(np.unique(variances)) == 3
    assert len(np.unique(np.einsum("kii->ki", made["diag"]))) == 9


@structures
def test_weights_and_means_do_not_depend_on_the_structure(structure):
    arguments, _ = problems.draw("gmm.m_step", np.random.default_rng(0))
    full = gmm.vectorized.m_step(**arguments)
    other = gmm.vectorized.m_step(**arguments, structure=structure)
    np.testing.assert_array_equal(other.weights, full.weights)
    np.testing.assert_array_equal(other.means, full.means)


# --- nested ---------------------------------------------------------------------------------------

RICHER = [("spherical", "diag"), ("diag", "full"), ("tied", "full")]


@pytest.mark.parametrize(("poor", "rich"), RICHER)
@pytest.mark.parametrize("K", [1, 2, 3])
def test_the_richer_structure_climbs_on_from_where_the_poorer_one_ended(poor, rich, K):
    X = datasets.old_faithful()
    rng = np.random.default_rng(K)
    gamma = rng.dirichlet(np.ones(K), size=len(X))
    start = gmm.vectorized.m_step(X, gamma, structure=poor)
    ended = fitted("vectorized", X, start, poor, max_iter=20_000)
    went_on = fitted("vectorized", X, ended.params, rich, max_iter=20_000)
    assert went_on.log_likelihoods[0] == pytest.approx(
        ended.log_likelihoods[-1], rel=1e-14
    )
    assert went_on.log_likelihoods[-1] > ended.log_likelihoods[-1] - 1e-9
    if (poor, K) != ("tied", 1):  # with a single component, tied is full
        assert went_on.log_likelihoods[-1] > ended.log_likelihoods[-1] + 1


# --- how the results move with the data -----------------------------------------------------------

GRID = (
    2.0**-20
)  # on which a shift by 1e8 rounds nothing, as 1e8 and the data take 47 bits


def grid(values):
    return np.round(values / GRID) * GRID


def posed(seed, structure, N=10, D=3, K=2):
    """Observations, parameters of the structure, and responsibilities that are not theirs."""
    rng = np.random.default_rng(seed)
    arguments, _ = problems.draw("gmm.e_step", rng, Setting(N=N, D=D, K=K))
    X, params = grid(arguments["X"]), arguments["params"]
    ones = np.ones(K)
    covariances = gmm.vectorized.project(params.covariances, ones, structure)
    gamma = rng.dirichlet(np.ones(K), size=N)
    return X, gmm.Params(params.weights, grid(params.means), covariances), gamma


def e_step_rounding(X, params):
    """How far rounding can move responsibilities (N, K) and the log-likelihood.

    That of the steps themselves, and that of data and means which were multiplied by a number.
    """
    gamma, log_p = mixtures.rounding(X, params)
    moved = 0.0
    for mean, covariance in zip(params.means, params.covariances, strict=True):
        deviations = np.sqrt(np.diagonal(covariance))
        z = (X - mean) / deviations
        delta = EPS * (np.abs(X) + np.abs(mean)) / deviations
        condition = rounding.condition(covariance)
        # Of a squared distance, 2 z R^-1 delta with |R^-1| at most the condition.
        steps = np.linalg.norm(z, axis=1) * np.linalg.norm(delta, axis=1)
        moved = np.maximum(moved, condition * steps)
    size = len(X) * EPS * np.abs(gmm.vectorized.log_density(X, params)).sum()
    return gamma + 2 * moved[:, None], (log_p + moved).sum() + size


def m_step_rounding(X, result, structure):
    """How far rounding can move means (K, D) and covariances (K, D, D)."""
    means, scatters = zip(
        *(rounding.scatter(X, one) for one in result.covariances), strict=True
    )
    scatters = np.array(scatters)
    if structure == "spherical":
        scatters = np.ones(scatters.shape) * scatters.max(axis=(1, 2))[:, None, None]
    return np.array(means), scatters


def assert_moves_as_it_must(side, structure, seed, transform):
    """`transform(X, params)` -> the same in other coordinates, the new log-density minus the old.

    The responsibilities must not change, and what the M step makes of them must be what it was, in
    the other coordinates.
    """
    twin = getattr(gmm, side)
    X, params, gamma = posed(seed, structure)
    moved_X, moved_params, log_jacobian = transform(X, params)
    own, height = twin.e_step(X, params)
    moved_own, moved_height = twin.e_step(moved_X, moved_params)
    allowed = [
        a + b
        for a, b in zip(
            e_step_rounding(X, params),
            e_step_rounding(moved_X, moved_params),
            strict=True,
        )
    ]
    assert (np.abs(moved_own - own) <= allowed[0]).all()
    assert abs(moved_height - height - len(X) * log_jacobian) <= allowed[1]
    result = twin.m_step(X, gamma, structure=structure)
    found = twin.m_step(moved_X, gamma, structure=structure)
    _, expected, _ = transform(X, result)
    means, scatters = m_step_rounding(moved_X, found, structure)
    np.testing.assert_array_equal(found.weights, result.weights)
    # Twice: once for each of the two results.
    assert (np.abs(found.means - expected.means) <= 2 * means).all()
    assert (np.abs(found.covariances - expected.covariances) <= 2 * scatters).all()


@sides
@structures
@some
@given(seed=seeds, signs=st.lists(st.sampled_from([-1, 1]), min_size=3, max_size=3))
def test_a_shift_by_1e8_moves_the_means_alone(side, structure, seed, signs):
    shift = 1e8 * np.array(signs)

    def shifted(X, params):
        return X + shift, params._replace(means=params.means + shift), 0.0

    assert_moves_as_it_must(side, structure, seed, shifted)


@sides
@structures
@pytest.mark.parametrize("scale", [1e-6, 1e6])
@some
@given(seed=seeds)
def test_another_unit_for_everything(side, structure, scale, seed):
    def scaled(X, params):
        covariances = scale**2 * params.covariances
        moved = gmm.Params(params.weights, scale * params.means, covariances)
        return scale * X, moved, -X.shape[1] * np.log(scale)

    assert_moves_as_it_must(side, structure, seed, scaled)


@sides
@pytest.mark.parametrize("structure", ["full", "tied", "diag"])
@some
@given(seed=seeds)
def test_another_unit_for_each_feature(side, structure, seed):
    """A sphere in minutes is none in hours: for spherical covariances this must not hold."""
    scales = np.array([1e-6, 1.0, 1e6])

    def scaled(X, params):
        covariances = np.outer(scales, scales) * params.covariances
        moved = gmm.Params(params.weights, scales * params.means, covariances)
        return scales * X, moved, -np.log(scales).sum()

    assert_moves_as_it_must(side, structure, seed, scaled)


@sides
def test_spheres_do_change_with_the_units_of_one_feature(side):
    X, _, gamma = posed(0, "spherical")
    m_step = getattr(gmm, side).m_step
    one = m_step(X, gamma, structure="spherical")
    other = m_step(X * [1, 10, 1], gamma, structure="spherical")
    assert (other.covariances[:, 0, 0] > 1.5 * one.covariances[:, 0, 0]).all()


@sides
@structures
@some
@given(seed=seeds)
def test_rows_columns_and_components_in_another_order(side, structure, seed):
    twin = getattr(gmm, side)
    X, params, gamma = posed(seed, structure)
    rng = np.random.default_rng(seed)
    rows, columns, components = map(rng.permutation, (len(X), X.shape[1], 2))

    def reordered(result):
        return gmm.Params(
            result.weights[components],
            result.means[components][:, columns],
            result.covariances[components][:, columns][:, :, columns],
        )

    moved_X, moved_gamma = X[rows][:, columns], gamma[rows][:, components]
    own, height = twin.e_step(X, params)
    moved_own, moved_height = twin.e_step(moved_X, reordered(params))
    allowed = e_step_rounding(X, params)
    assert (
        np.abs(moved_own - own[rows][:, components])
        <= 2 * allowed[0][rows][:, components]
    ).all()
    assert abs(moved_height - height) <= 2 * allowed[1]
    expected = reordered(twin.m_step(X, gamma, structure=structure))
    found = twin.m_step(moved_X, moved_gamma, structure=structure)
    means, scatters = m_step_rounding(moved_X, found, structure)
    np.testing.assert_allclose(found.weights, expected.weights, rtol=len(X) * EPS)
    assert (np.abs(found.means - expected.means) <= 2 * means).all()
    assert (np.abs(found.covariances - expected.covariances) <= 2 * scatters).all()


@structures
def test_old_faithful_far_from_the_origin_converges_to_the_same(structure):
    """With data that a shift rounds to 1.5e-8, so that both fits see the same."""
    X = (datasets.old_faithful() + 1e8) - 1e8
    long = X[:, 0] > 3
    known = np.column_stack([long, ~long]).astype(float)
    start = gmm.vectorized.m_step(X, known, structure=structure)
    near = fitted("vectorized", X, start, structure)
    start = start._replace(means=start.means + 1e8)
    far = fitted("vectorized", X + 1e8, start, structure)
    assert near.converged
    assert far.converged
    assert far.log_likelihoods[-1] == pytest.approx(near.log_likelihoods[-1], abs=1e-6)
    np.testing.assert_allclose(far.params.means - 1e8, near.params.means, atol=1e-5)
    np.testing.assert_allclose(
        far.params.covariances, near.params.covariances, rtol=1e-4
    )


# --- what may collapse ----------------------------------------------------------------------------


def one_alone():
    """Responsibilities that give the last observation a component of its own."""
    X = np.random.default_rng(3).standard_normal((8, 2))
    return X, np.eye(2)[[0, 0, 0, 0, 0, 0, 0, 1]]


@sides
def test_a_component_on_one_observation_is_a_collapse_unless_it_shares(side):
    X, gamma = one_alone()
    m_step = getattr(gmm, side).m_step
    for structure in ("full", "diag", "spherical"):
        with pytest.raises(em.DegenerateComponent, match="component 1 has collapsed"):
            m_step(X, gamma, structure=structure)
    assert m_step(X, gamma, structure="tied").covariances[1, 0, 0] > 0


@sides
def test_what_a_structure_does_not_use_may_be_singular(side):
    """Two equal features: only the products between them are in the way."""
    X, _ = one_alone()
    twice, gamma = X[:, [0, 0]], np.full((8, 2), 0.5)
    m_step = getattr(gmm, side).m_step
    for structure in ("full", "tied"):
        with pytest.raises(em.DegenerateComponent, match="in fewer dimensions"):
            m_step(twice, gamma, structure=structure)
    for structure in ("diag", "spherical"):
        assert np.isfinite(m_step(twice, gamma, structure=structure).covariances).all()
    flat = X * [1, 0] + 3
    with pytest.raises(em.DegenerateComponent, match="feature 1 does not vary"):
        m_step(flat, gamma, structure="diag")
    with pytest.raises(
        em.DegenerateComponent, match="the covariance of all components"
    ):
        m_step(flat, gamma, structure="tied")
    assert m_step(flat, gamma, structure="spherical").covariances[0, 1, 1] > 0


@sides
@structures
def test_equal_rows_far_from_the_origin_are_a_collapse(side, structure):
    """The rounding of their mean is not taken for spread."""
    X = np.full((40, 2), 0.1) + 1e8
    with pytest.raises(em.DegenerateComponent, match="collapsed"):
        getattr(gmm, side).m_step(X, np.full((40, 2), 0.5), structure=structure)


# --- inside the loop ------------------------------------------------------------------------------


@structures
@some
@given(seed=seeds, K=st.integers(1, 3), D=st.integers(1, 3))
def test_the_likelihood_never_falls(structure, seed, K, D):
    rng = np.random.default_rng(seed)
    setting = Setting(N=15 * K * D, D=D, K=K)
    arguments, _ = problems.draw("gmm.e_step", rng, setting)
    X, params = arguments["X"], arguments["params"]
    ones = np.ones(K)
    covariances = gmm.vectorized.project(params.covariances, ones, structure)
    start = params._replace(covariances=covariances)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        try:
            result = fitted("vectorized", X, start, structure, max_iter=15)
        except em.DegenerateComponent:
            return
    gains = np.diff(result.log_likelihoods)
    assert (gains >= -1e-9 * np.abs(result.log_likelihoods[1:])).all()


def test_a_start_of_another_structure_is_explained():
    """The first M step then lowers the likelihood: it could not have led to the start."""
    X = datasets.old_faithful()
    start = gmm.vectorized.m_step(X, np.ones((len(X), 1)))
    with pytest.raises(em.LikelihoodDecreased, match="a start of another structure"):
        fitted("vectorized", X, start, "spherical")


def test_an_option_that_no_step_takes_is_refused():
    with pytest.raises(ValueError, match="structur is not an option of this model"):
        em.with_options(gmm.vectorized, structur="tied")
