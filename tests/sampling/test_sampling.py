"""The draws have the distribution that they should have: exactly where it can be computed."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import sampling
from emlib._checks import EPS
from tests.reference import arviz_psis

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])
seeds = st.integers(0, 2**32 - 1)


@sides
@given(
    weights=st.lists(st.sampled_from([0, 0.1, 1, 1, 3]), min_size=1, max_size=9).filter(
        any
    )
)
def test_an_alias_table_represents_its_weights(side, weights):
    """What the columns hold of each category adds up to its weight."""
    table = getattr(sampling, side).alias_table(weights)
    K = len(weights)
    held = table.probabilities.copy()
    np.add.at(held, table.aliases, 1 - table.probabilities)
    np.testing.assert_allclose(
        held / K, np.array(weights) / sum(weights), rtol=0, atol=4 * K * EPS
    )


@sides
@given(
    weights=st.lists(st.sampled_from([0, 0.1, 1, 1, 3]), min_size=1, max_size=9).filter(
        any
    ),
    u=st.sampled_from([0.0, 0.3, 1 - 2**-53]),
    v=st.sampled_from([0.0, 0.3, 1 - 2**-53]),
)
def test_a_category_without_weight_is_never_drawn(side, weights, u, v):
    """At the ends of the uniform numbers, too; but for the rounding of the table."""
    twin = getattr(sampling, side)
    (category,) = twin.alias_draw(twin.alias_table(weights), [u], [v])
    assert weights[category] > 0
    assert (np.array(weights)[twin.systematic(weights, u)] > 0).all()


@sides
@given(seed=seeds, N=st.integers(1, 30))
def test_systematic_copies_are_the_expected_number_rounded(side, seed, N):
    rng = np.random.default_rng(seed)
    weights = rng.gamma(0.5, size=N)
    drawn = getattr(sampling, side).systematic(weights, rng.random())
    copies = np.bincount(drawn, minlength=N)
    assert (np.abs(copies - N * weights / weights.sum()) < 1 + N * 16 * EPS).all()
    assert (np.diff(drawn) >= 0).all()


@sides
def test_systematic_copies_are_right_on_average(side):
    """Over a grid of u that no weight falls between: the mean number of copies is exact."""
    weights, M = np.array([1.0, 4.0, 0.0, 3.0]), 8
    copies = sum(
        np.bincount(
            getattr(sampling, side).systematic(weights, (m + 0.5) / M), minlength=4
        )
        for m in range(M)
    )
    assert (copies / M).tolist() == (4 * weights / 8).tolist()


@sides
@given(seed=seeds)
def test_inverse_cdf_inverts(side, seed):
    """The function at the draw is u, where it rises strictly."""
    rng = np.random.default_rng(seed)
    cdf = np.append(0.0, np.cumsum(rng.uniform(0.1, 1, 6)))
    cdf /= cdf[-1]
    x, u = np.sort(rng.standard_normal(7)), rng.random(9)
    draws = getattr(sampling, side).inverse_cdf(u, x, cdf)
    np.testing.assert_allclose(np.interp(draws, x, cdf), u, rtol=0, atol=1e-9)


@sides
def test_box_muller_has_normal_moments(side):
    """The first four moments, and no correlation, within five standard errors: fixed seed."""
    n = 20_000
    z = getattr(sampling, side).box_muller(np.random.default_rng(0).random((n, 2)))
    for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert (
            np.abs((z**power).mean(axis=0) - expected) < 5 * math.sqrt(variance / n)
        ).all()
    assert abs((z[:, 0] * z[:, 1]).mean()) < 5 / math.sqrt(n)


@sides
def test_rejection_accepts_the_share_of_the_bound(side):
    """Normal from a Cauchy proposal: 1 / M of the draws, within five standard errors."""
    n, rng = 20_000, np.random.default_rng(0)
    x = np.tan(math.pi * (rng.random(n) - 0.5))
    log_target = -0.5 * x**2 - 0.5 * math.log(2 * math.pi)
    log_proposal = -np.log(math.pi * (1 + x**2))
    bound = 0.5 * math.log(2 * math.pi) - 0.5  # at x = 1 and -1
    accepted = getattr(sampling, side).rejection(
        log_target, log_proposal, bound, rng.random(n)
    )
    share = math.exp(-bound)
    assert abs(accepted.mean() - share) < 5 * math.sqrt(share * (1 - share) / n)
    kept = x[accepted]
    assert abs(kept.mean()) < 5 / math.sqrt(len(kept))
    assert abs((kept**2).mean() - 1) < 5 * math.sqrt(2 / len(kept))


@sides
@given(seed=seeds, N=st.integers(1, 40), shift=st.sampled_from([0.0, 900.0, -900.0]))
def test_effective_sample_size_lies_between_one_and_all(side, seed, N, shift):
    log_weights = 3 * np.random.default_rng(seed).standard_normal(N)
    size = getattr(sampling, side).effective_sample_size
    assert 1 - 1e-12 <= size(log_weights) <= N * (1 + 1e-12)
    assert size(log_weights + shift) == pytest.approx(size(log_weights), rel=1e-9)
    assert size(np.full(N, shift)) == pytest.approx(N)


@sides
def test_smoothed_weights_are_those_of_arviz(side):
    """Stored results of 24 arrays; `tests/reference/arviz_psis.py` made them."""
    path = Path(arviz_psis.__file__).with_suffix(".json")
    stored = json.loads(path.read_text("utf-8"))["smoothed"]
    for log_weights, theirs in zip(arviz_psis.arrays(), stored, strict=True):
        smoothed, k = getattr(sampling, side).pareto_smooth(log_weights)
        np.testing.assert_allclose(
            smoothed, theirs["log_weights"], rtol=1e-10, atol=1e-10
        )
        assert k == pytest.approx(theirs["k"], rel=1e-10, abs=1e-10)


@sides
@given(seed=seeds, N=st.integers(1, 200))
def test_smoothed_weights_are_normalised_and_keep_their_order(side, seed, N):
    log_weights = np.random.default_rng(seed).standard_cauchy(N)
    smoothed, k = getattr(sampling, side).pareto_smooth(log_weights)
    assert np.exp(smoothed).sum() == pytest.approx(1)
    order = np.argsort(log_weights)
    assert (np.diff(smoothed[order]) >= -1e-9).all()
    assert not math.isnan(k)


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.4, 0.9])
def test_the_shape_of_a_tail_is_found(shape):
    """Weights that are generalised Pareto: k-hat is near their shape, given many."""
    N = 40_000
    p = (np.arange(N) + 0.5) / N
    exceedances = np.expm1(-shape * np.log1p(-p)) / shape if shape else -np.log1p(-p)
    _, k = sampling.vectorized.pareto_smooth(np.log(exceedances + 1))
    assert abs(k - shape) < 0.1
