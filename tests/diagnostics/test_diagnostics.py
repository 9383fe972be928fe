"""What must hold of the diagnostics: on draws that are known, equal, or moved."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import diagnostics
from tests.diagnostics.arrays import autoregressive

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])
seeds = st.integers(0, 2**32 - 1)
KINDS = "bulk", "tail", "mean"


# --- exact values ---------------------------------------------------------------------------------


@sides
def test_known_values(side):
    twin = getattr(diagnostics, side)
    np.testing.assert_allclose(
        twin.autocovariance([[1.0, 2.0, 6.0], [5.0, 5.0, 5.0]]),
        [[14 / 3, -1 / 3, -2], [0, 0, 0]],
        rtol=0,
        atol=1e-14,
    )
    # Halves (1, 2), (6, 5), (3, 4), (8, 7): variances 1/2, means 1.5, 3.5, 5.5, 7.5.
    draws = [[1.0, 2.0, 3.0, 4.0], [6.0, 5.0, 8.0, 7.0]]
    assert twin.rhat(draws, rank=False) == pytest.approx(
        math.sqrt((0.25 + 20 / 3) / 0.5), rel=1e-15
    )
    # Whole: variances 5/3, means 2.5 and 6.5.
    assert twin.rhat(draws, split=False, rank=False) == pytest.approx(
        math.sqrt((3 / 4 * 5 / 3 + 8) / (5 / 3)), rel=1e-15
    )


@sides
def test_normal_scores(side):
    twin = getattr(diagnostics, side)
    scores = twin._normal_scores(np.array([[3.0, -1.0, 3.0, 7.0]]))
    ranks = np.array([[2.5, 1.0, 2.5, 4.0]])
    expected = [[NormalDist().inv_cdf((r - 0.375) / 4.25) for r in ranks[0]]]
    np.testing.assert_array_equal(scores, expected)
    assert scores[0, 0] == 0
    assert scores[0, 1] == -scores[0, 3]


def test_the_normal_quantiles_are_exact():
    """Against the distribution function, with its condition: dp moves z by dp / density(z)."""
    shares = np.concatenate([np.logspace(-9, -0.31, 400), [0.5]])
    z = diagnostics.vectorized._normal_quantiles(shares)
    back = [0.5 * math.erfc(-x / math.sqrt(2)) for x in z]
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    # erfc itself errs by a few eps for each unit of z^2.
    slack = 4 * np.finfo(float).eps * (1 + z**2) * shares / density
    assert (np.abs(back - shares) / density <= slack + 1e-15 * np.abs(z)).all()


@sides
def test_an_odd_number_of_draws_loses_the_middle_one(side):
    twin = getattr(diagnostics, side)
    draws = autoregressive(np.random.default_rng(3), 3, 31, 0.5)
    without = np.delete(draws, 15, axis=1)
    assert twin.rhat(draws) == twin.rhat(without)
    assert twin.ess(draws) == twin.ess(without)
    # The tail's quantiles and the standard deviation are those of all draws.
    assert twin.mcse_mean(draws) != twin.mcse_mean(without)


# --- draws that are equal -------------------------------------------------------------------------


@sides
@given(
    value=st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-20),
    C=st.integers(1, 5),
    T=st.integers(10, 30),
)
def test_equal_draws(side, value, C, T):
    """R-hat is the least there is, the draws are worth their number, and the mean is exact."""
    twin, draws, n = getattr(diagnostics, side), np.full((C, T), value), T // 2
    assert (twin.autocovariance(draws) == 0).all()
    for rank in (True, False):
        assert twin.rhat(draws, rank=rank) == math.sqrt(1 - 1 / n)
    for kind in KINDS:
        assert twin.ess(draws, kind) == 2 * C * n
    assert twin.mcse_mean(draws) == 0


@sides
@given(
    values=st.lists(
        st.integers(-(10**6), 10**6).map(lambda k: k / 7),
        min_size=2,
        max_size=5,
        unique=True,
    ),
    T=st.integers(10, 30),
)
def test_chains_that_stand_in_different_places(side, values, T):
    """R-hat is infinite, whatever the rounding; and the draws are worth about a chain each."""
    twin = getattr(diagnostics, side)
    draws = np.repeat(np.array(values)[:, None], T, axis=1)
    for split in (True, False):
        assert twin.rhat(draws, split, rank=False) == math.inf
        assert twin.rhat(draws, split) == math.inf
    assert twin.ess(draws) <= 3 * len(values)


@sides
def test_folded_draws_may_be_equal(side):
    """Draws of plus and minus one have the same distance from their median, which says nothing."""
    twin = getattr(diagnostics, side)
    draws = np.where(np.random.default_rng(4).random((4, 50)) < 0.5, -1.0, 1.0)
    draws[:, ::2] = -draws[:, 1::2]  # as many of each
    assert twin.rhat(draws) == twin._ratio(twin._normal_scores(twin._halves(draws)))


# --- what the numbers may not depend on -----------------------------------------------------------


@sides
@given(seed=seeds, C=st.integers(1, 4), T=st.integers(10, 30))
def test_ranks_ignore_monotone_transforms_and_units(side, seed, C, T):
    twin = getattr(diagnostics, side)
    draws = np.random.default_rng(seed).standard_normal((C, T))
    assert twin.ess(np.exp(draws)) == twin.ess(draws)
    assert twin.ess(np.exp(draws), "tail") == twin.ess(draws, "tail")
    for kind in KINDS:
        expected = twin.ess(draws, kind)
        assert twin.ess(2.0**-40 * draws, kind) == pytest.approx(expected, rel=1e-12)
    for function, power in (
        (twin.rhat, 0),
        (twin.mcse_mean, 1),
        (twin.autocovariance, 2),
    ):
        np.testing.assert_allclose(
            function(1024 * draws), 1024**power * function(draws), rtol=1e-12, atol=0
        )


@sides
def test_far_from_the_origin_no_digit_is_lost(side):
    """The draws are rounded there, and nothing else is: the differences are exact."""
    twin = getattr(diagnostics, side)
    far = 2.0**40 + autoregressive(np.random.default_rng(5), 3, 40, 0.5)
    near = far - 2.0**40
    for function in (
        twin.rhat,
        lambda x: twin.rhat(x, rank=False),
        twin.ess,
        lambda x: twin.ess(x, "mean"),
        twin.mcse_mean,
        twin.autocovariance,
    ):
        np.testing.assert_array_equal(function(far), function(near))


@sides
@given(seed=seeds)
def test_the_order_of_chains_means_nothing(side, seed):
    twin, rng = getattr(diagnostics, side), np.random.default_rng(seed)
    draws = autoregressive(rng, 4, 30, 0.3)
    moved = draws[rng.permutation(4)]
    assert twin.rhat(moved) == pytest.approx(twin.rhat(draws), rel=1e-12)
    assert twin.ess(moved) == pytest.approx(twin.ess(draws), rel=1e-10)


@sides
def test_several_quantities_are_looked_at_one_by_one(side):
    twin = getattr(diagnostics, side)
    draws = np.random.default_rng(6).standard_normal((3, 24, 4)).cumsum(axis=1)
    for function in (
        twin.rhat,
        lambda x: twin.rhat(x, False, False),
        *(lambda x, kind=kind: twin.ess(x, kind) for kind in KINDS),
        twin.mcse_mean,
    ):
        values = function(draws)
        assert values.shape == (4,)
        assert values.tolist() == [function(draws[:, :, d]) for d in range(4)]


@sides
def test_a_single_chain_is_compared_with_itself(side):
    twin = getattr(diagnostics, side)
    draws = np.random.default_rng(7).standard_normal((1, 40)).cumsum(axis=1)
    halves = draws.reshape(2, 20)
    assert twin.rhat(draws) == twin.rhat(halves, split=False)


# --- what each of them sees -----------------------------------------------------------------------


def test_what_is_seen_only_if_split_ranked_or_folded():
    """The faults of the table in the book, each with what does not see it."""
    rhat, rng = diagnostics.vectorized.rhat, np.random.default_rng(8)
    x = rng.standard_normal((4, 1000))
    drift = x + np.linspace(0, 2, 1000)
    assert rhat(drift) > 1.05
    assert rhat(drift, split=False) < 1.01
    wide = x * np.array([[3.0], [1], [1], [1]])
    assert rhat(wide) > 1.05
    assert rhat(wide, rank=False) < 1.01
    heavy = rng.standard_cauchy((4, 1000)) + 2 * np.eye(4)[:, :1]
    assert rhat(heavy) > 1.05
    assert rhat(heavy, rank=False) < 1.02


@pytest.mark.parametrize("phi", [0.9, 0.5, 0.0])
def test_autoregressive_chains_are_worth_what_theory_says(phi):
    """S (1 - phi) / (1 + phi) draws, within the Monte Carlo error of 60 replicates.

    For the mean the estimate is biased by a few percent at most on chains of 2,500 draws; the rest
    is noise, 5 of whose standard errors are allowed.
    """
    rng = np.random.default_rng(9)
    exact = 10_000 * (1 - phi) / (1 + phi)
    sizes = np.array(
        [
            diagnostics.vectorized.ess(autoregressive(rng, 4, 2500, phi), "mean")
            for _ in range(60)
        ]
    )
    error = sizes.std(ddof=1) / math.sqrt(len(sizes))
    assert abs(sizes.mean() - exact) < 0.04 * exact + 5 * error


def test_antithetic_chains_are_worth_more_than_their_draws():
    """At phi = -0.5, 3 draws for each one; at -0.9 more than are believed: S log10 S."""
    rng, ess = np.random.default_rng(10), diagnostics.vectorized.ess
    sizes = np.array(
        [ess(autoregressive(rng, 4, 2500, -0.5), "mean") for _ in range(60)]
    )
    error = sizes.std(ddof=1) / math.sqrt(len(sizes))
    assert sizes.min() > 10_000
    assert abs(sizes.mean() - 30_000) < 0.04 * 30_000 + 5 * error
    # 1 of S log10 S cannot be told apart from the rounding of the quotient.
    assert ess(autoregressive(rng, 4, 2500, -0.9)) == pytest.approx(40_000, rel=1e-12)


def test_the_standard_error_covers():
    """Of 400 means of four chains each, 95 % lie within 1.96 standard errors of the true one.

    The number is binomial if the errors are right: 380 with a standard deviation of 4.4. Below 355
    or above 396 it is once in a hundred thousand runs; independent draws taken for granted would
    give some 230, for sqrt(1 - 0.8) / sqrt(1 + 0.8) of 1.96 is 0.65.
    """
    rng, within, too_sure = np.random.default_rng(11), 0, 0
    for _ in range(400):
        draws = autoregressive(rng, 4, 500, 0.8)
        error = abs(draws.mean())
        within += error < 1.96 * diagnostics.vectorized.mcse_mean(draws)
        too_sure += error < 1.96 * draws.std() / math.sqrt(draws.size)
    assert 355 <= within <= 396
    assert too_sure < 300
