"""The engine: the vectorised twin's results in one pass, whatever the blocks and the threads."""

import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import _checks, datasets, em, gmm, problems
from emlib.gmm import streaming
from emlib.gmm.streaming import one_pass
from emlib.gmm.streaming.components import solved
from emlib.gmm.streaming.maximisation import raised
from emlib.gmm.streaming.quick import Quick
from emlib.gmm.streaming.team import Team
from emlib.problems import rounding
from tests.twins import settings as problem_settings

seeds = st.integers(0, 2**32 - 1)
RELATIVE = 1e-9  # what the engine promises


def mixture(N, D, K, seed=0):
    """Observations (N, D) of a mixture, and that mixture with its means moved."""
    rng = np.random.default_rng(seed)
    setting = problems.Setting(N=2, D=D, K=K)
    params = problems.draw("gmm.e_step", rng, setting).arguments["params"]
    X, _ = gmm.vectorized.sample(params, N, rng)
    return X, params._replace(means=params.means + 0.1)


def twin(X, params, weights=None, **options):
    gamma, height = gmm.vectorized.e_step(X, params, weights, options.get("prior"))
    return gamma, height, gmm.vectorized.m_step(X, gamma, weights, **options)


def outcome(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except (ValueError, em.DegenerateComponent) as error:
        return error


def assert_same(found, expected, tolerance, X):
    """Means and covariances in units of deviations; what rounding alone moves is allowed."""
    deviations = np.sqrt(np.einsum("kii->ki", expected.covariances))
    np.testing.assert_allclose(
        found.weights, expected.weights, rtol=RELATIVE, atol=1e-15
    )
    allowed = RELATIVE * deviations + tolerance.means
    assert (np.abs(found.means - expected.means) <= allowed).all()
    spread = deviations[:, :, None] * deviations[:, None, :]
    allowed = RELATIVE * spread + tolerance.covariances
    assert (np.abs(found.covariances - expected.covariances) <= allowed).all()


@pytest.mark.parametrize("form", ["quick", "careful"])
@given(setting=problem_settings, seed=seeds)
def test_agrees_with_the_vectorised_twin(form, setting, seed):
    """Shifted, scaled, near-singular, repeated: the settings of the twins' own suite.

    In the quick form wherever that is as good, though it would not be the faster one for so few
    observations; and in the careful one.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_pass, "_pays", lambda *_: form == "quick")
        assert_agrees(setting, seed)


def assert_agrees(setting, seed):
    rng = np.random.default_rng(seed)
    arguments = problems.draw("gmm.e_step", rng, setting).arguments
    names = "X", "params", "observation_weights", "prior"
    X, params, weights, prior = (arguments.get(name) for name in names)
    structure = str(rng.choice(gmm.STRUCTURES)) if setting.options else "full"
    if (
        rng.random() < 0.5
    ):  # a start of that structure, where diagonals have their own way
        own = gmm.vectorized.project(
            params.covariances, np.ones(len(params.weights)), structure
        )
        params = params._replace(covariances=own)
    gamma, height = gmm.vectorized.e_step(X, params, weights)
    statistics = streaming.e_step(X, params, weights, structure)
    assert statistics.log_likelihood == pytest.approx(
        height, rel=RELATIVE, abs=RELATIVE
    )
    options = {"structure": structure, "prior": prior}
    expected = outcome(gmm.vectorized.m_step, X, gamma, weights, **options)
    found = outcome(streaming.m_step, statistics, **options)
    if isinstance(expected, ValueError):
        assert isinstance(found, ValueError)
        return
    if isinstance(expected, Exception) or isinstance(found, Exception):
        assert_both_collapse_or_are_at_the_edge(found, expected)
        return
    seen = X if prior is None else np.concatenate([X, prior.mean[None]])
    errors = [rounding.scatter(seen, one) for one in expected.covariances]
    means, scatters = map(np.array, zip(*errors, strict=True))
    if structure == "spherical":
        scatters = np.ones(scatters.shape) * scatters.max(axis=(1, 2))[:, None, None]
    if prior is not None:
        cross = (
            2
            * means[:, :, None]
            * np.sqrt(np.einsum("kii->ki", expected.covariances))[:, None]
        )
        scatters = scatters + cross + cross.transpose(0, 2, 1)
    assert_same(found, expected, gmm.Params(0.0, means, scatters), X)


def assert_both_collapse_or_are_at_the_edge(found, expected):
    """Rounding may decide only where the correlations are singular but for rounding."""
    if type(found) is type(expected) is em.DegenerateComponent:
        return
    survivor = expected if isinstance(found, Exception) else found
    smallest = []
    for covariance in survivor.covariances:
        deviations = np.sqrt(np.diagonal(covariance))
        flat = (deviations < 1e-6 * (1 + np.abs(survivor.means).max())).any()
        correlation = covariance / deviations / deviations[:, None]
        smallest.append(0.0 if flat else np.linalg.eigvalsh(correlation)[0])
    assert min(smallest) < 1e-10


@pytest.mark.parametrize(
    "size", [(20_000, 2, 3), (3000, 16, 4), (800, 70, 2), (40, 1, 2)]
)
def test_agrees_on_many_blocks(size):
    X, params = mixture(*size)
    _, height, expected = twin(X, params)
    statistics = streaming.e_step(X, params)
    found = streaming.m_step(statistics)
    assert statistics.log_likelihood == pytest.approx(height, rel=RELATIVE)
    assert_same(found, expected, gmm.Params(0.0, 0.0, 0.0), X)


def test_the_result_is_the_same_for_any_number_of_threads():
    X, params = mixture(100_000, 2, 3)
    one = streaming.e_step(X, params, n_threads=1)
    for n_threads in (2, 3, 7):
        other = streaming.e_step(X, params, n_threads=n_threads)
        np.testing.assert_equal(other, one)


def test_blocks_add_up_whatever_their_sizes():
    X, params = mixture(5000, 3, 4)
    whole = streaming.e_step(X, params)
    for edges in ([1, 2, 5, 2000], [4999], range(500, 5000, 500)):
        parts = [streaming.e_step(block, params) for block in np.split(X, list(edges))]
        total = sum(parts)
        assert total.n_observations == len(X)
        assert total.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
        for a, b in zip(streaming.m_step(total), streaming.m_step(whole), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    nothing = streaming.nothing(params)
    np.testing.assert_equal(nothing + whole, whole)


@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_blocks_add_up_for_every_structure(structure):
    X, params = mixture(5000, 3, 4)
    own = gmm.vectorized.project(params.covariances, np.ones(4), structure)
    params = params._replace(covariances=own)
    gamma, _ = gmm.vectorized.e_step(X, params)
    expected = gmm.vectorized.m_step(X, gamma, structure=structure)
    total = streaming.nothing(params, structure)
    for block in np.split(X, [1, 2, 900]):
        total += streaming.e_step(block, params, structure=structure)
    diagonal = structure in ("diag", "spherical")
    assert total.scatters.shape == ((4, 3) if diagonal else (4, 3, 3))
    found = streaming.m_step(total, structure)
    assert_same(found, expected, gmm.Params(0.0, 0.0, 0.0), X)


def test_diagonals_are_not_taken_for_scatters():
    X, params = mixture(50, 2, 2)
    diagonals, whole = (
        streaming.e_step(X, params, structure=s) for s in ("diag", "full")
    )
    with pytest.raises(ValueError, match="pass the same structure to each E step"):
        diagonals + whole
    for structure in ("full", "tied"):
        with pytest.raises(ValueError, match=f"too little for structure '{structure}'"):
            streaming.m_step(diagonals, structure)
    for one, other in zip(
        streaming.m_step(diagonals, "diag"),
        streaming.m_step(whole, "diag"),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-13)


@pytest.mark.parametrize("size", [(20_000, 2, 3), (900, 70, 3), (3, 1, 1)])
@pytest.mark.parametrize("structure", ["full", "diag"])
def test_the_posterior_is_that_of_the_vectorised_twin(size, structure):
    X, params = mixture(*size)
    own = gmm.vectorized.project(params.covariances, np.ones(size[2]), structure)
    params = params._replace(covariances=own)
    gamma, log_p = streaming.posterior(X, params)
    expected, _ = gmm.vectorized.e_step(X, params)
    np.testing.assert_allclose(gamma, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        log_p, gmm.vectorized.log_density(X, params), rtol=1e-9, atol=1e-9
    )
    with pytest.raises(ValueError, match=r"X\[1, 0\] is nan"):
        streaming.posterior(
            np.where(np.arange(len(X))[:, None] == 1, np.nan, X), params
        )


@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_a_least_variance_is_a_constraint_under_which_the_likelihood_climbs(structure):
    """Two components on two repeated points and a cloud: without it they collapse."""
    rng = np.random.default_rng(0)
    X = np.concatenate([np.repeat([[5.0, 5.0]], 20, axis=0), rng.normal(size=(80, 2))])
    start = gmm.Params(
        np.array([0.5, 0.5]),
        np.array([[4.0, 4.0], [0.0, 0.0]]),
        np.array([np.eye(2)] * 2),
    )
    least = 1e-3
    found = streaming.fit(X, start, structure=structure, least_variance=least)
    assert (np.diff(found.log_likelihoods) >= -1e-9).all()
    eigenvalues = np.linalg.eigvalsh(found.params.covariances)
    assert eigenvalues.min() >= least * (1 - 1e-12)
    if structure != "tied":
        assert eigenvalues.min() == pytest.approx(least, rel=1e-9)
        with pytest.raises(em.DegenerateComponent):
            streaming.fit(X, start, structure=structure)
    # No covariance that keeps to the constraint is better, in the M step's own objective.
    statistics = streaming.e_step(X, found.params)
    best = streaming.m_step(statistics, structure, least_variance=least)

    def objective(covariances):
        L = np.linalg.cholesky(covariances)
        inside = np.linalg.solve(covariances, statistics.scatters)
        heights = 2 * np.log(np.einsum("kii->ki", L)).sum(axis=1)
        return -0.5 * (statistics.counts @ heights + np.einsum("kii->", inside))

    for _ in range(200):
        moves = 0.02 * rng.normal(size=best.covariances.shape) * np.sqrt(least)
        moved = best.covariances + moves + moves.transpose(0, 2, 1)
        moved = gmm.vectorized.project(moved, statistics.counts, structure)
        moved = raised(moved, least)
        assert objective(moved) <= objective(best.covariances) + 1e-9


@pytest.mark.parametrize(
    "other",
    [
        {"weights": np.array([0.25, 0.75])},
        {"means": np.zeros((2, 2))},
        {"covariances": np.tile(7 * np.eye(2), (2, 1, 1))},
    ],
    ids=lambda other: next(iter(other)),
)
def test_statistics_under_different_parameters_do_not_add_up(other):
    X, params = mixture(50, 2, 2)
    other = params._replace(**other)
    with pytest.raises(ValueError, match="different parameters"):
        streaming.e_step(X, params) + streaming.e_step(X, other)


@given(seed=seeds, D=st.integers(1, 4), K=st.integers(1, 3))
def test_weights_count_rows(seed, D, K):
    X, params = mixture(60, D, K, seed)
    weights = np.random.default_rng(seed).integers(0, 4, len(X))
    weights[0] = 1
    counted = streaming.e_step(X, params, weights)
    repeated = streaming.e_step(np.repeat(X, weights, axis=0), params)
    scale = np.abs(repeated.scatters).max()
    for name in ("counts", "sums", "scatters", "log_likelihood"):
        a, b = getattr(counted, name), getattr(repeated, name)
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * scale)


@pytest.mark.parametrize("wild", [1e40, -3.0])
def test_a_row_of_weight_zero_is_absent(wild):
    X, params = mixture(200, 2, 2)
    present = np.ones(200)
    present[7] = 0
    spoilt = X.copy()
    spoilt[7] = wild
    without = streaming.e_step(np.delete(X, 7, axis=0), params)
    found = streaming.e_step(spoilt, params, present)
    for a, b in zip(found[:-1], without[:-1], strict=True):  # but for the parameters
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def in_one_form(X, params, quick=None):
    with Team(1) as team:
        return one_pass._pass(X, params, None, team, False, quick)


@pytest.mark.parametrize("D", [1, 2, 8, 16])
def test_the_quick_form_is_as_good_as_its_bound_at_its_very_edge(D):
    """An observation as far out as the bound admits, and one a little farther."""
    _, params = mixture(10, D, 4)
    quick = Quick(params)
    rng = np.random.default_rng(D)
    s = 1 / np.sqrt(quick.product[-1][D + 1 :][np.equal(*np.triu_indices(D))])
    for _ in range(50):
        direction = rng.standard_normal(D)
        direction *= s / np.linalg.norm(direction)
        inside = (quick.c + 0.999 * np.sqrt(quick.reach) * direction)[None]
        outside = (quick.c + 1.001 * np.sqrt(quick.reach) * direction)[None]
        assert quick.block(outside, None, quick.space(1)) is None
        found = quick.block(inside, None, quick.space(1))
        if found is None:  # too far out for exponentials
            assert gmm.vectorized.log_density(inside, params)[0] < quick.shift - 450
            continue
        exact = gmm.vectorized.log_density(inside, params)[0]
        assert abs(found[1] - exact) <= streaming.QUICK


def test_an_outlier_is_handled_with_care():
    X, params = mixture(2000, 2, 2)
    X[17] += 1e7
    found, expected = streaming.e_step(X, params), in_one_form(X, params)
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(found.scatters, expected.scatters, rtol=RELATIVE)


def test_lost_digits_are_noticed():
    """A component that shrinks a millionfold at once, far from the mean of all."""
    X = np.concatenate(
        [np.random.default_rng(0).standard_normal((50, 2)) * 1e-7 + 40, -np.eye(2)]
    )
    X = np.concatenate([X, np.random.default_rng(1).standard_normal((50, 2))])
    params = gmm.Params(
        np.array([0.5, 0.5]), np.array([[40.0, 40], [0, 0]]), np.array([np.eye(2)] * 2)
    )
    quick = Quick(params)
    assert quick.block(X, None, quick.space(len(X))) is not None
    assert in_one_form(X, params, quick) is None
    _, _, expected = twin(X, params)
    found = streaming.m_step(streaming.e_step(X, params))
    np.testing.assert_allclose(
        found.covariances, expected.covariances, rtol=1e-7, atol=1e-22
    )


@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_the_fit_is_that_of_the_loop_with_arrays(structure):
    X = datasets.old_faithful()
    long = X[:, 0] > 3
    known = np.column_stack([long, ~long]).astype(float)
    start = gmm.vectorized.m_step(X, known, structure=structure)
    model = em.with_options(gmm.vectorized, structure=structure)
    expected = em.fit(model, X, start)
    found = streaming.fit(X, start, structure=structure)
    assert found.converged
    assert found.n_iter == expected.n_iter
    np.testing.assert_allclose(
        found.log_likelihoods, expected.log_likelihoods, rtol=1e-12
    )


def test_the_fit_takes_a_prior_and_leaps():
    X = datasets.old_faithful()
    prior = gmm.weak_prior(X, 2)
    start = gmm.vectorized.m_step(X, np.random.default_rng(0).dirichlet([1, 1], len(X)))
    model = em.with_options(gmm.vectorized, prior=prior)
    expected = em.fit(model, X, start)
    for acceleration in (None, "squarem"):
        found = streaming.fit(X, start, prior=prior, acceleration=acceleration)
        assert found.log_likelihoods[-1] == pytest.approx(
            expected.log_likelihoods[-1], abs=1e-6
        )


def test_single_precision_is_summed_in_double():
    X, params = mixture(30_000, 2, 3)
    single = X.astype(np.float32)
    found, expected = (
        streaming.e_step(x, params) for x in (single, single.astype(float))
    )
    np.testing.assert_equal(found, expected)


@pytest.mark.parametrize("N", [100_000, 400_000])
def test_memory_does_not_grow_with_the_data(N):
    X, params = mixture(N, 2, 8)
    streaming.e_step(X[:1000], params)
    tracemalloc.start()
    try:
        streaming.m_step(streaming.e_step(X, params, n_threads=2))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * 2**20


def test_inputs_are_not_modified():
    X, params = mixture(500, 2, 2)
    for array in (X, *params):
        array.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        streaming.fit(X, params, max_iter=2)


@pytest.mark.parametrize("place", [(3, 1), (19_990, 0)])
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e60, -1e300])
@pytest.mark.parametrize("use", [streaming.e_step, streaming.fit])
def test_a_bad_entry_is_named(place, value, use):
    X, params = mixture(20_000, 2, 2)
    X[place] = value
    with pytest.raises(ValueError, match=rf"X\[{place[0]}, {place[1]}\] is"):
        use(X, params)


def test_bad_arguments_are_explained():
    X, params = mixture(20, 2, 2)
    for arguments, words in [
        ((X[:, 0], params), r"X has shape \(20,\)"),
        ((X[:, :1], params), "params.means has shape"),
        ((X, params._replace(weights=np.array([0.5, 0.6]))), "sum to 1.1, not to 1"),
        ((X, params._replace(covariances=-params.covariances)), "must be positive"),
        ((X, params, np.zeros(20)), "all zero"),
        ((X, params, None, "full", 0), "n_threads is 0"),
        ((X, tuple(params)), "pass a gmm.Params"),
    ]:
        with pytest.raises(ValueError, match=words):
            streaming.e_step(*arguments)
    with pytest.raises(ValueError, match=r"pass what streaming\.e_step returns"):
        streaming.m_step(params)
    with pytest.raises(ValueError, match="K = 2 components for 1 observations"):
        streaming.m_step(streaming.e_step(X[:1], params))
    with pytest.raises(ValueError, match="structure is 'round'"):
        streaming.m_step(streaming.e_step(X, params), "round")
    with pytest.raises(ValueError, match="least_variance is -1"):
        streaming.m_step(streaming.e_step(X, params), least_variance=-1)


@pytest.mark.parametrize(
    ("cloud", "apart", "deviation"),
    [
        (np.full(8000, 19.5), -814.0, 23.7),  # far off, and far from the others' claims
        (np.zeros(0), 35.78, 1.0),  # some responsibilities above 1e-278, some below
    ],
)
def test_a_component_that_hardly_anybody_claims(cloud, apart, deviation):
    rng = np.random.default_rng(0)
    main = rng.normal(size=3000) if len(cloud) > 1 else rng.normal(0, 0.02, 400)
    far = [20.0, 30.0] if len(cloud) > 1 else []
    X = np.concatenate([main, cloud, far])[:, None]
    own = 1.0 if len(cloud) > 1 else 0.02
    params = gmm.Params(
        np.array([0.999, 0.001]),
        np.array([[0.0], [apart]]),
        np.array([[[own**2]], [[deviation**2]]]),
    )
    gamma, _ = gmm.vectorized.e_step(X, params)
    found = streaming.e_step(X, params)
    np.testing.assert_allclose(found.counts, gamma.sum(axis=0), rtol=1e-7)
    means = found.params.means + found.sums / found.counts[:, None]
    expected = gamma.T @ X / gamma.sum(axis=0)[:, None]
    np.testing.assert_allclose(means, expected, rtol=1e-6, atol=1e-6)


def test_a_least_variance_leaves_what_is_above_it_alone():
    C = np.array(
        [np.diag([1e-4, 1e12]), [[1e-4, 5e3], [5e3, 1e12]], np.diag([1e-9, 1.0])]
    )
    found = raised(C, 1e-6)
    np.testing.assert_array_equal(found[:2], C[:2])
    np.testing.assert_allclose(found[2], np.diag([1e-6, 1.0]), rtol=1e-12)


def test_teams_at_work_at_the_same_time_limit_linear_algebra_once():
    threadpoolctl = pytest.importorskip("threadpoolctl")

    def threads():
        pools = threadpoolctl.threadpool_info()
        return {p["num_threads"] for p in pools if p["user_api"] == "blas"}

    before = threads()
    first, second = Team(1), Team(1)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads() == {1}
    second.__exit__(None, None, None)
    assert threads() == before


@given(seed=seeds, D=st.integers(1, 8), digits=st.floats(0, 11))
def test_definite_says_what_the_eigenvalues_say(seed, D, digits):
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(D, D)))
    C = (Q * 10.0 ** -np.linspace(0, digits, D)) @ Q.T
    deviations = np.sqrt(np.diagonal(C))
    C = C / deviations / deviations[:, None]
    lowest = np.linalg.eigvalsh(C)[0]
    slack = _checks.least_eigenvalue(D)
    others = np.tile(np.eye(D), (3, 1, 1))
    others[1] = C
    for floor in (0.0, lowest / 2, lowest - 3 * slack):
        if floor >= 0 and floor <= lowest - 3 * slack:
            assert _checks.definite(others, floor)
    for floor in (lowest + slack, 1.5 * lowest + slack):
        assert not _checks.definite(others, floor)


@pytest.mark.parametrize("D", [1, 15, 16, 17, 40])
def test_solved_is_forward_substitution(D):
    rng = np.random.default_rng(D)
    Ls = np.tril(rng.normal(size=(3, D, D)))
    Ls[:, range(D), range(D)] = rng.uniform(2, 3, (3, D)) * np.sqrt(D)
    found = solved(Ls)
    np.testing.assert_array_equal(found, np.tril(found))
    np.testing.assert_allclose(Ls @ found, np.tile(np.eye(D), (3, 1, 1)), atol=1e-13)
