"""The gallery of failures: provoked it happens, cured it does not.

Each page of book/gmm/failures has a pair of tests here, named after it. What the package itself
refuses to do wrong is done wrong with NumPy.
"""

import re
import warnings
from contextlib import suppress
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest

from emlib import datasets, em, evidence, gaussian, gmm, search, selection

BOOK = Path(__file__).parent.parent / "book" / "gmm"
PAGES = sorted((BOOK / "failures").glob("*.ipynb"))
HEADINGS = ["## Provoked", "## Recognised", "## Explained", "## Cured"]

X = datasets.old_faithful()  # (272, 2), minutes
waits = X[:, 1:]
START = gmm.Params(
    np.full(2, 0.5),
    np.array([[2.0, 55.0], [4.5, 80.0]]),
    np.array([np.diag([1.0, 36.0])] * 2),
)
CLOUDS = np.array([[0.0, 0.0], [6.0, 0.0], [3.0, 5.0]])


def climb(X, params, tol=1e-6, max_iter=500, **options):
    """EM, stopped without a warning after `max_iter`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        model = em.with_options(gmm.vectorized, **options)
        return em.fit(model, X, params, tol=tol, max_iter=max_iter)


def collapses(X, starts, **options):
    """How many of the starts end with a component that has collapsed."""
    count = 0
    for start in starts:
        try:
            climb(X, start, tol=1e-3, max_iter=200, **options)
        except em.DegenerateComponent:
            count += 1
    return count


def starts(X, K, n, how="points", seed=0):
    rng = np.random.default_rng(seed)
    return [search.start(X, K, rng, how) for _ in range(n)]


def sorted_means(params):
    return params.means[params.means[:, -1].argsort()]


@pytest.fixture(scope="module")
def best():
    """Two components for Old Faithful."""
    return climb(X, START)


# --- collapse -------------------------------------------------------------------------------------

FEW = X[::9]  # 31 rows for 29 parameters


def test_collapse_happens():
    assert collapses(FEW, starts(FEW, 5, 20)) >= 3
    # And there is no limit to what it gains on the way down.
    spike = [
        gmm.vectorized.log_likelihood(
            FEW,
            gmm.Params(
                np.array([0.1, 0.9]),
                np.array([FEW[0], FEW.mean(axis=0)]),
                np.array([sigma**2 * np.eye(2), np.cov(FEW.T)]),
            ),
        )
        for sigma in (1e-10, 1e-20, 1e-40)
    ]
    np.testing.assert_allclose(
        np.diff(spike), 2 * np.log(10) * np.array([10, 20]), rtol=1e-6
    )


def test_collapse_is_cured():
    prior = gmm.weak_prior(FEW, 5)
    assert collapses(FEW, starts(FEW, 5, 20), prior=prior) == 0
    result = climb(FEW, starts(FEW, 5, 1)[0], prior=prior)
    floor = prior.scatter / (len(FEW) + prior.degrees + 4)
    for covariance in result.params.covariances:
        assert np.linalg.eigvalsh(covariance - floor).min() > 0


def test_collapse_to_nothing_is_cured_by_a_concentration():
    nobody = np.eye(2)[np.zeros(len(FEW), dtype=int)]
    prior = gmm.weak_prior(FEW, 2)
    with pytest.raises(em.DegenerateComponent, match="component 1 is empty"):
        gmm.vectorized.m_step(FEW, nobody, prior=prior)
    prior = prior._replace(concentration=1.5)
    repaired = gmm.vectorized.m_step(FEW, nobody, prior=prior)
    np.testing.assert_allclose(repaired.means[1], prior.mean)
    assert (repaired.weights > 0).all()


def test_a_constant_on_the_diagonal_does_not_climb():
    """The popular cure for a collapse: what is added belongs to nothing that is climbed."""

    def m_step(X, gamma):
        N_k = gamma.sum(axis=0)
        means = gamma.T @ X / N_k[:, None]
        z = X[:, None] - means
        scatters = np.einsum("nk,nki,nkj->kij", gamma, z, z)
        covariances = scatters / N_k[:, None, None] + 0.1 * np.eye(2)
        return gmm.Params(N_k / len(X), means, covariances)

    floored = SimpleNamespace(e_step=gmm.vectorized.e_step, m_step=m_step)
    falls = 0
    for start in starts(FEW, 5, 20, seed=1):
        try:
            em.fit(floored, FEW, start, tol=1e-2)
        except em.LikelihoodDecreased:
            falls += 1
    assert falls >= 3


# --- underflow ------------------------------------------------------------------------------------


def pictures():
    """Observations of 64 features, 0.3 deviations around two means that are far apart."""
    rng = np.random.default_rng(2)
    means = np.array([np.zeros(64), np.full(64, 4.0)])
    params = gmm.Params(np.full(2, 0.5), means, np.array([0.09 * np.eye(64)] * 2))
    data = gmm.vectorized.sample(params, 20, rng)[0]
    between = np.full((1, 64), 1.9)
    return np.vstack([data, between]), params


def densities(X, params):
    squares = ((X[:, None] - params.means) ** 2).sum(axis=2) / 0.09
    return params.weights * np.exp(-0.5 * squares) / (2 * np.pi * 0.09) ** 32


def test_underflow_happens():
    data, params = pictures()
    p = densities(data, params)
    assert p.sum(axis=1).prod() == 0
    assert (p[-1] == 0).all()
    with np.errstate(invalid="ignore"):
        assert np.isnan(p[-1] / p[-1].sum()).all()


def test_underflow_is_cured():
    data, params = pictures()
    gamma, log_likelihood = gmm.vectorized.e_step(data, params)
    assert np.isfinite(log_likelihood)
    np.testing.assert_allclose(gamma.sum(axis=1), 1)
    np.testing.assert_allclose(gamma[-1], [1, 0], atol=1e-12)
    p = densities(data[:-1], params)
    seen = p.max(axis=1) > 0
    np.testing.assert_allclose(
        np.log(p[seen].sum(axis=1)),
        gmm.vectorized.log_density(data[:-1], params)[seen],
        rtol=1e-10,
    )


# --- label switching ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def refits():
    rng, found = np.random.default_rng(3), []
    for _ in range(20):
        resample = waits[rng.integers(len(waits), size=len(waits))]
        start = search.start(resample, 2, rng)
        found.append(climb(resample, start, tol=1e-2).params)
    return found


def relabelled(params, reference):
    """The components in the order whose responsibilities agree best."""
    agreement = (
        gmm.vectorized.e_step(waits, reference)[0].T
        @ gmm.vectorized.e_step(waits, params)[0]
    )
    orders = [np.array(order) for order in permutations(range(len(agreement)))]
    best = max(orders, key=lambda order: np.trace(agreement[:, order]))
    return gmm.Params(*(part[best] for part in params))


def average(fits):
    return gmm.Params(*(np.mean(parts, axis=0) for parts in zip(*fits, strict=True)))


def test_label_switching_happens(refits):
    means = np.array([fit.means[:, 0] for fit in refits])
    assert (means.std(axis=0) > 8).all()
    heights = [gmm.vectorized.log_likelihood(waits, fit) for fit in refits]
    at_average = gmm.vectorized.log_likelihood(waits, average(refits))
    assert at_average < min(heights) - 20


def test_label_switching_is_cured(refits):
    named = [relabelled(fit, refits[0]) for fit in refits]
    means = np.array([fit.means[:, 0] for fit in named])
    assert (means.std(axis=0) < 2).all()
    heights = [gmm.vectorized.log_likelihood(waits, fit) for fit in refits]
    at_average = gmm.vectorized.log_likelihood(waits, average(named))
    assert at_average > min(heights)


# --- a plateau ------------------------------------------------------------------------------------


def near_the_saddle(distance):
    one = gaussian.vectorized.fit(X)
    apart = distance * np.array([0.06, 1.0])
    means = np.array([one.mean - apart, one.mean + apart])
    return gmm.Params(np.full(2, 0.5), means, np.array([one.covariance] * 2))


def test_plateau_happens(best):
    """A small last gain, and 150 nats to come."""
    params = near_the_saddle(0.5)
    before = -np.inf
    for _ in range(1000):
        gamma, height = gmm.vectorized.e_step(X, params)
        if height - before < 1e-3 * len(X):
            break
        params, before = gmm.vectorized.m_step(X, gamma), height
    assert height < best.log_likelihoods[-1] - 150
    # On the saddle itself nothing helps: every gain is zero.
    stuck = em.fit(gmm.vectorized, X, near_the_saddle(0.0))
    assert stuck.converged
    assert stuck.log_likelihoods[-1] < best.log_likelihoods[-1] - 150


def test_plateau_is_cured(best):
    top = best.log_likelihoods[-1]
    result = em.fit(gmm.vectorized, X, near_the_saddle(0.5), tol=0.1)
    assert top - result.log_likelihoods[-1] < 0.1
    rng = np.random.default_rng(0)
    for params in (near_the_saddle(0.0), best.params):
        noise = 0.1 * X.std(axis=0) * rng.standard_normal(params.means.shape)
        shaken = climb(X, params._replace(means=params.means + noise))
        assert shaken.log_likelihoods[-1] == pytest.approx(top, abs=1e-3)


# --- duplicates and constants ---------------------------------------------------------------------

UNIT = 10  # minutes
ROUNDED = np.round(waits / UNIT) * UNIT
FLAT = {
    "constant": np.column_stack([X, np.full(len(X), 7.0)]),
    "determined": np.column_stack([X, X.sum(axis=1)]),
}


def test_duplicates_and_constants_happens():
    assert collapses(ROUNDED, starts(ROUNDED, 3, 5)) == 5
    for data in FLAT.values():
        with pytest.raises(em.DegenerateComponent):
            gmm.vectorized.m_step(data, np.ones((len(data), 1)))


def narrowest(data, **options):
    """The smallest standard deviation of a component, over fits from a few starts."""
    ends = [climb(data, start, **options).params for start in starts(data, 3, 5)]
    return min(float(np.sqrt(end.covariances.min())) for end in ends)


def test_duplicates_and_constants_is_cured():
    # Not to collapse is not enough: with a weak prior there are still needles on the values.
    weak = gmm.weak_prior(ROUNDED, 3)
    assert narrowest(ROUNDED, prior=weak) < 1
    by_rounding = UNIT**2 / 12
    psi = (len(ROUNDED) + weak.degrees + 3) * by_rounding
    knowing = weak._replace(scatter=np.array([[psi]]))
    assert narrowest(ROUNDED, prior=knowing) > by_rounding**0.5
    rng = np.random.default_rng(1)
    drawn = ROUNDED + rng.uniform(-UNIT / 2, UNIT / 2, ROUNDED.shape)
    assert narrowest(drawn) > 2
    for data in FLAT.values():
        dropped = climb(data[:, :2], START)
        assert dropped.converged
        # Or a prior that knows the instrument, for whoever wants to keep the column.
        prior = gmm.Prior(data.mean(axis=0), 0.01, 0.1 * np.eye(3), 5.0)
        start = gmm.vectorized.m_step(
            data, gmm.vectorized.e_step(X, START)[0], prior=prior
        )
        kept = climb(data, start, prior=prior)
        np.testing.assert_allclose(
            sorted_means(dropped.params), kept.params.means[:, :2], atol=0.5
        )


def test_equal_rows_may_be_kept_once_with_a_weight():
    values, counts = np.unique(waits, axis=0, return_counts=True)
    start = starts(waits, 2, 1)[0]
    short = climb(values, start, observation_weights=counts)
    long = climb(waits, start)
    np.testing.assert_allclose(short.params.means, long.params.means, rtol=1e-6)


# --- far from the origin --------------------------------------------------------------------------


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


# --- single precision -----------------------------------------------------------------------------

SINGLES = (X + 300).astype(np.float32)
START_300 = START._replace(means=START.means + 300)


def by_moments(X, gamma, kind):
    """The M step as a difference of moments, summed in the precision `kind`."""
    X, gamma = X.astype(kind), gamma.astype(kind)
    N_k = gamma.sum(axis=0)
    means = gamma.T @ X / N_k[:, None]
    squares = np.einsum("nk,ni,nj->kij", gamma, X, X) / N_k[:, None, None]
    outer = means[:, :, None] * means[:, None, :]
    return gmm.Params(N_k / kind(len(X)), means, squares - outer)


def e_step_in_singles(X, params):
    terms = gmm.vectorized._log_joint(X, params).astype(np.float32)
    log_p = np.logaddexp.reduce(terms, axis=1)
    return np.exp(terms - log_p[:, None]), log_p.sum(dtype=np.float32)


def test_single_precision_happens():
    assert np.cumsum(np.ones(2**24 + 10, np.float32))[-1] == 2**24
    single = SimpleNamespace(
        e_step=e_step_in_singles,
        m_step=lambda X, gamma: by_moments(X, gamma, np.float32),
    )
    with pytest.raises((em.LikelihoodDecreased, np.linalg.LinAlgError)):
        em.fit(single, SINGLES, START_300)


def test_single_precision_is_cured(best):
    def m_step(X, gamma):
        centre = X.mean(axis=0, dtype=float).astype(X.dtype)
        params = by_moments(X - centre, gamma, np.float64)
        return params._replace(means=params.means + centre)

    mixed = SimpleNamespace(e_step=gmm.vectorized.e_step, m_step=m_step)
    result = em.fit(mixed, SINGLES, START_300)
    assert result.converged
    np.testing.assert_allclose(
        result.params.covariances, best.params.covariances, rtol=1e-3
    )


# --- outliers -------------------------------------------------------------------------------------

WRONG = [5, 60, 111, 170, 250]
TYPED = X.copy()
TYPED[WRONG, 1] *= 60  # waits in seconds


class WithBackground:
    """A Gaussian mixture and a uniform background: (mixture, share)."""

    def __init__(self, X):
        self.log_level = -np.log(np.ptp(X, axis=0)).sum()

    def e_step(self, X, params):
        mixture, share = params
        gamma, _ = gmm.vectorized.e_step(X, mixture)
        log_p = gmm.vectorized.log_density(X, mixture)
        level = np.full(len(X), np.log(share) + self.log_level)
        terms = np.column_stack([level, np.log1p(-share) + log_p])
        total = evidence.vectorized.log_sum_exp(terms)
        return (gamma, np.exp(level - total)), total.sum()

    def m_step(self, X, posterior):
        gamma, background = posterior
        mixture = gmm.vectorized.m_step(X, gamma, observation_weights=1 - background)
        return mixture, background.mean()


def test_outliers_happens():
    ends = [climb(TYPED, start, tol=1e-2) for start in starts(TYPED, 2, 5)]
    params = max(ends, key=lambda end: end.log_likelihoods[-1]).params
    small = params.weights.argmin()
    assert params.weights[small] < 0.03
    assert params.means[small, 1] > 1000


def test_outliers_is_cured(best):
    model = WithBackground(TYPED)
    result = em.fit(model, TYPED, (START, 0.05))
    (_, background), _ = model.e_step(TYPED, result.params)
    assert np.flatnonzero(background > 0.5).tolist() == WRONG
    means = sorted_means(result.params[0])
    np.testing.assert_allclose(means, sorted_means(best.params), atol=0.5)
    # And by trimming the least likely rows, from a fit that the outliers have spoilt.
    params = climb(TYPED, starts(TYPED, 2, 1)[0], tol=1e-2).params
    for _ in range(4):
        log_p = gmm.vectorized.log_density(TYPED, params)
        weights = (log_p > np.quantile(log_p, 0.05)).astype(float)
        params = climb(TYPED, START, tol=1e-2, observation_weights=weights).params
    assert not weights[WRONG].any()
    np.testing.assert_allclose(
        sorted_means(params), sorted_means(best.params), atol=1.0
    )


# --- too many components --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowded():
    (start,) = starts(X, 8, 1, "k-means++", seed=5)
    return climb(X, start, tol=1e-2).params


def test_too_many_components_happens(best, crowded):
    heights = [gmm.vectorized.log_likelihood(X, p) for p in (best.params, crowded)]
    assert heights[1] > heights[0] + 20  # the likelihood does not mind
    gamma, _ = gmm.vectorized.e_step(X, crowded)
    assert gamma.sum(axis=0).min() < 20
    assert (gamma.max(axis=1) < 0.9).mean() > 0.25


def test_too_many_components_is_cured(best, crowded):
    bic = [selection.vectorized.bic(X, p, "full") for p in (best.params, crowded)]
    assert bic[0] < bic[1] - 50
    prior = gmm.weak_prior(X, 8)._replace(concentration=21.0)
    fed = climb(X, crowded, tol=1e-2, prior=prior).params
    assert fed.weights.min() >= 20 / (len(X) + 8 * 20)
    assert fed.weights.min() > 1.5 * crowded.weights.min()


# --- an unlucky start -----------------------------------------------------------------------------


def clouds():
    noise = np.random.default_rng(0).standard_normal((180, 2))
    return np.repeat(CLOUDS, 60, axis=0) + noise


def at(means):
    return gmm.Params(np.full(3, 1 / 3), np.array(means), np.array([np.eye(2)] * 3))


def test_unlucky_start_happens():
    data = clouds()
    top = climb(data, at(CLOUDS)).log_likelihoods[-1]
    for means in ([[-0.5, 0], [0.5, 0], [4.5, 2.5]], [data.mean(axis=0)] * 3):
        result = climb(data, at(means))
        assert result.converged
        assert result.log_likelihoods[-1] < top - 40


def test_unlucky_start_is_cured():
    data = clouds()
    top = climb(data, at(CLOUDS)).log_likelihoods[-1]
    ends = []
    for start in starts(data, 3, 10, "k-means++", seed=4):
        with suppress(em.DegenerateComponent):
            ends.append(climb(data, start, tol=1e-4).log_likelihoods[-1])
    assert max(ends) == pytest.approx(top, abs=0.1)


# --- the pages ------------------------------------------------------------------------------------


def prose(path):
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(c.source for c in cells if c.cell_type == "markdown")


def test_there_are_ten_pages():
    assert len(PAGES) == 10


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_a_page_provokes_recognises_explains_and_cures(path):
    text = prose(path)
    assert re.findall(r"^## .*$", text, re.M) == HEADINGS
    assert "**What you see.**" in text.partition(HEADINGS[0])[0]
    figures = [
        cell.metadata["mystnb"]["figure"]["name"]
        for cell in nbformat.read(path, as_version=4).cells
        if "mystnb" in cell.metadata
    ]
    assert figures
    assert all(name.startswith("fig-fail-") for name in figures)


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_a_page_is_linked_and_tested(path):
    assert f"{{doc}}`failures/{path.stem}`" in prose(BOOK / "failure-gallery.ipynb")
    name = path.stem.replace("-", "_")
    assert f"test_{name}_happens" in globals()
    assert f"test_{name}_is_cured" in globals()
